/** write_debug: pvm.md §5.4. Nothing of the state depends on it; the embedder may look at the text. */
import { ERROR } from "./errors.js";
import type { HostContext, PlainFunction } from "./function.js";

function writeDebug(context: HostContext, address: number, count: number): number {
  if (context.writeDebug !== null) {
    const text = context.memory.load(address, count >>> 0);
    context.writeDebug(text ?? Buffer.from(`Error code: ${ERROR.memoryInvalidAccess}`, "latin1"));
  }
  return 0;
}

export const DEBUG_FUNCTIONS: readonly PlainFunction[] = [
  {
    kind: "plain",
    importName: "write_debug",
    stateName: "tezos_write_debug",
    params: ["i32", "i32"],
    result: null,
    since: "2.0.0",
    run: writeDebug,
    ticks: () => 0,
  },
];
