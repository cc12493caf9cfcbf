// A game played again from its operations, by the protocol's rules (protocol.md §4): each move is checked as layer 1 checks it, the proofs with
// the engine, and compared with what layer 1 said of it.

import { decode } from "../../../encoding/binary.js";
import { DecodeError } from "../../../encoding/errors.js";
import type { Commitment } from "../../../protocol/commitment.js";
import { DAL_GENESIS } from "../../../protocol/dal-history.js";
import type { Section } from "../../../protocol/dissection.js";
import { ProtocolError } from "../../../protocol/errors.js";
import {
  type Game,
  type GameResult,
  type GameStatus,
  initialGame,
  opponentOf,
  type Player,
  playerOf,
  type Stakers,
} from "../../../protocol/game.js";
import {
  findSection,
  type GameRules,
  type MoveOutcome,
  type ProofJudge,
  playMove,
  type Verdict,
} from "../../../protocol/game-play.js";
import type { StateHash } from "../../../protocol/identifiers.js";
import type { LevelCell } from "../../../protocol/inbox.js";
import type { PayloadCellHash } from "../../../protocol/inbox-hashes.js";
import { inboxProofForm } from "../../../protocol/inbox-proof.js";
import { isDissection, type Move, type RefutationProof } from "../../../protocol/refutation.js";
import { genesisCell } from "../../../protocol/skip-list.js";
import type { RecordedOperation, RecordedReceipt } from "./game-record.js";
import { type ShownStep, shownStep } from "./shown-step.js";

/** What a player has said of a state. */
export interface Claim {
  readonly player: Player;
  readonly tick: bigint;
  /** Absent: the machine does not get there. */
  readonly state?: StateHash;
}

/** A proof that was played. */
export interface JudgedProof {
  /** To show that the claim is wrong, or (second proof) that it is right. */
  readonly role: "refute" | "validate";
  readonly section: Section;
  readonly bytes: number;
  readonly input: "none" | "firstInput" | "inbox" | "reveal";
  readonly verdict: Verdict;
  /** Why a proof that holds on layer 1 proves nothing. */
  readonly weakness?: string;
  /** What the proof shows; undefined when it is none. */
  readonly shown?: ShownStep;
}

export interface JudgedMove {
  readonly level?: number;
  readonly place: string;
  readonly player: Player;
  readonly kind: "start" | "dissection" | "proof" | "timeout";
  /** Ticks disputed by a dissection, or the tick of a proof. */
  readonly ticks?: { readonly start: bigint; readonly stop: bigint };
  readonly sections?: number;
  readonly proof?: JudgedProof;
  /** The protocol's error that refuses the move. */
  readonly refused?: ProtocolError;
  /** It was not played, for a reason that is none of the game's. */
  readonly skipped?: string;
  /** Errors with which layer 1 refused it. */
  readonly chainErrors?: readonly string[];
  /** In what layer 1 has judged otherwise. */
  readonly fault?: string;
}

/** What a game is replayed from. */
export interface ReplaySetting {
  readonly rules: GameRules;
  /** The inbox that the game is about; `candidate` is the one that a proof starts from. Raises OfflineError. */
  readonly snapshot: (startLevel: number | undefined, candidate: LevelCell | undefined) => Promise<LevelCell>;
  readonly sections: number;
  /** Judges with all that a proof can show (inbox-proof.ts), where layer 1 is content with less. */
  readonly strict: ProofJudge;
}

export interface GameOpening {
  readonly stakers: Stakers;
  readonly refuter: Player;
  readonly parent: Commitment;
  /** Of the refuter and of the defender. */
  readonly commitments: readonly [Commitment, Commitment];
}

/** Until a proof needs the real one. */
const NO_SNAPSHOT: LevelCell = genesisCell({ hash: new Uint8Array(32) as PayloadCellHash, level: 0 });

export class GameReplay {
  readonly moves: JudgedMove[] = [];
  readonly claims: Claim[] = [];
  readonly startLevel: number | undefined;
  readonly #setting: ReplaySetting;
  #game: Game;
  #result: GameResult | undefined;
  #chainResult: GameResult | undefined;
  #isForfeit = false;

