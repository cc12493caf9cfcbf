// Binaries from module texts, by wabt: without its validation, which is not what is tested here. The features are those of WebAssembly 2.0.
import loadWabt from "wabt";
import type { ModuleSource } from "./script.js";

/** wabt refuses a module text. */
export class AssemblyError extends Error {
  readonly code = "wast.assembly";
  constructor(message: string) {
    super(message);
    this.name = "AssemblyError";
  }
}

const FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  exceptions: false,
  threads: false,
  function_references: false,
  tail_call: false,
  annotations: false,
  code_metadata: false,
  gc: false,
  memory64: false,
  extended_const: false,
  relaxed_simd: false,
};

/** Gives the binary of a module; throws `AssemblyError` for a text that is malformed. */
export type Assembler = (source: ModuleSource) => Uint8Array;

const NEEDS_DATA_COUNT = /\b(memory\.init|data\.drop)\b/;
const SECTION = { code: 10, data: 11, dataCount: 12 } as const;
const EMPTY_DATA_COUNT = Uint8Array.of(SECTION.dataCount, 1, 0);

/**
 * A binary with a data count section if it has no data: wabt leaves that out, and what should be invalid (there is no such segment) would be
 * malformed.
 */
function withDataCount(binary: Uint8Array): Uint8Array {
  let code: number | null = null;
  for (let at = 8; at < binary.length; ) {
    const id = binary[at] ?? 0;
    if (id === SECTION.data || id === SECTION.dataCount) return binary;
    if (id === SECTION.code) code = at;
    let size = 0;
    let shift = 0;
    for (let byte = 0x80; byte >= 0x80; shift += 7) {
      byte = binary[++at] ?? 0;
      size |= (byte & 0x7f) << shift;
    }
    at += 1 + size;
  }
  if (code === null) return binary;
  return Buffer.concat([binary.subarray(0, code), EMPTY_DATA_COUNT, binary.subarray(code)]);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^parseWat failed:\s*/, "").split("\n", 1)[0] ?? text; // then come the line and a marker below it
}

export async function createAssembler(): Promise<Assembler> {
  const wabt = await loadWabt();
  return (source) => {
    if (source.form === "binary") return source.bytes;
    // Bytes, as wabt cuts the characters of a string to eight bits; in a buffer of their own, as it takes the length of the whole buffer.
    const text = new Uint8Array(source.form === "text" ? Buffer.from(source.text, "utf8") : source.bytes);
    try {
      const module = wabt.parseWat("module.wat", text, FEATURES);
      try {
        const binary = module.toBinary({}).buffer;
        return NEEDS_DATA_COUNT.test(Buffer.from(text).toString("latin1")) ? withDataCount(binary) : binary;
      } finally {
        module.destroy();
      }
    } catch (error) {
      throw new AssemblyError(firstLine(error));
    }
  };
}
