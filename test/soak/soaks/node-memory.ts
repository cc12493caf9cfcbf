// A node driven through thousands of levels: what it holds of memory does not grow with them, nor does the time that one takes. The short form
// is in test/node/load/memory.test.ts.
import { fileURLToPath } from "node:url";
import { assemble } from "../../l1/sandbox/rollup.js";
import { checkMemory, memoryFigures, memoryRun } from "../../node/load/memory-rounds.js";
import type { Soak } from "../soak.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Until then caches fill and code is compiled. */
const WARM_UP_SHARE = 0.4;
const SAMPLES = 25;

export const soak: Soak = {
  about: "a node through levels of random messages: neither memory nor the time of a level grows with them",
  rounds: 2000,
  async run({ seed, rounds, progress }) {
    const warmUp = Math.max(1, Math.floor(rounds * WARM_UP_SHARE));
    const run = await memoryRun({
      main: at("../../../src/cli/main.js"),
      probe: at("../../node/load/probe.js"),
      kernel: assemble("echo"),
      seed,
      levels: rounds,
      warmUp,
      every: Math.max(1, Math.floor((rounds - warmUp) / SAMPLES)),
      progress,
    });
    const figures = memoryFigures(run);
    checkMemory(run, figures);
    return figures;
  },
};
