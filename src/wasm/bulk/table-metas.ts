/** Bulk instructions on tables, many references at once, like memory-metas.ts. */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import type { Code } from "../eval/admin.js";
import { isOutside, refTypeOf } from "../eval/table.js";
import type { ModuleInstance, Ref, Table } from "../runtime.js";
import { type Meta, type MetaProgress, withMeta } from "./code.js";
import { affordable, enterCopies, leftBehind } from "./memory-metas.js";

const TICKS_PER_REF = 42;
const TICKS_PER_COPY = 48;
const TICKS_PER_HALF = 24;
const HALF_WAY = 4;

function tableOf(instance: ModuleInstance, index: number): Table | null {
  return index >>> 0 >= instance.tables.length ? null : instance.tables.get(index);
}

function withRefs(instance: ModuleInstance, index: number, table: Table, refs: LazyVector<Ref>): ModuleInstance {
  return { ...instance, tables: instance.tables.set(index, { ...table, refs }) };
}

export function initTable(
  meta: Meta<"Table_init_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, source, count, segment } = meta;
  const table = tableOf(instance, meta.table);
  if (meta.step !== 0 || table === null || segment >>> 0 >= instance.elems.length) return null;
  const items = instance.elems.get(segment).refs;
  if (isOutside(table.refs, destination, count) || isOutside(items, source, count)) return null;
  const most = affordable(count, budget, TICKS_PER_REF);
  let { refs } = table;
  let { ref } = meta;
  let done = 0;
  while (done < most && refTypeOf(ref) === table.type) {
    refs = refs.set((destination + done) | 0, ref);
    done++;
    if (done < count >>> 0) ref = items.get((source + done) | 0);
  }
  if (done === 0) return null;
  const left = (count - done) | 0;
  const next: typeof meta | null =
    left === 0
      ? null
      : { ...meta, ref, destination: (destination + done) | 0, source: (source + done) | 0, count: left };
  return {
    instance: withRefs(instance, meta.table, table, refs),
    code: withMeta(code, next),
    ticks: done * TICKS_PER_REF,
    operands: 3,
  };
}

export function fillTable(
  meta: Meta<"Table_fill_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, count, ref } = meta;
  const table = tableOf(instance, meta.table);
  const done = affordable(count, budget, TICKS_PER_REF);
  if (meta.step !== 0 || done === 0 || table === null) return null;
  if (isOutside(table.refs, destination, count) || refTypeOf(ref) !== table.type) return null;
  let { refs } = table;
  for (let element = 0; element < done; element++) refs = refs.set((destination + element) | 0, ref);
  const left = (count - done) | 0;
  const next: typeof meta | null = left === 0 ? null : { ...meta, destination: (destination + done) | 0, count: left };
  return {
    instance: withRefs(instance, meta.table, table, refs),
    code: withMeta(code, next),
    ticks: done * TICKS_PER_REF,
    operands: 3,
  };
}

/**
 * Copies references one by one from a table, possibly the same, upwards (`direction` 1) or downwards (-1); stops before one of another type
 * than the destination's.
 */
function copyRefs(
  { destination, source, destinationTable, sourceTable }: Meta<"Table_copy_meta">,
  to: Table,
  from: Table,
  most: number,
  direction: 1 | -1,
): { readonly refs: LazyVector<Ref>; readonly done: number } {
  const isSame = destinationTable === sourceTable;
  let { refs } = to;
  let done = 0;
  for (; done < most; done++) {
    const ref = (isSame ? refs : from.refs).get((source + direction * done) | 0);
    if (refTypeOf(ref) !== to.type) break;
    refs = refs.set((destination + direction * done) | 0, ref);
  }
  return { refs, done };
}

export function copyTable(
  meta: Meta<"Table_copy_meta">,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, source, count, upward } = meta;
  const to = tableOf(instance, meta.destinationTable);
  const from = tableOf(instance, meta.sourceTable);
  if (to === null || from === null) return null;
  if (!upward && meta.step === HALF_WAY) return leaveCopies(meta, to, from, instance, code, budget);
  if (meta.step !== 0 || isOutside(to.refs, destination, count) || isOutside(from.refs, source, count)) return null;
  if (destination >>> 0 <= source >>> 0 !== upward) return null;
  if (!upward) return enterCopies(meta, instance, code, budget);
  const { refs, done } = copyRefs(meta, to, from, affordable(count, budget, TICKS_PER_COPY), 1);
  if (done === 0) return null;
  const left = (count - done) | 0;
  const next: typeof meta | null =
    left === 0 ? null : { ...meta, destination: (destination + done) | 0, source: (source + done) | 0, count: left };
  return {
    instance: withRefs(instance, meta.destinationTable, to, refs),
    code: withMeta(code, next),
    ticks: done * TICKS_PER_COPY,
    operands: 3,
  };
}

function leaveCopies(
  meta: Meta<"Table_copy_meta">,
  to: Table,
  from: Table,
  instance: ModuleInstance,
  code: Code,
  budget: number,
): MetaProgress | null {
  const { destination, source } = meta;
  const { elements } = leftBehind(meta, code, budget);
  if (isOutside(to.refs, destination, 1) || isOutside(from.refs, source, 1)) return null;
  if (elements > Math.min(destination >>> 0, source >>> 0) + 1) return null;
  const { refs, done } = copyRefs(meta, to, from, elements, -1);
  if (done === 0) return null;
  return {
    instance: withRefs(instance, meta.destinationTable, to, refs),
    code: leftBehind(meta, code, done * TICKS_PER_HALF).code,
    ticks: done * TICKS_PER_HALF,
    operands: 2,
  };
}
