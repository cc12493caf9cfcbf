// The RPCs of rollups: every path that Octez's own schemas list (vectors/protocol/l1_rpc_schemas.json), asked of a chain with rollups in every
// state, and what is said of rollups and stakers that do not exist (protocol.md §8).
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { commitmentHash } from "../../../../src/protocol/commitment.js";
import { commitmentHashForm } from "../../../../src/protocol/identifiers.js";
import { type JsonSchema, type Schemas, schemaFaults } from "../../../protocol/json-schema.js";
import { describeShared, sharedPath } from "../../../shared-data.js";
import { ALICE, BOB, CAROL, DAVE, TestChain } from "../chain.js";
import { assemble, Operator, originate, type Rollup, startDraft } from "../rollup.js";
import { BLOCK, idsIn, TestServer } from "./http.js";

const SCHEMAS = "vectors/protocol/l1_rpc_schemas.json";
const ROLLUPS = `${BLOCK}/context/smart_rollups`;
const NO_ROLLUP = encodeBase58Check("rollupAddress", new Uint8Array(20).fill(9));

const chain = new TestChain();
let http: TestServer;
let disputed: Rollup;
let guarded: Rollup;
let cemented: string;
let published: string;

const rollupPath = (address: string): string => `${ROLLUPS}/smart_rollup/${address}`;
const srcOf = (operator: Operator, n: number): string =>
  String(commitmentHashForm.toJson(commitmentHash(operator.commitment(n))));

/** A rollup in a game, and one of a closed circle with a cemented commitment and one that is not. */
beforeAll(async () => {
  const kernel = assemble("echo");
  guarded = originate(chain, CAROL, kernel, { whitelist: [CAROL, DAVE] });
  const guard = new Operator(chain, CAROL, guarded);
  chain.bake(4);
  guard.publish(1);
  chain.bake(6);
  chain.apply(CAROL, { kind: "smart_rollup_cement", rollup: guarded.address });
  guard.publish(2);
  cemented = srcOf(guard, 1);
  published = srcOf(guard, 2);
  disputed = originate(chain, ALICE, kernel);
  const [honest, liar] = [new Operator(chain, ALICE, disputed), new Operator(chain, BOB, disputed, { lieFrom: 5n })];
  chain.bake(4);
  honest.publish(1);
  liar.publish(1);
  chain.bake(4);
  http = await TestServer.start(chain);
  expect(await http.get(`${rollupPath(disputed.address)}/staker/${BOB.address}/conflicts`)).toHaveLength(1);
  chain.apply(ALICE, startDraft(honest, liar));
});

describeShared("answers have Octez's shapes", SCHEMAS, () => {
  const { paths, schemas } = JSON.parse(readFileSync(sharedPath(SCHEMAS), "utf8")) as {
    readonly paths: Readonly<Record<string, { readonly method: string; readonly response: JsonSchema }>>;
    readonly schemas: Schemas;
  };
  /** What the arguments of a path stand for: for rollups, stakers, commitments and levels of each kind. */
  const settings: readonly Readonly<Record<string, () => string>>[] = [
    {
      rollup: () => disputed.address,
      pkh: () => ALICE.address,
      src: () => srcOf(new Operator(chain, ALICE, disputed), 1),
    },
    {
      rollup: () => disputed.address,
      pkh: () => BOB.address,
      src: () => srcOf(new Operator(chain, ALICE, disputed), 1),
    },
    { rollup: () => guarded.address, pkh: () => CAROL.address, src: () => published },
  ];
  const fill = (path: string, { rollup, pkh, src }: (typeof settings)[number]): string =>
    path
      .replace("{chain}", "main")
      .replace("{block}", "head")
      .replace("{smart_rollup_address}", rollup?.() ?? "")
      .replace("{smart_rollup_commitment_hash}", src?.() ?? "")
      .replace("{pkh}", pkh?.() ?? "")
      .replace("{staker1_pkh}", ALICE.address)
      .replace("{staker2_pkh}", BOB.address)
      .replace("{block_level}", String(disputed.originationLevel + 3));

  it.each(Object.entries(paths).filter(([, { method }]) => method === "GET"))("GET %s", async (path, { response }) => {
    for (const setting of settings) {
      const json = await http.get(fill(path, setting));
      expect(schemaFaults(response, json, schemas)).toEqual([]);
    }
  });

  it("and were all asked", () => {
    const asked = Object.values(paths).filter(({ method }) => method === "GET").length;
    console.log(`${SCHEMAS}: ${asked} of ${Object.keys(paths).length} paths asked over HTTP`);
    expect([asked, Object.keys(paths).length]).toEqual([19, 20]);
  });
});

