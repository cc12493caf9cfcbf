/** Which durable keys a host call reads and writes, from its arguments: pvm.md §5.4. */
import { parseKey } from "../pvm/durable.js";
import { HOST_FUNCTIONS } from "../pvm/host/registry.js";
import type { Memory, Value } from "../wasm/runtime.js";

export interface KeyAccess {
  readonly key: string;
  readonly mode: "read" | "write";
  /** Whether all below the key is meant too. */
  readonly isTree: boolean;
}

type Use = Omit<KeyAccess, "key">;

const READS: Use = { mode: "read", isTree: false };
const READS_TREE: Use = { mode: "read", isTree: true };
const WRITES: Use = { mode: "write", isTree: false };
const WRITES_TREE: Use = { mode: "write", isTree: true };

/** By name in states: what is done with the first key, and with the second. */
const USES: ReadonlyMap<string, readonly Use[]> = new Map([
  ["tezos_store_has", [READS]],
  ["tezos_store_list_size", [READS]],
  ["tezos_store_get_nth_key_list", [READS]],
  ["tezos_store_delete", [WRITES_TREE]],
  ["tezos_store_delete_value", [WRITES]],
  ["tezos_store_copy", [READS_TREE, WRITES_TREE]],
  ["tezos_store_move", [WRITES_TREE, WRITES_TREE]],
  ["tezos_store_value_size", [READS]],
  ["tezos_store_read", [READS]],
  ["tezos_write_read", [WRITES]],
  ["tezos_store_create", [WRITES]],
  ["tezos_store_exists", [READS]],
  ["tezos_internal_store_get_hash", [READS_TREE]],
]);

const IMPORT_NAMES = new Map(HOST_FUNCTIONS.map(({ stateName, importName }) => [stateName, importName]));

/** The names that kernels import host functions by. */
export const HOST_IMPORTS: readonly string[] = HOST_FUNCTIONS.map((spec) => spec.importName).sort();

/** The name a kernel imports a host function by. */
export function importName(stateName: string): string {
  return IMPORT_NAMES.get(stateName) ?? stateName;
}

/** The name in states of a host function named either way; null if there is none. */
export function hostStateName(name: string): string | null {
  const found = HOST_FUNCTIONS.find((spec) => spec.importName === name || spec.stateName === name);
  return found?.stateName ?? null;
}

export function numberOf(value: Value | undefined): bigint | null {
  return value?.tag === "num" && value.num.type !== "f32" && value.num.type !== "f64" ? BigInt(value.num.value) : null;
}

/** The keys of a call; none where the arguments name none. */
export function keyAccesses(name: string, args: readonly Value[], memory: Memory | null): KeyAccess[] {
  const uses = USES.get(name);
  if (uses === undefined || memory === null) return [];
  const accesses: KeyAccess[] = [];
  for (const [index, use] of uses.entries()) {
    const address = numberOf(args[2 * index]);
    const length = numberOf(args[2 * index + 1]);
    if (address === null || length === null) continue;
    const key = textAt(memory, Number(BigInt.asUintN(32, address)), Number(length));
    if (key !== null && parseKey(key) !== null) accesses.push({ key, ...use });
  }
  return accesses;
}

function textAt(memory: Memory, address: number, length: number): string | null {
  if (length < 0 || address + length > memory.chunks.length) return null;
  return Buffer.from(memory.chunks.bytes(address, length)).toString("latin1");
}
