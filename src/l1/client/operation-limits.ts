// Fees and limits found out by simulation, as octez-client does: the operation is tried with the highest limits there are; what
// it used, and a little more, becomes its limits; fees follow from them and from the operation's size.

import type { BlockHash, ChainId, PublicKeyHash } from "../../protocol/identifiers.js";
import { SIGNATURE_BYTES } from "../../protocol/identifiers.js";
import type { ManagerContent } from "../../protocol/operation-contents.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import type { BlockRpc } from "./block-rpc.js";
import type { OperationConstants } from "./chain-constants.js";
import { contentBytes, contentOf, type Draft, type Limits } from "./drafts.js";
import { type FeeRates, minimalFee } from "./fees.js";
import { InjectionError } from "./injection-error.js";
import { consumedMilligas, failureTrace, storageBytes } from "./receipts.js";

/** What the one who injects is ready to pay. */
export interface FeeParameters extends FeeRates {
  /** Take fees below what bakers ask for. */
  readonly forceLowFee: boolean;
  /** Most that all fees of an operation may come to, in mutez. */
  readonly feeCap: bigint;
  /** Most that storage may cost, in mutez. */
  readonly burnCap: bigint;
}

/** What simulation found out, told as it does. */
export type LimitEvent =
  | { readonly kind: "estimated_gas"; readonly milligas: bigint; readonly safetyGuard: bigint }
  | { readonly kind: "estimated_storage"; readonly bytes: bigint }
  | { readonly kind: "simulation_failed"; readonly receipts: readonly ContentReceipt[] };

export interface LimitOptions {
  readonly source: PublicKeyHash;
  /** Of the first content. */
  readonly counter: bigint;
  readonly branch: BlockHash;
  readonly chainId: ChainId;
  readonly constants: OperationConstants;
  readonly fees: FeeParameters;
  readonly successorLevel?: boolean;
  /** Units of gas added for safety; by default 100 for what runs code or touches a rollup, and none for the rest. */
  readonly safetyGuard?: bigint;
  /** Do not fail when an operation of the group does: for those who want to see the receipts. */
  readonly force?: boolean;
  readonly onEvent?: (event: LimitEvent) => void;
}

/** Contents ready to be signed, and the receipts of the simulation if there was one. */
export interface LimitedOperation {
  readonly contents: readonly ManagerContent[];
  readonly receipts?: readonly ContentReceipt[];
}

const STORAGE_GUARD_BYTES = 20n;
const GAS_GUARD = 100n;
const MILLIGAS_PER_GAS = 1000n;
/** Branch of an operation, at its start. */
const BRANCH_BYTES = 32;
/** Fees are part of the size they pay for; each round makes the size grow by less than the one before. */
const MAX_FEE_ROUNDS = 12;

/** Fills in what drafts leave open. Raises InjectionError, L1RpcError. */
export async function findLimits(
  block: BlockRpc,
  drafts: readonly Draft[],
  options: LimitOptions,
): Promise<LimitedOperation> {
  const { source, counter, constants } = options;
  const gasEach = gasPerDraft(drafts, constants);
  const highest: Required<Limits> = {
    fee: 0n,
    gasLimit: gasEach,
    storageLimit: constants.hardStorageLimitPerOperation,
  };
  const trial = drafts.map((draft, i) => contentOf(usable(draft, constants), source, counter + BigInt(i), highest));
  if (drafts.every((draft) => isComplete(draft, constants))) return { contents: trial };
  const { branch, chainId, successorLevel = false } = options;
  const receipts = await block.simulate({ branch, contents: trial }, chainId, { successorLevel });
  if (receipts.length !== drafts.length) {
    throw new InjectionError("l1.injection.unexpected_result", "Unexpected result");
  }
  if (failureTrace(receipts) !== undefined) options.onEvent?.({ kind: "simulation_failed", receipts });
  checkBurn(receipts, options);
  const contents = drafts.map((draft, i) => {
    const receipt = receipts[i] as ContentReceipt; // as many as drafts
    return withLimits(usable(draft, constants), receipt, i === 0, counter + BigInt(i), gasEach, options);
  });
  return { contents, receipts };
}

/** A draft without limits that the protocol would refuse anyway. */
function usable(draft: Draft, constants: OperationConstants): Draft {
  const { gasLimit, storageLimit, ...rest } = draft;
  const gasIsGood = gasLimit !== undefined && gasLimit >= 0n && gasLimit <= constants.hardGasLimitPerOperation;
  const storageIsGood =
    storageLimit !== undefined && storageLimit >= 0n && storageLimit <= constants.hardStorageLimitPerOperation;
  return { ...rest, ...(gasIsGood ? { gasLimit } : {}), ...(storageIsGood ? { storageLimit } : {}) };
}

function isComplete(draft: Draft, constants: OperationConstants): boolean {
  const { fee, gasLimit, storageLimit } = usable(draft, constants);
  return fee !== undefined && gasLimit !== undefined && storageLimit !== undefined;
}

