// The RPCs that make, read, try and inject operations, and those of the operations that wait.
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { fromHex, toHex } from "../../../../src/encoding/hex.js";
import type { Json, JsonObject } from "../../../../src/encoding/json.js";
import {
  encodeOperation,
  encodeUnsigned,
  type Operation,
  operationHash,
  operationToJson,
} from "../../../../src/protocol/operation.js";
import { contentReceiptFromJson } from "../../../../src/protocol/receipt.js";
import { ALICE, BOB, CAROL, DAVE, type Draft, EVE, freshAccount, TestChain } from "../chain.js";
import { BLOCK, idsIn, TestServer } from "./http.js";

const ALPHA = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
const CHAIN_ID = "NetXdQprcVkpaWU";
const TRANSFER: Draft = { kind: "transaction", amount: 7n, destination: BOB.address };

const chain = new TestChain();
let http: TestServer;

beforeAll(async () => {
  chain.bake(3);
  http = await TestServer.start(chain);
});

function printed(operation: Operation): Record<string, Json> {
  return operationToJson(operation) as Record<string, Json>;
}

const hashText = (bytes: Uint8Array): string => encodeBase58Check("operationHash", operationHash(bytes));

describe("making and reading operations", () => {
  const operation = chain.operation(ALICE, [
    TRANSFER,
    { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1)] },
  ]);
  const { signature: _signature, ...unsigned } = printed(operation);

  it("forges", async () => {
    expect(await http.post(`${BLOCK}/helpers/forge/operations`, unsigned as Json)).toBe(
      toHex(encodeUnsigned(operation)),
    );
    expect(await http.post(`${BLOCK}/helpers/forge/signed_operations`, printed(operation))).toBe(
      toHex(encodeOperation(operation)),
    );
  });

  it("parses", async () => {
    const branch = String(unsigned["branch"]);
    const data = toHex(encodeOperation(operation).subarray(32));
    const parse = (json: Json) => http.send(`${BLOCK}/helpers/parse/operations`, json);
    expect(JSON.parse((await parse({ operations: [{ branch, data }], check_signature: false })).text)).toEqual([
      printed(operation),
    ]);
    expect(idsIn(await parse({ operations: [{ branch, data: "00" }] }))).toEqual(["operation.cannot_parse"]);
    expect((await parse({ operations: [{ branch }] })).status).toBe(400);
  });

  it.each([
    ["nothing", "", "no JSON value"],
    ["no JSON", "{", "not a JSON value"],
    ["a wrong type", "[]", "an object expected"],
    ["no contents", '{"branch":"BLockGenesisGenesisGenesisGenesisGenesisf79b5d1CoW2","contents":[]}', "contents"],
    ["a field too many", JSON.stringify({ ...unsigned, more: 1 }), "more"],
    ["__proto__", '{"__proto__":{"branch":1}}', "__proto__"],
    ["a deep body", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "an object expected"],
  ])("refuses %s", async (_, body, reason) => {
    const headers = { "content-type": "application/json" };
    const {
      status,
      text,
      headers: got,
    } = await http.fetch(`${BLOCK}/helpers/forge/operations`, { method: "POST", body, headers });
    expect([status, got.get("content-type")]).toEqual([400, "text/plain"]);
    expect(text).toMatch(/^Failed to parse the request body: /);
    expect(text).toContain(reason);
  });
});

