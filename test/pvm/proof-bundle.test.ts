import { decode } from "@msgpack/msgpack";
import { beforeAll, describe, expect, it } from "vitest";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import {
  type BundledProof,
  BundleError,
  BundleWriter,
  checkBundledProof,
  isBundle,
  readBundle,
} from "../../src/pvm/proof-bundle.js";
import { ClaimRefused } from "../../src/pvm/step-check.js";
import { EXAMPLES, startExample } from "../golden/examples.js";
import { Random } from "../pvm-proofs/mutate.js";

const [example] = EXAMPLES;

describe("a bundle of proofs", () => {
  const proofs: BundledProof[] = [];
  let file = new Uint8Array();

  beforeAll(async () => {
    if (example === undefined) throw new Error("no examples");
    const session = await startExample(example);
    const writer = new BundleWriter();
    for (const tick of [0n, 2n, 9n, 50_000_000_000_000n, 50_000_000_000_100n]) {
      session.goTo(tick);
      const input = session.nextInput();
      const { proof, bytes } = session.prove();
      const { before, after } = proof;
      const kernelHash = blake2b256(Uint8Array.of(1));
      proofs.push({ tick, before, after, input, version: example.version, kernelHash, proof: bytes });
    }
    for (const proof of proofs) writer.add(proof);
    file = Uint8Array.from(writer.finish());
  });

  function withDigest(contents: Uint8Array): Uint8Array {
    return Uint8Array.from([...contents, 0xc4, 32, ...blake2b256(contents)]);
  }

  it("gives back what was put in", () => {
    expect(isBundle(file)).toBe(true);
    expect(isBundle(proofs[0]?.proof ?? file)).toBe(false);
    expect(readBundle(file)).toEqual(proofs);
    expect(readBundle(Buffer.from(file))).toEqual(proofs);
    expect(readBundle(new BundleWriter().finish())).toEqual([]);
    for (const proof of proofs) expect(checkBundledProof(proof).outcome.tick).toBe(proof.tick);
  });

  it("is one MessagePack array, closed by the hash of all that precedes", () => {
    const value = decode(file, { useBigInt64: true }) as unknown[];
    expect(value).toHaveLength(proofs.length + 2);
    expect(value[0]).toEqual({ format: "tickproof proofs", version: 1 });
    expect(value[1]).toMatchObject({ tick: 0n, pvm_version: "2.0.0", input: { level: 0, counter: 0n } });
    expect(value[4]).not.toHaveProperty("input");
    expect(value.at(-1)).toEqual(blake2b256(file.subarray(0, file.length - 34)));
  });

  it("with anything changed is refused", () => {
    const random = new Random(77);
    for (let round = 0; round < 300; round++) {
      const changed = Uint8Array.from(file);
      const at = random.below(file.length);
      changed[at] = (changed[at] as number) ^ (1 + random.below(255)); // at < length
      expect(() => readBundle(changed)).toThrow(BundleError);
      expect(() => readBundle(file.subarray(0, at))).toThrow(BundleError);
    }
    expect(() => readBundle(Uint8Array.from([...file, 0]))).toThrow(BundleError);
  });

  it("made by somebody else with a hash that fits is read with care", () => {
    const random = new Random(78);
    const contents = file.subarray(0, file.length - 34);
    for (let round = 0; round < 500; round++) {
      const changed = Uint8Array.from(contents);
      // Lengths and names lie near the start of an element.
      const at = round % 2 === 0 ? random.below(90) : random.below(contents.length);
      changed[at] = (changed[at] as number) ^ (1 + random.below(255)); // at < length
      let read: BundledProof[] = [];
      try {
        read = readBundle(withDigest(changed));
      } catch (error) {
        expect(error).toBeInstanceOf(BundleError);
      }
      for (const proof of read) {
        const same = proofs.some(({ proof: bytes }) => Buffer.compare(bytes, proof.proof) === 0);
        if (!same)
          expect(() => checkBundledProof(proof)).toThrow(expect.objectContaining({ code: expect.any(String) }));
      }
    }
  });

  it.each([
    ["a number", [0x07]],
    ["an empty array", [0xdd, 0, 0, 0, 0]],
    ["another header", [0xdd, 0, 0, 0, 2, 0x81, 0xa6, ...Buffer.from("format"), 0xa1, 0x78]],
    ["a list that is too long", [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ])("that is %s is malformed", (_, contents) => {
    expect(() => readBundle(withDigest(Uint8Array.from(contents)))).toThrow(
      expect.objectContaining({ code: "pvm.bundle.malformed" }),
    );
  });

  it("says nothing about a proof that the proof does not show", () => {
    const [, , padding, snapshot] = proofs;
    if (padding === undefined || snapshot === undefined) throw new Error("no proofs");
    const refused = (proof: BundledProof, code: string): void => {
      expect(() => checkBundledProof(proof)).toThrow(expect.objectContaining({ name: "ClaimRefused", code }));
    };
    refused({ ...padding, before: padding.after }, "pvm.proof.other_root");
    refused({ ...padding, after: padding.before }, "pvm.proof.other_result");
    refused({ ...padding, tick: 10n }, "pvm.proof.other_tick");
    refused({ ...padding, version: "2.0.0-r1" }, "pvm.proof.other_version");
    refused({ ...padding, input: { tag: "reveal", data: new Uint8Array() } }, "pvm.proof.input_unexpected");
    const [first] = proofs;
    if (first === undefined) throw new Error("no proofs");
    refused({ ...first, input: null }, "pvm.proof.input_missing");
    expect(() => checkBundledProof(padding, { before: snapshot.before })).toThrow(ClaimRefused);
  });
});
