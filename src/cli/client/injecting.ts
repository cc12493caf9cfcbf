// Injects what a command asks for and tells how it goes, in octez-client's words: estimates, hash, waiting, receipts, contracts
// that came into being. Left out: octez-client branches from a level or "genesis" itself when asked to; here too, by -b.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { blockHashText } from "../../l1/client/block-id.js";
import { readReceipts } from "../../l1/client/blocks.js";
import type { Draft, OperationBody } from "../../l1/client/drafts.js";
import { type Inclusion, type InclusionEvent, waitForInclusion } from "../../l1/client/inclusion.js";
import { type InjectedOperation, type InjectionEvent, injectOperations } from "../../l1/client/injection.js";
import { InjectionError } from "../../l1/client/injection-error.js";
import { originatedContracts } from "../../l1/client/receipts.js";
import type { L1RpcError } from "../../l1/client/rpc-error.js";
import type { Signer } from "../../l1/client/wallet.js";
import type { BlockHash, ContractHash, OperationHash, PublicKeyHash } from "../../protocol/identifiers.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { formatTimestamp } from "../../protocol/timestamp.js";
import type { ClientContext } from "./context.js";
import { fail, fatal, traceOf, traceText } from "./failures.js";
import { type InjectionChoices, resolveRates } from "./injection-options.js";
import { receiptsText } from "./receipt-text.js";
import { withReplacementFee } from "./replacing.js";
import { printGas } from "./tez.js";
import { signingText } from "./verbose-signing.js";

/** What became of an operation. */
export interface Outcome {
  readonly hash: OperationHash;
  /** Of what was asked for, without a reveal in front of it. */
  readonly receipts: readonly ContentReceipt[];
  readonly contracts: readonly ContractHash[];
}

/** Blocks after which nothing is taken back. */
const FINALITY = 1;

/** Injects operations of an account together. Raises what traceOf and fatalMessage know. */
export function inject(
  context: ClientContext,
  source: PublicKeyHash,
  bodies: readonly OperationBody[],
  choices: InjectionChoices,
): Promise<Outcome> {
  return injectDrafts(
    context,
    source,
    bodies.map((body) => draftOf(body, choices)),
    choices,
  );
}

/** As `inject`, for operations that have limits of their own; those of `choices` count for nothing. */
export async function injectDrafts(
  context: ClientContext,
  source: PublicKeyHash,
  drafts: readonly Draft[],
  choices: InjectionChoices,
): Promise<Outcome> {
  const signer = await context.wallet.signer(source);
  const fees = { ...(await resolveRates(context, choices)), ...capsOf(choices) };
  const { counter, safetyGuard, dryRun, simulation = false, force = false, successorLevel = false } = choices;
  const injected = await injectOperations(context.l1, drafts, {
    signer,
    fees,
    block: context.settings.block,
    dryRun,
    simulation,
    force,
    successorLevel,
    ...(counter === undefined ? {} : { counter }),
    ...(safetyGuard === undefined ? {} : { safetyGuard }),
    ...(choices.replace === true ? { adjust: replacing(context, signer, choices) } : {}),
    waitForNode: () => waitForNode(context),
    onEvent: (event) => tell(context, event, choices.verboseSigning),
  });
  const receipts = dryRun || simulation ? injected.receipts : await followUp(context, injected);
  if (dryRun || simulation) tellTrial(context, injected);
  const contracts = originatedContracts(receipts);
  return { hash: injected.hash, receipts: injected.revealsKey ? receipts.slice(1) : receipts, contracts };
}

function capsOf({ forceLowFee, feeCap, burnCap }: InjectionChoices) {
  return { forceLowFee, feeCap, burnCap };
}

export function draftOf(body: OperationBody, { fee, gasLimit, storageLimit }: InjectionChoices): Draft {
  return {
    body,
    ...(fee === undefined ? {} : { fee }),
    ...(gasLimit === undefined ? {} : { gasLimit }),
    ...(storageLimit === undefined ? {} : { storageLimit }),
  };
}

function replacing(context: ClientContext, signer: Signer, choices: InjectionChoices) {
  return (contents: Parameters<typeof withReplacementFee>[2]) =>
    withReplacementFee(context, signer.hash, contents, choices.fee !== undefined);
}

// ---- Before

/** Milliseconds before anybody is told that the node is not ready. */
const PATIENCE_MS = 300;

/** Waits until the node has caught up with its network, telling its progress if that takes long. */
export async function waitForNode(context: ClientContext): Promise<void> {
  const { host } = context;
  const ready = new AbortController();
  let telling = false;
  const late = host.sleep(PATIENCE_MS, ready.signal).then(
    () => {
      if (ready.signal.aborted) return;
      telling = true;
      context.message("Waiting for the node to be bootstrapped...");
    },
    () => undefined,
  );
  try {
    for await (const { block, timestamp } of context.l1.bootstrapSteps()) {
      if (!telling) continue;
      const times = `timestamp: ${preciseTime(timestamp)}, validation: ${preciseTime(BigInt(Math.floor(host.now())))}`;
      context.message(`Current head: ${blockHashText(block).slice(0, SHORT_HASH)} (${times})`);
    }
  } finally {
    ready.abort();
    await late;
  }
  context.message("Node is bootstrapped.");
}

const SHORT_HASH = 12;

/** "2024-01-01T00:00:00.000-00:00". */
function preciseTime(seconds: bigint): string {
  return formatTimestamp(seconds).replace(/Z$/, ".000-00:00");
}

// ---- On the way

