// Making a block on top of another (protocol.md §7.5): operations validated against the state before the block and applied in order, fees
// paid to the baker, the inbox's level closed, the header stamped and signed. Pure: the same arguments give the same block.
// Left out: rewards, attestations, cycles' ends.

import { blake2b256 } from "../../crypto/blake2b.js";
import { addressOf, type SecretKey, sign } from "../../crypto/keys.js";
import { ByteWriter, encode } from "../../encoding/binary.js";
import { ProtocolError } from "../../protocol/errors.js";
import { type OperationHash, type PublicKeyHash, publicKeyHash, type Signature } from "../../protocol/identifiers.js";
import { nextInbox } from "../../protocol/inbox.js";
import { LevelBuilder } from "../../protocol/level-builder.js";
import { applyGroup } from "./application.js";
import { giveTez } from "./balances.js";
import { type AppliedOperation, type Block, encodeReceipts } from "./block.js";
import { BlockDraft } from "./block-draft.js";
import type { ChainState } from "./chain-state.js";
import type { ContractRuntime } from "./contract-runtime.js";
import { MILLIGAS_PER_GAS } from "./gas.js";
import {
  blockWatermark,
  hashHeader,
  makeFitness,
  PROOF_OF_WORK_NONCE_BYTES,
  protocolDataForm,
  type ShellHeader,
  type UnsignedProtocolData,
  unsignedHeaderBytes,
} from "./header.js";
import type { IncomingOperation } from "./incoming-operation.js";
import { operationsRoot, payloadHash, VALIDATION_PASSES } from "./operations-hash.js";
import type { ScheduledProtocol } from "./schedule.js";
import { validateGroup } from "./validation.js";

/** Most bytes of a block's manager operations. */
export const MANAGER_PASS_BYTES = 512 * 1024;

export interface BakingOptions {
  readonly predecessor: Block;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly round: number;
  readonly operations: readonly IncomingOperation[];
  /** Whether an operation's signature was found good before. */
  readonly isSignatureKnown: (incoming: IncomingOperation) => boolean;
  readonly bakerKey: SecretKey;
  readonly contracts: ContractRuntime | undefined;
  /** A protocol that this block activates. */
  readonly activates: ScheduledProtocol | undefined;
  /** The rest of the header, of a block that was made before: it is neither stamped nor signed again. */
  readonly protocolData?: Uint8Array;
}

/** An operation that is not in the block. */
export interface LeftOut {
  readonly incoming: IncomingOperation;
  /** Why; absent: the block has no room. */
  readonly error?: ProtocolError;
}

export interface BakedBlock {
  readonly block: Block;
  readonly leftOut: readonly LeftOut[];
}

export function bakeBlock(options: BakingOptions): BakedBlock {
  const { predecessor, bakerKey } = options;
  const draft = draftOn(predecessor, options.contracts);
  const included = includeOperations(draft, options);
  const baker = publicKeyHash(addressOf(bakerKey.publicKey));
  giveTez(draft, baker, included.fees);
  const inboxMessages = closeInbox(draft);
  if (options.activates !== undefined) switchProtocol(draft, options.activates);
  const shell = shellHeader(options, included.applied, draft.state);
  const hashes = included.applied.map(({ hash }) => hash);
  const protocolData = options.protocolData ?? makeProtocolData(options, shell, hashes);
  const block: Block = {
    chainId: predecessor.chainId,
    hash: hashHeader(shell, protocolData),
    shell,
    protocolData,
    protocol: predecessor.nextProtocol,
    nextProtocol: options.activates?.protocol ?? predecessor.nextProtocol,
    operations: included.applied,
    baker,
    round: options.round,
    fees: included.fees,
    consumedMilligas: included.gas * BigInt(MILLIGAS_PER_GAS),
    inboxMessages,
    state: draft.state,
  };
  return { block, leftOut: included.leftOut };
}

/** A draft of the block after `predecessor`. */
export function draftOn(predecessor: Block, contracts: ContractRuntime | undefined): BlockDraft {
  return new BlockDraft({
    state: predecessor.state,
    chainId: predecessor.chainId,
    protocol: predecessor.nextProtocol,
    level: predecessor.shell.level + 1,
    predecessor: predecessor.hash,
    predecessorTimestamp: predecessor.shell.timestamp,
    contracts,
  });
}

// ---- Operations

interface Included {
  readonly applied: readonly AppliedOperation[];
  readonly leftOut: readonly LeftOut[];
  /** Mutez. */
  readonly fees: bigint;
  /** Sum of the limits. */
  readonly gas: bigint;
}

