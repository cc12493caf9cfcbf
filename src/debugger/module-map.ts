/**
 * What a kernel's binary tells beside what the machine keeps of it: names of functions and locals (the name section, all its parts, in any
 * order), and where in the binary an instruction stands. Left out: source lines (docs/debugger.md says why).
 */
import { ByteReader } from "../encoding/binary.js";
import { ChunkedBytes } from "../merkle/chunked-bytes.js";
import { decodedModule, decodeStep, initialDecodeState } from "../wasm/decode/machine.js";
import { decodeMany } from "../wasm/decode/many.js";
import type { FunctionInstance } from "../wasm/runtime.js";
import type { Instruction, Module } from "../wasm/syntax.js";
import { ValidationError } from "../wasm/validate/errors.js";
import { locate } from "../wasm/validate/locate.js";
import { demangle } from "./demangle.js";

export interface Names {
  readonly module: string | null;
  /** By index, imports counted first. */
  readonly functions: ReadonlyMap<number, string>;
  /** By function and local. */
  readonly locals: ReadonlyMap<number, ReadonlyMap<number, string>>;
}

export const NO_NAMES: Names = { module: null, functions: new Map(), locals: new Map() };

const HEADER_BYTES = 8;
const CUSTOM_SECTION = 0;
const PART = { module: 0, functions: 1, locals: 2 } as const;

/** An unsigned LEB128 of at most 32 bits. */
function leb(reader: ByteReader): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new Error("number too long");
}

function text(reader: ByteReader): string {
  return new TextDecoder().decode(reader.raw(leb(reader)));
}

function nameMap(reader: ByteReader): Map<number, string> {
  const names = new Map<number, string>();
  for (let left = leb(reader); left > 0; left--) names.set(leb(reader), text(reader));
  return names;
}

/** The names in a binary; what cannot be read is left out, since names decide nothing. */
export function readNames(kernel: Uint8Array): Names {
  let module: string | null = null;
  let functions: ReadonlyMap<number, string> = new Map();
  const locals = new Map<number, ReadonlyMap<number, string>>();
  try {
    const section = nameSection(kernel);
    while (section !== null && section.remaining > 0) {
      const part = section.u8();
      const inner = new ByteReader(section.raw(leb(section)));
      if (part === PART.module) module = text(inner);
      else if (part === PART.functions) functions = nameMap(inner);
      else if (part === PART.locals) {
        for (let left = leb(inner); left > 0; left--) locals.set(leb(inner), nameMap(inner));
      }
    }
  } catch {
    // A truncated section: what was read before stays.
  }
  return { module, functions, locals };
}

function nameSection(kernel: Uint8Array): ByteReader | null {
  const reader = new ByteReader(kernel.subarray(HEADER_BYTES));
  while (reader.remaining > 0) {
    const id = reader.u8();
    const section = new ByteReader(reader.raw(leb(reader)));
    if (id === CUSTOM_SECTION && text(section) === "name") return section;
  }
  return null;
}

/** The module of a kernel; null when it does not decode. */
export function decodeKernel(kernel: Uint8Array): Module | null {
  const bytes = ChunkedBytes.ofBytes(kernel);
  try {
    let { state } = decodeMany(initialDecodeState(), bytes, Number.MAX_SAFE_INTEGER, "pvm");
    for (let module = decodedModule(state); ; module = decodedModule(state)) {
      if (module !== null) return module;
      state = decodeStep(state, bytes, "pvm");
    }
  } catch {
    return null;
  }
}

/** A place in a function's code: which function, and the how-manieth of its instructions, those of nested blocks counted. */
export interface CodePosition {
  readonly func: number;
  /** Null: past the last instruction of a block. */
  readonly ordinal: number | null;
  readonly instruction: Instruction | null;
}

/** A function as the debugger calls it. */
export interface FunctionName {
  readonly index: number;
  readonly name: string;
}

export class ModuleMap {
  readonly names: Names;
  readonly kernel: Uint8Array;
  readonly module: Module | null;
  /** Names of imported functions. */
  readonly imports: readonly string[];
  #byBody: Map<number, number> | null = null;
  /** By label of a block: its function, and the ordinals of its instructions. */
  #blocks: Map<number, { readonly func: number; readonly ordinals: readonly number[] }> | null = null;

  constructor(kernel: Uint8Array, names: Names = readNames(kernel)) {
    this.kernel = kernel;
    this.names = names;
    this.module = decodeKernel(kernel);
    const imports = this.module?.imports.toArray() ?? [];
    this.imports = imports.flatMap(({ desc, item }) => (desc.tag === "Func" ? [item] : []));
  }

  get functionCount(): number {
    return this.imports.length + (this.module?.funcs.length ?? 0);
  }

