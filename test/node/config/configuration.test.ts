import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonError } from "../../../src/encoding/json.js";
import { rational } from "../../../src/l1/client/fees.js";
import { parseAclAddress, parseAclRule, printAclAddress, printAclRule } from "../../../src/node/config/acl.js";
import {
  type Configuration,
  ConfigurationError,
  DEFAULT_FEE_PARAMETERS,
  DEFAULTS,
  feeParameterOf,
} from "../../../src/node/config/configuration.js";
import {
  CONFIGURATION_FIELDS,
  configurationFromJson,
  configurationToJson,
  fullConfigurationToJson,
  parseConfiguration,
} from "../../../src/node/config/configuration-json.js";
import { unservedFields } from "../../../src/node/config/unserved.js";
import { rollupAddressForm } from "../../../src/protocol/identifiers.js";

const ROLLUP = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57";
const KEY = "tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx";
const OTHER = "tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN";

const minimal = { "smart-rollup-address": ROLLUP, mode: "observer" };

function read(fields: object): Configuration {
  return configurationFromJson({ ...minimal, ...fields });
}

/** What is wrong with the fields, with its place. */
function fault(fields: object): string {
  try {
    read(fields);
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
  throw new Error("read");
}

/** Every field, with a value that is not its default. */
const everything = {
  "smart-rollup-address": ROLLUP,
  etherlink: true,
  "boot-sector": "/tmp/kernel",
  "smart-rollup-node-operator": { operating: KEY, batching: [KEY, OTHER], cementing: OTHER, executing_outbox: KEY },
  "rpc-addr": "0.0.0.0",
  "rpc-port": 1234,
  acl: [
    { address: "[::1]:8932", whitelist: ["GET/global/**", "/version"] },
    { address: "localhost", blacklist: [] },
  ],
  "metrics-addr": ":9933",
  "performance-metrics": false,
  reconnection_delay: 1.5,
  "fee-parameters": {
    publish: { "fee-cap": "7", "minimal-nanotez-per-byte": ["3", "2"], "force-low-fee": true },
    refute: {},
  },
  mode: { custom: ["publish", "cement"] },
  "loser-mode": [{ level: 5, message_index: 7, message_tick: "11000000001" }],
  "apply-unsafe-patches": true,
  "unsafe-pvm-patches": [
    { increase_max_nb_tick: "50000000000000" },
    { patch_durable_storage: { key: "/a/b", value: "00ff" } },
  ],
  "execute-outbox-messages-filter": [
    { transaction: { destination: "any", entrypoint: "any" } },
    { transaction: { destination: ["KT1..."], entrypoint: ["default"] } },
  ],
  "DAL node endpoint": "http://localhost:10732",
  "pre-images-endpoint": "http://localhost:8000/pre",
  batcher: { min_batch_elements: 1, min_batch_size: 2, max_batch_elements: 3, max_batch_size: 4 },
  injector: { retention_period: 1, attempts: 2, injection_ttl: 3, max_batch_length: 4 },
  l1_blocks_cache_size: 32,
  l2_blocks_cache_size: 16,
  prefetch_blocks: 8,
  l1_monitor_finalized: true,
  l1_rpc_timeout: 30.5,
  loop_retry_delay: 1,
  index_buffer_size: 100,
  irmin_cache_size: 200,
  "log-kernel-debug": true,
  "log-kernel-debug-file": "/tmp/kernel.log",
  "unsafe-disable-wasm-kernel-checks": true,
  "no-degraded": true,
  "slow-vm-fallback": true,
  "gc-parameters": { frequency: 10, context_splitting_period: 20 },
  "history-mode": "archive",
  cors: { allowed_headers: ["content-type"], allowed_origins: ["*"] },
  "bail-on-disagree": true,
  "commit-on": "commitment",
  opentelemetry: { enable: true, instance_id: "node", gc_telemetry: { enable: true } },
  dal_slot_status_max_fetch_attempts: 3,
  tickproof_checkpoints: 17,
} as const;

describe("config.json", () => {
  it("needs an address and a mode only", () => {
    const configuration = read({});
    expect(configuration).toEqual({
      ...DEFAULTS,
      feeParameters: DEFAULT_FEE_PARAMETERS,
      rollup: ROLLUP,
      mode: "observer",
      etherlink: false,
    });
    expect(configurationToJson(configuration)).toEqual({ ...minimal, etherlink: false });
    expect(() => configurationFromJson({ mode: "observer" })).toThrow('missing field "smart-rollup-address"');
    expect(() => configurationFromJson({ "smart-rollup-address": ROLLUP })).toThrow('missing field "mode"');
  });

  it("keeps every field", () => {
    expect(Object.keys(everything)).toEqual(CONFIGURATION_FIELDS);
    const configuration = configurationFromJson(everything);
    const written = configurationToJson(configuration);
    expect(written).toEqual(everything);
    expect(Object.keys(written as object)).toEqual(Object.keys(everything));
    expect(configurationFromJson(written)).toEqual(configuration);
  });

  it("bounds the states that threads keep, which Octez knows nothing of", () => {
    expect(read({ tickproof_checkpoints: 1 }).checkpoints).toBe(1);
    for (const wrong of [0, -1, 1.5, 65_537, "8", null]) {
      expect(() => read({ tickproof_checkpoints: wrong })).toThrow(/tickproof_checkpoints/);
    }
    expect(CONFIGURATION_FIELDS.filter((name) => name.startsWith("tickproof"))).toEqual(["tickproof_checkpoints"]);
  });

  it("writes what has a value when asked for all", () => {
    const full = fullConfigurationToJson(read({})) as Record<string, unknown>;
    const absent = CONFIGURATION_FIELDS.filter((name) => !Object.hasOwn(full, name));
    expect(absent).toEqual([
      "boot-sector",
      "metrics-addr",
      "DAL node endpoint",
      "pre-images-endpoint",
      "prefetch_blocks",
      "index_buffer_size",
      "irmin_cache_size",
      "log-kernel-debug-file",
      "history-mode",
      "tickproof_checkpoints",
    ]);
    expect(full["batcher"]).toEqual({});
    expect(full["fee-parameters"]).toEqual(
      Object.fromEntries(Object.keys(DEFAULT_FEE_PARAMETERS).map((kind) => [kind, {}])),
    );
    expect(full["cors"]).toEqual({ allowed_headers: [], allowed_origins: [] });
  });

  it("knows Etherlink by its address", () => {
    const etherlink = "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf";
    expect(read({ "smart-rollup-address": etherlink }).etherlink).toBe(true);
    expect(read({ "smart-rollup-address": etherlink, etherlink: false }).etherlink).toBe(false);
    expect(rollupAddressForm.fromJson(etherlink)).toBe(etherlink);
  });

  it("reads operators by their former names", () => {
    expect(
      read({ "smart-rollup-node-operator": { publish: KEY, add_messages: OTHER, cement: OTHER } }).operators,
    ).toEqual({
      operating: KEY,
      batching: [OTHER],
      cementing: OTHER,
    });
    const written = configurationToJson(read({ "smart-rollup-node-operator": { batching: KEY } }));
    expect(written).toMatchObject({ "smart-rollup-node-operator": { batching: [KEY] } });
  });

  it("says which field is wrong", () => {
    expect(fault({ "rpc-prot": 1 })).toContain('unexpected field "rpc-prot"');
    expect(fault({ "rpc-port": 65536 })).toMatch(/65536 is not within \[0, 65535\] at rpc-port$/);
    expect(fault({ mode: "operators" })).toMatch(/no mode has this name at mode$/);
    expect(fault({ mode: { custom: ["publishes"] } })).toMatch(/one of "publish", .* expected at mode.custom\[0\]$/);
    expect(fault({ "smart-rollup-address": "sr1nope" })).toMatch(/at smart-rollup-address$/);
    expect(fault({ "smart-rollup-node-operator": { operating: "tz1nope" } })).toMatch(
      /at smart-rollup-node-operator.operating$/,
    );
    expect(fault({ "smart-rollup-node-operator": { operating: [KEY, OTHER] } })).toContain("only one key");
    expect(fault({ "smart-rollup-node-operator": { baking: KEY } })).toContain('no purpose is called "baking"');
    expect(fault({ acl: [{ address: "a:99999", whitelist: [] }] })).toMatch(/not in range .* at acl\[0\].address$/);
    expect(fault({ acl: [{ address: "a", whitelist: ["GET /**/x"] }] })).toMatch(
      /suffix position at acl\[0\].whitelist/,
    );
    expect(fault({ "loser-mode": [{ level: 1, message_index: 0, message_tick: 3 }] })).toMatch(
      /at loser-mode\[0\].message_tick$/,
    );
    expect(fault({ reconnection_delay: "2" })).toMatch(/a number expected, got a string at reconnection_delay$/);
    expect(fault({ prefetch_blocks: 65 })).toMatch(/less than the cache size: 64 at prefetch_blocks$/);
    expect(fault({ "fee-parameters": { publish: { "fee-cap": "-1" } } })).toMatch(
      /cannot be negative at fee-parameters.publish.fee-cap$/,
    );
  });

  it("checks sizes as Octez does", () => {
    expect(fault({ batcher: { min_batch_size: 0 } })).toContain("min_batch_size must be positive");
    expect(fault({ batcher: { max_batch_size: 9 } })).toContain("max_batch_size must be greater than min_batch_size");
    expect(fault({ batcher: { min_batch_elements: 11, max_batch_elements: 10 } })).toContain(
      "max_batch_elements must be greater than min_batch_elements",
    );
    expect(fault({ injector: { retention_period: 40961 } })).toContain(
      "injector.retention_period should be smaller than 40960",
    );
    expect(read({ injector: { retention_period: 40960 } }).injector.retentionPeriod).toBe(40960);
    expect(fault({ injector: { injection_ttl: 0 } })).toContain("injector.injection_ttl should be at least 1");
    expect(read({ injector: { max_batch_length: null } }).injector).toEqual(DEFAULTS.injector);
  });

  it("reads text, and refuses what follows it", () => {
    const text = JSON.stringify(minimal);
    expect(parseConfiguration(text, "c.json").mode).toBe("observer");
    const codeOf = (broken: string): unknown => {
      try {
        parseConfiguration(broken, "c.json");
      } catch (error) {
        if (error instanceof ConfigurationError) return { code: error.code, message: error.message };
      }
      return undefined;
    };
    expect(codeOf(`${text} {}`)).toMatchObject({ code: "node.configuration.not_json" });
    expect(codeOf(text.slice(0, -1))).toMatchObject({ code: "node.configuration.not_json" });
    expect(codeOf('{"mode":"observer","rpc-port":true}')).toMatchObject({ code: "node.configuration.bad_field" });
    expect(codeOf('{"mode":3}')).toEqual({
      code: "node.configuration.bad_field",
      message: 'Invalid configuration file "c.json": missing field "smart-rollup-address".',
    });
  });

  it("never does worse than a JsonError", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONFIGURATION_FIELDS), fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        try {
          const configuration = configurationFromJson({ ...minimal, [name]: value });
          expect(configurationFromJson(configurationToJson(configuration))).toEqual(configuration);
          expect(configurationFromJson(fullConfigurationToJson(configuration))).toEqual(configuration);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

describe("fees", () => {
  it("have caps by kind", () => {
    const configuration = read({ "fee-parameters": { publish: { "burn-cap": "5" } } });
    expect(feeParameterOf(configuration, "publish")).toMatchObject({ feeCap: 2_000_000n, burnCap: 5n });
    expect(feeParameterOf(configuration, "refute")).toEqual({
      minimalFees: 100n,
      nanotezPerByte: rational(1000n),
      nanotezPerGasUnit: rational(100n),
      forceLowFee: false,
      feeCap: 5_000_000n,
      burnCap: 1_000_000n,
    });
  });
});

describe("access control", () => {
  it("reads rules as Octez does", () => {
    expect(parseAclRule("GET /global/block/*")).toEqual({
      method: "GET",
      path: ["global", "block", null],
      anySuffix: false,
    });
    expect(parseAclRule("/admin/**")).toEqual({ path: ["admin"], anySuffix: true });
    expect(parseAclRule("/a%20b//c/")).toEqual({ path: ["a b", "c"], anySuffix: false });
    for (const wrong of ["", "get /x", "GETx/y", "x", "GET", "/a?b", "/a/%zz", "/**/b"]) {
      expect(() => parseAclRule(wrong), wrong).toThrow(RangeError);
    }
    for (const rule of ["GET/global/block/*", "/admin/**", "/", "//**", "DELETE/a%20b/%2A"]) {
      expect(printAclRule(parseAclRule(rule))).toBe(rule);
    }
  });

  it("reads addresses", () => {
    expect(parseAclAddress("127.0.0.1:80")).toEqual({ host: "127.0.0.1", port: 80 });
    expect(parseAclAddress("[::1]")).toEqual({ host: "::1" });
    for (const text of ["localhost", "[fe80::1]:1", "a.b-c:0"])
      expect(printAclAddress(parseAclAddress(text))).toBe(text);
    for (const wrong of ["a:b", "::1", "a:70000", "a b"])
      expect(() => parseAclAddress(wrong), wrong).toThrow(RangeError);
  });
});

describe("fields without effect", () => {
  it("are named", () => {
    expect(unservedFields(read({}))).toEqual([]);
    expect(unservedFields(configurationFromJson(everything)).map(({ field }) => field)).toEqual([
      "DAL node endpoint",
      "index_buffer_size",
      "irmin_cache_size",
      "slow-vm-fallback",
      "gc-parameters",
      "commit-on",
      "opentelemetry",
      "etherlink",
    ]);
  });
});
