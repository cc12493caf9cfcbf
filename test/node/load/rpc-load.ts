// Clients of a node's RPC, in another process than the node, while it evaluates levels of many ticks.

import { Pool } from "undici";
import type { TestChain } from "../../l1/sandbox/chain.js";
import { ALICE } from "../../l1/sandbox/chain.js";
import { injectMessages, madeUpMessages } from "./chain-with-messages.js";
import type { NodeProcess } from "./node-process.js";
import { spinMessage } from "./spin-kernel.js";

const MESSAGE_BYTES = 24;

export interface Asked {
  /** Name of the endpoint. */
  readonly what: string;
  readonly milliseconds: number;
  /** When it was sent, in the time of performance.now(). */
  readonly sent: number;
}

interface Call {
  readonly what: string;
  readonly path: (level: number) => string;
  readonly body?: (n: number) => string;
}

const block = (what: string, path = what): Call => ({ what, path: () => `/global/block/head/${path}` });
const durable = (what: string, key: string): Call => block(`durable ${what}`, `durable/wasm_2_0_0/${what}?key=${key}`);
const plain = (path: string): Call => ({ what: path.slice(1), path: () => path });

/** What is asked, in turn. */
export const CALLS: readonly Call[] = [
  block("state_hash"),
  block("ticks"),
  durable("value", "/spun"),
  plain("/health"),
  { what: "block", path: () => "/global/block/head" },
  block("level"),
  durable("value", "/page/first"),
  block("total_ticks"),
  { what: "older block", path: (level) => `/global/block/${level - 1}` },
  block("inbox"),
  durable("length", "/page/first"),
  plain("/global/tezos_level"),
  block("hash"),
  durable("subkeys", "/page"),
  { what: "older state_hash", path: (level) => `/global/block/${level - 2}/state_hash` },
  plain("/global/last_stored_commitment"),
  block("state_current_level"),
  plain("/local/gc_info"),
  { what: "outbox", path: (level) => `/global/block/head/outbox/${level - 1}/messages` },
  {
    what: "batcher injection",
    path: () => "/local/batcher/injection",
    body: (n) => JSON.stringify([`${n.toString(16).padStart(8, "0")}00`]),
  },
  plain("/local/batcher/queue"),
  block("status"),
];

const WHOLE_BLOCKS: readonly string[] = ["block", "older block"];

export interface LoadOptions {
  readonly clients: number;
  /** Milliseconds between the starts of two requests of a client; 0: as soon as the last one is answered. */
  readonly pause: number;
  /** Whether whole blocks are among what is asked: those of full levels are half a megabyte each. */
  readonly wholeBlocks?: boolean;
  /** Ends the load. */
  readonly signal: AbortSignal;
}

/** Asks until it is told to stop; gives all that was asked. Raises for an answer that is not 200. */
export async function rpcLoad(
  node: NodeProcess,
  { clients, pause, wholeBlocks = true, signal }: LoadOptions,
): Promise<Asked[]> {
  const calls = wholeBlocks ? CALLS : CALLS.filter(({ what }) => !WHOLE_BLOCKS.includes(what));
  const pool = new Pool(node.endpoint, { connections: clients, pipelining: 1 });
  const asked: Asked[] = [];
  let injected = 0;
  const ask = async (call: Call): Promise<void> => {
    const { what, path, body } = call;
    const content = body?.(injected++);
    const sent = performance.now();
    const answer = await pool.request({
      method: content === undefined ? "GET" : "POST",
      path: path(node.level),
      ...(content === undefined ? {} : { body: content, headers: { "content-type": "application/json" } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${what}: status ${answer.statusCode}: ${text}`);
    asked.push({ what, milliseconds: performance.now() - sent, sent });
  };
  const client = async (n: number): Promise<void> => {
    let next = performance.now() + (pause * n) / clients;
    for (let i = n; !signal.aborted; i++) {
      if (pause > 0) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
        if (signal.aborted) return;
        next += pause;
      }
      await ask(calls[i % calls.length] as Call); // in bounds
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  } finally {
    await pool.close();
  }
  return asked;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A level whose evaluation takes so many ticks: from the moment its block is there to the moment the node tells of it. */
export function longLevel(chain: TestChain, node: NodeProcess, ticks: number): Promise<Span> {
  chain.inject(ALICE, { kind: "smart_rollup_add_messages", messages: [spinMessage(ticks)] });
  return levelOf(chain, node);
}

/** The same for a level of so many messages. */
export function fullLevel(chain: TestChain, node: NodeProcess, count: number): Promise<Span> {
  injectMessages(chain, madeUpMessages(count, MESSAGE_BYTES, chain.level));
  return levelOf(chain, node);
}

async function levelOf(chain: TestChain, node: NodeProcess): Promise<Span> {
  const from = performance.now();
  chain.bake();
  await node.reached(chain.level);
  return { from, to: performance.now() };
}

export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of requests sent within some spans. */
export function latencies(asked: readonly Asked[], spans: readonly Span[]): Latencies {
  const within = asked.filter(({ sent }) => spans.some(({ from, to }) => sent >= from && sent < to));
  const times = within.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { count: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The slowest endpoints, by their 99th percentile. */
export function slowest(asked: readonly Asked[], spans: readonly Span[], count: number): string[] {
  const names = [...new Set(asked.map(({ what }) => what))];
  const rows = names.map((what) => ({
    what,
    ...latencies(
      asked.filter((one) => one.what === what),
      spans,
    ),
  }));
  rows.sort((a, b) => b.p99 - a.p99);
  return rows
    .slice(0, count)
    .map(({ what, p50, p99, count: n }) => `${what} p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms (${n})`);
}