  /** How a function is called, for people. */
  functionName(index: number): string {
    return demangle(this.symbol(index));
  }

  /** The name of a function as the kernel has it, its import's or its export's, or `function[index]`. */
  symbol(index: number): string {
    return this.names.functions.get(index) ?? this.imports[index] ?? this.exportedAs(index) ?? `function[${index}]`;
  }

  private exportedAs(index: number): string | undefined {
    return this.module?.exports.toArray().find((one) => one.kind === "Func" && one.index === index)?.name;
  }

  /** The index of a function of the module by the label of its body; null if there is none. */
  indexOfBody(body: number): number | null {
    if (this.#byBody === null) {
      this.#byBody = new Map();
      const funcs = this.module?.funcs.toArray() ?? [];
      for (const [own, func] of funcs.entries()) this.#byBody.set(func.body, this.imports.length + own);
    }
    return this.#byBody.get(body) ?? null;
  }

  /** The symbol of a function instance. `hostName` gives the import name of a host function. */
  symbolOf(func: FunctionInstance, hostName: (stateName: string) => string): string {
    if (func.tag === "Host") return hostName(func.name);
    const index = this.indexOfBody(func.func.body);
    return index === null ? "function[?]" : this.symbol(index);
  }

  /** How a function instance is called, for people. */
  nameOf(func: FunctionInstance, hostName: (stateName: string) => string): string {
    return demangle(this.symbolOf(func, hostName));
  }

  /** The functions a text names: an index (`12`, `function[12]`, `#12`), or a name, whole or its last part (`run` of `kernel::run`). */
  find(text: string): FunctionName[] {
    const index = /^(?:function\[|func\[|#)?([0-9]{1,9})\]?$/.exec(text)?.[1];
    if (index !== undefined) {
      const at = Number(index);
      return at < this.functionCount ? [{ index: at, name: this.functionName(at) }] : [];
    }
    const all = Array.from({ length: this.functionCount }, (_, at) => ({ index: at, name: this.functionName(at) }));
    const exact = all.filter(({ index: at, name }) => name === text || this.symbol(at) === text);
    return exact.length > 0 ? exact : all.filter(({ name }) => plainName(name) === text);
  }

  /** Where the instruction at an index of a block stands; null for a block of no function. */
  position(block: number, index: number): CodePosition | null {
    this.#blocks ??= this.indexBlocks();
    const found = this.#blocks.get(block);
    if (found === undefined) return null;
    const ordinal = found.ordinals[index];
    const code = this.module?.allocations.blocks.get(block);
    const instruction = code !== undefined && index < code.length ? code.get(index) : null;
    return { func: found.func, ordinal: ordinal ?? null, instruction };
  }

  /** The byte of the kernel at which an instruction begins; null where it has no place of its own. */
  offset({ func, ordinal }: CodePosition): number | null {
    if (this.module === null || ordinal === null) return null;
    const code = { path: [], instruction: "", ordinal };
    const place = { part: "function", index: func, name: null, expression: null, code } as const;
    const at = locate(
      new ValidationError(place, { reason: "", expected: null, actual: null }),
      this.module,
      this.kernel,
    );
    return at.offset;
  }

  private indexBlocks(): Map<number, { readonly func: number; readonly ordinals: readonly number[] }> {
    const blocks = new Map<number, { func: number; ordinals: number[] }>();
    const { module } = this;
    if (module === null) return blocks;
    for (const [own, func] of module.funcs.toArray().entries()) {
      let next = 0;
      // In the order of the binary: a block's own instructions come after the instruction that opens it.
      const open: { readonly label: number; at: number; readonly otherwise: number | null }[] = [];
      const enter = (label: number, otherwise: number | null = null): void => {
        blocks.set(label, { func: this.imports.length + own, ordinals: [] });
        open.push({ label, at: 0, otherwise });
      };
      enter(func.body);
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        const code = module.allocations.blocks.get(top.label);
        if (top.at === code.length) {
          open.pop();
          if (top.otherwise !== null) enter(top.otherwise);
          continue;
        }
        const instruction = code.get(top.at++);
        blocks.get(top.label)?.ordinals.push(next++);
        if (instruction.tag === "Block" || instruction.tag === "Loop") enter(instruction.body);
        else if (instruction.tag === "If") enter(instruction.then, instruction.else);
      }
    }
    return blocks;
  }
}

/** The last part of a Rust or C++ name, without its hash: `run` of `kernel::run::h0123456789abcdef`. */
export function plainName(name: string): string {
  const parts = name.replace(/::h[0-9a-f]{16}$/, "").split("::");
  return parts.at(-1) ?? name;
}
