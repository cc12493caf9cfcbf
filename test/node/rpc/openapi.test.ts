// The description against the reference's (shared vectors, OpenAPI of Ushuaia and of the development protocol), and every answer against both.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { pathTemplate } from "../../../src/node/rpc/http/directory.js";
import { openApi } from "../../../src/node/rpc/openapi.js";
import { ALL_SERVICES } from "../../../src/node/rpc/services/all-services.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { fullConfiguration } from "./configuration.js";
import { blockHashAt, type NodeModel, USHUAIA } from "./node-model.js";
import { faults, type JsonSchema, type OpenApi, type OpenApiOperation, resolve, schemaOf } from "./schema-check.js";
import { ask, call, ECHO, get, grownNode, lines, post, type Served, serve } from "./setup.js";

const USHUAIA_FILE = "vectors/rpc/ushuaia-smart-rollup-node-openapi.json";
const ALPHA_FILE = "vectors/rpc/alpha-smart-rollup-node-openapi.json";

/** What docs/rpc.md lists as not served. */
const NOT_SERVED = [
  "/local/dal/batcher/injection",
  "/local/dal/injected/operations/statuses",
  "/local/dal/injection/{injector_operation_hash}/forget",
  "/local/dal/slot/indices",
];

/** What Octez does not have. */
const OURS = ["/local/proof/{level}/hash/{tick}", "/local/proof/{level}/phases", "/local/proof/{level}/tick/{tick}"];

/** Answers that are more than, or otherwise than, the reference's file says: see docs/rpc.md. */
const OTHERWISE = new Set([
  "get /global/last_cemented_commitment", // the newer shape, with the older one's fields
  "get /describe", // printed as the reference does; its schema is the reference's in short
  "get /config", // "opentelemetry" is kept as it is
]);

const own = openApi(USHUAIA, "test") as unknown as OpenApi;

function read(file: string): OpenApi {
  return JSON.parse(readFileSync(sharedPath(file), "utf8"));
}

function operations(api: OpenApi): readonly (readonly [string, OpenApiOperation])[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
}

/** A schema without titles and descriptions, and with what its references stand for; recursive ones stay. */
function bare(api: OpenApi, given: JsonSchema, seen: readonly string[] = []): unknown {
  const name = given.$ref?.replace("#/components/schemas/", "");
  if (name !== undefined && seen.includes(name)) return "recursive";
  const schema = resolve(api, given);
  const inside = name === undefined ? seen : [...seen, name];
  const { oneOf } = schema;
  // What is wrapped only to be given a title is itself.
  if (oneOf?.length === 1 && schema.nullable !== true) return bare(api, oneOf[0] ?? {}, inside);
  const names =
    schema.enum === undefined ? {} : { enum: isPrimitives(schema) ? "primitives" : [...schema.enum].sort() };
  const plain = { ...schema, ...names } as Record<string, unknown>;
  // Streams are described with "additionalProperties": {}, which says nothing.
  for (const field of ["title", "description", "$ref", "additionalProperties"]) delete plain[field];
  if (isPrimitives(schema)) return { type: "string" };
  if (schema.required !== undefined) plain["required"] = [...schema.required].sort();
  if (schema.items !== undefined) plain["items"] = bare(api, schema.items, inside);
  if (oneOf !== undefined) plain["oneOf"] = oneOf.map((one) => bare(api, one, inside));
  if (schema.properties !== undefined) {
    plain["properties"] = Object.fromEntries(
      Object.entries(schema.properties).map(([field, one]) => [field, bare(api, one, inside)]),
    );
  }
  return plain;
}

/** The names of Michelson's primitives, which differ by protocol: here, any text. */
function isPrimitives(schema: JsonSchema): boolean {
  return (schema.enum?.length ?? 0) > 100;
}

const parametersOf = ({ parameters = [] }: OpenApiOperation) =>
  parameters.map(({ name, in: place, required }) => `${place} ${name} ${required}`).sort();

for (const file of [USHUAIA_FILE, ALPHA_FILE]) {
  describeShared(`the description, beside ${file}`, file, () => {
    const reference = new Map(operations(read(file)));
    const ours = operations(own).filter(([name]) => !OURS.some((path) => name.endsWith(path)));

    it("has its paths and methods, but for those not served", () => {
      const missing = [...reference.keys()].filter((name) => !ours.some(([known]) => known === name));
      expect(missing.map((name) => name.replace(/^\w+ /, "")).sort()).toEqual(NOT_SERVED);
      const more = ours.map(([name]) => name).filter((name) => !reference.has(name));
      expect(more).toEqual(file === ALPHA_FILE ? ["get /global/last_cemented_commitment"] : []);
    });

    it("has its parameters and its schemas", () => {
      const api = read(file);
      for (const [name, operation] of ours) {
        const theirs = reference.get(name);
        if (theirs === undefined) continue;
        expect([name, parametersOf(operation)]).toEqual([name, parametersOf(theirs)]);
        if (OTHERWISE.has(name)) continue;
        const answers = [bare(own, schemaOf(operation.responses[200])), bare(api, schemaOf(theirs.responses[200]))];
        expect([name, answers[0]]).toEqual([name, answers[1]]);
        const { requestBody: ourBody } = operation;
        const { requestBody: theirBody } = theirs;
        expect(ourBody === undefined).toBe(theirBody === undefined);
        if (ourBody !== undefined && theirBody !== undefined) {
          expect(bare(own, schemaOf(ourBody))).toEqual(bare(api, schemaOf(theirBody)));
        }
      }
    });
  });
}

