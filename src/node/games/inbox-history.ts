// The inbox as the store has it, for proofs about it (node.md §3.8): levels by the hashes of their cells, messages by their witness.

import type { LevelCell } from "../../protocol/inbox.js";
import type { AsyncInboxHistory } from "../../protocol/inbox-proof.js";
import { PayloadList } from "../../protocol/payload-list.js";
import type { Store } from "../store/store.js";

export function inboxHistory(store: Store): AsyncInboxHistory {
  return {
    async levelCell(hash): Promise<LevelCell | undefined> {
      // An inbox is stored under the hash of its newest cell.
      return (await store.inbox(hash))?.oldLevelsMessages;
    },
    async payloads(witness) {
      const messages = await store.messages(witness);
      return messages === undefined || messages.length === 0 ? undefined : PayloadList.of(messages).lookup;
    },
  };
}
