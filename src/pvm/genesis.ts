/** How a rollup's machine begins: pvm.md §1.2. */
import { Directory, type TreeNode } from "../merkle/node.js";
import { Tree } from "../merkle/tree.js";
import { emptyBuffers } from "./buffers.js";
import { Durable } from "./durable.js";
import * as keys from "./keys.js";
import { DEFAULT_MAX_REBOOTS, saveState } from "./state.js";
import type { PvmVersion } from "./versions.js";

/** What a rollup's machine is set up with. */
export interface BootParameters {
  readonly ticksPerSnapshot: bigint;
  /** Levels an outbox is kept. */
  readonly outboxValidityPeriod: number;
  readonly outboxMessageLimit: bigint;
  /** Kernel runs after the first, per level; the protocol's is 1000. */
  readonly maxReboots?: bigint;
}

/** The protocol's parameters (mainnet). */
export const PROTOCOL_PARAMETERS: BootParameters = {
  ticksPerSnapshot: 50_000_000_000_000n,
  outboxValidityPeriod: 241_920,
  outboxMessageLimit: 100n,
};

/** A machine that knows nothing but its version. */
export function initialTree(version: PvmVersion): TreeNode {
  const tree = new Tree(Directory.empty);
  const durable = new Durable(new Tree(Directory.empty));
  durable.setValue(keys.VERSION, Buffer.from(version, "latin1"));
  tree.addTree(["durable"], durable.tree.root);
  return tree.root;
}

/** The machine with its boot sector installed: the state of tick 0, whose hash is the genesis commitment's. */
export function bootTree(initial: TreeNode, bootSector: Uint8Array, parameters: BootParameters): TreeNode {
  const tree = new Tree(initial);
  const durable = new Durable(new Tree(tree.findTree(["durable"]) ?? Directory.empty));
  durable.setValue(keys.REBOOT_FLAG, new Uint8Array(0));
  durable.setValue(keys.KERNEL, bootSector);
  const { ticksPerSnapshot, outboxValidityPeriod, outboxMessageLimit } = parameters;
  const maxReboots = parameters.maxReboots ?? DEFAULT_MAX_REBOOTS;
  saveState(tree, {
    lastInput: null,
    currentTick: 0n,
    rebootCounter: maxReboots + 1n,
    durable: durable.tree.root,
    buffers: emptyBuffers(outboxValidityPeriod, outboxMessageLimit),
    tickState: { tag: "collect" },
    lastTopLevelCall: 0n,
    maxTicks: ticksPerSnapshot,
    maxReboots,
    outboxValidityPeriod,
    outboxMessageLimit,
  });
  return tree.root;
}

/** The state of tick 0 of a kernel. */
export function genesis(kernel: Uint8Array, version: PvmVersion, parameters: BootParameters): TreeNode {
  return bootTree(initialTree(version), kernel, parameters);
}
