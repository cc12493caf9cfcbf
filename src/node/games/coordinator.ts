// Who is played against, and when (node.md §3.8; references: refutation_coordinator.ml, refutation_player.ml): at each head, conflicts become
// games, games are played on, opponents whose time is up are timed out. It runs beside the main loop, and when that is in trouble too.

import { encode } from "../../encoding/binary.js";
import { toHex } from "../../encoding/hex.js";
import type { ChainPoint } from "../../l1/client/reorganisation.js";
import type { OngoingGame } from "../../l1/client/rollup-rpc.js";
import { commitmentHash } from "../../protocol/commitment.js";
import { dissectionForm } from "../../protocol/dissection.js";
import { type Conflict, gameForm, playerOf } from "../../protocol/game.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import type { Engine } from "../engine/engine.js";
import { daemonEvents } from "../events/daemon-events.js";
import { refutationEvents } from "../events/refutation-events.js";
import { describeError } from "../events/trace.js";
import type { Injectors } from "../injectors.js";
import { type NodeContext, revealRulesOf } from "../node-context.js";
import { disputedPeriod } from "./disputed-period.js";
import { inboxHistory } from "./inbox-history.js";
import { nextMove } from "./next-move.js";

/** Levels after which a move is made again in a game that has not changed: it may have been lost. */
const LEVELS_BEFORE_REPLAY = 5;

interface LastMove {
  readonly level: number;
  /** The game it was made in, encoded; null for the opening. */
  readonly game: string | null;
}

export class RefutationCoordinator {
  readonly #node: NodeContext;
  readonly #injectors: Injectors;
  readonly #engine: Engine;
  readonly #lastMoves = new Map<PublicKeyHash, LastMove>();
  /** Players that are at work. */
  readonly #players = new Map<PublicKeyHash, Promise<void>>();
  #isStopped = false;

  /** `engine`: one that reads states, and is not waited for by others. */
  constructor(node: NodeContext, injectors: Injectors, engine: Engine) {
    this.#node = node;
    this.#injectors = injectors;
    this.#engine = engine;
    node.emit(refutationEvents.coordinatorStarting());
  }

  /**
   * Opens games, and sets the players to work that are not at it yet: `settled` waits for them. Raises L1RpcError. What goes wrong in a game
   * is told, and tried again at the next head.
   */
  async onHead({ hash, level }: ChainPoint): Promise<void> {
    const { operator } = this.#node;
    if (operator === undefined) return;
    const rollup = this.#node.rollupAt(hash);
    const [conflicts, games] = await Promise.all([rollup.conflicts(operator), rollup.games(operator)]);
    const playing = new Map(games.map((game) => [opponentIn(game, operator), game]));
    for (const conflict of conflicts) {
      if (!playing.has(conflict.other)) this.#open(conflict, level);
    }
    for (const [opponent, game] of playing) {
      if (!this.#players.has(opponent)) this.#start(opponent, () => this.#play(operator, opponent, game, level));
    }
    const contested = new Set(conflicts.map(({ other }) => other));
    for (const opponent of this.#lastMoves.keys()) {
      if (playing.has(opponent) || contested.has(opponent)) continue;
      this.#lastMoves.delete(opponent);
      this.#node.emit(refutationEvents.playerStopped({ opponent }));
    }
  }

  /** When no player is at work. One may be for long: a period is long to compute, or a preimage is missing. */
  async settled(): Promise<void> {
    while (this.#players.size > 0) await Promise.all(this.#players.values());
  }

  /** Players that are at work are left to themselves: what they come to is not heard any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #start(opponent: PublicKeyHash, work: () => Promise<void>): void {
    const player = work()
      .catch((error: unknown) => {
        if (!this.#isStopped) this.#node.emit(daemonEvents.daemonError({ error: describeError(error) }));
      })
      .finally(() => this.#players.delete(opponent));
    this.#players.set(opponent, player);
  }

  /** Begins a game, once the commitment has been there for a period: its author may be about to see the mistake. */
  #open(conflict: Conflict, level: number): void {
    const { other, theirCommitment, ourCommitment, parentCommitment } = conflict;
    const { commitmentPeriod } = this.#node.protocol.constants.rollup;
    if (level < theirCommitment.inboxLevel + commitmentPeriod) return;
    if (this.#isTooSoon(other, null, level)) return;
    const ours = commitmentHash(ourCommitment);
    const theirs = commitmentHash(theirCommitment);
    const isNew = !this.#lastMoves.has(other);
    this.#lastMoves.set(other, { level, game: null });
    if (isNew) {
      this.#node.emit(refutationEvents.playerStarted({ opponent: other, commitment: ourCommitment }));
    }
    this.#node.emit(
      refutationEvents.conflictDetected({
        our_commitment_hash: ours,
        level: ourCommitment.inboxLevel,
        other,
        their_commitment_hash: theirs,
        parent_commitment_hash: parentCommitment,
      }),
    );
    this.#injectors.add({
      kind: "refute",
      rollup: this.#node.rollup,
      opponent: other,
      refutation: { kind: "start", playerCommitmentHash: ours, opponentCommitmentHash: theirs },
    });
  }

  #isTooSoon(opponent: PublicKeyHash, game: string | null, level: number): boolean {
    const last = this.#lastMoves.get(opponent);
    return last !== undefined && last.game === game && level - last.level <= LEVELS_BEFORE_REPLAY;
  }

  async #play(self: PublicKeyHash, opponent: PublicKeyHash, ongoing: OngoingGame, level: number): Promise<void> {
    const { game, alice, bob } = ongoing;
    const stakers = { alice, bob };
    if (playerOf(stakers, self) !== game.turn) {
      await this.#checkTimeout(self, opponent, stakers, level);
      return;
    }
    const name = toHex(encode(gameForm, game));
    if (this.#isTooSoon(opponent, name, level)) return;
    this.#node.emit(
      refutationEvents.playingNextMove({
        opponent,
        game_state: game.gameState.kind === "dissecting" ? "dissecting" : "final move",
        ticks: game.gameState.kind === "dissecting" ? game.gameState.dissection.map(({ tick }) => tick) : [],
      }),
    );
    const stretch = await disputedPeriod(this.#node, game.inboxLevel);
    const refutation = await nextMove(
      {
        engine: this.#engine,
        stretch,
        history: inboxHistory(this.#node.store),
        activation: revealRulesOf(this.#node.protocol.constants).activation,
        onDissection: (start, stop, dissection) =>
          this.#node.emit(
            refutationEvents.computedDissection({
              opponent,
              start_tick: start,
              end_tick: stop,
              dissection: dissectionForm.toJson(dissection),
            }),
          ),
      },
      game,
    );
    this.#lastMoves.set(opponent, { level, game: name });
    this.#injectors.add({ kind: "refute", rollup: this.#node.rollup, opponent, refutation });
  }

  async #checkTimeout(
    self: PublicKeyHash,
    opponent: PublicKeyHash,
    stakers: { readonly alice: PublicKeyHash; readonly bob: PublicKeyHash },
    level: number,
  ): Promise<void> {
    if (!this.#lastMoves.has(opponent)) this.#lastMoves.set(opponent, { level, game: null });
    const result = await this.#node.rollupAt().timeoutReached(self, opponent);
    if (result === undefined || (result.kind === "loser" && result.player === self)) return;
    this.#node.emit(refutationEvents.timeoutDetected({ other: opponent }));
    this.#injectors.add({ kind: "timeout", rollup: this.#node.rollup, stakers });
  }
}

function opponentIn({ alice, bob }: OngoingGame, self: PublicKeyHash): PublicKeyHash {
  return alice === self ? bob : alice;
}