describe("a rollup", () => {
  it("is listed, in the protocol's order", async () => {
    const all = await http.get(`${ROLLUPS}/all`);
    expect(all).toEqual(chain.sandbox.context(chain.head).rollups());
    expect(await http.get(`/chains/main/blocks/1/context/smart_rollups/all`)).toEqual([]);
  });

  it("has its beginning and its last certain state", async () => {
    const path = rollupPath(guarded.address);
    const genesis = commitmentHashForm.toJson(guarded.genesisCommitment);
    expect(await http.get(`${path}/genesis_info`)).toEqual({
      level: guarded.originationLevel,
      commitment_hash: genesis,
    });
    expect(await http.get(`${path}/kind`)).toBe("wasm_2_0_0");
    const level = guarded.originationLevel + 3;
    expect(await http.get(`${path}/last_cemented_commitment_hash_with_level`)).toEqual({ hash: cemented, level });
    expect(await http.get(`${path}/commitment/${cemented}`)).toMatchObject({
      inbox_level: level,
      predecessor: genesis,
    });
    expect(await http.get(`${path}/commitment/${published}/can_be_cemented`)).toBe(true);
    expect(await http.get(`${path}/commitment/${published}/stakers_indexes`)).toEqual(["0"]);
  });

  it("has stakers", async () => {
    const path = rollupPath(guarded.address);
    expect(await http.get(`${path}/stakers`)).toEqual([CAROL.address]);
    expect(await http.get(`${path}/staker/${CAROL.address}/index`)).toBe("0");
    expect(await http.get(`${path}/staker/${CAROL.address}/staked_on_commitment`)).toMatchObject({ hash: published });
    expect(await http.get(`${path}/whitelist`)).toEqual([CAROL.address, DAVE.address]);
    expect(await http.get(`${rollupPath(disputed.address)}/whitelist`)).toBeNull();
  });

  it("has games", async () => {
    const path = rollupPath(disputed.address);
    const games = await http.get(`${path}/staker/${ALICE.address}/games`);
    const [first, second] = [ALICE.address, BOB.address].sort();
    expect(games).toEqual([expect.objectContaining({ alice: expect.any(String), bob: expect.any(String) })]);
    expect(JSON.stringify(games)).toContain('"kind":"Dissecting"');
    const timeout = await http.object(`${path}/staker1/${first}/staker2/${second}/timeout`);
    expect(timeout["last_turn_level"]).toBe(chain.level);
    expect(await http.get(`${path}/staker1/${second}/staker2/${first}/timeout`)).toEqual(timeout);
    expect(await http.get(`${path}/staker1/${first}/staker2/${second}/timeout_reached`)).toBeNull();
    // A conflict remains one while it is played out.
    expect(await http.get(`${path}/staker/${ALICE.address}/conflicts`)).toHaveLength(1);
  });

  it("shares its inbox with all others", async () => {
    const inbox = await http.object(`${ROLLUPS}/all/inbox`);
    expect(inbox["level"]).toBe(chain.level);
    expect((await http.object(`/chains/main/blocks/3/context/smart_rollups/all/inbox`))["level"]).toBe(3);
  });
});

describe("a rollup that does not exist", () => {
  const path = rollupPath(NO_ROLLUP);

  it.each(["kind", "genesis_info", "last_cemented_commitment_hash_with_level"])("has no %s", async (name) => {
    const response = await http.fetch(`${path}/${name}`);
    expect(response.status).toBe(500);
    expect(JSON.parse(response.text)).toEqual([
      { kind: "temporary", id: "proto.alpha.smart_rollup_does_not_exist", rollup: NO_ROLLUP },
    ]);
  });

  it.each([
    ["stakers", []],
    [`staker/${ALICE.address}/games`, []],
    [`staker/${ALICE.address}/conflicts`, []],
    ["consumed_outputs/3", []],
    ["inbox_level/3/commitments", null],
    ["whitelist", null],
    ["last_whitelist_update", null],
    [`staker1/${ALICE.address}/staker2/${BOB.address}/timeout`, null],
  ])("answers %s", async (name, answer) => {
    expect(await http.get(`${path}/${name}`)).toEqual(answer);
  });

  it("has nobody who stakes", async () => {
    expect(idsIn(await http.fetch(`${path}/staker/${ALICE.address}/staked_on_commitment`))).toEqual([
      "smart_rollup_not_staked",
    ]);
    expect(idsIn(await http.fetch(`${path}/staker/${ALICE.address}/index`))).toEqual(["context.storage_error"]);
  });
});

describe("what is unknown of a rollup", () => {
  const UNKNOWN = encodeBase58Check("commitmentHash", new Uint8Array(32).fill(1));

  it("are commitments", async () => {
    const path = `${rollupPath(guarded.address)}/commitment/${UNKNOWN}`;
    expect(JSON.parse((await http.fetch(path)).text)).toEqual([
      { kind: "temporary", id: "proto.alpha.smart_rollup_unknown_commitment", commitment: UNKNOWN },
    ]);
    expect(idsIn(await http.fetch(`${path}/stakers_indexes`))).toEqual(["context.storage_error"]);
    expect(await http.get(`${path}/can_be_cemented`)).toBe(false);
  });

  it.each([
    ["sr1foo/kind", "smart_rollup_address"],
    [`${ALICE.address}/kind`, "smart_rollup_address"],
    [`${NO_ROLLUP}/commitment/src1/can_be_cemented`, "smart_rollup_commitment_hash"],
    [`${NO_ROLLUP}/staker/tz1x/index`, "pkh"],
    [`${NO_ROLLUP}/staker1/${ALICE.address}/staker2/x/timeout`, "staker2_pkh"],
    [`${NO_ROLLUP}/consumed_outputs/99999999999`, "block_level"],
  ])("are names: %s", async (path, type) => {
    const { status, text } = await http.fetch(`${ROLLUPS}/smart_rollup/${path}`);
    expect(status).toBe(400);
    expect(text).toContain(`not acceptable for type "${type}"`);
  });
});