function includeOperations(draft: BlockDraft, options: BakingOptions): Included {
  const { state } = options.predecessor;
  const applied: AppliedOperation[] = [];
  const leftOut: LeftOut[] = [];
  const sources = new Map<PublicKeyHash, OperationHash>();
  let blockGas = state.constants.hardGasLimitPerBlock;
  let bytesLeft = MANAGER_PASS_BYTES;
  let fees = 0n;
  for (const incoming of options.operations) {
    if (incoming.bytes.length > bytesLeft) {
      leftOut.push({ incoming });
      continue;
    }
    try {
      const checkSignature = !options.isSignatureKnown(incoming);
      const context = { state, level: draft.level, blockGas, mempool: false, checkSignature };
      const group = validateGroup(context, incoming);
      checkAlone(sources, group.source, incoming.hash);
      const outcome = applyGroup(draft, incoming, group);
      const { hash, bytes, operation } = incoming;
      applied.push({ hash, bytes, operation, receipts: outcome.receipts });
      sources.set(group.source, hash);
      blockGas -= group.gas;
      bytesLeft -= bytes.length;
      fees += outcome.fees;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      leftOut.push(error.id === "gas_exhausted.block" ? { incoming } : { incoming, error });
    }
  }
  return { applied, leftOut, fees, gas: state.constants.hardGasLimitPerBlock - blockGas };
}

/** One group a source and block. */
export function checkAlone(
  sources: ReadonlyMap<PublicKeyHash, OperationHash>,
  source: PublicKeyHash,
  newOperation: OperationHash,
): void {
  const existing = sources.get(source);
  if (existing === undefined) return;
  throw new ProtocolError("validate.operation.manager_restriction", { source, conflict: { existing, newOperation } });
}

/** Ends the level: its messages go into the inbox. Gives them all, the protocol's own ones included. */
function closeInbox(draft: BlockDraft): readonly Uint8Array[] {
  const { predecessor, predecessorTimestamp, protocol } = draft;
  const info = { predecessor, predecessorTimestamp };
  const level = new LevelBuilder(info, draft.startsProtocol ? protocol.versionName : undefined);
  if (draft.messages.length > 0) level.addMessages(draft.messages);
  const payloads = level.finish();
  draft.update({ inbox: nextInbox(draft.state.inbox, payloads.witness) });
  return payloads.messages;
}

/** The last thing a protocol does is to hand over to the next. */
function switchProtocol(draft: BlockDraft, { constants }: ScheduledProtocol): void {
  const { pastPeriods } = draft.state;
  const past = {
    commitmentPeriodInBlocks: draft.constants.smartRollupCommitmentPeriodInBlocks,
    nextProtocolActivation: draft.level,
  };
  draft.update({
    activationLevel: draft.level,
    constants: constants ?? draft.constants,
    pastPeriods: [...pastPeriods, past],
  });
}

// ---- Header

function shellHeader(options: BakingOptions, applied: readonly AppliedOperation[], state: ChainState): ShellHeader {
  const { predecessor, timestamp, round } = options;
  const level = predecessor.shell.level + 1;
  return {
    level,
    protoLevel: predecessor.shell.protoLevel + (options.activates === undefined ? 0 : 1),
    predecessor: predecessor.hash,
    timestamp,
    validationPasses: VALIDATION_PASSES,
    operationsHash: operationsRoot(applied.map(({ hash }) => hash)),
    fitness: makeFitness(level, predecessor.round, round),
    context: contextDigest(predecessor, applied, state),
  };
}

/**
 * Stands for the Merkle root of Octez's context, which is not kept here: a digest of the context before and of all that the block
 * did to it, as receipts and inbox tell it.
 */
function contextDigest(predecessor: Block, applied: readonly AppliedOperation[], state: ChainState): Uint8Array {
  const w = new ByteWriter();
  w.raw(predecessor.shell.context);
  w.raw(state.inbox.oldLevelsMessages.content.hash);
  for (const { hash, receipts } of applied) {
    w.raw(hash);
    w.raw(encodeReceipts(receipts));
  }
  return blake2b256(w.finish());
}

function makeProtocolData(
  { predecessor, round, bakerKey }: BakingOptions,
  shell: ShellHeader,
  operations: readonly OperationHash[],
): Uint8Array {
  const contents = stamped(shell, predecessor.state.constants.proofOfWorkThreshold, {
    payloadHash: payloadHash(predecessor.hash, round, operations),
    payloadRound: round,
    proofOfWorkNonce: new Uint8Array(PROOF_OF_WORK_NONCE_BYTES),
    liquidityBakingToggleVote: "pass",
  });
  const watermark = blockWatermark(predecessor.chainId);
  const signature = sign(bakerKey, unsignedHeaderBytes(shell, contents), watermark).bytes as Signature;
  return encode(protocolDataForm, { ...contents, signature });
}

const SIGNATURE_ZEROES = new Uint8Array(64) as Signature;

/** The contents with the first nonce that makes the header's hash, signature left zero, small enough. */
function stamped(shell: ShellHeader, threshold: bigint, contents: UnsignedProtocolData): UnsignedProtocolData {
  const limit = BigInt.asUintN(64, threshold);
  for (let nonce = 0n; ; nonce++) {
    const w = new ByteWriter(PROOF_OF_WORK_NONCE_BYTES);
    w.i64(nonce);
    const tried = { ...contents, proofOfWorkNonce: w.finish() };
    const hash = hashHeader(shell, encode(protocolDataForm, { ...tried, signature: SIGNATURE_ZEROES }));
    if (new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) <= limit) return tried;
  }
}
