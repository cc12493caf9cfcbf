// The hash of a rollup's context ("SRCo…", node.md §6.7): that of a commit of the store in which Octez keeps the states of its machine. The commit
// is of a tree whose only entry, "pvm_state", is the state; it has no parents, the date 0, the author "Tezos" and no message, so
// the hash follows from the state's hash alone. Reference: src/lib_layer2_irmin_context, commits in irmin's first format.

import { blake2b256 } from "../../crypto/blake2b.js";
import { ByteWriter } from "../../encoding/binary.js";
import { Directory } from "../../merkle/node.js";
import type { StateHash } from "../../protocol/identifiers.js";

/** What a commit is hashed over. */
export interface ContextCommit {
  /** Hash of the tree's root. */
  readonly tree: Uint8Array;
  /** Hashes of commits. */
  readonly parents: readonly Uint8Array[];
  /** Seconds since 1970. */
  readonly date: bigint;
  readonly author: string;
  readonly message: string;
}

/** BLAKE2b-256 of tree, parents, date, author and message; all lengths in eight bytes. */
export function commitHash({ tree, parents, date, author, message }: ContextCommit): Uint8Array {
  const w = new ByteWriter(160);
  const sized = (bytes: Uint8Array): void => {
    w.i64(BigInt(bytes.length));
    w.raw(bytes);
  };
  const text = new TextEncoder();
  sized(tree);
  w.i64(BigInt(parents.length));
  for (const parent of parents) sized(parent);
  w.i64(date);
  sized(text.encode(author));
  sized(text.encode(message));
  return blake2b256(w.peek());
}

/** The hash of the context in which a state is kept: 32 bytes, "SRCo…" in base58check. */
export function contextHash(state: StateHash): Uint8Array {
  const root = Directory.fresh(new Map([["pvm_state", Directory.unloaded(state, null)]]));
  return commitHash({ tree: root.hash, parents: [], date: 0n, author: "Tezos", message: "" });
}
