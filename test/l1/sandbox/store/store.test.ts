// A chain that is kept in a file: it comes back as it was, goes on, and what is damaged or of another kind is refused.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sqlite3 from "sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../../src/encoding/hex.js";
import { LazyMicheline } from "../../../../src/encoding/micheline.js";
import { MichelsonRuntime } from "../../../../src/l1/sandbox/michelson/runtime.js";
import { findProtocol, type Protocol } from "../../../../src/l1/sandbox/protocols.js";
import type { SandboxOptions } from "../../../../src/l1/sandbox/sandbox.js";
import { FILE_NAME } from "../../../../src/l1/sandbox/store/chain-store.js";
import { ChainStoreError } from "../../../../src/l1/sandbox/store/errors.js";
import { overrideConstants } from "../../../../src/protocol/constants.js";
import { ALICE, BOB, freshAccount, QUICK, said } from "../chain.js";
import { michelson } from "../michelson/harness.js";
import { bakeStored, copyChain, inject, makeChain, openIn, picture, reorgStored } from "./chain-file.js";

const root = mkdtempSync(join(tmpdir(), "tickproof-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = (): string => join(root, `${folders++}`);

const USHUAIA = findProtocol("u025_025") as Protocol;
const TALLINN = findProtocol("t024_024") as Protocol;
const SCHEDULE = [{ protocol: USHUAIA, level: 9 }];

const original = folder();
let before = "";
beforeAll(async () => {
  before = await makeChain(original, { nextProtocols: SCHEDULE });
});

/** A copy of the chain's folder. */
function copy(): string {
  const to = folder();
  copyChain(original, to);
  return to;
}

async function codeOf(opening: Promise<{ readonly store: { close(): Promise<void> } }>): Promise<string> {
  try {
    const { store } = await opening;
    await store.close();
    return "fine";
  } catch (error) {
    if (error instanceof ChainStoreError) return error.code.replace("l1.sandbox.store.", "");
    throw error;
  }
}

/** Runs SQL on a file, whose foreign keys are not looked at. */
function sql(file: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const database: sqlite3.Database = new sqlite3.Database(file, (opened) => {
      if (opened !== null) reject(opened);
      database.exec(text, (ran) => {
        database.close(() => (ran === null ? resolve() : reject(ran)));
      });
    });
  });
}

