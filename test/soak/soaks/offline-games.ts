// Games of random liars, their honest moves made again without a node, and judged from the chain's blocks; the short form is in
// test/node/games-offline/special-games.test.ts.
import { randomGames } from "../../node/games-offline/random-games.js";
import type { Soak } from "../soak.js";

export const soak: Soak = {
  about:
    "games of random liars: `refute` makes the honest moves from kernel and inputs, `judge` finds for the honest side",
  rounds: 300,
  async run(options) {
    const { games, moves, byProof } = await randomGames(options);
    return [`${games} games judged, ${byProof} decided by a proof; ${moves} honest moves made again`];
  },
};
