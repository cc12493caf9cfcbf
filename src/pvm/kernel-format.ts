/**
 * What kernel files hold: a WebAssembly binary, the same in hexadecimal, or WebAssembly text, told apart by content. Text is assembled by
 * wabt, which is loaded only then; Octez's debugger assembles text by an encoder of its own, to other bytes (merkle.md §3.3).
 */
import { fromHex } from "../encoding/hex.js";
import { PvmError } from "./errors.js";

/** Largest kernel taken, in bytes: the machine's own limit on values is far above what a rollup could ever be given. */
export const MAX_KERNEL_BYTES = 64 * 1024 * 1024;
/** Largest kernel file: hexadecimal digits, and as much again for text that assembles to less. */
export const MAX_KERNEL_FILE_BYTES = 4 * MAX_KERNEL_BYTES;

export type KernelErrorCode =
  | "pvm.kernel.empty"
  | "pvm.kernel.too_large"
  | "pvm.kernel.not_wasm"
  | "pvm.kernel.bad_hex"
  | "pvm.kernel.bad_text";

/** A file that holds no kernel. */
export class KernelError extends PvmError {
  declare readonly code: KernelErrorCode;
  constructor(code: KernelErrorCode, message: string) {
    super(code, message);
  }
}

const MAGIC = Uint8Array.of(0x00, 0x61, 0x73, 0x6d);
/** How much of a file is looked at to tell text from other bytes. */
const SAMPLE_BYTES = 4096;

/** The kernel in a file, as the binary that a rollup is originated with. `name` is used in messages of the assembler. */
export async function readKernel(file: Uint8Array, name: string): Promise<Uint8Array> {
  const kernel = await decode(file, name);
  if (kernel.length <= MAX_KERNEL_BYTES) return kernel;
  throw tooLarge(kernel.length, MAX_KERNEL_BYTES);
}

export function tooLarge(size: number, limit: number): KernelError {
  return new KernelError("pvm.kernel.too_large", `too large for a kernel: ${size} bytes, at most ${limit}`);
}

async function decode(file: Uint8Array, name: string): Promise<Uint8Array> {
  if (file.length === 0) throw new KernelError("pvm.kernel.empty", "the file is empty");
  if (file.length > MAX_KERNEL_FILE_BYTES) throw tooLarge(file.length, MAX_KERNEL_FILE_BYTES);
  if (isWasm(file)) return file;
  const sample = Buffer.from(file.subarray(0, SAMPLE_BYTES)).toString("latin1").trimStart();
  if (/^(\(|;;)/.test(sample)) return assemble(file, name);
  if (/^[0-9a-fA-F]{8}/.test(sample)) return decodeHex(Buffer.from(file).toString("latin1").trim());
  throw new KernelError(
    "pvm.kernel.not_wasm",
    "not WebAssembly: neither a binary (00 61 73 6d …), nor hexadecimal, nor text",
  );
}

function isWasm(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) === 0;
}

function decodeHex(text: string): Uint8Array {
  const bad = text.search(/[^0-9a-fA-F]/);
  if (bad >= 0) {
    const what = JSON.stringify(text.charAt(bad));
    throw new KernelError("pvm.kernel.bad_hex", `${what} at position ${bad} is not a hexadecimal digit`);
  }
  if (text.length % 2 !== 0) throw new KernelError("pvm.kernel.bad_hex", "odd number of hexadecimal digits");
  const bytes = fromHex(text);
  if (isWasm(bytes)) return bytes;
  throw new KernelError("pvm.kernel.not_wasm", "hexadecimal, but not of a WebAssembly binary (00 61 73 6d …)");
}

async function assemble(file: Uint8Array, name: string): Promise<Uint8Array> {
  const { default: load } = await import("wabt");
  const wabt = await load();
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    throw new KernelError("pvm.kernel.bad_text", "WebAssembly text that is not UTF-8");
  }
  try {
    const module = wabt.parseWat(name, text);
    try {
      return new Uint8Array(module.toBinary({}).buffer);
    } finally {
      module.destroy();
    }
  } catch (error) {
    throw new KernelError("pvm.kernel.bad_text", `WebAssembly text that does not assemble: ${firstFault(error)}`);
  }
}

/** The assembler's first complaint, which begins with its place, out of a message of many lines. */
function firstFault(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split("\n");
  const fault = lines.find((line) => /:\d+:\d+: /.test(line)) ?? lines[0] ?? "";
  return fault.trim();
}