describe("a chain in a file", () => {
  it("comes back as it was", async () => {
    const { sandbox, store, isReopened } = await openIn(copy());
    expect(isReopened).toBe(true);
    expect(picture(sandbox)).toBe(before);
    expect(sandbox.head.nextProtocol.versionName).toBe("u025_025");
    await store.close();
  });

  it("goes on as it would have without the break", async () => {
    const one = await openIn(copy());
    const two = await openIn(copy());
    for (const stored of [one, two]) {
      inject(stored.sandbox, BOB, { kind: "transaction", amount: 3n, destination: ALICE.address });
      await bakeStored(stored, 3);
    }
    expect(picture(one.sandbox)).toBe(picture(two.sandbox));
    await one.store.close();
    await two.store.close();
  });

  it("survives any number of breaks", async () => {
    const at = folder();
    const whole = await openIn(folder(), { constants: QUICK });
    await bakeStored(whole, 12);
    for (let i = 0; i < 6; i++) {
      const stored = await openIn(at, { constants: QUICK });
      await bakeStored(stored, 2);
      await stored.store.close();
    }
    const last = await openIn(at);
    expect(toHex(last.sandbox.head.hash)).toBe(toHex(whole.sandbox.head.hash));
    await last.store.close();
    await whole.store.close();
  });

  it("keeps the branches that were left", async () => {
    const at = folder();
    const stored = await openIn(at, { constants: QUICK });
    await bakeStored(stored, 3);
    inject(stored.sandbox, ALICE, { kind: "transaction", amount: 7n, destination: BOB.address });
    await bakeStored(stored);
    const left = stored.sandbox.head;
    await reorgStored(stored, 1);
    const { head } = stored.sandbox;
    expect(stored.sandbox.pending()).toHaveLength(1);
    await stored.store.close();

    const again = await openIn(at);
    expect(again.sandbox.head.hash).toEqual(head.hash);
    const found = again.sandbox.block(left.hash);
    expect(found?.operations[0]?.receipts).toEqual(left.operations[0]?.receipts);
    expect(found !== undefined && again.sandbox.isMain(found)).toBe(false);
    // What waited is gone, as is said.
    expect(again.sandbox.pending()).toEqual([]);
    await reorgStored(again, 2);
    const { hash } = again.sandbox.head;
    await again.store.close();
    const third = await openIn(at);
    expect(third.sandbox.head.hash).toEqual(hash);
    await third.store.close();
  });

  it("runs its contracts again", async () => {
    const at = folder();
    const contracts = new MichelsonRuntime();
    const stored = await openIn(at, { constants: QUICK, contracts });
    const micheline = (text: string): LazyMicheline => LazyMicheline.ofValue(michelson(text));
    const script = {
      code: micheline(
        "{ parameter nat; storage (big_map nat nat); code { UNPAIR; DUP; DIP { SOME }; UPDATE; NIL operation; PAIR } }",
      ),
      storage: micheline("{ Elt 1 2 }"),
    };
    inject(stored.sandbox, ALICE, { kind: "origination", balance: 5n, script });
    await bakeStored(stored);
    const { head } = stored.sandbox;
    const [destination] = said("origination", head.operations[0]?.receipts ?? []).originatedContracts;
    if (destination === undefined) throw new Error("no contract");
    const parameters = { entrypoint: "default", value: micheline("7") };
    inject(stored.sandbox, BOB, { kind: "transaction", amount: 1n, destination, parameters });
    await bakeStored(stored);
    expect(stored.sandbox.head.operations[0]?.receipts[0]?.metadata.operationResult.status).toBe("applied");
    await stored.store.close();
    const again = await openIn(at, { contracts });
    expect(picture(again.sandbox)).toBe(picture(stored.sandbox));
    await again.store.close();
    // Nobody there to run them: another chain.
    expect(await codeOf(openIn(at))).toBe("differs");
  });

  it("tells how far it is", async () => {
    const seen: [number, number][] = [];
    const { openStoredSandbox } = await import("../../../../src/l1/sandbox/store/stored-sandbox.js");
    const { sandbox, store } = await openStoredSandbox({
      folder: copy(),
      sandbox: {},
      startTime: 0n,
      progress: (done, all) => seen.push([done, all]),
    });
    const count = await store.count();
    expect(count).toBeGreaterThan(sandbox.head.shell.level);
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => [i + 1, count]));
    await store.close();
  });

  it("refuses blocks on top of others than it has", async () => {
    const stored = await openIn(copy());
    stored.sandbox.bake();
    await expect(stored.store.append(stored.sandbox.planBake())).rejects.toMatchObject({
      code: "l1.sandbox.store.unknown_predecessor",
    });
    await stored.store.close();
    await expect(stored.store.append(stored.sandbox.planBake())).rejects.toMatchObject({
      code: "l1.sandbox.store.closed",
    });
  });
});

describe("asking for a chain that is there", () => {
  it.each<[string, SandboxOptions, RegExp]>([
    ["constants", { constants: overrideConstants(QUICK, { minimal_block_delay: "7" }) }, /minimal_block_delay is "1"/],
    ["accounts", { accounts: [{ publicKey: ALICE.publicKey, balance: 1n }] }, /bootstrap accounts/],
    ["a first protocol", { protocol: USHUAIA }, /first protocol/],
    ["a start time", { startTime: 5n }, /start time/],
    ["a baker", { bakerKey: freshAccount("baker").key }, /another baker/],
    ["an activated protocol", { nextProtocols: [{ protocol: TALLINN, level: 9 }] }, /u025_025/],
    ["none where one was activated", { nextProtocols: [] }, /u025_025/],
    ["one more in the past", { nextProtocols: [...SCHEDULE, { protocol: TALLINN, level: 3 }] }, /up to level/],
  ])("with other %s", async (_, options, reason) => {
    const at = copy();
    await expect(openIn(at, options)).rejects.toMatchObject({
      code: "l1.sandbox.store.mismatch",
      reason: expect.stringMatching(reason),
    });
    expect(await codeOf(openIn(at))).toBe("fine");
  });

  it("with the same options, and other protocols for levels to come", async () => {
    const at = copy();
    expect(await codeOf(openIn(at, { constants: QUICK, nextProtocols: SCHEDULE }))).toBe("fine");
    const stored = await openIn(at);
    const level = stored.sandbox.head.shell.level + 2;
    await stored.store.close();
    expect(await codeOf(openIn(at, { nextProtocols: [...SCHEDULE, { protocol: TALLINN, level }] }))).toBe("fine");
    const again = await openIn(at);
    await bakeStored(again, 2);
    expect(again.sandbox.head.nextProtocol.versionName).toBe("t024_024");
    await again.store.close();
  });

  it("while somebody else has it", async () => {
    const at = copy();
    const { store } = await openIn(at);
    expect(await codeOf(openIn(at))).toBe("locked");
    await store.close();
    expect(await codeOf(openIn(at))).toBe("fine");
  });
});

