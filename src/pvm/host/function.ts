/**
 * What a host function is: its names, its type, from which version on it can be imported, and what it does (pvm.md §5.2).
 *
 * Arguments and results are plain numbers: an i32 signed, an i64 as its low 63 bits, signed (what the reference takes of them). An error of
 * the call is a negative result.
 */
import type { Buffers } from "../buffers.js";
import type { Durable } from "../durable.js";
import type { PvmVersion } from "../versions.js";
import type { GuestMemory } from "./memory.js";

export type HostType = "i32" | "i64";

/** What a function works on. */
export interface HostContext {
  readonly durable: Durable;
  buffers: Buffers;
  readonly memory: GuestMemory;
  /** Where write_debug writes; null: nowhere. */
  readonly writeDebug: ((text: Uint8Array) => void) | null;
}

/** A call that asks something outside: up to `maxBytes` bytes of the answer go to `base`. */
export interface RevealCall {
  readonly request: Uint8Array;
  readonly base: number;
  readonly maxBytes: number;
}

interface Signature {
  /** The name in the imports of kernels. */
  readonly importName: string;
  /** The name in states. */
  readonly stateName: string;
  readonly params: readonly HostType[];
  readonly result: HostType | null;
  /** The first version that has it. */
  readonly since: PvmVersion;
}

/** A function that ends in the tick that runs it, and then goes on for some more ticks that do nothing. */
export interface PlainFunction extends Signature {
  readonly kind: "plain";
  /** The result (0 for a function that has none). Throws `GuestError`, having changed nothing. */
  run(context: HostContext, ...args: number[]): number;
  /** Extra ticks of a call that succeeded. */
  ticks(result: number, ...args: number[]): number;
}

export interface RevealFunction extends Signature {
  readonly kind: "reveal";
  readonly usesMemory: boolean;
  /** The request, or the code of an error. `memory` is null for a function that uses none. */
  request(memory: GuestMemory | null, ...args: number[]): RevealCall | number;
}

/** A function of the new durable storage. */
export interface NdsFunction extends Signature {
  readonly kind: "nds";
}

export type HostFunctionSpec = PlainFunction | RevealFunction | NdsFunction;

/** Extra ticks a byte costs that is read from the kernel's memory or written to it. */
export const TICKS_PER_BYTE = 42;
/** Extra ticks of an access to the durable storage. */
export const TICKS_PER_ACCESS = 1;

/** Bytes a message, a reveal request or a debug text has at most; larger ones are refused. */
export const MAX_IO_BYTES = 4096;
