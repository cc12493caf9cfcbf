// Ten thousand messages in one level, straight from layer 1 or through the node's batcher, with the time that each stage takes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "undici";
import type { Account } from "../../l1/sandbox/chain.js";
import { ALICE, BOB, CAROL, DAVE } from "../../l1/sandbox/chain.js";
import { originate } from "../../l1/sandbox/rollup.js";
import { injectMessages, type MessageChain, madeUpMessages, startMessageChain } from "./chain-with-messages.js";
import { type MeasuredNode, type MeasuredOptions, type StageTimes, startMeasuredNode } from "./measured-node.js";

/** Start, info and end of a level. */
export const FRAME_MESSAGES = 3;

export interface LargeLevelWorld extends MessageChain {
  readonly measured: MeasuredNode;
  readonly dataDir: string;
}

export interface WorldOptions extends Pick<MeasuredOptions, "openEngines" | "config"> {
  /** Hears where the node's data will be. */
  readonly onDataDir?: (path: string) => void;
}

/** A chain with a rollup, and a node of it that has taken in the chain's head. */
export async function startWorld(
  kernel: Uint8Array,
  operators: readonly Account[] = [BOB],
  { onDataDir, ...options }: WorldOptions = {},
): Promise<LargeLevelWorld> {
  const world = await startMessageChain();
  const { chain, endpoint } = world;
  const rollup = originate(chain, BOB, kernel);
  const dataDir = mkdtempSync(join(tmpdir(), "tickproof-load-"));
  onDataDir?.(dataDir);
  // The chain's clock: batches need not wait for a block that comes when the test says so.
  const now = (): number => Number(chain.head.shell.timestamp + 1_000_000n) * 1000;
  const measured = await startMeasuredNode({ dataDir, endpoint, rollup, operators, now, ...options });
  await measured.level(chain.level);
  return {
    ...world,
    measured,
    dataDir,
    async close() {
      await measured.stop();
      await world.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A level with these messages, in operations that the accounts of the chain send. */
export async function directLevel(
  { chain, measured }: LargeLevelWorld,
  messages: readonly Uint8Array[],
): Promise<StageTimes> {
  injectMessages(chain, messages);
  chain.bake();
  return measured.level(chain.level);
}

export interface TimedAnswer {
  readonly json: unknown;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Asks a node; raises for an answer that is not 200. */
export async function ask(endpoint: string, path: string, body?: unknown): Promise<TimedAnswer> {
  const client = new Client(endpoint);
  try {
    const start = performance.now();
    const answer = await client.request({
      method: body === undefined ? "GET" : "POST",
      path,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await answer.body.text();
    const milliseconds = performance.now() - start;
    if (answer.statusCode !== 200) throw new Error(`${path}: status ${answer.statusCode}: ${text.slice(0, 200)}`);
    return { json: JSON.parse(text), bytes: Buffer.byteLength(text), milliseconds };
  } finally {
    await client.close();
  }
}

export interface BatchedLevels {
  /** As the node's RPC gives them. */
  readonly ids: readonly string[];
  /** The call that takes the messages in. */
  readonly taken: number;
  /** Levels until all the messages were in. */
  readonly levels: readonly StageTimes[];
  /** Milliseconds of rounds of injection: simulating, signing, sending. */
  readonly injection: number;
}

/** Gives messages to the batcher in one call, and bakes until they are all in the inbox. */
export async function batchedLevels(
  { chain, measured }: LargeLevelWorld,
  messages: readonly Uint8Array[],
): Promise<BatchedLevels> {
  const hex = messages.map((message) => Buffer.from(message).toString("hex"));
  const { json, milliseconds } = await ask(measured.endpoint, "/local/batcher/injection", hex);
  const levels: StageTimes[] = [];
  let injection = 0;
  for (let seen = 0; seen < messages.length; ) {
    const start = performance.now();
    await measured.node.injectors.inject();
    injection += performance.now() - start;
    const block = chain.bake();
    levels.push(await measured.level(chain.level));
    seen += block.inboxMessages.length - FRAME_MESSAGES;
    if (levels.length > messages.length) throw new Error("messages do not come into the inbox");
  }
  return { ids: json as string[], taken: milliseconds, levels, injection };
}

const MESSAGE_BYTES = 24;
const ROUNDS = 3;

/** Lines for people: levels of so many messages, straight and through the batcher of one and of several keys. */
export async function largeLevelFigures(kernel: Uint8Array, count: number): Promise<string[]> {
  const lines: string[] = [];
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const stages = ({ fetch, inbox, evaluation, write, all }: StageTimes): string =>
    `${ms(all)}: block ${ms(fetch)}, inbox ${ms(inbox)}, evaluation ${ms(evaluation)}, store ${ms(write)}`;
  for (const operators of [[BOB], [BOB, ALICE, CAROL, DAVE]]) {
    const world = await startWorld(kernel, operators);
    try {
      const keys = operators.length === 1 ? "one key" : `${operators.length} keys`;
      for (let round = 0; round < ROUNDS && operators.length === 1; round++) {
        const times = await directLevel(world, madeUpMessages(count, MESSAGE_BYTES, round));
        lines.push(`${count} messages of ${MESSAGE_BYTES} bytes in a level, ${stages(times)}`);
        const block = await ask(world.measured.endpoint, "/global/block/head");
        lines.push(`  the block with its messages over the RPC: ${block.bytes} bytes in ${ms(block.milliseconds)}`);
      }
      const batched = await batchedLevels(world, madeUpMessages(count, MESSAGE_BYTES, 77));
      lines.push(
        `${count} messages through the batcher, ${keys}: taken in ${ms(batched.taken)}, injected in ${ms(batched.injection)}, ${batched.levels.length} levels`,
      );
      for (const level of batched.levels) lines.push(`  ${stages(level)}`);
    } finally {
      await world.close();
    }
  }
  return lines;
}
