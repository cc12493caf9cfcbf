/**
 * Lazy vectors: merkle.md §2.1. A window [head, head + length) over a map from int32 keys. Elements are loaded one by one from the stored
 * tree the vector came from (its origin); keys outside the window may hold stale elements, which are part of the state's hash.
 *
 * Vectors are immutable. A read remembers the element without changing what the vector is.
 */
import { type EntryWrite, rewriteEntries } from "./entries.js";
import { KeyNotFound, StateTooLarge } from "./errors.js";
import { IntMap } from "./int-map.js";
import { Directory, type TreeNode } from "./node.js";
import { buildNode, type LeafCodec, type Schema, type Slot, type View } from "./schema.js";
import { type Access, EXACT_UNOBSERVED, entriesOf, isEmptyDirectory } from "./tree.js";

/** An index outside a vector, or too few elements: an error of the guest (`Lazy_vector.Bounds`). */
export class VectorBounds extends Error {
  readonly code = "merkle.vector_bounds";
  constructor() {
    super("vector index out of bounds");
    this.name = "VectorBounds";
  }
}

/** An element that was removed is asked for (`Lazy_map.UnexpectedAccess`). */
export class UnexpectedAccess extends Error {
  readonly code = "merkle.unexpected_access";
  constructor() {
    super("access to a removed element");
    this.name = "UnexpectedAccess";
  }
}

/** More elements than this are not held: hashing them takes gigabytes. Kernels have some ten thousand functions. */
const MAX_ELEMENTS = 1 << 20;

function checkSize(elements: number): void {
  if (elements > MAX_ELEMENTS) throw new StateTooLarge(`a vector of ${elements} elements`);
}

const REMOVED = Symbol("removed");
type Touched<T> = T | typeof REMOVED;

/** Where untouched elements come from. */
interface Origin<T> {
  readonly directory: Directory;
  readonly view: View;
  readonly element: Schema<T>;
  readonly access: Access;
  /** Elements loaded so far, shared by all vectors of this origin; unused in exact sessions, which must touch what they read. */
  readonly loaded: Map<number, T>;
}

/** What the entries were when the vector (or the one it was made from) was last saved, and the tree they gave. */
interface Saved<T> {
  readonly entries: IntMap<Touched<T>>;
  readonly contents: Directory;
}

export class LazyVector<T> {
  /** Key of the first element. */
  readonly head: number;
  /** Number of elements; unsigned 32 bits. */
  readonly length: number;
  #origin: Origin<T> | null;
  #entries: IntMap<Touched<T>>;
  #saved: Saved<T> | null;

  private constructor(
    head: number,
    length: number,
    origin: Origin<T> | null,
    entries: IntMap<Touched<T>>,
    saved: Saved<T> | null,
  ) {
    this.head = head;
    this.length = length;
    this.#origin = origin;
    this.#entries = entries;
    this.#saved = saved;
  }

  static readonly #empty = new LazyVector<never>(0, 0, null, IntMap.empty(), null);

  static empty<T>(): LazyVector<T> {
    return LazyVector.#empty as unknown as LazyVector<T>;
  }

  /** A vector of these elements under the keys 0, 1, 2, … */
  static of<T>(values: readonly T[]): LazyVector<T> {
    checkSize(values.length);
    return new LazyVector<T>(0, values.length, null, IntMap.ofArray<Touched<T>>(values), null);
  }

  /** A vector with a given head and length over these entries, stale ones included. */
  static window<T>(head: number, length: number, entries: Iterable<readonly [key: number, value: T]>): LazyVector<T> {
    let map = IntMap.empty<Touched<T>>();
    for (const [key, value] of entries) map = map.set(key, value);
    return new LazyVector<T>(head, length, null, map, null);
  }

  /** A vector of `length` absent elements. */
  static absent<T>(length: number): LazyVector<T> {
    return new LazyVector<T>(0, length, null, IntMap.empty(), null);
  }

  /** The vector stored with its elements in a directory. */
  static stored<T>(head: number, length: number, contents: View, element: Schema<T>): LazyVector<T> {
    const directory = contents.directory();
    const origin = { directory, view: contents, element, access: contents.access, loaded: new Map<number, T>() };
    return new LazyVector<T>(head, length, origin, IntMap.empty(), null);
  }

