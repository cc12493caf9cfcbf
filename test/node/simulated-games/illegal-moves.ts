// Moves that layer 1 refuses, each with the error it refuses them with: a legal dissection spoilt, or what is never legal in a state of a game.
import {
  type Chunk,
  chunkOf,
  type Dissection,
  distance,
  type Section,
  WASM_TICKS_PER_SNAPSHOT,
} from "../../../src/protocol/dissection.js";
import type { ErrorId } from "../../../src/protocol/errors.js";
import type { Game } from "../../../src/protocol/game.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import { isDissection, type Move } from "../../../src/protocol/refutation.js";
import { RULES } from "./board.js";

export interface IllegalMove {
  readonly move: Move;
  /** What it must be refused with. */
  readonly id: ErrorId;
}

const NO_STATE = new Uint8Array(32).fill(0x17) as StateHash;

const move = (choice: bigint, step: Move["step"]): Move => ({ kind: "move", choice, step });
const moved = (chunk: Chunk, tick: bigint): Chunk => ({ ...chunk, tick });

/** Replaces some chunks, by index. */
function patched(dissection: Dissection, changes: ReadonlyMap<number, Chunk>): Dissection {
  return dissection.map((chunk, i) => changes.get(i) ?? chunk);
}

type Spoiler = (dissection: Dissection, section: Section) => Dissection | undefined;

function inner(dissection: Dissection, i: number): Chunk | undefined {
  return i > 0 && i < dissection.length - 1 ? dissection[i] : undefined;
}

const SPOILERS: readonly (readonly [ErrorId, Spoiler])[] = [
  [
    "smart_rollup_dissection_number_of_sections_mismatch",
    (dissection) => (dissection.length > 2 ? dissection.filter((_, i) => i !== 1) : undefined),
  ],
  [
    "smart_rollup_dissection_start_hash_mismatch",
    (dissection) => patched(dissection, new Map([[0, chunkOf((dissection[0] as Chunk).tick, NO_STATE)]])),
  ],
  [
    "smart_rollup_dissection_stop_hash_mismatch",
    (dissection, { stop }) => patched(dissection, new Map([[dissection.length - 1, stop]])),
  ],
  [
    "smart_rollup_dissection_edge_ticks_mismatch",
    (dissection) => {
      const last = dissection.at(-1) as Chunk; // legal ones have two chunks at least
      return patched(dissection, new Map([[dissection.length - 1, moved(last, last.tick + 1n)]]));
    },
  ],
  [
    "smart_rollup_dissection_invalid_successive_states_shape",
    (dissection) => {
      const [first, second] = [inner(dissection, 1), inner(dissection, 2)];
      if (first === undefined || second?.state === undefined) return undefined;
      return patched(dissection, new Map([[1, { tick: first.tick }]]));
    },
  ],
  [
    "smart_rollup_dissection_ticks_not_increasing",
    (dissection) => {
      const [first, second] = [inner(dissection, 1), inner(dissection, 2)];
      if (first === undefined || second === undefined) return undefined;
      return patched(dissection, new Map([[2, moved(second, first.tick)]]));
    },
  ],
  [
    "smart_rollup_dissection_invalid_distribution",
    (dissection, section) => {
      const count = BigInt(dissection.length - 1);
      const length = distance(section);
      if (count < 2n || length - count + 1n <= RULES.maximumSize(section)) return undefined;
      const { start, stop } = section;
      return dissection.map((chunk, i) => {
        if (i === 0) return moved(chunk, start.tick);
        return moved(chunk, stop.tick - (count - BigInt(i)));
      });
    },
  ],
  [
    "smart_rollup_wasm_invalid_dissection_distribution",
    (dissection, section) => {
      const second = inner(dissection, 1);
      if (second === undefined || distance(section) <= WASM_TICKS_PER_SNAPSHOT) return undefined;
      const next = dissection[2] as Chunk; // after an inner one
      if (next.tick - (second.tick - 1n) > RULES.maximumSize(section)) return undefined;
      return patched(dissection, new Map([[1, moved(second, second.tick - 1n)]]));
    },
  ],
];

function sectionAt(dissection: Dissection, choice: bigint): Section | undefined {
  const at = dissection.findIndex(({ tick }) => tick === choice);
  const [start, stop] = [dissection[at], dissection[at + 1]];
  return start === undefined || stop === undefined ? undefined : { start, stop };
}

/** All that are at hand, beside a legal move. */
export function illegalMoves(game: Game, legal: Move): readonly IllegalMove[] {
  const garbage: IllegalMove = {
    move: move(legal.choice, { pvmStep: Uint8Array.of(3, 0, 2, 5) }),
    id: "smart_rollup_proof_check",
  };
  if (game.gameState.kind === "finalMove") {
    return [garbage, { move: move(legal.choice, [{ tick: 0n }, { tick: 1n }]), id: "Dissecting_during_final_move" }];
  }
  const { dissection } = game.gameState;
  const found: IllegalMove[] = [garbage];
  const last = dissection.at(-1) as Chunk; // a game starts with three
  const made = isDissection(legal.step) ? legal.step : dissection;
  found.push({ move: move(last.tick, made), id: "Dissection_choice_not_found" });
  found.push({ move: move(last.tick + 5n, made), id: "Dissection_choice_not_found" });
  const single = dissection.findIndex((chunk, i) => (dissection[i + 1]?.tick ?? 0n) - chunk.tick === 1n);
  const [start, stop] = [dissection[single], dissection[single + 1]];
  if (start !== undefined && stop !== undefined) {
    found.push({ move: move(start.tick, [start, stop]), id: "smart_rollup_dissection_invalid_number_of_sections" });
  }
  const section = sectionAt(dissection, legal.choice);
  if (!isDissection(legal.step) || section === undefined) return found;
  for (const [id, spoil] of SPOILERS) {
    const step = spoil(legal.step, section);
    if (step !== undefined) found.push({ move: move(legal.choice, step), id });
  }
  return found;
}
