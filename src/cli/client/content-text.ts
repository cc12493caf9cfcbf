// What operations were asked to do, as octez-client prints it (receipt-text.ts).

import { blake2b256 } from "../../crypto/blake2b.js";
import { addressOf, parsePublicKey } from "../../crypto/keys.js";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import type { LazyMicheline } from "../../encoding/micheline.js";
import type { TextBoxes } from "../../l1/client/text-boxes.js";
import type { Commitment } from "../../protocol/commitment.js";
import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import { type Call, isPlainTransfer, type Script } from "../../protocol/manager-contents.js";
import type { ContentOf, ManagerContent } from "../../protocol/operation-contents.js";
import { isDissection, type Refutation } from "../../protocol/refutation.js";
import { printMicheline, putMicheline } from "./micheline-text.js";
import { printTez, TEZ } from "./tez.js";

/** A title, and a line for each thing there is to say. */
function putTitled(boxes: TextBoxes, title: string, ...lines: readonly string[]): void {
  boxes.text(title);
  for (const line of lines) boxes.cut().text(line);
}

function putLazy(boxes: TextBoxes, expression: LazyMicheline): void {
  boxes.box("v", 0, () => putMicheline(boxes, expression.value));
}

export function putContent(boxes: TextBoxes, content: ManagerContent): void {
  switch (content.kind) {
    case "transaction":
    case "origination":
    case "reveal":
    case "delegation":
    case "transfer_ticket":
      putAccountContent(boxes, content);
      return;
    case "register_global_constant":
      boxes.text("Register Global:").cut().text("Value: ");
      putLazy(boxes, content.value);
      return;
    case "set_deposits_limit":
      putTitled(boxes, "Set deposits limit:", `Delegate: ${content.source}`, depositsLimit(content.limit));
      return;
    case "increase_paid_storage": {
      const size = `Increased size: ${content.amount} bytes`;
      putTitled(boxes, "Increase paid storage:", size, `From: ${content.source}`, `To: ${content.destination}`);
      return;
    }
    case "update_consensus_key":
    case "update_companion_key": {
      const kind = content.kind === "update_consensus_key" ? "consensus" : "companion";
      const hash = hashOfKey(content.publicKey);
      putTitled(boxes, `Update_${kind}_key:`, `Public key hash: ${hash}`, ...proofLine(content.proof));
      return;
    }
    default:
      putRollupContent(boxes, content);
  }
}

function depositsLimit(limit: bigint | undefined): string {
  return limit === undefined ? "Unlimited deposits" : `Limit: ${printTez(limit)}`;
}

/** The address of a key; of a scheme that is not ours, the key. */
function hashOfKey(key: string): string {
  return key.startsWith("BLpk") ? key : addressOf(parsePublicKey(key));
}

function proofLine(proof: Uint8Array | undefined): readonly string[] {
  return proof === undefined ? [] : [`Proof of possession: ${encodeBase58Check("blsSignature", proof)}`];
}

// ---- Accounts

type AccountContent = ContentOf<"transaction" | "origination" | "reveal" | "delegation" | "transfer_ticket">;

function putAccountContent(boxes: TextBoxes, content: AccountContent): void {
  switch (content.kind) {
    case "transaction":
      putTransfer(boxes, content);
      return;
    case "origination":
      putOrigination(boxes, content);
      putDelegate(boxes, content.delegate);
      return;
    case "reveal": {
      const lines = [`Contract: ${content.source}`, `Key: ${content.publicKey}`, ...proofLine(content.proof)];
      putTitled(boxes, "Revelation of manager public key:", ...lines);
      return;
    }
    case "delegation":
      putTitled(boxes, "Delegation:", `Contract: ${content.source}`, `To: ${content.delegate ?? "nobody"}`);
      return;
    case "transfer_ticket":
      putTicketTransfer(boxes, content);
  }
}

interface Transfer {
  readonly source: string;
  readonly amount: bigint;
  readonly destination: string;
  readonly parameters?: Call;
}

export function putTransfer(boxes: TextBoxes, { source, amount, destination, parameters }: Transfer): void {
  putTitled(boxes, "Transaction:", `Amount: ${TEZ}${printTez(amount)}`, `From: ${source}`, `To: ${destination}`);
  if (parameters === undefined || isPlainTransfer(parameters)) return;
  if (parameters.entrypoint !== DEFAULT_ENTRYPOINT) boxes.cut().text(`Entrypoint: ${parameters.entrypoint}`);
  const { value } = parameters.value;
  const isUnit = printMicheline(value) === "Unit";
  if (!isUnit) {
    boxes.cut().text("Parameter: ");
    putLazy(boxes, parameters.value);
  }
}

interface Origination {
  readonly source: string;
  readonly balance: bigint;
  readonly script: Script;
}

/** Leaves the box of the script open. */
export function putOrigination(boxes: TextBoxes, { source, balance, script }: Origination): void {
  putTitled(boxes, "Origination:", `From: ${source}`, `Credit: ${TEZ}${printTez(balance)}`);
  boxes.cut().open("hv", 2).text("Script:").space();
  boxes.box("h", 0, () => boxes.words(printMicheline(script.code.value)));
  boxes.cut().box("hv", 2, () => {
    boxes.text("Initial storage:").space();
    putLazy(boxes, script.storage);
  });
}

