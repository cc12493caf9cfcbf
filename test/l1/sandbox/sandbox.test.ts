// The chain itself: blocks and their hashes, time, fees, keys, the mempool, branches, finality, protocols, speed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, verify } from "../../../src/crypto/keys.js";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { decode, encode } from "../../../src/encoding/binary.js";
import { toHex } from "../../../src/encoding/hex.js";
import type { Block } from "../../../src/l1/sandbox/block.js";
import { ACTIVATOR_KEY } from "../../../src/l1/sandbox/bootstrap.js";
import { SandboxError } from "../../../src/l1/sandbox/errors.js";
import {
  blockWatermark,
  compareFitness,
  hashHeader,
  protocolDataForm,
  unsignedHeaderBytes,
} from "../../../src/l1/sandbox/header.js";
import { merkleRoot } from "../../../src/l1/sandbox/operations-hash.js";
import { PersistentMap } from "../../../src/l1/sandbox/persistent-map.js";
import { findProtocol, type Protocol } from "../../../src/l1/sandbox/protocols.js";
import { Sandbox } from "../../../src/l1/sandbox/sandbox.js";
import { overrideConstants, SANDBOX_CONSTANTS } from "../../../src/protocol/constants.js";
import { publicKeyHash } from "../../../src/protocol/identifiers.js";
import { deserializeInboxMessage } from "../../../src/protocol/inbox-message.js";
import { PayloadList } from "../../../src/protocol/payload-list.js";
import { ALICE, BOB, CAROL, freshAccount, idsOf, QUICK, refusalOf, said, TestChain } from "./chain.js";

const transfer = (amount = 1n, destination = BOB.address) => ({ kind: "transaction", destination, amount }) as const;
const kinds = (block: Block) => block.inboxMessages.map((message) => deserializeInboxMessage(message).kind);

describe("blocks", () => {
  it("start as those of an Octez sandbox", () => {
    const { sandbox } = new TestChain();
    expect(encodeBase58Check("chainId", sandbox.chainId)).toBe("NetXdQprcVkpaWU");
    const root = encodeBase58Check("operationListListHash", sandbox.genesis.shell.operationsHash);
    expect(root).toBe("LLoZS2LW3rEi7KYU4ouBQtorua37aWWCtpDmv1n2x3xoKi6sVXLWp");
    expect(sandbox.head.shell).toMatchObject({ level: 1, protoLevel: 1, validationPasses: 0 });
    const empty = encodeBase58Check("operationListListHash", sandbox.bake().shell.operationsHash);
    expect(empty).toBe("LLoa7bxRTKaQN2bLYoitYB6bU2DvLnBAqrVjZcvJ364cTcX2PZYKU");
  });

  it("hash to their names, are stamped, and signed by their baker", () => {
    const chain = new TestChain();
    chain.send(ALICE, transfer());
    const { shell, protocolData, hash, chainId, state } = chain.head;
    expect(hashHeader(shell, protocolData)).toEqual(hash);
    const { signature, ...contents } = decode(protocolDataForm, protocolData);
    const unsigned = unsignedHeaderBytes(shell, contents);
    expect(verify(ACTIVATOR_KEY.publicKey, { bytes: signature }, unsigned, blockWatermark(chainId))).toBe(true);
    const zeroed = encode(protocolDataForm, { ...contents, signature: new Uint8Array(64) as typeof signature });
    const stamp = hashHeader(shell, zeroed);
    expect(BigInt(`0x${toHex(stamp.subarray(0, 8))}`) <= state.constants.proofOfWorkThreshold).toBe(true);
  });

  it("are the same for the same operations and times", () => {
    const heads = [0, 1].map(() => {
      const chain = new TestChain();
      chain.send(ALICE, transfer(7n));
      return toHex(chain.head.hash);
    });
    expect(heads[0]).toBe(heads[1]);
  });

  it("take the time they are given, as long as it goes on", () => {
    const chain = new TestChain({ startTime: 1_000n });
    expect(chain.head.shell.timestamp).toBe(1_000n);
    expect(chain.bake().shell.timestamp).toBe(1_001n);
    expect(chain.sandbox.bake({ timestamp: 5_000n }).shell.timestamp).toBe(5_000n);
    expect(() => chain.sandbox.bake({ timestamp: 5_000n })).toThrow(SandboxError);
    expect(chain.level).toBe(3);
  });

  it("are found by level, hash, and distance", () => {
    const { sandbox } = new TestChain();
    sandbox.bakeMany(5);
    const hash = encodeBase58Check("blockHash", sandbox.head.hash);
    expect(sandbox.block(`${hash}~2`)?.shell.level).toBe(4);
    expect(sandbox.block("head~1")).toBe(sandbox.block(5));
    expect(sandbox.block("2+3")).toBe(sandbox.block("5"));
    expect(sandbox.block("genesis")).toBe(sandbox.genesis);
    for (const nothing of ["head~9", "99", "tail", "", "head~~1", "BLock"])
      expect(sandbox.block(nothing)).toBeUndefined();
  });

  it("hold every level's messages in one inbox", () => {
    const chain = new TestChain();
    chain.bake();
    expect(kinds(chain.head)).toEqual(["start_of_level", "info_per_level", "protocol_migration", "end_of_level"]);
    chain.apply(ALICE, { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1), Uint8Array.of(2)] });
    expect(kinds(chain.head)).toEqual(["start_of_level", "info_per_level", "external", "external", "end_of_level"]);
    const { inbox } = chain.head.state;
    expect(inbox.level).toBe(3);
    expect(PayloadList.of(chain.head.inboxMessages).witness).toEqual(inbox.oldLevelsMessages.content.hash);
    expect(deserializeInboxMessage(chain.head.inboxMessages[1] as Uint8Array)).toMatchObject({
      predecessor: chain.head.shell.predecessor,
      predecessorTimestamp: chain.head.shell.timestamp - 1n,
    });
  });

  it("leave out the messages of operations that fail", () => {
    const chain = new TestChain();
    chain.bake();
    const message = { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1)] } as const;
    const receipts = chain.send(ALICE, message, transfer(0n), message);
    expect(receipts.map(({ metadata }) => metadata.operationResult.status)).toEqual([
      "backtracked",
      "failed",
      "skipped",
    ]);
    expect(kinds(chain.head)).toEqual(["start_of_level", "info_per_level", "end_of_level"]);
  });
});

