// Outboxes of blocks, proofs of their messages, and the messages that wait for their execution on layer 1 (node.md §5.3; reference: outbox.ml,
// `get_pending_outbox_messages` in node_context.ml).

import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { commitmentHashForm } from "../../../protocol/identifiers.js";
import type { OutboxLevel } from "../../store/store.js";
import { badQuery, failure, nodeError } from "../answer.js";
import { integerField } from "../http/query.js";
import { type IndexedMessage, outboxSummary, outputsJson, readOutbox } from "../json/outbox-json.js";
import type { NodeView } from "../node-view.js";
import { hex, object, oneOfTexts } from "../schema.js";
import { OUTPUTS, pendingOutbox } from "../schemas/blocks.js";
import { COMMITMENT_HASH } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { type BlockId, blockArgument, levelArgument } from "./arguments.js";
import { findBlock, getL2Block, hashOfLevel, withState } from "./blocks.js";

const MAX_LEVEL = 0x7fffffff;
const levelField = integerField("int32", -MAX_LEVEL - 1, MAX_LEVEL, () => "Cannot parse int32 value");
const indexField = integerField("uint", 0, Number.MAX_SAFE_INTEGER, (text) =>
  /^-[0-9]+$/.test(text)
    ? "Cannot parse natural number (positive number expected)"
    : "Cannot parse natural number (number expected)",
);

/** A parameter that has to be given. */
function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw badQuery(`Query parameter ${name} is required`);
  return value;
}

async function outboxAt(node: NodeView, id: BlockId, outboxLevel: number): Promise<Json> {
  const found = await findBlock(node, id);
  if (outboxLevel > found.level) {
    throw failure(`Outbox level ${outboxLevel} is not known at level ${found.level}\n`);
  }
  const messages = await withState(node, found, (state) => node.engine.outbox(state, outboxLevel));
  return outputsJson(outboxLevel, readOutbox(messages));
}

/** The proof of a message in the state that was cemented last: `position` counts the messages that are ones. */
async function outboxProof(node: NodeView, outboxLevel: number, position: number): Promise<Json> {
  const lcc = node.lastCemented();
  if (outboxLevel > lcc.level) {
    throw nodeError("temporary", "sc_rollup.node.outbox_level_not_cemented", {
      outbox_level: outboxLevel,
      lcc_level: lcc.level,
    });
  }
  const block = await getL2Block(node, await hashOfLevel(node, lcc.level));
  const proof = await withState(node, block, async (state) => {
    const message = readOutbox(await node.engine.outbox(state, outboxLevel))[position];
    if (message === undefined) {
      const where = `outbox at level ${outboxLevel} registered in cemented state`;
      throw failure(`No message at index ${position} in ${where}`);
    }
    return node.engine.proveOutput(state, outboxLevel, message.index);
  });
  return { commitment: commitmentHashForm.toJson(lcc.hash), proof: toHex(proof) };
}

// ---- Messages that wait

interface Bounds {
  readonly lcc: number;
  readonly head: number;
  /** Levels up to this one are too old for layer 1. */
  readonly lost: number;
}

async function bounds(node: NodeView): Promise<Bounds> {
  const { head } = await node.store.state();
  if (head === undefined) throw failure("No L2 head");
  const { level: lcc } = node.lastCemented();
  return { lcc, head: head.level, lost: lcc - node.protocol().constants.rollup.maxActiveOutboxLevels };
}

/** Levels from `from` to `to`, or the one asked for if it is among them, that have messages waiting. */
async function waiting(
  node: NodeView,
  from: number,
  to: number,
  only: number | undefined,
): Promise<readonly OutboxLevel[]> {
  const first = Math.max(0, from);
  if (only === undefined) return first > to ? [] : node.store.pendingOutbox(first, to);
  return only < first || only > to ? [] : node.store.pendingOutbox(only, only);
}

