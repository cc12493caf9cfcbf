// What came of operations that were applied, as octez-client prints it (receipt-text.ts).

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { FormValue } from "../../encoding/form.js";
import type { TextBoxes } from "../../l1/client/text-boxes.js";
import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import type { GameStatus } from "../../protocol/game.js";
import type { ManagerKind } from "../../protocol/manager-contents.js";
import {
  type APPLIED_FORMS,
  isContractTransactionResult,
  type TicketUpdates,
  type TransactionResult,
} from "../../protocol/operation-result.js";
import type { WhitelistUpdate } from "../../protocol/whitelist.js";
import { balanceLines } from "./balance-text.js";
import { putWhitelist } from "./content-text.js";
import { putMicheline } from "./micheline-text.js";
import { printGas } from "./tez.js";

/** "This … was successfully applied". */
export const RESULT_NAMES: Readonly<Record<ManagerKind, string>> = {
  reveal: "revelation",
  transaction: "transaction",
  origination: "origination",
  delegation: "delegation",
  register_global_constant: "global constant registration",
  set_deposits_limit: "deposits limit modification",
  increase_paid_storage: "paid storage increase",
  update_consensus_key: "consensus key update",
  update_companion_key: "companion key update",
  transfer_ticket: "tickets transfer",
  smart_rollup_originate: "smart rollup origination",
  smart_rollup_add_messages: "smart rollup messages submission",
  smart_rollup_cement: "smart rollup commitment cementing",
  smart_rollup_publish: "smart rollup commitment publishing",
  smart_rollup_refute: "smart rollup refutation move",
  smart_rollup_timeout: "smart rollup refutation timeout",
  smart_rollup_execute_outbox_message: "smart output message execution",
  smart_rollup_recover_bond: "smart rollup bond retrieval",
};

type Applied<K extends ManagerKind> = FormValue<(typeof APPLIED_FORMS)[K]>;
type Put<T> = (boxes: TextBoxes, applied: T) => void;

function putLine(boxes: TextBoxes, line: string): void {
  boxes.cut().text(line);
}

function putGas(boxes: TextBoxes, { consumedMilligas }: { readonly consumedMilligas: bigint }): void {
  putLine(boxes, `Consumed gas: ${printGas(consumedMilligas)}`);
}

function putPaidStorage(boxes: TextBoxes, { paidStorageSizeDiff }: { readonly paidStorageSizeDiff: bigint }): void {
  if (paidStorageSizeDiff !== 0n) putLine(boxes, `Paid storage size diff: ${paidStorageSizeDiff} bytes`);
}

function putStorageSize(boxes: TextBoxes, size: bigint): void {
  if (size !== 0n) putLine(boxes, `Storage size: ${size} bytes`);
}

/** Nothing for no updates. */
export function putBalanceUpdates(boxes: TextBoxes, updates: readonly BalanceUpdate[]): void {
  putSection(boxes, "Balance updates:", balanceLines(updates));
}

function putSection(boxes: TextBoxes, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  boxes.cut().box("v", 2, () => {
    boxes
      .text(title)
      .cut()
      .list(lines, (line) => boxes.text(line));
  });
}

function putBalances(
  boxes: TextBoxes,
  { balanceUpdates }: { readonly balanceUpdates: readonly BalanceUpdate[] },
): void {
  putBalanceUpdates(boxes, balanceUpdates);
}

function putTickets(boxes: TextBoxes, { ticketUpdates }: { readonly ticketUpdates: TicketUpdates }): void {
  if (ticketUpdates.length === 0) return;
  boxes.cut().box("v", 2, () => {
    boxes.text("Ticket updates:").cut();
    boxes.list(ticketUpdates, ({ ticketToken, updates }) => {
      boxes.text(`Ticketer: ${ticketToken.ticketer}`);
      boxes.cut().text("Content type: ");
      putMicheline(boxes, ticketToken.contentType);
      boxes.cut().text("Content: ");
      putMicheline(boxes, ticketToken.content);
      const lines = updates.map(({ account, amount }) => `${account} ... ${amount > 0n ? "+" : ""}${amount}`);
      boxes.cut().box("v", 2, () => {
        boxes
          .text("Account updates:")
          .cut()
          .list(lines, (line) => boxes.text(line));
      });
    });
  });
}

function putTransaction(boxes: TextBoxes, applied: TransactionResult): void {
  if (!isContractTransactionResult(applied)) {
    putGas(boxes, applied);
    putTickets(boxes, applied);
    return;
  }
  putSection(boxes, "Originated contracts:", applied.originatedContracts);
  const { storage } = applied;
  if (storage !== undefined) {
    boxes.cut().box("hv", 2, () => {
      boxes.text("Updated storage:").space();
      putMicheline(boxes, storage);
    });
  }
  putStorageSize(boxes, applied.storageSize);
  putPaidStorage(boxes, applied);
  putGas(boxes, applied);
  putBalances(boxes, applied);
  putTickets(boxes, applied);
}

