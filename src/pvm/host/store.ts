/**
 * Host functions on the durable storage: pvm.md §5.4. Each checks in the reference's order: the answer to a call with several faults, and
 * what a proof of it shows, depend on it.
 */
import { BytesBounds } from "../../merkle/chunked-bytes.js";
import { type DurableKey, MAX_KEY_BYTES, parseKey } from "../durable.js";
import type { PvmVersion } from "../versions.js";
import { ERROR, negativeLength } from "./errors.js";
import { type HostContext, type HostType, type PlainFunction, TICKS_PER_ACCESS, TICKS_PER_BYTE } from "./function.js";
import { type GuestMemory, loadBytes } from "./memory.js";

/** Bytes of a value read or written at once, at most. */
const MAX_STORE_IO_BYTES = 2048;

/** The key in the kernel's memory, or the code of an error. */
function loadKey(memory: GuestMemory, address: number, length: number): DurableKey | number {
  if (length > MAX_KEY_BYTES) return ERROR.keyTooLarge;
  const bytes = loadBytes(memory, address, length);
  if (typeof bytes === "number") return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return parseKey(text) ?? ERROR.invalidKey;
}

/** What a key holds, as store_has answers. */
const NOTHING = 0;
const VALUE_ONLY = 1;
const SUBKEYS_ONLY = 2;
const VALUE_AND_SUBKEYS = 3;

function has(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  const hasValue = context.durable.hasLoadedValue(key);
  const children = context.durable.count(key);
  if (hasValue) return children === 1 ? VALUE_ONLY : VALUE_AND_SUBKEYS;
  return children === 0 ? NOTHING : SUBKEYS_ONLY;
}

function exists(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  return context.durable.exists(key) ? 1 : 0;
}

function listSize(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  return typeof key === "number" ? key : context.durable.count(key);
}

/** Puts at most `maxBytes` bytes of a result into memory. The number of them, or the code of an error. Throws `GuestError`. */
function giveBytes(memory: GuestMemory, address: number, maxBytes: number, result: Uint8Array): number {
  if (maxBytes < 0) throw negativeLength();
  const given = result.subarray(0, maxBytes);
  return memory.store(address, given) ? given.length : ERROR.memoryInvalidAccess;
}

function getNthKey(
  context: HostContext,
  keyAddress: number,
  keyLength: number,
  index: number,
  address: number,
  maxBytes: number,
): number {
  const { durable, memory } = context;
  const key = loadKey(memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  if (!durable.exists(key)) return ERROR.notANode;
  if (index < 0) {
    durable.count(key); // the listing begins before its bounds are looked at
    return ERROR.genericInvalidAccess;
  }
  const name = durable.childName(key, index);
  if (name === null) return ERROR.invalidSubkeyIndex;
  return giveBytes(memory, address, maxBytes, Buffer.from(name, "latin1"));
}

function getHash(
  context: HostContext,
  keyAddress: number,
  keyLength: number,
  address: number,
  maxBytes: number,
): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  const hash = context.durable.treeHash(key);
  return hash === null ? ERROR.notANode : giveBytes(context.memory, address, maxBytes, hash);
}

function deleteTree(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  if (key.readonly) return ERROR.readonlyValue;
  context.durable.deleteTree(key);
  return 0;
}

function deleteValue(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  if (key.readonly) return ERROR.readonlyValue;
  context.durable.deleteValue(key);
  return 0;
}

function copy(
  context: HostContext,
  fromAddress: number,
  fromLength: number,
  toAddress: number,
  toLength: number,
): number {
  const from = loadKey(context.memory, fromAddress, fromLength);
  if (typeof from === "number") return from;
  const to = loadKey(context.memory, toAddress, toLength);
  if (typeof to === "number") return to;
  if (to.readonly) return ERROR.readonlyValue;
  return context.durable.copyTree(from, to) ? 0 : ERROR.notANode;
}

function move(
  context: HostContext,
  fromAddress: number,
  fromLength: number,
  toAddress: number,
  toLength: number,
): number {
  const from = loadKey(context.memory, fromAddress, fromLength);
  if (typeof from === "number") return from;
  const to = loadKey(context.memory, toAddress, toLength);
  if (typeof to === "number") return to;
  if (from.readonly || to.readonly) return ERROR.readonlyValue;
  return context.durable.moveTree(from, to) ? 0 : ERROR.notANode;
}

function create(context: HostContext, keyAddress: number, keyLength: number, size: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  if (size < 0) return ERROR.valueSizeExceeded;
  if (key.readonly) return ERROR.readonlyValue;
  return context.durable.createValue(key, size) ? 0 : ERROR.valueAlreadyExists;
}

