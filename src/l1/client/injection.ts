// From what an account wants to do to an operation in the node's pool, by the steps of octez-client: counter and key, reveal if
// need be, fees and limits, signature, a trial with it (preapply), injection.

import { printPublicKey } from "../../crypto/keys.js";
import {
  type BlockHash,
  type ChainId,
  type OperationHash,
  type PublicKey,
  publicKeyForm,
  type Signature,
} from "../../protocol/identifiers.js";
import { encodeOperation, encodeUnsigned, type Operation, operationHash } from "../../protocol/operation.js";
import type { ManagerContent } from "../../protocol/operation-contents.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { type BlockId, GENESIS, HEAD, headMinus } from "./block-id.js";
import type { BlockRpc } from "./block-rpc.js";
import type { Draft } from "./drafts.js";
import { InjectionError } from "./injection-error.js";
import type { L1Client } from "./l1-client.js";
import { checkFees, type FeeParameters, findLimits, type LimitEvent } from "./operation-limits.js";
import { failureTrace } from "./receipts.js";
import { isL1RpcError } from "./rpc-error.js";
import type { Signer } from "./wallet.js";

export type InjectionEvent =
  | LimitEvent
  /** The trial of the signed operation failed. */
  | { readonly kind: "trial_failed"; readonly forced: boolean; readonly receipts: readonly ContentReceipt[] }
  | {
      readonly kind: "signing";
      readonly branch: BlockHash;
      readonly contents: readonly ManagerContent[];
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "injected"; readonly hash: OperationHash };

export interface InjectionOptions {
  readonly signer: Signer;
  readonly fees: FeeParameters;
  /** On top of which block the operation is tried; the head. */
  readonly block?: BlockId;
  /** Of the first operation; by default the account's next. */
  readonly counter?: bigint;
  /** Give back the operation, do not inject it. */
  readonly dryRun?: boolean;
  /** As `dryRun`, and do not sign it either. */
  readonly simulation?: boolean;
  /** Inject although the trial fails. */
  readonly force?: boolean;
  readonly successorLevel?: boolean;
  readonly safetyGuard?: bigint;
  /** Changes contents once their limits are known: to replace an operation of the pool. */
  readonly adjust?: (contents: readonly ManagerContent[]) => Promise<readonly ManagerContent[]>;
  /** Waits until the node has caught up with its network; by default, in silence. */
  readonly waitForNode?: () => Promise<void>;
  readonly onEvent?: (event: InjectionEvent) => void;
}

/** What became of it so far. */
export interface InjectedOperation {
  readonly hash: OperationHash;
  readonly operation: Operation;
  /** Signed, or with a signature of zeros after a simulation. */
  readonly bytes: Uint8Array;
  /** Of the trial. */
  readonly receipts: readonly ContentReceipt[];
  /** Whether a reveal stands in front of what was asked for. */
  readonly revealsKey: boolean;
}

/** Blocks before the head that operations branch from: nearer ones may still be replaced. */
const BRANCH_DEPTH = 2;

/** The block an operation on top of `block` branches from; the genesis block in a chain that is still too short. */
export async function branchOf(client: L1Client, block: BlockId = HEAD): Promise<BlockHash> {
  if (block !== HEAD) return client.block(block).hash();
  try {
    return await client.block(headMinus(BRANCH_DEPTH)).hash();
  } catch (error) {
    if (isL1RpcError(error, "l1.rpc.not_found")) return client.block(GENESIS).hash();
    throw error;
  }
}

