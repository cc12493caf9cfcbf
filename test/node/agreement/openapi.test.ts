// Every service that a running node describes in /openapi, asked of it, and the answers held against its own description and the
// reference's. The cases of each answer are in test/node/rpc/openapi.test.ts, with a model in the node's place.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { compiledProgram } from "../../compiled-program.js";
import { ALICE } from "../../l1/sandbox/chain.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { faults, type OpenApi, schemaOf } from "../rpc/schema-check.js";
import { get, lines } from "../rpc/setup.js";
import { Dice, KERNELS, openWorld, Player } from "./world.js";

const USHUAIA_FILE = "vectors/rpc/ushuaia-smart-rollup-node-openapi.json";
const SEED = Number(process.env["SEED"] ?? 20_261_124);
const MOST_LEVELS = 60;
/** Of parameters in the query; undefined: a level with an outbox. */
const VALUES: Readonly<Record<string, string | undefined>> = {
  key: "wasm/current_tick",
  index: "0",
  outbox_level: undefined,
};

/** What each answers with is one chunk after another. */
const STREAMS = new Set(["/global/monitor_blocks", "/global/monitor_finalized_blocks"]);
/** docs/rpc.md: the newer shape with the older one's fields; a field that the file has not. */
const LOOSE = new Set(["/global/last_cemented_commitment", "/config", "/describe"]);

describeShared("a running node", [USHUAIA_FILE, KERNELS.echo], () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-openapi-"));
  const reference = JSON.parse(readFileSync(sharedPath(USHUAIA_FILE), "utf8")) as OpenApi;
  let node: Player;
  let own: OpenApi;
  let outboxLevel = 0;
  const names = new Map<string, string>();

  beforeAll(async () => {
    const world = await openWorld(compiledProgram(), "echo");
    const { chain, rollup } = world;
    node = new Player(world, ALICE, join(folder, "data"));
    afterAll(async () => {
      await node.stop();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    });
    node.start();
    const dice = new Dice(SEED);
    const cemented = (): number => chain.sandbox.context(chain.head).rollup(rollup.address).lastCemented().level;
    for (let i = 0; i < MOST_LEVELS && cemented() < rollup.originationLevel + 6; i++) {
      world.send(dice);
      chain.bake();
      await node.caughtUp();
    }
    own = (await get(node, "/openapi")) as unknown as OpenApi;
    for (let level = rollup.originationLevel + 1; level <= cemented() && outboxLevel === 0; level++) {
      const messages = (await get(node, `/global/block/${level}/outbox/${level}/messages`)) as readonly unknown[];
      if (messages.length > 0) outboxLevel = level;
    }
    const { commitment_hash: commitment } = (await get(node, `/global/block/${cemented()}`)) as Record<string, string>;
    names.set("block_id", "head").set("level", String(outboxLevel)).set("tick", "1000");
    names.set("commitment_hash", commitment ?? "");
    names.set("injector_operation_hash", encodeBase58Check("injectorOperationHash", new Uint8Array(32)));
  }, 300_000);

  /** Holds an answer against both descriptions. */
  function hold(method: string, path: string, json: unknown): void {
    for (const [api, loose] of [
      [own, false],
      [reference, LOOSE.has(path)],
    ] as const) {
      const described = api.paths[path]?.[method];
      if (described === undefined) continue;
      expect([path, faults(api, schemaOf(described.responses[200]), json, loose)]).toEqual([path, []]);
    }
  }

  it("answers all that it describes", { timeout: 120_000 }, async () => {
    expect(outboxLevel).toBeGreaterThan(0);
    const headers = { "content-type": "application/json" };
    const sent = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${node.url}${path}`, init);
      expect([path, response.status]).toEqual([path, 200]);
      return response.json();
    };
    const posts: Readonly<Record<string, unknown>> = {
      "/local/batcher/injection": ["00ff"],
      "/global/block/{block_id}/simulate": { messages: ["0100"], insight_requests: [] },
    };
    const order = ["post", "get", "delete"];
    const all = Object.entries(own.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method })),
    );
    all.sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
    for (const { path, method } of all) {
      // Asked for, though the descriptions call them optional.
      const asked = (own.paths[path]?.[method]?.parameters ?? []).filter((one) => Object.hasOwn(VALUES, one.name));
      const query = new URLSearchParams();
      for (const { name } of asked) query.set(name, VALUES[name] ?? String(outboxLevel));
      if (path.includes("/durable/")) query.set("key", "/readonly");
      if (path.endsWith("/durable/wasm_2_0_0/value")) query.set("key", "/kernel/boot.wasm");
      const at = `${path.replace(/\{(\w+)\}/g, (_all, name: string) => names.get(name) ?? "")}?${query}`;
      if (STREAMS.has(path)) {
        const values = lines(`${node.url}${at}`, AbortSignal.timeout(20_000));
        hold(method, path, (await values.next()).value);
        await values.return(undefined);
        continue;
      }
      const json = await sent(method.toUpperCase(), at, posts[path]);
      if (path === "/local/batcher/injection") names.set("l2_message_id", (json as readonly string[])[0] ?? "");
      hold(method, path, json);
    }
    console.log(`${all.length} services of a running node asked`);
    expect(all.length).toBeGreaterThan(50);
  });
});
