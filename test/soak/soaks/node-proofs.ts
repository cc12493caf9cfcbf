// Step proofs of random ticks, asked of a node; the short form is test/node/agreement/proofs.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { proofRounds } from "../../node/agreement/proof-rounds.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));
const LEVELS = 8;

export const soak: Soak = {
  about:
    "a node proves random ticks of random levels of a large kernel, and tickproof verify takes the proofs; rounds are ticks",
  rounds: 60,
  async run({ seed, rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-proofs-"));
    try {
      const options = { main: MAIN, folder, kernel: "tx", levels: LEVELS, ticks: rounds, seed, progress } as const;
      const { times, phases, largest, busiest } = await proofRounds(options);
      const at = (share: number): string => `${Math.round(times[Math.floor((times.length - 1) * share)] ?? 0)} ms`;
      return [
        `${times.length} proofs of levels of up to ${busiest} ticks without padding; phases: ${[...phases].join(", ")}`,
        `time to answer: median ${at(0.5)}, nine of ten in ${at(0.9)}, all in ${at(1)}; the largest proof has ${largest} bytes`,
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
