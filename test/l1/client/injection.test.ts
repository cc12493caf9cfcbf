// From drafts to operations in blocks: limits, fees, reveals, inclusion, reorganisations; on a sandbox chain over HTTP.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encode } from "../../../src/encoding/binary.js";
import { toHex } from "../../../src/encoding/hex.js";
import type { OperationBody } from "../../../src/l1/client/drafts.js";
import { contentBytes, contentOf, draftBytes } from "../../../src/l1/client/drafts.js";
import { DEFAULT_FEE_RATES, minimalFee, parseRational, printRational, rational } from "../../../src/l1/client/fees.js";
import { type InclusionEvent, waitForInclusion } from "../../../src/l1/client/inclusion.js";
import { type InjectionEvent, type InjectionOptions, injectOperations } from "../../../src/l1/client/injection.js";
import { InjectionError } from "../../../src/l1/client/injection-error.js";
import { Predecessors } from "../../../src/l1/client/reorganisation.js";
import type { Block } from "../../../src/l1/sandbox/block.js";
import type { OperationHash } from "../../../src/protocol/identifiers.js";
import { contentForm } from "../../../src/protocol/operation-contents.js";
import { type Account, ALICE, BOB, CAROL, freshAccount } from "../sandbox/chain.js";
import { signerOf, startNetwork, type TestNetwork } from "./network.js";

const FEES = { ...DEFAULT_FEE_RATES, forceLowFee: false, feeCap: 1_000_000n, burnCap: 1_000_000n };
const transfer = (amount: bigint, to: Account = BOB): OperationBody => ({
  kind: "transaction",
  amount,
  destination: to.address,
});

