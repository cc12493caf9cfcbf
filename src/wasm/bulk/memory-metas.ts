/**
 * Bulk instructions on memory, many bytes at once (pvm.md §4.5): the state after k bytes in closed form. Null wherever single ticks would do
 * something else than go on byte by byte.
 */
import type { Code } from "../eval/admin.js";
import { isOutsideMemory } from "../eval/memory.js";
import { lowHalf } from "../numerics/int64.js";
import type { Memory, ModuleInstance } from "../runtime.js";
import { type Meta, type MetaProgress, usedCode, withMeta } from "./code.js";

/** Ticks a byte takes: seven or eight instructions, each unrolled in three ticks and executed in three. */
const TICKS_PER_BYTE = 42;
const TICKS_PER_COPY = 48;
/** A copy downwards takes half of its instructions on the way in, the others on the way out. */
const TICKS_PER_HALF = 24;
const HALF_WAY = 4;

function memoryOf(instance: ModuleInstance): Memory | null {
  return instance.memories.length === 0 ? null : instance.memories.get(0);
}

function withBytes(instance: ModuleInstance, memory: Memory, address: number, bytes: Uint8Array): ModuleInstance {
  const { min, max, chunks } = memory;
  const stored: Memory = { min, max, chunks: chunks.store(address >>> 0, bytes) };
  return { ...instance, memories: instance.memories.set(0, stored) };
}

/** How many of `count` elements (unsigned) `budget` ticks are enough for. */
export function affordable(count: number, budget: number, ticksPerElement: number): number {
  return Math.min(count >>> 0, Math.floor(budget / ticksPerElement));
}

export function initMemory(
  meta: Meta<"Memory_init_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, source, count, segment } = meta;
  const bytes = affordable(count, budget, TICKS_PER_BYTE);
  const memory = memoryOf(instance);
  if (meta.step !== 0 || bytes === 0 || memory === null || segment >>> 0 >= instance.datas.length) return null;
  const data = instance.allocations.datas.get(instance.datas.get(segment));
  const start = source >>> 0;
  if (isOutsideMemory(memory, destination, count) || start + (count >>> 0) > data.length) return null;
  const copied = data.bytes(start, bytes);
  copied[0] = meta.byte;
  const left = (count - bytes) | 0;
  const next: typeof meta | null =
    left === 0
      ? null
      : {
          ...meta,
          destination: (destination + bytes) | 0,
          source: (source + bytes) | 0,
          count: left,
          byte: data.byte(start + bytes),
        };
  return {
    instance: withBytes(instance, memory, destination, copied),
    code: withMeta(code, next),
    ticks: bytes * TICKS_PER_BYTE,
    operands: 3,
  };
}

export function fillMemory(
  meta: Meta<"Memory_fill_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, value, count } = meta;
  const bytes = affordable(count, budget, TICKS_PER_BYTE);
  const memory = memoryOf(instance);
  if (meta.step !== 0 || bytes === 0 || memory === null || isOutsideMemory(memory, destination, count)) return null;
  if (value.type !== "i32" && value.type !== "i64") return null;
  const byte = value.type === "i32" ? value.value : lowHalf(value.value);
  const left = (count - bytes) | 0;
  const next: typeof meta | null = left === 0 ? null : { ...meta, destination: (destination + bytes) | 0, count: left };
  return {
    instance: withBytes(instance, memory, destination, new Uint8Array(bytes).fill(byte)),
    code: withMeta(code, next),
    ticks: bytes * TICKS_PER_BYTE,
    operands: 3,
  };
}

/** No byte is read after it was written, in the order of the copy: so all can be read first. */
function isOrdered({ destination, source, upward }: Meta<"Memory_copy_meta">): boolean {
  return upward ? destination >>> 0 <= source >>> 0 : destination >>> 0 > source >>> 0;
}

