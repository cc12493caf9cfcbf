// The RPCs around contracts.
import { beforeAll, describe, expect, it } from "vitest";
import { blake2b256 } from "../../../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { fromHex } from "../../../../src/encoding/hex.js";
import { LazyMicheline, type Micheline } from "../../../../src/encoding/micheline.js";
import { MichelsonRuntime } from "../../../../src/l1/sandbox/michelson/runtime.js";
import type { ContractHash } from "../../../../src/protocol/identifiers.js";
import { ALICE, said, TestChain } from "../chain.js";
import { KEEPER, REGISTER } from "../michelson/examples.js";
import { BLOCK, idsIn, TestServer } from "./http.js";

const CHAIN_ID = "NetXdQprcVkpaWU";
const SCRIPTS = `${BLOCK}/helpers/scripts`;
const VALUE = { int: "41" };

const chain = new TestChain({ contracts: new MichelsonRuntime() });
let http: TestServer;
let address: ContractHash;
let path: string;

beforeAll(async () => {
  chain.bake(3);
  address = originate(KEEPER, VALUE);
  path = `${BLOCK}/context/contracts/${address}`;
  http = await TestServer.start(chain);
});

function originate(code: Micheline, storage: Micheline): ContractHash {
  const script = { code: LazyMicheline.ofValue(code), storage: LazyMicheline.ofValue(storage) };
  const receipts = chain.apply(ALICE, { kind: "origination", balance: 12n, script });
  const [originated] = said("origination", receipts).originatedContracts;
  if (originated === undefined) throw new Error("no contract");
  return originated;
}

