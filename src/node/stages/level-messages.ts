// The messages of a level, put together from its block of layer 1 (node.md §3.5; reference: lib_sc_rollup_node/inbox.ml): what the protocol put
// into the inbox while it made the block. All rollups share it.

import { atStep } from "../../encoding/json.js";
import { UNIT } from "../../encoding/micheline.js";
import { type Block, MANAGER_PASS, readContentReceipt } from "../../l1/client/blocks.js";
import { isContractHash, isRollupAddress } from "../../l1/sandbox/chain-state.js";
import { decodeLazy } from "../../l1/sandbox/lazy-micheline.js";
import { serializeExternal, serializeInboxMessage } from "../../protocol/inbox-message.js";
import { frameLevel, type LevelFrame } from "../../protocol/level-frame.js";
import type { ContentReceipt } from "../../protocol/receipt.js";

export interface LevelMessages {
  /** Serialized, from the start of the level to its end. */
  readonly messages: readonly Uint8Array[];
  readonly internal: number;
  readonly external: number;
}

/** `receipts`: of the block's manager operations. */
export function levelMessages(receipts: readonly ContentReceipt[], frame: LevelFrame): LevelMessages {
  const users: Uint8Array[] = [];
  let internal = 0;
  for (const receipt of receipts) {
    for (const message of messagesOf(receipt)) {
      if (message.isInternal) internal++;
      users.push(message.bytes);
    }
  }
  return { messages: frameLevel(users, frame), internal, external: users.length - internal };
}

/** Contents of manager operations of a block with their receipts, in order. Raises JsonError for a block that cannot be read. */
export function managerReceipts(block: Block): ContentReceipt[] {
  const receipts: ContentReceipt[] = [];
  for (const [i, operation] of (block.operations[MANAGER_PASS] ?? []).entries()) {
    for (const [j, content] of operation.contents.entries()) {
      const receipt = atStep(`.operations[${MANAGER_PASS}][${i}].contents[${j}]`, () => readContentReceipt(content));
      if (receipt !== undefined) receipts.push(receipt);
    }
  }
  return receipts;
}

interface Message {
  readonly bytes: Uint8Array;
  readonly isInternal: boolean;
}

function messagesOf({ content, metadata }: ContentReceipt): Message[] {
  const found: Message[] = [];
  const { operationResult } = metadata;
  if (content.kind === "smart_rollup_add_messages" && operationResult.status === "applied") {
    for (const payload of content.messages) found.push({ bytes: serializeExternal(payload), isInternal: false });
  }
  for (const internal of metadata.internalOperationResults) {
    if (internal.kind !== "transaction" || internal.result.status !== "applied") continue;
    const { destination, source, parameters } = internal;
    if (!isRollupAddress(destination) || !isContractHash(source)) continue;
    const bytes = serializeInboxMessage({
      kind: "transfer",
      payload: parameters === undefined ? UNIT : decodeLazy(parameters.value),
      sender: source,
      source: content.source,
      destination,
    });
    found.push({ bytes, isInternal: true });
  }
  return found;
}
