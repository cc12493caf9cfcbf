// Services about one block (node.md §5.3): what the store has of it, and what its state is. Outboxes, durable storage and simulations have
// files of their own.

import { nullable as nullableForm } from "../../../encoding/form.js";
import { bytesForm, int32Form, natForm, textForm, zForm } from "../../../encoding/form-leaves.js";
import type { Json } from "../../../encoding/json.js";
import { blockHashForm, stateHashForm } from "../../../protocol/identifiers.js";
import { type Inbox, inboxForm } from "../../../protocol/inbox.js";
import type { L2Block } from "../../l2-block.js";
import { coded, failure } from "../answer.js";
import { boolField, textField } from "../http/query.js";
import { finalTick, fullBlockJson } from "../json/block-json.js";
import { readOutbox } from "../json/outbox-json.js";
import type { NodeView } from "../node-view.js";
import { hex, int32, nullable, type Schema } from "../schema.js";
import { COMMITTED_STATUS, FULL_BLOCK, INBOX } from "../schemas/blocks.js";
import { BIG_NUMBER, BLOCK_HASH, STATE_HASH, TEXT } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { blockArgument } from "./arguments.js";
import { blockText, findBlock, findL2Block, withState } from "./blocks.js";
import { committedStatus } from "./committed-status.js";

const at = <const W extends readonly string[]>(...words: W) => ["global", "block", blockArgument, ...words] as const;

async function inboxOf(node: NodeView, block: L2Block): Promise<Inbox> {
  const inbox = await node.store.inbox(block.inboxHash);
  if (inbox !== undefined) return inbox;
  const where = `block hash ${blockText(block.hash)} (level = ${block.level})`;
  throw failure(`The inbox for ${where} is missing.`);
}

async function fullBlock(node: NodeView, block: L2Block, withOutbox: boolean): Promise<Json> {
  const { store, engine } = node;
  const { commitmentHash, inboxWitness, level } = block;
  const inbox = await inboxOf(node, block);
  const messages = (await store.messages(inboxWitness)) ?? [];
  const commitment = commitmentHash === undefined ? undefined : await store.commitment(commitmentHash);
  const outbox = withOutbox
    ? await withState(node, block, async (state) => readOutbox(await engine.outbox(state, level)))
    : undefined;
  return fullBlockJson({
    ...block,
    inbox,
    messages,
    ...(commitment === undefined ? {} : { commitment }),
    ...(outbox === undefined ? {} : { outbox }),
  });
}

/** The inbox of a block; there is none before the rollup's first level. */
async function inboxAt(node: NodeView, found: { readonly hash: L2Block["hash"]; readonly level: number }) {
  const { level } = node.genesis;
  if (found.level < level) {
    throw failure(
      `Asking for the inbox before the genesis level (i.e. ${level}), out of the scope of the rollup's node`,
    );
  }
  const block = await node.store.block(found.hash);
  if (block !== undefined) return inboxOf(node, block);
  const where = `block hash ${blockText(found.hash)} (level = ${found.level})`;
  throw failure(`The inbox for ${where} is missing.`);
}

const positiveBigNumber: Schema = { title: "Positive big number", type: "string" };

const STORED: readonly Service[] = [
  service({
    method: "GET",
    path: at(),
    description: "Layer-2 block of the layer-2 chain with respect to a Layer 1 block identifier",
    query: { outbox: boolField(false) },
    output: FULL_BLOCK,
    serve: async ({ node, args: [id], query: { outbox } }) => fullBlock(node, await findL2Block(node, id), outbox),
  }),
  service({
    method: "GET",
    path: at("hash"),
    description: "Tezos block hash of block known to the smart rollup node",
    output: BLOCK_HASH,
    serve: async ({ node, args: [id] }) => coded(blockHashForm, (await findBlock(node, id)).hash),
  }),
  service({
    method: "GET",
    path: at("level"),
    description: "Level of Tezos block known to the smart rollup node",
    output: int32,
    serve: async ({ node, args: [id] }) => coded(int32Form, (await findBlock(node, id)).level),
  }),
  service({
    method: "GET",
    path: at("inbox"),
    description: "Rollup inbox for block",
    output: INBOX,
    serve: async ({ node, args: [id] }) => coded(inboxForm, await inboxAt(node, await findBlock(node, id))),
  }),
  service({
    method: "GET",
    path: at("ticks"),
    description: "Number of ticks for specified level",
    output: BIG_NUMBER,
    serve: async ({ node, args: [id] }) => coded(zForm, (await findL2Block(node, id)).numTicks),
  }),
  service({
    method: "GET",
    path: at("total_ticks"),
    description: "Total number of ticks at specified block",
    output: positiveBigNumber,
    serve: async ({ node, args: [id] }) => coded(natForm, finalTick(await findL2Block(node, id))),
  }),
  service({
    method: "GET",
    path: at("num_messages"),
    description: "Number of messages for specified block",
    output: BIG_NUMBER,
    serve: async ({ node, args: [id] }) => {
      const { inboxWitness } = await findL2Block(node, id);
      const messages = (await node.store.messages(inboxWitness)) ?? [];
      return coded(zForm, BigInt(messages.length));
    },
  }),
  service({
    method: "GET",
    path: at("state_hash"),
    description: "State hash for this block",
    output: STATE_HASH,
    serve: async ({ node, args: [id] }) => coded(stateHashForm, (await findL2Block(node, id)).stateHash),
  }),
  service({
    method: "GET",
    path: at("status"),
    description: "PVM status at block",
    output: TEXT,
    serve: async ({ node, args: [id] }) => coded(textForm, (await findL2Block(node, id)).pvmStatus),
  }),
  service({
    method: "GET",
    path: at("committed_status"),
    description: "Commitment status of the rollup state which will include content of this block",
    output: COMMITTED_STATUS,
    serve: async ({ node, args: [id] }) => committedStatus(node, await findL2Block(node, id)),
  }),
];

const IN_STATE: readonly Service[] = [
  service({
    method: "GET",
    path: at("state_current_level"),
    description: "Retrieve the current level of a PVM",
    output: nullable(int32),
    serve: async ({ node, args: [id] }) => {
      const level = await withState(node, await findBlock(node, id), (state) => node.engine.currentLevel(state));
      return coded(nullableForm(int32Form), level);
    },
  }),
  service({
    method: "GET",
    path: at("state"),
    description: "Retrieve value from key is PVM state of specified block",
    query: { key: textField },
    output: hex,
    serve: async ({ node, args: [id], query: { key } }) => {
      const value = await withState(node, await findBlock(node, id), (state) =>
        node.engine.treeValue(state, key.split("/")),
      );
      if (value === null) throw failure("No such key in PVM state");
      return coded(bytesForm, value);
    },
  }),
];

export const BLOCK_SERVICES: readonly Service[] = [...STORED, ...IN_STATE];
