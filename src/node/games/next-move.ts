// The honest next move of a game (node.md §3.8; reference: refutation_game.ml): a finer dissection of the first section that we do not agree
// with, or the proof of its one tick. "Honest" is about the states that this node has: a loser's are wrong.

import {
  chunkOf,
  type Dissection,
  firstDisagreement,
  WASM_TICKS_PER_SNAPSHOT,
  wasmDissectionRules,
} from "../../protocol/dissection.js";
import type { Game } from "../../protocol/game.js";
import type { StateHash } from "../../protocol/identifiers.js";
import { type AsyncInboxHistory, produceInboxProofAsync, serializeInboxProof } from "../../protocol/inbox-proof.js";
import type { InputProof, RevealProof } from "../../protocol/input-proof.js";
import type { Move, RefutationProof } from "../../protocol/refutation.js";
import { type RevealActivation, readRevealRequest } from "../../protocol/reveal.js";
import type { Engine, Stretch, TickProof } from "../engine/engine.js";

/** What a player plays from. */
export interface PlayerView {
  readonly engine: Pick<Engine, "statesAt" | "prove">;
  /** The disputed period. */
  readonly stretch: Stretch;
  readonly history: AsyncInboxHistory;
  readonly activation: RevealActivation;
  readonly onDissection?: (start: bigint, stop: bigint, dissection: Dissection) => void;
}

/** Why there is no move. */
export class NoMove extends Error {
  override readonly name = "NoMove";
  readonly code = "node.games.no_move";
}

const RULES = wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT);

/**
 * Raises NoMove for a game in which there is nothing that we disagree with, or nothing that can be proved; EngineError, InboxProofError.
 */
export async function nextMove(view: PlayerView, game: Game): Promise<Move> {
  const { gameState } = game;
  if (gameState.kind === "finalMove") {
    const { state, tick } = gameState.agreedStartChunk;
    if (state === undefined) throw new NoMove(`no proof starts at tick ${tick}: no machine gets there`);
    return proofMove(view, game, tick);
  }
  const ticks = gameState.dissection.map(({ tick }) => tick);
  return answerDissection(view, game, gameState, await statesOf(view, ticks));
}

/** The move against a dissection, `own` being our states at its ticks. Raises as `nextMove` does. */
export async function answerDissection(
  view: PlayerView,
  game: Game,
  { dissection, defaultNumberOfSections }: Extract<Game["gameState"], { readonly kind: "dissecting" }>,
  own: readonly (StateHash | undefined)[],
): Promise<Move> {
  const parted = firstDisagreement(dissection, own);
  if (parted === null) throw new NoMove("the opponent's dissection says nothing that we disagree with");
  const { agreed, ours } = parted;
  if (ours.tick - agreed.tick === 1n) {
    // Octez tells of this one, too.
    view.onDissection?.(agreed.tick, ours.tick, [agreed, ours]);
    return proofMove(view, game, agreed.tick);
  }
  const step = await dissect(view, agreed.tick, ours.tick, defaultNumberOfSections);
  view.onDissection?.(agreed.tick, ours.tick, step);
  return { kind: "move", choice: agreed.tick, step };
}

/** The dissection that an honest player submits for the ticks between two. */
export async function dissect(
  view: Pick<PlayerView, "engine" | "stretch">,
  start: bigint,
  stop: bigint,
  sections: number,
): Promise<Dissection> {
  const ticks = RULES.chooseTicks(start, stop, sections);
  const states = await statesOf(view, ticks);
  return ticks.map((tick, i) => chunkOf(tick, states[i]));
}

/** Our states at ticks of the period; undefined where our machine does not get. */
export async function statesOf(
  { engine, stretch }: Pick<PlayerView, "engine" | "stretch">,
  ticks: readonly bigint[],
): Promise<readonly (StateHash | undefined)[]> {
  const views = await engine.statesAt(stretch, ticks);
  return ticks.map((_, i) => views[i]?.state);
}

async function proofMove(view: PlayerView, game: Game, tick: bigint): Promise<Move> {
  return { kind: "move", choice: tick, step: await stepProof(view, game, tick) };
}

/** The proof of the step after a tick of the disputed period, with that of its input. */
export async function stepProof(view: PlayerView, game: Game, tick: bigint): Promise<RefutationProof> {
  const proved = await view.engine.prove(view.stretch, tick);
  const inputProof = await inputProofOf(view, game, proved);
  return inputProof === undefined ? { pvmStep: proved.proof } : { pvmStep: proved.proof, inputProof };
}

async function inputProofOf(
  { history, activation }: PlayerView,
  game: Game,
  { request }: TickProof,
): Promise<InputProof | undefined> {
  switch (request.tag) {
    case "none":
      return undefined;
    case "input": {
      if (request.after === null) return { kind: "firstInput" };
      const { level, counter } = request.after;
      const position = { level, counter: counter + 1n };
      const { proof } = await produceInboxProofAsync(history, game.inboxSnapshot, position);
      return { kind: "inbox", level, messageCounter: counter, serializedProof: serializeInboxProof(proof) };
    }
    case "reveal":
      return { kind: "reveal", proof: revealProof(request.request, request.data, request.level, activation) };
  }
}

function revealProof(
  request: Uint8Array,
  data: Uint8Array | null,
  level: number | undefined,
  activation: RevealActivation,
): RevealProof {
  const read = readRevealRequest(request, level, activation);
  switch (read.kind) {
    case "rawData":
      if (data === null) throw new NoMove("the preimage that the machine asks for is not known");
      return { kind: "rawData", rawData: data };
    case "metadata":
      return { kind: "metadata" };
    case "dalParameters":
      return { kind: "dalParameters" };
    case "dalPage":
    case "adaptiveDalPage":
      throw new NoMove("pages of the DAL are not served, so nothing can be proved about them");
  }
}
