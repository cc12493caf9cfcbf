/**
 * Linear memories: loads, stores and growth as the reference does them (pvm.md §10 items 10, 22, 23). Memories are values: a store gives
 * another memory that shares the chunks it did not touch.
 *
 * Scalar accesses look at their last byte first, so one that is partly out of bounds touches nothing. Vector accesses look at every byte:
 * the bytes in bounds are read, or written, before the trap.
 *
 * Chunks have 512 bytes and offsets inside them are below that: hence `as number`.
 */
import { CHUNK_BYTES, ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { GuestError } from "../guest-errors.js";
import { fromHalves, highHalf, lowHalf } from "../numerics/int64.js";
import { type Memory, PAGE_BYTES } from "../runtime.js";
import type { Extension, Limits, Num, NumType } from "../syntax.js";
import { AccessTrap, assertionFailed, crash, MEMORY_BOUNDS } from "./guest.js";

export const MAX_PAGES = 65536;

const CHUNK_MASK = CHUNK_BYTES - 1;

/** Whether limits are in order: an upper one is not below the lower one. */
export function limitsAreValid(limits: { readonly min: number; readonly max: number | null }): boolean {
  return limits.max === null || limits.min >>> 0 <= limits.max >>> 0;
}

/** A memory of zeros. 2^31 pages or more count as a negative number of them, and give an empty one. Throws `GuestError`. */
export function allocateMemory(limits: Limits): Memory {
  if (!limitsAreValid(limits)) {
    throw new GuestError("Tezos_webassembly_interpreter.Partial_memory.Type", null, true);
  }
  const pages = Math.max(0, limits.min | 0);
  return { min: limits.min, max: limits.max, chunks: ChunkedBytes.allocate(pages * PAGE_BYTES) };
}

/** Size in pages, as an int32. */
export function memoryPages(memory: Memory): number {
  return Math.floor(memory.chunks.length / PAGE_BYTES) | 0;
}

/** The memory with `delta` more pages (an int32); null if it cannot have them. Throws `GuestError`. */
export function growMemory(memory: Memory, delta: number): Memory | null {
  if (memory.min !== memoryPages(memory)) throw assertionFailed("runtime/partial_memory.ml", 97, 2);
  const pages = (memory.min + delta) | 0;
  if (memory.min >>> 0 > pages >>> 0 || pages >>> 0 > MAX_PAGES) return null;
  if (!limitsAreValid({ min: pages, max: memory.max })) return null;
  const chunks = delta > 0 ? memory.chunks.grow(delta * PAGE_BYTES) : memory.chunks;
  return { min: pages, max: memory.max, chunks };
}

/** Whether `count` bytes from `address` on (both unsigned 32 bits) do not all lie in the memory. */
export function isOutsideMemory(memory: Memory, address: number, count: number): boolean {
  return (address >>> 0) + (count >>> 0) > memory.chunks.length;
}

/** Where an access starts: base plus offset, which must not wrap. Throws `AccessTrap`. */
export function effectiveAddress(base: number, offset: number): number {
  const address = (base >>> 0) + (offset >>> 0);
  if (address > 0xffff_ffff) throw new AccessTrap(MEMORY_BOUNDS);
  return address;
}

/** The access' last byte must be in the memory. Throws `AccessTrap`. */
function checkLastByte(memory: Memory, address: number, size: number): void {
  if (address + size > memory.chunks.length) throw new AccessTrap(MEMORY_BOUNDS);
}

/** Up to four bytes, little-endian, unsigned if fewer than four. They must be in bounds. */
function readWord(memory: Memory, address: number, size: number): number {
  const index = Math.floor(address / CHUNK_BYTES);
  const start = address & CHUNK_MASK;
  const chunk = memory.chunks.chunk(index);
  if (start + size > CHUNK_BYTES) {
    let word = 0;
    for (let at = 0; at < size; at++) word |= memory.chunks.byte(address + at) << (8 * at);
    return word;
  }
  if (chunk === null) return 0;
  let word = chunk[start] as number;
  if (size > 1) word |= (chunk[start + 1] as number) << 8;
  if (size > 2) word |= ((chunk[start + 2] as number) << 16) | ((chunk[start + 3] as number) << 24);
  return word;
}

/** The low and the high half of `size` bytes (1, 2, 4 or 8), zero-extended. Throws `AccessTrap`. */
function readHalves(memory: Memory, base: number, offset: number, size: number): [low: number, high: number] {
  const address = effectiveAddress(base, offset);
  checkLastByte(memory, address, size);
  if (size <= 4) return [readWord(memory, address, size), 0];
  return [readWord(memory, address, 4), readWord(memory, address + 4, 4)];
}

const NUM_BYTES: Readonly<Record<NumType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8 };

