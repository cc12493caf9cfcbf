// States kept on the way through a stretch, so that the next question about it need not start at its beginning: structure is shared, which
// makes them cheap (design §2). Bounded over all stretches; those used longest ago go first.

import type { TreeNode } from "../../merkle/node.js";

export const DEFAULT_CHECKPOINTS = 256;

interface Checkpoint {
  readonly stretch: string;
  readonly tick: bigint;
  readonly root: TreeNode;
}

export class Checkpoints {
  readonly #limit: number;
  #kept: Checkpoint[] = [];

  constructor(limit = DEFAULT_CHECKPOINTS) {
    this.#limit = limit;
  }

  /** The last one of a stretch not behind a tick. */
  before(stretch: string, tick: bigint): { readonly tick: bigint; readonly root: TreeNode } | undefined {
    let best: Checkpoint | undefined;
    for (const kept of this.#kept) {
      if (kept.stretch === stretch && kept.tick <= tick && (best === undefined || kept.tick > best.tick)) best = kept;
    }
    if (best !== undefined) this.add(best.stretch, best.tick, best.root);
    return best;
  }

  add(stretch: string, tick: bigint, root: TreeNode): void {
    this.#kept = this.#kept.filter((kept) => kept.stretch !== stretch || kept.tick !== tick);
    this.#kept.push({ stretch, tick, root });
    if (this.#kept.length > this.#limit) this.#kept.shift();
  }
}
