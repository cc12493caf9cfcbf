// A host that knows the signatures of the functions the test kernels import (pvm.md §5.2), and calls none of them.
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import type { Host } from "../../../src/wasm/host.js";
import type { HostFunction } from "../../../src/wasm/runtime.js";
import type { ValueType } from "../../../src/wasm/syntax.js";

export const HOST_MODULE = "smart_rollup_core";

/** Name in the state, number of parameters (all i32), whether there is a result, first version that has it. */
type Signature = readonly [stateName: string, params: number, result: boolean, since: number];

const SIGNATURES: Readonly<Record<string, Signature>> = {
  read_input: ["tezos_read_input", 3, true, 0],
  write_output: ["tezos_write_output", 2, true, 0],
  write_debug: ["tezos_write_debug", 2, false, 0],
  store_has: ["tezos_store_has", 2, true, 0],
  store_delete: ["tezos_store_delete", 2, true, 0],
  store_copy: ["tezos_store_copy", 4, true, 0],
  store_move: ["tezos_store_move", 4, true, 0],
  store_value_size: ["tezos_store_value_size", 2, true, 0],
  store_read: ["tezos_store_read", 5, true, 0],
  store_write: ["tezos_write_read", 5, true, 0],
  reveal_preimage: ["tezos_reveal_preimage", 4, true, 0],
  reveal_metadata: ["tezos_reveal_metadata", 2, true, 0],
  store_delete_value: ["tezos_store_delete_value", 2, true, 1],
  store_create: ["tezos_store_create", 3, true, 1],
  __internal_store_get_hash: ["tezos_internal_store_get_hash", 4, true, 1],
  store_exists: ["tezos_store_exists", 2, true, 2],
  reveal: ["tezos_reveal", 4, true, 3],
};

function hostFunction(item: string, version: number): HostFunction | null {
  const i32s = (count: number): LazyVector<ValueType> => LazyVector.of(new Array<ValueType>(count).fill("i32"));
  if (item === "store_list_size") {
    return { tag: "Host", type: { params: i32s(2), results: LazyVector.of(["i64"]) }, name: "tezos_store_list_size" };
  }
  const signature = Object.hasOwn(SIGNATURES, item) ? SIGNATURES[item] : undefined;
  if (signature === undefined || signature[3] > version) return null;
  const [name, params, result] = signature;
  return { tag: "Host", type: { params: i32s(params), results: i32s(result ? 1 : 0) }, name };
}

/** The host at a version, 0 … 6. */
export function importHost(version = 6): Host {
  return {
    resolve: (module, item) => (module === HOST_MODULE ? hostFunction(item, version) : null),
    call() {
      throw GuestError.withMessage("host functions must not access memory during initialisation");
    },
  };
}
