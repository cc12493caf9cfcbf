// A chain of inboxes for tests: levels of given messages, with everything a prover keeps.
import { toHex } from "../../src/encoding/hex.js";
import { genesisInbox, hashInbox, type Inbox, type LevelCell, nextInbox } from "../../src/protocol/inbox.js";
import type { InboxHistory } from "../../src/protocol/inbox-proof.js";
import { PayloadList } from "../../src/protocol/payload-list.js";

export interface InboxChain {
  /** Inbox after each level. */
  readonly inboxes: readonly Inbox[];
  readonly payloads: readonly PayloadList[];
  readonly history: InboxHistory;
}

/** The chain whose first level is `firstLevel`; each level is given whole, from start to end message. */
export function inboxChain(firstLevel: number, levels: readonly (readonly Uint8Array[])[]): InboxChain {
  const inboxes: Inbox[] = [];
  const payloads = levels.map((messages) => PayloadList.of(messages));
  const cells = new Map<string, LevelCell>();
  const byWitness = new Map<string, PayloadList>();
  for (const list of payloads) {
    const previous = inboxes.at(-1);
    const inbox = previous === undefined ? genesisInbox(firstLevel, list.witness) : nextInbox(previous, list.witness);
    inboxes.push(inbox);
    cells.set(toHex(hashInbox(inbox)), inbox.oldLevelsMessages);
    byWitness.set(toHex(list.witness), list);
  }
  const history: InboxHistory = {
    levelCell: (hash) => cells.get(toHex(hash)),
    payloads: (witness) => byWitness.get(toHex(witness))?.lookup,
  };
  return { inboxes, payloads, history };
}

/** The element at `index`, which must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new RangeError(`no element ${index} of ${list.length}`);
  return item;
}
