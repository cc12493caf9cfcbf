// Where games are played. `ProtocolBoard`: by the protocol's rules alone. Another one, on a sandbox chain, is in chain-board.ts.
import { NO_PREDECESSOR } from "../../../src/protocol/commitment.js";
import { DAL_GENESIS } from "../../../src/protocol/dal-history.js";
import { WASM_TICKS_PER_SNAPSHOT, wasmDissectionRules } from "../../../src/protocol/dissection.js";
import { type ErrorId, ProtocolError } from "../../../src/protocol/errors.js";
import {
  type Game,
  type GameResult,
  initialGame,
  initialTimeout,
  makeStakers,
  type Stakers,
  type Timeout,
  timeoutAfterMove,
} from "../../../src/protocol/game.js";
import { applyMove, type GameRules, timeoutResult } from "../../../src/protocol/game-play.js";
import { type PublicKeyHash, publicKeyHash, type StateHash } from "../../../src/protocol/identifiers.js";
import type { Move } from "../../../src/protocol/refutation.js";
import { WasmProofJudge } from "../../../src/protocol/wasm-judge.js";
import type { World } from "./world.js";

export type Role = "honest" | "liar";

/** What becomes of an operation. */
export type Applied =
  | { readonly kind: "refused"; readonly id: string }
  | { readonly kind: "ongoing" }
  | { readonly kind: "ended"; readonly result: GameResult };

export interface Board {
  /** Raises Error when there is no game (any more). */
  readonly game: Game;
  /** Whose turn it is. */
  readonly turn: Role;
  address(role: Role): PublicKeyHash;
  move(by: Role, move: Move): Applied;
  timeout(): Applied;
  /** Lets a block pass. */
  pass(): void;
}

/** What somebody commits to. */
export interface Claim {
  readonly state: StateHash;
  readonly ticks: bigint;
}

export const SECTIONS = 32;
export const TIMEOUT_BLOCKS = 12;
export const RULES = wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT);
const START_LEVEL = 100;

const FIRST: PublicKeyHash = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
const SECOND: PublicKeyHash = publicKeyHash("tz2Q3yRaczTqZVf3ZQvwiiTqKjhJFyDzeRSz");

/** The rules that a world's games are judged by, as the sandbox does it. */
export function rulesOf({ metadata, activation, dalParameters }: World): GameRules {
  return {
    dissection: RULES,
    judge: new WasmProofJudge({
      metadata,
      revealActivation: activation,
      inboxRules: "strict",
      dalParameters: () => dalParameters,
    }),
  };
}

export interface BoardOptions {
  readonly world: World;
  readonly claim: Claim;
  readonly refuter: Role;
  /** Whether the honest player is the one whose address comes first. */
  readonly honestIsFirst: boolean;
}

export class ProtocolBoard implements Board {
  readonly #rules: GameRules;
  readonly #honest: PublicKeyHash;
  readonly #stakers: Stakers;
  #game: Game;
  #timeout: Timeout = initialTimeout(START_LEVEL, TIMEOUT_BLOCKS);
  #level = START_LEVEL;
  #isOver = false;

  constructor({ world, claim, refuter, honestIsFirst }: BoardOptions) {
    this.#rules = rulesOf(world);
    this.#honest = honestIsFirst ? FIRST : SECOND;
    this.#stakers = makeStakers(FIRST, SECOND);
    const { inboxLevel, end, stretch } = world;
    const common = { inboxLevel, predecessor: NO_PREDECESSOR };
    const claimed = refuter === "honest" ? claim : end;
    this.#game = initialGame({
      refuter: this.address(refuter),
      defender: this.address(refuter === "honest" ? "liar" : "honest"),
      parentCommitment: { ...common, compressedState: stretch.before, numberOfTicks: 1n },
      defenderCommitment: { ...common, compressedState: claimed.state, numberOfTicks: claimed.ticks },
      inboxSnapshot: world.snapshot,
      dalSnapshot: DAL_GENESIS,
      startLevel: START_LEVEL,
      defaultNumberOfSections: SECTIONS,
    });
  }

  get game(): Game {
    if (this.#isOver) throw new Error("the game is over");
    return this.#game;
  }

  get turn(): Role {
    return this.#stakers[this.game.turn] === this.#honest ? "honest" : "liar";
  }

  address(role: Role): PublicKeyHash {
    if (role === "honest") return this.#honest;
    return this.#honest === FIRST ? SECOND : FIRST;
  }

  /** An operation that is applied makes a block; one that is refused costs no time. */
  move(by: Role, move: Move): Applied {
    return this.#guarded(() => {
      const { game } = this;
      const request = { game, stakers: this.#stakers, mover: this.address(by), move, isStaked: () => true };
      const outcome = applyMove(this.#rules, request);
      if (outcome.kind === "ended") return this.#ended(outcome.result);
      this.#level++;
      this.#timeout = timeoutAfterMove(this.#timeout, game.turn, this.#level);
      this.#game = outcome.game;
      return { kind: "ongoing" };
    });
  }

  timeout(): Applied {
    return this.#guarded(() => this.#ended(timeoutResult(this.game, this.#stakers, this.#timeout, this.#level)));
  }

  pass(): void {
    this.#level++;
  }

  #ended(result: GameResult): Applied {
    this.#isOver = true;
    return { kind: "ended", result };
  }

  #guarded(attempt: () => Applied): Applied {
    try {
      return attempt();
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: "refused", id: error.id satisfies ErrorId };
      throw error;
    }
  }
}