/** Who an originated contract delegates to. */
export function putDelegate(boxes: TextBoxes, delegate: string | undefined): void {
  boxes.cut().text(delegate === undefined ? "No delegate for this contract" : `Delegate: ${delegate}`);
}

function putTicketTransfer(boxes: TextBoxes, content: ContentOf<"transfer_ticket">): void {
  boxes.text("Transfer tickets:").cut().text("Ticket content: ");
  putLazy(boxes, content.ticketContents);
  boxes.cut().text("Ticket content type: ");
  putLazy(boxes, content.ticketType);
  boxes.cut().text(`Ticket ticketer: ${content.ticketTicketer}`);
  boxes.cut().text(`Ticket amount: ${content.ticketAmount}`);
  boxes.cut().text(`Destination: ${content.destination}`);
  if (content.entrypoint !== DEFAULT_ENTRYPOINT) boxes.cut().text(`Entrypoint: ${content.entrypoint}`);
  boxes.cut().text(`From: ${content.source}`);
}

// ---- Smart rollups

type RollupContent = Extract<ManagerContent, { readonly kind: `smart_rollup_${string}` }>;

function putRollupContent(boxes: TextBoxes, content: RollupContent): void {
  switch (content.kind) {
    case "smart_rollup_originate":
      putRollupOrigination(boxes, content);
      return;
    case "smart_rollup_add_messages":
      boxes.text("Smart rollup messages submission:");
      return;
    case "smart_rollup_cement":
      putTitled(boxes, "Smart rollup commitment cementing:", `Address: ${content.rollup}`);
      return;
    case "smart_rollup_publish":
      putTitled(boxes, "Smart rollup commitment publishing:", `Address: ${content.rollup}`);
      boxes.cut().box("v", 2, () => putTitled(boxes, "Commitment:", ...commitmentLines(content.commitment)));
      return;
    case "smart_rollup_refute":
      putTitled(boxes, "Smart rollup refutation move:", `Address: ${content.rollup}`, `Staker: ${content.opponent}`);
      boxes.cut().text("Refutation: ");
      putRefutation(boxes, content.refutation);
      return;
    case "smart_rollup_timeout": {
      const { alice, bob } = content.stakers;
      const lines = [`Address: ${content.rollup}`, `First staker (Alice): ${alice}`, `Second staker (Bob): ${bob}`];
      putTitled(boxes, "Smart rollup refutation timeout:", ...lines);
      return;
    }
    case "smart_rollup_execute_outbox_message": {
      const commitment = encodeBase58Check("commitmentHash", content.cementedCommitment);
      const lines = [`Address: ${content.rollup}`, `Cemented commitment: ${commitment}`];
      putTitled(boxes, "Smart rollup output message execution:", ...lines);
      return;
    }
    case "smart_rollup_recover_bond":
      putTitled(boxes, "Smart rollup bond retrieval:", `Address: ${content.rollup}`, `Staker: ${content.staker}`);
  }
}

function putRollupOrigination(boxes: TextBoxes, content: ContentOf<"smart_rollup_originate">): void {
  putTitled(boxes, "Smart rollup origination:", `Kind: ${content.pvmKind}`, "Parameter type: ");
  putLazy(boxes, content.parametersType);
  boxes.cut().text(`Kernel Blake2B hash: '${toHex(blake2b256(content.kernel))}'`);
  if (content.whitelist === undefined) return;
  boxes.cut().text("Whitelist: ");
  putWhitelist(boxes, content.whitelist);
}

/** Characters of an address that are enough to know it by. */
const SHORT_ADDRESS = 13;

/** The first characters of an address. */
export function shortAddress(address: string): string {
  return address.slice(0, SHORT_ADDRESS);
}

export function putWhitelist(boxes: TextBoxes, keys: readonly string[]): void {
  boxes.box("hv", 0, () => {
    boxes.box("hv", 2, () => {
      boxes.text("[").cut();
      boxes.list(
        keys,
        (key) => boxes.text(shortAddress(key)),
        () => boxes.text(";").space(),
      );
    });
    boxes.cut().text("]");
  });
}

function commitmentLines(commitment: Commitment): readonly string[] {
  return [
    `compressed_state: ${encodeBase58Check("stateHash", commitment.compressedState)}`,
    `inbox_level: ${commitment.inboxLevel}`,
    `predecessor: ${encodeBase58Check("commitmentHash", commitment.predecessor)}`,
    `number_of_ticks: ${commitment.numberOfTicks}`,
  ];
}

/** The line feeds inside of dissections are Octez's own: they do not know of the boxes around. */
function putRefutation(boxes: TextBoxes, refutation: Refutation): void {
  if (refutation.kind === "start") {
    const player = encodeBase58Check("commitmentHash", refutation.playerCommitmentHash);
    const opponent = encodeBase58Check("commitmentHash", refutation.opponentCommitmentHash);
    boxes.text(`Start game between commitment hashes ${player} and ${opponent}`);
    return;
  }
  boxes.text(`Tick: ${refutation.choice}`).space().text("Step: ");
  const { step } = refutation;
  if (!isDissection(step)) {
    boxes.text("proof: Refutation game proof");
    return;
  }
  boxes.text("Dissection:").space();
  boxes.list(
    step,
    ({ tick, state }) => {
      boxes.text(`Tick: ${tick},`).space();
      boxes.text(`State: ${state === undefined ? "" : encodeBase58Check("stateHash", state)}\n`);
    },
    () => boxes.text(";\n\n"),
  );
}