function valueSize(context: HostContext, keyAddress: number, keyLength: number): number {
  const key = loadKey(context.memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  const value = context.durable.peekValue(key);
  return value === null ? ERROR.notAValue : value.length | 0;
}

function read(
  context: HostContext,
  keyAddress: number,
  keyLength: number,
  offset: number,
  address: number,
  maxBytes: number,
): number {
  const { durable, memory } = context;
  const key = loadKey(memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  if (maxBytes > MAX_STORE_IO_BYTES) return ERROR.inputOutputTooLarge;
  const value = durable.peekValue(key);
  if (value === null) return ERROR.notAValue;
  if (offset < 0 || offset >= value.length) return ERROR.invalidAccess;
  if (maxBytes < 0) return ERROR.genericInvalidAccess;
  const bytes = value.bytes(offset, Math.min(maxBytes, value.length - offset));
  return memory.store(address, bytes) ? bytes.length : ERROR.memoryInvalidAccess;
}

function write(
  context: HostContext,
  keyAddress: number,
  keyLength: number,
  offset: number,
  address: number,
  count: number,
): number {
  const { durable, memory } = context;
  const key = loadKey(memory, keyAddress, keyLength);
  if (typeof key === "number") return key;
  const size = (durable.peekValue(key)?.length ?? 0) | 0;
  // Also for a negative count: the sum wraps around.
  if (size > ((size + count) | 0)) return ERROR.valueSizeExceeded;
  // All of the bytes are read before it is seen that they are too many.
  if (count > MAX_STORE_IO_BYTES) {
    if (!memory.touch(address, count)) return ERROR.memoryInvalidAccess;
    return key.readonly ? ERROR.readonlyValue : ERROR.inputOutputTooLarge;
  }
  const bytes = memory.load(address, count);
  if (bytes === null) return ERROR.memoryInvalidAccess;
  if (key.readonly) return ERROR.readonlyValue;
  try {
    return durable.writeValue(key, offset, bytes) ? 0 : ERROR.invalidAccess;
  } catch (error) {
    if (error instanceof BytesBounds) return ERROR.genericInvalidAccess;
    throw error;
  }
}

const KEY: readonly HostType[] = ["i32", "i32"];

/** Ticks of the functions that take one key and give or take no other bytes. */
const keyTicks = (_result: number, _keyAddress: number, keyLength: number): number =>
  TICKS_PER_BYTE * keyLength + TICKS_PER_ACCESS;

const twoKeysTicks = (_result: number, _from: number, fromLength: number, _to: number, toLength: number): number =>
  TICKS_PER_BYTE * (fromLength + toLength) + TICKS_PER_ACCESS;

type Implementation = Pick<PlainFunction, "run" | "ticks">;

function onKeys(
  importName: string,
  stateName: string,
  params: readonly HostType[],
  since: PvmVersion,
  { run, ticks }: Implementation,
  result: HostType = "i32",
): PlainFunction {
  return { kind: "plain", importName, stateName, params, result, since, run, ticks };
}

export const STORE_FUNCTIONS: readonly PlainFunction[] = [
  onKeys("store_has", "tezos_store_has", KEY, "2.0.0", { run: has, ticks: keyTicks }),
  onKeys("store_list_size", "tezos_store_list_size", KEY, "2.0.0", { run: listSize, ticks: keyTicks }, "i64"),
  onKeys("store_get_nth_key", "tezos_store_get_nth_key_list", [...KEY, "i64", "i32", "i32"], "2.0.0", {
    run: getNthKey,
    ticks: keyTicks,
  }),
  onKeys("store_delete", "tezos_store_delete", KEY, "2.0.0", { run: deleteTree, ticks: keyTicks }),
  onKeys("store_delete_value", "tezos_store_delete_value", KEY, "2.0.0-r1", { run: deleteValue, ticks: keyTicks }),
  onKeys("store_copy", "tezos_store_copy", [...KEY, ...KEY], "2.0.0", { run: copy, ticks: twoKeysTicks }),
  onKeys("store_move", "tezos_store_move", [...KEY, ...KEY], "2.0.0", { run: move, ticks: twoKeysTicks }),
  onKeys("store_value_size", "tezos_store_value_size", KEY, "2.0.0", { run: valueSize, ticks: keyTicks }),
  onKeys("store_read", "tezos_store_read", [...KEY, "i32", "i32", "i32"], "2.0.0", {
    run: read,
    ticks: (size, keyAddress, keyLength) => keyTicks(size, keyAddress, keyLength) + TICKS_PER_BYTE * size,
  }),
  // "write_read" is the name it has in states.
  onKeys("store_write", "tezos_write_read", [...KEY, "i32", "i32", "i32"], "2.0.0", {
    run: write,
    ticks: (result, keyAddress, keyLength, _offset, _address, count) =>
      keyTicks(result, keyAddress, keyLength) + TICKS_PER_BYTE * count,
  }),
  onKeys("store_create", "tezos_store_create", [...KEY, "i32"], "2.0.0-r1", { run: create, ticks: keyTicks }),
  onKeys("store_exists", "tezos_store_exists", KEY, "2.0.0-r2", { run: exists, ticks: keyTicks }),
  onKeys("__internal_store_get_hash", "tezos_internal_store_get_hash", [...KEY, "i32", "i32"], "2.0.0-r1", {
    run: getHash,
    ticks: keyTicks,
  }),
];
