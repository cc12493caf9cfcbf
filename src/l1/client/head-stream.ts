// The heads of the chain, for as long as anyone wants them: one connection to the node for all who listen, made again whenever
// it breaks or falls silent (node.md §3.2). A listener gets the newest head first, then all that follow; one who is slow may
// miss some, never the newest: heads name their predecessors, by which the missing blocks are found.

import { hashEquals } from "../../protocol/identifiers.js";
import { type BackOff, backOffDelay, REAL_WAITING, type Waiting } from "./back-off.js";
import type { BlockHeader } from "./blocks.js";
import type { L1Client } from "./l1-client.js";
import { L1RpcError } from "./rpc-error.js";

export type HeadEvent =
  | { readonly kind: "connected" }
  | { readonly kind: "reconnected"; readonly attempts: number }
  | { readonly kind: "new_head"; readonly head: BlockHeader }
  | { readonly kind: "cannot_connect"; readonly attempt: number; readonly error: L1RpcError }
  | { readonly kind: "connection_lost" }
  | { readonly kind: "connection_timeout"; readonly afterMs: number }
  | { readonly kind: "wait_reconnect"; readonly delayMs: number };

export interface HeadFollowerOptions {
  /** Silence borne before the first head of a connection; 300 s. */
  readonly initialSilenceMs?: number;
  readonly backOff?: BackOff;
  readonly waiting?: Waiting;
  readonly onEvent?: (event: HeadEvent) => void;
}

const INITIAL_SILENCE_MS = 300_000;
/** Silence borne, in intervals between the last two heads; not lowered below the shortest. */
const SILENCE_INTERVALS = 10;
const SHORTEST_SILENCE_MS = 10_000;
const RECONNECTION: BackOff = { initialMs: 2000, capMs: 3_600_000 };
/** Heads kept for a slow listener. */
const MAX_WAITING_HEADS = 1024;

type Listener = { readonly heads: BlockHeader[]; wake(): void };

/** `connecting` covers the waits between attempts. */
export type FollowerStatus = "stopped" | "connecting" | "connected";

export class HeadFollower {
  readonly #client: L1Client;
  readonly #options: HeadFollowerOptions;
  readonly #waiting: Waiting;
  readonly #listeners = new Set<Listener>();
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #lastHead: BlockHeader | undefined;
  #status: FollowerStatus = "stopped";
  /** A bug of ours, for the listeners to raise. */
  #failure: unknown;

  constructor(client: L1Client, options: HeadFollowerOptions = {}) {
    this.#client = client;
    this.#options = options;
    this.#waiting = options.waiting ?? REAL_WAITING;
  }

  get lastHead(): BlockHeader | undefined {
    return this.#lastHead;
  }

  get status(): FollowerStatus {
    return this.#status;
  }

  /** Connects, unless it is connected or about to be. */
  start(): void {
    if (this.#running !== undefined) return;
    const stop = new AbortController();
    this.#status = "connecting";
    const done = this.#run(stop.signal).catch((error: unknown) => {
      this.#failure = error;
    });
    this.#running = { stop, done: done.finally(() => this.#ended(stop)) };
  }

  /** Hangs up; listeners come to their end. */
  async stop(): Promise<void> {
    const running = this.#running;
    running?.stop.abort(new Error("stopped"));
    await running?.done;
  }

  #ended(stop: AbortController): void {
    if (this.#running?.stop !== stop) return;
    this.#running = undefined;
    this.#status = "stopped";
    for (const listener of this.#listeners) listener.wake();
  }

  /** Starts the follower if need be; ends when it is stopped. Raises what it fails with, which no trouble of the node is. */
  async *heads(): AsyncGenerator<BlockHeader, void, undefined> {
    this.start();
    let wake: () => void = () => undefined;
    const listener: Listener = { heads: [], wake: () => wake() };
    if (this.#lastHead !== undefined) listener.heads.push(this.#lastHead);
    this.#listeners.add(listener);
    try {
      for (;;) {
        const head = listener.heads.shift();
        if (head !== undefined) {
          yield head;
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#running === undefined) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  // ---- The connection

  async #run(stop: AbortSignal): Promise<void> {
    let attempt = 0;
    const connected = () => {
      this.#status = "connected";
      if (attempt > 0) this.#tell({ kind: "reconnected", attempts: attempt });
      this.#tell({ kind: "connected" });
      attempt = 0;
    };
    while (!stop.aborted) {
      const ended = await this.#follow(stop, connected, attempt);
      if (stop.aborted) return;
      this.#tell(ended);
      this.#status = "connecting";
      attempt++;
      const delayMs = backOffDelay(this.#options.backOff ?? RECONNECTION, attempt, this.#waiting.random());
      this.#tell({ kind: "wait_reconnect", delayMs });
      await this.#waiting.sleep(delayMs, stop).catch(() => undefined);
    }
  }

  /** Follows one connection; tells why it ended. */
  async #follow(stop: AbortSignal, connected: () => void, attempt: number): Promise<HeadEvent> {
    const hangUp = new AbortController();
    const heads = this.#client.heads({ signal: AbortSignal.any([stop, hangUp.signal]) });
    let silenceMs = this.#options.initialSilenceMs ?? INITIAL_SILENCE_MS;
    let isConnected = false;
    try {
      for (;;) {
        const started = this.#waiting.now();
        const next = await this.#within(silenceMs, heads.next());
        if (next === undefined) return { kind: "connection_timeout", afterMs: silenceMs };
        if (next.done === true) return { kind: "connection_lost" };
        if (!isConnected) connected();
        isConnected = true;
        const longer = (this.#waiting.now() - started) * SILENCE_INTERVALS;
        if (longer >= SHORTEST_SILENCE_MS) silenceMs = longer;
        this.#publish(next.value);
      }
    } catch (error) {
      if (!(error instanceof L1RpcError)) throw error;
      return isConnected ? { kind: "connection_lost" } : { kind: "cannot_connect", attempt, error };
    } finally {
      hangUp.abort();
      // A `next` still under way ends with the abort; its error is of no more interest.
      void heads.return(undefined).catch(() => undefined);
    }
  }

  /** The value of `promise`, or undefined when it takes too long. */
  async #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    const done = new AbortController();
    const late = this.#waiting.sleep(ms, done.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      promise.catch(() => undefined); // when it loses the race and then fails
      return await Promise.race([promise, late]);
    } finally {
      done.abort();
    }
  }

  #publish(head: BlockHeader): void {
    // A connection starts with the head that the last one ended with.
    if (this.#lastHead !== undefined && hashEquals(this.#lastHead.hash, head.hash)) return;
    this.#lastHead = head;
    this.#tell({ kind: "new_head", head });
    for (const listener of this.#listeners) {
      if (listener.heads.length >= MAX_WAITING_HEADS) listener.heads.shift();
      listener.heads.push(head);
      listener.wake();
    }
  }

  #tell(event: HeadEvent): void {
    this.#options.onEvent?.(event);
  }
}
