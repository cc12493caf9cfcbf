/**
 * Which errors of the containers and of arithmetic are errors of the guest: pvm.md §1.9. What the reference prints for the exception ends
 * up in the state. `MissingNode` is never among them: a part of the tree that is not there says nothing about the guest.
 */
import { BytesBounds } from "../../merkle/chunked-bytes.js";
import { KeyNotFound } from "../../merkle/errors.js";
import { UnexpectedAccess, VectorBounds } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import { LaneOutOfRange } from "../numerics/errors.js";

/** The error of the guest that an exception stands for, or the exception itself. */
export function asGuestError(error: unknown): unknown {
  if (error instanceof VectorBounds) return new GuestError("Tezos_lazy_containers.Lazy_vector.Bounds", null, true);
  if (error instanceof UnexpectedAccess) {
    return new GuestError("Tezos_lazy_containers.Lazy_map.UnexpectedAccess", null, true);
  }
  if (error instanceof BytesBounds) {
    return new GuestError("Tezos_lazy_containers.Immutable_chunked_byte_vector.Bounds", null, true);
  }
  if (error instanceof KeyNotFound) return GuestError.unknown("Tezos_tree_encoding__Decoding.Key_not_found(_)");
  // The lane of an extraction or a shuffle is looked up in a list.
  if (error instanceof LaneOutOfRange) return GuestError.unknown('Failure("nth")');
  return error;
}

/** The result of a step, with the errors of the guest told apart from ours. Throws `GuestError`. */
export function guarded<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw asGuestError(error);
  }
}

/** What valid code cannot cause. */
export function crash(message: string): GuestError {
  return GuestError.withMessage(message);
}

/** A failed assertion of the reference, whose text names the place in its sources. */
export function assertionFailed(file: string, line: number, column: number): GuestError {
  return GuestError.unknown(
    `File "src/lib_webassembly/${file}", line ${line}, characters ${column}-${column + 6}: Assertion failed`,
  );
}

/** A state that has no next step, or that evaluation alone cannot leave. */
export function deadState(printed: string, explanation: string): GuestError {
  return new GuestError(`Tezos_webassembly_interpreter.Eval.Evaluation_step_error(${printed})`, explanation, true);
}

/** A failed access to a memory or a table, which the evaluator turns into a trap: a state, not an error of the machine. */
export class AccessTrap extends Error {
  readonly code = "wasm.access_trap";
  constructor(message: string) {
    super(message);
    this.name = "AccessTrap";
  }
}

export const MEMORY_BOUNDS = "out of bounds memory access";
export const TABLE_BOUNDS = "out of bounds table access";
