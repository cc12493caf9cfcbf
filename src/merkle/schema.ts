/**
 * Schemas: how a typed value lives in a tree (merkle.md §2). A schema loads a value from a `View` (a place in a stored tree) and saves it
 * into a `Slot` (a place in a tree under construction). Each state record has one schema, beside its definition.
 *
 * Fields are written where the schema of the record stands ("flat"); `at("key", schema)` moves one below a key. In a tagged union the tag
 * is the leaf `tag` and the fields of the variant stand below `value`.
 */
import { KeyNotFound, MalformedState, type Path } from "./errors.js";
import { createMemo } from "./memo.js";
import { Directory, Leaf, type TreeNode, type Updates } from "./node.js";
import { type Access, lookup, type Tree } from "./tree.js";

export interface Schema<T> {
  save(slot: Slot, value: T): void;
  load(view: View): T;
}

/** A place where values are written: in a tree under construction, or in a tree that is being edited. */
export interface Slot {
  /** Whether saving must do what the reference does, read for read; see `Access`. */
  readonly exact: boolean;
  at(key: string): Slot;
  leaf(leaf: Leaf): void;
  /** Puts a whole node here, which is not empty. */
  tree(node: TreeNode): void;
  /** Nothing stands here. */
  absent(): void;
}

/** A place in a tree under construction. */
export class BuildSlot implements Slot {
  readonly exact: boolean;
  readonly #parent: BuildSlot | null;
  readonly #key: string;
  #entries: Updates | null = null;
  #root: TreeNode | undefined;

  private constructor(parent: BuildSlot | null, key: string, exact: boolean) {
    this.#parent = parent;
    this.#key = key;
    this.exact = exact;
  }

  static root(exact: boolean): BuildSlot {
    return new BuildSlot(null, "", exact);
  }

  at(key: string): BuildSlot {
    return new BuildSlot(this, key, this.exact);
  }

  leaf(leaf: Leaf): void {
    this.tree(leaf);
  }

