// The arbiter of games: replays those that a record has (game-replay.ts), and says who is right: by the proof that decided, by states of our
// own, or both.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { type Commitment, commitmentHash, genesisCommitment, NO_PREDECESSOR } from "../../../protocol/commitment.js";
import { WASM_TICKS_PER_SNAPSHOT, wasmDissectionRules } from "../../../protocol/dissection.js";
import { type GameResult, opponentOf, type Player, playerOf, type Stakers } from "../../../protocol/game.js";
import type { ProofJudge } from "../../../protocol/game-play.js";
import { type CommitmentHash, hashEquals, type RollupAddress, type StateHash } from "../../../protocol/identifiers.js";
import type { LevelCell } from "../../../protocol/inbox.js";
import { WasmProofJudge } from "../../../protocol/wasm-judge.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../../pvm/genesis.js";
import { PVM_VERSIONS } from "../../../pvm/versions.js";
import type { RevealRules } from "../../engine/reveals.js";
import type { GameRecord, RecordedOperation } from "./game-record.js";
import { type GameOpening, GameReplay, type JudgedProof, type ReplaySetting } from "./game-replay.js";
import { OfflineError } from "./offline-error.js";
import type { OfflineRollup } from "./offline-rollup.js";
import { type OwnRuling, ownRuling } from "./own-ruling.js";

export interface JudgeOptions {
  readonly record: GameRecord;
  readonly rules: RevealRules;
  /** Sections of a dissection, by the constants. */
  readonly sections: number;
  /** States of our own. */
  readonly own?: OfflineRollup;
  /** Only games of this rollup. */
  readonly rollup?: RollupAddress;
  /** Where nothing else tells it. */
  readonly originationLevel?: number;
}

/** What the proofs of a game decide. */
export interface ProofRuling {
  /** Null: two proofs have been played, and neither holds. */
  readonly right: Player | null;
  readonly tick: bigint;
  readonly proof: JudgedProof;
}

export interface JudgedGame {
  readonly rollup: RollupAddress;
  readonly replay: GameReplay;
  readonly byProof?: ProofRuling;
  readonly byStates?: OwnRuling;
  /** Null: neither player; undefined: nothing here can tell. */
  readonly right: Player | null | undefined;
  /** How the game ended: by layer 1's word, or else by the rules; undefined while it goes on. */
  readonly result: GameResult | undefined;
  /** Whether it ended well for who is right; undefined when it has not ended, or nobody knows who is. */
  readonly isJust: boolean | undefined;
  /** Whether proof and states say different things. */
  readonly isContradiction: boolean;
}

/** Raises OfflineError for what a record lacks, EngineError and its like for states of our own. */
export async function judgeGames(options: JudgeOptions): Promise<readonly JudgedGame[]> {
  const replays: { readonly rollup: RollupAddress; readonly replay: GameReplay }[] = [];
  const current = new Map<string, GameReplay>();
  for (const operation of options.record.operations) {
    const { rollup, stakers, refutation } = operation;
    if (options.rollup !== undefined && rollup !== options.rollup) continue;
    const key = [rollup, stakers.alice, stakers.bob].join(" ");
    const going = current.get(key);
    const failed = operation.receipt !== undefined && operation.receipt.status !== "applied";
    if (refutation?.kind === "start" && (going === undefined || going.result !== undefined)) {
      if (failed) continue;
      const replay = await openReplay(operation, refutation, options);
      current.set(key, replay);
      replays.push({ rollup, replay });
    } else if (going !== undefined) await going.take(operation);
    else if (!failed) throw noStart(operation);
  }
  return Promise.all(replays.map(({ rollup, replay }) => rule(rollup, replay, options)));
}

function noStart({ place, stakers }: RecordedOperation): OfflineError {
  const text = `${place}: a move in a game of ${stakers.alice} and ${stakers.bob} whose start is not in the record`;
  return new OfflineError("node.offline.bad_record", text, place);
}

// ---- Starting

type Start = Extract<NonNullable<RecordedOperation["refutation"]>, { readonly kind: "start" }>;

async function openReplay(operation: RecordedOperation, start: Start, options: JudgeOptions): Promise<GameReplay> {
  const opening = await openingOf(operation, start, options);
  const origin = originationLevel(operation.rollup, opening.parent, options);
  const judge = (inboxRules: "octez" | "strict"): ProofJudge => judgeOf(operation.rollup, origin, inboxRules, options);
  const setting: ReplaySetting = {
    rules: { dissection: wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT), judge: judge("octez") },
    strict: judge("strict"),
    sections: options.sections,
    snapshot: (startLevel, candidate) => snapshotOf(operation, startLevel, candidate, options),
  };
  return new GameReplay(opening, operation, setting);
}

async function openingOf(operation: RecordedOperation, start: Start, options: JudgeOptions): Promise<GameOpening> {
  const { stakers, source, place } = operation;
  const refuter = playerOf(stakers, source);
  if (refuter === undefined) throw new TypeError("a game of others");
  const own = await commitmentOf(start.playerCommitmentHash, operation, options);
  const theirs = await commitmentOf(start.opponentCommitmentHash, operation, options);
  const isSame = hashEquals(start.playerCommitmentHash, start.opponentCommitmentHash);
  if (isSame || !hashEquals(own.predecessor, theirs.predecessor)) {
    const why = isSame ? "there is only one commitment" : "the commitments have different predecessors";
    throw new OfflineError("node.offline.bad_record", `${place}: there is no conflict: ${why}`, place);
  }
  const parent = await commitmentOf(theirs.predecessor, operation, options);
  return { stakers, refuter, parent, commitments: [own, theirs] };
}

