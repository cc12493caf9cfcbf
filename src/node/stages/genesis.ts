// The block in which the rollup was originated (node.md §3.4, §7.3): its kernel, from the operation on layer 1 or from a file, and the state
// that it starts from.

import { readFile } from "node:fs/promises";
import { fromHex } from "../../encoding/hex.js";
import type { Block } from "../../l1/client/blocks.js";
import { commitmentHash, genesisCommitment } from "../../protocol/commitment.js";
import { hashEquals, type StateHash } from "../../protocol/identifiers.js";
import { ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "../../pvm/versions.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";
import { managerReceipts } from "./level-messages.js";

export interface GenesisStates {
  /** What layer 1 committed to. */
  readonly committed: StateHash;
  /** The same with the unsafe patches of the configuration. */
  readonly state: StateHash;
}

/** Raises NodeError, EngineError. */
export async function genesisStates(node: NodeContext, block: Block): Promise<GenesisStates> {
  const kernel = await bootSector(node, block);
  const { committed, version } = await committedState(node, kernel);
  const { unsafePvmPatches, applyUnsafePatches } = node.config;
  if (unsafePvmPatches.length === 0) return { committed, state: committed };
  if (!applyUnsafePatches) {
    throw new NodeError("sc_rollup.node.needs_apply_unsafe_flag", "unsafe PVM patches need --apply-unsafe-patches");
  }
  if (node.privateInfo === undefined) {
    throw new NodeError(
      "sc_rollup.node.cannot_patch_pvm_of_public_rollup",
      "Unsafe PVM patches can only be applied in private rollups",
    );
  }
  return { committed, state: await node.engine.genesis(kernel, version, unsafePvmPatches) };
}

/** The version of the machine is that of the protocol of the origination: the one whose genesis commitment layer 1 has. */
async function committedState(
  node: NodeContext,
  kernel: Uint8Array,
): Promise<{ readonly committed: StateHash; readonly version: PvmVersion }> {
  const { level, commitmentHash: expected } = node.genesis;
  const versions = [ORIGINATION_VERSION, ...PVM_VERSIONS.filter((version) => version !== ORIGINATION_VERSION)];
  for (const version of versions) {
    const committed = await node.engine.genesis(kernel, version, []);
    if (hashEquals(commitmentHash(genesisCommitment(committed, level)), expected)) return { committed, version };
  }
  // None: whoever compares it with layer 1's says so.
  return { committed: await node.engine.genesis(kernel, ORIGINATION_VERSION, []), version: ORIGINATION_VERSION };
}

async function bootSector(node: NodeContext, block: Block): Promise<Uint8Array> {
  const { bootSectorFile } = node.config;
  if (bootSectorFile !== undefined) return readBootSector(bootSectorFile);
  for (const { content, metadata } of managerReceipts(block)) {
    if (content.kind !== "smart_rollup_originate" || metadata.operationResult.status !== "applied") continue;
    const { address } = metadata.operationResult.applied as { readonly address: string }; // of an origination
    if (address === node.rollup) return content.kernel;
  }
  throw new NodeError(
    "failure",
    `Could not find the boot sector of ${node.rollup} in the block of its origination; give it with --boot-sector-file`,
  );
}

async function readBootSector(path: string): Promise<Uint8Array> {
  try {
    return fromHex((await readFile(path, "utf8")).trim());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NodeError(
      "sc_rollup.node.unparsable_boot_sector",
      `Unparsable boot sector ${path}: ${why}`,
      { path },
      { cause },
    );
  }
}
