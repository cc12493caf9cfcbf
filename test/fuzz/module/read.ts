// What has to be known of a binary to add to it: its sections, its types, and how many of each part it has. Valid binaries of WebAssembly
// 2.0 only.
import {
  type FuncType,
  type GlobalTypeDraft,
  type ImportDraft,
  type ImportKind,
  imported,
  type Limits,
  type RefType,
  type TableDraft,
  type ValueType,
} from "./draft.js";
import { EXTERN_BYTE, SECTION, TYPE_BYTE } from "./encode.js";

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError("the binary ends too early");
    return byte;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  take(count: number): Uint8Array {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  text(): string {
    return Buffer.from(this.take(this.unsigned())).toString("utf8");
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.unsigned() }, read);
  }

  valueType(): ValueType {
    const byte = this.byte();
    const found = Object.entries(TYPE_BYTE).find(([, value]) => value === byte);
    if (found === undefined) throw new RangeError(`no value type 0x${byte.toString(16)}`);
    return found[0] as ValueType; // a key of TYPE_BYTE
  }

  limits(): Limits {
    const flags = this.byte();
    return { min: this.unsigned(), max: flags === 1 ? this.unsigned() : null };
  }
}

/** The sections of a binary, in order. */
export function readSections(binary: Uint8Array): Section[] {
  const reader = new Reader(binary, 8);
  const found: Section[] = [];
  while (reader.at < binary.length) found.push({ id: reader.byte(), content: reader.take(reader.unsigned()) });
  return found;
}

export interface Outline {
  readonly sections: readonly Section[];
  readonly types: readonly FuncType[];
  readonly imports: readonly ImportDraft[];
  /** Types of all functions, imported ones first. */
  readonly functions: readonly FuncType[];
  readonly globals: readonly GlobalTypeDraft[];
  readonly tables: readonly RefType[];
  readonly memories: number;
}

/** Skips a constant expression of one instruction. */
function skipConstant(reader: Reader): void {
  for (let opcode = reader.byte(); opcode !== 0x0b; opcode = reader.byte()) {
    if (opcode === 0x43) reader.take(4);
    else if (opcode === 0x44) reader.take(8);
    else if (opcode === 0xfd) {
      reader.unsigned();
      reader.take(16);
    } else if (opcode === 0xd0) reader.byte();
    else reader.unsigned(); // signed numbers are as long
  }
}

function importedPart(reader: Reader): ImportDraft {
  const module = reader.text();
  const name = reader.text();
  return { module, name, what: importKind(reader) };
}

function importKind(reader: Reader): ImportKind {
  switch (reader.byte()) {
    case EXTERN_BYTE.func:
      return { kind: "func", type: reader.unsigned() };
    case EXTERN_BYTE.table:
      return { kind: "table", ...tableType(reader) };
    case EXTERN_BYTE.memory:
      return { kind: "memory", limits: reader.limits() };
    default:
      return { kind: "global", type: reader.valueType(), mutable: reader.byte() === 1 };
  }
}

function tableType(reader: Reader): TableDraft {
  const type = reader.valueType() as RefType; // valid modules have no others
  return { type, limits: reader.limits() };
}

export function outlineOf(binary: Uint8Array): Outline {
  const sections = readSections(binary);
  const list = <T>(id: number, read: (reader: Reader) => T): T[] => {
    const content = sections.find((section) => section.id === id)?.content;
    if (content === undefined) return [];
    const reader = new Reader(content);
    return reader.list(() => read(reader));
  };
  const types = list(SECTION.type, (reader): FuncType => {
    reader.byte();
    return { params: reader.list(() => reader.valueType()), results: reader.list(() => reader.valueType()) };
  });
  const typeAt = (index: number): FuncType => types[index] ?? { params: [], results: [] };
  const imports = list(SECTION.import, importedPart);
  const declared = list(SECTION.function, (reader) => reader.unsigned());
  const tables = list(SECTION.table, tableType);
  const globals = list(SECTION.global, (reader): GlobalTypeDraft => {
    const global = { type: reader.valueType(), mutable: reader.byte() === 1 };
    skipConstant(reader);
    return global;
  });
  const memories = list(SECTION.memory, (reader) => reader.limits()).length;
  const ofKind = <K extends ImportKind["kind"]>(kind: K): Extract<ImportKind, { kind: K }>[] =>
    imported({ imports }, kind);
  return {
    sections,
    types,
    imports,
    functions: [...ofKind("func").map(({ type }) => type), ...declared].map(typeAt),
    globals: [...ofKind("global"), ...globals],
    tables: [...ofKind("table"), ...tables].map(({ type }) => type),
    memories: ofKind("memory").length + memories,
  };
}
