/** Host functions on the outbox: pvm.md §5.4, write_output. */
import { writeMessage } from "../buffers.js";
import { ERROR } from "./errors.js";
import { type HostContext, MAX_IO_BYTES, type PlainFunction } from "./function.js";
import { loadBytes } from "./memory.js";

function writeOutput(context: HostContext, address: number, count: number): number {
  if (count > MAX_IO_BYTES) return ERROR.inputOutputTooLarge;
  const message = loadBytes(context.memory, address, count);
  if (typeof message === "number") return message;
  const output = writeMessage(context.buffers.output, message.slice());
  if (output === "full") return ERROR.fullOutbox;
  if (output === "not_initialised") return ERROR.genericInvalidAccess;
  context.buffers = { ...context.buffers, output };
  return 0;
}

export const OUTPUT_FUNCTIONS: readonly PlainFunction[] = [
  {
    kind: "plain",
    importName: "write_output",
    stateName: "tezos_write_output",
    params: ["i32", "i32"],
    result: "i32",
    since: "2.0.0",
    run: writeOutput,
    // By bytes of the result, which is 0: the message costs nothing.
    ticks: () => 0,
  },
];
