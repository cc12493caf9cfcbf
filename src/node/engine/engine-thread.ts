// The engine in a worker thread: the same port, calls going over as messages, so that the node's own thread answers while ticks run.

import { setTimeout as delay } from "node:timers/promises";
import { type ResourceLimits, Worker } from "node:worker_threads";
import type { StateHash } from "../../protocol/identifiers.js";
import type { PvmVersion } from "../../pvm/versions.js";
import type {
  Engine,
  EngineNews,
  Evaluated,
  Evaluation,
  PhaseSpan,
  PvmPatch,
  Simulated,
  Simulation,
  Stretch,
  TickProof,
  TickView,
} from "./engine.js";
import { EngineError, type EngineErrorCode } from "./errors.js";
import type { RevealRules, RevealSettings } from "./reveals.js";

/** Methods that go over. */
export type EngineMethod = Exclude<keyof Engine, "close">;

export interface EngineCall {
  readonly id: number;
  readonly method: EngineMethod | "close";
  readonly args: readonly unknown[];
}

export type EngineMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: PrintedError }
  | { readonly kind: "news"; readonly news: readonly EngineNews[] };

/** An error on its way between threads. */
export interface PrintedError {
  readonly code?: string;
  readonly message: string;
  readonly about?: string;
  readonly stack?: string;
}

export interface EngineWorkerData {
  /** Database of Merkle nodes. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly reveals: RevealSettings;
  readonly checkpoints?: number;
}

export interface EngineThreadOptions extends EngineWorkerData {
  readonly onNews?: (news: EngineNews) => void;
  /** The compiled engine-worker.js, where this file is not run from its compiled form. */
  readonly script?: URL;
  /** Of the thread's memory. */
  readonly resourceLimits?: ResourceLimits;
}

/**
 * States are made of many small nodes that live as long as one hash takes: the less often the young ones are collected, the fewer are moved. A
 * thread takes this room only while it computes.
 */
const YOUNG_GENERATION_MB = 96;

/** Calls that wait for an answer. */
const MAX_CALLS = 10_000;
const CLOSE_GRACE_MS = 1000;