/** What waits at a level, by index. A message of a state that is not kept, or that is none, is left out. */
async function waitingJson(
  node: NodeView,
  lcc: number,
  { level, messages, executed }: OutboxLevel,
): Promise<{ readonly outbox_level: number; readonly messages: Json }> {
  const indexes = messages.filter((index) => !executed.includes(index));
  const contents = new Map((await outboxContent(node, Math.max(lcc, level), level)).map((one) => [one.index, one]));
  return {
    outbox_level: level,
    messages: indexes.map((index) => {
      const content = contents.get(index);
      return { message_index: index, ...(content === undefined ? {} : { message: outboxSummary(content.message) }) };
    }),
  };
}

async function outboxContent(node: NodeView, blockLevel: number, level: number): Promise<readonly IndexedMessage[]> {
  const hash = (await node.store.hashAt(blockLevel)) ?? (await node.l1.hashAt(blockLevel));
  if (hash === undefined) return [];
  return withState(node, { hash }, async (state) => readOutbox(await node.engine.outbox(state, level)));
}

async function pending(node: NodeView, only: number | undefined): Promise<Json> {
  const { lcc, head, lost } = await bounds(node);
  const levels = await waiting(node, 0, head, only);
  const answers: Json[] = [];
  for (const one of levels) {
    const status = one.level <= lost ? "lost" : one.level <= lcc ? "executable" : "pending";
    answers.push({ ...(await waitingJson(node, lcc, one)), status });
  }
  return answers;
}

async function pendingBetween(node: NodeView, lcc: number, levels: readonly OutboxLevel[]): Promise<Json> {
  const answers: Json[] = [];
  for (const one of levels) answers.push(await waitingJson(node, lcc, one));
  return answers;
}

async function executable(node: NodeView, only: number | undefined): Promise<Json> {
  const { lcc, lost } = await bounds(node);
  return pendingBetween(node, lcc, await waiting(node, lost + 1, lcc, only));
}

async function unexecutable(node: NodeView, only: number | undefined): Promise<Json> {
  const { lcc, head } = await bounds(node);
  return pendingBetween(node, lcc, await waiting(node, lcc + 1, head, only));
}

// ---- Services

export const OUTBOX_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["global", "block", blockArgument, "outbox"],
    description: "Outbox at block for a given outbox level",
    query: { outbox_level: levelField },
    output: OUTPUTS,
    serve: ({ node, args: [id], query }) => outboxAt(node, id, required("outbox_level", query.outbox_level)),
  }),
  service({
    method: "GET",
    path: ["global", "block", blockArgument, "outbox", levelArgument, "messages"],
    description: "Outbox at block for a given outbox level",
    output: OUTPUTS,
    serve: ({ node, args: [id, level] }) => outboxAt(node, id, level),
  }),
  service({
    method: "GET",
    path: ["global", "block", blockArgument, "helpers", "proofs", "outbox", levelArgument, "messages"],
    description: "Generate serialized output proof for some outbox message at level and index",
    query: { index: indexField },
    output: object({ commitment: COMMITMENT_HASH, proof: hex }),
    isHeavy: true,
    serve: async ({ node, args: [id, level], query }) => {
      const index = required("index", query.index);
      await findBlock(node, id); // which block it is does not matter, that there is one does
      return outboxProof(node, level, index);
    },
  }),
  service({
    method: "GET",
    path: ["local", "outbox", "pending"],
    description: "Pending outbox messages with their status (executable, pending, or lost)",
    query: { outbox_level: levelField },
    output: pendingOutbox({ status: oneOfTexts("pending", "executable", "lost") }),
    isHeavy: true,
    serve: ({ node, query }) => pending(node, query.outbox_level),
  }),
  service({
    method: "GET",
    path: ["local", "outbox", "pending", "executable"],
    description: "Pending outbox messages which can be executed",
    query: { outbox_level: levelField },
    output: pendingOutbox({}),
    isHeavy: true,
    serve: ({ node, query }) => executable(node, query.outbox_level),
  }),
  service({
    method: "GET",
    path: ["local", "outbox", "pending", "unexecutable"],
    description: "Pending outbox messages which cannot yet be executed",
    query: { outbox_level: levelField },
    output: pendingOutbox({}),
    isHeavy: true,
    serve: ({ node, query }) => unexecutable(node, query.outbox_level),
  }),
];