  tree(node: TreeNode): void {
    if (this.#parent === null) this.#root = node;
    else this.#parent.entries().set(this.#key, node);
  }

  absent(): void {}

  private entries(): Updates {
    if (this.#entries === null) {
      const existing = this.#parent === null ? this.#root : this.#parent.entries().get(this.#key);
      if (
        existing !== undefined &&
        existing !== null &&
        existing.kind === "directory" &&
        existing.fresh &&
        existing.pending !== null
      ) {
        this.#entries = existing.pending;
      } else {
        this.#entries = new Map();
        this.tree(Directory.fresh(this.#entries, this.exact));
      }
    }
    return this.#entries;
  }

  /** What was built, for a root slot; undefined if nothing was put. */
  get built(): TreeNode | undefined {
    return this.#root;
  }
}

/** A place in a tree that is being edited: what is written replaces what stood there, the rest stays. */
export class TreeSlot implements Slot {
  readonly #tree: Tree;
  readonly #path: Path;

  constructor(tree: Tree, path: Path) {
    this.#tree = tree;
    this.#path = path;
  }

  get exact(): boolean {
    return this.#tree.access.exact;
  }

  at(key: string): TreeSlot {
    return new TreeSlot(this.#tree, [...this.#path, key]);
  }

  leaf(leaf: Leaf): void {
    this.#tree.addTree(this.#path, leaf);
  }

  tree(node: TreeNode): void {
    this.#tree.addTree(this.#path, node);
  }

  absent(): void {
    this.#tree.remove(this.#path);
  }
}

/** Writes a value at a path of a tree. */
export function saveInto<T>(tree: Tree, path: Path, schema: Schema<T>, value: T): void {
  schema.save(new TreeSlot(tree, path), value);
}

/** Reads the value at a path of a tree. */
export function loadFrom<T>(tree: Tree, path: Path, schema: Schema<T>): T {
  return schema.load(path.reduce((view, key) => view.at(key), View.of(tree.root, tree.access)));
}

/** A place in a stored tree. Looked up when it is first needed, so that unread places stay out of proofs. */
export class View {
  readonly access: Access;
  readonly #parent: View | null;
  readonly #key: string;
  #node: TreeNode | undefined;
  #resolved: boolean;

  private constructor(parent: View | null, key: string, access: Access, node: TreeNode | undefined, resolved: boolean) {
    this.#parent = parent;
    this.#key = key;
    this.access = access;
    this.#node = node;
    this.#resolved = resolved;
  }

  static of(node: TreeNode | undefined, access: Access, path: Path = []): View {
    const base = path.length === 0 ? null : View.of(undefined, access, path.slice(0, -1));
    return new View(base, path[path.length - 1] ?? "", access, node, true);
  }

  at(key: string): View {
    return new View(this, key, this.access, undefined, false);
  }

  get path(): Path {
    return this.#parent === null ? (this.#key === "" ? [] : [this.#key]) : [...this.#parent.path, this.#key];
  }

  /** The node here. Looking it up reads its parent directory, not the node itself. */
  get node(): TreeNode | undefined {
    if (!this.#resolved) {
      const parent = this.#parent?.node;
      if (parent !== undefined && parent.kind === "directory")
        this.#node = lookup(parent, this.#key, this.access.observer);
      this.#resolved = true;
    }
    return this.#node;
  }

  /** The contents of the leaf here, or undefined. */
  optionalLeaf(): Uint8Array | undefined {
    const node = this.node;
    if (node === undefined || node.kind !== "leaf") return undefined;
    this.access.observer?.leaf(node);
    return node.bytes;
  }

  /** The contents of the leaf here. Throws `KeyNotFound`. */
  leaf(): Uint8Array {
    const bytes = this.optionalLeaf();
    if (bytes === undefined) throw new KeyNotFound(this.path);
    return bytes;
  }

  /** The directory here; empty if there is none. */
  directory(): Directory {
    const node = this.node;
    return node === undefined || node.kind === "leaf" ? Directory.empty : node;
  }
}

/** How a value is written in one leaf. */
export interface LeafCodec<T> {
  encode(value: T): Leaf;
  /** Throws any error on bytes that do not decode. */
  decode(bytes: Uint8Array): T;
}

function decodeLeaf<T>(codec: LeafCodec<T>, bytes: Uint8Array, view: View): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new MalformedState(view.path, error instanceof Error ? error.message : String(error));
  }
}

/** A value in a leaf. */
export function leaf<T>(codec: LeafCodec<T>): Schema<T> {
  return {
    save: (slot, value) => slot.leaf(codec.encode(value)),
    load: (view) => decodeLeaf(codec, view.leaf(), view),
  };
}

/** A value in a leaf, or null and no leaf at all. */
export function optionalLeaf<T>(codec: LeafCodec<T>): Schema<T | null> {
  return {
    save(slot, value) {
      if (value === null) slot.absent();
      else slot.leaf(codec.encode(value));
    },
    load(view) {
      const bytes = view.optionalLeaf();
      return bytes === undefined ? null : decodeLeaf(codec, bytes, view);
    },
  };
}

/** The schema, below a key or a path of keys separated by slashes. */
export function at<T>(path: string, schema: Schema<T>): Schema<T> {
  const keys = path.split("/");
  return {
    save: (slot, value) =>
      schema.save(
        keys.reduce((place, key) => place.at(key), slot),
        value,
      ),
    load: (view) => schema.load(keys.reduce((place, key) => place.at(key), view)),
  };
}

export type Fields<T> = { readonly [K in keyof T]: Schema<T[K]> };

/** A record: its fields one beside the other, in this order. */
export function record<T extends object>(fields: Fields<T>): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    save(slot, value) {
      for (const name of names) fields[name].save(slot, value[name]);
    },
    load(view) {
      const value: Partial<T> = {};
      for (const name of names) value[name] = fields[name].load(view);
      return value as T;
    },
  };
}

/** A variant of a union, told apart by its `tag`. */
export interface Tagged {
  readonly tag: string;
}

/** How the fields of a variant are stored; `"unit"`: an empty leaf; `"nothing"`: no payload at all. */
export type VariantFields<V extends Tagged> = Fields<Omit<V, "tag">> | "unit" | "nothing";

const EMPTY_LEAF = Leaf.of(new Uint8Array(0));

/**
 * A tagged union. `encodeTag` gives the leaf of a tag; tags are written as the variants' names unless `names` says otherwise.
 * Throws `KeyNotFound` without a tag, `MalformedState` for an unknown one.
 */
