// Games of random liars: what the honest player does is done again offline, and the judge finds for it.
import { expect, it } from "vitest";
import { randomGames } from "./random-games.js";

const SEED = Number(process.env["SEED"] ?? 20_261_124);

it("makes the honest moves and the right judgement in games of random liars", async () => {
  const { games, moves } = await randomGames({ seed: SEED, rounds: 6 });
  expect(games).toBe(6);
  expect(moves).toBeGreaterThan(6);
}, 300_000);
