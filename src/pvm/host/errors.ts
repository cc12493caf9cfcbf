/** The codes host functions answer errors with (pvm.md §5.1), and the errors that end more than the call. */
import { GuestError } from "../../wasm/guest-errors.js";
import { PvmError } from "../errors.js";

export const ERROR = {
  keyTooLarge: -1,
  invalidKey: -2,
  notAValue: -3,
  invalidAccess: -4,
  valueSizeExceeded: -5,
  memoryInvalidAccess: -6,
  inputOutputTooLarge: -7,
  genericInvalidAccess: -8,
  readonlyValue: -9,
  notANode: -10,
  fullOutbox: -11,
  invalidSubkeyIndex: -12,
  valueAlreadyExists: -13,
} as const;

/** A function of the new durable storage was called and the rollup has not activated it: the machine has no next state. */
export class NdsNotActivated extends PvmError {
  readonly functionName: string;
  constructor(functionName: string) {
    super("pvm.nds_not_activated", `${functionName}: the new durable storage is not activated`);
    this.functionName = functionName;
  }
}

/** Arguments of another number or of other types than the function's: only code that was never validated can pass them. */
export function badInput(): GuestError {
  return GuestError.unknown("Tezos_scoru_wasm.Host_funcs.Bad_input");
}

/** A name for which the version has no function. */
export function unknownFunction(): GuestError {
  return GuestError.unknown("Not_found");
}

/** A negative number of bytes to be taken of a result. */
export function negativeLength(): GuestError {
  return GuestError.unknown('Invalid_argument("String.sub / Bytes.sub")');
}

export function noMemoryDuringInitialisation(): GuestError {
  return GuestError.withMessage("host functions must not access memory during initialisation");
}

export function notOneMemory(): GuestError {
  return GuestError.withMessage("caller module must have exactly 1 memory instance");
}
