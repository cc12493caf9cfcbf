/**
 * The functions of the new durable storage (pvm.md §5.5): kernels may import them from version 2.0.0-r6 on. No released protocol lets a
 * rollup activate that storage, and without it the reference's machine fails on a call; so does this one. They have no other behaviour here.
 */
import type { HostType, NdsFunction } from "./function.js";

function nds(name: string, params: readonly HostType[]): NdsFunction {
  return { kind: "nds", importName: name, stateName: name, params, result: "i32", since: "2.0.0-r6" };
}

export const NDS_FUNCTIONS: readonly NdsFunction[] = [
  nds("nds_registry_resize", ["i64"]),
  nds("nds_registry_copy", ["i64", "i64"]),
  nds("nds_registry_move", ["i64", "i64"]),
  nds("nds_registry_clear", ["i64"]),
  nds("nds_store_exists", ["i64", "i32", "i32"]),
  nds("nds_store_read", ["i64", "i32", "i32", "i64", "i32", "i32"]),
  nds("nds_store_write", ["i64", "i32", "i32", "i64", "i32", "i32"]),
  nds("nds_store_set", ["i64", "i32", "i32", "i32", "i32"]),
  nds("nds_store_delete", ["i64", "i32", "i32"]),
  nds("nds_store_value_size", ["i64", "i32", "i32"]),
  nds("nds_database_get_hash", ["i64", "i32", "i32"]),
];
