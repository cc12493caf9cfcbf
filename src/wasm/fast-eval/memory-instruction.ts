/** memory.grow and the bulk memory instructions of the fast evaluator, executed whole (pvm.md §4.5: 42 or 48 ticks a byte). */
import { MICRO, SHORT } from "./control.js";
import { type FastEvaluator, TAG } from "./engine.js";
import { MAX_FLAT_PAGES } from "./flat-memory.js";
import { OP } from "./opcodes.js";

const PLAIN = 6;
const FILL_TICKS = 42;
const COPY_TICKS = 48;

/** Gives the ticks left, or SHORT or MICRO as control.ts does. `label.sp` is up to date before and after. */
export function memoryInstruction(engine: FastEvaluator, left: number, op: number, operand: number): number {
  return op === OP.MEMORY_GROW ? growMemory(engine, left) : bulk(engine, left, op, operand);
}

function growMemory(engine: FastEvaluator, left: number): number {
  const { memory, tag, lo } = engine;
  const { sp, start } = engine.topLabel;
  if (memory === null || sp <= start || tag[sp - 1] !== TAG.I32) return MICRO;
  if (left < PLAIN) return SHORT;
  const delta = lo[sp - 1] as number;
  const pages = memory.pages;
  if (delta >>> 0 <= 0xffff && pages + delta > MAX_FLAT_PAGES) return MICRO;
  lo[sp - 1] = memory.grow(delta) ? pages : -1;
  return left - PLAIN;
}

function bulk(engine: FastEvaluator, left: number, op: number, operand: number): number {
  const { memory, tag, lo } = engine;
  const label = engine.topLabel;
  const { sp, start } = label;
  const isTyped = sp - 3 >= start && tag[sp - 1] === TAG.I32 && tag[sp - 2] === TAG.I32 && tag[sp - 3] === TAG.I32;
  if (memory === null || !isTyped) return MICRO;
  const count = (lo[sp - 1] as number) >>> 0;
  const second = lo[sp - 2] as number;
  const destination = (lo[sp - 3] as number) >>> 0;
  const total = PLAIN + count * (op === OP.MEMORY_COPY ? COPY_TICKS : FILL_TICKS);
  if (destination + count > memory.length) return MICRO;
  const source = op === OP.MEMORY_FILL ? null : sourceBytes(engine, op, operand, second >>> 0, count);
  if (source === undefined) return MICRO;
  if (left < total) return count === 0 ? SHORT : MICRO;
  if (count > 0) {
    memory.touchRange(destination, count);
    if (source === null) memory.bytes.fill(second & 0xff, destination, destination + count);
    else memory.bytes.set(source, destination);
  }
  engine.clear(sp - 3, sp);
  label.sp = sp - 3;
  return left - total;
}

/** What memory.copy or memory.init copies; undefined when it is not all there. */
function sourceBytes(
  engine: FastEvaluator,
  op: number,
  segment: number,
  source: number,
  count: number,
): Uint8Array | undefined {
  const { memory, instance } = engine;
  if (op === OP.MEMORY_COPY) {
    if (memory === null || source + count > memory.length) return undefined;
    return memory.bytes.subarray(source, source + count);
  }
  const { datas, allocations } = instance;
  if (segment < 0 || segment >= datas.length) return undefined;
  const label = datas.get(segment);
  if (label < 0 || label >= allocations.datas.length) return undefined;
  const data = allocations.datas.get(label);
  return source + count > data.length ? undefined : data.bytes(source, count);
}
