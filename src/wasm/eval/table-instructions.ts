/** Instructions on tables, element segments and references. */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import type { Table } from "../runtime.js";
import { TABLE_BOUNDS } from "./guest.js";
import { type Handlers, leave, orTrap, push, pushI32, run, trap } from "./outcome.js";
import { popI32, popRef } from "./stack.js";
import { growTable, isOutside, loadRef, storeRef } from "./table.js";
import type { Tick } from "./tick.js";

/** References a table has at most at the level `full`: as in V8. */
const MAX_FULL_REFS = 10_000_000;

type TableTag =
  | "TableGet"
  | "TableSet"
  | "TableSize"
  | "TableGrow"
  | "TableFill"
  | "TableCopy"
  | "TableInit"
  | "ElemDrop"
  | "RefNull"
  | "RefIsNull"
  | "RefFunc";

/** Two tables. The second is looked up even when there is no first, since what is read ends up in proofs. Throws `GuestError`. */
function bothTables(tick: Tick, first: number, second: number): [first: Table, second: Table] {
  try {
    return [tick.table(first), tick.table(second)];
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    try {
      tick.table(second);
    } catch (other) {
      if (!(other instanceof GuestError)) throw other;
    }
    throw error;
  }
}

export const tableHandlers: Handlers<TableTag> = {
  TableGet(tick, values, { index }) {
    const [at, rest] = popI32(values);
    return orTrap(rest, () => push({ tag: "ref", ref: loadRef(tick.table(index), at) }, rest));
  },

  TableSet(tick, values, { index }) {
    const [ref, below] = popRef(values);
    const [at, rest] = popI32(below);
    return orTrap(rest, () => {
      tick.replaceTable(index, storeRef(tick.table(index), at, ref));
      return leave(rest);
    });
  },

  TableSize: (tick, values, { index }) => pushI32(tick.table(index).refs.length, values),

  TableGrow(tick, values, { index }) {
    const [delta, below] = popI32(values);
    const [ref, rest] = popRef(below);
    const table = tick.table(index);
    // The reference has no limit of its own, and loses count of tables of 2^31 references.
    const isTooMuch = tick.phase.level === "full" && table.refs.length + (delta >>> 0) > MAX_FULL_REFS;
    const grown = isTooMuch ? null : growTable(table, delta, ref);
    if (grown !== null) tick.replaceTable(index, grown);
    return pushI32(grown === null ? -1 : table.refs.length, rest);
  },

  TableFill(tick, values, { index }) {
    const [count, below] = popI32(values);
    const [ref, lower] = popRef(below);
    const [destination, rest] = popI32(lower);
    if (isOutside(tick.table(index).refs, destination, count)) return trap(TABLE_BOUNDS, rest);
    if (count === 0) return leave(rest);
    return run({ tag: "Table_fill_meta", step: 0, destination, count, ref, table: index }, rest);
  },

  TableCopy(tick, values, { destination: destinationTable, source: sourceTable }) {
    const [count, below] = popI32(values);
    const [source, lower] = popI32(below);
    const [destination, rest] = popI32(lower);
    const [into, from] = bothTables(tick, destinationTable, sourceTable);
    if (isOutside(into.refs, destination, count) || isOutside(from.refs, source, count))
      return trap(TABLE_BOUNDS, rest);
    if (count === 0) return leave(rest);
    const upward = destination >>> 0 <= source >>> 0;
    return run(
      { tag: "Table_copy_meta", step: 0, destination, source, count, destinationTable, sourceTable, upward },
      rest,
    );
  },

  TableInit(tick, values, { table, segment }) {
    const [count, below] = popI32(values);
    const [source, lower] = popI32(below);
    const [destination, rest] = popI32(lower);
    const into = tick.table(table);
    const { refs } = tick.elem(segment);
    if (isOutside(into.refs, destination, count) || isOutside(refs, source, count)) return trap(TABLE_BOUNDS, rest);
    if (count === 0) return leave(rest);
    return run(
      { tag: "Table_init_meta", step: 0, ref: refs.get(source), destination, source, count, table, segment },
      rest,
    );
  },

  ElemDrop(tick, values, { index }) {
    tick.elem(index);
    tick.dropElem(index, { refs: LazyVector.empty() });
    return leave(values);
  },

  RefNull: (_tick, values, { type }) => push({ tag: "ref", ref: { tag: "NullRef", type } }, values),

  RefIsNull(_tick, values) {
    const [ref, rest] = popRef(values);
    return pushI32(ref.tag === "NullRef" ? 1 : 0, rest);
  },

  RefFunc: (tick, values, { index }) => push({ tag: "ref", ref: { tag: "FuncRef", func: tick.func(index) } }, values),
};
