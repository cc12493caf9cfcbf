// The states of ../shared/vectors/pvm/states as trees. Parts left out of a listing are unloaded nodes: only their hash is known.
import { readdirSync, readFileSync } from "node:fs";
import { fromHex } from "../../../src/encoding/hex.js";
import { Directory, Leaf, type TreeNode } from "../../../src/merkle/node.js";
import { type Access, Tree } from "../../../src/merkle/tree.js";
import { sharedPath } from "../../shared-data.js";

export const STATES = "vectors/pvm/states";

export interface StoredState {
  readonly file: string;
  readonly tick: number;
  readonly ticksPerSnapshot: number;
  readonly phase: string;
  readonly kont: string;
  readonly hash: string;
  readonly elided: readonly (readonly [path: string, hash: string, kind: "directory" | "leaf"])[];
  readonly leaves: readonly (readonly [path: string, hex: string])[];
  readonly kernelHex?: string;
}

/** Names of the files whose name begins with one of the prefixes; none if the data is absent. */
export function stateFiles(...prefixes: string[]): string[] {
  return readdirSync(sharedPath(STATES)).filter((file) => prefixes.some((prefix) => file.startsWith(`${prefix}-`)));
}

export function readState(file: string): StoredState {
  return { ...JSON.parse(readFileSync(sharedPath(STATES, file), "utf8")), file };
}

/** The bytes of a leaf, whose hex may end in "+zeros:n". */
function leafBytes(text: string): Uint8Array {
  const [hex = "", zeros] = text.split("+zeros:");
  const bytes = fromHex(hex);
  if (zeros === undefined) return bytes;
  const padded = new Uint8Array(bytes.length + Number(zeros));
  padded.set(bytes);
  return padded;
}

/** The whole tree of a state. */
export function stateTree(state: StoredState, access: Access): Tree {
  const tree = new Tree(Directory.empty);
  for (const [path, hex] of state.leaves) tree.add(path.split("/"), leafBytes(hex));
  for (const [path, hash, kind] of state.elided) {
    const bytes = fromHex(hash);
    const node: TreeNode = kind === "leaf" ? Leaf.unloaded(bytes, null) : Directory.unloaded(bytes, null);
    tree.addTree(path.split("/"), node);
  }
  tree.hash;
  return new Tree(tree.root, access);
}
