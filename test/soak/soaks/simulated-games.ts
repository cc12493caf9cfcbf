// The honest player against liars of all kinds, over random and real kernels; the short form is in
// test/node/simulated-games/simulated-games.test.ts.
import { figuresOf, simulateGames } from "../../node/simulated-games/rounds.js";
import type { Soak } from "../soak.js";

export const soak: Soak = {
  about: "random liars about random and real kernels, against the node's player: it never loses",
  rounds: 1000,
  async run(options) {
    return figuresOf(await simulateGames(options));
  },
};