describe("accounts", () => {
  it("pay fees to the baker whatever becomes of their operations", () => {
    const chain = new TestChain();
    const baker = publicKeyHash(addressOf(ACTIVATOR_KEY.publicKey));
    const before = chain.balance(ALICE);
    chain.send(ALICE, { ...transfer(10n), fee: 300n }, { ...transfer(0n), fee: 400n });
    expect(before - chain.balance(ALICE)).toBe(700n);
    expect(chain.sandbox.context(chain.head).balance(baker)).toBe(700n);
    expect(chain.sandbox.context(chain.head).counter(ALICE.address)).toBe(2n);
  });

  it.each(["ed25519", "secp256k1", "p256"] as const)("have keys on %s", (curve) => {
    const chain = new TestChain();
    const account = freshAccount(curve, curve);
    const receipts = chain.apply(ALICE, transfer(1_000_000n, account.address));
    expect(said("transaction", receipts)).toMatchObject({ allocatedDestinationContract: true });
    const view = () => chain.sandbox.context(chain.head);
    expect(view().managerKey(account.address)).toBeNull();
    expect(view().counter(account.address)).toBe(1n);
    chain.apply(account, { kind: "reveal", publicKey: account.publicKey }, transfer(5n));
    expect(view().managerKey(account.address)).toBe(account.publicKey);
  });

  it("go when they are empty", () => {
    const chain = new TestChain();
    const account = freshAccount("passing");
    chain.apply(ALICE, transfer(1_000n, account.address));
    chain.apply(account, { kind: "reveal", publicKey: account.publicKey, fee: 0n }, { ...transfer(1_000n), fee: 0n });
    const view = chain.sandbox.context(chain.head);
    expect(view.isAllocated(account.address)).toBe(false);
    expect(view.managerKey(account.address)).toBeUndefined();
    expect(view.balance(account.address)).toBe(0n);
  });
});

