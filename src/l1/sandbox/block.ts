// A block of the chain as it is kept: header, what its operations became, the state after it. Encodings of headers are in header.ts.

import { encode } from "../../encoding/binary.js";
import type { BlockHash, ChainId, OperationHash, PublicKeyHash } from "../../protocol/identifiers.js";
import type { Operation } from "../../protocol/operation.js";
import { type ContentReceipt, operationMetadataCodec } from "../../protocol/receipt.js";
import type { ChainState } from "./chain-state.js";
import type { ShellHeader } from "./header.js";
import type { Protocol } from "./protocols.js";

/** A manager operation of a block. */
export interface AppliedOperation {
  readonly hash: OperationHash;
  /** As it was injected. */
  readonly bytes: Uint8Array;
  readonly operation: Operation;
  /** Contents and what became of each, in order. */
  readonly receipts: readonly ContentReceipt[];
}

/** What became of an operation's contents, as Octez keeps it beside the operation. */
export function encodeReceipts(receipts: readonly ContentReceipt[]): Uint8Array {
  const results = receipts.map(({ content, metadata }) => ({ kind: content.kind, metadata }));
  return encode(operationMetadataCodec, results as Parameters<typeof operationMetadataCodec.write>[1]); // as receipts pair them
}

export interface Block {
  readonly chainId: ChainId;
  readonly hash: BlockHash;
  readonly shell: ShellHeader;
  /** What the header says beyond the shell's part, with the signature. */
  readonly protocolData: Uint8Array;
  /** The protocol that made the block. */
  readonly protocol: Protocol;
  /** The protocol of the blocks on top of it: another one in the block that activates it. */
  readonly nextProtocol: Protocol;
  /** Manager operations: validation pass 3, the only one that is ever used. */
  readonly operations: readonly AppliedOperation[];
  /** Who made the block; absent in the first two. */
  readonly baker?: PublicKeyHash;
  /** Round at its level: 0, or more on a branch that was made by `reorg`. */
  readonly round: number;
  /** Mutez that its operations paid, which went to the baker. */
  readonly fees: bigint;
  /** Gas, in thousandths, that its operations reserved: the sum of their limits. */
  readonly consumedMilligas: bigint;
  /** Serialized messages of the level's inbox, from its start to its end; none in the genesis block. */
  readonly inboxMessages: readonly Uint8Array[];
  /** The state after it: in the genesis block, one that nobody has anything in. */
  readonly state: ChainState;
}
