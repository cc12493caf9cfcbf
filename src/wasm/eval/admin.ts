/**
 * Administrative instructions: what the machine's code stacks hold, and how they are stored (pvm-encodings.md §4.8). Bulk instructions on
 * memories and tables become a `*_meta` that unrolls into instructions one by one; meta.ts does that.
 */

import type { LazyVector } from "../../merkle/lazy-vector.js";
import { bool, text } from "../../merkle/leaves.js";
import { at, leaf, memoized, type Schema, tagged } from "../../merkle/schema.js";
import { instructionSchema } from "../instruction-schema.js";
import { indexSchema, vector } from "../module-schema.js";
import { type FunctionInstance, functionSchema, type Ref, refSchema, type Values, valuesSchema } from "../runtime.js";
import type { Instruction, Num } from "../syntax.js";
import { numLeaf } from "../syntax-leaves.js";

/** All numbers are int32. `step` of a meta is the number of instructions it has given so far. */
export type MetaInstruction =
  | {
      readonly tag: "Table_init_meta";
      readonly step: number;
      readonly ref: Ref;
      readonly destination: number;
      readonly source: number;
      readonly count: number;
      readonly table: number;
      readonly segment: number;
    }
  | {
      readonly tag: "Table_fill_meta";
      readonly step: number;
      readonly destination: number;
      readonly count: number;
      readonly ref: Ref;
      readonly table: number;
    }
  | {
      readonly tag: "Table_copy_meta";
      readonly step: number;
      readonly destination: number;
      readonly source: number;
      readonly count: number;
      readonly destinationTable: number;
      readonly sourceTable: number;
      readonly upward: boolean;
    }
  | {
      readonly tag: "Memory_init_meta";
      readonly step: number;
      readonly destination: number;
      readonly byte: number;
      readonly count: number;
      readonly source: number;
      readonly segment: number;
    }
  | {
      readonly tag: "Memory_fill_meta";
      readonly step: number;
      readonly destination: number;
      readonly value: Num;
      readonly count: number;
    }
  | {
      readonly tag: "Memory_copy_meta";
      readonly step: number;
      readonly destination: number;
      readonly source: number;
      readonly count: number;
      readonly upward: boolean;
    };

export type AdminInstruction =
  | {
      /** The rest of a block, from an instruction on. */
      readonly tag: "From_block";
      readonly block: number;
      readonly index: number;
    }
  | { readonly tag: "Plain"; readonly instruction: Instruction }
  | { readonly tag: "Refer"; readonly ref: Ref }
  | { readonly tag: "Invoke"; readonly func: FunctionInstance }
  | { readonly tag: "Trapping"; readonly message: string }
  | { readonly tag: "Returning"; readonly values: Values }
  | { readonly tag: "Breaking"; readonly depth: number; readonly values: Values }
  | MetaInstruction;

export type Code = LazyVector<AdminInstruction>;

const first = at("1", indexSchema);

export const adminSchema: Schema<AdminInstruction> = memoized(
  tagged<AdminInstruction>(text, {
    From_block: { block: first, index: at("2", indexSchema) },
    Plain: { instruction: instructionSchema },
    Refer: { ref: refSchema },
    Invoke: { func: functionSchema },
    Trapping: { message: leaf(text) },
    Returning: { values: valuesSchema },
    Breaking: { depth: first, values: at("2", valuesSchema) },
    Table_init_meta: {
      step: first,
      ref: at("2", refSchema),
      destination: at("3", indexSchema),
      source: at("4", indexSchema),
      count: at("5", indexSchema),
      table: at("6", indexSchema),
      segment: at("7", indexSchema),
    },
    Table_fill_meta: {
      step: first,
      destination: at("2", indexSchema),
      count: at("3", indexSchema),
      ref: at("4", refSchema),
      table: at("5", indexSchema),
    },
    Table_copy_meta: {
      step: first,
      destination: at("2", indexSchema),
      source: at("3", indexSchema),
      count: at("4", indexSchema),
      destinationTable: at("5", indexSchema),
      sourceTable: at("6", indexSchema),
      upward: at("7", leaf(bool)),
    },
    Memory_init_meta: {
      step: first,
      destination: at("2", indexSchema),
      byte: at("3", indexSchema),
      count: at("4", indexSchema),
      source: at("5", indexSchema),
      segment: at("6", indexSchema),
    },
    Memory_fill_meta: {
      step: first,
      destination: at("2", indexSchema),
      value: at("3", leaf(numLeaf)),
      count: at("4", indexSchema),
    },
    Memory_copy_meta: {
      step: first,
      destination: at("2", indexSchema),
      source: at("3", indexSchema),
      count: at("4", indexSchema),
      upward: at("5", leaf(bool)),
    },
  }),
);

export const codeSchema: Schema<Code> = vector(adminSchema);

export function plain(instruction: Instruction): AdminInstruction {
  return { tag: "Plain", instruction };
}

export function fromBlock(block: number, index = 0): AdminInstruction {
  return { tag: "From_block", block, index };
}

export function trapping(message: string): AdminInstruction {
  return { tag: "Trapping", message };
}