export function copyMemory(
  meta: Meta<"Memory_copy_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const memory = memoryOf(instance);
  if (memory === null || !isOrdered(meta)) return null;
  if (!meta.upward && meta.step === HALF_WAY) return leaveCopies(meta, memory, instance, code, budget);
  const { destination, source, count } = meta;
  if (meta.step !== 0 || isOutsideMemory(memory, destination, count) || isOutsideMemory(memory, source, count)) {
    return null;
  }
  if (!meta.upward) return enterCopies(meta, instance, code, budget);
  const bytes = affordable(count, budget, TICKS_PER_COPY);
  if (bytes === 0) return null;
  const left = (count - bytes) | 0;
  const next: typeof meta | null =
    left === 0 ? null : { ...meta, destination: (destination + bytes) | 0, source: (source + bytes) | 0, count: left };
  return {
    instance: withBytes(instance, memory, destination, memory.chunks.bytes(source >>> 0, bytes)),
    code: withMeta(code, next),
    ticks: bytes * TICKS_PER_COPY,
    operands: 3,
  };
}

type CopyMeta = Meta<"Memory_copy_meta" | "Table_copy_meta">;

/** A copy downwards on its way in: for each element, a meta that has copied nothing yet is left behind. */
export function enterCopies(meta: CopyMeta, instance: ModuleInstance, code: Code, budget: number): MetaProgress | null {
  const { destination, source, count } = meta;
  const elements = affordable(count, budget, TICKS_PER_HALF);
  if (elements === 0) return null;
  let longer = code;
  for (let element = 0; element < elements; element++) {
    const at = {
      destination: (destination + element) | 0,
      source: (source + element) | 0,
      count: (count - element) | 0,
    };
    const half: CopyMeta = { ...meta, ...at, step: HALF_WAY };
    longer = element === 0 ? longer.set(0, half) : longer.cons(half);
  }
  const left = (count - elements) | 0;
  const next: CopyMeta = {
    ...meta,
    destination: (destination + elements) | 0,
    source: (source + elements) | 0,
    count: left,
  };
  longer = left === 0 ? usedCode(longer) : longer.cons(next);
  return { instance, code: longer, ticks: elements * TICKS_PER_HALF, operands: 3 };
}

function sameTables(a: CopyMeta, b: CopyMeta): boolean {
  if (a.tag !== "Table_copy_meta" || b.tag !== "Table_copy_meta") return true;
  return a.destinationTable === b.destinationTable && a.sourceTable === b.sourceTable;
}

/** The metas left behind by a copy downwards, from the last element on: as many as follow each other and `budget` is enough for. */
export function leftBehind(
  first: CopyMeta,
  code: Code,
  budget: number,
): { readonly elements: number; readonly code: Code } {
  const most = Math.floor(budget / TICKS_PER_HALF);
  let elements = 0;
  let rest = usedCode(code);
  while (elements < most && rest.length > 0) {
    const meta = rest.get(0);
    if (meta.tag !== first.tag || meta.upward || meta.step !== HALF_WAY) break;
    if (meta.destination !== ((first.destination - elements) | 0)) break;
    if (meta.source !== ((first.source - elements) | 0)) break;
    if (!sameTables(meta, first)) break;
    rest = rest.drop();
    elements++;
  }
  return { elements, code: rest };
}

/** A copy downwards on its way out. */
function leaveCopies(
  meta: Meta<"Memory_copy_meta">,
  memory: Memory,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { elements, code: rest } = leftBehind(meta, code, budget);
  const lowest = (meta.source >>> 0) - elements + 1;
  if (elements === 0 || lowest < 0 || isOutsideMemory(memory, meta.destination, 1)) return null;
  const bytes = memory.chunks.bytes(lowest, elements);
  return {
    instance: withBytes(instance, memory, (meta.destination >>> 0) - elements + 1, bytes),
    code: rest,
    ticks: elements * TICKS_PER_HALF,
    operands: 2,
  };
}
