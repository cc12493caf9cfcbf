// What a numeric operation can do other than yield a value. The first three are traps of the guest: the evaluator catches
// NumericTrap and turns it into a trapping state whose text is the error's message (the reference's wording, which ends up
// in the state). LaneOutOfRange is no trap: nothing validates a kernel (pvm.md §2.5), so it can name a lane that does not
// exist, and the reference then fails outside the trap mechanism; what state that is, is for the caller to say.

export type NumericTrapCode =
  | "wasm.numeric.divide_by_zero"
  | "wasm.numeric.integer_overflow"
  | "wasm.numeric.invalid_conversion";

/** A trap of an arithmetic instruction; `message` is the text the trap carries in the state. */
export abstract class NumericTrap extends Error {
  abstract readonly code: NumericTrapCode;
}

export class DivideByZero extends NumericTrap {
  override readonly name = "DivideByZero";
  readonly code = "wasm.numeric.divide_by_zero";
  constructor() {
    super("integer divide by zero");
  }
}

/** The quotient of the least integer by -1, or a float outside the range of the integer it is truncated to. */
export class IntegerOverflow extends NumericTrap {
  override readonly name = "IntegerOverflow";
  readonly code = "wasm.numeric.integer_overflow";
  constructor() {
    super("integer overflow");
  }
}

/** A NaN truncated to an integer. */
export class InvalidConversion extends NumericTrap {
  override readonly name = "InvalidConversion";
  readonly code = "wasm.numeric.invalid_conversion";
  constructor() {
    super("invalid conversion to integer");
  }
}

/** A lane number that the operation's operand does not have: `lane` is not in [0, `laneCount`). */
export class LaneOutOfRange extends Error {
  override readonly name = "LaneOutOfRange";
  readonly code = "wasm.numeric.lane_out_of_range";
  constructor(
    readonly lane: number,
    readonly laneCount: number,
  ) {
    super(`lane ${lane} is not below ${laneCount}`);
  }
}
