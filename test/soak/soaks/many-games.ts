// Twenty games at once against one honest node, its engine in threads; the short form is in test/node/simulated-games/many-games.test.ts.
import { QUICK } from "../../l1/sandbox/chain.js";
import { manyGamesFigures, playManyGames } from "../../node/simulated-games/many-games.js";
import type { Soak } from "../soak.js";

export const soak: Soak = {
  about: "games at once (a round is one) against one honest node on a chain that times out after 10 blocks",
  rounds: 20,
  async run({ seed, rounds, progress }) {
    const options = { seed, games: rounds, constants: QUICK, threads: true, progress };
    return manyGamesFigures(await playManyGames(options));
  },
};
