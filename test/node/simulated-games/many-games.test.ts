// A few games at once against one honest node; twenty are `npm run soak -- many-games`.
import { expect, it } from "vitest";
import { QUICK } from "../../l1/sandbox/chain.js";
import { manyGamesFigures, playManyGames } from "./many-games.js";

const SEED = Number(process.env["SEED"] ?? 20_261_124);

it(`an honest node wins several games at once (seed ${SEED})`, async () => {
  const figures = await playManyGames({ seed: SEED, games: 3, constants: QUICK, threads: false });
  console.log(manyGamesFigures(figures).join("\n"));
  expect(figures.atOnce).toBe(3);
  expect(figures.blocksUsed).toBeLessThan(figures.timeout);
});
