// One block of layer 1 made into one of layer 2 (node.md §3.4): protocol, operations that concern us, inbox, evaluation, commitment, and all of
// it stored at once.

import { setImmediate } from "node:timers/promises";
import { encodeBase58Check } from "../../encoding/base58check.js";
import type { Block } from "../../l1/client/blocks.js";
import type { ChainPoint } from "../../l1/client/reorganisation.js";
import { findProtocol } from "../../l1/sandbox/protocols.js";
import type { StateHash } from "../../protocol/identifiers.js";
import { hashInbox, type Inbox, nextInbox } from "../../protocol/inbox.js";
import type { PayloadCellHash } from "../../protocol/inbox-hashes.js";
import { PayloadList } from "../../protocol/payload-list.js";
import type { Evaluated } from "../engine/engine.js";
import { daemonEvents } from "../events/daemon-events.js";
import { inboxEvents, interpreterEvents } from "../events/interpreter-events.js";
import type { L2Block } from "../l2-block.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";
import { contextHash } from "../store/context-hash.js";
import type { NodeState, StoredProtocol } from "../store/store.js";
import { type MadeCommitment, makeCommitment, makeGenesisCommitment, mostRecentCommitment } from "./commitment.js";
import { genesisStates } from "./genesis.js";
import { LevelDraft } from "./level-draft.js";
import { levelMessages, managerReceipts } from "./level-messages.js";
import { followProtocol, migrationName, newProtocols } from "./protocol-change.js";
import { type FollowUp, reactToReceipts } from "./reactions.js";

/** Blocks on top of one that make it final. */
export const FINALITY = 2;

export interface Processed {
  /** Undefined for a block before the rollup's origination. */
  readonly block?: L2Block;
  readonly followUps: readonly FollowUp[];
}

export interface Circumstances {
  /** There are newer ones. */
  readonly catchingUp?: boolean;
  /** After a reorganisation, for the first block: the lowest level of those that are gone. */
  readonly goneFrom?: number;
}

/** `fetch` gives blocks of layer 1, whole. Raises NodeError, EngineError, StoreError, L1RpcError. */
export async function processBlock(
  node: NodeContext,
  point: ChainPoint,
  fetch: (point: ChainPoint) => Promise<Block>,
  { catchingUp = false, goneFrom }: Circumstances = {},
): Promise<Processed> {
  if (point.level < node.genesis.level) return { followUps: [] };
  const draft = new LevelDraft(goneFrom);
  const known = await node.store.block(point.hash);
  if (known !== undefined) return adopt(node, draft, known, await fetch(point));
  const started = performance.now();
  node.emit(daemonEvents.daemonProcessHead(point));
  const l1Block = await fetch(point);
  const processed = await (point.level === node.genesis.level
    ? processGenesis(node, draft, l1Block)
    : processLevel(node, draft, l1Block, catchingUp));
  node.emit(daemonEvents.daemonNewHeadProcessed({ ...point, process_time: performance.now() - started }));
  return processed;
}

/** A block that was processed before, now on the chain again: what a reorganisation has made the store forget of it is noted again. */
async function adopt(node: NodeContext, draft: LevelDraft, block: L2Block, l1Block: Block): Promise<Processed> {
  const { level } = block;
  const followUps: FollowUp[] = [];
  if (level > node.genesis.level) await reactToReceipts({ node, draft, level, followUps }, managerReceipts(l1Block));
  const messages = (await node.engine.outbox(block.stateHash, level)).map((_, index) => index);
  const { points, ...noted } = draft.batch();
  const state = { ...(await headState(node, block)), ...points };
  await node.store.write({ ...noted, outbox: { level, messages }, levels: [block], state });
  await announce(node, block, draft);
  return { block, followUps };
}

/** A block is stored. */
async function announce(node: NodeContext, block: L2Block, { lcc, lpc }: LevelDraft): Promise<void> {
  if (lcc !== undefined) node.lcc = lcc;
  if (lpc !== undefined) node.lpc = lpc;
  node.tellHead(block);
  const finalized = await finalBlock(node, block);
  if (finalized !== undefined) node.tellFinalized(finalized);
}

async function finalBlock(node: NodeContext, head: L2Block): Promise<L2Block | undefined> {
  let block: L2Block | undefined = head;
  const distance = node.config.l1MonitorFinalized ? 0 : FINALITY;
  for (let i = 0; i < distance && block !== undefined; i++) block = await node.store.block(block.predecessor);
  return block;
}

async function headState(node: NodeContext, block: L2Block): Promise<NodeState> {
  const final = await finalBlock(node, block);
  const head = { hash: block.hash, level: block.level };
  return final === undefined ? { head } : { head, finalizedLevel: { hash: final.hash, level: final.level } };
}

async function processGenesis(node: NodeContext, draft: LevelDraft, l1Block: Block): Promise<Processed> {
  const { hash, header } = l1Block;
  const { committed, state } = await genesisStates(node, l1Block);
  const made = makeGenesisCommitment(node, committed);
  const inbox = await node.client.block(hash).inbox();
  const before = await node.client.block(header.predecessor).shellHeader();
  const protocols = await newProtocols(node, l1Block, before);
  const block: L2Block = {
    hash,
    level: header.level,
    predecessor: header.predecessor,
    commitmentHash: made.hash,
    previousCommitmentHash: made.hash,
    context: contextHash(state),
    inboxWitness: inbox.oldLevelsMessages.content.hash,
    inboxHash: hashInbox(inbox),
    initialTick: 0n,
    numTicks: 0n,
    stateHash: state,
    pvmStatus: await node.engine.status(state),
  };
  await store(node, draft, { block, inbox, messages: [], made, outbox: [], protocols });
  return { block, followUps: [] };
}

