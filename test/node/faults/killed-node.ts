// An operator's node killed again and again, at moments that a seed picks: while it starts, processes blocks, takes messages, injects. What must
// hold: no level that it told of is lost, each is what a node that was never killed has; no operation is twice on the chain, and
// none that the node had on its disk is missing. The chain is in this process. Without vitest.
import { join } from "node:path";
import { writeKeys } from "../../../src/cli/sandbox-keys.js";
import { toHex } from "../../../src/encoding/hex.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { persistedOperationCodec } from "../../../src/node/store/injector-operation.js";
import { OperationFiles } from "../../../src/node/store/operation-files.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import type { StoredBlock } from "../../../src/node/store/store.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import { BOB, TestChain } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { freePort, NodeProcess, type PrintedEvent } from "./node-process.js";
import { seeded } from "./seeded.js";

export interface KilledNodeOptions {
  /** The program's entry point. */
  readonly main: string;
  readonly folder: string;
  readonly seed: number;
  readonly rounds: number;
  readonly progress?: (done: number) => void;
}

export interface KilledNodeFigures {
  readonly levels: number;
  readonly messages: number;
  readonly commitments: number;
  readonly cemented: number;
  /** Rounds by what the kill followed. */
  readonly kills: Readonly<Record<Moment, number>>;
}

const READY = "smart_rollup_node_is_ready";

/** What a kill follows. */
const MOMENTS = ["start", "event", "injection", "block"] as const;
type Moment = (typeof MOMENTS)[number];

/** A round ends by itself after so long: something hangs. */
const ROUND_LIMIT_MS = 60_000;
/** Most milliseconds before a process that starts is killed. */
const MAX_START_MS = 2500;
const MAX_BLOCKS = 5;
/** Long before now, so that the node does not wait for blocks. */
const START_TIME = 1_600_000_000n;
/** Blocks baked at the end at most, for what waits to get onto the chain. */
const MAX_LAST_BLOCKS = 60;

/** Raises Error for what does not hold. */
export async function killNode(options: KilledNodeOptions): Promise<KilledNodeFigures> {
  const world = await KilledNode.open(options);
  try {
    for (let round = 0; round < options.rounds; round++) {
      await world.round(round);
      options.progress?.(round + 1);
    }
    return await world.end();
  } finally {
    await world.close();
  }
}

class KilledNode {
  readonly #options: KilledNodeOptions;
  readonly #below: (below: number) => number;
  readonly #chain: TestChain;
  readonly #rollup: Rollup;
  readonly #server: RpcServer;
  readonly #endpoint: string;
  /** Messages, in hexadecimal, that the node had on its disk when it was killed. */
  readonly #promised = new Set<string>();
  readonly #kills: Record<Moment, number> = { start: 0, event: 0, injection: 0, block: 0 };
  #told = 0;
  #sent = 0;
  #node: NodeProcess | undefined;
  #port = 0;

  private constructor(
    options: KilledNodeOptions,
    chain: TestChain,
    rollup: Rollup,
    server: RpcServer,
    endpoint: string,
  ) {
    this.#options = options;
    this.#below = seeded(options.seed);
    this.#chain = chain;
    this.#rollup = rollup;
    this.#server = server;
    this.#endpoint = endpoint;
  }

  static async open(options: KilledNodeOptions): Promise<KilledNode> {
    const chain = new TestChain({ startTime: START_TIME });
    chain.bake(2);
    const rollup = originate(chain, BOB, assemble("echo"));
    const server = new RpcServer(chain.sandbox);
    const endpoint = await server.listen();
    await writeKeys(join(options.folder, "client"));
    return new KilledNode(options, chain, rollup, server, endpoint);
  }

  async close(): Promise<void> {
    await this.#node?.kill();
    await this.#server.close();
  }

  get #dataDir(): string {
    return join(this.#options.folder, "node");
  }

