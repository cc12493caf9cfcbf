// Reading a kept state, without stepping its machine.

import type { TreeNode } from "../../merkle/node.js";
import { Tree } from "../../merkle/tree.js";
import { encodeOutputProof } from "../../protocol/output-proof.js";
import type { RevealActivation } from "../../protocol/reveal.js";
import { NoOutput, proveOutput, wasmOutputReader } from "../../protocol/wasm-output.js";
import { outboxMessages } from "../../pvm/buffers.js";
import { Machine } from "../../pvm/machine.js";
import { loadBuffers } from "../../pvm/state.js";
import { durableValue } from "./durable-reads.js";
import type { Insight } from "./engine.js";
import { EngineError } from "./errors.js";
import { statusOf } from "./status.js";

export function treeValueOf(root: TreeNode, key: readonly string[]): Uint8Array | null {
  return new Tree(root).find(key) ?? null;
}

export function insightOf(root: TreeNode, insight: Insight): Uint8Array | null {
  return insight.kind === "pvm_state"
    ? treeValueOf(root, insight.key)
    : durableValue(root, `/${insight.key.join("/")}`);
}

export function currentLevelOf(root: TreeNode): number | null {
  return Machine.of(root).lastInput?.level ?? null;
}

export function statusOfRoot(root: TreeNode, activation: RevealActivation): string {
  return statusOf(Machine.of(root), activation);
}

export function outboxOf(root: TreeNode, outboxLevel: number): readonly Uint8Array[] {
  const buffers = loadBuffers(new Tree(root));
  return buffers === null ? [] : outboxMessages(buffers.output, outboxLevel);
}

/** Raises EngineError "node.engine.no_output". */
export function outputProofOf(root: TreeNode, outboxLevel: number, index: number): Uint8Array {
  try {
    return encodeOutputProof(wasmOutputReader, proveOutput(root, outboxLevel, index));
  } catch (error) {
    if (!(error instanceof NoOutput)) throw error;
    throw new EngineError("node.engine.no_output", error.message, `${outboxLevel}/${index}`, { cause: error });
  }
}
