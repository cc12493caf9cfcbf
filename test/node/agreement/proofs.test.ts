// Proof first: `tickproof verify` takes what a node answers for random ticks of random levels. More of it: `npm run soak -- node-proofs`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledProgram } from "../../compiled-program.js";
import { describeShared } from "../../shared-data.js";
import { proofRounds } from "./proof-rounds.js";
import { KERNELS, WITHDRAWAL } from "./world.js";

const SEED = Number(process.env["SEED"] ?? 20_261_124);
const TICKS = 4;

describeShared("a node proves", [...Object.values(KERNELS), WITHDRAWAL], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-proofs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("random ticks of a large kernel", { timeout: 600_000 }, async () => {
    const options = { main: compiledProgram(), folder, kernel: "tx", levels: 3, ticks: TICKS, seed: SEED } as const;
    const { times, phases, largest, busiest } = await proofRounds(options);
    console.log(
      `seed ${SEED}: ${times.map(Math.round).join(", ")} ms, ${[...phases].join(", ")}; levels of ${busiest} ticks`,
    );
    expect(times).toHaveLength(TICKS);
    expect(largest).toBeLessThanOrEqual(30_000);
    expect(busiest).toBeGreaterThan(1_000_000n);
  });
});
