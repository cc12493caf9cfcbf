/** The error of a continuation that cannot go on (pvm.md §1.9). No state reached from the first one is such, but a made-up one can be. */
import { GuestError } from "../guest-errors.js";

/** The machines of the decoder, in the reference's order: the error prints as its place in it. */
const MACHINES = [
  "Byte_vector_step",
  "Instr_step",
  "Instr_block_step",
  "Block_step",
  "Name_step",
  "Func_type_step",
  "Import_step",
  "Export_step",
  "Code_step",
  "Elem_step",
  "Data_step",
  "Module_step",
] as const;

export type DecodeMachine = (typeof MACHINES)[number];

export class StepError extends GuestError {
  constructor(machine: DecodeMachine) {
    super(`Tezos_webassembly_interpreter.Decode.Step_error(${MACHINES.indexOf(machine)})`, machine, true);
    this.name = "StepError";
  }
}
