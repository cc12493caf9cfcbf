/** Instructions on memory 0 and on data segments. Operands are popped before the memory is looked up, as in the reference. */

import { fromHalves } from "../numerics/int64.js";
import { s32 } from "../numerics/simd-lanes.js";
import { extract8, extract16, extract32, extract64, vecReplace, vecSplat } from "../numerics/simd-rearrange.js";
import { vecConvert } from "../numerics/simd-tables.js";
import type { Memory } from "../runtime.js";
import type { Num, PackSize, VecExtension } from "../syntax.js";
import { MEMORY_BOUNDS } from "./guest.js";
import {
  effectiveAddress,
  growMemory,
  isOutsideMemory,
  loadLow,
  loadNum,
  loadPacked,
  loadVector,
  memoryPages,
  storeEachByte,
  storeNum,
} from "./memory.js";
import { type Handlers, leave, orTrap, pushI32, pushNum, pushVec, run, trap } from "./outcome.js";
import { popI32, popNum, popVec } from "./stack.js";
import type { Tick } from "./tick.js";

type MemoryTag =
  | "Load"
  | "Store"
  | "VecLoad"
  | "VecStore"
  | "VecLoadLane"
  | "VecStoreLane"
  | "MemorySize"
  | "MemoryGrow"
  | "MemoryFill"
  | "MemoryCopy"
  | "MemoryInit"
  | "DataDrop";

const WIDENED = { "8x8": "I16x8", "16x4": "I32x4", "32x2": "I64x2" } as const;

/** Widens or places the low `size` bits of `low`, the rest of which is zero. */
function extendLoaded(low: Uint8Array, size: PackSize, extension: VecExtension): Uint8Array {
  if (extension.tag === "ExtZero") return low;
  if (extension.tag === "ExtLane") {
    const extend = vecConvert[WIDENED[extension.shape]][extension.extension === "SX" ? "ExtendLowS" : "ExtendLowU"];
    if (extend === undefined) throw new Error(`no extension of ${extension.shape}`);
    return extend(low);
  }
  if (size === 8) return vecSplat.I8x16(s32(low, 0));
  if (size === 16) return vecSplat.I16x8(s32(low, 0));
  if (size === 32) return vecSplat.I32x4(s32(low, 0));
  return vecSplat.I64x2(fromHalves(s32(low, 0), s32(low, 4)));
}

/** Puts the low `size` bits of `low` into a lane. */
function replaceLane(vector: Uint8Array, size: PackSize, lane: number, low: Uint8Array): Uint8Array {
  if (size === 8) return vecReplace.I8x16(vector, lane, s32(low, 0));
  if (size === 16) return vecReplace.I16x8(vector, lane, s32(low, 0));
  if (size === 32) return vecReplace.I32x4(vector, lane, s32(low, 0));
  return vecReplace.I64x2(vector, lane, fromHalves(s32(low, 0), s32(low, 4)));
}

/** A lane of `size` bits as a number. Throws `LaneOutOfRange`. */
function extractLane(vector: Uint8Array, size: PackSize, lane: number): Num {
  if (size === 8) return { type: "i32", value: extract8(vector, lane, "SX") };
  if (size === 16) return { type: "i32", value: extract16(vector, lane, "SX") };
  if (size === 32) return { type: "i32", value: extract32(vector, lane) };
  return { type: "i64", value: extract64(vector, lane) };
}

function isOutsideData(tick: Tick, index: number, offset: number, count: number): boolean {
  const instance = tick.instance();
  const data = instance.allocations.datas.get(tick.data(index));
  return (offset >>> 0) + (count >>> 0) > data.length;
}

