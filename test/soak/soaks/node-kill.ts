// An operator's node killed (kill -9) fifty times; the short form is test/node/faults/kill.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killNode } from "../../node/faults/killed-node.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));

export const soak: Soak = {
  about: "tickproof node (operator, batcher) killed at random moments: no level lost, nothing sent twice",
  rounds: 50,
  async run({ seed, rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-node-kill-"));
    try {
      const { levels, messages, commitments, cemented, kills } = await killNode({
        main: MAIN,
        folder,
        seed,
        rounds,
        progress,
      });
      return [
        `${levels} levels, ${messages} messages, ${commitments} commitments, ${cemented} cemented`,
        `kills by what they followed: ${Object.entries(kills)
          .map(([moment, count]) => `${moment} ${count}`)
          .join(", ")}`,
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
