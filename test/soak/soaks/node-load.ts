// The loads of issue 5: ten thousand messages in a level, straight and through the batcher; two hundred clients of the RPC while kernel runs of 40
// million ticks are evaluated, whose 99th percentile must stay below 100 ms. To be run on a machine with nothing else to do: the figures
// of docs/performance.md. The short forms are in test/node/load.
import { fileURLToPath } from "node:url";
import { assemble } from "../../l1/sandbox/rollup.js";
import { largeLevelFigures } from "../../node/load/large-level.js";
import { loadFigures, loadRounds } from "../../node/load/load-rounds.js";
import type { Soak } from "../soak.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const CLIENTS = 200;
/** Requests a second of the load at a pace. */
const RATE = 400;
const TICKS = 40_000_000;
const MESSAGES = 10_000;
const MAX_P99_MS = 100;

export const soak: Soak = {
  about: "10,000 messages in a level, and 200 clients while runs of 40 M ticks are evaluated: p99 under 100 ms",
  rounds: 10,
  async run({ rounds, progress }) {
    const figures = await largeLevelFigures(assemble("echo"), MESSAGES);
    const loads = await loadRounds({
      main: at("../../../src/cli/main.js"),
      probe: at("../../node/load/probe.js"),
      clients: CLIENTS,
      ticks: TICKS,
      messages: MESSAGES,
      levels: rounds,
      rate: RATE,
      progress: (levels) => progress(Math.min(rounds, Math.floor(levels / 3))),
    });
    figures.push(...loadFigures(loads));
    const [paced] = loads;
    if (paced === undefined || paced.p99 >= MAX_P99_MS) {
      throw new Error(`the 99th percentile is ${paced?.p99.toFixed(1)} ms\n${figures.join("\n")}`);
    }
    return figures;
  },
};
