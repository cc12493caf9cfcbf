// Values for tests of stores: made from small numbers, so that two tests mean the same by "block 5".

import { blake2b256 } from "../../../src/crypto/blake2b.js";
import type { L2Block } from "../../../src/node/l2-block.js";
import type { Commitment } from "../../../src/protocol/commitment.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import { genesisInbox, hashInbox, type Inbox, nextInbox } from "../../../src/protocol/inbox.js";
import type { PayloadCellHash } from "../../../src/protocol/inbox-hashes.js";

export function sampleHash<T extends Uint8Array>(kind: string, n: number): T {
  return blake2b256(new TextEncoder().encode(`${kind} ${n}`)) as T;
}

export function sampleWitness(n: number): PayloadCellHash {
  return sampleHash("witness", n);
}

/** The inbox at a level, the rollup's first being level 0. */
export function sampleInbox(level: number): Inbox {
  let inbox = genesisInbox(0, sampleWitness(0));
  while (inbox.level < level) inbox = nextInbox(inbox, sampleWitness(inbox.level + 1));
  return inbox;
}

export function sampleMessages(n: number): Uint8Array[] {
  return Array.from({ length: n % 7 }, (_, i) => new Uint8Array(i * n).fill(n + i));
}

export function sampleCommitment(level: number): Commitment {
  return {
    compressedState: sampleHash("state", level),
    inboxLevel: level,
    predecessor: sampleHash("commitment", level - 1),
    numberOfTicks: 2n ** 62n + BigInt(level),
  };
}

export function sampleBlock(level: number, branch = 0): L2Block {
  return {
    hash: sampleHash(`block ${branch}`, level),
    level,
    predecessor: sampleHash(`block ${branch}`, level - 1),
    ...(level % 3 === 0 ? { commitmentHash: commitmentHash(sampleCommitment(level)) } : {}),
    previousCommitmentHash: commitmentHash(sampleCommitment(Math.max(0, (Math.ceil(level / 3) - 1) * 3))),
    ...(level % 2 === 0 ? { context: sampleHash<Uint8Array>("context", level) } : {}),
    inboxWitness: sampleWitness(level),
    inboxHash: hashInbox(sampleInbox(level)),
    initialTick: 10n ** 30n + BigInt(level),
    numTicks: 2n ** 53n + BigInt(level),
    stateHash: sampleHash("state", level),
    pvmStatus: level % 2 === 0 ? "Waiting for input message" : `Waiting for preimage reveal ${level}`,
  };
}