  private with(head: number, length: number, entries: IntMap<Touched<T>>): LazyVector<T> {
    return new LazyVector<T>(head, length >>> 0, this.#origin, entries, this.#saved);
  }

  private check(index: number): void {
    if (index >>> 0 >= this.length) throw new VectorBounds();
  }

  /** The element at an index. Throws `VectorBounds`, `KeyNotFound`, `UnexpectedAccess`. */
  get(index: number): T {
    this.check(index);
    return this.at((this.head + index) | 0);
  }

  private at(key: number): T {
    const touched = this.#entries.get(key);
    if (touched !== undefined) {
      if (touched === REMOVED) throw new UnexpectedAccess();
      return touched as T;
    }
    const origin = this.#origin;
    if (origin === null) throw new KeyNotFound([String(key)]);
    if (origin.access.exact) {
      const value = origin.element.load(origin.view.at(String(key)));
      this.#entries = this.#entries.set(key, value);
      return value;
    }
    let value = origin.loaded.get(key);
    if (value === undefined) {
      value = origin.element.load(origin.view.at(String(key)));
      origin.loaded.set(key, value);
    }
    return value;
  }

  set(index: number, value: T): LazyVector<T> {
    this.check(index);
    checkSize(index + 1);
    return this.with(this.head, this.length, this.#entries.set((this.head + index) | 0, value));
  }

  /** Adds an element in front. Like all that adds elements, throws `StateTooLarge`. */
  cons(value: T): LazyVector<T> {
    checkSize(this.length);
    const head = (this.head - 1) | 0;
    return this.with(head, this.length + 1, this.#entries.set(head, value));
  }

  /** The vector without its first element, which is forgotten. */
  drop(): LazyVector<T> {
    if (this.length === 0) throw new VectorBounds();
    return this.with((this.head + 1) | 0, this.length - 1, this.#entries.set(this.head, REMOVED));
  }

  /** Adds an element at the end. */
  append(value: T): LazyVector<T> {
    checkSize(this.length);
    return this.with(this.head, this.length + 1, this.#entries.set((this.head + this.length) | 0, value));
  }

  /** Adds `count` elements at the end; absent ones without a default. */
  grow(count: number, value?: T): LazyVector<T> {
    if (value === undefined) return this.with(this.head, this.length + count, this.#entries);
    checkSize(this.length + count);
    let entries = this.#entries;
    for (let index = 0; index < count; index++) entries = entries.set((this.head + this.length + index) | 0, value);
    return this.with(this.head, this.length + count, entries);
  }

  /** The first `count` elements and the others: two windows over the same entries. */
  split(count: number): [LazyVector<T>, LazyVector<T>] {
    if (count >>> 0 > this.length) throw new VectorBounds();
    const size = count >>> 0;
    return [
      this.with(this.head, size, this.#entries),
      this.with((this.head + size) | 0, this.length - size, this.#entries),
    ];
  }

  /** Every entry there is, inside the window and outside, in no particular order. All are loaded. */
  entries(): [key: number, value: T][] {
    const entries = new Map<number, T>();
    for (const { step } of this.#origin === null
      ? []
      : entriesOf(this.#origin.directory, this.#origin.access.observer)) {
      const key = Number(step);
      if (this.#entries.get(key) === undefined) entries.set(key, this.at(key));
    }
    this.#entries.differenceFrom(IntMap.empty(), (key, value) => {
      if (value !== undefined && value !== REMOVED) entries.set(key, value as T);
    });
    return [...entries];
  }

  /** All elements, first to last; they count as read from the last to the first, as in the reference. */
  toArray(): T[] {
    const values = new Array<T>(this.length);
    for (let index = this.length - 1; index >= 0; index--) values[index] = this.get(index);
    return values;
  }

  /** The directory of the elements, by key; null when it is empty. `build` gives the tree of an element. */
  contents(exact: boolean, build: (value: T) => TreeNode | undefined): Directory | null {
    if (exact) return this.exactContents(build);
    const saved = this.#saved;
    const base = saved === null ? (this.#origin?.directory ?? Directory.empty) : saved.contents;
    const before = saved === null ? IntMap.empty<Touched<T>>() : saved.entries;
    let edited: Directory | null = null;
    this.#entries.differenceFrom(before, (key, value) => {
      edited ??= base.fork(false);
      const node = value === undefined || value === REMOVED ? undefined : build(value as T);
      edited.update(String(key), node ?? null);
    });
    const contents: Directory = edited ?? base;
    if (edited !== null || saved === null) this.#saved = { entries: this.#entries, contents };
    return isEmptyDirectory(contents, null) ? null : contents;
  }

  /** As the reference encodes: every touched element is removed and written again, in increasing order of the keys. */
  private exactContents(build: (value: T) => TreeNode | undefined): Directory | null {
    const touched: [number, Touched<T> | undefined][] = [];
    this.#entries.differenceFrom(IntMap.empty(), (key, value) => touched.push([key, value]));
    touched.sort(([a], [b]) => a - b);
    const writes = touched.map(([key, value]): EntryWrite => {
      const removed = value === undefined || value === REMOVED;
      return [String(key), removed ? null : () => build(value as T)];
    });
    return rewriteEntries(this.#origin?.directory ?? Directory.empty, this.#origin?.access ?? EXACT_UNOBSERVED, writes);
  }
}

/** How the length and the head of a vector are written. */
export type KeyCodec = LeafCodec<number>;

/** The schema of a vector: `contents/<key>`, `length`, `head`. */
export function lazyVector<T>(key: KeyCodec, element: Schema<T>): Schema<LazyVector<T>> {
  return {
    save(slot: Slot, vector: LazyVector<T>): void {
      const contents = vector.contents(slot.exact, (value) => buildNode(element, value, slot.exact));
      if (contents === null) slot.at("contents").absent();
      else slot.at("contents").tree(contents);
      slot.at("length").leaf(key.encode(vector.length | 0));
      slot.at("head").leaf(key.encode(vector.head));
    },
    load(view: View): LazyVector<T> {
      const contents = view.at("contents");
      contents.node;
      const length = key.decode(view.at("length").leaf()) >>> 0;
      const head = key.decode(view.at("head").leaf());
      return LazyVector.stored(head, length, contents, element);
    },
  };
}
