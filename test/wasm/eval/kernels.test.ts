// Kernels run tick by tick from their bytes: states in the middle against the reference's, results against V8's.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { buildNode } from "../../../src/merkle/schema.js";
import { PLAIN_ACCESS } from "../../../src/merkle/tree.js";
import { configSchema } from "../../../src/wasm/eval/config.js";
import { i32, type Memory, registrySchema } from "../../../src/wasm/runtime.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import {
  type HostDefinition,
  hostOf,
  hostResult,
  outcomeOf,
  type Run,
  runTo,
  runToEnd,
  startKernel,
} from "./kernel-run.js";
import { readState, STATES, stateFiles, stateTree } from "./stored-states.js";

function bytesOf(memory: Memory, address: number, count: number): string {
  return toHex(memory.chunks.bytes(address, count));
}

/** What a kernel wrote with `store_write`, in order: key, offset, bytes. */
type Writes = string[];

/** `store_write` with its ticks; it keeps what is written. */
function storeWrite(writes: Writes): HostDefinition {
  return {
    name: "tezos_write_read",
    params: ["i32", "i32", "i32", "i32", "i32"],
    results: ["i32"],
    call(args, memory) {
      const [key, keyLength, offset, source, count] = args.map((arg) =>
        arg.tag === "num" && arg.num.type === "i32" ? arg.num.value : Number.NaN,
      ) as [number, number, number, number, number];
      writes.push(`${bytesOf(memory, key, keyLength)} ${offset} ${bytesOf(memory, source, count)}`);
      return hostResult([i32(0)], 42 * keyLength + 1 + 42 * count);
    },
  };
}

function hashes({ config, registry }: Run): { config: string; modules: string } {
  return {
    config: toHex((buildNode(configSchema, config, false) as TreeNode).hash),
    modules: toHex((buildNode(registrySchema, registry, false) as TreeNode).hash),
  };
}

describeShared("kernels of the stored states", STATES, () => {
  // The other kernels need the real host functions.
  const states = stateFiles("eval-custom_trap").map(readState);

  it.each(states)("$file is reached from the kernel", (state) => {
    const run = runTo(startKernel(fromHex(state.kernelHex ?? "")), state.tick - state.ticksPerSnapshot);
    const tree = stateTree(state, PLAIN_ACCESS);
    expect(hashes(run)).toEqual({
      config: toHex((tree.findTree(["wasm", "value", "config"]) as TreeNode).hash),
      modules: toHex((tree.findTree(["wasm", "value", "modules"]) as TreeNode).hash),
    });
  });
});

const WALKS = "vectors/pvm/walks";

function runInV8(kernel: Uint8Array): Writes {
  const writes: Writes = [];
  const hex = (address: number, size: number): string => {
    const { buffer } = instance.exports["mem"] as { buffer: ArrayBuffer };
    return toHex(new Uint8Array(buffer, address, size));
  };
  const write = (key: number, keyLength: number, offset: number, source: number, count: number): number => {
    writes.push(`${hex(key, keyLength)} ${offset} ${hex(source, count)}`);
    return 0;
  };
  const module = new WebAssembly.Module(new Uint8Array(kernel));
  const instance = new WebAssembly.Instance(module, { smart_rollup_core: { store_write: write } });
  (instance.exports["kernel_run"] as () => void)();
  return writes;
}

describeShared("kernels of the walks", WALKS, () => {
  it.each(["arith", "simd", "memory", "tables", "control"])("%s writes what it writes in V8", (name) => {
    const kernel = new Uint8Array(readFileSync(sharedPath(WALKS, `${name}.wasm`)));
    const writes: Writes = [];
    const host = hostOf({ store_write: storeWrite(writes) });
    const end = runToEnd(startKernel(kernel, host), host);
    expect(outcomeOf(end)).toEqual([]);
    expect(writes.length).toBeGreaterThan(0);
    expect(writes).toEqual(runInV8(kernel));
  });
});
