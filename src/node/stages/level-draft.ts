// What a level changes in the store, while it is being processed: one batch, written when everything about the level is known.

import type { CommitmentHash } from "../../protocol/identifiers.js";
import type { CommitmentPoint, Publication, WriteBatch } from "../store/store.js";

export class LevelDraft {
  readonly publications = new Map<CommitmentHash, Publication>();
  readonly executed: { level: number; index: number }[] = [];
  lcc: CommitmentPoint | undefined;
  lpc: CommitmentPoint | undefined;

  /** What it comes to, beside the block. */
  batch(): Pick<WriteBatch, "publications" | "executed"> & {
    readonly points: { lcc?: CommitmentPoint; lpc?: CommitmentPoint };
  } {
    return {
      publications: this.publications,
      executed: this.executed,
      points: {
        ...(this.lcc === undefined ? {} : { lcc: this.lcc }),
        ...(this.lpc === undefined ? {} : { lpc: this.lpc }),
      },
    };
  }
}
