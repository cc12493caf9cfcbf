/** Host functions on the inbox: pvm.md §5.4, read_input. */
import { dequeue } from "../buffers.js";
import { ERROR } from "./errors.js";
import { type HostContext, MAX_IO_BYTES, type PlainFunction, TICKS_PER_BYTE } from "./function.js";
import type { GuestMemory } from "./memory.js";

/** Level and index of a message: two int32. */
const INFO_BYTES = 8;
const MAX_INT32 = 0x7fff_ffffn;

/** The reference asks for one byte more than is written. */
function hasRoom(memory: GuestMemory, address: number, count: number): boolean {
  return count >= 0 && (address >>> 0) + count < memory.size;
}

function readInput(context: HostContext, infoAddress: number, address: number, maxBytes: number): number {
  const { memory } = context;
  const most = Math.min(MAX_IO_BYTES, maxBytes);
  if (!hasRoom(memory, infoAddress, INFO_BYTES) || !hasRoom(memory, address, most)) return ERROR.memoryInvalidAccess;
  const taken = dequeue(context.buffers.input);
  if (taken === null) return 0;
  context.buffers = { ...context.buffers, input: taken.rest };
  const { level, counter, payload } = taken.message;
  const size = Math.min(most, payload.length);
  memory.store(address, payload.subarray(0, size));
  if (counter > MAX_INT32) return ERROR.genericInvalidAccess;
  const info = new Uint8Array(INFO_BYTES);
  const view = new DataView(info.buffer);
  view.setInt32(0, level, true);
  view.setInt32(4, Number(counter), true);
  memory.store(infoAddress, info);
  return size;
}

export const INPUT_FUNCTIONS: readonly PlainFunction[] = [
  {
    kind: "plain",
    importName: "read_input",
    stateName: "tezos_read_input",
    params: ["i32", "i32", "i32"],
    result: "i32",
    since: "2.0.0",
    run: readInput,
    ticks: (size) => TICKS_PER_BYTE * size,
  },
];
