// Ticks worth a dispute: by phase, by what the machine asks for, by host call; and a game about exactly one of them.

import { encode } from "../../../src/encoding/binary.js";
import type { PhaseSpan } from "../../../src/node/engine/engine.js";
import { Walk } from "../../../src/node/engine/walk.js";
import { nextMove } from "../../../src/node/games/next-move.js";
import type { GameResult } from "../../../src/protocol/game.js";
import { isDissection, type RefutationProof, refutationProofForm } from "../../../src/protocol/refutation.js";
import { revealAnswerBytes, revealHash } from "../../../src/protocol/reveal.js";
import type { Machine } from "../../../src/pvm/machine.js";
import { ProtocolBoard, type Role } from "./board.js";
import { madeUpStates } from "./claims.js";
import { honestView, type World } from "./world.js";

/** The n-th span of a phase, from 0; negative from the end. Raises Error. */
export async function spanOf(world: World, phase: string, n = 0): Promise<PhaseSpan> {
  const spans = (await world.phases()).filter((span) => span.phase === phase);
  const span = spans.at(n);
  if (span === undefined) throw new Error(`${world.name} has ${spans.length} spans of ${phase}`);
  return span;
}

export const lastTick = ({ first, ticks }: PhaseSpan): bigint => first + ticks - 1n;

/** Kinds of ticks within an evaluation that matter to a proof. */
export type EvalKind = "host call" | "host call going on" | "reveal" | "other";

function kindOf(machine: Machine): EvalKind {
  const { tickState } = machine;
  if (tickState.tag !== "eval") return "other";
  const { stepKont } = tickState.config;
  if (stepKont.tag !== "SK_Next" || stepKont.kont.tag !== "LS_Craft_frame") return "other";
  const { invoke } = stepKont.kont;
  if (invoke.tag === "Inv_reveal_tick") return "reveal";
  if (invoke.tag === "Inv_start" && invoke.func.tag === "Host") return "host call";
  return invoke.tag === "Inv_stop" && invoke.freshFrame === null ? "host call going on" : "other";
}

function answerOf(world: World, request: Uint8Array): Uint8Array {
  const { metadata, dalParameters, preimages } = world;
  if (request[0] === 1) return revealAnswerBytes({ kind: "metadata", metadata });
  if (request[0] === 3) return revealAnswerBytes({ kind: "dalParameters", parameters: dalParameters });
  const page = preimages.find((each) => Buffer.compare(revealHash(each), request.subarray(1)) === 0);
  return page ?? new Uint8Array(0);
}

/** The ticks of a span of an evaluation that are of a kind. */
export function ticksOfKind(world: World, span: PhaseSpan, kind: EvalKind): readonly bigint[] {
  const root = world.store.open(world.stretch.before);
  const walk = new Walk(root, world.stretch.levels, (request) => answerOf(world, request));
  const start = walk.tick;
  const found: bigint[] = [];
  for (let tick = span.first; tick < span.first + span.ticks; tick++) {
    walk.advance(start + tick);
    if (kindOf(walk.machine) === kind) found.push(tick);
  }
  return found;
}

/** The tick at which a message of a disputed level is read. */
export function readingTick(world: World, level: number, counter: number): bigint {
  const walk = new Walk(world.store.open(world.stretch.before), world.stretch.levels, (request) =>
    answerOf(world, request),
  );
  const start = walk.tick;
  for (;;) {
    const { nextMessage, machine } = walk;
    const isHere = nextMessage?.level === level && nextMessage.counter === BigInt(counter);
    if (isHere && machine.inputRequest().tag === "input") return walk.tick - start;
    // Padding may be long: it goes to the next message in one piece.
    if (walk.advancePhase()?.tag === "end") throw new Error(`message ${counter} of level ${level} is not read`);
  }
}

export interface Dispute {
  readonly result: GameResult;
  readonly liar: string;
  /** The tick that the honest player has proved the step of. */
  readonly proved: bigint | undefined;
  readonly proof: RefutationProof | undefined;
  /** Bytes of the proof with that of its input, as an operation carries them. */
  readonly proofBytes: number;
  readonly moves: number;
}

const MOST_MOVES = 40;

/** A game against somebody whose states are wrong from the one after `tick` on, and who plays faithfully to that. */
export async function disputeTick(world: World, tick: bigint, refuter: Role): Promise<Dispute> {
  const claims = await madeUpStates(world, tick + 1n, 7);
  const board = new ProtocolBoard({ world, claim: claims.claim, refuter, honestIsFirst: tick % 2n === 0n });
  const [honest, liar] = [honestView(world), board.address("liar")];
  let last: { readonly proved: bigint; readonly proof: RefutationProof } | undefined;
  for (let moves = 1; moves < MOST_MOVES; moves++) {
    const by = board.turn;
    const move = await nextMove(by === "honest" ? honest : claims.view, board.game);
    if (by === "honest" && !isDissection(move.step)) last = { proved: move.choice, proof: move.step };
    const applied = board.move(by, move);
    if (applied.kind === "refused") throw new Error(`${by}: ${applied.id}`);
    if (applied.kind === "ended") {
      const proofBytes = last === undefined ? 0 : encode(refutationProofForm, last.proof).length;
      return { result: applied.result, liar, proved: last?.proved, proof: last?.proof, proofBytes, moves: moves + 1 };
    }
  }
  throw new Error("the game does not end");
}
