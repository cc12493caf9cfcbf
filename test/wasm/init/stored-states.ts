// The recorded states of vectors/pvm/states: listings of leaves that rebuild to a tree with a known hash.
import { readFileSync } from "node:fs";
import { ChunkedBytes, chunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { Directory, Leaf, type TreeNode } from "../../../src/merkle/node.js";
import { buildNode, saveInto } from "../../../src/merkle/schema.js";
import { Tree } from "../../../src/merkle/tree.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import { moduleSchema } from "../../../src/wasm/module-schema.js";
import type { Module } from "../../../src/wasm/syntax.js";
import { sharedPath } from "../../shared-data.js";

export const STATES_FOLDER = "vectors/pvm/states";

interface StateFile {
  readonly tick: number;
  readonly kont: string;
  readonly hash: string;
  readonly pvmVersion: string;
  readonly kernel: string;
  readonly base?: string;
  readonly elided?: readonly (readonly [path: string, hash: string, kind: "leaf" | "directory"])[];
  readonly leaves: readonly (readonly [path: string, hex: string])[];
}

/** The module of a kernel file, decoded tick by tick, and the ticks that took. */
export function decodeKernel(path: string): { readonly module: Module; readonly ticks: number } {
  const kernel = ChunkedBytes.ofBytes(readFileSync(path));
  let state = initialDecodeState();
  for (let ticks = 0; ; ticks++) {
    const module = decodedModule(state);
    if (module !== null) return { module, ticks };
    state = decodeStep(state, kernel, "pvm");
  }
}

const modules = new Map<string, TreeNode>();

/** The tree of a kernel's syntax, which the listings leave out. */
function syntaxTree(path: string): TreeNode {
  let node = modules.get(path);
  if (node === undefined) {
    node = buildNode(moduleSchema, decodeKernel(path).module, false) as TreeNode; // a module writes something
    modules.set(path, node);
  }
  return node;
}

export interface StoredState {
  readonly tick: number;
  readonly kont: string;
  readonly hash: string;
  readonly pvmVersion: string;
  /** Path of the kernel. */
  readonly kernel: string;
  readonly tree: Tree;
}

/** Bytes of a listing: hex, then possibly `+zeros:n`. */
function bytesOf(hex: string): Uint8Array {
  const [digits = "", zeros] = hex.split("+zeros:");
  return Buffer.concat([Buffer.from(digits, "hex"), Buffer.alloc(zeros === undefined ? 0 : Number(zeros))]);
}

/** Adds the leaves of a listing to a tree, and what it leaves out by hash alone: but for the syntax tree, every load reads that. */
function addListing(tree: Tree, file: StateFile): void {
  for (const [path, hex] of file.leaves) tree.add(path.split("/"), bytesOf(hex));
  for (const [path, hex, kind] of file.elided ?? []) {
    const hash = Buffer.from(hex, "hex");
    if (path === "wasm/value/ast_module")
      tree.addTree(path.split("/"), syntaxTree(sharedPath(STATES_FOLDER, file.kernel)));
    else tree.addTree(path.split("/"), kind === "leaf" ? Leaf.unloaded(hash, null) : Directory.unloaded(hash, null));
  }
}

function listing(name: string): StateFile {
  return JSON.parse(readFileSync(sharedPath(STATES_FOLDER, name), "utf8")) as StateFile;
}

/** What stands outside the phase in a recorded state: all but `wasm/tag` and `wasm/value`, at another version. */
export function outsideOf(name: string, version: string): Tree {
  const { tree, kernel } = storedState(name);
  tree.remove(["wasm", "tag"]);
  tree.remove(["wasm", "value"]);
  const text = Buffer.from(version, "latin1");
  saveInto(tree, ["durable", "readonly", "wasm_version", "@"], chunkedBytes, ChunkedBytes.ofBytes(text));
  const code = ChunkedBytes.ofBytes(readFileSync(kernel));
  saveInto(tree, ["durable", "kernel", "boot.wasm", "@"], chunkedBytes, code);
  return tree;
}

/** The state of a file in the folder, given without its extension. */
export function storedState(name: string): StoredState {
  const file = listing(`${name}.json`);
  const tree = new Tree(Directory.empty);
  if (file.base !== undefined) addListing(tree, listing(file.base));
  addListing(tree, file);
  const { tick, kont, hash, pvmVersion } = file;
  return { tick, kont, hash, pvmVersion, kernel: sharedPath(STATES_FOLDER, file.kernel), tree };
}
