// The load that a node is put under: clients that ask at a pace and clients that ask as fast as they can, each while levels of many ticks are
// evaluated.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BOB } from "../../l1/sandbox/chain.js";
import { originate } from "../../l1/sandbox/rollup.js";
import { startMessageChain } from "./chain-with-messages.js";
import { NodeProcess, type ProcessScripts } from "./node-process.js";
import type { ProbeAnswer } from "./probe.js";
import { fullLevel, type Latencies, latencies, longLevel, rpcLoad, type Span, slowest } from "./rpc-load.js";
import { spinKernel } from "./spin-kernel.js";

export interface LoadRoundsOptions extends ProcessScripts {
  readonly clients: number;
  readonly ticks: number;
  /** Of a full level. */
  readonly messages: number;
  /** Levels of each kind of load. */
  readonly levels: number;
  /** Requests a second of the load at a pace. */
  readonly rate: number;
  readonly progress?: (levels: number) => void;
  readonly nodeArgs?: readonly string[];
}

export interface LoadRound extends Latencies {
  readonly name: string;
  /** Milliseconds that levels took. */
  readonly levels: readonly number[];
  /** Requests answered a second, while levels were evaluated. */
  readonly rate: number;
  readonly slowest: readonly string[];
  readonly delay: ProbeAnswer["delay"];
  /** Seconds of processor time that the node took, and that went by. */
  readonly cpu: number;
  readonly seconds: number;
}

export async function loadRounds(options: LoadRoundsOptions): Promise<LoadRound[]> {
  const { clients, levels, rate, ticks, messages, progress = () => undefined, nodeArgs = [], main, probe } = options;
  const folder = mkdtempSync(join(tmpdir(), "tickproof-load-"));
  const world = await startMessageChain();
  const { chain } = world;
  const rollup = originate(chain, BOB, spinKernel());
  const node = await NodeProcess.start({ main, probe, folder, endpoint: world.endpoint, rollup, nodeArgs });
  let done = 0;
  const long = (): Promise<Span> => longLevel(chain, node, ticks);
  const full = (): Promise<Span> => fullLevel(chain, node, messages);
  const round = async (name: string, pause: number, count: number, level = long): Promise<LoadRound> => {
    const stop = new AbortController();
    const before = await node.probe();
    const start = performance.now();
    const load = rpcLoad(node, { clients, pause, wholeBlocks: level === long, signal: stop.signal });
    const failed = load.then(() => undefined);
    const spans: Span[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const span = await Promise.race([level(), failed]);
        if (span === undefined) break;
        spans.push(span);
        progress(++done);
      }
    } finally {
      stop.abort();
    }
    const asked = await load;
    const seconds = (performance.now() - start) / 1000;
    const { delay, cpu } = await node.probe();
    const found = latencies(asked, spans);
    const evaluated = spans.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
    return {
      name,
      ...found,
      levels: spans.map(({ from, to }) => to - from),
      rate: found.count / evaluated,
      slowest: slowest(asked, spans, 5),
      delay,
      cpu: cpu - before.cpu,
      seconds,
    };
  };
  try {
    // Blocks that clients ask for, and code that is compiled.
    for (let i = 0; i < 4; i++) chain.bake();
    await node.reached(chain.level);
    const paced = (clients / rate) * 1000;
    await round("warming up", 0, 2);
    const rounds = [
      await round(`${clients} clients, ${rate} requests/s`, paced, levels),
      await round(`${clients} clients, each asking as soon as it is answered`, 0, levels),
    ];
    await round("warming up", paced, 2, full);
    const name = `${clients} clients, ${rate} requests/s but none of whole blocks, levels of ${messages} messages`;
    return [...rounds, await round(name, paced, levels, full)];
  } finally {
    await node.stop();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines for people. */
export function loadFigures(rounds: readonly LoadRound[]): string[] {
  const ms = (value: number): string => value.toFixed(1);
  return rounds.flatMap((round) => {
    const { name, count, rate, p50, p99, max, levels, delay, cpu, seconds } = round;
    const mean = levels.reduce((sum, level) => sum + level, 0) / Math.max(1, levels.length);
    return [
      `${name}: p50 ${ms(p50)} ms, p99 ${ms(p99)} ms, most ${ms(max)} ms; ${count} requests while levels were evaluated (${rate.toFixed(0)}/s)`,
      `  ${levels.length} levels, ${mean.toFixed(0)} ms each; the node's main loop late by p99 ${ms(delay.p99)}, most ${ms(delay.max)} ms; ${cpu.toFixed(1)} s of processor time in ${seconds.toFixed(1)} s`,
      ...round.slowest.map((line) => `  ${line}`),
    ];
  });
}
