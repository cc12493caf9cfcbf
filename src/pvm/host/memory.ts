/**
 * The kernel's memory as host functions see it: pvm.md §5.3. Addresses are int32 arguments taken as unsigned; nothing wraps around.
 */
import { storeEachByte } from "../../wasm/eval/memory.js";
import type { Memory } from "../../wasm/runtime.js";
import { ERROR } from "./errors.js";

/** What host functions need of a memory; engines that keep memories otherwise have one of their own. */
export interface GuestMemory {
  /** Size in bytes. */
  readonly size: number;
  /** Whether `count` bytes from an address on are all in the memory; those that are count as read. */
  touch(address: number, count: number): boolean;
  /** `count` bytes from an address on, not to be kept or changed; null when not all are in the memory. */
  load(address: number, count: number): Uint8Array | null;
  /** Stores bytes one by one, leaving out those that fall outside; false when there are any. */
  store(address: number, bytes: Uint8Array): boolean;
}

/** The bytes a count given by the kernel asks for, or the code of an error. */
export function loadBytes(memory: GuestMemory, address: number, count: number): Uint8Array | number {
  if (count < 0) return ERROR.genericInvalidAccess;
  return memory.load(address, count) ?? ERROR.memoryInvalidAccess;
}

/** The memory of a state, which a store replaces by another. */
export class StateMemory implements GuestMemory {
  #memory: Memory;
  #changed = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The memory as it is now; null when nothing was stored. */
  get changed(): Memory | null {
    return this.#changed ? this.#memory : null;
  }

  get size(): number {
    return this.#memory.chunks.length;
  }

  touch(address: number, count: number): boolean {
    const start = address >>> 0;
    const inside = this.inside(start, count);
    if (inside > 0) this.#memory.chunks.touch(start, inside);
    return inside === count;
  }

  load(address: number, count: number): Uint8Array | null {
    const start = address >>> 0;
    const inside = this.inside(start, count);
    if (inside === count) return count === 0 ? EMPTY : this.#memory.chunks.bytes(start, count);
    if (inside > 0) this.#memory.chunks.touch(start, inside);
    return null;
  }

  store(address: number, bytes: Uint8Array): boolean {
    const { memory, isWhole } = storeEachByte(this.#memory, address, bytes);
    if (memory !== this.#memory) {
      this.#memory = memory;
      this.#changed = true;
    }
    return isWhole;
  }

  /** How many of the bytes are in the memory. */
  private inside(start: number, count: number): number {
    return Math.max(0, Math.min(count, this.size - start));
  }
}

const EMPTY = new Uint8Array(0);
