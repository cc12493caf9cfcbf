// Block headers (protocol.md §1, §7.1; fields and order of the reference's block_header.ml and block_header_repr.ml): the shell's part, the
// same for every protocol, and what the protocol adds. Left out: seed nonces, which no block here commits to.

import type { BlockHash } from "../../protocol/identifiers.js";

/** What every header has. */
export interface ShellHeader {
  readonly level: number;
  /** Number of protocols activated so far, this block included. */
  readonly protoLevel: number;
  readonly predecessor: BlockHash;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: bigint;
  /** Validation passes: 4, or 0 in the genesis block and its successor. */
  readonly validationPasses: number;
  /** Root of the operations' hashes, "LLo…". */
  readonly operationsHash: Uint8Array;
  readonly fitness: readonly Uint8Array[];
  /** Digest of the state, "Co…". */
  readonly context: Uint8Array;
}
