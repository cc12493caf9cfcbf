// Who is right by states of our own: all that a player has claimed is held against what the machine comes to.

import { type Chunk, stateEquals } from "../../../protocol/dissection.js";
import { opponentOf, type Player } from "../../../protocol/game.js";
import type { StateHash } from "../../../protocol/identifiers.js";
import type { Stretch } from "../../engine/engine.js";
import { statesOf } from "../next-move.js";
import type { Claim } from "./game-replay.js";
import type { OfflineRollup } from "./offline-rollup.js";

/** The first thing that a player says and that is not so. */
export interface FalseClaim {
  /** What the player claims. */
  readonly claim: Chunk;
  /** Our state there. */
  readonly own?: StateHash;
  /** The last tick before at which the player has claimed our state, or 0: the player errs between the two. */
  readonly trueUntil: bigint;
}

export interface OwnRuling {
  /** The one who has claimed nothing false; null when both have, or neither. */
  readonly right: Player | null;
  readonly falseClaims: { readonly [P in Player]?: FalseClaim };
}

/** Raises EngineError. */
export async function ownRuling(
  { engine }: Pick<OfflineRollup, "engine">,
  stretch: Stretch,
  claims: readonly Claim[],
): Promise<OwnRuling> {
  const ticks = [...new Set(claims.map(({ tick }) => tick))].sort((a, b) => (a < b ? -1 : 1));
  const states = await statesOf({ engine, stretch }, ticks);
  const own = new Map(ticks.map((tick, i) => [tick, states[i]]));
  const isTrue = ({ tick, state }: Claim): boolean => stateEquals(state, own.get(tick));
  const firstFalse = (player: Player): FalseClaim | undefined => {
    let first: Claim | undefined;
    for (const claim of claims) {
      if (claim.player !== player || isTrue(claim)) continue;
      if (first === undefined || claim.tick < first.tick) first = claim;
    }
    if (first === undefined) return undefined;
    const { player: _player, ...claim } = first;
    const state = own.get(claim.tick);
    const truths = claims.filter((each) => each.player === player && isTrue(each)).map(({ tick }) => tick);
    const trueUntil = truths.reduce((last, tick) => (tick < claim.tick && tick > last ? tick : last), 0n);
    return { claim, trueUntil, ...(state === undefined ? {} : { own: state }) };
  };
  const alice = firstFalse("alice");
  const bob = firstFalse("bob");
  const falseClaims = { ...(alice === undefined ? {} : { alice }), ...(bob === undefined ? {} : { bob }) };
  if ((alice === undefined) === (bob === undefined)) return { right: null, falseClaims };
  return { right: alice === undefined ? "alice" : opponentOf("alice"), falseClaims };
}
