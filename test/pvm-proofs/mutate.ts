// Ways to spoil a proof: its bytes, or a value shown in it with all hashes above made to fit again.
import { partialTree } from "../../src/merkle/partial.js";
import type { ProofInode, ProofTree } from "../../src/merkle/proof.js";
import { decodeProof, encodeProof, type MerkleProof } from "../../src/merkle/proof-encoding.js";

/** A small generator (xorshift32) whose seed a test can print. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 … bound - 1. */
  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % bound;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

function splice(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]);
}

const LONGEST_PIECE = 40;

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const BYTE_MUTATIONS: readonly Mutation[] = [
  // One byte becomes another.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of((bytes[at] as number) ^ (1 + random.below(255)))); // at < length
  },
  // One bit.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of((bytes[at] as number) ^ (1 << random.below(8)))); // at < length
  },
  // The end is cut off.
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  // A piece is cut out.
  (bytes, random) => splice(bytes, random.below(bytes.length), 1 + random.below(LONGEST_PIECE), new Uint8Array(0)),
  // Something is put in, at the end or anywhere.
  (bytes, random) => splice(bytes, bytes.length, 0, random.bytes(1 + random.below(4))),
  (bytes, random) => splice(bytes, random.below(bytes.length), 0, random.bytes(1 + random.below(LONGEST_PIECE))),
  // A piece is written over another.
  (bytes, random) => {
    const from = random.below(bytes.length);
    const piece = bytes.slice(from, from + 1 + random.below(LONGEST_PIECE));
    return splice(bytes, random.below(bytes.length), piece.length, piece);
  },
];

/** Other bytes than those given. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  for (;;) {
    const mutation = BYTE_MUTATIONS[random.below(BYTE_MUTATIONS.length)];
    const mutated = mutation?.(bytes, random) ?? bytes;
    if (Buffer.compare(mutated, bytes) !== 0) return mutated;
  }
}

/**
 * A proof of a made-up state: one value that the proof shows is changed, and its `before` is the hash of that. Such a proof has nothing
 * wrong until its step is done. Undefined if it shows no value.
 */
export function forge(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const proof = decodeProof(bytes);
  const count = countValues(proof.tree);
  if (count === 0) return undefined;
  const target = { left: random.below(count) };
  const tree = mapValues(proof.tree, (value) => (target.left-- === 0 ? spoil(value, random) : value)) as ProofTree;
  const forged: MerkleProof = { ...proof, tree, before: partialTree(tree).hash };
  return encodeProof(forged);
}

function spoil(value: Uint8Array, random: Random): Uint8Array {
  switch (random.below(5)) {
    case 0:
      return random.bytes(random.below(12));
    case 1:
      return new Uint8Array(0);
    case 2: {
      const huge = Uint8Array.from(value).fill(0xff);
      return random.below(2) === 0 ? huge : Uint8Array.from([...huge, 0x7f]);
    }
    case 3:
      return Uint8Array.of(...value, random.below(256));
    default: {
      const other = Uint8Array.from(value);
      const at = random.below(Math.max(value.length, 1));
      if (value.length > 0) other[at] = (value[at] as number) ^ (1 + random.below(255)); // at < length
      return value.length > 0 ? other : Uint8Array.of(random.below(256));
    }
  }
}

function countValues(tree: ProofTree): number {
  let count = 0;
  mapValues(tree, (value) => {
    count += 1;
    return value;
  });
  return count;
}

function mapValues(tree: ProofTree | ProofInode, map: (value: Uint8Array) => Uint8Array): ProofTree | ProofInode {
  switch (tree.kind) {
    case "value":
      return { ...tree, bytes: map(tree.bytes) };
    case "node":
      return {
        ...tree,
        entries: tree.entries.map(({ step, tree: entry }) => ({ step, tree: mapValues(entry, map) as ProofTree })),
      };
    case "inode": {
      const child = (inode: ProofInode | null) => (inode === null ? null : (mapValues(inode, map) as ProofInode));
      return { ...tree, left: child(tree.left), right: child(tree.right) };
    }
    case "extender":
      return { ...tree, below: mapValues(tree.below, map) as ProofInode };
    default:
      return tree;
  }
}
