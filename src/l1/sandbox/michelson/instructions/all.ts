// Every instruction there is. What is missing is refused by name, as no instruction: see README.md.

import type { Instruction, InstructionSet } from "../rules.js";
import { CHAIN_INSTRUCTIONS } from "./chain.js";
import { COLLECTION_INSTRUCTIONS } from "./collections.js";
import { CONTROL_INSTRUCTIONS } from "./control.js";
import { CRYPTO_INSTRUCTIONS } from "./crypto.js";
import { NUMBER_INSTRUCTIONS } from "./numbers.js";
import { OPERATION_INSTRUCTIONS } from "./operations.js";
import { STACK_INSTRUCTIONS } from "./stack.js";
import { STRUCTURE_INSTRUCTIONS } from "./structures.js";
import { TEXT_INSTRUCTIONS } from "./text.js";
import { TICKET_INSTRUCTIONS } from "./tickets.js";

const INSTRUCTIONS: InstructionSet = {
  ...STACK_INSTRUCTIONS,
  ...STRUCTURE_INSTRUCTIONS,
  ...CONTROL_INSTRUCTIONS,
  ...COLLECTION_INSTRUCTIONS,
  ...NUMBER_INSTRUCTIONS,
  ...TEXT_INSTRUCTIONS,
  ...CRYPTO_INSTRUCTIONS,
  ...CHAIN_INSTRUCTIONS,
  ...OPERATION_INSTRUCTIONS,
  ...TICKET_INSTRUCTIONS,
};

/** In alphabetical order. */
export const INSTRUCTION_NAMES: readonly string[] = Object.keys(INSTRUCTIONS).sort();

export function findInstruction(name: string): Instruction | undefined {
  return Object.hasOwn(INSTRUCTIONS, name) ? INSTRUCTIONS[name] : undefined;
}
