/** How the parts of a module become parts of its instance (pvm.md §3.2): functions, tables, globals, exports. */
import { ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { LazyMap } from "../../merkle/lazy-map.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import { allocateTable } from "../eval/table.js";
import { lookUp } from "../eval/tick.js";
import {
  type Extern,
  type FunctionInstance,
  type Global,
  type ModuleInstance,
  type Registry,
  type Table,
  typeOf,
  type Value,
} from "../runtime.js";
import type { Export, Func, GlobalType, TableType } from "../syntax.js";
import { badGlobalType } from "./init-errors.js";

/** An instance of nothing: every vector empty, one empty block, one empty data. */
export function emptyInstance(): ModuleInstance {
  return {
    types: LazyVector.empty(),
    functions: LazyVector.empty(),
    tables: LazyVector.empty(),
    memories: LazyVector.empty(),
    globals: LazyVector.empty(),
    exports: LazyMap.empty(),
    elems: LazyVector.empty(),
    datas: LazyVector.empty(),
    allocations: { blocks: LazyVector.of([LazyVector.empty()]), datas: LazyVector.of([ChunkedBytes.allocate(0)]) },
  };
}

/** A function of a module; its type is looked up in the registered instance. */
export function createFunction(registry: Registry, self: string, func: Func): FunctionInstance {
  const instance = registry.get(self);
  return { tag: "Native", type: lookUp(instance.types, func.type, "type"), module: self, func };
}

/** A table of null references. Throws `GuestError`, `StateTooLarge`. */
export function createTable(type: TableType): Table {
  return allocateTable(type);
}

export function createGlobal(type: GlobalType, value: Value): Global {
  if (typeOf(value) !== type.type) throw badGlobalType();
  return { mutable: type.mutable, value };
}

/** What an export stands for. Throws `GuestError`. */
export function createExport(instance: ModuleInstance, { kind, index }: Export): Extern {
  switch (kind) {
    case "Func":
      return { tag: "ExternFunc", func: lookUp(instance.functions, index, "function") };
    case "Table":
      return { tag: "ExternTable", table: lookUp(instance.tables, index, "table") };
    case "Memory":
      return { tag: "ExternMemory", memory: lookUp(instance.memories, index, "memory") };
    case "Global":
      return { tag: "ExternGlobal", global: lookUp(instance.globals, index, "global") };
  }
}

const plainName = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** An export's name as a key of the tree: bytes outside printable ASCII as \u{xx}, quotes and backslashes behind a backslash. */
export function exportKey(name: string): string {
  if (plainName.test(name)) return name;
  let key = "";
  for (const byte of Buffer.from(name, "utf8")) {
    if (byte < 0x20 || byte >= 0x7f) key += `\\u{${byte.toString(16).padStart(2, "0")}}`;
    else if (byte === 0x22 || byte === 0x5c) key += `\\${String.fromCharCode(byte)}`;
    else key += String.fromCharCode(byte);
  }
  return key;
}