describe("trying operations out", () => {
  const body = (operation: Operation): Json => ({ operation: printed(operation), chain_id: CHAIN_ID });

  it.each(["simulate_operation", "simulate_operation?successor_level=true", "run_operation"])("%s", async (path) => {
    const operation = chain.operation(ALICE, [TRANSFER], { signer: null });
    const answer = (await http.post(`${BLOCK}/helpers/scripts/${path}`, body(operation))) as JsonObject;
    const [receipt] = (answer["contents"] as Json[]).map(contentReceiptFromJson);
    expect(receipt?.metadata.operationResult.status).toBe("applied");
    expect(answer).not.toHaveProperty("branch");
    expect(chain.sandbox.pending()).toEqual([]);
  });

  it("takes all that Octez takes", async () => {
    const operation = chain.operation(ALICE, [TRANSFER]);
    const more = { ...(body(operation) as object), latency: 5, blocks_before_activation: 9 };
    const answer = (await http.post(`${BLOCK}/helpers/scripts/simulate_operation`, more)) as JsonObject;
    expect(answer["signature"]).toBe(printed(operation)["signature"]);
    expect((await http.send(`${BLOCK}/helpers/scripts/run_operation`, more)).status).toBe(400);
    const noChain = { operation: printed(operation) };
    expect((await http.send(`${BLOCK}/helpers/scripts/run_operation`, noChain)).status).toBe(400);
  });

  it("tells of failures in receipts", async () => {
    const tooMuch: Draft = { ...TRANSFER, amount: 10n ** 15n } as Draft;
    const operation = chain.operation(ALICE, [TRANSFER, tooMuch, TRANSFER]);
    const { contents } = (await http.post(`${BLOCK}/helpers/scripts/simulate_operation`, body(operation))) as {
      contents: Json[];
    };
    const statuses = contents.map((json) => contentReceiptFromJson(json).metadata.operationResult.status);
    expect(statuses).toEqual(["backtracked", "failed", "skipped"]);
    expect(JSON.stringify(contents[1])).toContain('"id":"proto.alpha.contract.balance_too_low"');
  });

  it("tells of operations that cannot be in a block by a 500", async () => {
    const fresh = freshAccount("poor");
    const operation = chain.operation(fresh, [TRANSFER]);
    const response = await http.send(`${BLOCK}/helpers/scripts/simulate_operation`, body(operation));
    expect(response.status).toBe(500);
    expect(idsIn(response)).toEqual(["implicit.empty_implicit_contract"]);
  });

  it("preapplies", async () => {
    const operation = chain.operation(ALICE, [TRANSFER]);
    const signed = { protocol: ALPHA, ...printed(operation) } as Json;
    const answers = await http.post(`${BLOCK}/helpers/preapply/operations`, [signed]);
    const [answer] = answers as [JsonObject];
    expect(answer["signature"]).toBe(printed(operation)["signature"]);
    expect((answer["contents"] as Json[]).map((json) => contentReceiptFromJson(json).content.kind)).toEqual([
      "transaction",
    ]);
    expect(await http.post(`${BLOCK}/helpers/preapply/operations`, [])).toEqual([]);
  });

  it("preapplies with all checks", async () => {
    const forged = chain.operation(ALICE, [TRANSFER], { signer: BOB });
    const response = await http.send(`${BLOCK}/helpers/preapply/operations`, [{ protocol: ALPHA, ...printed(forged) }]);
    expect([response.status, ...idsIn(response)]).toEqual([500, "operation.invalid_signature"]);
    const other = { protocol: encodeBase58Check("protocolHash", new Uint8Array(32)), ...printed(forged) };
    expect((await http.send(`${BLOCK}/helpers/preapply/operations`, [other])).status).toBe(400);
  });

  it("preapplies, simulates and runs on top of any block", async () => {
    const operation = chain.operation(CAROL, [TRANSFER]);
    const signed = [{ protocol: ALPHA, ...printed(operation) }];
    const path = (block: string): string => `/chains/main/blocks/${block}/helpers`;
    const before = chain.head.shell.level;
    chain.sandbox.bake({ operations: [encodeOperation(operation)] });
    // Its counter is used up on the head, and good before; what the block's operations did is not there before, either.
    const now = await http.send(`${path("head")}/preapply/operations`, signed);
    expect([now.status, ...idsIn(now)]).toEqual([500, "contract.counter_in_the_past"]);
    for (const block of ["head~1", String(before), encodeBase58Check("blockHash", operation.branch)]) {
      const [answer] = (await http.post(`${path(block)}/preapply/operations`, signed)) as [JsonObject];
      const [receipt] = (answer["contents"] as Json[]).map(contentReceiptFromJson);
      expect(receipt?.metadata.operationResult.status).toBe("applied");
      for (const name of ["simulate_operation", "run_operation"]) {
        const answer = await http.post(`${path(block)}/scripts/${name}`, body(operation));
        expect((answer as JsonObject)["contents"]).toHaveLength(1);
      }
    }
    for (const name of ["preapply/operations", "scripts/simulate_operation", "scripts/run_operation"]) {
      expect((await http.send(`${path("genesis")}/${name}`, signed)).status).toBe(404);
      expect((await http.send(`${path("head~9999")}/${name}`, signed)).status).toBe(404);
    }
  });
});