describe("the mempool", () => {
  it("keeps what has no room for the next block", () => {
    const chain = new TestChain();
    for (const sender of [ALICE, BOB]) chain.inject(sender, { ...transfer(1n, CAROL.address), gasLimit: 600_000n });
    expect(chain.bake().operations).toHaveLength(1);
    expect(chain.sandbox.pending()).toHaveLength(1);
    expect(chain.bake().operations).toHaveLength(1);
    expect(chain.sandbox.pending()).toEqual([]);
  });

  it("replaces an operation by one that pays five percent more", () => {
    const chain = new TestChain();
    chain.inject(ALICE, { ...transfer(), fee: 1000n });
    expect(refusalOf(() => chain.inject(ALICE, { ...transfer(), fee: 1049n }))).toEqual([
      "prevalidation.operation_conflict",
    ]);
    const better = chain.inject(ALICE, { ...transfer(), fee: 1050n });
    expect(chain.sandbox.pending().map(({ hash }) => hash)).toEqual([better]);
    expect(chain.inject(ALICE, { ...transfer(), fee: 1050n })).toEqual(better);
  });

  it("is not touched by simulation", () => {
    const chain = new TestChain();
    const { head } = chain;
    const operation = chain.operation(ALICE, [transfer(3n)], { signer: null });
    const [receipt] = chain.sandbox.simulate(operation);
    expect(receipt?.metadata.operationResult.status).toBe("applied");
    expect(chain.head).toBe(head);
    expect(chain.sandbox.pending()).toEqual([]);
    expect(refusalOf(() => chain.sandbox.preapply([operation]))).toEqual(["operation.missing_signature"]);
  });
});

describe("reorganisations", () => {
  it("switch to another branch, and put back what was in the blocks that went", () => {
    const chain = new TestChain();
    chain.bake(3);
    const base = chain.head;
    const hash = chain.sandbox.inject(chain.forge(ALICE, [transfer(9n)]));
    const left = chain.bake();
    const before = chain.balance(BOB);
    const heads: [number, string][] = [];
    chain.sandbox.onHead((block, previous) => heads.push([block.shell.level, toHex(previous.hash)]));
    const head = chain.sandbox.reorg(1);
    expect(head.shell.level).toBe(left.shell.level);
    expect(head.shell.predecessor).toEqual(base.hash);
    expect(head.round).toBe(1);
    expect(compareFitness(head.shell.fitness, left.shell.fitness)).toBeGreaterThan(0);
    expect(heads).toEqual([[head.shell.level, toHex(left.hash)]]);
    expect(chain.balance(BOB)).toBe(before - 9n);
    expect(chain.sandbox.pending().map((each) => each.hash)).toEqual([hash]);
    expect(chain.sandbox.block(left.hash)).toBe(left);
    expect(chain.sandbox.isMain(left)).toBe(false);
    chain.bake();
    expect(chain.balance(BOB)).toBe(before);
  });

  it("need a longer branch to replace more than the head", () => {
    const chain = new TestChain();
    chain.bake(5);
    const old = chain.level;
    expect(chain.sandbox.reorg(2).shell.level).toBe(old + 1);
  });

  it("forget operations on request, and take others", () => {
    const chain = new TestChain();
    chain.bake(3);
    const other = chain.forge(BOB, [transfer(4n, CAROL.address)]);
    chain.send(ALICE, transfer(9n));
    chain.sandbox.reorg(1, { reinject: false, operations: [other] });
    expect(chain.head.operations).toHaveLength(1);
    expect(chain.sandbox.pending()).toEqual([]);
  });

  it("stop at the finalized block, two below the head", () => {
    const chain = new TestChain();
    chain.bake(6);
    const { head } = chain;
    expect(chain.sandbox.finalized.shell.level).toBe(head.shell.level - 2);
    expect(() => chain.sandbox.reorg(3)).toThrow(expect.objectContaining({ code: "l1.sandbox.beyond_finality" }));
    expect(() => chain.sandbox.reorg(0)).toThrow(SandboxError);
    expect(() => chain.sandbox.reorg(99)).toThrow(SandboxError);
    expect(chain.head).toBe(head);
    chain.sandbox.reorg(3, { beyondFinality: true });
    expect(chain.sandbox.isMain(head)).toBe(false);
  });
});