describe("files that are not such a chain", () => {
  it("cannot be where a file is, or where nobody may write", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(await codeOf(openIn(file))).toBe("unusable");
    expect(await codeOf(openIn(join(file, "below")))).toBe("unusable");
    const at = folder();
    mkdirSync(join(at, FILE_NAME), { recursive: true });
    expect(await codeOf(openIn(at))).toBe("unusable");
    if (process.getuid?.() === 0) return; // root may write everywhere
    const shut = copy();
    chmodSync(join(shut, FILE_NAME), 0o400);
    expect(await codeOf(openIn(shut))).toBe("unusable");
  });

  it.each<[string, string]>([
    ["PRAGMA user_version = 2", "version"],
    ["PRAGMA user_version = 0", "version"],
    ["PRAGMA application_id = 7", "foreign"],
    ["DELETE FROM chain", "corrupt"],
    ["DROP TABLE operations", "unusable"],
    ["UPDATE chain SET identity = '{'", "corrupt"],
    ["UPDATE chain SET identity = json_remove(identity, '$.constants.blocks_per_cycle')", "corrupt"],
    ["UPDATE chain SET identity = json_set(identity, '$.startTime', '1800000001')", "differs"],
    ["UPDATE chain SET identity = json_set(identity, '$.constants.cost_per_byte', '251')", "differs"],
    ["UPDATE chain SET head = x'00'", "differs"],
    ["UPDATE blocks SET header = zeroblob(length(header)) WHERE level = 5", "differs"],
    ["UPDATE blocks SET header = x'' WHERE level = 5", "differs"],
    ["UPDATE blocks SET level = 6 WHERE id = 5", "differs"],
    ["UPDATE blocks SET round = 1 WHERE id = 5", "differs"],
    ["UPDATE blocks SET timestamp = '1' WHERE id = 5", "differs"],
    ["UPDATE blocks SET timestamp = 'x' WHERE id = 5", "corrupt"],
    ["UPDATE blocks SET predecessor = (SELECT hash FROM blocks WHERE id = 2) WHERE id = 5", "differs"],
    ["DELETE FROM blocks WHERE id = 1", "differs"],
    ["DELETE FROM blocks WHERE id = 5", "differs"],
    ["DELETE FROM blocks", "differs"],
    ["DELETE FROM operations WHERE block = (SELECT min(block) FROM operations)", "differs"],
    ["UPDATE operations SET bytes = x'00' WHERE block = (SELECT max(block) FROM operations)", "differs"],
    ["UPDATE operations SET receipts = x'00' WHERE block = (SELECT max(block) FROM operations)", "differs"],
  ])("%s: %s", async (text, code) => {
    const at = copy();
    await sql(join(at, FILE_NAME), text);
    expect(await codeOf(openIn(at))).toBe(code);
  });

  it("another program's database, and no database", async () => {
    const other = folder();
    mkdirSync(other);
    await sql(join(other, FILE_NAME), "CREATE TABLE mine (x)");
    expect(await codeOf(openIn(other))).toBe("foreign");
    const text = folder();
    mkdirSync(text);
    writeFileSync(join(text, FILE_NAME), "a chain, honestly\n".repeat(100));
    expect(await codeOf(openIn(text))).toBe("corrupt");
  });

  it("a beginning of one", async () => {
    for (const length of [1, 15, 16, 100, 4096]) {
      const at = copy();
      truncateSync(join(at, FILE_NAME), length);
      expect(await codeOf(openIn(at)), `${length} bytes`).toBe("corrupt");
    }
    // Nothing at all: what is left of a process that was killed before it wrote anything.
    const at = copy();
    truncateSync(join(at, FILE_NAME), 0);
    expect(await codeOf(openIn(at))).toBe("fine");
  });

  it("damaged at random: refused, or the same chain", { timeout: 120_000 }, async () => {
    const bytes = readFileSync(join(original, FILE_NAME));
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.option(fc.integer({ min: 1, max: bytes.length }), { freq: 4 }),
        async (changes, length) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, mask] of changes) damaged[at] = (damaged[at] as number) ^ mask; // within the file
          const at = folder();
          mkdirSync(at);
          const file = join(at, FILE_NAME);
          writeFileSync(file, damaged);
          if (length !== null) truncateSync(file, length);
          let outcome = "the same chain";
          try {
            const { sandbox, store } = await openIn(at);
            await store.close();
            expect(picture(sandbox)).toBe(before);
          } catch (error) {
            if (!(error instanceof ChainStoreError)) throw error;
            outcome = error.code;
          }
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          rmSync(at, { recursive: true });
        },
      ),
      { seed: 20_261_124, numRuns: Number(process.env["STORE_DAMAGES"] ?? 60) },
    );
    console.log([...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(", "));
  });
});