describe("injection", () => {
  let network: TestNetwork;
  beforeAll(async () => {
    network = await startNetwork();
  });

  async function inject(account: Account, bodies: readonly OperationBody[], options: Partial<InjectionOptions> = {}) {
    const events: InjectionEvent["kind"][] = [];
    const injected = await injectOperations(
      network.client,
      bodies.map((body) => ({ body })),
      { signer: signerOf(account), fees: FEES, onEvent: ({ kind }) => events.push(kind), ...options },
    );
    return { ...injected, events };
  }

  async function errorOf(promise: Promise<unknown>): Promise<InjectionError> {
    try {
      await promise;
    } catch (error) {
      if (error instanceof InjectionError) return error;
      throw error;
    }
    throw new Error("nothing went wrong");
  }

  it("finds out counters, limits and fees, signs, tries, sends", async () => {
    const { events, operation, hash, revealsKey } = await inject(ALICE, [transfer(1n), transfer(2n)]);
    expect(events).toEqual([
      ...["estimated_gas", "estimated_storage", "estimated_gas", "estimated_storage"],
      ...["signing", "injected"],
    ]);
    expect(revealsKey).toBe(false);
    expect(operation.contents).toMatchObject([
      { kind: "transaction", counter: 1n, storageLimit: 0n },
      { kind: "transaction", counter: 2n, storageLimit: 0n },
    ]);
    const { operations } = network.chain.bake();
    expect(operations.map((one) => toHex(one.hash))).toEqual([toHex(hash)]);
    expect(operations[0]?.receipts.map(({ metadata }) => metadata.operationResult.status)).toEqual([
      "applied",
      "applied",
    ]);
  });

  it("pays just what bakers ask for", async () => {
    const { operation, bytes } = await inject(ALICE, [transfer(1n)], { dryRun: true });
    const [content] = operation.contents;
    if (content?.kind !== "transaction") throw new Error("no transaction");
    expect(content.fee).toBe(minimalFee(FEES, bytes.length, content.gasLimit));
    await expect(inject(ALICE, [transfer(1n)], { fees: { ...FEES, minimalFees: 2_000_000n } })).rejects.toMatchObject({
      code: "l1.injection.fee_cap",
    });
  });

  it("reveals keys first", async () => {
    const fresh = freshAccount("revealed soon", "p256");
    await inject(ALICE, [transfer(10_000_000n, fresh)]);
    network.chain.bake();
    const { revealsKey, operation } = await inject(fresh, [transfer(5n)]);
    expect(revealsKey).toBe(true);
    expect(operation.contents.map(({ kind }) => kind)).toEqual(["reveal", "transaction"]);
    network.chain.bake();
    expect(await network.client.block().managerKey(fresh.address)).toBe(fresh.publicKey);
    const other = freshAccount("not revealed");
    await inject(ALICE, [transfer(10_000_000n, other)]);
    network.chain.bake();
    const withFee = injectOperations(network.client, [{ body: transfer(1n), fee: 1000n }], {
      signer: signerOf(other),
      fees: FEES,
    });
    expect((await errorOf(withFee)).code).toBe("l1.injection.needs_reveal");
  });

  it("leaves alone what would burn too much, or fail", async () => {
    const burning = errorOf(inject(ALICE, [transfer(1n, freshAccount("new"))], { fees: { ...FEES, burnCap: 1000n } }));
    expect(await burning).toMatchObject({ code: "l1.injection.burn_cap", amount: 64_250n, bound: 1000n });
    const failing = await errorOf(inject(ALICE, [transfer(10n ** 17n)]));
    expect([failing.code, failing.trace[0]?.["id"]]).toEqual([
      "l1.injection.failed",
      "proto.alpha.contract.balance_too_low",
    ]);
    const low = injectOperations(network.client, [{ body: transfer(1n), fee: 1n }], {
      signer: signerOf(ALICE),
      fees: FEES,
    });
    expect((await errorOf(low)).code).toBe("l1.injection.low_fee");
    expect(network.chain.sandbox.pending()).toHaveLength(0);
  });

  it("simulates without a signature", async () => {
    const signer = { ...signerOf(ALICE), sign: () => Promise.reject(new Error("asked to sign")) };
    const { receipts, operation } = await inject(ALICE, [transfer(1n)], { signer, simulation: true });
    expect(receipts[0]?.metadata.operationResult.status).toBe("applied");
    expect(operation).not.toHaveProperty("signature");
  });

  describe("is waited for", () => {
    async function sent(): Promise<{ hash: OperationHash; branch: Block["hash"] }> {
      const { hash, operation } = await inject(CAROL, [transfer(3n)]);
      return { hash, branch: operation.branch };
    }

    it("until a block has it, and blocks are on top", async () => {
      const { hash, branch } = await sent();
      const events: InclusionEvent["kind"][] = [];
      const waiting = waitForInclusion(network.client, hash, {
        confirmations: 2,
        branch,
        onEvent: ({ kind }) => {
          events.push(kind);
          setImmediate(() => network.chain.bake());
        },
      });
      const block = network.chain.bake();
      expect(await waiting).toMatchObject({ block: block.hash, pass: 3, index: 0 });
      expect(events).toEqual(["found", "confirmed", "confirmed"]);
    });

    it("among the blocks that are there already", async () => {
      const { hash } = await sent();
      const block = network.chain.bake();
      network.chain.bake(3);
      const found = await waitForInclusion(network.client, hash, { confirmations: 1, predecessors: 5 });
      expect(found.block).toEqual(block.hash);
    });

    it("no longer than it can be included", { timeout: 60_000 }, async () => {
      const { hash, branch } = await sent();
      // Forgotten by the node: the chain goes on without it.
      const other = new Uint8Array(32).fill(7) as OperationHash;
      expect(toHex(other)).not.toBe(toHex(hash));
      const waiting = waitForInclusion(network.client, other, { branch, onEvent: () => undefined });
      const outcome = waiting.then(
        () => "found",
        (error: unknown) => (error instanceof InjectionError ? error.code : String(error)),
      );
      for (let i = 0; i < 130; i++) {
        network.chain.bake();
        if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      network.chain.bake();
      expect(await outcome).toBe("l1.injection.outdated");
    });
  });
});

describe("reorganisations", () => {
  let network: TestNetwork;
  beforeAll(async () => {
    network = await startNetwork();
  });

  const point = ({ hash, shell }: Block) => ({ hash, level: shell.level });
  const levels = (points: readonly { level: number }[]): number[] => points.map(({ level }) => level);

  it("are found by predecessors", async () => {
    const { chain, client } = network;
    const predecessors = new Predecessors(client);
    const start = chain.head;
    const old = chain.bake(5);
    expect(await predecessors.reorganisation(point(start), point(old))).toEqual({
      removed: [],
      added: [1, 2, 3, 4, 5].map((n) => expect.objectContaining({ level: start.shell.level + n })),
    });
    expect(await predecessors.reorganisation(point(old), point(old))).toEqual({ removed: [], added: [] });
    chain.sandbox.reorg(2);
    const fresh = chain.bake(4);
    const { removed, added } = await predecessors.reorganisation(point(old), point(fresh));
    expect(levels(removed)).toEqual([old.shell.level, old.shell.level - 1]);
    expect(levels(added).at(-1)).toBe(fresh.shell.level);
    expect(levels(added)[0]).toBe(old.shell.level - 1);
    const back = await new Predecessors(client).reorganisation(point(fresh), point(old));
    expect(levels(back.removed)).toEqual(levels(added).toReversed());
    expect(levels(back.added)).toEqual(levels(removed).toReversed());
  });
});

describe("fees", () => {
  it("are as bakers reckon", () => {
    expect(minimalFee(DEFAULT_FEE_RATES, 200, 1000n)).toBe(100n + 100n + 200n);
    expect(minimalFee({ ...DEFAULT_FEE_RATES, nanotezPerGasUnit: rational(1n, 3n) }, 0, 1n)).toBe(101n);
  });

  it.each([
    ["1000", "1000"],
    ["1.5", "3/2"],
    [".5", "1/2"],
    ["3/2", "3/2"],
    ["1e3", "1000"],
    ["1/0", undefined],
    ["-1", undefined],
    ["", undefined],
    [".", undefined],
    ["1,5", undefined],
  ])("rates are written %j", (text, expected) => {
    const value = parseRational(text);
    const normal = value === undefined ? undefined : Number(value.numerator) / Number(value.denominator);
    const wanted = expected?.split("/").map(Number);
    expect(normal).toBe(wanted === undefined ? undefined : (wanted[0] ?? 0) / (wanted[1] ?? 1));
    if (value !== undefined) expect(parseRational(printRational(value))).toBeDefined();
  });

  it("never lack a mutez, whatever the rates", () => {
    const rate = fc.tuple(fc.bigInt(0n, 10_000n), fc.bigInt(1n, 1000n)).map(([n, d]) => rational(n, d));
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10_000n),
        rate,
        rate,
        fc.nat(40_000),
        fc.bigInt(0n, 10n ** 7n),
        (minimalFees, byte, gas, bytes, limit) => {
          const fee = minimalFee({ minimalFees, nanotezPerByte: byte, nanotezPerGasUnit: gas }, bytes, limit);
          const exact =
            minimalFees * 1000n * byte.denominator * gas.denominator +
            byte.numerator * BigInt(bytes) * gas.denominator +
            gas.numerator * limit * byte.denominator;
          const scale = 1000n * byte.denominator * gas.denominator;
          expect(fee * scale >= exact).toBe(true);
          expect((fee - 1n) * scale < exact).toBe(true);
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });

  it("sizes are no smaller than what becomes of a draft", () => {
    const draft = { body: transfer(5n) };
    const content = contentOf(draft, ALICE.address, 3n);
    expect(contentBytes(content)).toBe(encode(contentForm, content).length);
    expect(draftBytes(draft, ALICE.address)).toBeGreaterThanOrEqual(
      contentBytes({ ...content, fee: 10n ** 7n, gasLimit: 10n ** 6n }),
    );
  });
});