/** An equal share of the block's gas for each draft without a limit of its own. */
function gasPerDraft(drafts: readonly Draft[], constants: OperationConstants): bigint {
  const { hardGasLimitPerBlock, hardGasLimitPerOperation } = constants;
  const limits = drafts.map((draft) => usable(draft, constants).gasLimit);
  const open = limits.filter((limit) => limit === undefined).length;
  if (open === 0) return hardGasLimitPerOperation;
  const taken = limits.reduce<bigint>((sum, limit) => sum + (limit ?? 0n), 0n);
  const share = (hardGasLimitPerBlock - taken) / BigInt(open);
  return share < hardGasLimitPerOperation ? share : hardGasLimitPerOperation;
}

/** What failed, as an error. */
function failed(receipts: readonly ContentReceipt[]): InjectionError {
  const trace = failureTrace(receipts);
  if (trace === undefined) {
    return new InjectionError("l1.injection.skipped", "Cannot estimate gas of skipped operation");
  }
  return new InjectionError("l1.injection.failed", "the simulation of the operation failed", { trace });
}

function checkBurn(receipts: readonly ContentReceipt[], { constants, fees, force = false }: LimitOptions): void {
  let bytes = 0n;
  for (const receipt of receipts) {
    const own = storageBytes(receipt, constants.originationSize);
    if (own === undefined && !force) throw failed([receipt]);
    bytes += own ?? 0n;
  }
  const burn = (bytes > 0n ? bytes : 0n) * constants.costPerByte;
  if (burn > fees.burnCap) {
    throw new InjectionError("l1.injection.burn_cap", `the operation burns ${burn} mutez`, {
      amount: burn,
      bound: fees.burnCap,
    });
  }
}

function withLimits(
  draft: Draft,
  receipt: ContentReceipt,
  isFirst: boolean,
  counter: bigint,
  gasEach: bigint,
  options: LimitOptions,
): ManagerContent {
  const gasLimit = draft.gasLimit ?? gasLimitOf(draft, receipt, gasEach, options);
  const storageLimit = draft.storageLimit ?? storageLimitOf(receipt, options);
  const content = contentOf({ ...draft, gasLimit, storageLimit }, options.source, counter);
  return draft.fee === undefined ? withFee(content, isFirst, options.fees) : content;
}

function gasLimitOf(draft: Draft, receipt: ContentReceipt, gasEach: bigint, options: LimitOptions): bigint {
  const milligas = consumedMilligas(receipt);
  if (milligas === undefined) {
    if (options.force === true) return gasEach;
    throw failed([receipt]);
  }
  if (milligas === 0n) {
    options.onEvent?.({ kind: "estimated_gas", milligas, safetyGuard: 0n });
    return 0n;
  }
  const safetyGuard = options.safetyGuard ?? defaultGuard(draft);
  options.onEvent?.({ kind: "estimated_gas", milligas, safetyGuard });
  const gas = (milligas + MILLIGAS_PER_GAS - 1n) / MILLIGAS_PER_GAS + safetyGuard;
  const most = options.constants.hardGasLimitPerOperation;
  return gas < most ? gas : most;
}

/** None for operations whose gas does not depend on the state of the chain. */
function defaultGuard({ body }: Draft): bigint {
  switch (body.kind) {
    case "transaction":
      return body.destination.startsWith("KT1") ? GAS_GUARD : 0n;
    case "reveal":
    case "delegation":
    case "set_deposits_limit":
    case "increase_paid_storage":
      return 0n;
    default:
      return GAS_GUARD;
  }
}

function storageLimitOf(receipt: ContentReceipt, options: LimitOptions): bigint {
  const bytes = storageBytes(receipt, options.constants.originationSize) ?? 0n;
  options.onEvent?.({ kind: "estimated_storage", bytes });
  if (bytes === 0n) return 0n;
  const most = options.constants.hardStorageLimitPerOperation;
  return bytes + STORAGE_GUARD_BYTES < most ? bytes + STORAGE_GUARD_BYTES : most;
}

/** The first content of an operation pays for branch and signature too. */
function withFee(content: ManagerContent, isFirst: boolean, rates: FeeRates): ManagerContent {
  const around = isFirst ? BRANCH_BYTES + SIGNATURE_BYTES : 0;
  let paid: ManagerContent = { ...content, fee: 0n };
  for (let round = 0; round < MAX_FEE_ROUNDS; round++) {
    const fee = minimalFee(rates, contentBytes(paid) + around, paid.gasLimit);
    if (fee <= paid.fee) return paid;
    paid = { ...paid, fee };
  }
  throw new Error(`fees of ${content.kind} do not settle`);
}

/** Raises InjectionError for fees beyond the cap, or below what bakers ask for an operation of `bytes` bytes. */
export function checkFees(contents: readonly ManagerContent[], bytes: number, fees: FeeParameters): void {
  const fee = contents.reduce((sum, content) => sum + content.fee, 0n);
  const gas = contents.reduce((sum, content) => sum + content.gasLimit, 0n);
  if (fee > fees.feeCap) {
    throw new InjectionError("l1.injection.fee_cap", `fees of ${fee} mutez`, { amount: fee, bound: fees.feeCap });
  }
  const expected = minimalFee(fees, bytes, gas);
  if (!fees.forceLowFee && fee < expected) {
    throw new InjectionError("l1.injection.low_fee", `fees of ${fee} mutez`, { amount: fee, bound: expected });
  }
}
