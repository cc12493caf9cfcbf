// The bytes that Taquito's local forger makes of an operation's JSON are those that we make of it, for every kind that it can forge. Where it
// differs from Octez, we follow Octez (protocol.md §7.1; binary Micheline): the places are named here and each is shown to differ.
import { LocalForger } from "@taquito/local-forging";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { toHex } from "../../src/encoding/hex.js";
import { isSequence, LazyMicheline, type Micheline } from "../../src/encoding/micheline.js";
import {
  type BlockHash,
  type ContractHash,
  publicKeyHash,
  type RollupAddress,
} from "../../src/protocol/identifiers.js";
import { encodeUnsigned, operationFromJson, operationToJson } from "../../src/protocol/operation.js";
import type { Content, ContentKind } from "../../src/protocol/operation-contents.js";
import { bytesOf, loneContent, managerContent } from "../protocol/arbitraries.js";

type ForgeParams = Parameters<LocalForger["forge"]>[0];

const forger = new LocalForger();

/** Kinds that Taquito only knows from blocks. */
const NOT_FORGED: ReadonlySet<ContentKind> = new Set([
  "smart_rollup_cement",
  "smart_rollup_publish",
  "smart_rollup_refute",
  "smart_rollup_timeout",
  "smart_rollup_recover_bond",
]);

/** Kinds with a field that Taquito writes in another way than Octez. */
const DIFFERENT: ReadonlySet<ContentKind> = new Set(["increase_paid_storage"]);

/** All others of ours. Taquito's consensus operations and publications of DAL slots are not ours. */
const FORGED = 18;

/** Whether Taquito writes an expression as Octez does: applications of three arguments and more only for pairs. */
function isUsual(node: Micheline): boolean {
  if (isSequence(node)) return node.every(isUsual);
  if (!("prim" in node)) return true;
  const { prim, args = [] } = node;
  const isSpecial = ["LAMBDA", "LAMBDA_REC", "view"].includes(prim);
  const isShort = args.length <= 2 || prim === "pair" || prim === "Pair";
  return isShort && !isSpecial && args.every(isUsual);
}

/** Whether all expressions inside are usual, and no account is a tz5, which Taquito does not know. */
function isForgeable(value: unknown): boolean {
  if (value instanceof LazyMicheline) return isUsual(value.value);
  if (typeof value === "string") return !value.startsWith("tz5");
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isForgeable);
}

const content: fc.Arbitrary<Content> = fc
  .oneof({ weight: 19, arbitrary: managerContent }, { weight: 6, arbitrary: loneContent })
  .filter((each) => !NOT_FORGED.has(each.kind) && !DIFFERENT.has(each.kind) && isForgeable(each));

function printed(branch: BlockHash, contents: readonly Content[]) {
  const json = operationToJson({ branch, contents });
  return { json: json as unknown as ForgeParams, ours: toHex(encodeUnsigned(operationFromJson(json))) };
}

describe("operations that Taquito forges", () => {
  it("have our bytes", async () => {
    const kinds = new Map<ContentKind, number>();
    await fc.assert(
      fc.asyncProperty(bytesOf<BlockHash>(32), content, async (branch, each) => {
        const { json, ours } = printed(branch, [each]);
        kinds.set(each.kind, (kinds.get(each.kind) ?? 0) + 1);
        expect(await forger.forge(json)).toBe(ours);
      }),
      { seed: 71, numRuns: 1000 },
    );
    expect(kinds.size).toBe(FORGED);
    console.log(`forged: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
  });

  it("have our bytes in groups", async () => {
    const isManager = (each: Content): boolean => !NOT_FORGED.has(each.kind) && !DIFFERENT.has(each.kind);
    const group = fc.array(
      managerContent.filter((each) => isManager(each) && isForgeable(each)),
      {
        minLength: 2,
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(bytesOf<BlockHash>(32), group, async (branch, contents) => {
        const { json, ours } = printed(branch, contents);
        expect(await forger.forge(json)).toBe(ours);
      }),
      { seed: 72, numRuns: 100 },
    );
  });

  it("have our bytes with code of more than two arguments", async () => {
    const unit: Micheline = { prim: "unit" };
    const lambda: Micheline = { prim: "LAMBDA", args: [unit, unit, []] };
    const view: Micheline = { prim: "view", args: [{ string: "answer" }, unit, { prim: "nat" }, [lambda]] };
    const code: Micheline = [
      { prim: "parameter", args: [{ prim: "pair", args: [unit, unit, unit, unit], annots: ["%go"] }] },
      { prim: "storage", args: [unit] },
      { prim: "code", args: [[lambda, { prim: "DROP" }, { prim: "CDR" }]] },
      view,
    ];
    const each = origination(code);
    const { json, ours } = printed(BRANCH, [each]);
    expect(await forger.forge(json)).toBe(ours);
  });
});

const BRANCH = new Uint8Array(32).fill(7) as BlockHash;
const common = {
  source: publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx"),
  fee: 1n,
  counter: 2n,
  gasLimit: 3n,
  storageLimit: 4n,
};

function origination(code: Micheline): Content {
  const script = { code: LazyMicheline.ofValue(code), storage: LazyMicheline.ofValue({ prim: "Unit" }) };
  return { kind: "origination", ...common, balance: 0n, script };
}

describe("where Taquito differs from Octez", () => {
  it("counts added storage without a sign", async () => {
    const destination = encodeBase58Check("KT1", new Uint8Array(20)) as ContractHash;
    const small = printed(BRANCH, [{ kind: "increase_paid_storage", ...common, amount: 63n, destination }]);
    expect(await forger.forge(small.json)).toBe(small.ours);
    const larger = printed(BRANCH, [{ kind: "increase_paid_storage", ...common, amount: 64n, destination }]);
    expect(await forger.forge(larger.json)).not.toBe(larger.ours);
  });

  it("forges transfers of accounts to rollups, which no node decodes", async () => {
    const destination = "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf" as RollupAddress;
    const transfer = { kind: "transaction", ...common, amount: 0n, destination: common.source } as const;
    const { json } = printed(BRANCH, [transfer]);
    const [first] = json.contents;
    const toRollup = { ...json, contents: [{ ...first, destination }] } as unknown as ForgeParams;
    expect(await forger.forge(toRollup)).toMatch(/^07/);
    expect(() => operationFromJson(toRollup)).toThrow("contract");
  });

  it("leaves out the size of more than two arguments of a primitive that it does not expect to have them", async () => {
    const { json, ours } = printed(BRANCH, [origination([{ prim: "or", args: [[], [], []] }])]);
    expect(await forger.forge(json)).not.toBe(ours);
  });
});
