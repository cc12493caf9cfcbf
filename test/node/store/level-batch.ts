// A whole level of the samples, as the daemon would write it in one batch.

import type { WriteBatch } from "../../../src/node/store/store.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import { hashInbox } from "../../../src/protocol/inbox.js";
import { sampleBlock, sampleCommitment, sampleInbox, sampleMessages, sampleWitness } from "./samples.js";

export function levelBatch(level: number, messages = sampleMessages(level)): WriteBatch {
  const block = sampleBlock(level);
  const inbox = sampleInbox(level);
  const commitment = sampleCommitment(level);
  return {
    block,
    inbox: { hash: hashInbox(inbox), inbox },
    messages: { witness: sampleWitness(level), inboxLevel: level, messages },
    ...(level % 3 === 0 ? { commitment: { hash: commitmentHash(commitment), commitment } } : {}),
    levels: [{ hash: block.hash, level }],
    state: { head: { hash: block.hash, level } },
  };
}

/** Messages of some size that do not shrink, so that a level takes many pages. */
export function bulkyMessages(level: number): Uint8Array[] {
  let word = level + 1;
  return Array.from({ length: 100 }, () => {
    const message = new Uint8Array(2000);
    for (let i = 0; i < message.length; i++) {
      word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0;
      message[i] = word >>> 16;
    }
    return message;
  });
}
