import { describe, expect, it } from "vitest";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { decodeBase58Check, encodeBase58Check } from "../../../src/encoding/base58check.js";
import { commitHash, contextHash } from "../../../src/node/store/context-hash.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";

/** A tree as plain maps, hashed as irmin's first format does: written here apart from src/merkle. */
type Plain = { readonly [step: string]: Plain | Uint8Array } | { readonly [step: string]: Hash };
interface Hash {
  readonly node: Uint8Array;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function size(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

function varint(length: number): Buffer {
  return length < 128 ? Buffer.of(length) : Buffer.of((length & 127) | 128, length >> 7);
}

function isHash(value: Plain | Uint8Array | Hash): value is Hash {
  return "node" in value && value.node instanceof Uint8Array;
}

function plainHash(tree: Plain | Uint8Array | Hash): Uint8Array {
  if (tree instanceof Uint8Array) return blake2b256(Buffer.concat([size(tree.length), tree]));
  if (isHash(tree)) return tree.node;
  const steps = Object.keys(tree).sort();
  const parts: Uint8Array[] = [size(steps.length)];
  for (const step of steps) {
    const child = (tree as Record<string, Plain | Uint8Array | Hash>)[step] ?? ascii("");
    const kind = Buffer.alloc(8);
    if (child instanceof Uint8Array) kind[0] = 0xff;
    parts.push(kind, varint(step.length), ascii(step), size(32), plainHash(child));
  }
  return blake2b256(Buffer.concat(parts));
}

describe("commits", () => {
  // The expected hashes and what they are of: src/lib_context/test/test_context.ml ("test_encoding") of the reference.
  it("hash as the reference's tests expect", () => {
    const protocol = decodeBase58Check("protocolHash", "ProtoDemoNoopsDemoNoopsDemoNoopsDemoNoopsDemo6XBoYp");
    const base = { protocol, test_chain: Uint8Array.of(0) };
    const commit = { date: 0n, author: "Tezos" };
    const genesis = commitHash({ ...commit, tree: plainHash(base), parents: [], message: "Genesis" });
    const a = (count: number) => "a".repeat(count);
    const two = ascii("foo2");
    const data = {
      a: { [a(7)]: ascii("foo1"), [a(8)]: two },
      [a(16)]: two,
      [a(32)]: two,
      [a(64)]: two,
      [a(127)]: two,
    };
    const next = (tree: Plain) =>
      encodeBase58Check(
        "contextHash",
        commitHash({ ...commit, tree: plainHash({ ...base, data: tree }), parents: [genesis], message: "" }),
      );
    expect(next(data)).toBe("CoWJsL2ehZ39seTr8inBCJb5tVjW8KGNweJ5cvuVq51mAASrRmim");
    expect(next({ ...data, [a(255)]: two })).toBe("CoVexcEHMXmSA2k42aNc5MCDtVJFRs3CC6vcQWYwFoj7EFsBPw1c");
  });
});

describe("the context of a state", () => {
  it("is a commit without parents of a tree with one entry", () => {
    const state = blake2b256(ascii("state")) as StateHash;
    const tree = plainHash({ pvm_state: { node: state } });
    const expected = commitHash({ tree, parents: [], date: 0n, author: "Tezos", message: "" });
    expect(contextHash(state)).toEqual(expected);
    expect(encodeBase58Check("rollupContextHash", contextHash(state))).toMatch(/^SRCo.{50}$/);
  });
});
