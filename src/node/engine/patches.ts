// The state that a rollup is originated with, and what unsafe patches make of it (node.md §7.3).

import type { TreeNode } from "../../merkle/node.js";
import { durableKey } from "../../pvm/durable.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../pvm/genesis.js";
import { Machine } from "../../pvm/machine.js";
import type { PvmVersion } from "../../pvm/versions.js";
import type { PvmPatch } from "./engine.js";
import { EngineError } from "./errors.js";

/** Raises EngineError "node.engine.bad_key" for a patch of no key, or one that lowers the limit of ticks. */
export function patchedGenesis(kernel: Uint8Array, version: PvmVersion, patches: readonly PvmPatch[]): TreeNode {
  const root = genesis(kernel, version, PROTOCOL_PARAMETERS);
  if (patches.length === 0) return root;
  const machine = Machine.of(root);
  for (const patch of patches) apply(machine, patch);
  return machine.root();
}

function apply(machine: Machine, patch: PvmPatch): void {
  if (patch.kind === "patch_durable_storage") {
    machine.durable.setValue(durableKey(patch.key), patch.value);
    return;
  }
  if (patch.ticks < machine.maxTicks) {
    const text = `Decreasing tick limit of WASM PVM from ${machine.maxTicks} to ${patch.ticks} is not allowed`;
    throw new EngineError("node.engine.bad_key", text, String(patch.ticks));
  }
  machine.maxTicks = patch.ticks;
}
