/**
 * Lazy maps keyed by strings: merkle.md §2.1. Entries stand directly where the map does, under their names. Immutable, like lazy vectors.
 */
import { type EntryWrite, rewriteEntries } from "./entries.js";
import { KeyNotFound } from "./errors.js";
import { compareSteps } from "./inode.js";
import { Directory, type TreeNode } from "./node.js";
import { buildNode, type Schema, type Slot, type View } from "./schema.js";
import { EXACT_UNOBSERVED, isEmptyDirectory } from "./tree.js";

interface Origin<T> {
  readonly directory: Directory;
  readonly view: View;
  readonly element: Schema<T>;
  readonly loaded: Map<string, T>;
}

interface Saved<T> {
  readonly entries: ReadonlyMap<string, T | null>;
  readonly contents: Directory;
}

export class LazyMap<T extends object> {
  readonly #origin: Origin<T> | null;
  /** Touched entries; null: removed. */
  #entries: ReadonlyMap<string, T | null>;
  #saved: Saved<T> | null;

  private constructor(origin: Origin<T> | null, entries: ReadonlyMap<string, T | null>, saved: Saved<T> | null) {
    this.#origin = origin;
    this.#entries = entries;
    this.#saved = saved;
  }

  static empty<T extends object>(): LazyMap<T> {
    return new LazyMap<T>(null, new Map(), null);
  }

  static stored<T extends object>(view: View, element: Schema<T>): LazyMap<T> {
    return new LazyMap<T>({ directory: view.directory(), view, element, loaded: new Map() }, new Map(), null);
  }

  /** The entry under a name. Throws `KeyNotFound`. */
  get(name: string): T {
    const touched = this.#entries.get(name);
    if (touched !== undefined && touched !== null) return touched;
    const origin = this.#origin;
    if (touched === null || origin === null) throw new KeyNotFound([name]);
    if (origin.view.access.exact) {
      const value = origin.element.load(origin.view.at(name));
      this.#entries = new Map(this.#entries).set(name, value);
      return value;
    }
    let value = origin.loaded.get(name);
    if (value === undefined) {
      value = origin.element.load(origin.view.at(name));
      origin.loaded.set(name, value);
    }
    return value;
  }

  set(name: string, value: T): LazyMap<T> {
    return new LazyMap<T>(this.#origin, new Map(this.#entries).set(name, value), this.#saved);
  }

  /** Sets several entries; of those with the same name the last counts. */
  setAll(entries: Iterable<readonly [name: string, value: T]>): LazyMap<T> {
    const all = new Map(this.#entries);
    for (const [name, value] of entries) all.set(name, value);
    return new LazyMap<T>(this.#origin, all, this.#saved);
  }

  remove(name: string): LazyMap<T> {
    return new LazyMap<T>(this.#origin, new Map(this.#entries).set(name, null), this.#saved);
  }

  /** The directory of the entries; null when it is empty. `compare` gives the order of the keys. */
  contents(
    exact: boolean,
    build: (value: T) => TreeNode | undefined,
    compare: (a: string, b: string) => number,
  ): Directory | null {
    const base = this.#origin?.directory ?? Directory.empty;
    if (exact) {
      const touched = [...this.#entries].sort(([a], [b]) => compare(a, b));
      const writes = touched.map(([name, value]): EntryWrite => [name, value === null ? null : () => build(value)]);
      return rewriteEntries(base, this.#origin?.view.access ?? EXACT_UNOBSERVED, writes);
    }
    const saved = this.#saved;
    let contents = saved?.contents ?? base;
    let edited: Directory | null = null;
    for (const [name, value] of this.#entries) {
      if (saved !== null && saved.entries.get(name) === value) continue;
      edited ??= contents.fork(false);
      edited.update(name, value === null ? null : (build(value) ?? null));
    }
    contents = edited ?? contents;
    this.#saved = { entries: this.#entries, contents };
    return isEmptyDirectory(contents, null) ? null : contents;
  }
}

/** The schema of a map: its entries one beside the other. */
export function lazyMap<T extends object>(
  element: Schema<T>,
  compare: (a: string, b: string) => number = compareSteps,
): Schema<LazyMap<T>> {
  return {
    save(slot: Slot, map: LazyMap<T>): void {
      const contents = map.contents(slot.exact, (value) => buildNode(element, value, slot.exact), compare);
      if (contents === null) slot.absent();
      else slot.tree(contents);
    },
    load(view: View): LazyMap<T> {
      view.node;
      return LazyMap.stored(view, element);
    },
  };
}