  async #start(
    mode: "operator" | "observer",
    onEvent: (event: PrintedEvent) => void = () => undefined,
  ): Promise<NodeProcess> {
    this.#port = await freePort();
    const { main, folder } = this.#options;
    const operators = mode === "operator" ? "bootstrap1 batching:bootstrap3 batching:bootstrap4".split(" ") : [];
    const args = [
      ...[
        "-d",
        join(folder, "client"),
        "-E",
        this.#endpoint,
        "run",
        mode,
        "for",
        this.#rollup.address,
        "with",
        "operators",
        ...operators,
      ],
      ...["--data-dir", mode === "operator" ? this.#dataDir : join(folder, mode), "--rpc-port", String(this.#port)],
    ];
    const node = new NodeProcess({ main, args, onEvent });
    this.#node = node;
    return node;
  }

  // ---- A round

  async round(round: number): Promise<void> {
    const moment = MOMENTS[this.#below(MOMENTS.length)] as Moment; // in bounds
    this.#kills[moment]++;
    let hasFired = false;
    const fire = (): void => {
      if (hasFired) return;
      hasFired = true;
      this.#node?.child.kill("SIGKILL");
    };
    let eventsLeft = moment === "event" ? 1 + this.#below(120) : Number.POSITIVE_INFINITY;
    const node = await this.#start("operator", (event) => {
      this.#listen(event);
      if (event.name === READY || eventsLeft < Number.POSITIVE_INFINITY) eventsLeft--;
      if (eventsLeft <= 0) fire();
    });
    const unhook = moment === "injection" ? this.#server.pool.onInjection(fire) : (): void => undefined;
    let isTooLate = false;
    const limit = setTimeout(() => {
      isTooLate = true;
      fire();
    }, ROUND_LIMIT_MS);
    try {
      if (moment === "start") await pause(this.#below(MAX_START_MS));
      else await this.#work(node, round, moment, () => hasFired);
    } finally {
      fire();
      await node.ended;
      clearTimeout(limit);
      unhook();
    }
    const where = `round ${round} (${moment})`;
    if (isTooLate)
      throw new Error(
        `${where}: no end of it: ${node.events
          .slice(-5)
          .map((one) => JSON.stringify(one))
          .join(" ")}`,
      );
    this.#check(node, where);
    await this.#afterKill(round);
  }

  async #work(node: NodeProcess, round: number, moment: Moment, hasFired: () => boolean): Promise<void> {
    await node.until(() => node.named(READY).length > 0);
    const blocks = 1 + this.#below(MAX_BLOCKS);
    for (let i = 0; i < blocks && !hasFired() && !node.hasEnded; i++) {
      if (this.#below(3) > 0) await this.#sendMessages(1 + this.#below(5), round);
      this.#chain.bake();
      if (i + 1 < blocks && this.#below(4) > 0) await this.#settled(node);
    }
    if (moment === "block") await pause(this.#below(60));
    else await this.#settled(node);
    if (moment === "injection") {
      await this.#sendMessages(1, round);
      this.#chain.bake();
      await node.until(hasFired);
    }
  }

  /** A node that is not in the way of messages any more is of no matter. */
  async #sendMessages(count: number, round: number): Promise<void> {
    const messages = Array.from({ length: count }, () => toHex(Buffer.from(`${round}:${this.#sent++}`)));
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/local/batcher/injection`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(messages),
      });
      await response.text();
    } catch {
      if (this.#node?.hasEnded === false && !this.#node.child.killed) throw new Error("the batcher does not answer");
    }
  }

  /** Until the node has done what the head makes it do. */
  #settled(node: NodeProcess): Promise<boolean> {
    const { level } = this.#chain;
    return node.until(() =>
      node.events.some(
        ({ name, value }) =>
          name === "smart_rollup_node_daemon_loop_process_finished" && fieldOf(value, "to") === level,
      ),
    );
  }

  #listen({ name, value }: PrintedEvent): void {
    if (name === "smart_rollup_node_daemon_new_head_processed")
      this.#told = Math.max(this.#told, Number(fieldOf(value, "level")));
  }

  #check(node: NodeProcess, where: string): void {
    for (const event of node.events) {
      const { name, value } = event;
      if (/error|degraded|corrupted/.test(name) && !isEarlyCementing(event))
        throw new Error(`${where}: ${name} ${JSON.stringify(value)}`);
    }
    if (node.text !== "") throw new Error(`${where}: ${node.text}`);
  }

  /** Looks at what the dead node has left; the chain may go on meanwhile. */
  async #afterKill(round: number): Promise<void> {
    const files = await OperationFiles.open(this.#dataDir, persistedOperationCodec);
    const { operations, unreadable } = await files.load();
    if (unreadable.length > 0)
      throw new Error(`round ${round}: ${unreadable.map(({ error }) => error.message).join("; ")}`);
    for (const { operation } of operations) {
      if (operation.operation.kind !== "add_messages") continue;
      for (const message of operation.operation.messages) this.#promised.add(toHex(message));
    }
    if (this.#told > 0) {
      const levels = (await this.#levels(this.#dataDir)).length;
      const expected = this.#told - this.#rollup.originationLevel + 1;
      if (levels < expected) throw new Error(`round ${round}: ${levels} levels, and the node has told of ${expected}`);
    }
    if (this.#below(3) === 0) this.#chain.bake(1 + this.#below(2));
  }

  async #levels(dataDir: string): Promise<StoredBlock[]> {
    const store = await SqliteStore.open(dataDir);
    try {
      const { head } = await store.state();
      const found: StoredBlock[] = [];
      for (let level = this.#rollup.originationLevel; level <= (head?.level ?? 0); level++) {
        const hash = await store.hashAt(level);
        const block = hash === undefined ? undefined : await store.fullBlock(hash);
        if (block === undefined || block.level !== level) throw new Error(`no level ${level} in ${dataDir}`);
        found.push(block);
      }
      return found;
    } finally {
      await store.close();
    }
  }

  // ---- The end

  /** Lets the node finish what it has begun, and compares it with one that has never been killed. */
  async end(): Promise<KilledNodeFigures> {
    const node = await this.#start("operator");
    // At least one block, so that the node is there before it is told to stop.
    for (let i = 0; i === 0 || (i < MAX_LAST_BLOCKS && this.#missing().length > 0); i++) {
      this.#chain.bake();
      if (!(await this.#settled(node))) throw new Error(`the node has ended: ${node.text}`);
    }
    if ((await node.stop()) !== 127) throw new Error(`the node does not stop: ${node.text}`);
    this.#check(node, "at the end");
    const observer = await this.#start("observer");
    if (!(await this.#settled(observer))) throw new Error(`the observer has ended: ${observer.text}`);
    if ((await observer.stop()) !== 127) throw new Error(`the observer does not stop: ${observer.text}`);
    const missing = this.#missing();
    if (missing.length > 0) throw new Error(`never sent: ${missing.join(" ")}`);
    await this.#compare();
    return { ...this.#figures(), kills: this.#kills };
  }

  #missing(): string[] {
    const found = new Set(this.#onChain().messages);
    return [...this.#promised].filter((message) => !found.has(message));
  }

  async #compare(): Promise<void> {
    const ours = await this.#levels(this.#dataDir);
    const theirs = await this.#levels(join(this.#options.folder, "observer"));
    if (ours.length !== theirs.length) throw new Error(`${ours.length} levels, ${theirs.length} elsewhere`);
    for (const [i, block] of ours.entries()) {
      const [a, b] = [block, theirs[i]].map((one) => JSON.stringify(one, printable));
      if (a !== b) throw new Error(`level ${block.level} is\n${a}\nand elsewhere\n${b}`);
    }
  }

  /** What the node's keys have put onto the chain. */
  #onChain() {
    const messages: string[] = [];
    const commitments: string[] = [];
    const failed: string[] = [];
    let cemented = 0;
    for (let level = this.#rollup.originationLevel + 1; level <= this.#chain.level; level++) {
      for (const { receipts } of this.#chain.sandbox.block(level)?.operations ?? []) {
        for (const { content, metadata } of receipts) {
          const { status } = metadata.operationResult;
          if (status !== "applied") failed.push(`${content.kind} at ${level}`);
          else if (content.kind === "smart_rollup_add_messages") messages.push(...content.messages.map(toHex));
          else if (content.kind === "smart_rollup_publish") commitments.push(toHex(commitmentHash(content.commitment)));
          else if (content.kind === "smart_rollup_cement") cemented++;
        }
      }
    }
    return { messages, commitments, failed, cemented };
  }

  #figures() {
    const { messages, commitments, failed, cemented } = this.#onChain();
    if (failed.length > 0) throw new Error(`operations that failed on the chain: ${failed.join(", ")}`);
    for (const list of [messages, commitments]) {
      const twice = list.filter((one, i) => list.indexOf(one) !== i);
      if (twice.length > 0) throw new Error(`twice on the chain: ${twice.join(" ")}`);
    }
    const levels = this.#chain.level - this.#rollup.originationLevel + 1;
    return { levels, messages: messages.length, commitments: commitments.length, cemented };
  }
}

/** Where the node does not know when a commitment was published, it tries to cement it as early as may be, as Octez's does. */
function isEarlyCementing({ name, value }: PrintedEvent): boolean {
  return name === "error_simulation_operation" && fieldOf(fieldOf(value, "operation"), "kind") === "cement";
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function printable(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? toHex(value) : value;
}

/** Between a kill and what it follows: that is what is random here. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
