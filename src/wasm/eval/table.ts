/** Tables: access and growth as the reference does them. Tables are values, like memories. */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import type { Ref, Table } from "../runtime.js";
import type { RefType, TableType } from "../syntax.js";
import { AccessTrap, assertionFailed, crash, TABLE_BOUNDS } from "./guest.js";
import { limitsAreValid } from "./memory.js";

export function refTypeOf(ref: Ref): RefType {
  return ref.tag === "NullRef" ? ref.type : ref.tag === "FuncRef" ? "funcref" : "externref";
}

/** A vector with `count` (an int32) more references; the loop that adds them is not entered if that is negative. */
function growRefs(refs: LazyVector<Ref>, count: number, ref: Ref): LazyVector<Ref> {
  return count > 0 ? refs.grow(count, ref) : refs;
}

/** A table of null references. Throws `GuestError`. */
export function allocateTable(type: TableType): Table {
  const { min, max } = type.limits;
  if (!limitsAreValid(type.limits))
    throw new GuestError("Tezos_webassembly_interpreter.Partial_table.Type", null, true);
  const refs = growRefs(LazyVector.empty(), min | 0, { tag: "NullRef", type: type.type });
  return { min, max, refs, type: type.type };
}

/** The reference at an index. Throws `AccessTrap`. */
export function loadRef(table: Table, index: number): Ref {
  if (index >>> 0 >= table.refs.length) throw new AccessTrap(TABLE_BOUNDS);
  return table.refs.get(index);
}

/** The table with a reference stored. Throws `AccessTrap`, `GuestError` (a reference of another type). */
export function storeRef(table: Table, index: number, ref: Ref): Table {
  if (refTypeOf(ref) !== table.type) throw crash("type mismatch at table access");
  if (index >>> 0 >= table.refs.length) throw new AccessTrap(TABLE_BOUNDS);
  return { ...table, refs: table.refs.set(index, ref) };
}

/** The table with `delta` (an int32) more references; null if it cannot have them. Their type is not checked. Throws `GuestError`. */
export function growTable(table: Table, delta: number, ref: Ref): Table | null {
  if (table.min !== (table.refs.length | 0)) throw assertionFailed("runtime/partial_table.ml", 66, 2);
  const size = (table.min + delta) | 0;
  if (table.min >>> 0 > size >>> 0 || !limitsAreValid({ min: size, max: table.max })) return null;
  return { ...table, min: size, refs: growRefs(table.refs, delta, ref) };
}

/** Whether `count` references from `index` on (both unsigned 32 bits) do not all lie in the vector. */
export function isOutside(refs: LazyVector<Ref>, index: number, count: number): boolean {
  return (index >>> 0) + (count >>> 0) > refs.length;
}
