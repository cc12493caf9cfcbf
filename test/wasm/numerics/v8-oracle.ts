// The oracle of the numerics tests: runs single WebAssembly instructions on V8, on raw bits. One module has a function for
// each instruction; operands are read from the module's memory and the result is written there, floats always through a
// reinterpret instruction, so that no value becomes a JS number on its way.

import wabt from "wabt";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** i32 and f32: int32; i64 and f64: signed bigint; v128: 16 bytes. */
export type Bits = number | bigint | Uint8Array;

export interface Instruction {
  /** Instruction as the text format writes it, with immediates: "i8x16.extract_lane_s 3". */
  readonly text: string;
  readonly operands: readonly ValueType[];
  readonly result: ValueType;
}

/** Result of an instruction: its bits, or V8's message of the trap. */
export type Outcome = { readonly bits: Bits } | { readonly trap: string };

export type Oracle = (instruction: Instruction, operands: readonly Bits[]) => Outcome;

const RESULT_OFFSET = 64;

const LOAD: Readonly<Record<ValueType, (offset: number) => string>> = {
  i32: (offset) => `(i32.load (i32.const ${offset}))`,
  i64: (offset) => `(i64.load (i32.const ${offset}))`,
  f32: (offset) => `(f32.reinterpret_i32 (i32.load (i32.const ${offset})))`,
  f64: (offset) => `(f64.reinterpret_i64 (i64.load (i32.const ${offset})))`,
  v128: (offset) => `(v128.load (i32.const ${offset}))`,
};

const STORE: Readonly<Record<ValueType, (value: string) => string>> = {
  i32: (value) => `(i32.store (i32.const ${RESULT_OFFSET}) ${value})`,
  i64: (value) => `(i64.store (i32.const ${RESULT_OFFSET}) ${value})`,
  f32: (value) => `(i32.store (i32.const ${RESULT_OFFSET}) (i32.reinterpret_f32 ${value}))`,
  f64: (value) => `(i64.store (i32.const ${RESULT_OFFSET}) (i64.reinterpret_f64 ${value}))`,
  v128: (value) => `(v128.store (i32.const ${RESULT_OFFSET}) ${value})`,
};

function functionText({ text, operands, result }: Instruction): string {
  const loads = operands.map((type, index) => LOAD[type](16 * index)).join(" ");
  return `(func (export "${text}") ${STORE[result](`(${text} ${loads})`)})`;
}

// What this file needs of the WebAssembly API; @types/node declares none of it.
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
}

function writeOperand(memory: DataView, offset: number, type: ValueType, bits: Bits): void {
  if (bits instanceof Uint8Array) new Uint8Array(memory.buffer, offset, 16).set(bits);
  else if (typeof bits === "bigint") memory.setBigInt64(offset, bits, true);
  else if (type === "i32" || type === "f32") memory.setInt32(offset, bits, true);
  else throw new TypeError(`a number is not the bits of a ${type}`);
}

function readResult(memory: DataView, type: ValueType): Bits {
  if (type === "v128") return new Uint8Array(memory.buffer.slice(RESULT_OFFSET, RESULT_OFFSET + 16));
  if (type === "i64" || type === "f64") return memory.getBigInt64(RESULT_OFFSET, true);
  return memory.getInt32(RESULT_OFFSET, true);
}

/** Compiles a module with a function for each of the instructions (no two with the same text). */
export async function createOracle(instructions: readonly Instruction[]): Promise<Oracle> {
  const { parseWat } = await wabt();
  const text = `(module (memory (export "memory") 1)\n${instructions.map(functionText).join("\n")})`;
  const parsed = parseWat("oracle.wat", text, { simd: true, sat_float_to_int: true, sign_extension: true });
  const bytes = parsed.toBinary({}).buffer;
  parsed.destroy();

  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = new DataView((exports["memory"] as { buffer: ArrayBuffer }).buffer);

  return (instruction, operands) => {
    operands.forEach((bits, index) => {
      writeOperand(memory, 16 * index, instruction.operands[index] as ValueType, bits);
    });
    try {
      (exports[instruction.text] as () => void)();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return { trap: error.message };
      throw error;
    }
    return { bits: readResult(memory, instruction.result) };
  };
}
