// The RPCs of accounts, delegates, constants and levels.
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import type { JsonObject } from "../../../../src/encoding/json.js";
import { constantsFromAllJson } from "../../../../src/protocol/constants.js";
import { constantsForm } from "../../../../src/protocol/constants-form.js";
import { ALICE, BOB, freshAccount, QUICK, TestChain } from "../chain.js";
import { BLOCK, idsIn, TestServer } from "./http.js";

const chain = new TestChain();
const NOBODY = freshAccount("nobody");
const FRESH = freshAccount("fresh", "secp256k1");
const NO_CONTRACT = encodeBase58Check("KT1", new Uint8Array(20));
const DELEGATES = `${BLOCK}/context/delegates`;
let http: TestServer;

beforeAll(async () => {
  chain.bake(3);
  chain.apply(ALICE, { kind: "transaction", amount: 5_000_000n, destination: FRESH.address });
  http = await TestServer.start(chain);
});

const contract = (address: string): string => `${BLOCK}/context/contracts/${address}`;

describe("accounts", () => {
  it("that are revealed", async () => {
    const balance = chain.balance(ALICE).toString();
    expect(await http.get(contract(ALICE.address))).toEqual({
      balance,
      delegate: ALICE.address,
      counter: "1",
      revealed: true,
    });
    expect(await http.get(`${contract(ALICE.address)}/balance`)).toBe(balance);
    expect(await http.get(`${contract(ALICE.address)}/counter`)).toBe("1");
    expect(await http.get(`${contract(ALICE.address)}/manager_key`)).toBe(ALICE.publicKey);
    expect(await http.get(`${contract(ALICE.address)}/delegate`)).toBe(ALICE.address);
  });

  it("that are not revealed", async () => {
    expect(await http.get(contract(FRESH.address))).toMatchObject({ balance: "5000000", revealed: false });
    expect(await http.get(`${contract(FRESH.address)}/manager_key`)).toBeNull();
    expect((await http.fetch(`${contract(FRESH.address)}/delegate`)).status).toBe(404);
  });

  it("that nobody has used", async () => {
    expect(await http.get(contract(NOBODY.address))).toEqual({ balance: "0", counter: "1", revealed: false });
    expect(await http.get(`${contract(NOBODY.address)}/balance`)).toBe("0");
    expect(await http.get(`${contract(NOBODY.address)}/manager_key`)).toBeNull();
  });

  it("are listed", async () => {
    expect(await http.get(`${BLOCK}/context/contracts`)).toContain(FRESH.address);
    expect(await http.get(`${BLOCK}/context/contracts`)).not.toContain(NOBODY.address);
  });

  it.each(["spendable", "full_balance", "balance_and_frozen_bonds", "spendable_and_frozen_bonds"])(
    "have a %s",
    async (name) => {
      expect(await http.get(`${contract(FRESH.address)}/${name}`)).toBe("5000000");
    },
  );

  it.each([
    ["frozen_bonds", "0"],
    ["staked_balance", "0"],
    ["unstaked_frozen_balance", "0"],
    ["unstaked_finalizable_balance", "0"],
    ["staking_numerator", "0"],
    ["estimated_own_pending_slashed_amount", "0"],
    ["unstake_requests", null],
  ])("have stakes: %s", async (name, value) => {
    expect(await http.get(`${contract(FRESH.address)}/${name}`)).toBe(value);
  });

  it.each(["script", "storage", "entrypoints", "entrypoints/default", "all_ticket_balances"])(
    "have no %s",
    async (name) => {
      expect((await http.fetch(`${contract(ALICE.address)}/${name}`)).status).toBe(404);
    },
  );

  it("can be looked at in the past", async () => {
    expect(await http.get(`/chains/main/blocks/1/context/contracts/${ALICE.address}/balance`)).toBe("4000000000000");
  });
});

describe("contracts that do not exist", () => {
  it.each(["", "/balance", "/counter", "/manager_key", "/delegate", "/script", "/storage", "/entrypoints"])(
    "have no %s",
    async (name) => {
      const { status, text } = await http.fetch(contract(NO_CONTRACT) + name);
      expect([status, text]).toEqual([404, ""]);
    },
  );

  it("with names that are none", async () => {
    const { status, text } = await http.fetch(contract("KT1foo"));
    expect(status).toBe(400);
    expect(text).toContain('the value "Cannot parse contract id" is not acceptable for type "contract_id"');
  });

  it("and big maps, which there are none of", async () => {
    expect((await http.fetch(`${BLOCK}/context/big_maps/4`)).status).toBe(404);
  });
});

