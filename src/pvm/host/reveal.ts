/** Host functions that ask for data from outside: pvm.md §5.4 and §5.6. The answer comes in a tick of its own. */
import { ERROR } from "./errors.js";
import { MAX_IO_BYTES, type RevealCall, type RevealFunction } from "./function.js";
import { type GuestMemory, loadBytes } from "./memory.js";

/** First byte of the requests that have functions of their own. */
const PREIMAGE_TAG = 0;
const METADATA_TAG = 1;

function requestBytes(memory: GuestMemory | null, address: number, count: number): Uint8Array | number {
  if (memory === null) throw new Error("a memory is needed");
  if (count > MAX_IO_BYTES) return ERROR.inputOutputTooLarge;
  return loadBytes(memory, address, count);
}

function preimage(
  memory: GuestMemory | null,
  address: number,
  count: number,
  base: number,
  maxBytes: number,
): RevealCall | number {
  const hash = requestBytes(memory, address, count);
  if (typeof hash === "number") return hash;
  const request = new Uint8Array(1 + hash.length);
  request[0] = PREIMAGE_TAG;
  request.set(hash, 1);
  return { request, base, maxBytes };
}

function anything(
  memory: GuestMemory | null,
  address: number,
  count: number,
  base: number,
  maxBytes: number,
): RevealCall | number {
  const request = requestBytes(memory, address, count);
  return typeof request === "number" ? request : { request: request.slice(), base, maxBytes };
}

export const REVEAL_FUNCTIONS: readonly RevealFunction[] = [
  {
    kind: "reveal",
    importName: "reveal_preimage",
    stateName: "tezos_reveal_preimage",
    params: ["i32", "i32", "i32", "i32"],
    result: "i32",
    since: "2.0.0",
    usesMemory: true,
    request: preimage,
  },
  {
    kind: "reveal",
    importName: "reveal_metadata",
    stateName: "tezos_reveal_metadata",
    params: ["i32", "i32"],
    result: "i32",
    since: "2.0.0",
    usesMemory: false,
    request: (_memory, base, maxBytes) => ({ request: Uint8Array.of(METADATA_TAG), base, maxBytes }),
  },
  {
    kind: "reveal",
    importName: "reveal",
    stateName: "tezos_reveal",
    params: ["i32", "i32", "i32", "i32"],
    result: "i32",
    since: "2.0.0-r3",
    usesMemory: true,
    request: anything,
  },
];
