// A node driven through many levels, with what it holds of memory on the way: nothing may grow with the levels.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BOB } from "../../l1/sandbox/chain.js";
import { originate } from "../../l1/sandbox/rollup.js";
import { SENDERS, startMessageChain } from "./chain-with-messages.js";
import { NodeProcess, type ProcessScripts } from "./node-process.js";
import type { ProbeAnswer } from "./probe.js";

export interface MemoryOptions extends ProcessScripts {
  readonly kernel: Uint8Array;
  readonly seed: number;
  readonly levels: number;
  /** Levels before the first sample counts: caches fill, code is compiled. */
  readonly warmUp: number;
  /** Levels between two samples. */
  readonly every: number;
  readonly progress?: (done: number) => void;
  readonly nodeArgs?: readonly string[];
}

export interface Sample {
  /** Levels processed so far. */
  readonly levels: number;
  /** Bytes of heap in use, of all threads. */
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  readonly main: number;
  /** Seconds of processor time since the start. */
  readonly cpu: number;
  readonly threads: ProbeAnswer["threads"];
}

export interface MemoryRun {
  readonly samples: readonly Sample[];
  /** Bytes of the node's databases at the end. */
  readonly stored: number;
}

/** Numbers below 2^32 from a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const MAX_MESSAGES = 4;
const MAX_MESSAGE_BYTES = 64;

export async function memoryRun(options: MemoryOptions): Promise<MemoryRun> {
  const { kernel, seed, levels, warmUp, every, progress = () => undefined, ...scripts } = options;
  const random = randomNumbers(seed);
  const folder = mkdtempSync(join(tmpdir(), "tickproof-memory-"));
  const world = await startMessageChain();
  const { chain } = world;
  const rollup = originate(chain, BOB, kernel);
  const node = await NodeProcess.start({ ...scripts, folder, endpoint: world.endpoint, rollup });
  try {
    await node.reached(chain.level);
    const samples: Sample[] = [];
    for (let done = 0; done < levels; ) {
      const sender = SENDERS[random() % SENDERS.length];
      const messages = Array.from({ length: random() % MAX_MESSAGES }, () =>
        new Uint8Array(1 + (random() % MAX_MESSAGE_BYTES)).map(() => random() & 0xff),
      );
      if (sender !== undefined && messages.length > 0) {
        chain.inject(sender, { kind: "smart_rollup_add_messages", messages });
      }
      chain.bake();
      await node.reached(chain.level);
      await node.get(`/global/block/${chain.level}/durable/wasm_2_0_0/subkeys?key=/kernel`);
      done++;
      progress(done);
      if (done >= warmUp && (done - warmUp) % every === 0) samples.push(sampleOf(done, await node.probe()));
    }
    return { samples, stored: storedBytes(join(folder, "data")) };
  } finally {
    await node.stop();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sampleOf(levels: number, { threads, rss, cpu }: ProbeAnswer): Sample {
  const sum = (of: (thread: ProbeAnswer["threads"][number]) => number): number =>
    threads.reduce((total, thread) => total + of(thread), 0);
  return {
    levels,
    heap: sum(({ heapUsed }) => heapUsed),
    external: sum(({ external }) => external),
    rss,
    main: threads[0]?.heapUsed ?? 0,
    cpu,
    threads,
  };
}

function storedBytes(directory: string): number {
  return ["store.sqlite", "states.sqlite"].reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
}

/** Growth of a figure for each level, by least squares. */
export function growthPerLevel(samples: readonly Sample[], figure: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const level = mean(({ levels }) => levels);
  const value = mean(figure);
  const covariance = mean((sample) => (sample.levels - level) * (figure(sample) - value));
  const variance = mean(({ levels }) => (levels - level) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}

/** Bytes a level, over all threads: less than what a level's own block and messages take. */
const MAX_HEAP_GROWTH = 3000;
/** Processor time of a level in the last third over that in the first. */
const MAX_SLOWDOWN = 1.5;

/** Lines for people. */
export function memoryFigures({ samples, stored }: MemoryRun): string[] {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("no samples");
  const heap = growthPerLevel(samples, (sample) => sample.heap);
  const external = growthPerLevel(samples, (sample) => sample.external);
  const rss = growthPerLevel(samples, (sample) => sample.rss);
  return [
    `heaps of all threads ${mb(first.heap)} MB after ${first.levels} levels, ${mb(last.heap)} MB after ${last.levels}: ${heap.toFixed(0)} bytes a level`,
    `outside of heaps ${mb(first.external)} MB, ${mb(last.external)} MB: ${external.toFixed(0)} bytes a level`,
    `resident ${mb(first.rss)} MB, ${mb(last.rss)} MB: ${rss.toFixed(0)} bytes a level`,
    `threads (heap, outside), MB: ${last.threads.map(({ thread, heapUsed, external: more }) => `${thread}: ${mb(heapUsed)}, ${mb(more)}`).join("; ")}`,
    `processor time of a level ${(1000 * cpuPerLevel(samples)).toFixed(1)} ms; ${slowdown(samples).toFixed(2)} times as much at the end as at the start`,
    `databases ${mb(stored)} MB`,
  ];
}

function cpuPerLevel(samples: readonly Sample[]): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.levels === first.levels) return 0;
  return (last.cpu - first.cpu) / (last.levels - first.levels);
}

function slowdown(samples: readonly Sample[]): number {
  const third = Math.max(2, Math.ceil(samples.length / 3));
  return cpuPerLevel(samples.slice(-third)) / cpuPerLevel(samples.slice(0, third));
}

/** Raises when a figure grows with the levels. */
export function checkMemory({ samples }: MemoryRun, figures: readonly string[], maxHeapGrowth = MAX_HEAP_GROWTH): void {
  const heap = growthPerLevel(samples, (sample) => sample.heap + sample.external);
  if (heap > maxHeapGrowth) throw new Error(`memory grows by ${heap.toFixed(0)} bytes a level\n${figures.join("\n")}`);
  const slower = slowdown(samples);
  if (slower > MAX_SLOWDOWN) throw new Error(`levels become slower: ${slower.toFixed(2)} times\n${figures.join("\n")}`);
}
