// What a level changes in the store, while it is being processed: one batch, written when everything about the level is known.

import type { CommitmentHash } from "../../protocol/identifiers.js";
import type { Execution } from "../store/chain-marks.js";
import type { CommitmentPoint, Publication, Store, WriteBatch } from "../store/store.js";

export class LevelDraft {
  readonly publications = new Map<CommitmentHash, Publication>();
  readonly executed: Execution[] = [];
  lcc: CommitmentPoint | undefined;
  lpc: CommitmentPoint | undefined;

  /** `goneFrom`: the first block after a reorganisation tells the store which blocks it replaces; their lowest level. */
  constructor(readonly goneFrom?: number) {}

  /** When a commitment was published, as far as the chain before this level says. Raises StoreError. */
  async publication(store: Store, hash: CommitmentHash): Promise<Publication | undefined> {
    const known = await store.publication(hash);
    const { goneFrom } = this;
    if (known === undefined || goneFrom === undefined || known.firstPublishedAt >= goneFrom) {
      return goneFrom === undefined ? known : undefined;
    }
    const { firstPublishedAt, publishedAt } = known;
    return publishedAt === undefined || publishedAt < goneFrom ? known : { firstPublishedAt };
  }

  /** What it comes to, beside the block. */
  batch(): Pick<WriteBatch, "goneFrom" | "publications" | "executed"> & {
    readonly points: { lcc?: CommitmentPoint; lpc?: CommitmentPoint };
  } {
    return {
      ...(this.goneFrom === undefined ? {} : { goneFrom: this.goneFrom }),
      publications: this.publications,
      executed: this.executed,
      points: {
        ...(this.lcc === undefined ? {} : { lcc: this.lcc }),
        ...(this.lpc === undefined ? {} : { lpc: this.lpc }),
      },
    };
  }
}
