/**
 * The bytes of a Merkle proof, format "V2 / Tree2" of the reference: merkle.md §4.4. Decoding is strict: what is accepted encodes back to
 * the same bytes.
 */
import { MalformedProof } from "./errors.js";
import type { ProofEntry, ProofInode, ProofTree } from "./proof.js";

/** Version field of the proofs of the binary tree: not a stream proof, two children an inode. */
const BINARY_TREE_VERSION = 2;
const BLINDED_VALUE = 0xc8;
const BLINDED_NODE = 0xd0;
const EXTENDER = 0xd8;
const VALUE = 0xc0;
const NODE = 0x80;
const BLINDED_INODE = 0xc0;
const INODE_EXTENDER = 0xd0;
const ABSENT = 0xe0;
/** A hostile proof must not exhaust the stack; real ones nest some 40 deep. */
const MAX_NESTING = 2000;

export interface MerkleProof {
  readonly beforeIsNode: boolean;
  readonly afterIsNode: boolean;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly tree: ProofTree;
}

class Output {
  #buffer = new Uint8Array(4096);
  #length = 0;

  raw(bytes: Uint8Array): void {
    while (this.#length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  byte(value: number): void {
    if (this.#length === this.#buffer.length) this.raw(Uint8Array.of(value));
    else this.#buffer[this.#length++] = value;
  }

  /** Big-endian. */
  uint(value: number, size: number): void {
    for (let shift = size - 1; shift >= 0; shift--) this.byte(Math.floor(value / 2 ** (8 * shift)) % 256);
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}

function lengthClass(length: number): 0 | 1 | 2 | 3 {
  if (length <= 0xff) return 0;
  if (length <= 0xffff) return 1;
  return length <= 0xffff_ffff ? 2 : 3;
}

export function encodeProof(proof: MerkleProof): Uint8Array {
  const out = new Output();
  out.byte((proof.beforeIsNode ? 1 : 0) | (proof.afterIsNode ? 2 : 0));
  out.uint(BINARY_TREE_VERSION, 2);
  out.raw(proof.before);
  out.raw(proof.after);
  writeTree(out, proof.tree);
  return out.finish();
}

function writeTree(out: Output, tree: ProofTree): void {
  switch (tree.kind) {
    case "value":
      writeValue(out, tree.bytes);
      break;
    case "blindedValue":
      out.byte(BLINDED_VALUE);
      out.raw(tree.hash);
      break;
    case "blindedNode":
      out.byte(BLINDED_NODE);
      out.raw(tree.hash);
      break;
    case "extender":
      writeExtender(out, EXTENDER, tree.length, tree.segment, tree.below);
      break;
    case "node":
      writeEntries(out, tree.entries);
      break;
    case "inode":
      writeInodeTree(out, tree.length, tree.left, tree.right);
      break;
  }
}

function writeValue(out: Output, bytes: Uint8Array): void {
  const sizeClass = lengthClass(bytes.length);
  out.byte(VALUE | (sizeClass === 2 ? 3 : sizeClass));
  out.uint(bytes.length, sizeClass === 0 ? 1 : sizeClass === 1 ? 2 : 4);
  out.raw(bytes);
}

function writeEntries(out: Output, entries: readonly ProofEntry[]): void {
  out.byte(NODE | entries.length);
  for (const { step, tree } of entries) {
    const name = Buffer.from(step, "utf8");
    out.byte(name.length);
    out.raw(name);
    writeTree(out, tree);
  }
}

function writeInodeTree(out: Output, length: number, left: ProofInode | null, right: ProofInode | null): void {
  const sizeClass = lengthClass(length);
  out.byte(sizeClass);
  out.uint(length, 1 << sizeClass);
  for (const child of [left, right]) {
    if (child === null) out.byte(ABSENT);
    else writeInode(out, child);
  }
}

function writeInode(out: Output, inode: ProofInode): void {
  switch (inode.kind) {
    case "blindedInode":
      out.byte(BLINDED_INODE);
      out.raw(inode.hash);
      break;
    case "extender":
      writeExtender(out, INODE_EXTENDER, inode.length, inode.segment, inode.below);
      break;
    case "node":
      writeEntries(out, inode.entries);
      break;
    case "inode":
      writeInodeTree(out, inode.length, inode.left, inode.right);
      break;
  }
}

function writeExtender(out: Output, tag: number, length: number, segment: readonly (0 | 1)[], below: ProofInode): void {
  const sizeClass = lengthClass(length);
  out.byte(tag | sizeClass);
  out.uint(length, 1 << sizeClass);
  const bytes = new Uint8Array((segment.length >> 3) + 1);
  const setBit = (index: number): void => {
    bytes[index >> 3] = (bytes[index >> 3] as number) | (0x80 >> (index & 7));
  };
  segment.forEach((bit, index) => {
    if (bit === 1) setBit(index);
  });
  setBit(segment.length);
  out.byte(bytes.length);
  out.raw(bytes);
  writeInode(out, below);
}

/** Decodes a proof; every byte must be used. Throws `MalformedProof`. */
export function decodeProof(bytes: Uint8Array): MerkleProof {
  const { proof, length } = decodeProofPrefix(bytes);
  if (length !== bytes.length) throw new MalformedProof(`${bytes.length - length} bytes too many`, length);
  return proof;
}

/** Decodes the proof that `bytes` starts with, and gives its length: in output proofs more follows. Throws `MalformedProof`. */
export function decodeProofPrefix(bytes: Uint8Array): { proof: MerkleProof; length: number } {
  const input = new Input(bytes);
  const kinds = input.byte();
  if (kinds > 3) throw input.error(`unknown proof tag ${kinds}`, 1);
  const version = input.uint(2);
  if (version !== BINARY_TREE_VERSION)
    throw input.error(`proof version ${version}, expected ${BINARY_TREE_VERSION}`, 2);
  const before = input.raw(32);
  const after = input.raw(32);
  const tree = readTree(input, 0);
  const proof = { beforeIsNode: (kinds & 1) !== 0, afterIsNode: (kinds & 2) !== 0, before, after, tree };
  return { proof, length: input.offset };
}

class Input {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  error(why: string, back: number): MalformedProof {
    return new MalformedProof(why, this.offset - back);
  }

  raw(count: number): Uint8Array {
    const left = this.#bytes.length - this.offset;
    if (count > left) throw this.error(`${count} bytes expected, ${left} left`, 0);
    this.offset += count;
    return this.#bytes.slice(this.offset - count, this.offset);
  }

  byte(): number {
    return this.raw(1)[0] as number;
  }

  uint(size: number): number {
    let value = 0;
    for (const byte of this.raw(size)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw this.error("number too large", size);
    return value;
  }
}

function nest(input: Input, nesting: number): number {
  if (nesting >= MAX_NESTING) throw input.error("nested too deeply", 0);
  return nesting + 1;
}

function readTree(input: Input, outer: number): ProofTree {
  const nesting = nest(input, outer);
  const tag = input.byte();
  if (tag < 4) return readInodeTree(input, tag, nesting);
  if (tag >= NODE && tag <= NODE + 3) return { kind: "node", entries: readEntries(input, tag - NODE, nesting) };
  if (tag >= VALUE && tag <= VALUE + 3) return { kind: "value", bytes: readValue(input, tag - VALUE) };
  if (tag === BLINDED_VALUE) return { kind: "blindedValue", hash: input.raw(32) };
  if (tag === BLINDED_NODE) return { kind: "blindedNode", hash: input.raw(32) };
  if (tag >= EXTENDER && tag <= EXTENDER + 3) return readExtender(input, tag - EXTENDER, nesting);
  throw input.error(`unknown tree tag 0x${tag.toString(16)}`, 1);
}

function readInode(input: Input, outer: number): ProofInode | null {
  const nesting = nest(input, outer);
  const tag = input.byte();
  if (tag < 4) return readInodeTree(input, tag, nesting);
  if (tag >= NODE && tag <= NODE + 3) return { kind: "node", entries: readEntries(input, tag - NODE, nesting) };
  if (tag === BLINDED_INODE) return { kind: "blindedInode", hash: input.raw(32) };
  if (tag >= INODE_EXTENDER && tag <= INODE_EXTENDER + 3) return readExtender(input, tag - INODE_EXTENDER, nesting);
  if (tag === ABSENT) return null;
  throw input.error(`unknown inode tag 0x${tag.toString(16)}`, 1);
}

function readLength(input: Input, sizeClass: number): number {
  const length = input.uint(1 << sizeClass);
  if (lengthClass(length) !== sizeClass)
    throw input.error(`length ${length} is not in its shortest form`, 1 << sizeClass);
  return length;
}

function readInodeTree(input: Input, sizeClass: number, nesting: number) {
  const length = readLength(input, sizeClass);
  const left = readInode(input, nesting);
  const right = readInode(input, nesting);
  if (left === null && right === null) throw input.error("an inode without children", 0);
  return { kind: "inode", length, left, right } as const;
}

function readEntries(input: Input, count: number, nesting: number): ProofEntry[] {
  // Three would announce a longer list, which a binary tree never has.
  if (count > 2) throw input.error("more than two entries in a node", 1);
  const entries: ProofEntry[] = [];
  for (let index = 0; index < count; index++) {
    const name = input.raw(input.byte());
    const step = Buffer.from(name).toString("utf8");
    if (Buffer.compare(Buffer.from(step, "utf8"), name) !== 0)
      throw input.error("a name that is not UTF-8", name.length);
    entries.push({ step, tree: readTree(input, nesting) });
  }
  return entries;
}

function readValue(input: Input, sizeClass: number): Uint8Array {
  if (sizeClass === 2) throw input.error("unknown value size class", 1);
  const size = sizeClass === 0 ? 1 : sizeClass === 1 ? 2 : 4;
  const length = input.uint(size);
  const expected = lengthClass(length);
  if ((expected === 2 ? 3 : expected) !== sizeClass)
    throw input.error(`length ${length} is not in its shortest form`, size);
  return input.raw(length);
}

function readExtender(input: Input, sizeClass: number, nesting: number) {
  const length = readLength(input, sizeClass);
  const bytes = input.raw(input.byte());
  const last = bytes[bytes.length - 1];
  if (last === undefined || last === 0) throw input.error("a segment without its end bit", bytes.length);
  const trailing = 31 - Math.clz32(last & -last);
  const count = bytes.length * 8 - 1 - trailing;
  const segment: (0 | 1)[] = [];
  for (let index = 0; index < count; index++) {
    segment.push((((bytes[index >> 3] as number) >> (7 - (index & 7))) & 1) as 0 | 1);
  }
  if (segment.length > 256) throw input.error("a segment longer than a step hash", bytes.length);
  const below = readInode(input, nesting);
  if (below === null) throw input.error("an extender with nothing below", 1);
  return { kind: "extender", length, segment, below } as const;
}