  constructor(
    readonly opening: GameOpening,
    start: RecordedOperation,
    setting: ReplaySetting,
  ) {
    const { stakers, refuter, parent, commitments } = opening;
    this.#setting = setting;
    this.startLevel = start.level;
    const [own, theirs] = commitments;
    this.#game = initialGame({
      refuter: stakers[refuter],
      defender: stakers[opponentOf(refuter)],
      parentCommitment: parent,
      defenderCommitment: theirs,
      inboxSnapshot: NO_SNAPSHOT,
      dalSnapshot: DAL_GENESIS,
      startLevel: start.level ?? 0,
      defaultNumberOfSections: setting.sections,
    });
    this.#claim(refuter, own);
    this.#claim(opponentOf(refuter), theirs);
    const receipt = receiptFault(start.receipt, { kind: "ongoing" });
    this.moves.push({ ...this.#of(start, refuter), kind: "start", ...receipt });
  }

  /** The game as it stands; its inbox is not filled in. */
  get game(): Game {
    return this.#game;
  }

  get result(): GameResult | undefined {
    return this.#result;
  }

  /** What layer 1 said the game ended with. */
  get chainResult(): GameResult | undefined {
    return this.#chainResult;
  }

  /** Whether it ended because somebody had lost the stake in another game. */
  get isForfeit(): boolean {
    return this.#isForfeit;
  }

  #claim(player: Player, { compressedState, numberOfTicks }: Commitment): void {
    this.claims.push({ player, tick: numberOfTicks, state: compressedState }, { player, tick: numberOfTicks + 1n });
  }

  #of({ level, place }: RecordedOperation, player: Player) {
    return { ...(level === undefined ? {} : { level }), place, player };
  }

  /** Takes in an operation about this game. Raises OfflineError when what it needs is not known. */
  async take(operation: RecordedOperation): Promise<void> {
    const { refutation, source, receipt } = operation;
    if (receipt?.gameStatus?.kind === "ended") this.#chainResult = receipt.gameStatus.result;
    if (refutation === undefined) {
      this.#timeout(operation);
      return;
    }
    const player = playerOf(this.opening.stakers, source);
    if (player === undefined) throw new TypeError("an operation of another game");
    if (refutation.kind === "start") {
      const refused = new ProtocolError("smart_rollup_game_already_started", {});
      this.moves.push({ ...this.#of(operation, player), kind: "start", refused, ...refusalFault(receipt, refused) });
      return;
    }
    await this.#move(operation, player, refutation);
  }

  async #move(operation: RecordedOperation, player: Player, move: Move): Promise<void> {
    const { receipt } = operation;
    const about = { ...this.#of(operation, player), ...ticksOf(move) };
    const skipped = receipt?.status === "skipped" || receipt?.status === "backtracked" ? receipt.status : undefined;
    if (skipped !== undefined) {
      this.moves.push({ ...about, skipped });
      return;
    }
    const section = sectionOf(this.#game, move);
    let outcome: MoveOutcome;
    try {
      if (this.#result !== undefined) throw new ProtocolError("smart_rollup_no_game", {});
      if (player !== this.#game.turn) throw new ProtocolError("smart_rollup_wrong_turn", {});
      this.#fillSnapshot(await this.#snapshotFor(move));
      outcome = playMove(this.#setting.rules, this.#game, this.opening.stakers, move);
    } catch (refused) {
      if (!(refused instanceof ProtocolError)) throw refused;
      this.moves.push({ ...about, refused, ...refusalFault(receipt, refused) });
      return;
    }
    const proof = outcome.verdict && section && this.#proof(move.step, section, outcome.verdict);
    const judged = { ...about, ...(proof === undefined ? {} : { proof }) };
    if (receipt !== undefined && receipt.status !== "applied") {
      // Gas, or the like: what is wrong with the move itself has been told above.
      this.moves.push({ ...judged, skipped: receipt.status, chainErrors: receipt.errors });
      return;
    }
    this.#settle(player, move, outcome, judged, receipt);
  }

  #settle(
    player: Player,
    move: Move,
    outcome: MoveOutcome,
    judged: JudgedMove,
    receipt: RecordedReceipt | undefined,
  ): void {
    const status: GameStatus = outcome.kind === "ongoing" ? outcome : { kind: "ended", result: outcome.result };
    const forfeit = this.#forfeit(move, receipt);
    if (forfeit !== undefined) {
      this.#end(forfeit);
      this.#isForfeit = true;
      this.moves.push({ ...judged, skipped: "a player had lost its stake elsewhere" });
      return;
    }
    if (isDissection(move.step)) this.claims.push(...move.step.map((chunk) => ({ player, ...chunk })));
    if (outcome.kind === "ongoing") this.#game = outcome.game;
    else this.#end(outcome.result);
    this.moves.push({ ...judged, ...receiptFault(receipt, status) });
  }

  /** A game ends at a move, whatever the move, when one of the players has no stake any more: only layer 1 knows of that. */
  #forfeit({ step }: Move, receipt: RecordedReceipt | undefined): GameResult | undefined {
    const theirs = receipt?.gameStatus;
    return theirs?.kind === "ended" && isDissection(step) ? theirs.result : undefined;
  }

  #end(result: GameResult): void {
    this.#result = result;
  }

  /** What runs out is the time of the player whose turn it is; whether it has is layer 1's to know. */
  #timeout(operation: RecordedOperation): void {
    const { receipt } = operation;
    const { turn, gameState } = this.#game;
    const about = { ...this.#of(operation, turn), kind: "timeout" } as const;
    if (this.#result !== undefined) {
      const refused = new ProtocolError("smart_rollup_no_game", {});
      this.moves.push({ ...about, refused, ...refusalFault(receipt, refused) });
      return;
    }
    if (receipt !== undefined && receipt.status !== "applied") {
      this.moves.push({ ...about, skipped: receipt.status, chainErrors: receipt.errors });
      return;
    }
    const player = this.opening.stakers[turn];
    const result: GameResult =
      gameState.kind === "finalMove" ? { kind: "draw" } : { kind: "loser", reason: "timeout", player };
    this.#end(result);
    this.moves.push({ ...about, ...receiptFault(receipt, { kind: "ended", result }) });
  }

  #proof(step: Move["step"], section: Section, verdict: Verdict): JudgedProof | undefined {
    if (isDissection(step)) return undefined;
    const shown = shownStep(step.pvmStep);
    const role = this.#game.gameState.kind === "finalMove" ? "validate" : "refute";
    const strictly = verdict.valid ? this.#setting.strict.judge(step, section, role, this.#game) : verdict;
    return {
      role,
      section,
      bytes: step.pvmStep.length,
      input: step.inputProof?.kind ?? "none",
      verdict,
      ...(verdict.valid && !strictly.valid ? { weakness: strictly.reason.message } : {}),
      ...(shown === undefined ? {} : { shown }),
    };
  }

  async #snapshotFor({ step }: Move): Promise<LevelCell | undefined> {
    if (isDissection(step) || step.inputProof?.kind !== "inbox") return undefined;
    return this.#setting.snapshot(this.startLevel, firstCell(step));
  }

  #fillSnapshot(snapshot: LevelCell | undefined): void {
    if (snapshot !== undefined) this.#game = { ...this.#game, inboxSnapshot: snapshot };
  }
}

