// Loaded into a node's process before its program (node --expose-gc --import probe.js), which knows nothing of it: tells, when asked over the
// process's channel, what memory every thread holds after a collection, and how long the main thread's loop has kept others waiting. Imports
// nothing of ours, so that it can be compiled by itself.

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";

const CHANNEL = "tickproof-memory-probe";
const RESOLUTION_MS = 5;

/** Bytes of one thread's heap, in use after a collection, and of what hangs on it outside. */
export interface ThreadMemory {
  readonly thread: number;
  readonly heapUsed: number;
  readonly external: number;
}

export interface ProbeAnswer {
  readonly id: number;
  readonly rss: number;
  /** The main thread (0) comes first. */
  readonly threads: readonly ThreadMemory[];
  /** Milliseconds by which timers of the main thread came late, since the last answer. */
  readonly delay: { readonly p99: number; readonly max: number };
  /** Seconds of processor time, of all threads since the start. */
  readonly cpu: number;
}

type Note =
  | { readonly kind: "hello"; readonly thread: number }
  | { readonly kind: "ask"; readonly id: number }
  | { readonly kind: "answer"; readonly id: number; readonly memory: ThreadMemory };

function memoryHere(): ThreadMemory {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { thread: threadId, heapUsed, external };
}

const channel = new BroadcastChannel(CHANNEL);
const tell = (note: Note): void => channel.postMessage(note);
const onNote = (hear: (note: Note) => void): void => {
  channel.onmessage = (event) => hear((event as { data: Note }).data);
};

function serveThread(): void {
  onNote((note) => {
    if (note.kind === "ask") tell({ kind: "answer", id: note.id, memory: memoryHere() });
  });
  tell({ kind: "hello", thread: threadId });
}

interface Question {
  readonly threads: Map<number, ThreadMemory>;
  readonly done: () => void;
}

function serveProcess(): void {
  const threads = new Set<number>();
  const questions = new Map<number, Question>();
  const delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  onNote((note) => {
    if (note.kind === "hello") threads.add(note.thread);
    if (note.kind !== "answer") return;
    const question = questions.get(note.id);
    question?.threads.set(note.memory.thread, note.memory);
    if (question !== undefined && question.threads.size >= threads.size) question.done();
  });
  process.on("message", (id: number) => {
    const late = { p99: delay.percentile(99) / 1e6 - RESOLUTION_MS, max: delay.max / 1e6 - RESOLUTION_MS };
    delay.reset();
    const found = new Map<number, ThreadMemory>();
    const done = (): void => {
      questions.delete(id);
      const { user, system } = process.cpuUsage();
      const answer: ProbeAnswer = {
        id,
        rss: process.memoryUsage.rss(),
        threads: [memoryHere(), ...[...found.values()].sort((a, b) => a.thread - b.thread)],
        delay: late,
        cpu: (user + system) / 1e6,
      };
      process.send?.(answer);
      // The collections asked for are nobody else's delay.
      delay.reset();
    };
    if (threads.size === 0) return done();
    questions.set(id, { threads: found, done });
    tell({ kind: "ask", id });
  });
  process.channel?.unref();
}

if (isMainThread) serveProcess();
else serveThread();
channel.unref();
