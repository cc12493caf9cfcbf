// A game between an honest node and one that lies, played to its end over a sandbox chain: the data directories, the chain's blocks, and each
// position with the move that was made in it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isJsonObject, type Json, type JsonObject } from "../../../src/encoding/json.js";
import type { LevelInput, PlannedFailure } from "../../../src/node/engine/engine.js";
import { STATES_FILE } from "../../../src/node/engine/state-files.js";
import { SyncRecords } from "../../../src/node/engine/sync-records.js";
import { writeMetadata } from "../../../src/node/store/metadata.js";
import type { PublicKeyHash } from "../../../src/protocol/identifiers.js";
import { compiledProgram } from "../../compiled-program.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { type Account, ALICE, BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { startTestNode, type TestNode, temporaryDirectory } from "../test-node.js";

/** A position of a game, and the move that was made in it. */
export interface Position {
  /** Of the block with the move. */
  readonly level: number;
  readonly mover: PublicKeyHash;
  /** The mover's games just before, as the RPC prints them. */
  readonly games: Json;
  /** The content of the move, without its metadata. */
  readonly move: JsonObject;
}

export interface Side {
  readonly account: Account;
  readonly dataDir: string;
  readonly failures: readonly PlannedFailure[];
}

export interface PlayedGame {
  readonly network: TestNetwork;
  readonly rollup: Rollup;
  readonly honest: Side;
  readonly liar: Side;
  /** Without the start. */
  readonly positions: readonly Position[];
  /** As RPCs print them, from the level of the origination to the end of the game. */
  readonly blocks: readonly JsonObject[];
}

export interface GamePlan {
  /** Name of an example kernel, or the text of one. */
  readonly kernel: string;
  readonly messages: readonly string[];
  /** The message, of the level with the messages, at which the liar fails, and ticks after it. */
  readonly lie: Pick<PlannedFailure, "messageIndex" | "messageTick">;
}

const MOST_BLOCKS = 60;

/** The compiled thread that owns a database of states. */
export function recordsThread(): URL {
  return new URL("../node/engine/records-thread.js", pathToFileURL(compiledProgram()));
}

export async function playGame({ kernel, messages, lie }: GamePlan): Promise<PlayedGame> {
  const network = await startNetwork();
  const { chain } = network;
  const rollup = originate(chain, CAROL, assemble(kernel));
  const failure = { level: chain.level + 2, ...lie };
  const honest = { account: ALICE, dataDir: temporaryDirectory(), failures: [] };
  const liar = { account: BOB, dataDir: temporaryDirectory(), failures: [failure] };
  const nodes = [await startSide(network, rollup, honest), await startSide(network, rollup, liar)] as const;
  chain.bake();
  chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: messages.map((text) => Buffer.from(text)) });
  let isOver = false;
  // The liar's node ends when it sees that it has lost.
  nodes[1].finished.catch(() => {
    isOver = true;
  });
  for (let i = 0; i < MOST_BLOCKS && !isOver; i++) {
    await nodes[0].settled();
    await nodes[1].settled().catch(() => undefined);
    chain.bake();
  }
  const blocks = await blocksFrom(network, rollup.originationLevel);
  return { network, rollup, honest, liar, positions: await positionsIn(network, rollup, blocks), blocks };
}

async function startSide(network: TestNetwork, rollup: Rollup, side: Side): Promise<TestNode> {
  const { account, dataDir, failures } = side;
  const records = new SyncRecords(join(dataDir, STATES_FILE), { script: recordsThread() });
  const node = await startTestNode(network, rollup, {
    account,
    dataDir,
    records,
    config: { loserMode: { kind: "failures", failures } },
  });
  const genesisInfo = { level: rollup.originationLevel, commitmentHash: rollup.genesisCommitment };
  await writeMetadata(dataDir, { rollupAddress: rollup.address, kind: "wasm_2_0_0", genesisInfo });
  return node;
}

async function rpc(network: TestNetwork, path: string): Promise<Json> {
  const answer = await fetch(`${network.endpoint}${path}`);
  return (await answer.json()) as Json;
}

async function blocksFrom(network: TestNetwork, first: number): Promise<JsonObject[]> {
  const blocks: JsonObject[] = [];
  for (let level = first; level <= network.chain.level; level++) {
    blocks.push((await rpc(network, `/chains/main/blocks/${level}`)) as JsonObject);
  }
  return blocks;
}

async function positionsIn(
  network: TestNetwork,
  rollup: Rollup,
  blocks: readonly JsonObject[],
): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for (const { level, content } of blocks.flatMap(refutations)) {
    const { metadata, ...move } = content;
    const mover = move["source"] as PublicKeyHash;
    const isMove = (move["refutation"] as JsonObject)["refutation_kind"] === "move";
    if (!isMove || !wasApplied(metadata)) continue;
    const staker = `/context/smart_rollups/smart_rollup/${rollup.address}/staker/${mover}`;
    const games = await rpc(network, `/chains/main/blocks/${level - 1}${staker}/games`);
    positions.push({ level, mover, games, move });
  }
  return positions;
}

/** The refutations in a block, with its level. */
export function refutations(block: JsonObject): { readonly level: number; readonly content: JsonObject }[] {
  const { level } = block["header"] as { readonly level: number };
  const passes = block["operations"] as readonly (readonly { readonly contents: readonly JsonObject[] }[])[];
  return passes
    .flat()
    .flatMap(({ contents }) => contents)
    .filter(({ kind }) => kind === "smart_rollup_refute")
    .map((content) => ({ level, content }));
}

function wasApplied(metadata: unknown): boolean {
  const result = isJsonObject(metadata) ? metadata["operation_result"] : undefined;
  return isJsonObject(result) && result["status"] === "applied";
}

/** The inbox that the game is about, as the RPC prints it. */
export function inboxBefore({ network, blocks }: PlayedGame): Promise<Json> {
  const start = blocks.flatMap(refutations)[0]?.level ?? 0;
  return rpc(network, `/chains/main/blocks/${start - 1}/context/smart_rollups/all/inbox`);
}

/** What the chain's rollups have read, all of it. */
export function chainLevels({ chain }: TestNetwork): LevelInput[] {
  const levels: LevelInput[] = [];
  for (let level = 1; level <= chain.level; level++) {
    const block = chain.sandbox.block(level);
    if (block !== undefined && block.inboxMessages.length > 0) levels.push({ level, messages: block.inboxMessages });
  }
  return levels;
}