const accessHandlers: Handlers<"Load" | "Store" | "VecLoad" | "VecStore" | "VecLoadLane" | "VecStoreLane"> = {
  Load(tick, values, { type, pack, offset }) {
    const [base, rest] = popI32(values);
    const memory = tick.memory();
    return orTrap(rest, () => {
      if (pack === null) return pushNum(loadNum(memory, base, offset, type), rest);
      return pushNum(loadPacked(memory, base, offset, type, pack.size, pack.extension), rest);
    });
  },

  Store(tick, values, { pack, offset }) {
    const [num, below] = popNum(values);
    const [base, rest] = popI32(below);
    const memory = tick.memory();
    return orTrap(rest, () => {
      tick.replaceMemory(storeNum(memory, base, offset, num, pack));
      return leave(rest);
    });
  },

  VecLoad(tick, values, { pack, offset }) {
    const [base, rest] = popI32(values);
    const memory = tick.memory();
    return orTrap(rest, () => {
      if (pack === null) return pushVec(loadVector(memory, base, offset), rest);
      const low = loadLow(memory, base, offset, pack.size);
      return pushVec(extendLoaded(low, pack.size, pack.extension), rest);
    });
  },

  VecStore(tick, values, { offset }) {
    const [bytes, below] = popVec(values);
    const [base, rest] = popI32(below);
    const memory = tick.memory();
    return orTrap(rest, () => {
      const address = effectiveAddress(base, offset);
      // The reference stores what is in bounds before it traps (pvm.md §10 item 10).
      if (tick.phase.level === "full" && isOutsideMemory(memory, address, 16)) return trap(MEMORY_BOUNDS, rest);
      const stored = storeEachByte(memory, address, bytes);
      tick.replaceMemory(stored.memory);
      return stored.isWhole ? leave(rest) : trap(MEMORY_BOUNDS, rest);
    });
  },

  VecLoadLane(tick, values, { size, lane, offset }) {
    const [vector, below] = popVec(values);
    const [base, rest] = popI32(below);
    const memory = tick.memory();
    return orTrap(rest, () => {
      const low = loadLow(memory, base, offset, size);
      return pushVec(replaceLane(vector, size, lane, low), rest);
    });
  },

  VecStoreLane(tick, values, { size, lane, offset }) {
    const [vector, below] = popVec(values);
    const [base, rest] = popI32(below);
    const memory = tick.memory();
    return orTrap(rest, () => {
      const num = extractLane(vector, size, lane);
      tick.replaceMemory(storeNum(memory, base, offset, num, size === 8 || size === 16 ? size : null));
      return leave(rest);
    });
  },
};

function growBy(memory: Memory, delta: number, tick: Tick): number {
  const grown = growMemory(memory, delta);
  if (grown === null) return -1;
  tick.replaceMemory(grown);
  return memoryPages(memory);
}

const bulkHandlers: Handlers<Exclude<MemoryTag, keyof typeof accessHandlers>> = {
  MemorySize: (tick, values) => pushI32(memoryPages(tick.memory()), values),

  MemoryGrow(tick, values) {
    const [delta, rest] = popI32(values);
    return pushI32(growBy(tick.memory(), delta, tick), rest);
  },

  MemoryFill(tick, values) {
    const [count, below] = popI32(values);
    const [value, lower] = popNum(below);
    const [destination, rest] = popI32(lower);
    if (isOutsideMemory(tick.memory(), destination, count)) return trap(MEMORY_BOUNDS, rest);
    if (count === 0) return leave(rest);
    return run({ tag: "Memory_fill_meta", step: 0, destination, value, count }, rest);
  },

  MemoryCopy(tick, values) {
    const [count, below] = popI32(values);
    const [source, lower] = popI32(below);
    const [destination, rest] = popI32(lower);
    const memory = tick.memory();
    if (isOutsideMemory(memory, source, count) || isOutsideMemory(memory, destination, count)) {
      return trap(MEMORY_BOUNDS, rest);
    }
    if (count === 0) return leave(rest);
    const upward = destination >>> 0 <= source >>> 0;
    return run({ tag: "Memory_copy_meta", step: 0, destination, source, count, upward }, rest);
  },

  MemoryInit(tick, values, { index }) {
    const [count, below] = popI32(values);
    const [source, lower] = popI32(below);
    const [destination, rest] = popI32(lower);
    const isOutside = isOutsideMemory(tick.memory(), destination, count);
    // Looked at even when the memory is too small: what is read ends up in proofs.
    if (isOutsideData(tick, index, source, count) || isOutside) return trap(MEMORY_BOUNDS, rest);
    if (count === 0) return leave(rest);
    const byte = tick.instance().allocations.datas.get(tick.data(index)).byte(source);
    return run({ tag: "Memory_init_meta", step: 0, destination, byte, count, source, segment: index }, rest);
  },

  DataDrop(tick, values, { index }) {
    tick.data(index);
    tick.dropData(index);
    return leave(values);
  },
};

export const memoryHandlers: Handlers<MemoryTag> = { ...accessHandlers, ...bulkHandlers };
