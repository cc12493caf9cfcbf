// Two nodes, one of them restarted at random, and `tickproof run`: a tenth of `npm run soak -- node-agreement`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { describeShared } from "../../shared-data.js";
import { agreementRounds } from "./agreement-rounds.js";
import { KERNELS, WITHDRAWAL } from "./world.js";

/** The long form of the tests: `FULL=1 npm test`. */
const FULL = process.env["FULL"] === "1";

const SEED = Number(process.env["SEED"] ?? 20_261_124);

describeShared("a node that is restarted and one that never is", [...Object.values(KERNELS), WITHDRAWAL], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-agreement-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([["echo", 50], ...(FULL ? ([["tx", 50]] as const) : [])] as const)(
    "agree, and with tickproof run: %s, %i levels",
    { timeout: 600_000 },
    async (kernel, levels) => {
      const start = performance.now();
      const options = { main: compiledProgram(), folder: join(folder, kernel), kernel, levels, seed: SEED };
      const agreement = await agreementRounds(options);
      console.log(`seed ${SEED}: ${JSON.stringify(agreement)}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
      expect(agreement.levels).toBeGreaterThan(levels);
      expect(agreement.replayed).toBe(3);
      if (kernel === "echo") expect(agreement.restarts).toBeGreaterThan(0);
    },
  );
});