function firstCell({ inputProof }: RefutationProof): LevelCell | undefined {
  if (inputProof?.kind !== "inbox") return undefined;
  try {
    return decode(inboxProofForm, inputProof.serializedProof).inclusionProof[0];
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** What a move is about; undefined where the rules refuse it. */
function sectionOf({ gameState }: Game, { choice }: Move): Section | undefined {
  if (gameState.kind === "finalMove") return { start: gameState.agreedStartChunk, stop: gameState.refutedStopChunk };
  try {
    return findSection(gameState.dissection, choice);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function ticksOf({ step, choice }: Move): Pick<JudgedMove, "kind" | "ticks" | "sections"> {
  if (!isDissection(step)) return { kind: "proof", ticks: { start: choice, stop: choice + 1n } };
  const stop = step.at(-1)?.tick ?? choice;
  return { kind: "dissection", ticks: { start: choice, stop }, sections: Math.max(0, step.length - 1) };
}

/** Whether layer 1 told another status of the game. */
function receiptFault(receipt: RecordedReceipt | undefined, ours: GameStatus): { readonly fault?: string } {
  if (receipt?.gameStatus === undefined) return {};
  const theirs = statusText(receipt.gameStatus);
  return theirs === statusText(ours) ? {} : { fault: `layer 1 says: ${theirs}; by the rules: ${statusText(ours)}` };
}

function refusalFault(receipt: RecordedReceipt | undefined, refused: ProtocolError): Partial<JudgedMove> {
  if (receipt === undefined) return {};
  if (receipt.status !== "applied") return { chainErrors: receipt.errors };
  return { fault: `layer 1 applied it; the rules refuse it with ${refused.id}` };
}

export function statusText(status: GameStatus): string {
  return status.kind === "ongoing" ? "ongoing" : resultText(status.result);
}

export function resultText(result: GameResult): string {
  if (result.kind === "draw") return "draw, both lose";
  return `${result.player} loses (${result.reason === "timeout" ? "timeout" : "conflict resolved"})`;
}
