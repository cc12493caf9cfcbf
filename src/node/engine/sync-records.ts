// Merkle nodes in a database, read synchronously (design §2, §3): the database lives in a thread of its own (records-thread.ts), whoever asks
// waits with `Atomics.wait` for the answer. Answers bring nodes below the one asked for, since the engine will want them next.

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { hashKey } from "../../merkle/hashed.js";
import type { NodeRecord } from "../../merkle/stored-nodes.js";
import { EngineError } from "./errors.js";
import type { WritableRecords } from "./state-store.js";

export type RecordsRequest =
  | { readonly kind: "get"; readonly hash: Uint8Array }
  | { readonly kind: "put"; readonly records: readonly NodeRecord[] }
  | { readonly kind: "close" };

export type RecordsAnswer =
  | { readonly kind: "ready" }
  /** The record asked for comes first, if there is one. */
  | { readonly kind: "records"; readonly records: readonly NodeRecord[] }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };

export interface RecordsThreadData {
  readonly path: string;
  readonly readOnly: boolean;
  readonly port: MessagePort;
  /** One number that grows with every answer: what the asking thread waits on. */
  readonly signal: SharedArrayBuffer;
}

export interface SyncRecordsOptions {
  /** Nothing is written; the file must exist. */
  readonly readOnly?: boolean;
  /** The compiled records-thread.js, where this file is not run from its compiled form. */
  readonly script?: URL;
}

/** Longest wait for an answer. A transaction of a large state takes seconds at most. */
const PATIENCE_MS = 120_000;
/** Bytes of records kept in memory: what was read ahead until it is asked for. What the engine works on is loaded in its trees. */
const CACHE_BYTES = 1024 * 1024;
/** What a record weighs beside its bytes: two objects for these, a key, places in tables. */
const RECORD_WEIGHT = 350;

export class SyncRecords implements WritableRecords {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #path: string;
  readonly #cache = new Map<string, Uint8Array>();
  #cachedBytes = 0;
  #isClosed = false;

  /** Opens, or makes, the database. Raises EngineError "node.engine.store". */
  constructor(path: string, options: SyncRecordsOptions = {}) {
    const { port1, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(4);
    this.#path = path;
    this.#port = port1;
    this.#signal = new Int32Array(signal);
    const data: RecordsThreadData = { path, readOnly: options.readOnly === true, port: port2, signal };
    this.#worker = new Worker(options.script ?? new URL("./records-thread.js", import.meta.url), {
      workerData: data,
      transferList: [port2],
      stdout: false,
    });
    this.#worker.unref();
    // What the thread dies of is told by the wait that it leaves unanswered.
    this.#worker.on("error", () => undefined);
    this.#await("ready");
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    const key = hashKey(hash);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const answer = this.#ask({ kind: "get", hash }, "records");
    for (const record of answer.records) this.#remember(record);
    const [first] = answer.records;
    return first === undefined ? undefined : first.data;
  }

  put(records: readonly NodeRecord[]): void {
    this.#ask({ kind: "put", records }, "done");
  }

  close(): void {
    if (this.#isClosed) return;
    this.#ask({ kind: "close" }, "done");
    this.#isClosed = true;
    this.#port.close();
    void this.#worker.terminate();
  }

  #remember({ hash, data }: NodeRecord): void {
    const key = hashKey(hash);
    if (this.#cache.has(key)) return;
    this.#cache.set(key, data);
    this.#cachedBytes += data.length + RECORD_WEIGHT;
    // Those learnt first go first.
    for (const [oldest, bytes] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) break;
      this.#cache.delete(oldest);
      this.#cachedBytes -= bytes.length + RECORD_WEIGHT;
    }
  }

  #ask<K extends RecordsAnswer["kind"]>(request: RecordsRequest, kind: K): Extract<RecordsAnswer, { kind: K }> {
    if (this.#isClosed) throw new EngineError("node.engine.closed", "the store of states is closed", this.#path);
    this.#port.postMessage(request);
    return this.#await(kind);
  }

  #await<K extends RecordsAnswer["kind"]>(kind: K): Extract<RecordsAnswer, { kind: K }> {
    const answer = this.#receive();
    if (answer.kind === "failed") throw this.#failure(answer.message);
    if (answer.kind !== kind) throw this.#failure(`answer ${answer.kind} instead of ${kind}`);
    return answer as Extract<RecordsAnswer, { kind: K }>; // its kind is K
  }

  #receive(): RecordsAnswer {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      // The count is read before the port, so that an answer between the two is not waited for.
      const count = Atomics.load(this.#signal, 0);
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message as RecordsAnswer;
      const left = deadline - performance.now();
      if (left <= 0) throw this.#failure(`no answer for ${PATIENCE_MS / 1000} s`);
      Atomics.wait(this.#signal, 0, count, left);
    }
  }

  #failure(message: string): EngineError {
    return new EngineError("node.engine.store", `the store of states ${this.#path}: ${message}`, this.#path);
  }
}
