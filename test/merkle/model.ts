// A plain model of the tree: its leaves by path, and its hash worked out from merkle.md §1 alone, with another implementation of BLAKE2b.
// Slow and simple on purpose; shares nothing with src/.
import { blake2b } from "@noble/hashes/blake2.js";

type Bytes = readonly number[];
type Node = Uint8Array | Map<string, Node>;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hash = (...parts: (Uint8Array | Bytes)[]): Uint8Array =>
  blake2b(Buffer.concat(parts.map((part) => Buffer.from(part))), { dkLen: 32 });

function u64(value: number): Bytes {
  return [0, 0, 0, 0, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function varint(value: number): Bytes {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function compareNames(a: string, b: string): number {
  return Buffer.compare(utf8(a), utf8(b));
}

interface Child {
  readonly name: string;
  readonly isLeaf: boolean;
  readonly hash: Uint8Array;
}

const nameHashes = new Map<string, Uint8Array>();

function bit(name: string, depth: number): number {
  const known = nameHashes.get(name) ?? hash(utf8(name));
  nameHashes.set(name, known);
  return ((known[depth >> 3] as number) >> (7 - (depth & 7))) & 1; // depths stay far below 256
}

function inodeHash(children: readonly Child[], depth: number): Uint8Array {
  if (children.length <= 2) {
    const entries = children.flatMap(({ name, isLeaf, hash: child }) => [
      varint(utf8(name).length),
      utf8(name),
      [isLeaf ? 1 : 0],
      child,
    ]);
    return hash([0], varint(children.length), ...entries);
  }
  const halves = [0, 1].map((side) => children.filter(({ name }) => bit(name, depth) === side));
  const present = halves.flatMap((half, side) => (half.length === 0 ? [] : [[side], inodeHash(half, depth + 1)]));
  return hash([1], varint(depth), varint(children.length), varint(present.length / 2), ...present);
}

function nodeHash(node: Node): Uint8Array {
  if (node instanceof Uint8Array) return hash(u64(node.length), node);
  const children = [...node]
    .map(([name, child]): Child => ({ name, isLeaf: child instanceof Uint8Array, hash: nodeHash(child) }))
    .sort((a, b) => compareNames(a.name, b.name));
  if (children.length > 2) return inodeHash(children, 0);
  const entries = children.flatMap(({ name, isLeaf, hash: child }) => [
    isLeaf ? [0xff, 0, 0, 0, 0, 0, 0, 0] : u64(0),
    varint(utf8(name).length),
    utf8(name),
    u64(32),
    child,
  ]);
  return hash(u64(children.length), ...entries);
}

/** The contents of a leaf that holds an int32. */
export const int32Bytes = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

const SEPARATOR = "\0";

function isBelow(path: string, above: string): boolean {
  return path.startsWith(above + SEPARATOR);
}

/** A tree with a directory at its root. */
export class ModelTree {
  readonly #leaves: Map<string, Uint8Array>;

  constructor(leaves: Iterable<readonly [string, Uint8Array]> = []) {
    this.#leaves = new Map(leaves);
  }

  copy(): ModelTree {
    return new ModelTree(this.#leaves);
  }

  get leaves(): [path: string[], bytes: Uint8Array][] {
    return [...this.#leaves].map(([path, bytes]) => [path.split(SEPARATOR), bytes]);
  }

  find(path: readonly string[]): Uint8Array | undefined {
    return this.#leaves.get(path.join(SEPARATOR));
  }

  /** Names in a directory, in byte order; none for what is no directory. */
  names(path: readonly string[]): string[] {
    const start = path.length === 0 ? "" : path.join(SEPARATOR) + SEPARATOR;
    const names = new Set<string>();
    for (const leaf of this.#leaves.keys()) {
      if (leaf.startsWith(start)) names.add(leaf.slice(start.length).split(SEPARATOR)[0] as string);
    }
    return [...names].sort(compareNames);
  }

  has(path: readonly string[]): boolean {
    return this.find(path) !== undefined || this.names(path).length > 0;
  }

  remove(path: readonly string[]): void {
    const key = path.join(SEPARATOR);
    for (const leaf of [...this.#leaves.keys()]) if (leaf === key || isBelow(leaf, key)) this.#leaves.delete(leaf);
  }

  add(path: readonly string[], bytes: Uint8Array): void {
    this.remove(path);
    for (let length = 1; length < path.length; length++) this.#leaves.delete(path.slice(0, length).join(SEPARATOR));
    this.#leaves.set(path.join(SEPARATOR), bytes);
  }

  /** Puts what another tree (or this one) has at a path at a path of this one; changes nothing if that is nothing. */
  graft(source: ModelTree, from: readonly string[], to: readonly string[]): void {
    const key = from.join(SEPARATOR);
    const copied = [...source.#leaves].filter(([leaf]) => leaf === key || isBelow(leaf, key));
    if (copied.length > 0) this.remove(to);
    for (const [leaf, bytes] of copied) this.add((to.join(SEPARATOR) + leaf.slice(key.length)).split(SEPARATOR), bytes);
  }

  get hash(): Uint8Array {
    const root = new Map<string, Node>();
    for (const [path, bytes] of this.leaves) {
      let directory = root;
      for (const step of path.slice(0, -1)) {
        const known = directory.get(step);
        const next = known instanceof Map ? known : new Map<string, Node>();
        directory.set(step, next);
        directory = next;
      }
      directory.set(path.at(-1) as string, bytes); // no path is empty
    }
    return nodeHash(root);
  }
}
