// How liars play what they claim: faithfully, with another story at every turn, as slowly as the rules allow, with proofs that are none,
// with those of others, or not at all. What they lie about is in lies.ts.
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { NoMove, nextMove, stepProof } from "../../../src/node/games/next-move.js";
import { type Chunk, chunkOf, type Dissection, distance, type Section } from "../../../src/protocol/dissection.js";
import type { Game } from "../../../src/protocol/game.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import type { InputProof } from "../../../src/protocol/input-proof.js";
import type { Move, RefutationProof } from "../../../src/protocol/refutation.js";
import type { Source } from "../../fuzz/choices.js";
import { RULES } from "./board.js";
import type { Claims } from "./claims.js";
import { honestView, type World } from "./world.js";

export type Manner = "faithful" | "fickle" | "slow" | "garbage" | "replay" | "silent";

export interface Behaviour {
  readonly manner: Manner;
  /** Turns after which it falls silent, or sends a proof that is none. */
  readonly after: number;
  /** Of its turns, and the honest player's, before which it tries something illegal: one in so many. */
  readonly illegalEvery: number;
}

/** Proofs that were made in earlier games. */
export type Proofs = RefutationProof[];

export interface LiarOptions {
  readonly world: World;
  readonly claims: Claims;
  readonly behaviour: Behaviour;
  readonly source: Source;
  readonly proofs: Proofs;
}

const move = (choice: bigint, step: Move["step"]): Move => ({ kind: "move", choice, step });

export class Liar {
  readonly #options: LiarOptions;
  #turns = 0;

  constructor(options: LiarOptions) {
    this.#options = options;
  }

  get behaviour(): Behaviour {
    return this.#options.behaviour;
  }

  /** A move that is allowed, good or bad; null: none any more. */
  async move(game: Game): Promise<Move | null> {
    const { behaviour, source } = this.#options;
    const { manner, after } = behaviour;
    const isDue = this.#turns++ >= after;
    if (manner === "silent" && isDue) return null;
    if ((manner === "garbage" || manner === "replay") && isDue) return this.#badProof(game, manner);
    if (manner === "fickle" && game.gameState.kind === "dissecting") return this.#story(game, evenTicks);
    if (manner === "slow" && game.gameState.kind === "dissecting" && source.below(4) > 0) {
      return this.#story(game, (section, sections) => unevenTicks(section, sections, source));
    }
    return this.#faithful(game);
  }

  async #faithful(game: Game): Promise<Move> {
    try {
      return await nextMove(this.#options.claims.view, game);
    } catch (error) {
      // Whoever has told another story before may agree now, or be asked for a tick beyond its own.
      if (error instanceof NoMove || (error instanceof Error && "code" in error)) return this.#story(game, evenTicks);
      throw error;
    }
  }

  /** States made up on the spot, in some section. */
  async #story(game: Game, ticksOf: (section: Section, sections: number) => readonly bigint[]): Promise<Move> {
    const { source } = this.#options;
    const { gameState } = game;
    if (gameState.kind === "finalMove") return this.#badProof(game, "garbage");
    const { dissection, defaultNumberOfSections } = gameState;
    const sections = sectionsOf(dissection).filter(({ start }) => start.state !== undefined);
    const section = source.pick(sections);
    if (distance(section) === 1n) return move(section.start.tick, await this.#proofOf(game, section.start.tick));
    const salt = source.u32();
    const ticks = ticksOf(section, defaultNumberOfSections);
    const step = ticks.map((tick, i) => (i === 0 ? section.start : chunkOf(tick, madeUp(tick, salt))));
    return move(section.start.tick, step);
  }

  /** A proof of the true step, or of the claimed one: neither helps. */
  async #proofOf(game: Game, tick: bigint): Promise<RefutationProof> {
    try {
      return await stepProof(this.#options.claims.view, game, tick);
    } catch (error) {
      if (error instanceof NoMove || (error instanceof Error && "code" in error)) return this.#someProof(game);
      throw error;
    }
  }

