// The sandbox killed (kill -9) a hundred times; the short form is test/l1/sandbox/store/kill.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killRounds } from "../../l1/sandbox/store/kill-rounds.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));

export const soak: Soak = {
  about: "tickproof sandbox --data-dir killed at random moments: no block it told of is lost or another",
  rounds: 100,
  async run({ seed, rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-kill-"));
    try {
      const { level, operations, early } = await killRounds({ main: MAIN, folder, seed, rounds, progress });
      return [`${level} blocks, ${operations} operations; ${early} rounds killed before it could serve`];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
