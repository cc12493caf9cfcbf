import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { MerkleError } from "../../src/merkle/errors.js";
import { decodeProofPrefix, encodeProof, type MerkleProof } from "../../src/merkle/proof-encoding.js";
import { verifyProof } from "../../src/merkle/prove.js";
import { ProtocolError } from "../../src/protocol/errors.js";
import {
  type ContractHash,
  type PublicKeyHash,
  type StateHash,
  stateHashForm,
} from "../../src/protocol/identifiers.js";
import {
  type OutboxMessage,
  outboxMessageForm,
  outputForm,
  readOutboxMessage,
  serializeOutboxMessage,
} from "../../src/protocol/outbox-message.js";
import {
  decodeOutputProof,
  encodeOutputProof,
  type OutputReader,
  verifyOutputProof,
} from "../../src/protocol/output-proof.js";
import { readMessage } from "../../src/pvm/buffers.js";
import { loadBuffers } from "../../src/pvm/state.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { at } from "./inbox-chain.js";

const FILE = "vectors/protocol/outbox.json";

interface Vectors {
  messages: { hex: string; json: Record<string, unknown> }[];
  output_proofs: {
    hex: string;
    state_hash: string;
    output: { outbox_level: number; message_index: string; message_hex: string };
    proof_bytes_length: number;
  }[];
}

/** Octez leaves the default entrypoint out of JSON; some vectors spell it out. */
function withoutDefaults(json: Record<string, unknown>): unknown {
  const { transactions } = json;
  if (!Array.isArray(transactions)) return json;
  const shortened = transactions.map(({ entrypoint, ...rest }: { entrypoint?: string }) =>
    entrypoint === "default" ? rest : { ...rest, entrypoint },
  );
  return { ...json, transactions: shortened };
}

const reader: OutputReader<MerkleProof> = {
  decodePrefix: decodeProofPrefix,
  encode: encodeProof,
  startState: (proof) => proof.before,
  readMessage: (proof, level, index) =>
    verifyProof(proof, (tree) => {
      const buffers = loadBuffers(tree);
      return buffers === null ? null : readMessage(buffers.output, level, index);
    }),
};

describeShared("outbox.json", FILE, () => {
  const data = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as Vectors;

  it.each(data.messages)("$hex", ({ hex, json }) => {
    const message = readOutboxMessage(fromHex(hex));
    if (message instanceof DecodeError) throw message;
    expect(toHex(serializeOutboxMessage(message))).toBe(hex);
    expect(JSON.stringify(outboxMessageForm.toJson(message))).toBe(JSON.stringify(withoutDefaults(json)));
    expect(outboxMessageForm.fromJson(json)).toEqual(message);
  });

  const vector = at(data.output_proofs, 0);
  const bytes = fromHex(vector.hex);
  const state = stateHashForm.fromJson(vector.state_hash);

  it("takes the real output proof apart and puts it together again", () => {
    const proof = decodeOutputProof(reader, bytes, "withState");
    expect(proof.output).toEqual({
      outboxLevel: vector.output.outbox_level,
      messageIndex: BigInt(vector.output.message_index),
      message: decode(outboxMessageForm, fromHex(vector.output.message_hex)),
    });
    expect(proof.state).toEqual(state);
    expect(encodeProof(proof.proof).length).toBe(vector.proof_bytes_length);
    expect(encodeOutputProof(reader, proof)).toEqual(bytes);
    expect(() => decodeOutputProof(reader, bytes)).toThrowError(DecodeError);
  });

  /** The same proof in the form of today's protocols. */
  const { proof, output } = decodeOutputProof(reader, bytes, "withState");
  const current = encodeOutputProof(reader, { proof, output });

  it("finds its message in its state", () => {
    expect(verifyOutputProof(reader, current, state)).toEqual(output);
    expect(decodeOutputProof(reader, current)).toEqual({ proof, output });
  });

  const verdict = (input: Uint8Array): string => {
    try {
      verifyOutputProof(reader, input, state);
      return "accepted";
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.id;
    }
  };
  const wrong = "smart_rollup_wasm_output_proof_verification_failed";

  it("refuses another place, message or state", () => {
    const changed = (part: Partial<typeof output>) =>
      verdict(encodeOutputProof(reader, { proof, output: { ...output, ...part } }));
    expect(changed({})).toBe("accepted");
    expect(changed({ messageIndex: 1n })).toBe(wrong);
    expect(changed({ messageIndex: 10n ** 30n })).toBe(wrong);
    expect(changed({ outboxLevel: output.outboxLevel - 1 })).toBe(wrong);
    expect(changed({ outboxLevel: output.outboxLevel + 1 })).toBe(wrong);
    expect(changed({ outboxLevel: 2_000_000_000 })).toBe(wrong);
    expect(changed({ message: { kind: "whitelistUpdate" } })).toBe(wrong);
    expect(() => verifyOutputProof(reader, current, new Uint8Array(32) as StateHash)).toThrowError(
      expect.objectContaining({ id: "smart_rollup_invalid_output_proof" }),
    );
  });

  // The byte after the contract's hash is padding, which layer 1 ignores too: the message stays the same.
  const padding = current.length - "default".length - 4 - 1;

  it("refuses every change of a byte, every cut and every addition", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < current.length; i++) {
      if (i === padding) continue;
      for (const bit of [0x01, 0x80]) {
        const mutated = current.slice();
        mutated[i] = (mutated[i] ?? 0) ^ bit;
        const result = verdict(mutated);
        counts.set(result, (counts.get(result) ?? 0) + 1);
      }
      expect(verdict(current.subarray(0, i))).toBe("smart_rollup_invalid_output_proof");
    }
    expect(verdict(Uint8Array.of(...current, 0))).toBe("smart_rollup_invalid_output_proof");
    expect(verifyOutputProof(reader, current.with(padding, 1), state)).toEqual(output);
    console.log(
      `${FILE}: ${data.messages.length} messages, 1 proof; byte changes: ${JSON.stringify(Object.fromEntries(counts))}`,
    );
    expect([...counts.keys()].sort()).toEqual(["smart_rollup_invalid_output_proof", wrong]);
  });

  it("keeps the fault that led to a refusal", () => {
    try {
      verifyOutputProof(reader, current.subarray(0, 40), state);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(MerkleError);
    }
  });
});