async function processLevel(
  node: NodeContext,
  draft: LevelDraft,
  l1Block: Block,
  catchingUp: boolean,
): Promise<Processed> {
  const { hash, header } = l1Block;
  const predecessor = await predecessorOf(node, l1Block);
  const before = await node.client.block(header.predecessor).shellHeader();
  const protocols = await newProtocols(node, l1Block, before);
  await followProtocol(node, l1Block, before, catchingUp);
  const migration = await migrationName(node, header.level);
  const followUps: FollowUp[] = [];
  const receipts = managerReceipts(l1Block);
  await reactToReceipts({ node, draft, level: header.level, followUps }, receipts);
  const frame = {
    info: { predecessorTimestamp: before.timestamp, predecessor: header.predecessor },
    ...(migration === undefined ? {} : { protocol: migration }),
  };
  const { messages } = levelMessages(receipts, frame);
  const inbox = await nextInboxOf(node, l1Block, predecessor, messages);
  const evaluated = await evaluate(node, header.level, predecessor.stateHash, messages);
  const tick = evaluated.initialTick + evaluated.ticks;
  node.emit(
    interpreterEvents.interpreterTransitionedPvm({
      inbox_level: header.level,
      state_hash: evaluated.after,
      ticks: tick,
      num_messages: messages.length,
    }),
  );
  const made = await makeCommitment(node, { level: header.level, predecessor, state: evaluated.after, tick });
  const block: L2Block = {
    hash,
    level: header.level,
    predecessor: header.predecessor,
    ...(made === undefined ? {} : { commitmentHash: made.hash }),
    previousCommitmentHash: mostRecentCommitment(predecessor),
    context: contextHash(evaluated.after),
    inboxWitness: inbox.oldLevelsMessages.content.hash,
    inboxHash: hashInbox(inbox),
    initialTick: evaluated.initialTick,
    numTicks: evaluated.ticks,
    stateHash: evaluated.after,
    pvmStatus: evaluated.status,
  };
  const outbox = evaluated.outbox.map((_, index) => index);
  await store(node, draft, {
    block,
    inbox,
    messages,
    outbox,
    ...(made && { made }),
    protocols,
  });
  return { block, followUps };
}

async function predecessorOf(node: NodeContext, { header }: Block): Promise<L2Block> {
  const block = await node.store.block(header.predecessor);
  const hash = encodeBase58Check("blockHash", header.predecessor);
  if (block === undefined) {
    throw new NodeError("sc_rollup.node.missing_block", `the predecessor ${hash} has not been processed`, { hash });
  }
  if (block.level !== header.level - 1) {
    throw new NodeError(
      "sc_rollup.node.unreliable_tezos_node",
      `${hash} cannot be the predecessor of level ${header.level}`,
      { hash },
    );
  }
  return block;
}

function protocolNameOf({ protocol }: NodeContext): string {
  const hash = encodeBase58Check("protocolHash", protocol.hash);
  return findProtocol(hash)?.errorName ?? hash;
}

/** Messages hashed at once: some milliseconds' worth. */
const HASHED_AT_ONCE = 512;

/** The witness of a level's messages. A level may have very many: others have their turns in between. */
async function witnessOf([first, ...others]: readonly Uint8Array[]): Promise<PayloadCellHash> {
  if (first === undefined) throw new RangeError("a level has at least its start message");
  const list = new PayloadList(first);
  for (let i = 0; i < others.length; i += HASHED_AT_ONCE) {
    if (i > 0) await setImmediate();
    for (const message of others.slice(i, i + HASHED_AT_ONCE)) list.append(message);
  }
  return list.witness;
}

/** The inbox after a level of these messages. */
async function nextInboxOf(
  node: NodeContext,
  { header, hash }: Block,
  predecessor: L2Block,
  messages: readonly Uint8Array[],
): Promise<Inbox> {
  const previous = await node.store.inbox(predecessor.inboxHash);
  if (previous === undefined) {
    throw new NodeError("sc_rollup.node.missing_block", `the inbox of level ${predecessor.level} is not in the store`);
  }
  node.emit(
    inboxEvents.layer1GetMessages({
      protocolName: protocolNameOf(node),
      hash,
      level: header.level,
      number_of_messages: messages.length,
    }),
  );
  return nextInbox(previous, await witnessOf(messages));
}

async function evaluate(
  node: NodeContext,
  level: number,
  before: StateHash,
  messages: readonly Uint8Array[],
): Promise<Evaluated> {
  const failures = node.failures.filter((failure) => failure.level === level);
  return node.engine.evaluate({ before, level, messages, ...(failures.length === 0 ? {} : { failures }) });
}

interface LevelContents {
  readonly block: L2Block;
  readonly inbox: Inbox;
  readonly messages: readonly Uint8Array[];
  readonly outbox: readonly number[];
  readonly made?: MadeCommitment;
  readonly protocols: readonly StoredProtocol[];
}

async function store(node: NodeContext, draft: LevelDraft, contents: LevelContents): Promise<void> {
  const { block, inbox, messages, outbox, made, protocols } = contents;
  const { points, ...noted } = draft.batch();
  await node.store.write({
    ...noted,
    block,
    inbox: { hash: block.inboxHash, inbox },
    messages: { witness: block.inboxWitness, inboxLevel: block.level, messages },
    ...(made === undefined ? {} : { commitment: made }),
    protocols,
    outbox: { level: block.level, messages: outbox },
    levels: [block],
    state: { ...(await headState(node, block)), ...points },
  });
  await announce(node, block, draft);
}
