// Refutation games as values (protocol.md §4.1, §4.7): players, state, time left, results, and their encodings. How a move
// changes a game is in game-play.ts.

import { constant } from "../encoding/codecs.js";
import {
  type Form,
  type FormValue,
  formOf,
  mapped,
  objectForm,
  req,
  shapesForm,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { int31Form, uint8Form } from "../encoding/form-leaves.js";
import { isJsonObject, JsonError } from "../encoding/json.js";
import { type Commitment, commitmentForm } from "./commitment.js";
import { type DalSnapshot, dalSnapshotForm } from "./dal-history.js";
import { chunkForm, dissectionForm } from "./dissection.js";
import {
  commitmentHashForm,
  comparePublicKeyHashes,
  levelForm,
  type PublicKeyHash,
  publicKeyHashForm,
} from "./identifiers.js";
import { type LevelCell, levelCellForm } from "./inbox.js";

// ---- Players

export type Player = "alice" | "bob";

export function opponentOf(player: Player): Player {
  return player === "alice" ? "bob" : "alice";
}

/** One of a few names, by its byte in binary and its own text in JSON. */
function namesForm<N extends string>(name: string, texts: Readonly<Record<N, string>>): Form<N> {
  const entries = Object.entries(texts) as [N, string][]; // the keys of a Record<N, …> are of type N
  return shapesForm<N>(
    name,
    entries.map(([value, text], tag) => ({
      tag,
      is: (given) => given === value,
      fits: (json) => json === text,
      form: formOf<N>(
        constant(value),
        () => text,
        () => value,
      ),
    })),
  );
}

export const playerForm = namesForm<Player>("player", { alice: "alice", bob: "bob" });

/** The two stakers of a game: alice is the one whose key hash comes first. */
export interface Stakers {
  readonly alice: PublicKeyHash;
  readonly bob: PublicKeyHash;
}

/** Two stakers in the order of games. */
export function makeStakers(a: PublicKeyHash, b: PublicKeyHash): Stakers {
  return comparePublicKeyHashes(a, b) > 0 ? { alice: b, bob: a } : { alice: a, bob: b };
}

/** Which of the two a staker is; undefined for neither. */
export function playerOf(stakers: Stakers, staker: PublicKeyHash): Player | undefined {
  if (staker === stakers.alice) return "alice";
  return staker === stakers.bob ? "bob" : undefined;
}

const stakerFields = {
  alice: req("alice", publicKeyHashForm),
  bob: req("bob", publicKeyHashForm),
};

/** Read in any order, written in that of games. */
export const stakersForm: Form<Stakers> = mapped(
  objectForm("stakers", stakerFields),
  ({ alice, bob }) => makeStakers(alice, bob),
  (stakers) => stakers,
);

// ---- State

export const gameStateForm = variantsForm("game state", "kind", {
  dissecting: variant(
    0,
    { kind: "Dissecting" },
    {
      dissection: req("dissection", dissectionForm),
      defaultNumberOfSections: req("default_number_of_sections", uint8Form),
    },
  ),
  /** A first proof was refused: the opponent may validate the disputed tick. */
  finalMove: variant(
    1,
    { kind: "Final_move" },
    {
      agreedStartChunk: req("agreed_start_chunk", chunkForm),
      refutedStopChunk: req("refuted_stop_chunk", chunkForm),
    },
  ),
});

export type GameState = FormValue<typeof gameStateForm>;

const gameFields = {
  turn: req("turn", playerForm),
  /** Inbox at the start of the game: what inbox proofs are checked against. */
  inboxSnapshot: req("inbox_snapshot", levelCellForm),
  dalSnapshot: req("dal_snapshot", dalSnapshotForm),
  startLevel: req("start_level", levelForm),
  /** Inbox level of the disputed commitment. */
  inboxLevel: req("inbox_level", levelForm),
  gameState: req("game_state", gameStateForm),
};

/** `smart_rollup.game` of octez-codec, without the version byte. */
export const gameForm = objectForm("game", gameFields);

export type Game = FormValue<typeof gameForm>;

/** A game as the protocol stores it: version byte first. */
export const storedGameForm = variantsForm("versioned game", "version", { v1: variant(0, {}, gameFields) });

/** What a game starts from. */
export interface GameOpening {
  readonly refuter: PublicKeyHash;
  readonly defender: PublicKeyHash;
  readonly parentCommitment: Commitment;
  readonly defenderCommitment: Commitment;
  /** Cell of the inbox stored when the operation is applied: that of the level before. */
  readonly inboxSnapshot: LevelCell;
  readonly dalSnapshot: DalSnapshot;
  readonly startLevel: number;
  readonly defaultNumberOfSections: number;
}

/** The refuter moves first, against the defender's claim: its state after its ticks, and none one tick later. */
export function initialGame(opening: GameOpening): Game {
  const { refuter, defender, parentCommitment, defenderCommitment } = opening;
  const ticks = defenderCommitment.numberOfTicks;
  return {
    turn: makeStakers(refuter, defender).alice === refuter ? "alice" : "bob",
    inboxSnapshot: opening.inboxSnapshot,
    dalSnapshot: opening.dalSnapshot,
    startLevel: opening.startLevel,
    inboxLevel: defenderCommitment.inboxLevel,
    gameState: {
      kind: "dissecting",
      dissection: [
        { state: parentCommitment.compressedState, tick: 0n },
        { state: defenderCommitment.compressedState, tick: ticks },
        { tick: ticks + 1n },
      ],
      defaultNumberOfSections: opening.defaultNumberOfSections,
    },
  };
}

// ---- Time

/** Blocks that each player has left, counted from the level of the last move. */
export const timeoutForm = objectForm("timeout", {
  alice: req("alice", int31Form),
  bob: req("bob", int31Form),
  lastTurnLevel: req("last_turn_level", levelForm),
});

export type Timeout = FormValue<typeof timeoutForm>;

export function initialTimeout(level: number, periodInBlocks: number): Timeout {
  return { alice: periodInBlocks, bob: periodInBlocks, lastTurnLevel: level };
}

/** After a move of `turn` at `level` that did not end the game. */
export function timeoutAfterMove(timeout: Timeout, turn: Player, level: number): Timeout {
  return { ...timeout, [turn]: timeout[turn] - (level - timeout.lastTurnLevel), lastTurnLevel: level };
}

// ---- Results

const lossReasonForm = namesForm("reason of a loss", { conflictResolved: "conflict_resolved", timeout: "timeout" });

export const gameResultForm = variantsForm("game result", "kind", {
  loser: variant(
    0,
    { kind: "loser" },
    { reason: req("reason", lossReasonForm), player: req("player", publicKeyHashForm) },
  ),
  draw: variant(1, { kind: "draw" }, {}),
});

export type GameResult = FormValue<typeof gameResultForm>;
export type LossReason = FormValue<typeof lossReasonForm>;

export type GameStatus = { readonly kind: "ongoing" } | { readonly kind: "ended"; readonly result: GameResult };

const ONGOING: GameStatus = { kind: "ongoing" };

/** "ongoing" or {"result": …}: `game_status` of receipts. */
export const gameStatusForm: Form<GameStatus> = shapesForm<GameStatus>("game status", [
  {
    tag: 0,
    is: (status) => status.kind === "ongoing",
    fits: (json) => typeof json === "string",
    form: formOf<GameStatus>(
      { name: "ongoing", size: 0, write: () => undefined, read: () => ONGOING },
      () => "ongoing",
      ongoingFromJson,
    ),
  },
  {
    tag: 1,
    is: (status) => status.kind === "ended",
    fits: isJsonObject,
    form: mapped(
      objectForm("ended", { result: req("result", gameResultForm) }),
      ({ result }): GameStatus => ({ kind: "ended", result }),
      endedResult,
    ),
  },
]);

function ongoingFromJson(json: unknown): GameStatus {
  if (json !== "ongoing") throw new JsonError("encoding.json.bad_value", '"ongoing" expected', json);
  return ONGOING;
}

/** Only called for the case of games that have ended. */
function endedResult(status: GameStatus): { readonly result: GameResult } {
  if (status.kind !== "ended") throw new TypeError("the game has not ended");
  return { result: status.result };
}

// ---- Answers of RPCs

/** An element of `…/staker/<pkh>/games`. */
export const ongoingGameForm = objectForm("ongoing game", { game: req("game", gameForm), ...stakerFields });

/** An element of `…/staker/<pkh>/conflicts`. */
export const conflictForm = objectForm("conflict", {
  other: req("other", publicKeyHashForm),
  theirCommitment: req("their_commitment", commitmentForm),
  ourCommitment: req("our_commitment", commitmentForm),
  parentCommitment: req("parent_commitment", commitmentHashForm),
});

export type Conflict = FormValue<typeof conflictForm>;