describe("protocols", () => {
  const USHUAIA = findProtocol("u025_025") as Protocol;

  it("take over after their activation block, announce themselves, and bring constants", () => {
    const constants = overrideConstants(QUICK, { smart_rollup_commitment_period_in_blocks: 7 });
    const chain = new TestChain({ nextProtocols: [{ protocol: USHUAIA, level: 4, constants }] });
    chain.bakeTo(4);
    expect(chain.head.protocol.errorName).toBe("alpha");
    expect(chain.head.nextProtocol).toBe(USHUAIA);
    expect(chain.head.shell.protoLevel).toBe(2);
    expect(chain.head.state.pastPeriods).toEqual([{ commitmentPeriodInBlocks: 3, nextProtocolActivation: 4 }]);
    chain.bake();
    const [, , migration] = chain.head.inboxMessages.map((message) => deserializeInboxMessage(message));
    expect(migration).toMatchObject({ kind: "protocol_migration", protocol: new TextEncoder().encode("u025_025") });
    expect(chain.head.state.constants.smartRollupCommitmentPeriodInBlocks).toBe(7);
    const listed = chain.sandbox
      .protocols()
      .map(({ protocol, protoLevel, activation }) => [protocol.errorName, protoLevel, activation.shell.level]);
    expect(listed).toEqual([
      ["genesis", 0, 0],
      ["alpha", 1, 1],
      ["025-PsUshuai", 2, 4],
    ]);
    const [receipt] = chain.send(ALICE, transfer(0n));
    const result = receipt?.metadata.operationResult;
    expect(result?.status === "failed" && idsOf(result.errors)).toEqual(["contract.empty_transaction"]);
    expect(result?.status === "failed" && result.errors).toMatchObject([
      { id: "proto.025-PsUshuai.contract.empty_transaction" },
    ]);
  });

  it("are refused with constants that ask for machines that are not here", () => {
    const constants = overrideConstants(SANDBOX_CONSTANTS, { smart_rollup_arith_pvm_enable: true });
    expect(() => new Sandbox({ constants })).toThrow(SandboxError);
    expect(() => new Sandbox({ nextProtocols: [{ protocol: USHUAIA, level: 1 }] })).toThrow(SandboxError);
  });
});

describe("speed", () => {
  it("bakes a block of 1,000 messages within a second", () => {
    const chain = new TestChain();
    chain.bake();
    for (const [i, sender] of [ALICE, BOB].entries()) {
      const messages = Array.from({ length: 500 }, (_, n) => Uint8Array.of(i, n & 255, n >> 8));
      chain.inject(sender, { kind: "smart_rollup_add_messages", messages });
    }
    const start = performance.now();
    chain.bake();
    expect(chain.head.inboxMessages).toHaveLength(1003);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("persistent maps", () => {
  it("are maps, and leave what they were made from alone", () => {
    const command = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.option(fc.integer()));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        let map = PersistentMap.empty<number>();
        const model = new Map<string, number>();
        for (const [n, value] of commands) {
          const before = [...map.entries()].length;
          const next = value === null ? map.delete(`k${n}`) : map.set(`k${n}`, value);
          expect([...map.entries()]).toHaveLength(before);
          map = next;
          if (value === null) model.delete(`k${n}`);
          else model.set(`k${n}`, value);
        }
        expect(map.size).toBe(model.size);
        expect(new Map(map.entries())).toEqual(model);
        for (const [key, value] of model) expect(map.get(key)).toBe(value);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe("operation roots", () => {
  it("repeat the last leaf up to a power of two", () => {
    const leaves = Array.from({ length: 8 }, (_, i) => new Uint8Array(32).fill(i));
    const padded = (n: number) => Array.from({ length: 8 }, (_, i) => leaves[Math.min(i, n - 1)] as Uint8Array);
    for (const n of [5, 6, 7]) expect(merkleRoot(leaves.slice(0, n))).toEqual(merkleRoot(padded(n)));
  });
});
