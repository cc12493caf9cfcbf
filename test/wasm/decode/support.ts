// Whole PVM states around a decode state: the leaves outside wasm/ come from a listing of ../shared/vectors/pvm/states.
import { readFileSync } from "node:fs";
import { encode } from "../../../src/encoding/binary.js";
import { n, z } from "../../../src/encoding/codecs.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { ChunkedBytes, chunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { text } from "../../../src/merkle/leaves.js";
import { Directory, type TreeNode } from "../../../src/merkle/node.js";
import { buildNode, View } from "../../../src/merkle/schema.js";
import { PLAIN_ACCESS, Tree } from "../../../src/merkle/tree.js";
import { type DecodeState, decodeStateSchema } from "../../../src/wasm/decode/state.js";
import { sharedPath } from "../../shared-root.js";

export type Leaves = readonly (readonly [path: string, hex: string])[];

const KERNEL_PATH = "durable/kernel/boot.wasm/@";
const VERSION_PATH = "durable/readonly/wasm_version/@";

export function sharedFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath("vectors", path)));
}

export function sharedJson<T>(path: string): T {
  return JSON.parse(readFileSync(sharedPath("vectors", path), "utf8")) as T;
}

/** Hex of which a run of zeros may be abbreviated. */
function leafBytes(hex: string): Uint8Array {
  const [shown = "", ...zeros] = hex.split("+zeros:");
  const bytes = fromHex(shown);
  const count = zeros.reduce((sum, part) => sum + Number(part), 0);
  const out = new Uint8Array(bytes.length + count);
  out.set(bytes);
  return out;
}

export function treeOf(leaves: Leaves): Tree {
  const tree = new Tree(Directory.empty);
  for (const [path, hex] of leaves) tree.add(path.split("/"), leafBytes(hex));
  return tree;
}

/** The leaves of a tree, by path. */
export function leavesOf(node: TreeNode, prefix = ""): Map<string, string> {
  const out = new Map<string, string>();
  const visit = (place: TreeNode, path: string): void => {
    if (place.kind === "leaf") {
      out.set(path, toHex(place.bytes));
      return;
    }
    for (const { step, node: child } of new Tree(place).list([])) visit(child, path === "" ? step : `${path}/${step}`);
  };
  visit(node, prefix);
  return out;
}

/** The leaves in which a tree differs from a listing: path, expected, found. */
export function differences(expected: Leaves, found: TreeNode, under: string): string[] {
  const mine = leavesOf(found, under);
  const out: string[] = [];
  for (const [path, hex] of expected) {
    if (!path.startsWith(`${under}/`)) continue;
    const wanted = toHex(leafBytes(hex));
    if (mine.get(path) !== wanted) out.push(`${path}: ${wanted} expected, ${mine.get(path) ?? "nothing"} found`);
    mine.delete(path);
  }
  for (const [path, hex] of mine) out.push(`${path}: nothing expected, ${hex} found`);
  return out;
}

function naturalHex(value: number): string {
  return toHex(encode(n, BigInt(value)));
}

/** The messages of level 0: start of level, info per level (zero timestamp and predecessor), inputs, end of level. */
function levelZero(inputs: readonly Uint8Array[]): Uint8Array[] {
  const info = new Uint8Array(42);
  info.set([0, 3]);
  const external = inputs.map((bytes) => Uint8Array.of(0, 0, ...bytes));
  return [Uint8Array.of(0, 1), info, ...external, Uint8Array.of(0, 2)];
}

/** The state at the first snapshot, of a kernel and a version, as the golden traces are made (merkle.md §3.1). */
export function snapshotTree(
  kernel: ChunkedBytes,
  version: string,
  ticksPerSnapshot: number,
  inputs: readonly Uint8Array[] = [],
): Tree {
  const replaced = [KERNEL_PATH, VERSION_PATH, "value/pvm/buffers/input"];
  const base = sharedJson<{ leaves: Leaves }>("pvm/states/decode-link_store_exists-base.json").leaves;
  const tree = treeOf(base.filter(([path]) => replaced.every((prefix) => !path.startsWith(prefix))));
  setBytes(tree, KERNEL_PATH, kernel);
  setBytes(tree, VERSION_PATH, ChunkedBytes.ofBytes(new TextEncoder().encode(version)));
  const messages = levelZero(inputs);
  messages.forEach((bytes, index) => {
    const path = `value/pvm/buffers/input/contents/${index}`;
    setBytes(tree, path, ChunkedBytes.ofBytes(bytes));
    tree.add([...path.split("/"), "message-counter"], encode(z, BigInt(index)));
    tree.add([...path.split("/"), "raw-level"], new Uint8Array(4));
  });
  tree.add(["value", "pvm", "buffers", "input", "head"], encode(z, 0n));
  tree.add(["value", "pvm", "buffers", "input", "length"], encode(z, BigInt(messages.length)));
  tree.add(["pvm", "last_top_level_call"], fromHex(naturalHex(ticksPerSnapshot)));
  tree.add(["pvm", "max_nb_ticks"], fromHex(naturalHex(ticksPerSnapshot)));
  tree.add(["wasm", "input"], Uint8Array.of(0, 0, 0, 0, messages.length - 1));
  tree.add(["wasm", "reboot_counter"], fromHex("e807"));
  return tree;
}

function setBytes(tree: Tree, path: string, bytes: ChunkedBytes): void {
  tree.addTree(path.split("/"), buildNode(chunkedBytes, bytes, false) as TreeNode); // never empty
}

/** Puts a tick state into a tree of all the rest; gives the hash. */
export function hashWith(tree: Tree, tick: number, tag: string, value: TreeNode): string {
  tree.add(["wasm", "current_tick"], fromHex(naturalHex(tick)));
  tree.add(["wasm", "tag"], text.encode(tag).bytes);
  tree.addTree(["wasm", "value"], value);
  return toHex(tree.hash);
}

export function savedDecode(state: DecodeState, exact = false): TreeNode {
  return buildNode(decodeStateSchema, state, exact) as TreeNode; // never empty
}

export function reloadedDecode(node: TreeNode): DecodeState {
  return decodeStateSchema.load(View.of(node, PLAIN_ACCESS));
}

export function decodeHash(state: DecodeState): string {
  return toHex(savedDecode(state).hash);
}
