// The typed RPCs against a sandbox's, answer by answer, and against answers of other nodes.
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { HEAD, headMinus } from "../../../src/l1/client/block-id.js";
import { readChainConstants } from "../../../src/l1/client/chain-constants.js";
import { readFeeRates } from "../../../src/l1/client/fees.js";
import { isL1RpcError } from "../../../src/l1/client/rpc-error.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import { allConstantsToJson } from "../../../src/protocol/constants.js";
import type { ContractHash } from "../../../src/protocol/identifiers.js";
import { ALICE, BOB, CAROL, freshAccount, QUICK } from "../sandbox/chain.js";
import { assemble, Operator, originate, type Rollup, startDraft } from "../sandbox/rollup.js";
import { startNetwork, type TestNetwork } from "./network.js";

describe("the RPCs", () => {
  let network: TestNetwork;
  let rollup: Rollup;
  beforeAll(async () => {
    network = await startNetwork({ contracts: new MichelsonRuntime() });
    rollup = originate(network.chain, ALICE, assemble("echo"), { type: { prim: "bytes" } });
    network.chain.bake(8);
  });

  it("of the node and the chain", async () => {
    const { client, chain } = network;
    const { head } = chain;
    expect((await client.version()).chainName).toMatch(/SANDBOX|TEZOS/i);
    expect(await client.chainId()).toEqual(chain.sandbox.chainId);
    expect(await client.isBootstrapped()).toBe(true);
    expect((await client.blocks(3)).map((list) => list.map(toHex))).toEqual([
      [head.hash, head.shell.predecessor, chain.sandbox.block(head.shell.level - 2)?.hash].map((hash) =>
        toHex(hash ?? new Uint8Array()),
      ),
    ]);
    expect((await client.chainProtocols()).length).toBeGreaterThan(0);
    expect((await client.savepoint()).level).toBeLessThanOrEqual(1);
    expect(await client.pendingOperations()).toEqual([]);
    expect((await client.feeRates()).minimalFees).toBe(100n);
    const steps: unknown[] = [];
    for await (const step of client.bootstrapSteps()) steps.push(step);
    expect(steps).toHaveLength(1);
  });

  it("of a block", async () => {
    const { client, chain } = network;
    const { head } = chain;
    const block = client.block(HEAD);
    expect(await block.hash()).toEqual(head.hash);
    expect((await block.header()).hash).toEqual(head.hash);
    expect(await block.shellHeader()).toMatchObject({ level: head.shell.level, predecessor: head.shell.predecessor });
    expect((await block.protocols()).nextProtocol).toEqual(head.nextProtocol.hash);
    expect((await client.block(headMinus(1)).shellHeader()).level).toBe(head.shell.level - 1);
    expect((await client.block(head.shell.predecessor).shellHeader()).level).toBe(head.shell.level - 1);
    expect(await client.block(1).hash()).toEqual(chain.sandbox.block(1)?.hash);
    const missing = client.block(10_000).hash();
    await expect(missing).rejects.toSatisfy((error) => isL1RpcError(error, "l1.rpc.not_found"));
    const whole = await client.block(rollup.originationLevel).block();
    expect(whole.header.level).toBe(rollup.originationLevel);
    expect((await client.block(rollup.originationLevel).operationHashes())[3]).toHaveLength(1);
    const [operation] = await client.block(rollup.originationLevel).operationsOf(3);
    expect(operation?.contents[0]).toMatchObject({ kind: "smart_rollup_originate", metadata: {} });
    const bare = await client.block(rollup.originationLevel).operation(3, 0, "never");
    expect(bare.contents[0]).not.toHaveProperty("metadata");
    expect((await block.liveBlocks()).length).toBeGreaterThan(3);
  });

  it("of accounts", async () => {
    const block = network.client.block();
    expect(await block.balance(BOB.address)).toBe(4_000_000_000_000n);
    expect(await block.fullBalance(BOB.address)).toBe(4_000_000_000_000n);
    expect(await block.counter(ALICE.address)).toBe(1n);
    expect(await block.managerKey(ALICE.address)).toBe(ALICE.publicKey);
    expect(await block.managerKey(freshAccount("nobody").address)).toBeUndefined();
    const none = "KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5" as ContractHash;
    expect(await block.script(none)).toBeUndefined();
    expect(await block.storage(none)).toBeUndefined();
    expect(await block.normalizedStorage(none, "Readable")).toBeUndefined();
    expect(await block.normalizedScript(none, "Optimized")).toBeUndefined();
    expect(await block.contract(none).storageSpace("used")).toBe(0n);
    expect(await block.contract(BOB.address).storageSpace("paid")).toBeUndefined();
    expect(await block.contract(BOB.address).delegate()).toBe(BOB.address);
    expect(await block.contract(none).delegate()).toBeUndefined();
    expect(await block.contract(none).entrypointType("default")).toBeUndefined();
    const ticket = { ticketer: none, contentType: { prim: "nat" }, content: { int: "1" } };
    expect(await block.contract(BOB.address).ticketBalance(ticket)).toBe(0n);
    expect(await block.rollup(rollup.address).ticketBalance(ticket)).toBe(0n);
  });

  it("of rollups", async () => {
    const { client, chain } = network;
    const block = client.block();
    expect(await block.rollups()).toEqual([rollup.address]);
    const inbox = await block.inbox();
    expect(inbox.level).toBe(chain.level);
    const rpc = block.rollup(rollup.address);
    expect(await rpc.kind()).toBe("wasm_2_0_0");
    expect(await rpc.genesisInfo()).toEqual({
      level: rollup.originationLevel,
      commitmentHash: rollup.genesisCommitment,
    });
    expect((await rpc.lastCementedCommitment()).hash).toEqual(rollup.genesisCommitment);
    expect(await rpc.stakedOnCommitment(BOB.address)).toBeUndefined();
    expect(await rpc.conflicts(BOB.address)).toEqual([]);
    expect(await rpc.games(BOB.address)).toEqual([]);
    expect(await rpc.timeout(ALICE.address, BOB.address)).toBeUndefined();
    expect(await rpc.timeoutReached(ALICE.address, BOB.address)).toBeUndefined();
    expect(await rpc.whitelist()).toBeUndefined();
    expect(await rpc.lastWhitelistUpdate()).toBeUndefined();
    expect(await rpc.stakers()).toEqual([]);
    expect(await rpc.commitmentsAt(chain.level)).toEqual([]);
    expect(await rpc.consumedOutputs(chain.level)).toEqual([]);
  });

  it("of stakers in dispute", async () => {
    const { client, chain } = network;
    const [honest, liar] = [new Operator(chain, ALICE, rollup), new Operator(chain, BOB, rollup, { lieFrom: 1n })];
    honest.publish(1);
    liar.publish(1);
    const rpc = client.block().rollup(rollup.address);
    const [ours, theirs] = [honest, liar].map((one) => commitmentHash(one.commitment(1)));
    expect(await rpc.commitment(ours as NonNullable<typeof ours>)).toEqual(honest.commitment(1));
    expect((await rpc.stakedOnCommitment(ALICE.address))?.hash).toEqual(ours);
    expect(await rpc.conflicts(ALICE.address)).toMatchObject([
      { other: BOB.address, ourCommitment: honest.commitment(1), theirCommitment: liar.commitment(1) },
    ]);
    expect((await rpc.stakers()).toSorted()).toEqual([ALICE.address, BOB.address].toSorted());
    expect(await rpc.stakerIndex(ALICE.address)).toBeTypeOf("bigint");
    expect(await rpc.stakersIndexes(theirs as NonNullable<typeof theirs>)).toHaveLength(1);
    expect(await rpc.commitmentsAt(honest.commitment(1).inboxLevel)).toHaveLength(2);
    expect(await rpc.canBeCemented(ours as NonNullable<typeof ours>)).toBe(false);
    chain.apply(ALICE, startDraft(honest, liar));
    const [game] = await rpc.games(ALICE.address);
    expect([game?.alice, game?.bob].toSorted()).toEqual([ALICE.address, BOB.address].toSorted());
    expect(game?.game.inboxLevel).toBe(honest.commitment(1).inboxLevel);
    expect(await rpc.timeout(ALICE.address, BOB.address)).toMatchObject({ lastTurnLevel: chain.level });
    chain.bake(12);
    expect(await rpc.timeoutReached(ALICE.address, BOB.address)).toMatchObject({ kind: "loser", reason: "timeout" });
  });

  it("that try operations out", async () => {
    const { client, chain } = network;
    const transfer = { kind: "transaction", amount: 1n, destination: BOB.address } as const;
    const operation = chain.operation(CAROL, [transfer, { ...transfer, amount: 10n ** 18n }, transfer]);
    const receipts = await client.block().simulate(operation, await client.chainId(), { successorLevel: true });
    expect(receipts.map(({ metadata }) => metadata.operationResult.status)).toEqual([
      "backtracked",
      "failed",
      "skipped",
    ]);
    const good = chain.operation(CAROL, [transfer]);
    const { nextProtocol } = await client.block().protocols();
    const [applied] = await client.block().preapply(good, nextProtocol);
    expect(applied?.metadata.operationResult.status).toBe("applied");
    const { signature: _signature, ...unsigned } = good;
    expect(await client.block().forge(unsigned)).toHaveLength(32 + chain.forge(CAROL, [transfer]).length - 96);
    const bytes = chain.forge(CAROL, [transfer]);
    const hash = await client.inject(bytes);
    expect((await client.pendingOperations()).map((one) => toHex(one.hash))).toEqual([toHex(hash)]);
    chain.bake();
    expect(await client.pendingOperations()).toEqual([]);
    await expect(client.inject(bytes)).rejects.toSatisfy(
      (error) => isL1RpcError(error, "l1.rpc.failed") && error.trace.length > 0,
    );
  });

  it("that stream heads", async () => {
    const { client, chain } = network;
    const heads: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { hash } of client.heads({ signal: stop.signal })) {
        heads.push(encodeBase58Check("blockHash", hash));
        if (heads.length === 3) return;
        chain.bake();
      }
    })();
    await reading;
    expect(heads).toEqual(
      [2, 1, 0].map((back) =>
        encodeBase58Check("blockHash", chain.sandbox.block(chain.level - back)?.hash ?? new Uint8Array(32)),
      ),
    );
  });
});

describe("answers of other nodes", () => {
  it("about constants may have more or fewer fields", () => {
    const printed = allConstantsToJson(QUICK) as Record<string, unknown>;
    const known = readChainConstants(printed);
    const more = { ...printed, something_new: { a: 1 } };
    expect(readChainConstants(more)).toEqual({ ...known, json: more });
    expect(() => readChainConstants({ ...printed, hard_gas_limit_per_operation: "many" })).toThrow();
    expect(() => readChainConstants({})).toThrow();
  });

  it("about fees say what differs from the usual", () => {
    expect(readFeeRates({})).toMatchObject({ minimalFees: 100n, nanotezPerByte: { numerator: 1000n } });
    expect(readFeeRates({ minimal_fees: "7", minimal_nanotez_per_byte: ["3", "2"] })).toMatchObject({
      minimalFees: 7n,
      nanotezPerByte: { numerator: 3n, denominator: 2n },
    });
    for (const pair of [["1"], ["1", "0"], ["-1", "1"], ["1", "2", "3"], "1"]) {
      expect(() => readFeeRates({ minimal_nanotez_per_gas_unit: pair })).toThrow();
    }
  });
});
