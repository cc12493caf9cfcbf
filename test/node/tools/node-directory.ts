// Data directories of nodes in this process, as a node that is a process leaves them; and the command line of tools on them.
import { join } from "node:path";
import { runNodeCommand } from "../../../src/cli/node.js";
import { STATES_FILE } from "../../../src/node/engine/state-files.js";
import { SyncRecords } from "../../../src/node/engine/sync-records.js";
import { writeMetadata } from "../../../src/node/store/metadata.js";
import { testHost } from "../../cli/client/harness.js";
import type { Ran } from "../../cli/harness.js";
import type { TestNetwork } from "../../l1/client/network.js";
import type { Rollup } from "../../l1/sandbox/rollup.js";
import { recordsThread } from "../games-offline/played-game.js";
import { startTestNode, type TestNode, type TestNodeOptions, temporaryDirectory } from "../test-node.js";

export interface KeptNode {
  readonly node: TestNode;
  readonly dataDir: string;
}

/** A node that keeps its states in its data directory. */
export async function startKeptNode(
  network: TestNetwork,
  rollup: Rollup,
  options: Omit<TestNodeOptions, "dataDir" | "records"> = {},
): Promise<KeptNode> {
  const dataDir = temporaryDirectory();
  const records = new SyncRecords(join(dataDir, STATES_FILE), { script: recordsThread() });
  const node = await startTestNode(network, rollup, { ...options, dataDir, records });
  const genesisInfo = { level: rollup.originationLevel, commitmentHash: rollup.genesisCommitment };
  await writeMetadata(dataDir, { rollupAddress: rollup.address, kind: "wasm_2_0_0", genesisInfo });
  return { node, dataDir };
}

/** Runs `tickproof node` in this process. `line`: words separated by blanks. */
export async function nodeCommand(
  line: string,
  { dataDir, endpoint }: { dataDir: string; endpoint: string },
): Promise<Ran> {
  const { host, said } = testHost({ env: { HOME: dataDir } });
  const words = ["--base-dir", dataDir, "-E", endpoint, ...line.split(" "), "--data-dir", dataDir];
  const code = await runNodeCommand(words, { host, version: "tickproof 0", script: recordsThread() });
  return { code, out: said.out, err: said.err };
}
