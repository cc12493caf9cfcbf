/**
 * A persistent map from int32 keys, and the difference between two of them. Keys near zero, of either sign, sit in a shallow trie; versions
 * share what they have in common, so that the difference costs what was changed.
 */
const BITS = 4;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

// A node is an array of WIDTH children; at the lowest level the children are the values, undefined where there is none.
type Node = unknown[];

/** -1, 1, -2 … interleaved with 0, 1, 2 …: small keys of both signs become small numbers. */
function fold(key: number): number {
  return ((key << 1) ^ (key >> 31)) >>> 0;
}

function unfold(index: number): number {
  return (index >>> 1) ^ -(index & 1);
}

export class IntMap<V> {
  #root: Node | null;
  /** Shift of the root level: its children cover 2^shift indices each. */
  #shift: number;
  /** The values by key, for a map made of an array whose trie nobody has needed yet. */
  #dense: readonly V[] | null;

  private constructor(root: Node | null, shift: number, dense: readonly V[] | null) {
    this.#root = root;
    this.#shift = shift;
    this.#dense = dense;
  }

  static readonly #empty = new IntMap<never>(null, 0, null);

  static empty<V>(): IntMap<V> {
    return IntMap.#empty as IntMap<V>;
  }

  get isEmpty(): boolean {
    return this.#root === null && this.#dense === null;
  }

  /** The map holding values[i] under key i; undefined values are left out. */
  static ofArray<V>(values: readonly V[]): IntMap<V> {
    return values.length === 0 ? IntMap.empty() : new IntMap<V>(null, 0, values.slice());
  }

  /** Makes the trie of a map that has none yet. */
  private buildTrie(): void {
    const values = this.#dense;
    if (values === null) return;
    const last = fold(values.length - 1);
    let shift = 0;
    while ((last >>> shift) >>> BITS !== 0) shift += BITS;
    const root: Node = new Array(WIDTH).fill(undefined);
    for (let key = 0; key < values.length; key++) {
      const index = fold(key);
      let node = root;
      for (let level = shift; level > 0; level -= BITS) {
        const slot = (index >>> level) & MASK;
        let child = node[slot] as Node | undefined;
        if (child === undefined) {
          child = new Array(WIDTH).fill(undefined);
          node[slot] = child;
        }
        node = child;
      }
      node[index & MASK] = values[key];
    }
    this.#root = root;
    this.#shift = shift;
    this.#dense = null;
  }

  get(key: number): V | undefined {
    const dense = this.#dense;
    if (dense !== null) return key >= 0 && key < dense.length ? dense[key] : undefined;
    let node = this.#root;
    if (node === null) return undefined;
    const index = fold(key);
    let level = this.#shift;
    if (level < 28 && (index >>> level) >>> BITS !== 0) return undefined;
    for (; level > 0; level -= BITS) {
      node = node[(index >>> level) & MASK] as Node | null;
      if (node === undefined || node === null) return undefined;
    }
    return node[index & MASK] as V | undefined;
  }

  set(key: number, value: V): IntMap<V> {
    this.buildTrie();
    const index = fold(key);
    let root = this.#root;
    let shift = this.#shift;
    while (shift < 28 && (index >>> shift) >>> BITS !== 0) {
      shift += BITS;
      if (root !== null) {
        const higher: Node = new Array(WIDTH).fill(undefined);
        higher[0] = root;
        root = higher;
      }
    }
    return new IntMap<V>(setIn(root, shift, index, value), shift, null);
  }

  /** Calls `visit` for each key at which this map differs from another, in no particular order. */
  differenceFrom(other: IntMap<V>, visit: (key: number, value: V | undefined) => void): void {
    this.buildTrie();
    other.buildTrie();
    let mine = this.#root;
    let theirs = other.#root;
    let myShift = this.#shift;
    let theirShift = other.#shift;
    while (myShift < theirShift) {
      mine = raise(mine);
      myShift += BITS;
    }
    while (theirShift < myShift) {
      theirs = raise(theirs);
      theirShift += BITS;
    }
    differ(mine, theirs, myShift, 0, visit as (key: number, value: unknown) => void);
  }
}

function raise(node: Node | null): Node | null {
  if (node === null) return null;
  const higher: Node = new Array(WIDTH).fill(undefined);
  higher[0] = node;
  return higher;
}

function setIn(node: Node | null | undefined, level: number, index: number, value: unknown): Node {
  const copy = node === null || node === undefined ? new Array(WIDTH).fill(undefined) : node.slice();
  const slot = (index >>> level) & MASK;
  copy[slot] = level === 0 ? value : setIn(copy[slot] as Node | undefined, level - BITS, index, value);
  return copy;
}

function differ(
  mine: Node | null | undefined,
  theirs: Node | null | undefined,
  level: number,
  prefix: number,
  visit: (key: number, value: unknown) => void,
): void {
  if (mine === theirs) return;
  for (let slot = 0; slot < WIDTH; slot++) {
    const left = mine === null || mine === undefined ? undefined : mine[slot];
    const right = theirs === null || theirs === undefined ? undefined : theirs[slot];
    if (left === right) continue;
    const index = (prefix | (slot << level)) >>> 0;
    if (level === 0) visit(unfold(index), left);
    else differ(left as Node | undefined, right as Node | undefined, level - BITS, index, visit);
  }
}
