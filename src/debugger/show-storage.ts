/** The durable storage and the memory, shown as Octez's debugger does: debugger.md §4.5, §4.6. */
import { toHex } from "../encoding/hex.js";
import { compareSteps } from "../merkle/inode.js";
import type { TreeNode } from "../merkle/node.js";
import { Tree } from "../merkle/tree.js";
import { Durable, parseKey, VALUE_STEP } from "../pvm/durable.js";
import type { Machine } from "../pvm/machine.js";
import type { Memory, Registry } from "../wasm/runtime.js";
import { printTickState } from "./show-state.js";

const MAX_DEPTH = 10;

/** Every node of the storage's tree down to a depth, those above first, with the bytes of leaves. */
export function printDurableStorage(machine: Machine): string {
  const lines: string[] = [];
  const walk = (node: TreeNode, path: readonly string[]): void => {
    lines.push(`/${path.join("/")}\n  ${node.kind === "leaf" ? toHex(node.bytes) : ""}`);
    if (path.length === MAX_DEPTH || node.kind === "leaf") return;
    const entries = new Tree(node).list([]).sort((a, b) => compareSteps(a.step, b.step));
    for (const { step, node: child } of entries) walk(child, [...path, step]);
  };
  walk(machine.durable.tree.root, []);
  return lines.join("\n");
}

/** The children of a path, or why there are none. */
export type Subkeys =
  | { readonly tag: "keys"; readonly keys: readonly string[]; readonly hasValue: boolean }
  | { readonly tag: "invalid" }
  | { readonly tag: "missing"; readonly path: string };

export function subkeys(machine: Machine, path: string): Subkeys {
  if (!path.startsWith("/")) return { tag: "invalid" };
  const steps = path.split("/").filter((step) => step !== "");
  const node = machine.durable.tree.findTree(steps);
  if (node === undefined) return { tag: "missing", path: steps.join("/") };
  const names = new Tree(node).list([]).map(({ step }) => step);
  const keys = names.filter((name) => name !== VALUE_STEP).sort(compareSteps);
  return { tag: "keys", keys, hasValue: names.includes(VALUE_STEP) };
}

/** The value of a key, or why there is none. */
export type KeyValue = { readonly tag: "value"; readonly bytes: Uint8Array } | { readonly tag: "invalid" | "missing" };

export function keyValue(machine: Machine, key: string): KeyValue {
  const parsed = parseKey(key);
  if (parsed === null || parsed.steps.length === 0) return { tag: "invalid" };
  const bytes = machine.durable.findValue(parsed);
  return bytes === null ? { tag: "missing" } : { tag: "value", bytes: bytes.toBytes() };
}

/** All values of a storage below a path, by key. */
export function valuesBelow(root: TreeNode, prefix: string): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  const durable = new Durable(new Tree(root));
  const walk = (node: TreeNode, path: string): void => {
    if (node.kind === "leaf") return;
    for (const { step, node: child } of new Tree(node).list([])) {
      if (step !== VALUE_STEP) walk(child, `${path}/${step}`);
      else {
        const key = parseKey(path);
        const bytes = key === null ? null : durable.findValue(key);
        if (bytes !== null) values.set(path, bytes.toBytes());
      }
    }
  };
  const steps = prefix.split("/").filter((step) => step !== "");
  const start = durable.tree.findTree(steps);
  if (start !== undefined) walk(start, steps.length === 0 ? "" : `/${steps.join("/")}`);
  return values;
}

const MODULE = "main";

function registryOf(machine: Machine): Registry | null {
  const state = machine.tickState;
  if (state.tag === "eval") return state.registry;
  return state.tag === "init" && "registry" in state.init ? state.init.registry : null;
}

/** The kernel's memory; a text says why it cannot be looked at. */
export function memoryOf(machine: Machine): Memory | string {
  const { tag } = machine.tickState;
  if (tag !== "eval" && tag !== "init")
    return `Cannot inspect memory during internal state ${printTickState(machine.tickState)}`;
  try {
    const memories = registryOf(machine)?.get(MODULE).memories;
    if (memories !== undefined && memories.length > 0) return memories.get(0);
  } catch {
    // Not initialised that far.
  }
  return "the module has no memory yet";
}

/** Bytes of the memory; a text says why they cannot be shown. */
export function readMemory(machine: Machine, address: number, length: number): Uint8Array | string {
  const memory = memoryOf(machine);
  if (typeof memory === "string") return memory;
  const start = address >>> 0;
  if (length < 0 || start + length > memory.chunks.length) {
    return `${length} bytes at ${start} are out of bounds: the memory has ${memory.chunks.length} bytes`;
  }
  return memory.chunks.bytes(start, length);
}