async function commitmentOf(
  hash: CommitmentHash,
  { rollup, place }: RecordedOperation,
  options: JudgeOptions,
): Promise<Commitment> {
  const found =
    options.record.commitment(hash) ??
    (await ownOf(rollup, options)?.commitment(hash)) ??
    genesisOf(hash, rollup, options);
  if (found !== undefined) return found;
  const text = encodeBase58Check("commitmentHash", hash);
  const where = `context/smart_rollups/smart_rollup/${rollup}/commitment/${text}`;
  const message = `${place}: the commitment ${text} is not known: the record lacks it (RPC ${where})`;
  throw new OfflineError("node.offline.unknown_commitment", message, text);
}

/** The first commitment is published by nobody: it is made by the origination. */
function genesisOf(hash: CommitmentHash, rollup: RollupAddress, { record }: JudgeOptions): Commitment | undefined {
  for (const origin of record.origins) {
    if (origin.rollup !== rollup || origin.level === undefined) continue;
    for (const version of PVM_VERSIONS) {
      const state = genesis(origin.kernel, version, PROTOCOL_PARAMETERS).hash as StateHash;
      const commitment = genesisCommitment(state, origin.level);
      if (hashEquals(commitmentHash(commitment), hash)) return commitment;
    }
  }
  return undefined;
}

function ownOf(rollup: RollupAddress, { own }: JudgeOptions): OfflineRollup | undefined {
  return own?.metadata.address === rollup ? own : undefined;
}

function originationLevel(rollup: RollupAddress, parent: Commitment, options: JudgeOptions): number | undefined {
  if (hashEquals(parent.predecessor, NO_PREDECESSOR)) return parent.inboxLevel;
  const recorded = options.record.origins.find((origin) => origin.rollup === rollup)?.level;
  return ownOf(rollup, options)?.metadata.originationLevel ?? recorded ?? options.originationLevel;
}

function judgeOf(
  rollup: RollupAddress,
  origin: number | undefined,
  inboxRules: "octez" | "strict",
  { rules }: JudgeOptions,
): ProofJudge {
  const judge = new WasmProofJudge({
    metadata: { address: rollup, originationLevel: origin ?? 0 },
    revealActivation: rules.activation,
    inboxRules,
    dalParameters: () => rules.dalParameters,
  });
  return {
    judge(proof, section, role, game) {
      if (origin === undefined && proof.inputProof !== undefined) {
        const text = `nothing tells the level of the origination of ${rollup}, which the judgement of an input depends on`;
        throw new OfflineError("node.offline.unknown_origin", text, rollup);
      }
      return judge.judge(proof, section, role, game);
    },
  };
}

/** The inbox that a game is about: that of the level before its start. */
async function snapshotOf(
  { rollup, stakers, place }: RecordedOperation,
  startLevel: number | undefined,
  candidate: LevelCell | undefined,
  options: JudgeOptions,
): Promise<LevelCell> {
  const { record } = options;
  const own = ownOf(rollup, options);
  const told = record.games.find(
    ({ alice, bob, game }) =>
      alice === stakers.alice && bob === stakers.bob && (startLevel === undefined || game.startLevel === startLevel),
  );
  if (told !== undefined) return told.game.inboxSnapshot;
  const level = startLevel === undefined ? undefined : startLevel - 1;
  if (level !== undefined) {
    const recorded = record.inbox(level);
    if (recorded !== undefined) return recorded;
    // Inputs by themselves say nothing of the indices of cells: with a cell to start from they may.
    if (own !== undefined && candidate?.content.level === level) {
      await own.history(candidate).catch((error: unknown) => {
        // The proof may start from a made-up cell.
        if (!(error instanceof OfflineError)) throw error;
      });
    }
    const known = await own?.inboxCell(level);
    if (known !== undefined) return known;
  }
  const where = `blocks/${level ?? "(one before the start)"}/context/smart_rollups/all/inbox`;
  const text = `${place}: a proof is about the inbox at the start of the game, which is not known (RPC ${where})`;
  throw new OfflineError("node.offline.unknown_inbox", text, place);
}

// ---- Ruling

async function rule(rollup: RollupAddress, replay: GameReplay, options: JudgeOptions): Promise<JudgedGame> {
  const byProof = proofRuling(replay);
  const own = ownOf(rollup, options);
  const [commitment] = replay.opening.commitments;
  const stretch = await own?.period(commitment.inboxLevel, replay.opening.parent.inboxLevel);
  const byStates = own && stretch && (await ownRuling(own, stretch, replay.claims));
  const right = byProof?.right ?? (byStates === undefined ? byProof?.right : byStates.right);
  const result = replay.chainResult ?? replay.result;
  const sides = byProof?.right != null && byStates?.right != null;
  return {
    rollup,
    replay,
    ...(byProof === undefined ? {} : { byProof }),
    ...(byStates === undefined ? {} : { byStates }),
    right,
    result,
    isJust: right == null || result === undefined ? undefined : winnerOf(result, replay.opening.stakers) === right,
    isContradiction: sides && byProof.right !== byStates.right,
  };
}

/** Null for a draw. */
export function winnerOf(result: GameResult, stakers: Stakers): Player | null {
  if (result.kind === "draw") return null;
  const loser = playerOf(stakers, result.player);
  return loser === undefined ? null : opponentOf(loser);
}

/** What the proofs say; undefined as long as none has settled anything. */
function proofRuling({ moves }: GameReplay): ProofRuling | undefined {
  for (const { player, proof, skipped, refused } of moves) {
    if (proof === undefined || skipped !== undefined || refused !== undefined) continue;
    const { verdict, role, section } = proof;
    const { tick } = section.start;
    if (verdict.valid && proof.weakness === undefined) return { right: player, tick, proof };
    if (role === "validate") return { right: null, tick, proof };
  }
  return undefined;
}