function putOriginationResult(boxes: TextBoxes, applied: Applied<"origination">): void {
  putSection(boxes, "Originated contracts:", applied.originatedContracts);
  putStorageSize(boxes, applied.storageSize);
  putPaidStorage(boxes, applied);
  putGas(boxes, applied);
  putBalances(boxes, applied);
}

function putGame(boxes: TextBoxes, applied: Applied<"smart_rollup_refute">): void {
  putGas(boxes, applied);
  putLine(boxes, `Refutation game status: ${gameStatus(applied.gameStatus)}`);
  putBalances(boxes, applied);
}

function gameStatus(status: GameStatus): string {
  if (status.kind === "ongoing") return "Game ongoing";
  const { result } = status;
  if (result.kind === "draw") return "Game ended: Draw";
  const reason = result.reason === "timeout" ? "timeout" : "conflict resolved";
  return `Game ended: ${result.player} lost because: ${reason}`;
}

function putWhitelistUpdate(boxes: TextBoxes, update: WhitelistUpdate): void {
  boxes.cut();
  if (update.kind === "public") {
    boxes.text("Rollup is now public");
  } else {
    boxes.text("New whitelist: ");
    putWhitelist(boxes, update.whitelist);
  }
}

const hash = (kind: "commitmentHash" | "scriptExprHash", value: Uint8Array): string => encodeBase58Check(kind, value);

const PUT: { readonly [K in ManagerKind]: Put<Applied<K>> } = {
  reveal: putGas,
  transaction: putTransaction,
  origination: putOriginationResult,
  delegation: (boxes, applied) => {
    putGas(boxes, applied);
    putBalances(boxes, applied);
  },
  register_global_constant: (boxes, applied) => {
    putBalances(boxes, applied);
    putGas(boxes, applied);
    putStorageSize(boxes, applied.storageSize);
    putLine(boxes, `Global address: ${hash("scriptExprHash", applied.globalAddress)}`);
  },
  set_deposits_limit: putGas,
  increase_paid_storage: (boxes, applied) => {
    putBalances(boxes, applied);
    putGas(boxes, applied);
  },
  update_consensus_key: putGas,
  update_companion_key: putGas,
  transfer_ticket: (boxes, applied) => {
    putPaidStorage(boxes, applied);
    putTickets(boxes, applied);
    putGas(boxes, applied);
    putBalances(boxes, applied);
  },
  smart_rollup_originate: (boxes, applied) => {
    putGas(boxes, applied);
    putStorageSize(boxes, applied.size);
    putLine(boxes, `Address: ${applied.address}`);
    putLine(boxes, `Genesis commitment hash: ${hash("commitmentHash", applied.genesisCommitmentHash)}`);
    putBalances(boxes, applied);
  },
  smart_rollup_add_messages: putGas,
  smart_rollup_cement: (boxes, applied) => {
    putGas(boxes, applied);
    putLine(boxes, `Inbox level: ${applied.inboxLevel}`);
    putLine(boxes, `Commitment hash: ${hash("commitmentHash", applied.commitmentHash)}`);
  },
  smart_rollup_publish: (boxes, applied) => {
    putGas(boxes, applied);
    putLine(boxes, `Hash of commit: ${hash("commitmentHash", applied.stakedHash)}`);
    putLine(boxes, `Commitment published at level: ${applied.publishedAtLevel}`);
    putBalances(boxes, applied);
  },
  smart_rollup_refute: putGame,
  smart_rollup_timeout: putGame,
  smart_rollup_execute_outbox_message: (boxes, applied) => {
    putPaidStorage(boxes, applied);
    putGas(boxes, applied);
    putBalances(boxes, applied);
    putTickets(boxes, applied);
    if (applied.whitelistUpdate !== undefined) putWhitelistUpdate(boxes, applied.whitelistUpdate);
  },
  smart_rollup_recover_bond: (boxes, applied) => {
    putBalances(boxes, applied);
    putGas(boxes, applied);
  },
};

/** What an applied operation of a kind says; "event" stands for internal operations of that kind. */
export function putResult(boxes: TextBoxes, kind: ManagerKind | "event", applied: unknown): void {
  if (kind === "event") {
    putGas(boxes, applied as Applied<"reveal">); // gas is all there is
    return;
  }
  const put = PUT[kind] as Put<unknown>; // the result of a kind is read by the form of the kind
  put(boxes, applied);
}