export function tagged<U extends Tagged>(
  tagCodec: LeafCodec<string>,
  variants: { readonly [K in U["tag"]]: VariantFields<Extract<U, { tag: K }>> },
): Schema<U> {
  const table = new Map<
    string,
    { names: string[]; fields: Record<string, Schema<unknown>>; unit: boolean; tag: Leaf }
  >();
  const unitValues = new Map<string, U>();
  for (const [tag, fields] of Object.entries(variants) as [
    string,
    "unit" | "nothing" | Record<string, Schema<unknown>>,
  ][]) {
    const isPlain = fields === "unit" || fields === "nothing";
    const own = isPlain ? {} : fields;
    table.set(tag, { names: Object.keys(own), fields: own, unit: fields === "unit", tag: tagCodec.encode(tag) });
    if (isPlain) unitValues.set(tag, { tag } as unknown as U);
  }
  return {
    save(slot, value) {
      const variant = table.get(value.tag);
      if (variant === undefined) throw new Error(`no variant ${value.tag}`);
      slot.at("tag").leaf(variant.tag);
      if (variant.unit) slot.at("value").leaf(EMPTY_LEAF);
      if (variant.names.length === 0) return;
      const payload = slot.at("value");
      for (const name of variant.names) {
        (variant.fields[name] as Schema<unknown>).save(payload, (value as unknown as Record<string, unknown>)[name]);
      }
    },
    load(view) {
      const tagView = view.at("tag");
      const tag = decodeLeaf(tagCodec, tagView.leaf(), tagView);
      const variant = table.get(tag);
      if (variant === undefined) throw new MalformedState(tagView.path, `unknown tag ${JSON.stringify(tag)}`);
      const payload = view.at("value");
      if (variant.unit) {
        if (payload.leaf().length !== 0) throw new MalformedState(payload.path, "an empty leaf expected");
      }
      if (variant.names.length === 0) return unitValues.get(tag) as U;
      const value: Record<string, unknown> = { tag };
      for (const name of variant.names) value[name] = (variant.fields[name] as Schema<unknown>).load(payload);
      return value as unknown as U;
    },
  };
}

/**
 * The combinator `option`: a union with the tags `Some` and `None`; absent means null.
 */
export function option<T>(tagCodec: LeafCodec<string>, schema: Schema<T>): Schema<T | null> {
  const some = tagCodec.encode("Some");
  const none = tagCodec.encode("None");
  return {
    save(slot, value) {
      slot.at("tag").leaf(value === null ? none : some);
      if (value !== null) schema.save(slot.at("value"), value);
    },
    load(view) {
      const tagView = view.at("tag");
      const bytes = tagView.optionalLeaf();
      if (bytes === undefined) return null;
      const tag = decodeLeaf(tagCodec, bytes, tagView);
      if (tag === "None") return null;
      if (tag === "Some") return schema.load(view.at("value"));
      throw new MalformedState(tagView.path, `unknown tag ${JSON.stringify(tag)}`);
    },
  };
}

/** A schema made when first used: for recursive definitions. */
export function delayed<T>(make: () => Schema<T>): Schema<T> {
  let made: Schema<T> | undefined;
  const get = (): Schema<T> => {
    made ??= make();
    return made;
  };
  return { save: (slot, value) => get().save(slot, value), load: (view) => get().load(view) };
}

/** The same stored form under another type. */
export function mapped<T, S>(schema: Schema<S>, to: (stored: S) => T, from: (value: T) => S): Schema<T> {
  return { save: (slot, value) => schema.save(slot, from(value)), load: (view) => to(schema.load(view)) };
}

/** Remembers the tree of each (immutable) value it has saved, so that saving it again costs nothing. */
export function memoized<T extends object>(schema: Schema<T>): Schema<T> {
  const memo = createMemo();
  return {
    save(slot, value) {
      if (slot.exact) {
        schema.save(slot, value);
        return;
      }
      let node = memo.get(value);
      if (node === undefined) {
        node = buildNode(schema, value, false);
        if (node === undefined) return;
        memo.set(value, node);
      }
      slot.tree(node);
    },
    load: (view) => schema.load(view),
  };
}

/** The tree of a value; undefined if its schema writes nothing for it. */
export function buildNode<T>(schema: Schema<T>, value: T, exact: boolean): TreeNode | undefined {
  const slot = BuildSlot.root(exact);
  schema.save(slot, value);
  return slot.built;
}