const CONTRACT = "KT1RRA1Zj6dZXZaeravro3LTmnTPpHA9cNGW" as ContractHash;
const transaction = fc.record({
  parameters: fc.bigInt().map((int) => ({ prim: "Pair", args: [{ int: int.toString() }, { bytes: "00ff" }] })),
  destination: fc.constant(CONTRACT),
  entrypoint: fc.constantFrom("default", "mint", "a".repeat(31)),
});
const message: fc.Arbitrary<OutboxMessage> = fc.oneof(
  fc.record({ kind: fc.constant("untyped" as const), transactions: fc.array(transaction, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant("typed" as const),
    transactions: fc.array(
      transaction.map((one) => ({
        ...one,
        parametersType: { prim: "pair", args: [{ prim: "int" }, { prim: "bytes" }] },
      })),
      { maxLength: 4 },
    ),
  }),
  fc.constantFrom<OutboxMessage>(
    { kind: "whitelistUpdate" },
    { kind: "whitelistUpdate", whitelist: [] },
    { kind: "whitelistUpdate", whitelist: ["tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx" as PublicKeyHash] },
  ),
  fc.stringMatching(/^[a-z_]{0,20}$/).map((payload) => ({ kind: "canonicalRollupSignal" as const, payload })),
);

describe("outbox messages", () => {
  it("round-trip in both shapes, and inside outputs", () => {
    fc.assert(
      fc.property(message, fc.nat(2 ** 31 - 1), fc.bigInt(0n, 2n ** 70n), (value, outboxLevel, messageIndex) => {
        expect(readOutboxMessage(serializeOutboxMessage(value))).toEqual(value);
        const json: unknown = JSON.parse(JSON.stringify(outboxMessageForm.toJson(value)));
        expect(outboxMessageForm.fromJson(json)).toEqual(value);
        const output = { outboxLevel, messageIndex, message: value };
        expect(decode(outputForm, encode(outputForm, output))).toEqual(output);
      }),
      { seed: 51, numRuns: 500 },
    );
  });

  it("answer hostile bytes with DecodeError only", () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(255), fc.uint8Array({ maxLength: 40 }), (value, spot, byte, rest) => {
        const bytes = serializeOutboxMessage(value);
        bytes[spot % bytes.length] = byte;
        for (const input of [bytes, rest]) {
          const read = readOutboxMessage(input);
          if (!(read instanceof DecodeError)) expect(readOutboxMessage(serializeOutboxMessage(read))).toEqual(read);
        }
      }),
      { seed: 52, numRuns: 3000 },
    );
  });

  it("have the encodings of protocol.md §5.1", () => {
    // An empty entrypoint means the default one; it is not written so.
    const bytes = fromHex(`000000001c030b01${"b8a8b6f6910862bc7f78be2b459ea1e388f41aad"}0000000000`);
    expect(readOutboxMessage(bytes)).toEqual({
      kind: "untyped",
      transactions: [{ parameters: { prim: "Unit" }, destination: CONTRACT, entrypoint: "default" }],
    });
    for (const hex of [
      "04",
      "0000000001",
      "02ff00000001",
      `000000001c030b00${"00".repeat(21)}00000000`,
      `000000003c030b01${"00".repeat(21)}00000020${"61".repeat(32)}`,
    ]) {
      expect(readOutboxMessage(fromHex(hex))).toBeInstanceOf(DecodeError);
    }
  });

  it("have at most 4096 bytes", () => {
    const signal = (length: number): OutboxMessage => ({ kind: "canonicalRollupSignal", payload: "a".repeat(length) });
    expect(serializeOutboxMessage(signal(4091)).length).toBe(4096);
    expect(() => serializeOutboxMessage(signal(4092))).toThrowError(
      expect.objectContaining({ id: "smart_rollup_outbox_message_repr.error_encoding_outbox_message" }),
    );
  });
});
