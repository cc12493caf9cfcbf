// What is kept of a block, and making the block again from it: the operations go through the chain's rules once more, and header, hash and
// receipts must come out as they were, byte by byte. So what is kept needs no state, and nothing that was damaged, or made by
// other rules, passes for the chain.

import { blake2b256 } from "../../crypto/blake2b.js";
import { type BlockHash, hashEquals } from "../../protocol/identifiers.js";
import { type Block, encodeReceipts } from "./block.js";
import { OperationRefused, SandboxError } from "./errors.js";
import { encodeHeader } from "./header.js";

export interface OperationRecord {
  /** As it was injected. */
  readonly bytes: Uint8Array;
  /** `encodeReceipts`. */
  readonly receipts: Uint8Array;
}

export interface BlockRecord {
  readonly level: number;
  readonly hash: BlockHash;
  readonly predecessor: BlockHash;
  readonly round: number;
  /** Seconds. */
  readonly timestamp: bigint;
  /** Shell part and protocol's part. */
  readonly header: Uint8Array;
  readonly operations: readonly OperationRecord[];
}

/** A block that does not come out as it was. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  readonly code = "l1.sandbox.replay_differs";

  constructor(
    readonly level: number,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`l1.sandbox.replay_differs: block ${level}: ${reason}`, options);
  }
}

export function recordOf({ shell, hash, protocolData, round, operations }: Block): BlockRecord {
  return {
    level: shell.level,
    hash,
    predecessor: shell.predecessor,
    round,
    timestamp: shell.timestamp,
    header: encodeHeader(shell, protocolData),
    operations: operations.map(({ bytes, receipts }) => ({ bytes, receipts: encodeReceipts(receipts) })),
  };
}

/** Makes a block on top of its predecessor from operations, with the protocol's part of the header as it was. */
export type Remake = (timestamp: bigint, operations: readonly Uint8Array[], protocolData: Uint8Array) => Block;

/** Raises ReplayError. */
export function replayBlock(record: BlockRecord, remake: Remake): Block {
  const { level, header, timestamp } = record;
  const differs = (reason: string, cause?: unknown): ReplayError =>
    new ReplayError(level, reason, cause === undefined ? undefined : { cause });
  if (!hashEquals(blake2b256(header), record.hash)) throw differs("its header has another hash");
  let block: Block;
  try {
    const bytes = record.operations.map((operation) => operation.bytes);
    block = remake(timestamp, bytes, header.subarray(shellBytes(record)));
  } catch (error) {
    if (!(error instanceof OperationRefused || error instanceof SandboxError)) throw error;
    throw differs(error.message, error);
  }
  checkSame(record, block, differs);
  return block;
}

/** Bytes of the shell's part of a header: those before the fitness, its elements with their sizes, the context's hash. */
function shellBytes({ header }: BlockRecord): number {
  const BEFORE_FITNESS_BYTES = 4 + 1 + 32 + 8 + 1 + 32;
  const CONTEXT_HASH_BYTES = 32;
  if (header.length < BEFORE_FITNESS_BYTES + 4) return header.length;
  const fitnessBytes = new DataView(header.buffer, header.byteOffset).getUint32(BEFORE_FITNESS_BYTES);
  return Math.min(header.length, BEFORE_FITNESS_BYTES + 4 + fitnessBytes + CONTEXT_HASH_BYTES);
}

/** The receipts first: they tell more than a hash that differs because of them. */
export function checkSame(record: BlockRecord, block: Block, differs: (reason: string) => ReplayError): void {
  const remade = recordOf(block);
  if (remade.operations.length !== record.operations.length) {
    throw differs(`${remade.operations.length} of ${record.operations.length} operations can be in it`);
  }
  for (const [i, operation] of record.operations.entries()) {
    const again = remade.operations[i];
    if (again === undefined || Buffer.compare(again.bytes, operation.bytes) !== 0) {
      throw differs(`operation ${i} cannot be in it`);
    }
    if (Buffer.compare(again.receipts, operation.receipts) !== 0) throw differs(`operation ${i} has other receipts`);
  }
  if (Buffer.compare(remade.header, record.header) !== 0) throw differs("another header comes of its operations");
  if (!hashEquals(block.hash, record.hash) || block.shell.level !== record.level) {
    throw differs("another block comes of its operations");
  }
}
