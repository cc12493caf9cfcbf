// What the node's RPC answers about blocks, states, outboxes, commitments, messages: values, and errors in Octez's words.
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import type { JsonObject } from "../../../src/encoding/json.js";
import { decodeOutputProof, verifyOutputProof } from "../../../src/protocol/output-proof.js";
import { wasmOutputReader } from "../../../src/protocol/wasm-output.js";
import { verifyStep } from "../../../src/pvm/step-proof.js";
import { describeShared } from "../../shared-data.js";
import { blockHashAt, NOW_MS, type NodeModel } from "./node-model.js";
import { ask, ECHO, get, grownNode, lines, post, type Served, serve } from "./setup.js";

const hashText = (level: number) => encodeBase58Check("blockHash", blockHashAt(level));

describeShared("answers", ECHO, () => {
  let node: NodeModel;
  let served: Served;

  beforeAll(async () => {
    node = await grownNode();
    served = await serve(node);
  }, 60_000);

  const about = (block: string, what: string) => get(served, `/global/block/${block}/${what}`);
  const errorOf = async (path: string) => {
    const { status, json } = await ask(served, path);
    return { status, error: (json as readonly JsonObject[])[0] };
  };

  describe("block ids", () => {
    it("are head, finalized, cemented, levels and hashes", async () => {
      const levels = await Promise.all(
        ["head", "finalized", "cemented", "7", "0x7", hashText(9)].map((id) => about(id, "level")),
      );
      expect(levels).toEqual([12, 10, 5, 7, 7, 9]);
      expect(await about("7", "hash")).toBe(hashText(7));
    });

    it("that layer 1 alone knows have a hash and a level", async () => {
      node.l1Ahead = 3;
      expect(await about("14", "hash")).toBe(hashText(14));
      expect(await about(hashText(14), "level")).toBe(14);
      const missing = await errorOf("/global/block/14/ticks");
      expect(missing.error).toEqual({
        kind: "temporary",
        id: "failure",
        msg: `Could not retrieve L2 block for ${hashText(14)}`,
      });
      node.l1Ahead = 0;
      expect((await errorOf("/global/block/14/hash")).error).toMatchObject({
        msg: "Cannot retrieve hash of level 14",
      });
    });

    it("below what is kept are refused", async () => {
      node.gc = { firstAvailableLevel: 5 };
      expect(await errorOf("/global/block/4")).toEqual({
        status: 500,
        error: {
          kind: "permanent",
          id: "sc_rollup.node.access_below_first_available_level",
          first_available_level: 5,
          accessed_level: 4,
        },
      });
      expect(await about("5", "level")).toBe(5);
      node.gc = { firstAvailableLevel: 2 };
    });

    it("that are none are a 400", async () => {
      for (const id of ["head~1", "B", "genesis", "99999999999"]) {
        const { status, text } = await ask(served, `/global/block/${id}/hash`);
        expect(status).toBe(400);
        const what = `the value "Cannot parse block id" is not acceptable for type "block_id"`;
        expect(text).toBe(`Failed to parsed an argument in path. After "global/block/${id}", ${what}`);
      }
    });
  });

  describe("blocks", () => {
    it("are printed whole, with their outbox on demand", async () => {
      const block = (await get(served, "/global/block/4?outbox=true")) as JsonObject;
      expect(Object.keys(block)).toEqual([
        "block_hash",
        "level",
        "predecessor",
        "commitment_hash",
        "previous_commitment_hash",
        "context",
        "inbox_witness",
        "inbox_hash",
        "inbox",
        "messages",
        "outbox",
        "initial_tick",
        "num_ticks",
        "state_hash",
        "pvm_status",
      ]);
      expect(block["commitment_hash"]).toBeNull();
      expect((block["messages"] as readonly string[]).map((hex) => hex.slice(0, 4))).toEqual([
        "0001",
        "0003",
        "0100",
        "016e",
        "0100",
        "0002",
      ]);
      expect(block["outbox"]).toEqual([
        {
          message_index: 0,
          transactions: [{ destination: expect.stringMatching(/^KT1/), parameters: { string: "37" } }],
        },
        { message_index: 2, transactions: [{ destination: expect.stringMatching(/^KT1/), entrypoint: "go" }] },
      ]);
      expect(await get(served, "/global/block/4")).not.toHaveProperty("outbox");
      expect(await get(served, "/global/block/5?outbox=no")).toMatchObject({
        commitment: { inbox_level: 5, number_of_ticks: expect.stringMatching(/^\d+$/) },
      });
    });

    it("have ticks, messages, states", async () => {
      const block = (await get(served, "/global/block/9")) as Record<string, string>;
      expect(await about("9", "ticks")).toBe(block["num_ticks"]);
      expect(await about("9", "total_ticks")).toBe(
        String(BigInt(block["initial_tick"] ?? "") + BigInt(block["num_ticks"] ?? "")),
      );
      expect(await about("9", "num_messages")).toBe("4");
      expect(await about("2", "num_messages")).toBe("0");
      expect(await about("9", "state_hash")).toBe(block["state_hash"]);
      expect(await about("9", "status")).toBe("Waiting for input message");
      expect(await about("9", "inbox")).toEqual(block["inbox"]);
      expect(await about("9", "state_current_level")).toBe(9);
      expect(await about("2", "state_current_level")).toBeNull();
    });

    it("have a tree to read values of", async () => {
      const tick = (await about("9", "state?key=wasm/current_tick")) as string;
      expect(fromHex(tick).length).toBeGreaterThan(0);
      expect((await errorOf("/global/block/9/state?key=no/such")).error).toMatchObject({
        msg: "No such key in PVM state",
      });
    });

    it("have durable storage", async () => {
      const at = (what: string, key: string) => about("head", `durable/wasm_2_0_0/${what}?key=${key}`);
      expect(await at("value", "/readonly/wasm_version")).toBe(toHex(new TextEncoder().encode("2.0.0-r6")));
      expect(await at("value", "/no/such")).toBeNull();
      expect(await at("length", "/readonly/wasm_version")).toBe("8");
      expect(await at("length", "/no/such")).toBeNull();
      expect(await at("subkeys", "/readonly/kernel")).toEqual(["boot.wasm", "env"]);
      expect(await at("values", "/readonly")).toEqual([
        { key: "wasm_version", value: toHex(new TextEncoder().encode("2.0.0-r6")) },
      ]);
      expect((await ask(served, "/global/block/head/durable/arith/value?key=/a")).status).toBe(404);
      expect((await errorOf("/global/block/head/durable/wasm_2_0_0/value?key=bad")).status).toBe(500);
    });

    it("without a kept state say so", async () => {
      const block = await node.head();
      const lost = { ...block, hash: blockHashAt(900), level: 900, stateHash: block.inboxHash as never };
      await node.store.write({ block: lost });
      const { error } = await errorOf(`/global/block/${hashText(900)}/state_current_level`);
      expect(error).toEqual({
        kind: "permanent",
        id: "internal.cannot_checkout_context",
        block: hashText(900),
        context: expect.stringMatching(/^SRCo/),
      });
    });
  });

  describe("outboxes", () => {
    it("list the messages that are ones", async () => {
      const outputs = await about("head", "outbox/4/messages");
      expect(outputs).toEqual([
        {
          outbox_level: 4,
          message_index: "0",
          message: {
            transactions: [{ parameters: { string: "37" }, destination: expect.stringMatching(/^KT1/) }],
            kind: "untyped",
          },
        },
        {
          outbox_level: 4,
          message_index: "2",
          message: {
            transactions: [
              { parameters: { prim: "Unit" }, destination: expect.stringMatching(/^KT1/), entrypoint: "go" },
            ],
            kind: "untyped",
          },
        },
      ]);
      expect(await about("head", "outbox?outbox_level=4")).toEqual(outputs);
      expect(await about("head", "outbox/6/messages")).toEqual([]);
      expect(await about("3", "outbox/3/messages")).toEqual([]);
      expect((await errorOf("/global/block/3/outbox/4/messages")).error).toMatchObject({
        msg: "Outbox level 4 is not known at level 3\n",
      });
      const missing = await ask(served, "/global/block/3/outbox");
      expect([missing.status, missing.text]).toEqual([
        400,
        "Failed to parse the query string: Query parameter outbox_level is required",
      ]);
    });

    it("are proved in the cemented state", async () => {
      const answer = (await about("head", "helpers/proofs/outbox/4/messages?index=1")) as Record<string, string>;
      const lcc = await node.store.block(blockHashAt(5));
      if (lcc === undefined) throw new Error("no block 5");
      expect(answer["commitment"]).toBe(encodeBase58Check("commitmentHash", node.lastCemented().hash));
      const bytes = fromHex(answer["proof"] ?? "");
      // The second message that is one stands at index 2.
      expect(decodeOutputProof(wasmOutputReader, bytes).output.messageIndex).toBe(2n);
      expect(verifyOutputProof(wasmOutputReader, bytes, lcc.stateHash).outboxLevel).toBe(4);
      expect((await errorOf("/global/block/head/helpers/proofs/outbox/9/messages?index=0")).error).toEqual({
        kind: "temporary",
        id: "sc_rollup.node.outbox_level_not_cemented",
        outbox_level: 9,
        lcc_level: 5,
      });
      expect((await errorOf("/global/block/head/helpers/proofs/outbox/4/messages?index=2")).error).toMatchObject({
        msg: "No message at index 2 in outbox at level 4 registered in cemented state",
      });
      expect((await ask(served, "/global/block/head/helpers/proofs/outbox/4/messages?index=-1")).status).toBe(400);
      expect((await ask(served, "/global/block/head/helpers/proofs/outbox/4/messages")).status).toBe(400);
    });

    it("tell what waits, and how", async () => {
      const all = (await get(served, "/local/outbox/pending")) as readonly Record<string, unknown>[];
      expect(all.map(({ outbox_level, status }) => [outbox_level, status])).toEqual([
        [4, "executable"],
        [5, "executable"],
        [9, "pending"],
      ]);
      // The bytes that are no message wait for ever, without content.
      expect(all[0]?.["messages"]).toEqual([
        { message_index: 0, message: expect.anything() },
        { message_index: 1 },
        { message_index: 2, message: expect.anything() },
      ]);
      await node.store.write({ executed: [{ level: 4, index: 0 }] });
      await node.store.write({ executed: [{ level: 5, index: 0 }] });
      const executable = (await get(served, "/local/outbox/pending/executable")) as readonly JsonObject[];
      expect(executable).toEqual([
        { outbox_level: 4, messages: [{ message_index: 1 }, { message_index: 2, message: expect.anything() }] },
      ]);
      expect(await get(served, "/local/outbox/pending/unexecutable")).toEqual([
        {
          outbox_level: 9,
          messages: [
            {
              message_index: 0,
              message: {
                transactions: [
                  { destination: expect.stringMatching(/^KT1/), entrypoint: "late", parameters: { int: "1" } },
                ],
              },
            },
          ],
        },
      ]);
      expect(await get(served, "/local/outbox/pending?outbox_level=6")).toEqual([]);
      expect(await get(served, "/local/outbox/pending/executable?outbox_level=9")).toEqual([]);
    });
  });

  describe("commitments", () => {
    it("are those stored, cemented, published", async () => {
      expect(await get(served, "/global/last_stored_commitment")).toMatchObject({ commitment: { inbox_level: 11 } });
      const lcc = (await get(served, "/global/last_cemented_commitment")) as Record<string, string>;
      expect(lcc).toMatchObject({ level: 5, commitment: { inbox_level: 5 } });
      expect(lcc["hash"]).toBe(lcc["commitment_hash"]);
      const lpc = (await get(served, "/local/last_published_commitment")) as Record<string, string>;
      expect(lpc).toMatchObject({
        commitment: { inbox_level: 8 },
        first_published_at_level: 10,
        published_at_level: 10,
      });
      expect(await get(served, `/local/commitments/${lpc["hash"]}`)).toEqual(lpc);
      const other = encodeBase58Check("commitmentHash", new Uint8Array(32).fill(7));
      expect(await get(served, `/local/commitments/${other}`)).toBeNull();
      expect((await ask(served, "/local/commitments/src1bad")).status).toBe(400);
    });

    it("cover blocks, sooner or later", async () => {
      expect(await about("4", "committed_status")).toMatchObject({
        cemented: {
          commitment_level: 5,
          first_published_level: 7,
          published_level: 7,
          blocks_since_cemented: 1,
        },
      });
      expect(await about("7", "committed_status")).toEqual({
        committed: {
          commitment_hash: expect.stringMatching(/^src1/),
          commitment_level: 8,
          first_published_level: 10,
          published_level: 10,
          estimated_cementation_time: timeAt(10 + 5),
        },
      });
      expect(await about("12", "committed_status")).toEqual({
        uncommitted: {
          commitment_level: 14,
          estimated_commitment_time: timeAt(14 + 2),
          estimated_cementation_time: timeAt(14 + 5),
        },
      });
    });

    /** When a level is expected, with the head at 12 and 6 seconds a block. */
    function timeAt(level: number): string {
      return new Date(NOW_MS + (level - 12) * 6000).toISOString().replace("Z", "-00:00");
    }
  });

  describe("simulation", () => {
    it("runs the next level on a state that is thrown away", async () => {
      const before = await about("12", "state_hash");
      const payload = `01${toHex((await import("./setup.js")).call({ int: "5" }))}`;
      const result = (await post(served, "/global/block/head/simulate", {
        messages: [payload],
        insight_requests: [
          { kind: "pvm_state", key: ["durable", "readonly", "wasm_version", "@", "contents", "length"] },
          { kind: "durable_storage", key: ["readonly", "wasm_version"] },
          { kind: "durable_storage", key: ["no", "such"] },
        ],
      })) as JsonObject;
      expect(result).toMatchObject({
        status: "Waiting for input message",
        inbox_level: 13,
        num_ticks: expect.stringMatching(/^[1-9]\d*$/),
        output: [{ outbox_level: 13, message_index: "0", message: { kind: "untyped" } }],
      });
      expect((result["insights"] as unknown[])[2]).toBeNull();
      expect(await about("12", "state_hash")).toBe(before);
    });

    it("comes to the state of the level itself, given its messages", async () => {
      const { messages } = (await get(served, "/global/block/9")) as { messages: readonly string[] };
      const users = messages.filter((hex) => hex.startsWith("01"));
      const result = (await post(served, "/global/block/8/simulate", { messages: users })) as JsonObject;
      expect(result["state_hash"]).toBe(await about("9", "state_hash"));
      expect(result).not.toHaveProperty("insights");
    });

    it("writes logs only where it should", async () => {
      const bad = { messages: [], log_kernel_debug_file: "../../etc/passwd" };
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify(bad);
      const reply = await ask(served, "/global/block/head/simulate", { method: "POST", body, headers });
      expect(reply.status).toBe(400);
      await post(served, "/global/block/head/simulate", { messages: [], log_kernel_debug_file: "a.log" });
      expect(node.logs).toEqual([]);
      node.logsSimulations = true;
      await post(served, "/global/block/head/simulate", { messages: [], log_kernel_debug_file: "a.log" });
      expect(node.logs.map(({ file }) => file)).toEqual(["a.log"]);
    });

    it("refuses what is no request", async () => {
      for (const body of ["", "{", "[]", '{"messages":["0"]}', '{"messages":["xx"]}', '{"messages":[],"more":1}']) {
        const headers = { "content-type": "application/json" };
        const reply = await ask(served, "/global/block/head/simulate", { method: "POST", body, headers });
        expect([body, reply.status]).toEqual([body, 400]);
        expect(reply.text).toMatch(/^Failed to parse the request body: /);
      }
    });
  });

  describe("proofs of ticks", () => {
    it("are found by phase, and verified by anybody", async () => {
      const answer = (await get(served, "/local/proof/9/phases")) as { num_ticks: string; phases: Phase[] };
      const ticks = answer.phases.reduce((sum, phase) => sum + BigInt(phase.ticks), 0n);
      expect(ticks).toBe(BigInt(answer.num_ticks));
      for (const { phase, first, last } of [...answer.phases.slice(0, 4), ...answer.phases.slice(-3)]) {
        for (const tick of new Set([first, last])) {
          const proof = (await get(served, `/local/proof/9/tick/${tick}`)) as ProofAnswer;
          expect(proof.phase).toBe(phase);
          const bytes = fromHex(proof.proof);
          expect(bytes.length).toBe(proof.size);
          const verified = verifyStep(bytes, inputOf(proof));
          expect(encodeBase58Check("stateHash", verified.before)).toBe(proof.start_hash);
          expect(encodeBase58Check("stateHash", verified.after)).toBe(proof.end_hash);
          const at = (n: bigint) => get(served, `/local/proof/9/hash/${n}`);
          expect(await at(BigInt(tick))).toMatchObject({ state_hash: proof.start_hash, phase });
          expect(await at(BigInt(tick) + 1n)).toMatchObject({ state_hash: proof.end_hash });
          const raw = await fetch(`${served.url}/local/proof/9/tick/${tick}`, {
            headers: { accept: "application/octet-stream" },
          });
          expect(toHex(new Uint8Array(await raw.arrayBuffer()))).toBe(proof.proof);
        }
      }
    }, 60_000);

    it("join up with the blocks", async () => {
      const ticks = await about("9", "ticks");
      expect(await get(served, "/local/proof/9/hash/0")).toMatchObject({ state_hash: await about("8", "state_hash") });
      expect(await get(served, `/local/proof/9/hash/${ticks}`)).toMatchObject({
        state_hash: await about("9", "state_hash"),
      });
    });

    it("beyond the level, or before the rollup, are refused", async () => {
      const ticks = (await about("9", "ticks")) as string;
      for (const path of [`9/tick/${ticks}`, `9/hash/${BigInt(ticks) + 1n}`, "2/phases", "99/phases"]) {
        const { status, json } = await ask(served, `/local/proof/${path}`);
        expect([path, status]).toEqual([path, 500]);
        expect(json).toEqual([{ kind: "temporary", id: "failure", msg: expect.any(String) }]);
      }
      expect((await ask(served, "/local/proof/9/tick/x")).status).toBe(400);
    });
  });

  describe("streams", () => {
    it("give blocks as they come, the present one first", async () => {
      const abort = new AbortController();
      const heads = lines(`${served.url}/global/monitor_blocks`, abort.signal);
      const first = (await heads.next()).value as JsonObject;
      expect(first).toMatchObject({ level: 12 });
      expect(first).not.toHaveProperty("messages");
      const next = await node.head();
      node.heads.tell({ ...next, level: 13 });
      expect((await heads.next()).value).toMatchObject({ level: 13 });
      const finals = lines(`${served.url}/global/monitor_finalized_blocks`, abort.signal);
      expect((await finals.next()).value).toMatchObject({ level: 10 });
      abort.abort();
      await heads.next().catch(() => undefined);
      await expect
        .poll(() => [served.server.openStreams, node.heads.all.size, node.finals.all.size])
        .toEqual([0, 0, 0]);
    });

    it("follow the synchronization to its end", async () => {
      node.syncState = { processedLevel: 12, l1HeadLevel: 16 };
      const steps = lines(`${served.url}/local/synchronized`, AbortSignal.timeout(5000));
      const step = (processed_level: number, percentage_done: number) => ({
        synchronizing: { processed_level, l1_head_level: 16, percentage_done },
      });
      expect((await steps.next()).value).toEqual(step(12, 0));
      node.progress.tell({ processedLevel: 13, l1HeadLevel: 16 });
      expect((await steps.next()).value).toEqual(step(13, 25));
      node.progress.tell({ processedLevel: 16, l1HeadLevel: 16 });
      expect((await steps.next()).value).toBe("synchronized");
      expect((await steps.next()).done).toBe(true);
      await expect.poll(() => node.progress.all.size).toBe(0);
      node.syncState = {};
      expect((await ask(served, "/local/synchronized")).json).toBe("synchronized");
    });
  });

  it("the root tells of the node", async () => {
    expect(await get(served, "/ping")).toEqual({});
    expect(await get(served, "/version")).toEqual({
      version: "Tickproof 0.1.0",
      store_version: "v5_sqlite",
      context_version: "0",
    });
    expect(await get(served, "/global/smart_rollup_address")).toBe(node.rollup);
    expect(await get(served, "/global/tezos_level")).toBe(12);
    expect(await get(served, "/global/tezos_head")).toBe(hashText(12));
    expect(await get(served, "/local/gc_info")).toEqual({ first_available_level: 2 });
    expect(await get(served, "/admin/cancel_gc")).toBe(false);
  });

  it("health is that of all parts", async () => {
    const timestamp = BigInt(NOW_MS / 1000) - 10n;
    const l1Head = { hash: blockHashAt(13), level: 13, timestamp };
    const health = async (facts: object) => {
      node.facts = { l1Head, ...facts };
      return (await get(served, "/health")) as { healthy: boolean; l1: JsonObject; active_workers: unknown };
    };
    const good = await health({});
    expect(good).toMatchObject({ healthy: true, degraded: false, l1: { connection: "connected", blocks_late: 1 } });
    expect(good.l1["last_seen_head"]).toEqual({ hash: hashText(13), level: 13, timestamp: "2026-11-24T11:59:50Z" });
    expect(good.active_workers).toEqual([
      ["publisher", "running"],
      ["injector (publish, refute, timeout)", "running"],
    ]);
    expect((await health({ l1Head: { ...l1Head, level: 14 } })).healthy).toBe(false);
    expect((await health({ l1Head: { ...l1Head, level: 15 }, followsFinalized: true })).healthy).toBe(true);
    expect((await health({ l1Head: { ...l1Head, timestamp: timestamp - 60n } })).healthy).toBe(false);
    expect((await health({ connection: "reconnecting" })).healthy).toBe(false);
    expect((await health({ degraded: true })).healthy).toBe(false);
    const crashed = await health({ workers: [{ name: "batcher", crashed: "Oops" }] });
    expect(crashed).toMatchObject({ healthy: false, active_workers: [["batcher", { crashed: "Oops" }]] });
    node.facts = {};
    expect(await get(served, "/health")).toMatchObject({ healthy: false, l1: { blocks_late: 0 } });
  });
});

interface Phase {
  readonly phase: string;
  readonly first: string;
  readonly last: string;
  readonly ticks: string;
}

interface ProofAnswer {
  readonly phase: string;
  readonly size: number;
  readonly proof: string;
  readonly start_hash: string;
  readonly end_hash: string;
  readonly request:
    | { readonly kind: "none" }
    | { readonly kind: "input"; readonly message: { level: number; counter: number; payload: string } }
    | { readonly kind: "reveal"; readonly data: string | null };
}

function inputOf({ request }: ProofAnswer) {
  switch (request.kind) {
    case "none":
      return null;
    case "input": {
      const { level, counter, payload } = request.message;
      return { tag: "message", info: { level, counter: BigInt(counter) }, payload: fromHex(payload) } as const;
    }
    case "reveal":
      return request.data === null ? null : ({ tag: "reveal", data: fromHex(request.data) } as const);
  }
}