describe("delegates", () => {
  it("are those who delegate to themselves", async () => {
    expect(await http.get(DELEGATES)).toHaveLength(5);
    expect(await http.get(`${DELEGATES}?active=true`)).toHaveLength(5);
    expect(await http.get(`${DELEGATES}?inactive=true`)).toEqual([]);
    expect(await http.get(`${DELEGATES}?with_minimal_stake`)).toEqual([]);
  });

  it("have power by what is delegated to them", async () => {
    const info = await http.object(`${DELEGATES}/${BOB.address}`);
    expect(info).toMatchObject({
      deactivated: false,
      own_full_balance: "4000000000000",
      total_delegated: "4000000000000",
      external_delegated: "0",
      delegators: [BOB.address],
      consensus_key: { active: { pkh: BOB.address, pk: BOB.publicKey } },
    });
    for (const [name, value] of Object.entries(info)) {
      expect(await http.get(`${DELEGATES}/${BOB.address}/${name}`)).toEqual(value);
    }
    expect(await http.get(`${DELEGATES}/${BOB.address}/full_balance`)).toBe("4000000000000");
  });

  it("are not just anybody", async () => {
    const response = await http.fetch(`${DELEGATES}/${FRESH.address}`);
    expect(response.status).toBe(500);
    expect(idsIn(response)).toEqual(["delegate.not_registered"]);
    const balance = await http.fetch(`${DELEGATES}/${FRESH.address}/full_balance`);
    expect(idsIn(balance)).toEqual(["delegate_service.balance_rpc_on_non_delegate", "delegate.not_registered"]);
  });
});

describe("constants", () => {
  it("are printed in full", async () => {
    const all = await http.object(`${BLOCK}/context/constants`);
    expect(constantsFromAllJson(all)).toEqual(QUICK);
    expect(all).toMatchObject({ smart_rollup_message_size_limit: 4096, unstake_finalization_delay: 3 });
    expect(await http.get(`${BLOCK}/context/constants/parametric`)).toEqual(constantsForm.toJson(QUICK));
  });

  it("tell of a DAL that is not used", async () => {
    expect(await http.get(`${BLOCK}/context/dal/skip_list_cells_of_level`)).toEqual([]);
    const all = await http.object(`${BLOCK}/context/constants`);
    expect(await http.get(`${BLOCK}/context/dal/past_parameters/2`)).toEqual(all["dal_parametric"]);
  });
});

describe("levels", () => {
  it("stand in cycles", async () => {
    expect(await http.get("/chains/main/blocks/1/helpers/current_level")).toEqual({
      level: 1,
      level_position: 0,
      cycle: 0,
      cycle_position: 0,
      expected_commitment: false,
    });
    expect(await http.get("/chains/main/blocks/1/helpers/current_level?offset=11")).toEqual({
      level: 12,
      level_position: 11,
      cycle: 1,
      cycle_position: 3,
      expected_commitment: true,
    });
    expect(idsIn(await http.fetch(`${BLOCK}/helpers/current_level?offset=-1`))).toEqual(["negative_level_offset"]);
    expect(await http.get(`${BLOCK}/helpers/levels_in_current_cycle`)).toEqual({ first: 1, last: 8 });
    expect(await http.get(`${BLOCK}/helpers/levels_in_current_cycle?offset=1`)).toEqual({ first: 9, last: 16 });
    expect((await http.fetch(`${BLOCK}/helpers/levels_in_current_cycle?offset=-1`)).status).toBe(404);
  });

  it("are baked by one baker", async () => {
    const { baker } = (await http.object(`${BLOCK}/metadata`)) as JsonObject;
    const rights = (await http.get(`${BLOCK}/helpers/baking_rights`)) as JsonObject[];
    expect(rights).toEqual([expect.objectContaining({ level: chain.level + 1, delegate: baker, round: 0 })]);
    expect(await http.get(`${BLOCK}/helpers/baking_rights?delegate=${ALICE.address}`)).toEqual([]);
  });

  it("have voting periods", async () => {
    const period = { voting_period: { index: 0, kind: "proposal", start_position: 0 }, position: 4, remaining: 59 };
    expect(await http.get(`${BLOCK}/votes/current_period`)).toEqual(period);
    expect((await http.object(`${BLOCK}/metadata`))["voting_period_info"]).toEqual(period);
    expect(await http.get(`${BLOCK}/votes/successor_period`)).toMatchObject({ position: 5, remaining: 58 });
  });
});