describe("a contract", () => {
  it("has balance, code and storage, and no key", async () => {
    const script = { code: KEEPER, storage: VALUE };
    expect(await http.get(path)).toEqual({ balance: "12", script });
    expect(await http.get(`${path}/script`)).toEqual(script);
    expect(await http.get(`${path}/storage`)).toEqual(VALUE);
    expect(await http.get(`${path}/balance`)).toBe("12");
    expect((await http.fetch(`${path}/counter`)).status).toBe(404);
    expect((await http.fetch(`${path}/manager_key`)).status).toBe(404);
    expect((await http.fetch(`/chains/main/blocks/2/context/contracts/${address}/script`)).status).toBe(404);
    expect(await http.get(`${BLOCK}/context/contracts`)).toContain(address);
  });

  it.each(["Readable", "Optimized", "Optimized_legacy"])("can be had %s", async (mode) => {
    expect(await http.post(`${path}/storage/normalized`, { unparsing_mode: mode })).toEqual(VALUE);
    expect(await http.post(`${path}/script/normalized`, { unparsing_mode: mode, normalize_types: true })).toEqual({
      code: KEEPER,
      storage: VALUE,
    });
  });

  it("has no other forms", async () => {
    expect((await http.send(`${path}/storage/normalized`, { unparsing_mode: "Pretty" })).status).toBe(400);
    expect(
      await http.post(`${BLOCK}/context/contracts/${ALICE.address}/storage/normalized`, { unparsing_mode: "Readable" }),
    ).toBeNull();
  });

  it("takes space", async () => {
    const size = Number(await http.get(`${path}/storage/used_space`));
    expect(size).toBeGreaterThan(50);
    expect(await http.get(`${path}/storage/paid_space`)).toBe(String(size));
    expect(await http.get(`${BLOCK}/context/contracts/${ALICE.address}/storage/used_space`)).toBeNull();
  });

  it("has entrypoints, the default one only where it is named", async () => {
    const { entrypoints } = await http.object(`${path}/entrypoints`);
    expect(Object.keys(entrypoints as object)).toEqual(["set", "get"]);
    expect(await http.get(`${path}/entrypoints/set`)).toEqual({ prim: "nat" });
    expect(await http.get(`${path}/entrypoints/default`)).toMatchObject({ prim: "or" });
    expect((await http.fetch(`${path}/entrypoints/nothing`)).status).toBe(404);
    expect((await http.fetch(`${path}/entrypoints/${"x".repeat(32)}`)).status).toBe(400);
  });

  it("has no big map", async () => {
    expect(await http.post(`${path}/big_map_get`, { key: { int: "1" }, type: { prim: "nat" } })).toBeNull();
    const wrong = await http.send(`${path}/big_map_get`, { key: { string: "x" }, type: { prim: "nat" } });
    expect([wrong.status, ...idsIn(wrong)]).toEqual([
      500,
      "michelson_v1.invalid_constant",
      "michelson_v1.invalid_expression_kind",
    ]);
    expect((await http.fetch(`${BLOCK}/context/big_maps/99`)).status).toBe(404);
  });

  it("has big maps where it keeps some", async () => {
    const storage = {
      prim: "Pair",
      args: [{ string: ALICE.address }, [{ prim: "Elt", args: [{ string: "a" }, { int: "1" }] }]],
    };
    const register = originate(REGISTER, storage);
    const readable = await http.get(`${BLOCK}/context/contracts/${register}/storage`);
    expect(readable).toEqual({ prim: "Pair", args: [{ string: ALICE.address }, { int: "4" }] });
    const some = { prim: "Some", args: [{ int: "2" }] };
    const receipts = chain.apply(ALICE, {
      kind: "transaction",
      amount: 0n,
      destination: register,
      parameters: {
        entrypoint: "default",
        value: LazyMicheline.ofValue({ prim: "Pair", args: [{ string: "b" }, some] }),
      },
    });
    const hashOf = (packed: string) => encodeBase58Check("scriptExprHash", blake2b256(fromHex(packed)));
    const result = said("transaction", receipts);
    expect(result).toMatchObject({
      lazyStorageDiff: [
        { id: 4n, diff: { action: "update", updates: [{ key: { string: "b" }, value: { int: "2" } }] } },
      ],
    });
    const head = (await http.get(`${BLOCK}/operations/3/0`)) as { contents: readonly unknown[] };
    expect(head.contents).toMatchObject([
      {
        metadata: {
          operation_result: {
            storage_size: expect.any(String),
            paid_storage_size_diff: "67",
            lazy_storage_diff: [
              {
                kind: "big_map",
                id: "4",
                diff: {
                  action: "update",
                  updates: [{ key_hash: hashOf("05010000000162"), key: { string: "b" }, value: { int: "2" } }],
                },
              },
            ],
          },
        },
      },
    ]);
    expect(await http.get(`${BLOCK}/context/big_maps/4/${hashOf("05010000000161")}`)).toEqual({ int: "1" });
    expect(await http.get(`${BLOCK}/context/big_maps/4/${hashOf("05010000000162")}`)).toEqual({ int: "2" });
    expect((await http.fetch(`${BLOCK}/context/big_maps/4/${hashOf("05010000000163")}`)).status).toBe(404);
    expect(await http.get(`${BLOCK}/context/big_maps/4`)).toHaveLength(2);
    expect(await http.get(`${BLOCK}/context/big_maps/4?offset=1&length=5`)).toHaveLength(1);
    const found = { key: { string: "b" }, type: { prim: "string" } };
    expect(await http.post(`${BLOCK}/context/contracts/${register}/big_map_get`, found)).toEqual({ int: "2" });
    const none = { key: { string: "z" }, type: { prim: "string" } };
    expect(await http.post(`${BLOCK}/context/contracts/${register}/big_map_get`, none)).toBeNull();
  });

  it("has no tickets", async () => {
    const token = { ticketer: address, content_type: { prim: "nat" }, content: { int: "3" } };
    expect(await http.post(`${path}/ticket_balance`, token)).toBe("0");
    expect(await http.get(`${path}/all_ticket_balances`)).toEqual([]);
    const rollup = "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf";
    expect(await http.post(`${BLOCK}/context/smart_rollups/smart_rollup/${rollup}/ticket_balance`, token)).toBe("0");
    expect((await http.send(`${path}/ticket_balance`, { ticketer: address })).status).toBe(400);
  });
});

