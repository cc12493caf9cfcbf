// Many games, from a seed: worlds one after another, and some liars at each.
import { Source } from "../../fuzz/choices.js";
import { ProtocolBoard } from "./board.js";
import { LIARS } from "./chain-board.js";
import { makeRandomTable, makeRandomWorld } from "./kernels.js";
import type { Proofs } from "./liar.js";
import { makeLie } from "./lies.js";
import { type Played, playGame } from "./simulate.js";

/** Draws of a seed: xorshift32 over a well-mixed start. */
export function seededSource(seed: number, most: number): Source {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ (seed >>> 13) ^ 0x5bd1_e995 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  return new Source((bound) => next() % bound, most);
}

/** Games about the same levels: states are shared between them. */
const GAMES_OF_WORLD = 4;
const MOST_CHOICES = 1_000_000;
/** Proofs kept to be replayed. */
const MOST_PROOFS = 50;
/** One world in so many is on a sandbox chain. */
const CHAINS = 4;

export interface SimulationOptions {
  readonly seed: number;
  /** Games. */
  readonly rounds: number;
  /** Worlds of the transaction kernel, of a hundred; 2 unless given. */
  readonly percentOfLarge?: number;
  readonly progress?: (done: number) => void;
}

/** Plays at most `most` games about one rollup; `onGame` hears of each. */
async function* playWorld(source: Source, percentOfLarge: number): AsyncGenerator<Played> {
  const proofs: Proofs = [];
  const world = await makeRandomWorld(source, { percentOfLarge });
  try {
    for (let game = 0; game < GAMES_OF_WORLD; game++) {
      const lie = await makeLie(world, source);
      const openBoard = (refuter: "honest" | "liar") =>
        new ProtocolBoard({ world, claim: lie.claims.claim, refuter, honestIsFirst: source.below(2) === 0 });
      yield await playGame({ world, lie, source, proofs, openBoard });
      proofs.splice(0, proofs.length - MOST_PROOFS);
    }
  } finally {
    await world.dispose();
  }
}

async function* playChain(source: Source): AsyncGenerator<Played> {
  const proofs: Proofs = [];
  const table = await makeRandomTable(source);
  const { world } = table;
  try {
    const lies = [];
    for (const account of LIARS) lies.push({ account, lie: await makeLie(world, source) });
    table.publish(lies.map(({ lie }) => lie.claims.claim));
    for (const { account, lie } of lies) {
      const played = await playGame({
        world: { ...world, name: `${world.name} on a chain` },
        lie,
        source,
        proofs,
        openBoard: (refuter) => table.open(account, lie.claims.claim, refuter),
      });
      yield played;
      // A draw takes the honest one's stake too.
      if (played.result.kind === "draw") return;
    }
  } finally {
    await world.dispose();
  }
}

/** Plays games; raises Error, with the seed of the world, at the first that is not as it should be. */
export async function simulateGames(options: SimulationOptions): Promise<readonly Played[]> {
  const { seed, rounds, percentOfLarge = 2, progress } = options;
  const played: Played[] = [];
  for (let number = 0; played.length < rounds; number++) {
    const worldSeed = (seed + number) >>> 0;
    const source = seededSource(worldSeed, MOST_CHOICES);
    try {
      const games = source.below(CHAINS) === 0 ? playChain(source) : playWorld(source, percentOfLarge);
      for await (const game of games) {
        played.push(game);
        progress?.(played.length);
        if (played.length === rounds) break;
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${worldSeed} (--seed ${worldSeed} --rounds ${GAMES_OF_WORLD}): ${text}`, { cause: error });
    }
  }
  return played;
}

function tally<T extends string>(items: readonly T[]): string {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([item, count]) => `${item} ${count}`)
    .join(", ");
}

/** Lines for reports. */
export function figuresOf(played: readonly Played[]): readonly string[] {
  const outcomes = played.map(({ result }) => (result.kind === "draw" ? "drawn" : `won (${result.reason})`));
  const longest = played.reduce((most, each) => (each.moves > most.moves ? each : most));
  return [
    `${played.length} games: ${tally(outcomes)}`,
    `kernels: ${tally(played.map(({ world }) => world))}`,
    `lies: ${tally(played.map(({ lie }) => lie))}`,
    `manners: ${tally(played.map(({ manner }) => manner))}`,
    `refused: ${tally(played.flatMap(({ refused }) => refused))}`,
    `most moves ${longest.moves} (bound ${longest.bound}); largest proof ${Math.max(...played.map(({ proofBytes }) => proofBytes))} bytes`,
  ];
}
