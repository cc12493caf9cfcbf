// A walk along a stretch to ticks that increase: from whatever state is nearest, of those kept on earlier ways (checkpoints.ts) and those that the
// node has stored for the ends of levels; and it keeps what the next question about the stretch will want.

import type { TreeNode } from "../../merkle/node.js";
import type { StateHash } from "../../protocol/identifiers.js";
import type { Checkpoints } from "./checkpoints.js";
import type { KnownState, Stretch } from "./engine.js";
import { EngineError } from "./errors.js";
import { stretchKey } from "./stretch.js";
import type { Walk } from "./walk.js";

export interface StretchWalkOptions {
  readonly checkpoints: Checkpoints;
  /** Raises EngineError "node.engine.missing_state". */
  readonly open: (state: StateHash) => TreeNode;
  readonly walkFrom: (root: TreeNode) => Walk;
  /** Fetches what a reveal asks for. */
  readonly fetch: (request: Uint8Array, level: number | undefined) => Promise<unknown>;
}

/** Messages between two states kept while a level is read. */
const MESSAGES_BETWEEN_CHECKPOINTS = 64;

export class StretchWalk {
  readonly #options: StretchWalkOptions;
  readonly #key: string;
  readonly #known: readonly KnownState[];
  /** Tick of the machine at the start of the stretch. */
  readonly #start: bigint;
  #walk: Walk;
  /** Whether the state that the present padding began with is kept: those after it are had for nothing. */
  #isPaddingKept = false;

  /** Stands at the start. */
  constructor(stretch: Stretch, options: StretchWalkOptions) {
    this.#options = options;
    this.#key = stretchKey(stretch);
    this.#known = stretch.known ?? [];
    this.#walk = options.walkFrom(options.open(stretch.before));
    this.#start = this.#walk.tick;
  }

  get walk(): Walk {
    return this.#walk;
  }

  /** Counted from the start of the stretch. */
  get tick(): bigint {
    return this.#walk.tick - this.#start;
  }

  /** Goes to a tick not behind; false when the stretch ends before. */
  async goTo(tick: bigint): Promise<boolean> {
    if (tick < this.tick) throw new RangeError("ticks of a stretch are asked for in increasing order");
    this.#leap(tick);
    let messages = 0;
    for (;;) {
      const walk = this.#walk;
      const halt = walk.advance(this.#start + tick, {
        onMessage: () => {
          messages++;
          if (messages % MESSAGES_BETWEEN_CHECKPOINTS === 0) this.#keep();
        },
        onPadding: () => {
          // Only where the tick may lie in this padding: what is passed by is not asked for again.
          this.#isPaddingKept = this.#start + tick <= walk.tick + walk.machine.ticksToSnapshot();
          if (this.#isPaddingKept) this.#keep();
        },
      });
      if (halt.tag === "reveal") {
        await this.#options.fetch(halt.request, walk.machine.lastInput?.level);
        continue;
      }
      if (halt.tag === "tick" && !(this.#isPaddingKept && walk.machine.tickState.tag === "padding")) this.#keep();
      return halt.tag === "tick";
    }
  }

  #keep(): void {
    this.#options.checkpoints.add(this.#key, this.tick, this.#walk.root());
  }

  /** Goes on from the nearest state before a tick, if that is ahead. */
  #leap(tick: bigint): void {
    const kept = this.#options.checkpoints.before(this.#key, tick);
    const known = this.#known.findLast((each) => each.tick <= tick && each.tick > this.tick);
    const nearest = kept !== undefined && kept.tick > this.tick && kept.tick >= (known?.tick ?? 0n) ? kept : undefined;
    const root = nearest?.root ?? (known === undefined ? undefined : this.#stored(known));
    if (root === undefined) return;
    this.#walk = this.#options.walkFrom(root);
    this.#isPaddingKept = nearest !== undefined && this.#walk.machine.tickState.tag === "padding";
  }

  #stored({ state }: KnownState): TreeNode | undefined {
    try {
      return this.#options.open(state);
    } catch (error) {
      // Collected since: the way from the start leads there too.
      if (error instanceof EngineError && error.code === "node.engine.missing_state") return undefined;
      throw error;
    }
  }
}