/** Signs and injects. Raises InjectionError, L1RpcError, and what the signer raises. */
export async function injectOperations(
  client: L1Client,
  drafts: readonly Draft[],
  options: InjectionOptions,
): Promise<InjectedOperation> {
  const { signer, onEvent } = options;
  const block = client.block(options.block ?? HEAD);
  const counter = options.counter ?? (await block.counter(signer.hash)) + 1n;
  const revealed = await block.managerKey(signer.hash);
  const { all, revealsKey } = withReveal(drafts, signer, revealed);
  await (options.waitForNode ?? (() => waitUntilBootstrapped(client)))();
  const constants = await block.constants();
  const branch = await branchOf(client, options.block);
  const chainId = await client.chainId();
  const limited = await findLimits(block, all, {
    source: signer.hash,
    counter,
    branch,
    chainId,
    constants,
    fees: options.fees,
    ...(options.successorLevel === undefined ? {} : { successorLevel: options.successorLevel }),
    ...(options.safetyGuard === undefined ? {} : { safetyGuard: options.safetyGuard }),
    ...(options.force === undefined ? {} : { force: options.force }),
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  const contents = (await options.adjust?.(limited.contents)) ?? limited.contents;
  const injected = await send(client, block, { branch, contents }, chainId, options);
  return { ...injected, revealsKey };
}

/** The node closes this stream once it has caught up. */
async function waitUntilBootstrapped(client: L1Client): Promise<void> {
  for await (const _step of client.bootstrapSteps()) {
    // Nothing to do but wait.
  }
}

function withReveal(
  drafts: readonly Draft[],
  signer: Signer,
  revealed: PublicKey | undefined,
): { readonly all: readonly Draft[]; readonly revealsKey: boolean } {
  const reveals = drafts[0]?.body.kind === "reveal";
  if (revealed !== undefined) {
    if (reveals) {
      throw new InjectionError("l1.injection.already_revealed", "The manager key was previously revealed.");
    }
    return { all: drafts, revealsKey: false };
  }
  if (reveals) return { all: drafts, revealsKey: false };
  if (drafts.some((draft) => draft.fee !== undefined || draft.storageLimit !== undefined)) {
    throw new InjectionError("l1.injection.needs_reveal", "the account's key has not been revealed");
  }
  return { all: [revealOf(signer), ...drafts], revealsKey: true };
}

/** An operation that makes an account's key known. */
export function revealOf(signer: Signer): Draft {
  return { body: { kind: "reveal", publicKey: publicKeyForm.fromJson(printPublicKey(signer.publicKey)) } };
}

/** Signs contents, tries them out, and injects them, or not. */
async function send(
  client: L1Client,
  block: BlockRpc,
  unsigned: { readonly branch: BlockHash; readonly contents: readonly ManagerContent[] },
  chainId: ChainId,
  options: InjectionOptions,
): Promise<Omit<InjectedOperation, "revealsKey">> {
  const { dryRun = false, simulation = false, force = false, onEvent } = options;
  const operation = simulation ? unsigned : await signed(unsigned, options);
  const bytes = encodeOperation(operation);
  const receipts = simulation
    ? await block.simulate(unsigned, chainId, { successorLevel: options.successorLevel ?? false })
    : await tryOut(block, operation, bytes, options);
  const trace = failureTrace(receipts);
  if (trace !== undefined) {
    onEvent?.({ kind: "trial_failed", forced: force, receipts });
    if (!force) throw new InjectionError("l1.injection.trial_failed", "the trial of the operation failed", { trace });
  }
  if (dryRun || simulation) return { hash: operationHash(bytes), operation, bytes, receipts };
  const hash = await client.inject(bytes);
  onEvent?.({ kind: "injected", hash });
  return { hash, operation, bytes, receipts };
}

async function signed(unsigned: Operation, { signer, onEvent }: InjectionOptions): Promise<Operation> {
  const bytes = encodeUnsigned(unsigned);
  // Made of manager operations above.
  onEvent?.({ kind: "signing", ...unsigned, contents: unsigned.contents as readonly ManagerContent[], bytes });
  const signature = (await signer.sign(bytes)).bytes as Signature;
  return { ...unsigned, signature };
}

async function tryOut(
  block: BlockRpc,
  operation: Operation,
  bytes: Uint8Array,
  { fees }: InjectionOptions,
): Promise<readonly ContentReceipt[]> {
  checkFees(operation.contents as readonly ManagerContent[], bytes.length, fees);
  const { nextProtocol } = await block.protocols();
  return block.preapply(operation, nextProtocol);
}
