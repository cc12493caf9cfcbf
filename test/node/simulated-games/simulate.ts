// A game between the node's honest player and a random liar: whoever lies loses, within the bound, and what layer 1 refuses it refuses with its
// own error. Many of them are in rounds.ts.
import { NoMove, nextMove } from "../../../src/node/games/next-move.js";
import { distance } from "../../../src/protocol/dissection.js";
import type { Game, GameResult } from "../../../src/protocol/game.js";
import type { InputProof } from "../../../src/protocol/input-proof.js";
import { isDissection, type Move } from "../../../src/protocol/refutation.js";
import type { Source } from "../../fuzz/choices.js";
import { type Applied, type Board, type Role, RULES, SECTIONS } from "./board.js";
import { illegalMoves } from "./illegal-moves.js";
import { type Behaviour, Liar, type Manner, type Proofs, sectionsOf } from "./liar.js";
import type { Lie, LieKind } from "./lies.js";
import { honestView, type World } from "./world.js";

export interface Played {
  readonly world: string;
  readonly lie: LieKind;
  readonly manner: Manner;
  readonly result: GameResult;
  /** The start included. */
  readonly moves: number;
  /** As many as there may be. */
  readonly bound: number;
  /** Ids of what was refused. */
  readonly refused: readonly string[];
  /** Bytes of the honest player's last proof; 0 when it made none. */
  readonly proofBytes: number;
}

const MOST_TURNS = 300;
/** More than any timeout of a board. */
const MOST_BLOCKS = 200;
/** What a proof may have on layer 1: its wrapped form. */
export const MOST_PROOF_BYTES = 30_000;

/** What is known of a game while it is played. */
interface Progress {
  moves: number;
  proofBytes: number;
  /** The liar has sent a proof of a section that nobody can prove anything about: nobody can win any more. */
  isDrawn: boolean;
  readonly refused: string[];
}

class Simulation {
  readonly #progress: Progress = { moves: 1, proofBytes: 0, isDrawn: false, refused: [] };

  constructor(
    readonly world: World,
    readonly board: Board,
    readonly liar: Liar,
    readonly source: Source,
    readonly proofs: Proofs,
  ) {}

  get progress(): Progress {
    return this.#progress;
  }

  /** Raises Error when something is not as it should be. */
  async run(): Promise<GameResult> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const applied = this.board.turn === "honest" ? await this.#honestTurn() : await this.#liarTurn();
      if (applied.kind === "ended") return applied.result;
    }
    throw new Error("the game does not end");
  }

  async #honestTurn(): Promise<Applied> {
    const { board } = this;
    const { game } = board;
    const move = await this.#honestMove(game);
    if (move === null) return this.#waitForTimeout(game);
    if (this.#isTrying()) this.#refused(board.move("liar", move), "smart_rollup_wrong_turn");
    if (this.#isTrying()) this.#refused(board.timeout(), "smart_rollup_timeout_level_not_reached");
    if (!isDissection(move.step)) this.#noteProof(move);
    const applied = this.#accepted(board.move("honest", move));
    const isWinning = applied.kind === "ended" && applied.result.kind === "loser";
    if (!isDissection(move.step) && !isWinning && !this.#progress.isDrawn) throw new Error("our proof does not win");
    return applied;
  }

  /** Null: there is none, because the liar has forced a draw. */
  async #honestMove(game: Game): Promise<Move | null> {
    try {
      return await nextMove(honestView(this.world), game);
    } catch (error) {
      if (error instanceof NoMove && this.#progress.isDrawn) return null;
      throw error;
    }
  }

  #noteProof({ step }: Move): void {
    if (isDissection(step)) return;
    this.#progress.proofBytes = step.pvmStep.length + (inputBytes(step.inputProof) ?? 0);
    if (this.#progress.proofBytes > MOST_PROOF_BYTES) throw new Error(`a proof of ${this.#progress.proofBytes} bytes`);
    this.proofs.push(step);
  }

  async #liarTurn(): Promise<Applied> {
    const { board, liar } = this;
    const { game } = board;
    const move = await liar.move(game);
    if (move === null) return this.#waitForTimeout(game);
    if (this.#isTrying()) {
      const { move: illegal, id } = this.source.pick(illegalMoves(game, move));
      this.#refused(board.move("liar", illegal), id);
    }
    const before = JSON.stringify(game.gameState, (_, value) => (typeof value === "bigint" ? String(value) : value));
    const applied = board.move("liar", move);
    if (applied.kind === "refused") {
      // Bad proofs need not even read as proofs; nor must replays fit.
      this.#progress.refused.push(applied.id);
      const after = JSON.stringify(board.game.gameState, (_, value) =>
        typeof value === "bigint" ? String(value) : value,
      );
      if (before !== after) throw new Error(`a move refused with ${applied.id} has changed the game`);
      return this.#waitForTimeout(board.game);
    }
    this.#progress.moves++;
    if (!isDissection(move.step) && game.gameState.kind === "dissecting") {
      const section = sectionsOf(game.gameState.dissection).find(({ start }) => start.tick === move.choice);
      // No proof starts from no state, and none is of more than one tick.
      this.#progress.isDrawn ||=
        section !== undefined && (distance(section) !== 1n || section.start.state === undefined);
    }
    return applied;
  }

  #waitForTimeout(game: Game): Applied {
    const { board } = this;
    for (let blocks = 0; blocks < MOST_BLOCKS; blocks++) {
      const applied = board.timeout();
      if (applied.kind !== "refused") return applied;
      if (applied.id !== "smart_rollup_timeout_level_not_reached") throw new Error(`timeout refused: ${applied.id}`);
      board.pass();
    }
    throw new Error(`no timeout in ${game.gameState.kind}`);
  }

  #isTrying(): boolean {
    const { illegalEvery } = this.liar.behaviour;
    return illegalEvery > 0 && this.source.oneIn(illegalEvery);
  }

  #refused(applied: Applied, id: string): void {
    if (applied.kind !== "refused") throw new Error(`${applied.kind} instead of refused with ${id}`);
    if (applied.id !== id) throw new Error(`refused with ${applied.id} instead of ${id}`);
    this.#progress.refused.push(id);
  }

  #accepted(applied: Applied): Applied {
    if (applied.kind === "refused") throw new Error(`the honest player's move is refused: ${applied.id}`);
    this.#progress.moves++;
    return applied;
  }
}