/** Loads a whole number. Throws `AccessTrap`. */
export function loadNum(memory: Memory, base: number, offset: number, type: NumType): Num {
  const [low, high] = readHalves(memory, base, offset, NUM_BYTES[type]);
  if (type === "i32" || type === "f32") return { type, value: low };
  return { type, value: fromHalves(low, high) };
}

/** Loads `size` bits (8, 16 or 32) and extends them. Throws `AccessTrap`. */
export function loadPacked(
  memory: Memory,
  base: number,
  offset: number,
  type: NumType,
  size: number,
  extension: Extension,
): Num {
  const [low] = readHalves(memory, base, offset, size >> 3);
  const shift = 32 - size;
  const word = extension === "SX" ? (low << shift) >> shift : low;
  if (type === "i32") return { type, value: word };
  if (type !== "i64") throw crash("type mismatch at memory access");
  return { type, value: fromHalves(word, extension === "SX" ? word >> 31 : 0) };
}

/** Loads 64 bits as sixteen bytes of which the upper ones are zero; `size` may be less. Throws `AccessTrap`. */
export function loadLow(memory: Memory, base: number, offset: number, size: number): Uint8Array {
  const address = effectiveAddress(base, offset);
  const count = size >> 3;
  checkLastByte(memory, address, count);
  const vector = new Uint8Array(16);
  vector.set(memory.chunks.bytes(address, count));
  return vector;
}

/** Loads a vector; the chunks of the bytes in bounds count as read even when others are not. Throws `AccessTrap`. */
export function loadVector(memory: Memory, base: number, offset: number): Uint8Array {
  const address = effectiveAddress(base, offset);
  const inside = Math.min(16, Math.max(0, memory.chunks.length - address));
  const loaded = inside === 0 ? null : memory.chunks.bytes(address, inside);
  if (inside < 16 || loaded === null) throw new AccessTrap(MEMORY_BOUNDS);
  return loaded;
}

function storeAt(memory: Memory, address: number, bytes: Uint8Array): Memory {
  return { min: memory.min, max: memory.max, chunks: memory.chunks.store(address, bytes) };
}

/** Stores the low `size` bytes of a number given in halves. Throws `AccessTrap`, having stored nothing. */
function writeHalves(memory: Memory, base: number, offset: number, size: number, low: number, high: number): Memory {
  const address = effectiveAddress(base, offset);
  checkLastByte(memory, address, size);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at < 4 ? low >>> (8 * at) : high >>> (8 * (at - 4))) & 0xff;
  return storeAt(memory, address, bytes);
}

/**
 * The memory with a number stored: the low `size` bits of it, or all of it as wide as its own type, whatever the instruction says. Throws
 * `AccessTrap`.
 */
export function storeNum(memory: Memory, base: number, offset: number, num: Num, size: number | null): Memory {
  if (size !== null && (num.type === "f32" || num.type === "f64")) {
    throw crash("type mismatch at memory access");
  }
  const bytes = size === null ? NUM_BYTES[num.type] : size >> 3;
  if (num.type === "i32" || num.type === "f32") {
    return writeHalves(memory, base, offset, bytes, num.value, num.value >> 31);
  }
  return writeHalves(memory, base, offset, bytes, lowHalf(num.value), highHalf(num.value));
}

/**
 * The memory with bytes stored from an unsigned 32-bit address on, one by one: those that fall outside are left out, and `isWhole` tells
 * whether there were none. Vector stores and host functions store so.
 */
export function storeEachByte(
  memory: Memory,
  address: number,
  bytes: Uint8Array,
): { readonly memory: Memory; readonly isWhole: boolean } {
  const inside = Math.min(bytes.length, Math.max(0, memory.chunks.length - (address >>> 0)));
  const isWhole = inside === bytes.length;
  if (inside === 0) return { memory, isWhole };
  return { memory: storeAt(memory, address >>> 0, bytes.subarray(0, inside)), isWhole };
}
