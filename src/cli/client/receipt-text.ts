// Receipts as octez-client prints them: what an operation was, what it did, whom it cost what. Left out: operations that are none
// of ours (protocol/manager-contents.ts), the entries of big maps, address registries.

import { TextBoxes } from "../../l1/client/text-boxes.js";
import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import type { InternalOperation } from "../../protocol/internal-operation.js";
import type { OperationResult } from "../../protocol/operation-result.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { putContent, putDelegate, putOrigination, putTransfer } from "./content-text.js";
import { putMicheline } from "./micheline-text.js";
import { putBalanceUpdates, putResult, RESULT_NAMES } from "./result-text.js";
import { printTez, TEZ } from "./tez.js";

/** All contents of an operation, one below the other, below a title if there is one; octez-client has a blank line after them. */
export function receiptsText(receipts: readonly ContentReceipt[], title?: string): string {
  const boxes = new TextBoxes();
  if (title !== undefined) boxes.open("v", 2).text(title).cut();
  boxes.open("v", 0).list(receipts, (receipt) => putReceipt(boxes, receipt));
  return `${boxes.finish()}\n`;
}

/**
 * One content. Octez leaves a box of originations open, so that their results stand deeper than others'; the box that stays open
 * is closed with everything else, at the end of the text.
 */
function putReceipt(boxes: TextBoxes, { content, metadata }: ContentReceipt): void {
  boxes.open("v", 2).text("Manager signed operations:");
  boxes.cut().text(`From: ${content.source}`);
  boxes.cut().text(`Fee to the baker: ${TEZ}${printTez(content.fee)}`);
  boxes.cut().text(`Expected counter: ${content.counter}`);
  boxes.cut().text(`Gas limit: ${content.gasLimit}`);
  boxes.cut().text(`Storage limit: ${content.storageLimit} bytes`);
  putBalanceUpdates(boxes, metadata.balanceUpdates);
  boxes.cut().open("v", 2);
  putContent(boxes, content);
  boxes.cut();
  putStatus(boxes, RESULT_NAMES[content.kind], metadata.operationResult, (applied) =>
    putResult(boxes, content.kind, applied),
  );
  putInternalOperations(boxes, metadata.internalOperationResults);
  boxes.close().close();
}

function putStatus<T>(
  boxes: TextBoxes,
  name: string,
  result: OperationResult<T>,
  putApplied: (applied: T) => void,
): void {
  switch (result.status) {
    case "skipped":
      boxes.text("This operation was skipped.");
      return;
    case "failed":
      boxes.text("This operation FAILED.");
      return;
    case "applied":
      boxes.text(`This ${name} was successfully applied`);
      putApplied(result.applied);
      return;
    case "backtracked":
      boxes.text(`This ${name} was BACKTRACKED, its expected effects were NOT applied.`);
      putApplied(result.applied);
  }
}

function putInternalOperations(boxes: TextBoxes, operations: readonly InternalOperation[]): void {
  if (operations.length === 0) return;
  boxes.cut().box("v", 2, () => {
    boxes.text("Internal operations:").cut();
    boxes.list(operations, (operation) => {
      boxes.box("v", 2, () => {
        boxes.box("v", 2, () => {
          boxes.text("Internal ");
          putInternal(boxes, operation);
        });
        boxes.cut();
        const { kind } = operation;
        putStatus<unknown>(boxes, kind, operation.result, (applied) => putResult(boxes, kind, applied));
      });
    });
  });
}

function putInternal(boxes: TextBoxes, operation: InternalOperation): void {
  switch (operation.kind) {
    case "transaction":
      putTransfer(boxes, operation);
      return;
    case "origination":
      putOrigination(boxes, operation);
      boxes.close();
      putDelegate(boxes, operation.delegate);
      return;
    case "delegation":
      boxes.text("Delegation:").cut().text(`Contract: ${operation.source}`);
      boxes.cut().text(`To: ${operation.delegate ?? "nobody"}`);
      return;
    case "event":
      putEvent(boxes, operation);
  }
}

function putEvent(boxes: TextBoxes, event: Extract<InternalOperation, { readonly kind: "event" }>): void {
  boxes.text("Event:").cut().text(`From: ${event.source}`);
  boxes
    .cut()
    .text("Type: ")
    .box("v", 0, () => putMicheline(boxes, event.type));
  if (event.tag !== undefined && event.tag !== DEFAULT_ENTRYPOINT) boxes.cut().text(`Tag: ${event.tag}`);
  boxes.cut().text("Payload: ");
  boxes.box("v", 0, () => putMicheline(boxes, event.payload ?? { prim: "Unit" }));
}