/** Milliseconds that the thread's messages may take before others have their turn. */
const AT_ONCE_MS = 5;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class EngineThread implements Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onNews: (news: EngineNews) => void;
  readonly #received: EngineMessage[] = [];
  #nextId = 0;
  #end: unknown;

  private constructor({ onNews, script, resourceLimits, ...data }: EngineThreadOptions, ready: Waiting) {
    this.#onNews = onNews ?? (() => undefined);
    this.#worker = new Worker(script ?? new URL("./engine-worker.js", import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, ...resourceLimits },
    });
    this.#waiting.set(-1, ready);
    this.#worker.on("message", (message: EngineMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(died(data.path, error)));
    this.#worker.on("exit", (code) => this.#fail(died(data.path, new Error(`it has ended with ${code}`))));
  }

  /** Raises EngineError "node.engine.store" when the store of states cannot be opened. */
  static async start(options: EngineThreadOptions): Promise<EngineThread> {
    let engine: EngineThread | undefined;
    await new Promise<unknown>((resolve, reject) => {
      engine = new EngineThread(options, { resolve, reject });
    });
    return engine as EngineThread; // made in the promise
  }

  /**
   * Messages are taken in order, a few milliseconds' worth at a time: a kernel that prints much is not to keep everybody else waiting.
   */
  #receive(message: EngineMessage): void {
    this.#received.push(message);
    if (this.#received.length === 1) this.#takeIn();
  }

  #takeIn(): void {
    const start = performance.now();
    try {
      while (performance.now() - start < AT_ONCE_MS) {
        const message = this.#received.shift();
        if (message === undefined) return;
        this.#take(message);
      }
    } finally {
      if (this.#received.length > 0) setImmediate(() => this.#takeIn());
    }
  }

  #take(message: EngineMessage): void {
    if (message.kind === "news") {
      for (const news of message.news) this.#onNews(news);
      return;
    }
    const id = message.kind === "ready" ? -1 : message.id;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message.kind === "error") waiting?.reject(revived(message.error));
    else waiting?.resolve(message.kind === "ready" ? undefined : message.value);
  }

  #fail(error: unknown): void {
    this.#end ??= error;
    for (const message of this.#received.splice(0)) this.#take(message);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }

  #call<M extends EngineMethod>(method: M, ...args: Parameters<Engine[M]>): ReturnType<Engine[M]> {
    return this.#send(method, args) as ReturnType<Engine[M]>; // the worker answers with what the method gives
  }

  #send(method: EngineCall["method"], args: readonly unknown[]): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#waiting.size >= MAX_CALLS) {
      return Promise.reject(new EngineError("node.engine.closed", "too many calls wait for the engine", method));
    }
    const id = this.#nextId++;
    const call: EngineCall = { id, method, args };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  genesis(kernel: Uint8Array, version: PvmVersion, patches: readonly PvmPatch[]): Promise<StateHash> {
    return this.#call("genesis", kernel, version, patches);
  }
  evaluate(evaluation: Evaluation): Promise<Evaluated> {
    return this.#call("evaluate", evaluation);
  }
  statesAt(stretch: Stretch, ticks: readonly bigint[]): Promise<readonly TickView[]> {
    return this.#call("statesAt", stretch, ticks);
  }
  prove(stretch: Stretch, tick: bigint): Promise<TickProof> {
    return this.#call("prove", stretch, tick);
  }
  phases(stretch: Stretch): Promise<readonly PhaseSpan[]> {
    return this.#call("phases", stretch);
  }
  simulate(simulation: Simulation): Promise<Simulated> {
    return this.#call("simulate", simulation);
  }
  treeValue(state: StateHash, key: readonly string[]): Promise<Uint8Array | null> {
    return this.#call("treeValue", state, key);
  }
  durableValue(state: StateHash, key: string): Promise<Uint8Array | null> {
    return this.#call("durableValue", state, key);
  }
  durableLength(state: StateHash, key: string): Promise<bigint | null> {
    return this.#call("durableLength", state, key);
  }
  durableSubkeys(state: StateHash, key: string): Promise<readonly string[]> {
    return this.#call("durableSubkeys", state, key);
  }
  durableValues(state: StateHash, key: string): ReturnType<Engine["durableValues"]> {
    return this.#call("durableValues", state, key);
  }
  durableDump(state: StateHash): ReturnType<Engine["durableDump"]> {
    return this.#call("durableDump", state);
  }
  currentLevel(state: StateHash): Promise<number | null> {
    return this.#call("currentLevel", state);
  }
  status(state: StateHash): Promise<string> {
    return this.#call("status", state);
  }
  outbox(state: StateHash, outboxLevel: number): Promise<readonly Uint8Array[]> {
    return this.#call("outbox", state, outboxLevel);
  }
  proveOutput(state: StateHash, outboxLevel: number, index: number): Promise<Uint8Array> {
    return this.#call("proveOutput", state, outboxLevel, index);
  }
  setRevealRules(rules: RevealRules): Promise<void> {
    return this.#call("setRevealRules", rules);
  }

  /** What is being computed is cut off after a second. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    const closed = this.#send("close", []).catch(() => undefined);
    await Promise.race([closed, delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
    this.#end ??= new EngineError("node.engine.closed", "the engine is closed", "close");
    await this.#worker.terminate();
  }
}

function revived({ code, message, about, stack }: PrintedError): Error {
  if (code?.startsWith("node.engine.") === true) {
    return new EngineError(code as EngineErrorCode, message, about ?? ""); // printed from an EngineError
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, code === undefined ? {} : { code });
}

/** What ends a thread that nobody has closed: "JavaScript heap out of memory", for one. */
function died(path: string, cause: unknown): unknown {
  // What it raises before it is ready is told as it is.
  if (cause instanceof Error && "code" in cause && String(cause.code).startsWith("node.engine.")) {
    return revived(cause as Error & PrintedError); // EngineError has what is printed of it
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError("node.engine.died", `the engine's thread on ${path} has died: ${reason}`, path, { cause });
}