function inputBytes(proof: InputProof | undefined): number | undefined {
  return proof?.kind === "inbox" ? proof.serializedProof.length : undefined;
}

/** Most dissections of a section, when the honest player divides evenly, and the other one as evenly or as unevenly as is allowed. */
function mostDissections(length: bigint, who: Role, isSlow: boolean): number {
  let count = 0;
  for (let left = length; left > 1n; who = who === "honest" ? "liar" : "honest") {
    count++;
    const section = { start: { tick: 0n }, stop: { tick: left } };
    if (who === "liar" && isSlow) left = RULES.maximumSize(section);
    else {
      const ticks = RULES.chooseTicks(0n, left, SECTIONS);
      left = ticks.reduce((most, tick, i) => {
        const size = tick - (ticks[i - 1] ?? tick);
        return size > most ? size : most;
      }, 1n);
    }
  }
  return count;
}

export interface GameOptions {
  readonly world: World;
  readonly lie: Lie;
  readonly source: Source;
  /** Of earlier games, to be replayed. */
  readonly proofs: Proofs;
  readonly openBoard: (refuter: Role) => Board;
}

function behaviourOf(source: Source): Behaviour {
  const manner = source.weighted<Manner>([
    [5, "faithful"],
    [3, "fickle"],
    [2, "slow"],
    [3, "garbage"],
    [2, "replay"],
    [2, "silent"],
  ]);
  return { manner, after: source.below(8), illegalEvery: source.pick([0, 2, 3]) };
}

/** Raises Error, with the game, when the honest player does not win; a draw is one only where the liar has forced it. */
export async function playGame(options: GameOptions): Promise<Played> {
  const { world, source, proofs } = options;
  const { kind, claims } = options.lie;
  const behaviour = behaviourOf(source);
  const refuter: Role = source.pick(["honest", "liar"]);
  const board = options.openBoard(refuter);
  const liar = new Liar({ world, claims, behaviour, source, proofs });
  const simulation = new Simulation(world, board, liar, source, proofs);
  const about = `${world.name}, ${kind}, ${behaviour.manner} after ${behaviour.after}, started by the ${refuter} one`;
  const claimed = refuter === "honest" ? claims.claim.ticks : world.end.ticks;
  const isSlow = behaviour.manner === "slow" || behaviour.manner === "fickle";
  const bound = 1 + mostDissections(claimed, refuter, isSlow) + 2;
  try {
    const liarAddress = board.address("liar");
    const result = await simulation.run();
    const { moves, refused, proofBytes, isDrawn } = simulation.progress;
    if (result.kind === "draw" ? !isDrawn : result.player !== liarAddress) {
      throw new Error(`it ends in ${JSON.stringify(result)}`);
    }
    if (moves > bound) throw new Error(`${moves} moves, ${bound} at most`);
    return { world: world.name, lie: kind, manner: behaviour.manner, result, moves, bound, refused, proofBytes };
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${about}: ${why}`, { cause: error });
  }
}