describeShared("every answer", [USHUAIA_FILE, ECHO], () => {
  const reference = read(USHUAIA_FILE);
  let node: NodeModel;
  let served: Served;
  /** The services that were asked. */
  const asked = new Set<string>();

  beforeAll(async () => {
    node = await grownNode();
    node.configuration = fullConfiguration(node.rollup);
    served = await serve(node);
  }, 60_000);

  /** Holds an answer of a service against both descriptions. */
  function hold(name: string, json: unknown): void {
    asked.add(name);
    const [method = "", path = ""] = name.split(" ");
    const described = own.paths[path]?.[method];
    if (described === undefined) throw new Error(`${name} is not described`);
    expect([name, faults(own, schemaOf(described.responses[200]), json)]).toEqual([name, []]);
    const theirs = reference.paths[path]?.[method];
    if (theirs === undefined) return;
    const loose = name === "get /global/last_cemented_commitment";
    expect([name, faults(reference, schemaOf(theirs.responses[200]), json, loose)]).toEqual([name, []]);
  }

  it("about a block is of its schema", async () => {
    const hash = encodeBase58Check("blockHash", blockHashAt(9));
    for (const id of ["head", "finalized", "cemented", "4", hash, "2"]) {
      const block = "/global/block/{block_id}";
      for (const what of [
        "",
        "/hash",
        "/level",
        "/inbox",
        "/ticks",
        "/total_ticks",
        "/num_messages",
        "/state_hash",
        "/state_current_level",
        "/status",
        "/committed_status",
      ]) {
        hold(`get ${block}${what}`, await get(served, `/global/block/${id}${what}`));
      }
      hold(`get ${block}`, await get(served, `/global/block/${id}?outbox=true`));
      const durable = `${block}/durable/wasm_2_0_0`;
      for (const key of ["/readonly", "/readonly/wasm_version", "/readonly/kernel", "/none"]) {
        for (const what of ["value", "length", "subkeys", "values"]) {
          hold(`get ${durable}/${what}`, await get(served, `${durable.replace("{block_id}", id)}/${what}?key=${key}`));
        }
      }
    }
    hold("get /global/block/{block_id}/state", await get(served, "/global/block/9/state?key=wasm/current_tick"));
    const outbox = await get(served, "/global/block/9/outbox?outbox_level=4");
    hold("get /global/block/{block_id}/outbox", outbox);
    hold(
      "get /global/block/{block_id}/outbox/{level}/messages",
      await get(served, "/global/block/9/outbox/4/messages"),
    );
    hold(
      "get /global/block/{block_id}/helpers/proofs/outbox/{level}/messages",
      await get(served, "/global/block/9/helpers/proofs/outbox/4/messages?index=0"),
    );
  });

  it("to a simulation is of its schema", async () => {
    const request = {
      messages: [`01${toHex(call({ bytes: "00" }, "x"))}`],
      reveal_pages: ["00ff"],
      insight_requests: [
        { kind: "pvm_state", key: ["none"] },
        { kind: "durable_storage", key: ["readonly", "wasm_version"] },
      ],
    };
    const path = "/global/block/{block_id}/simulate";
    const { requestBody } = reference.paths[path]?.["post"] ?? {};
    if (requestBody === undefined) throw new Error("a simulation has a body");
    expect(faults(reference, schemaOf(requestBody), request)).toEqual([]);
    hold(`post ${path}`, await post(served, "/global/block/9/simulate", request));
  });

  it("about the node is of its schema", async () => {
    for (const path of [
      "/ping",
      "/health",
      "/version",
      "/config",
      "/stats/ocaml_gc",
      "/stats/memory",
      "/openapi",
      "/global/smart_rollup_address",
      "/global/tezos_head",
      "/global/tezos_level",
      "/global/last_stored_commitment",
      "/global/last_cemented_commitment",
      "/local/last_published_commitment",
      "/local/outbox/pending",
      "/local/outbox/pending/executable",
      "/local/outbox/pending/unexecutable",
      "/local/gc_info",
      "/local/batcher/queue",
      "/admin/injector/queues",
      "/admin/injector/queues/total",
      "/admin/cancel_gc",
      "/local/synchronized",
    ]) {
      hold(`get ${path}`, await get(served, path));
    }
    node.gc = { firstAvailableLevel: 2, lastGcLevel: 9, lastContextSplitLevel: 8, lastSuccessfulGcTarget: 2 };
    hold("get /local/gc_info", await get(served, "/local/gc_info"));
    node.facts = {
      l1Head: { hash: blockHashAt(12), level: 12, timestamp: 0n },
      workers: [{ name: "batcher", crashed: "Oops" }],
    };
    hold("get /health", await get(served, "/health"));
    const { hash } = node.lastCemented();
    const commitment = await get(served, `/local/commitments/${encodeBase58Check("commitmentHash", hash)}`);
    hold("get /local/commitments/{commitment_hash}", commitment);
    for (const path of ["/describe?recurse=yes", "/describe", "/describe/global/block/head/hash?recurse"]) {
      hold("get /describe", await get(served, path));
    }
  });

  it("of a stream is of its schema", async () => {
    for (const what of ["monitor_blocks", "monitor_finalized_blocks"]) {
      const values = lines(`${served.url}/global/${what}`, AbortSignal.timeout(5000));
      hold(`get /global/${what}`, (await values.next()).value);
      await values.return(undefined);
    }
    node.syncState = { processedLevel: 3, l1HeadLevel: 9 };
    const values = lines(`${served.url}/local/synchronized`, AbortSignal.timeout(5000));
    hold("get /local/synchronized", (await values.next()).value);
    await values.return(undefined);
    node.syncState = {};
  });

  it("about messages and operations is of its schema", async () => {
    const ids = (await post(served, "/local/batcher/injection?order=3", ["00", "0102", ""])) as readonly string[];
    hold("post /local/batcher/injection", ids);
    hold("get /local/batcher/queue", await get(served, "/local/batcher/queue"));
    const message = "get /local/batcher/queue/{l2_message_id}";
    const operation = "get /local/injector/operation/{injector_operation_hash}/status";
    const statusOf = async () => {
      hold(message, await get(served, `/local/batcher/queue/${ids[0]}`));
      const [id] = node.injectors.statuses.keys();
      if (id !== undefined) hold(operation, await get(served, `/local/injector/operation/${id}/status`));
    };
    await statusOf();
    await node.batcher?.onHead();
    await statusOf();
    const [[id, pending] = []] = node.injectors.statuses;
    if (id === undefined || pending === undefined) throw new Error("nothing was injected");
    const inPool = { operation: pending.operation, hash: encodeBase58Check("operationHash", blockHashAt(1)), index: 0 };
    node.injectors.statuses.set(id, { status: "injected", ...inPool });
    await statusOf();
    const block = encodeBase58Check("blockHash", blockHashAt(7));
    for (const level of [12, 7]) {
      node.injectors.statuses.set(id, { status: "included", ...inPool, block, level });
      await statusOf();
    }
    const unknown = encodeBase58Check("injectorOperationHash", new Uint8Array(32));
    hold(operation, await get(served, `/local/injector/operation/${unknown}/status`));
    node.injectors.queued = [
      {
        tags: ["add_messages"],
        operations: [
          { operation: pending.operation, errors: 2, lastError: [{ kind: "temporary", id: "failure", msg: "no" }] },
          { operation: pending.operation, errors: 0 },
        ],
      },
    ];
    hold("get /admin/injector/queues", await get(served, "/admin/injector/queues?tag=add_messages"));
    hold("get /admin/injector/queues/total", await get(served, "/admin/injector/queues/total"));
    const deleted = async (path: string) => (await ask(served, path, { method: "DELETE" })).json;
    hold("delete /admin/injector/queues", await deleted("/admin/injector/queues?order_below=4"));
    hold("delete /admin/batcher/queue", await deleted("/admin/batcher/queue"));
  });

  it("about proofs is of its schema", async () => {
    hold("get /local/proof/{level}/phases", await get(served, "/local/proof/4/phases"));
    hold("get /local/proof/{level}/hash/{tick}", await get(served, "/local/proof/4/hash/10"));
    for (const tick of [0, 1, 100]) {
      hold("get /local/proof/{level}/tick/{tick}", await get(served, `/local/proof/4/tick/${tick}`));
    }
  });

  it("was asked for", () => {
    const all = ALL_SERVICES.map(({ method, path }) => `${method.toLowerCase()} ${pathTemplate(path)}`);
    expect([...asked].sort()).toEqual(all.sort());
  });

  it("of /openapi is the document, for the protocol asked", async () => {
    const answer = (await get(served, `/openapi?protocol=${USHUAIA}`)) as unknown as { paths: unknown; info: unknown };
    expect(answer.paths).toEqual(JSON.parse(JSON.stringify(own.paths)));
    expect(answer.info).toMatchObject({ description: `Smart Rollup Node RPC API for protocol ${USHUAIA}` });
    const other = encodeBase58Check("protocolHash", new Uint8Array(32));
    expect((await ask(served, `/openapi?protocol=${other}`)).json).toEqual([
      { kind: "temporary", id: "failure", msg: `Unknown protocol ${other}` },
    ]);
  });
});

describe("the document", () => {
  it("holds every schema that it refers to", () => {
    const text = JSON.stringify(own);
    const names = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)/g)].map(([, name]) => name));
    expect([...names].sort()).toEqual(Object.keys(own.components.schemas).sort());
  });
});