describe("running code", () => {
  const base = { script: KEEPER, storage: VALUE, amount: "0", chain_id: CHAIN_ID } as const;

  it("gives storage and operations", async () => {
    const set = { ...base, input: { int: "5" }, entrypoint: "set", balance: "1", unparsing_mode: "Optimized" };
    expect(await http.post(`${SCRIPTS}/run_code`, set)).toEqual({ storage: { int: "5" }, operations: [] });
    const callback = { string: `${address}%set` };
    const get = { ...base, input: { prim: "Pair", args: [{ prim: "Unit" }, callback] }, entrypoint: "get" };
    const { operations } = (await http.post(`${SCRIPTS}/run_code`, get)) as { operations: unknown[] };
    expect(operations).toEqual([
      {
        kind: "transaction",
        source: expect.stringMatching(/^KT1/),
        nonce: 0,
        amount: "0",
        destination: address,
        parameters: { entrypoint: "set", value: VALUE },
      },
    ]);
  });

  it.each([
    [
      { input: { int: "-1" }, entrypoint: "set" },
      "bad_contract_parameter",
      "invalid_constant",
      "invalid_syntactic_constant",
    ],
    [{ input: { int: "1" }, entrypoint: "other" }, "bad_contract_parameter", "no_such_entrypoint"],
    [{ input: { int: "1" }, entrypoint: "set", script: [] }, "ill_typed_contract", "missing_script_field"],
  ])("fails with the protocol's errors: %j", async (fields, ...ids) => {
    const response = await http.send(`${SCRIPTS}/run_code`, { ...base, ...fields });
    expect([response.status, ...idsIn(response)]).toEqual([500, ...ids.map((id) => `michelson_v1.${id}`)]);
  });

  it("stops when gas runs out", async () => {
    const response = await http.send(`${SCRIPTS}/run_code`, {
      ...base,
      input: { int: "1" },
      entrypoint: "set",
      gas: "1",
    });
    expect([response.status, ...idsIn(response)]).toEqual([500, "gas_exhausted.operation"]);
  });

  it("makes big maps", async () => {
    const storage = { prim: "Pair", args: [{ string: ALICE.address }, []] };
    const input = { prim: "Pair", args: [{ string: "x" }, { prim: "Some", args: [{ int: "3" }] }] };
    const answer = await http.post(`${SCRIPTS}/run_code`, { ...base, script: REGISTER, storage, input });
    expect(answer).toMatchObject({
      storage: { prim: "Pair", args: [{ string: ALICE.address }, { int: expect.any(String) }] },
      lazy_storage_diff: [
        { kind: "big_map", diff: { action: "alloc", key_type: { prim: "string" }, value_type: { prim: "nat" } } },
      ],
    });
  });

  it.each([
    {},
    { ...base },
    { ...base, input: { int: "1" }, amount: 0 },
    { ...base, input: { int: "1" }, self: "tz1" },
  ])("wants its fields: %j", async (fields) => {
    expect((await http.send(`${SCRIPTS}/run_code`, fields)).status).toBe(400);
  });
});

describe("views", () => {
  const view = () => ({
    contract: address,
    entrypoint: "get",
    input: { prim: "Unit" },
    chain_id: CHAIN_ID,
    unparsing_mode: "Readable",
  });

  it("give what they call back with", async () => {
    expect(await http.post(`${SCRIPTS}/run_view`, view())).toEqual({ data: VALUE });
    expect(
      await http.post(`${SCRIPTS}/run_view`, { ...view(), source: ALICE.address, gas: "5000", level: "7" }),
    ).toEqual({
      data: VALUE,
    });
  });

  it("are entrypoints of their kind", async () => {
    const illFormed = await http.send(`${SCRIPTS}/run_view`, { ...view(), entrypoint: "set" });
    expect(idsIn(illFormed)).toEqual(["illformedViewType"]);
    const none = await http.send(`${SCRIPTS}/run_view`, {
      ...view(),
      contract: "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT",
    });
    expect(idsIn(none)).toEqual(["viewedContractHasNoScript"]);
  });

  it("of the other kind there are none", async () => {
    const { entrypoint: _, ...fields } = view();
    const response = await http.send(`${SCRIPTS}/run_script_view`, { ...fields, view: "answer" });
    expect(JSON.parse(response.text)).toEqual([
      { kind: "permanent", id: "proto.alpha.viewNotFound", contract: address, view: "answer" },
    ]);
  });
});