function tell(context: ClientContext, event: InjectionEvent, verboseSigning: boolean): void {
  switch (event.kind) {
    case "estimated_gas": {
      const { milligas, safetyGuard } = event;
      const units = `${printGas(milligas)} units (will add ${safetyGuard} for safety)`;
      context.message(`Estimated gas: ${milligas === 0n ? "none" : units}`);
      return;
    }
    case "estimated_storage": {
      const { bytes } = event;
      const added = bytes === 0n ? "no bytes added" : `${bytes} bytes added (will add 20 for safety)`;
      context.message(`Estimated storage: ${added}`);
      return;
    }
    case "simulation_failed":
      tellReceipts(context, "This simulation failed:", event.receipts);
      return;
    case "trial_failed":
      tellReceipts(context, `This simulation failed (force = ${event.forced}):`, event.receipts);
      return;
    case "signing":
      if (verboseSigning) {
        context.message(`Pre-signature information (verbose signing):\n${signingText(event)}`);
      }
      return;
    case "injected":
      context.message("Operation successfully injected in the node.");
      context.message(`Operation hash is '${encodeBase58Check("operationHash", event.hash)}'`);
  }
}

function tellReceipts(context: ClientContext, title: string, receipts: readonly ContentReceipt[]): void {
  context.message(receiptsText(receipts, title));
}

function tellTrial(context: ClientContext, { bytes, hash, receipts }: InjectedOperation): void {
  context.message(`Operation: 0x${toHex(bytes)}\nOperation hash is '${encodeBase58Check("operationHash", hash)}'`);
  tellReceipts(context, "Simulation result:", receipts);
}

// ---- After

/** Waits for an injected operation, as long as the command line says; gives its receipts, those of the trial if it does not wait. */
async function followUp(context: ClientContext, injected: InjectedOperation): Promise<readonly ContentReceipt[]> {
  const confirmations = usefulConfirmations(context);
  const { hash, operation } = injected;
  let { receipts } = injected;
  if (confirmations === undefined) {
    context.message(
      `NOT waiting for the operation to be included.\n${advice(hash, operation.branch)} to make sure that it has been included.`,
    );
  } else {
    context.message("Waiting for the operation to be included...");
    const inclusion = await included(context, hash, confirmations, operation.branch);
    receipts = await receiptsIn(context, inclusion);
  }
  tellReceipts(context, "This sequence of operations was run:", receipts);
  for (const contract of originatedContracts(receipts)) context.message(`New contract ${contract} originated.`);
  if (confirmations !== undefined) tellAge(context, confirmations, hash, operation.branch);
  return receipts;
}

function usefulConfirmations(context: ClientContext): number | undefined {
  const { confirmations } = context.settings;
  if (confirmations === undefined || confirmations <= FINALITY) return confirmations;
  const most = `Tenderbake needs at most ${FINALITY} confirmations for finality (${confirmations} given).`;
  context.message(`${most} Using ${FINALITY} confirmations.`);
  return FINALITY;
}

function advice(hash: OperationHash, branch: BlockHash): string {
  const name = encodeBase58Check("operationHash", hash);
  return (
    `Use command\n  octez-client wait for ${name} to be included --confirmations ${FINALITY} ` +
    `--branch ${blockHashText(branch)}\nand/or an external block explorer`
  );
}

function tellAge(context: ClientContext, confirmations: number, hash: OperationHash, branch: BlockHash): void {
  if (confirmations >= FINALITY) {
    context.message(`The operation was included in a block ${confirmations} blocks ago.`);
    return;
  }
  const age = `The operation has only been included ${confirmations} blocks ago.`;
  context.message(`${age}\nWe recommend to wait more.\n${advice(hash, branch)}.`);
}

/** Waits for an operation, telling what is seen. `predecessors`: blocks looked back at when there is no branch. */
export async function included(
  context: ClientContext,
  hash: OperationHash,
  confirmations: number,
  branch?: BlockHash,
  predecessors?: number,
): Promise<Inclusion> {
  try {
    return await waitForInclusion(context.l1, hash, {
      confirmations,
      ...(branch === undefined ? {} : { branch }),
      ...(predecessors === undefined ? {} : { predecessors }),
      onEvent: (event) => tellInclusion(context, event),
    });
  } catch (error) {
    if (!(error instanceof InjectionError) || error.code !== "l1.injection.outdated") throw error;
    return fatal(
      `The operation ${encodeBase58Check("operationHash", hash)} is outdated and may never be included in the chain.\n` +
        "We recommend to use an external block explorer.",
    );
  }
}

function tellInclusion(context: ClientContext, event: InclusionEvent): void {
  switch (event.kind) {
    case "found": {
      const { block, pass, index } = event.inclusion;
      context.message(`Operation found in block: ${blockHashText(block)} (pass: ${pass}, offset: ${index})`);
      return;
    }
    case "confirmed":
      context.message(
        `Operation received ${event.confirmations} confirmations as of block: ${blockHashText(event.block)}`,
      );
      return;
    case "ignored":
      context.warning(`Error while fetching block (ignored): ${ignoredText(event.error)}`);
  }
}

function ignoredText(error: L1RpcError): string {
  return traceText(traceOf(error) ?? [error.message]);
}

/** The receipts of an operation of a block. Raises TraceFailure when the node has none. */
export async function receiptsIn(context: ClientContext, inclusion: Inclusion): Promise<readonly ContentReceipt[]> {
  const { contents } = await context.l1.block(inclusion.block).operation(inclusion.pass, inclusion.index);
  const [first] = contents;
  if (first?.["metadata"] === undefined) fail("Internal error: pruned metadata.");
  if (first["metadata"] === "too large") fail("Internal error: too large metadata.");
  return readReceipts(contents);
}
