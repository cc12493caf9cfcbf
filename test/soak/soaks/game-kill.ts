// A node killed in the middle of games; the short form is test/e2e/refutation/game-kill.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gameKillRounds } from "../../e2e/refutation/kill-rounds.js";
import type { Soak } from "../soak.js";

/** The built program, beside the built tests. */
const MAIN = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));

export const soak: Soak = {
  about: "tickproof node killed at random moments of a refutation game: it goes on and wins",
  rounds: 20,
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-game-kill-"));
    try {
      const { rounds, kills, unhurt } = await gameKillRounds(options, { program: MAIN, folder });
      return [`${rounds} games won, ${kills} kills; ${unhurt} games over before the first`];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
