// Two nodes, one of them restarted at random; the short form is test/node/agreement/agreement.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agreementRounds } from "../../node/agreement/agreement-rounds.js";
import type { KernelName } from "../../node/agreement/world.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));
const KERNELS: readonly KernelName[] = ["echo", "tx"];

export const soak: Soak = {
  about:
    "two nodes, one restarted at random, agree at every level, and with tickproof run; rounds are levels, for each of two kernels",
  rounds: 500,
  async run({ seed, rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-agreement-"));
    const lines: string[] = [];
    try {
      for (const [index, kernel] of KERNELS.entries()) {
        const start = performance.now();
        const agreement = await agreementRounds({
          main: MAIN,
          folder: join(folder, kernel),
          kernel,
          levels: rounds,
          seed,
          progress: (done) => progress(Math.floor((index * rounds + done) / KERNELS.length)),
        });
        const { levels, restarts, messages, commitments, cementedLevel, replayed } = agreement;
        const seconds = ((performance.now() - start) / 1000).toFixed(0);
        lines.push(
          `${kernel}: ${levels} levels the same, ${messages} messages, ${restarts} restarts, ${commitments} commitments, ` +
            `cemented up to ${cementedLevel}, ${replayed} states run again, ${seconds} s`,
        );
      }
      return lines;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
