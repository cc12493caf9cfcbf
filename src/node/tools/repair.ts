// Repairs of a data directory whose node does not run (node.md §1.3; reference: repair.ml): commitments made again from a protocol's first
// level on, and the table of outbox messages filled again.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { type CommitmentHash, hashEquals, type ProtocolHash } from "../../protocol/identifiers.js";
import { outboxOf } from "../engine/state-reads.js";
import type { StateStore } from "../engine/state-store.js";
import type { Emit } from "../events.js";
import type { L2Block } from "../l2-block.js";
import type { CurrentProtocol } from "../node-context.js";
import { makeCommitment, mostRecentCommitment } from "../stages/commitment.js";
import type { Metadata } from "../store/metadata.js";
import type { Store, WriteBatch } from "../store/store.js";
import { headOf, requireBlock, requireBlockOf } from "./levels.js";
import { ToolError } from "./tool-error.js";

export interface RepairParts {
  readonly store: Store;
  readonly metadata: Metadata;
  /** Constants of layer 1 at a level. */
  readonly protocolAt: (level: number) => Promise<CurrentProtocol>;
  readonly emit: Emit;
  /** Progress, a line. */
  readonly say: (line: string) => void;
}

export interface RepairedCommitments {
  readonly removed: number;
  readonly added: number;
  /** Blocks that had another previous commitment. */
  readonly patched: number;
}

/** Those of a protocol and of the ones after it. Raises ToolError, StoreError, L1RpcError; what was done before is kept. */
export async function repairCommitments(parts: RepairParts, protocol: ProtocolHash): Promise<RepairedCommitments> {
  const { store, say } = parts;
  const text = encodeBase58Check("protocolHash", protocol);
  say(`Fixing commitments for protocol ${text}`);
  const found = (await store.protocols()).find(({ hash }) => hashEquals(hash, protocol));
  if (found === undefined) throw new ToolError("node.tool.unknown_protocol", `Unknown protocol ${text}`, text);
  const first = await firstLevel(parts, found.firstIsActivation ? found.firstLevel + 1 : found.firstLevel);
  say(`Fixing commitments starting at level ${first}`);
  const head = await headOf(store);
  if (first > head.level) {
    const why = `First level to fix commitments is ${first} but head is at ${head.level}`;
    throw new ToolError("node.tool.bad_range", why, String(first));
  }
  const counts = { removed: 0, added: 0, patched: 0 };
  for (let level = first; level <= head.level; level++) {
    const done = await repairBlock(parts, await requireBlock(store, level));
    if (done !== "nothing") counts[done]++;
  }
  return counts;
}

/** The chain may know of the protocol from before the rollup, or before what is kept. */
async function firstLevel({ store, metadata }: RepairParts, level: number): Promise<number> {
  return Math.max(level, metadata.genesisInfo.level, (await store.firstAvailableLevel()) ?? 0);
}

/** Those of the levels before must be right. */
async function repairBlock(parts: RepairParts, block: L2Block): Promise<keyof RepairedCommitments | "nothing"> {
  const { store, metadata, say, emit } = parts;
  const { level } = block;
  // The first commitment is layer 1's.
  if (level === metadata.genesisInfo.level) return "nothing";
  const predecessor = await requireBlockOf(store, block.predecessor);
  const { commitmentHash: stored, ...rest } = block;
  const tick = block.initialTick + block.numTicks;
  const source = { store, emit, protocol: await parts.protocolAt(level) };
  const made = await makeCommitment(source, { level, predecessor, state: block.stateHash, tick });
  const previousCommitmentHash = mostRecentCommitment(predecessor);
  const isPatched = !hashEquals(previousCommitmentHash, block.previousCommitmentHash);
  const save = (commitmentHash: CommitmentHash | undefined, more: WriteBatch = {}): Promise<void> =>
    store.write({
      ...more,
      block: { ...rest, previousCommitmentHash, ...(commitmentHash === undefined ? {} : { commitmentHash }) },
    });
  if (made === undefined && stored !== undefined) {
    say(`Removing incorrect commitment for level ${level}`);
    await save(undefined);
    return "removed";
  }
  if (made !== undefined && (stored === undefined || !hashEquals(made.hash, stored))) {
    say(`Registering new commitment ${encodeBase58Check("commitmentHash", made.hash)} for level ${level}`);
    await save(made.hash, { commitment: made });
    return "added";
  }
  if (!isPatched) return "nothing";
  await save(stored);
  return "patched";
}

/** From a level to the head; levels of which nothing is left, as it was. Raises ToolError, StoreError, EngineError. */
export async function recomputeOutbox(
  { store, say }: Pick<RepairParts, "store" | "say">,
  states: StateStore,
  from: number,
): Promise<void> {
  const head = await headOf(store);
  if (from > head.level) {
    const why = `First level to recompute outbox messages is ${from} but head is at ${head.level}`;
    throw new ToolError("node.tool.bad_range", why, String(from));
  }
  const { lcc } = await store.state();
  for (let level = from; level <= head.level; level++) {
    // What may be executed is in the outbox of the state that is cemented.
    const at = lcc !== undefined && level <= lcc.level ? lcc.level : level;
    const { stateHash } = await requireBlock(store, at);
    const count = outboxOf(states.open(stateHash), level).length;
    if (count === 0) continue;
    say(`${level} : ${count} outbox messages`);
    await store.write({ outbox: { level, messages: Array.from({ length: count }, (_, index) => index) } });
  }
}