describe("values", () => {
  const pair = (args: readonly unknown[], prim = "pair") => ({ prim, args });
  const nat = { prim: "nat" };
  const [one, two, three, four] = [{ int: "1" }, { int: "2" }, { int: "3" }, { int: "4" }];

  // PACK writes pairs of two, however they were written.
  it.each([
    [nat, one, "050001"],
    [{ prim: "string" }, { string: "abc" }, "050100000003616263"],
    [pair([nat, nat]), pair([one, two], "Pair"), "0507070001" + "0002"],
    [pair([nat, nat, nat]), pair([one, pair([two, three], "Pair")], "Pair"), "050707000107070002" + "0003"],
    [
      pair([nat, nat, nat, nat]),
      pair([one, pair([two, pair([three, four], "Pair")], "Pair")], "Pair"),
      "0507070001070700020707000300" + "04",
    ],
    [
      pair([nat, pair([nat, pair([nat, nat])])]),
      pair([one, pair([two, pair([three, four], "Pair")], "Pair")], "Pair"),
      "0507070001070700020707000300" + "04",
    ],
  ])("are packed: %j", async (type, data, packed) => {
    expect(await http.post(`${SCRIPTS}/pack_data`, { type, data })).toEqual({ packed, gas: "unaccounted" });
  });

  it("are checked", async () => {
    expect(await http.post(`${SCRIPTS}/typecheck_data`, { type: nat, data: one, gas: "700" })).toEqual({ gas: "700" });
    const wrong = await http.send(`${SCRIPTS}/typecheck_data`, { type: nat, data: { int: "-1" } });
    const ids = ["ill_typed_data", "invalid_constant", "invalid_syntactic_constant"].map((id) => `michelson_v1.${id}`);
    expect([wrong.status, ...idsIn(wrong)]).toEqual([500, ...ids]);
    const noType = await http.send(`${SCRIPTS}/typecheck_data`, { type: { int: "1" }, data: { int: "-1" } });
    expect(idsIn(noType)).toEqual(["michelson_v1.ill_formed_type", "michelson_v1.invalid_expression_kind"]);
  });

  it("are normalised, and types too", async () => {
    const body = { type: nat, data: one, unparsing_mode: "Readable" };
    expect(await http.post(`${SCRIPTS}/normalize_data`, body)).toEqual({ normalized: one });
    const type = { prim: "pair", args: [nat, nat, nat], annots: ["%a"] };
    expect(await http.post(`${SCRIPTS}/normalize_type`, { type })).toEqual({
      normalized: { prim: "pair", args: [nat, { prim: "pair", args: [nat, nat] }], annots: ["%a"] },
    });
  });

  it("have types at entrypoints of code", async () => {
    expect(await http.post(`${SCRIPTS}/entrypoint`, { script: KEEPER, entrypoint: "set" })).toEqual({
      entrypoint_type: nat,
    });
    const { entrypoints } = (await http.post(`${SCRIPTS}/entrypoints`, { script: KEEPER })) as {
      entrypoints: object;
    };
    expect(Object.keys(entrypoints)).toEqual(["set", "get"]);
  });
});

describe("a sandbox without a runtime", () => {
  it("runs nothing", async () => {
    const bare = await TestServer.start(new TestChain());
    const response = await bare.send(`${SCRIPTS}/pack_data`, { type: { prim: "nat" }, data: { int: "1" } });
    expect([response.status, ...idsIn(response)]).toEqual([500, "failure"]);
  });
});
