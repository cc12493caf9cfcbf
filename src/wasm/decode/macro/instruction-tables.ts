/**
 * The usual short instructions by their bytes, filled as they are met: the very objects that instruction.ts gives.
 */
import type { Instruction } from "../../syntax.js";
import { INDEXED_OPCODES, MEMORY_OPCODES, PLAIN_OPCODES } from "../opcodes.js";
import type { DecodeLevel } from "../types.js";

type Table = (Instruction | undefined)[];

export interface InstructionTables {
  /** By opcode: instructions without immediates. Complete. */
  readonly plain: readonly (Instruction | undefined)[];
  /** By opcode, then by the one byte of an index or a constant. */
  readonly indexed: readonly (Table | undefined)[];
  /** By opcode, then by an alignment and an offset of one byte each: `alignment * ONE_BYTE + offset`. */
  readonly memory: readonly (Table | undefined)[];
}

/** Bytes below this are whole integers. */
export const ONE_BYTE = 0x80;
/** Alignments that occur. */
export const TABLE_ALIGNMENTS = 4;

const I32_CONST = 0x41;

function emptyTable(size: number): Table {
  return new Array<Instruction | undefined>(size).fill(undefined);
}

function makeTables(level: DecodeLevel): InstructionTables {
  const isAllowed = ({ float }: { readonly float: boolean }): boolean => level === "full" || !float;
  return {
    plain: PLAIN_OPCODES.map((entry) => (entry !== undefined && isAllowed(entry) ? entry.instruction : undefined)),
    indexed: INDEXED_OPCODES.map((tag, opcode) =>
      tag !== undefined || opcode === I32_CONST ? emptyTable(ONE_BYTE) : undefined,
    ),
    memory: MEMORY_OPCODES.map((kind) =>
      kind !== undefined && isAllowed(kind) ? emptyTable(TABLE_ALIGNMENTS * ONE_BYTE) : undefined,
    ),
  };
}

const made: { [L in DecodeLevel]: InstructionTables } = { pvm: makeTables("pvm"), full: makeTables("full") };

export function instructionTables(level: DecodeLevel): InstructionTables {
  return made[level];
}
