// A tenth of the soak game-kill.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { describeShared } from "../../shared-data.js";
import { gameKillRounds } from "./kill-rounds.js";
import { ECHO } from "./play.js";

describeShared("a node killed in a game", [ECHO], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-game-kill-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("goes on and wins", { timeout: 900_000 }, async () => {
    const options = { seed: 20_261_124, rounds: 2, progress: () => undefined };
    const { kills, unhurt } = await gameKillRounds(options, { program: compiledProgram(), folder });
    expect(kills).toBeGreaterThan(0);
    expect(unhurt).toBeLessThan(2);
  });
});
