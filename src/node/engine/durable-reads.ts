// Reading the durable storage of a kept state, without stepping its machine (node.md §5.3, §7.4).

import type { TreeNode } from "../../merkle/node.js";
import { Tree } from "../../merkle/tree.js";
import { Durable, type DurableKey, parseKey, VALUE_STEP } from "../../pvm/durable.js";
import { EngineError } from "./errors.js";

export interface DurableEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** The durable storage in the tree of a state. */
export function durableOf(root: TreeNode): Durable {
  const node = new Tree(root).findTree(["durable"]);
  if (node === undefined)
    throw new EngineError("node.engine.inconsistent", "a state without durable storage", "durable");
  return new Durable(new Tree(node));
}

function parsed(key: string): DurableKey {
  const durable = parseKey(key);
  if (durable !== null) return durable;
  throw new EngineError("node.engine.bad_key", `Invalid durable storage key ${JSON.stringify(key)}`, key);
}

export function durableValue(root: TreeNode, key: string): Uint8Array | null {
  return durableOf(root).findValue(parsed(key))?.toBytes() ?? null;
}

export function durableLength(root: TreeNode, key: string): bigint | null {
  const value = durableOf(root).findValue(parsed(key));
  return value === null ? null : BigInt(value.length);
}

/** Names below a key, in the order of the tree. */
export function durableSubkeys(root: TreeNode, key: string): string[] {
  const names = durableOf(root)
    .list(parsed(key))
    .map(({ step }) => step);
  return names.filter((name) => name !== VALUE_STEP);
}

/** Direct children with a value; keys are their last steps. */
export function durableValues(root: TreeNode, key: string): DurableEntry[] {
  const storage = durableOf(root);
  const parent = parsed(key);
  return storage.list(parent).flatMap(({ step }) => {
    if (step === VALUE_STEP) return [];
    const value = storage.findValue(childOf(parent, step));
    return value === null ? [] : [{ key: step, value: value.toBytes() }];
  });
}

function childOf(parent: DurableKey, step: string): DurableKey {
  const steps = [...parent.steps, step];
  return { steps, value: [...steps, VALUE_STEP], readonly: false };
}

/** Whether a dump has what is at these steps: the installer brings the kernel, the machine its own. */
function isDumped(steps: readonly string[]): boolean {
  return steps[0] !== "readonly" && !(steps[0] === "kernel" && steps[1] === "boot.wasm");
}

/** All keys and values that a dump has, in the order of the tree. */
export function durableDump(root: TreeNode): DurableEntry[] {
  const storage = durableOf(root);
  const entries: DurableEntry[] = [];
  const waiting: DurableKey[] = [{ steps: [], value: [VALUE_STEP], readonly: true }];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const value = key.steps.length === 0 ? null : storage.findValue(key);
    if (value !== null) entries.push({ key: `/${key.steps.join("/")}`, value: value.toBytes() });
    const below: DurableKey[] = [];
    for (const { step, node } of storage.list(key)) {
      const child = childOf(key, step);
      if (step !== VALUE_STEP && node.kind === "directory" && isDumped(child.steps)) below.push(child);
    }
    waiting.push(...below.reverse());
  }
  return entries;
}
