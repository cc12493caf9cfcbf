/** The errors of the guest that initialisation adds to those of evaluation, with the texts of pvm.md §1.9. */
import { assertionFailed } from "../eval/guest.js";
import { GuestError } from "../guest-errors.js";

const INTERPRETER = "Tezos_webassembly_interpreter";

const STATES = [
  "Init_step",
  "Map_step",
  "Map_concat_step",
  "Join_step",
  "Section_step",
  "Eval_const",
  "Create_global_step",
  "Run_data_step",
] as const;

/** A continuation from which there is no step. */
export function deadState(state: (typeof STATES)[number]): GuestError {
  return new GuestError(`${INTERPRETER}.Eval.Init_step_error(${STATES.indexOf(state)})`, state, true);
}

export function missingMemoryExport(): GuestError {
  return new GuestError(`${INTERPRETER}.Eval.Missing_memory_0_export`, "Module must export memory 0", true);
}

/** A global whose initial value has another type. */
export function badGlobalType(): GuestError {
  return new GuestError(`${INTERPRETER}.Global.Type`, null, true);
}

/** An item of an element segment that is not a reference. */
export function notAReference(): GuestError {
  return GuestError.unknown('Failure("as_ref")');
}

/**
 * An active data segment for a memory other than 0: a failed assertion, whose text names a place in the reference's source (that of the
 * revision the documents describe; pvm.md §10 item 28).
 */
export function dataOfOtherMemory(): GuestError {
  return assertionFailed("exec/eval.ml", 1832, 6);
}
