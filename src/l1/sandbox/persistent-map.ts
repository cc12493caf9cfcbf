// A persistent map from text: `set` and `delete` give a new map that shares what did not change. The chain's state is made of
// these, so that every block keeps its state and a reorganisation only changes heads. A hash trie of 32-way branches; keys
// come out in no particular order.

const BITS = 5;
const MASK = 31;
/** Hashes have 32 bits: 7 levels of 5 bits; keys whose hashes are equal share a leaf. */
const MAX_DEPTH = 7;

type Entry<V> = readonly [key: string, value: V];

interface Leaf<V> {
  readonly kind: "leaf";
  readonly hash: number;
  readonly entries: readonly Entry<V>[];
}

interface Branch<V> {
  readonly kind: "branch";
  /** Which of the 32 children there are. */
  readonly bitmap: number;
  /** Those that there are, in order. */
  readonly children: readonly Node<V>[];
}

type Node<V> = Leaf<V> | Branch<V>;

/** FNV-1a over UTF-16 units, mixed once more so that the low bits of short keys differ. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function popCount(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function bitAt(hash: number, depth: number): number {
  return 1 << ((hash >>> (depth * BITS)) & MASK);
}

/** Place of a child among those there are. */
function placeOf(bitmap: number, bit: number): number {
  return popCount(bitmap & (bit - 1));
}

function withoutItem<T>(items: readonly T[], at: number): readonly T[] {
  return [...items.slice(0, at), ...items.slice(at + 1)];
}

/** A branch that tells two leaves of different hashes apart. */
function branchOver<V>(a: Leaf<V>, b: Leaf<V>, depth: number): Node<V> {
  const bitA = bitAt(a.hash, depth);
  const bitB = bitAt(b.hash, depth);
  if (bitA === bitB) return { kind: "branch", bitmap: bitA, children: [branchOver(a, b, depth + 1)] };
  const children = bitA >>> 0 < bitB >>> 0 ? [a, b] : [b, a];
  return { kind: "branch", bitmap: bitA | bitB, children };
}

function setIn<V>(node: Node<V> | undefined, hash: number, key: string, value: V, depth: number): Node<V> {
  const fresh: Leaf<V> = { kind: "leaf", hash, entries: [[key, value]] };
  if (node === undefined) return fresh;
  if (node.kind === "leaf") {
    if (node.hash !== hash) return branchOver(node, fresh, depth);
    const at = node.entries.findIndex(([known]) => known === key);
    const entries = at < 0 ? [...node.entries, fresh.entries[0] as Entry<V>] : [...node.entries];
    if (at >= 0) entries[at] = [key, value];
    return { kind: "leaf", hash, entries };
  }
  const bit = bitAt(hash, depth);
  const place = placeOf(node.bitmap, bit);
  const children = [...node.children];
  if ((node.bitmap & bit) === 0) children.splice(place, 0, fresh);
  else children[place] = setIn(children[place], hash, key, value, depth + 1);
  return { kind: "branch", bitmap: node.bitmap | bit, children };
}

function deleteIn<V>(node: Node<V>, hash: number, key: string, depth: number): Node<V> | undefined {
  if (node.kind === "leaf") {
    const at = node.hash === hash ? node.entries.findIndex(([known]) => known === key) : -1;
    if (at < 0) return node;
    return node.entries.length === 1 ? undefined : { ...node, entries: withoutItem(node.entries, at) };
  }
  const bit = bitAt(hash, depth);
  if ((node.bitmap & bit) === 0) return node;
  const place = placeOf(node.bitmap, bit);
  const child = node.children[place] as Node<V>; // its bit is set
  const changed = deleteIn(child, hash, key, depth + 1);
  if (changed === child) return node;
  if (changed === undefined) {
    const children = withoutItem(node.children, place);
    const [only] = children;
    if (only === undefined) return undefined;
    if (children.length === 1 && only.kind === "leaf") return only;
    return { kind: "branch", bitmap: node.bitmap & ~bit, children };
  }
  if (node.children.length === 1 && changed.kind === "leaf") return changed;
  const children = [...node.children];
  children[place] = changed;
  return { kind: "branch", bitmap: node.bitmap, children };
}

function* entriesOf<V>(node: Node<V> | undefined): Generator<Entry<V>> {
  if (node === undefined) return;
  if (node.kind === "leaf") yield* node.entries;
  else for (const child of node.children) yield* entriesOf(child);
}

export class PersistentMap<V> {
  private constructor(
    readonly size: number,
    readonly root: Node<V> | undefined,
  ) {}

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(0, undefined);
  }

  static of<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  get(key: string): V | undefined {
    const hash = hashOf(key);
    let node = this.root;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      if (node === undefined) return undefined;
      if (node.kind === "leaf") {
        return node.hash === hash ? node.entries.find(([known]) => known === key)?.[1] : undefined;
      }
      const bit = bitAt(hash, depth);
      node = (node.bitmap & bit) === 0 ? undefined : node.children[placeOf(node.bitmap, bit)];
    }
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** The map with `value` (never undefined) under `key`. */
  set(key: string, value: V): PersistentMap<V> {
    const size = this.has(key) ? this.size : this.size + 1;
    return new PersistentMap(size, setIn(this.root, hashOf(key), key, value, 0));
  }

  delete(key: string): PersistentMap<V> {
    if (this.root === undefined || !this.has(key)) return this;
    return new PersistentMap(this.size - 1, deleteIn(this.root, hashOf(key), key, 0));
  }

  entries(): Iterable<Entry<V>> {
    return entriesOf(this.root);
  }

  *keys(): Generator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Generator<V> {
    for (const [, value] of this.entries()) yield value;
  }
}
