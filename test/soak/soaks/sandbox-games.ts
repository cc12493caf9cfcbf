// Refutation games of random liars against an honest player, on sandbox chains with real kernels; the short form is in
// test/l1/sandbox/games.test.ts.
import { randomLiars } from "../../l1/sandbox/random-liars.js";
import type { Soak } from "../soak.js";

export const soak: Soak = {
  about: "random liars against an honest player, real kernels and proofs: the honest one wins within the bound",
  rounds: 300,
  async run(options) {
    const { resolved, timeouts, mostMoves } = randomLiars(options);
    return [`${resolved} games won by proof, ${timeouts} by timeout; ${mostMoves} moves at most`];
  },
};
