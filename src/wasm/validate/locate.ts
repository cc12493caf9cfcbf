/**
 * Where in a binary an instruction is. Decoded instructions carry no positions, so the binary is read again, up to the sequence that is
 * looked for. The binary must be the one the module was decoded from; names and custom sections are passed over.
 */
import { OPCODE } from "../decode/block.js";
import { ByteStream } from "../decode/byte-stream.js";
import { decodeInstruction } from "../decode/instruction.js";
import { blockType, globalType, refType, valueType } from "../decode/types.js";
import type { Module } from "../syntax.js";
import type { CodePlace, Expression, Place, ValidationError } from "./errors.js";

const LEVEL = "full";
const HEADER_BYTES = 8;
const SECTION = { global: 6, element: 9, code: 10, data: 11 } as const;

/** Bytes at which the parts of a sequence of instructions begin. Blocks go by the ordinal of the instruction that opens them. */
interface Positions {
  readonly instructions: number[];
  readonly elses: Map<number, number>;
  readonly ends: Map<number, number>;
}

/** Reads a sequence of instructions up to and with its end. */
function scanCode(stream: ByteStream): Positions {
  const positions: Positions = { instructions: [], elses: new Map(), ends: new Map() };
  const { instructions, elses, ends } = positions;
  const open = [-1];
  for (let block = open.at(-1); block !== undefined; block = open.at(-1)) {
    const position = stream.position;
    const opcode = stream.u8();
    if (opcode === OPCODE.end) {
      ends.set(block, position);
      open.pop();
    } else if (opcode === OPCODE.else) elses.set(block, position);
    else {
      const opens = opcode === OPCODE.block || opcode === OPCODE.loop || opcode === OPCODE.if;
      if (opens) {
        blockType(stream, LEVEL);
        open.push(instructions.length);
      } else decodeInstruction(stream, opcode, LEVEL);
      instructions.push(position);
    }
  }
  return positions;
}

function positionOf(
  { instructions, elses, ends }: Positions,
  { path, instruction, ordinal }: CodePlace,
): number | null {
  if (instruction !== null) return instructions[ordinal] ?? null;
  const isThen = path.at(-1)?.block === "then";
  return (isThen ? elses.get(ordinal) : undefined) ?? ends.get(ordinal) ?? null;
}

/** A stream at the number of elements of a section; null if there is no such section. */
function sectionStream(bytes: Uint8Array, id: number): ByteStream | null {
  const stream = ByteStream.ofBytes(bytes, HEADER_BYTES);
  while (!stream.isAtEnd) {
    const found = stream.u8();
    const size = stream.unsigned(32);
    if (found === id) return stream;
    stream.skip(size);
  }
  return null;
}

function scanFunction(stream: ByteStream, index: number): Positions {
  for (let before = index; before > 0; before--) stream.skip(stream.unsigned(32));
  stream.unsigned(32);
  for (let declarations = stream.unsigned(32); declarations > 0; declarations--) {
    stream.unsigned(32);
    valueType(stream, LEVEL);
  }
  return scanCode(stream);
}

function scanGlobal(stream: ByteStream, index: number): Positions {
  for (let before = index; ; before--) {
    globalType(stream, LEVEL);
    const positions = scanCode(stream);
    if (before === 0) return positions;
  }
}

interface SegmentPositions {
  readonly offset: Positions | null;
  /** None where the items are function indices. */
  readonly items: readonly Positions[];
}

/** See decode/elem.ts on the flags. */
function scanElemSegment(stream: ByteStream): SegmentPositions {
  const flags = stream.unsigned(32);
  const isActive = (flags & 1) === 0;
  const hasIndex = (flags & 2) !== 0;
  const areExpressions = (flags & 4) !== 0;
  if (isActive && hasIndex) stream.index();
  const offset = isActive ? scanCode(stream) : null;
  const hasKind = !isActive || hasIndex;
  if (hasKind && areExpressions) refType(stream);
  else if (hasKind) stream.u8();
  const items: Positions[] = [];
  for (let left = stream.unsigned(32); left > 0; left--) {
    if (areExpressions) items.push(scanCode(stream));
    else stream.index();
  }
  return { offset, items };
}

function scanDataSegment(stream: ByteStream): SegmentPositions {
  const kind = stream.unsigned(32);
  if (kind === 2) stream.index();
  const offset = kind === 1 ? null : scanCode(stream);
  stream.skip(stream.unsigned(32));
  return { offset, items: [] };
}

function scanSegment(
  stream: ByteStream,
  index: number,
  scan: (stream: ByteStream) => SegmentPositions,
  expression: Expression | null,
): Positions | null {
  for (let before = index; before > 0; before--) scan(stream);
  const { offset, items } = scan(stream);
  if (expression === null) return null;
  return expression === "offset" ? offset : (items[expression.item] ?? null);
}

function countImports(module: Module, kind: "Func" | "Global"): number {
  return module.imports.toArray().filter(({ desc }) => desc.tag === kind).length;
}

function scanPart(module: Module, bytes: Uint8Array, { part, index, expression }: Place): Positions | null {
  const section = (id: number): ByteStream | null => {
    const stream = sectionStream(bytes, id);
    stream?.unsigned(32); // how many
    return stream;
  };
  if (index === null) return null;
  if (part === "function") {
    const stream = section(SECTION.code);
    return stream && scanFunction(stream, index - countImports(module, "Func"));
  }
  if (part === "global") {
    const stream = section(SECTION.global);
    return stream && scanGlobal(stream, index - countImports(module, "Global"));
  }
  if (part === "element segment") {
    const stream = section(SECTION.element);
    return stream && scanSegment(stream, index, scanElemSegment, expression);
  }
  if (part === "data segment") {
    const stream = section(SECTION.data);
    return stream && scanSegment(stream, index, scanDataSegment, expression);
  }
  return null;
}

/** The error with the byte at which its instruction begins; errors that are not about an instruction stay as they are. */
export function locate(error: ValidationError, module: Module, bytes: Uint8Array): ValidationError {
  const { code } = error.place;
  const positions = code && scanPart(module, bytes, error.place);
  const offset = positions && positionOf(positions, code);
  return offset === null ? error : error.atOffset(offset);
}
