// The node's player against liars of all kinds: a tenth of `npm run soak -- simulated-games`.
import { describe, expect, it } from "vitest";
import { figuresOf, simulateGames } from "./rounds.js";
import { MOST_PROOF_BYTES } from "./simulate.js";

const SEED = Number(process.env["SEED"] ?? 20_261_124);

describe("the honest player", () => {
  it(`never loses, whatever it plays against (seed ${SEED})`, async () => {
    const played = await simulateGames({ seed: SEED, rounds: 100 });
    console.log(figuresOf(played).join("\n"));
    expect(played).toHaveLength(100);
    // Draws are forced; everything else is won.
    expect(played.filter(({ result }) => result.kind === "loser").length).toBeGreaterThan(70);
    expect(new Set(played.flatMap(({ refused }) => refused)).size).toBeGreaterThan(6);
    expect(Math.max(...played.map(({ proofBytes }) => proofBytes))).toBeLessThan(MOST_PROOF_BYTES);
  });
});
