// Operations as the node speaks of them: JSON of Octez's layout, there and back, bytes, and names.
import { describe, expect, it } from "vitest";
import { isBase58Check } from "../../../src/encoding/base58check.js";
import { decode, encode } from "../../../src/encoding/binary.js";
import {
  isUnique,
  type L1Operation,
  l1OperationForm,
  operationBody,
  operationId,
} from "../../../src/node/rpc/l1-operation.js";
import { makeStakers } from "../../../src/protocol/game.js";
import type { CommitmentHash, PublicKeyHash, StateHash } from "../../../src/protocol/identifiers.js";
import { ADDRESS as rollup } from "../engine/setup.js";

const alice = "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb" as PublicKeyHash;
const bob = "tz1aSkwEot3L2kmUvcoxzjMomb9mvBNuzFK6" as PublicKeyHash;
const hash = new Uint8Array(32).fill(1);
const commitmentHash = hash as CommitmentHash;
const commitment = {
  compressedState: hash as StateHash,
  inboxLevel: 5,
  predecessor: commitmentHash,
  numberOfTicks: 7n,
};

const OPERATIONS: readonly L1Operation[] = [
  { kind: "add_messages", messages: [Uint8Array.of(1), new Uint8Array(0)] },
  { kind: "cement", rollup, commitment: commitmentHash },
  { kind: "publish", rollup, commitment },
  {
    kind: "refute",
    rollup,
    opponent: bob,
    refutation: { kind: "start", playerCommitmentHash: commitmentHash, opponentCommitmentHash: commitmentHash },
  },
  {
    kind: "refute",
    rollup,
    opponent: bob,
    refutation: {
      kind: "move",
      choice: 3n,
      step: [{ state: hash as StateHash, tick: 3n }, { tick: 9n }],
    },
  },
  {
    kind: "refute",
    rollup,
    opponent: bob,
    refutation: { kind: "move", choice: 3n, step: { pvmStep: Uint8Array.of(1, 2, 3) } },
  },
  { kind: "timeout", rollup, stakers: makeStakers(alice, bob) },
  { kind: "recover", rollup, staker: alice },
  { kind: "execute_outbox_message", rollup, cementedCommitment: commitmentHash, outputProof: Uint8Array.of(9) },
];

describe("operations", () => {
  it("go to JSON and to bytes, and come back", () => {
    for (const operation of OPERATIONS) {
      const json = JSON.parse(JSON.stringify(l1OperationForm.toJson(operation)));
      expect(json.kind).toBe(operation.kind);
      expect(l1OperationForm.fromJson(json)).toEqual(operation);
      expect(decode(l1OperationForm, encode(l1OperationForm, operation))).toEqual(operation);
      expect(operationBody(operation).kind).toMatch(/^smart_rollup_/);
    }
  });

  it("print proofs as bytes", () => {
    expect(l1OperationForm.toJson(OPERATIONS[5] as L1Operation)).toMatchObject({
      refutation: { refutation_kind: "move", choice: "3", step: expect.stringMatching(/^[0-9a-f]+$/) },
    });
  });

  it("have names, by content; messages may come twice", () => {
    for (const operation of OPERATIONS) {
      const ids = [operationId(operation, 0n), operationId(operation, 1n)];
      for (const id of ids)
        expect([isBase58Check("injectorOperationHash", id), id.slice(0, 3), id.length]).toEqual([true, "iop", 53]);
      expect(ids[0] === ids[1]).toBe(isUnique(operation));
    }
    expect(new Set(OPERATIONS.map((operation) => operationId(operation, 5n))).size).toBe(OPERATIONS.length);
  });
});