  /** A proof of some tick of the period. */
  async #someProof(game: Game): Promise<RefutationProof> {
    const { source, world } = this.#options;
    const tick = source.u64() % world.end.ticks;
    return stepProof(honestView(world), game, tick);
  }

  async #badProof(game: Game, manner: "garbage" | "replay"): Promise<Move> {
    const { source, proofs } = this.#options;
    const { gameState } = game;
    const choice =
      gameState.kind === "finalMove" ? gameState.agreedStartChunk.tick : this.#choice(gameState.dissection);
    if (manner === "replay" && proofs.length > 0) return move(choice, source.pick(proofs));
    const proof = source.oneIn(2) ? await this.#proofOf(game, choice) : await this.#someProof(game);
    return move(choice, spoilt(proof, source));
  }

  #choice(dissection: Dissection): bigint {
    const { source } = this.#options;
    const sections = sectionsOf(dissection);
    const single = sections.filter((section) => distance(section) === 1n);
    return source.pick(single.length > 0 && source.below(3) > 0 ? single : sections).start.tick;
  }
}

export function sectionsOf(dissection: Dissection): Section[] {
  return dissection.slice(0, -1).map((start, i) => ({ start, stop: dissection[i + 1] as Chunk })); // all but the last have one after
}

const madeUp = (tick: bigint, salt: number): StateHash => blake2b256(Buffer.from(`${salt} ${tick}`)) as StateHash;

function evenTicks({ start, stop }: Section, sections: number): readonly bigint[] {
  return RULES.chooseTicks(start.tick, stop.tick, sections);
}

/** As many sections as must be, one of them as long as may be: what follows is about that one, if the others are agreed with. */
function unevenTicks(section: Section, sections: number, source: Source): readonly bigint[] {
  const { start, stop } = section;
  const ticks = RULES.chooseTicks(start.tick, stop.tick, sections);
  const count = BigInt(ticks.length - 1);
  const length = distance(section);
  const most = RULES.maximumSize(section);
  // Within a call any tick will do; and one section of half the length must leave a tick for each other one.
  if (count < 3n || count * 2n >= length || !RULES.allowsTick(section, start.tick + 1n)) return ticks;
  const longFirst = source.below(2) === 0;
  const rest = length - most;
  const isAllowed = rest - (count - 2n) <= most;
  if (!isAllowed) return ticks;
  // One section of `most` ticks, one of what is left, and all others of a single tick.
  const sizes = [most, rest - (count - 2n), ...Array.from({ length: Number(count) - 2 }, () => 1n)];
  const ordered = longFirst ? sizes : sizes.reverse();
  let tick = start.tick;
  return [start.tick, ...ordered.map((size) => (tick += size))];
}

/** A proof with something wrong in it, which still reads as one. */
function spoilt(proof: RefutationProof, source: Source): RefutationProof {
  switch (source.below(5)) {
    case 0: {
      const pvmStep = Uint8Array.from(proof.pvmStep);
      // A byte of the hash after the step.
      const at = 3 + 32 + source.below(32);
      pvmStep[at] = (pvmStep[at] ?? 0) ^ 1;
      return { ...proof, pvmStep };
    }
    case 1:
      return { pvmStep: proof.pvmStep, inputProof: { kind: "firstInput" } };
    case 2:
      return { pvmStep: proof.pvmStep, inputProof: randomReveal(source) };
    case 3:
      return { pvmStep: proof.pvmStep, inputProof: randomInbox(source) };
    default:
      return proof;
  }
}

function randomReveal(source: Source): InputProof {
  return { kind: "reveal", proof: { kind: "rawData", rawData: source.bytes(source.below(60)) } };
}

function randomInbox(source: Source): InputProof {
  const serializedProof = source.bytes(source.below(100));
  return { kind: "inbox", level: source.below(30), messageCounter: BigInt(source.below(8)), serializedProof };
}
