// A small model of the durable storage, written from pvm.md §6 and merkle.md §1: nodes with a value and children, and their hashes. It shares
// no code with the engine, and knows nothing of proofs, caches or sessions.
import { blake2b } from "@noble/hashes/blake2.js";

const CHUNK = 512;

/** A value: its length, and the chunks that were ever written. */
export class ModelValue {
  readonly length: number;
  readonly chunks: ReadonlyMap<number, Uint8Array>;

  constructor(length: number, chunks: ReadonlyMap<number, Uint8Array> = new Map()) {
    this.length = length;
    this.chunks = chunks;
  }

  static of(bytes: Uint8Array): ModelValue {
    return new ModelValue(0).write(0, bytes);
  }

  read(offset: number, count: number): Uint8Array {
    return Uint8Array.from({ length: count }, (_, index) => {
      const at = offset + index;
      return this.chunks.get(Math.floor(at / CHUNK))?.[at % CHUNK] ?? 0;
    });
  }

  /** With bytes written, growing if need be; `offset` is at most the length. */
  write(offset: number, bytes: Uint8Array): ModelValue {
    const chunks = new Map(this.chunks);
    for (let index = Math.floor(offset / CHUNK); index * CHUNK < offset + bytes.length; index++) {
      if (bytes.length === 0) break;
      const chunk = new Uint8Array(CHUNK);
      chunk.set(this.chunks.get(index) ?? []);
      for (let at = 0; at < CHUNK; at++) {
        const byte = bytes[index * CHUNK + at - offset];
        if (byte !== undefined) chunk[at] = byte;
      }
      chunks.set(index, chunk);
    }
    return new ModelValue(Math.max(this.length, offset + bytes.length), chunks);
  }
}

function hash(...parts: Uint8Array[]): Uint8Array {
  return blake2b(Buffer.concat(parts), { dkLen: 32 });
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.of(...bytes, left);
}

/** What a directory has under a name. */
interface Item {
  readonly name: string;
  readonly isLeaf: boolean;
  readonly hash: Uint8Array;
}

function leaf(name: string, bytes: Uint8Array): Item {
  return { name, isLeaf: true, hash: hash(u64(bytes.length), bytes) };
}

function bit(name: string, depth: number): number {
  const byte = hash(Buffer.from(name, "latin1"))[depth >> 3] ?? 0;
  return (byte >> (7 - (depth & 7))) & 1;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name, "latin1"), Buffer.from(b.name, "latin1"));
}

function inodeHash(items: readonly Item[], depth: number): Uint8Array {
  if (items.length <= 2) {
    const entries = [...items].sort(byName).map(({ name, isLeaf, hash: child }) => {
      const bytes = Buffer.from(name, "latin1");
      return Buffer.concat([varint(bytes.length), bytes, Buffer.of(isLeaf ? 1 : 0), child]);
    });
    return hash(Buffer.of(0), varint(items.length), ...entries);
  }
  const children: Buffer[] = [];
  for (const side of [0, 1]) {
    const below = items.filter(({ name }) => bit(name, depth) === side);
    if (below.length > 0) children.push(Buffer.concat([varint(side), inodeHash(below, depth + 1)]));
  }
  return hash(Buffer.of(1), varint(depth), varint(items.length), varint(children.length), ...children);
}

function directoryHash(items: readonly Item[]): Uint8Array {
  if (items.length > 2) return inodeHash(items, 0);
  const entries = [...items].sort(byName).map(({ name, isLeaf, hash: child }) => {
    const bytes = Buffer.from(name, "latin1");
    const kind = isLeaf ? Buffer.of(0xff, 0, 0, 0, 0, 0, 0, 0) : Buffer.alloc(8);
    return Buffer.concat([kind, varint(bytes.length), bytes, u64(32), child]);
  });
  return hash(u64(items.length), ...entries);
}

/** The names of a directory in the order of its inodes. */
function inodeOrder(names: readonly string[], depth = 0): string[] {
  if (names.length <= 2)
    return names
      .map((name) => ({ name }))
      .sort(byName)
      .map(({ name }) => name);
  return [0, 1].flatMap((side) =>
    inodeOrder(
      names.filter((name) => bit(name, depth) === side),
      depth + 1,
    ),
  );
}

const VALUE = "@";

/** A node of the storage. Never changed. */
export class ModelNode {
  readonly value: ModelValue | null;
  readonly children: ReadonlyMap<string, ModelNode>;
  #hash: Uint8Array | null = null;

  constructor(value: ModelValue | null, children: ReadonlyMap<string, ModelNode>) {
    this.value = value;
    this.children = children;
  }

  static readonly empty = new ModelNode(null, new Map());

  get isEmpty(): boolean {
    return this.value === null && this.children.size === 0;
  }

  /** Number of children; the value counts as one. */
  get count(): number {
    return this.children.size + (this.value === null ? 0 : 1);
  }

  /** Names of the children, the value's being empty, in the order in which they are listed. */
  names(): string[] {
    const names = [...this.children.keys(), ...(this.value === null ? [] : [VALUE])];
    return inodeOrder(names).map((name) => (name === VALUE ? "" : name));
  }

  at(steps: readonly string[]): ModelNode | null {
    let node: ModelNode | undefined = this;
    for (const step of steps) node = node?.children.get(step);
    return node ?? null;
  }

  /** With another node at a place; null: none. Nodes that become empty go. */
  with(steps: readonly string[], node: ModelNode | null): ModelNode {
    const [step, ...rest] = steps;
    if (step === undefined) return node ?? ModelNode.empty;
    const child = (this.children.get(step) ?? ModelNode.empty).with(rest, node);
    const children = new Map(this.children);
    if (child.isEmpty) children.delete(step);
    else children.set(step, child);
    return new ModelNode(this.value, children);
  }

  withValue(steps: readonly string[], value: ModelValue | null): ModelNode {
    const node = this.at(steps) ?? ModelNode.empty;
    return this.with(steps, new ModelNode(value, node.children));
  }

  hash(): Uint8Array {
    this.#hash ??= directoryHash(this.items());
    return this.#hash;
  }

  private items(): Item[] {
    const items = [...this.children].map(([name, node]) => ({ name, isLeaf: false, hash: node.hash() }));
    if (this.value === null) return items;
    const chunks = [...this.value.chunks].map(([index, chunk]) => leaf(String(index), chunk));
    const parts = [leaf("length", u64(this.value.length))];
    if (chunks.length > 0) parts.push({ name: "contents", isLeaf: false, hash: directoryHash(chunks) });
    return [...items, { name: VALUE, isLeaf: false, hash: directoryHash(parts) }];
  }
}

/** The steps of a key (pvm.md §6); null if it is none. */
export function parseModelKey(key: string): string[] | null {
  if (key === "") return [];
  if (!key.startsWith("/")) return null;
  const steps = key.slice(1).split("/");
  return steps.every((step) => /^[A-Za-z0-9._-]+$/.test(step)) ? steps : null;
}

export function isReadonly(steps: readonly string[]): boolean {
  return steps.length === 0 || steps[0] === "readonly";
}