describe("injecting operations", () => {
  it("gives their hash, and lets them wait", async () => {
    const bytes = chain.forge(CAROL, [TRANSFER]);
    const hash = hashText(bytes);
    expect(await http.post("/injection/operation?chain=main", toHex(bytes))).toBe(hash);
    expect(await http.post("/injection/operation", toHex(bytes))).toBe(hash);
    const pending = await http.object("/chains/main/mempool/pending_operations?version=2");
    const none = { refused: [], outdated: [], branch_refused: [], branch_delayed: [], unprocessed: [] };
    expect(pending).toEqual({
      validated: [{ hash, ...printed(chain.sandbox.pending()[0]?.operation as Operation) }],
      ...none,
    });
    const listed = async (query: string) =>
      (await http.object(`/chains/main/mempool/pending_operations?${query}`))["validated"];
    expect(await listed(`source=${CAROL.address}`)).toHaveLength(1);
    expect(await listed(`source=${BOB.address}`)).toEqual([]);
    expect(await listed("validation_pass=3")).toHaveLength(1);
    expect(await listed("validation_pass=0")).toEqual([]);
    expect(await listed(`operation_hash=${hash}`)).toHaveLength(1);
    expect(await listed("validated=false")).toEqual([]);
    expect((await http.fetch("/chains/main/mempool/pending_operations?version=0")).status).toBe(400);
    chain.bake();
    expect(await listed("")).toEqual([]);
    expect(await http.get(`${BLOCK}/operation_hashes/3/0`)).toBe(hash);
  });

  it("words refusals as Octez does, and adds the errors", async () => {
    const bytes = chain.forge(DAVE, [{ ...TRANSFER, counter: 1000n } as Draft]);
    const response = await http.send("/injection/operation", toHex(bytes));
    expect([response.status, ...idsIn(response)]).toEqual([500, "failure", "contract.counter_in_the_future"]);
    const [{ msg }] = JSON.parse(response.text) as [{ msg: string }];
    expect(msg).toMatch(`Error while validating injected operation ${hashText(bytes)}:\nError:\n  contract.counter_in`);
  });

  it("refuses what is no operation", async () => {
    const response = await http.send("/injection/operation", "00");
    expect([response.status, ...idsIn(response)]).toEqual([500, "node.prevalidation.parse_error"]);
    expect((await http.send("/injection/operation", "zz")).status).toBe(400);
    expect((await http.send("/injection/operation", { data: "00" })).status).toBe(400);
    expect((await http.send("/injection/operation?chain=foo", "00")).status).toBe(400);
    expect((await http.send("/injection/operation?chain=test", "00")).status).toBe(404);
  });

  it("refuses an operation of another chain", async () => {
    const bytes = chain.forge(EVE, [TRANSFER], { branch: new Uint8Array(32).fill(3) as Operation["branch"] });
    const response = await http.send("/injection/operation", toHex(bytes));
    expect(idsIn(response)).toEqual(["failure"]);
    expect(response.text).toContain("is branched on either");
  });

  it("takes an operation that it has forged itself", async () => {
    const operation = chain.operation(EVE, [TRANSFER]);
    const hex = String(await http.post(`${BLOCK}/helpers/forge/signed_operations`, printed(operation)));
    expect(await http.post("/injection/operation", hex)).toBe(hashText(fromHex(hex)));
  });

  it("asks for fees", async () => {
    expect(await http.get("/chains/main/mempool/filter")).toMatchObject({ minimal_fees: "100" });
    expect(await http.get("/chains/main/mempool/filter?include_default=false")).toEqual({});
  });
});
