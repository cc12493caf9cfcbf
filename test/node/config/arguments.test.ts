import { describe, expect, it } from "vitest";
import {
  type ConfigurationArguments,
  checkCommitStrategy,
  configurationFromArguments,
  NO_ARGUMENTS,
  patchConfiguration,
} from "../../../src/node/config/arguments.js";
import { ConfigurationError } from "../../../src/node/config/configuration.js";
import { configurationFromJson, configurationToJson } from "../../../src/node/config/configuration-json.js";
import { parseLoserMode } from "../../../src/node/config/loser-mode.js";
import {
  canInject,
  MODE_NAMES,
  type Mode,
  OPERATION_KINDS,
  operationKindsOf,
  PURPOSES,
  parseMode,
  purposesOf,
  SIMPLE_MODES,
  startsIn,
} from "../../../src/node/config/modes.js";
import { keysFor, MissingOperators, operatorKeys, resolveOperators } from "../../../src/node/config/operators.js";
import { publicKeyHash, type RollupAddress, rollupAddressForm } from "../../../src/protocol/identifiers.js";

const ROLLUP: RollupAddress = rollupAddressForm.fromJson("sr163Lv22CdE8QagCwf48PWDTquk6isQwv57");
const A = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
const B = publicKeyHash("tz1gjaF81ZRRvdzjobyfVNsAeSC6PScjfQwN");
const C = publicKeyHash("tz1faswCTDciRzE4oJ9jn2Vm2dvjeyA9fUzU");

function given(some: Partial<ConfigurationArguments>): ConfigurationArguments {
  return { ...NO_ARGUMENTS, ...some };
}

function codeOf(run: () => unknown): { code: string; message: string } | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
}

describe("modes", () => {
  it("are read from words", () => {
    expect(MODE_NAMES.filter((name) => name !== "custom").map(parseMode)).toEqual(Object.keys(SIMPLE_MODES));
    expect(parseMode("custom")).toEqual({ custom: [] });
    expect(parseMode("custom:publish,cement")).toEqual({ custom: ["publish", "cement"] });
    expect(() => parseMode("custom:")).toThrow("operation_kind_of_string ");
    expect(() => parseMode("operators")).toThrow("Invalid mode");
  });

  it("need purposes, and inject what these sign", () => {
    expect(purposesOf("operator")).toEqual(["operating", "cementing", "executing_outbox", "batching"]);
    expect(purposesOf("bailout")).toEqual(["operating", "cementing", "recovering"]);
    expect(purposesOf("observer")).toEqual([]);
    expect(purposesOf({ custom: ["refute", "publish_dal_commitment"] })).toEqual(["operating", "batching"]);
    expect(operationKindsOf("accuser")).toEqual(["publish", "refute", "timeout"]);
    expect(canInject({ mode: { custom: ["refute"] } }, "publish")).toBe(false);
    expect(canInject({ mode: "operator" }, "recover")).toBe(false);
    expect(OPERATION_KINDS.filter((kind) => canInject({ mode: "maintenance" }, kind))).toEqual([
      "publish",
      "cement",
      "timeout",
      "refute",
      "execute_outbox_message",
    ]);
    expect(
      Object.values(PURPOSES)
        .flatMap(({ kinds }) => kinds)
        .toSorted(),
    ).toEqual([...OPERATION_KINDS].sort());
  });

  it("start workers", () => {
    const started = (mode: Mode): string =>
      (["publisher", "batcher", "refutations"] as const).filter((worker) => startsIn(mode, worker)).join();
    expect(Object.keys(SIMPLE_MODES).map((mode) => [mode, started(mode as keyof typeof SIMPLE_MODES)])).toEqual([
      ["observer", ""],
      ["accuser", "refutations"],
      ["bailout", "publisher,refutations"],
      ["batcher", "batcher"],
      ["maintenance", "publisher,refutations"],
      ["operator", "publisher,batcher,refutations"],
    ]);
    expect(started({ custom: ["cement"] })).toBe("publisher");
    expect(started({ custom: ["timeout"] })).toBe("publisher,refutations");
    expect(started({ custom: ["add_messages"] })).toBe("batcher");
    expect(started({ custom: ["recover"] })).toBe("");
  });
});

describe("operators", () => {
  it("come from the purpose, the default, the file, in this order", () => {
    const { operators, unused } = resolveOperators(
      [{ key: A }, { purpose: "batching", key: B }, { purpose: "batching", key: C }],
      purposesOf("operator"),
      { operating: C, recovering: C },
    );
    expect(operators).toEqual({ operating: A, batching: [B, C], cementing: A, executing_outbox: A });
    expect(unused).toEqual([]);
    expect(
      resolveOperators([{ purpose: "cementing", key: B }], purposesOf("bailout"), { operating: A, recovering: A }),
    ).toEqual({ operators: { operating: A, cementing: B, recovering: A }, unused: [] });
    expect(operatorKeys(operators)).toEqual([A, B, C]);
    expect(keysFor(operators, "recovering")).toEqual([]);
  });

  it("may be missing, or of no use", () => {
    const missing = (): unknown => resolveOperators([{ purpose: "cementing", key: B }], purposesOf("bailout"), {});
    expect(missing).toThrow(MissingOperators);
    expect(codeOf(missing)).toEqual({
      code: "sc_rollup.node.missing_operators",
      message: "Missing operators for purposes operating, recovering.",
    });
    expect(
      resolveOperators(
        [
          { purpose: "cementing", key: B },
          { purpose: "operating", key: B },
        ],
        ["operating"],
        {},
      ),
    ).toEqual({ operators: { operating: B }, unused: ["cementing"] });
  });

  it("may be too many", () => {
    expect(codeOf(() => resolveOperators([{ key: A }, { key: B }], [], {}))?.message).toBe(
      "Multiple default operators",
    );
    const twice = [
      { purpose: "cementing", key: A },
      { purpose: "cementing", key: B },
    ] as const;
    expect(codeOf(() => resolveOperators(twice, ["cementing"], {}))?.message).toBe(
      "multiple keys for a purpose allowing only one key",
    );
  });
});

describe("arguments", () => {
  it("make a configuration", () => {
    const { configuration } = configurationFromArguments(
      given({ mode: "operator", rollup: ROLLUP, operators: [{ key: A }, { purpose: "batching", key: B }] }),
    );
    // node.md §1.7: what `init operator config` writes.
    expect(JSON.stringify(configurationToJson(configuration))).toBe(
      JSON.stringify({
        "smart-rollup-address": ROLLUP,
        etherlink: false,
        "smart-rollup-node-operator": { operating: A, batching: [B], cementing: A, executing_outbox: A },
        "fee-parameters": {},
        mode: "operator",
      }),
    );
  });

  it("need a mode and a rollup when there is no file", () => {
    expect(codeOf(() => configurationFromArguments(given({ rollup: ROLLUP })))?.message).toBe(
      "Argument --mode is required when configuration file is not present.",
    );
    expect(codeOf(() => configurationFromArguments(given({ mode: "observer" })))?.message).toBe(
      "Argument --rollup is required when configuration file is not present.",
    );
    expect(codeOf(() => configurationFromArguments(given({ mode: { custom: [] }, rollup: ROLLUP })))).toEqual({
      code: "sc_rollup_node.empty_operation_kinds_for_custom_mode",
      message: "Operation kinds for custom mode are empty.",
    });
  });

  const file = configurationFromJson({
    "smart-rollup-address": ROLLUP,
    mode: "observer",
    "rpc-port": 1,
    "metrics-addr": ":1",
    "no-degraded": true,
    "performance-metrics": false,
    injector: { attempts: 3, max_batch_length: 5 },
    "gc-parameters": { frequency: 4, context_splitting_period: 6 },
    cors: { allowed_headers: ["a"], allowed_origins: ["b"] },
    opentelemetry: { enable: true, instance_id: "x" },
    acl: [{ address: "127.0.0.1:1", whitelist: ["/version"] }],
  });

  it("leave what they do not say", () => {
    expect(patchConfiguration(file, NO_ARGUMENTS).configuration).toEqual(file);
  });

  it("go over the file", () => {
    const { configuration, unusedOperators } = patchConfiguration(
      file,
      given({
        mode: "batcher",
        operators: [
          { purpose: "batching", key: A },
          { purpose: "cementing", key: A },
        ],
        rpcAddr: "::1",
        metricsAddr: ":2",
        injectionTtl: 7,
        gcFrequency: 8,
        corsOrigins: ["c"],
        profiling: false,
        logKernelDebug: true,
        historyMode: "archive",
      }),
    );
    expect(unusedOperators).toEqual(["cementing"]);
    expect(configuration).toEqual({
      ...file,
      mode: "batcher",
      operators: { batching: [A] },
      rpcAddr: "::1",
      metricsAddr: ":2",
      injector: { retentionPeriod: 2048, attempts: 3, injectionTtl: 7, maxBatchLength: 5 },
      gc: { frequency: 8, contextSplittingPeriod: 6 },
      cors: { allowedHeaders: ["a"], allowedOrigins: ["c"] },
      opentelemetry: { enable: false, settings: { instance_id: "x" } },
      logKernelDebug: true,
      historyMode: "archive",
    });
  });

  it("replace the access list of their address", () => {
    const secure = patchConfiguration(file, given({ aclOverride: "secure" })).configuration.acl;
    expect(secure).toHaveLength(1);
    expect(secure[0]).toMatchObject({ host: "127.0.0.1", port: 1, kind: "blacklist" });
    expect(secure[0]?.rules).toContain("/admin/**");
    const both = patchConfiguration(file, given({ aclOverride: "allow_all", rpcPort: 2 })).configuration.acl;
    expect(both[1]).toEqual({ host: "127.0.0.1", port: 2, kind: "blacklist", rules: [] });
  });

  it("must repeat that patches are to be applied", () => {
    const unsafe = { ...file, applyUnsafePatches: true };
    expect(codeOf(() => patchConfiguration(unsafe, NO_ARGUMENTS))?.message).toMatch(
      /must always be given on command line/,
    );
    const patched = patchConfiguration(unsafe, given({ applyUnsafePatches: true }));
    expect(patched.configuration.applyUnsafePatches).toBe(true);
    expect(patchConfiguration(file, given({ applyUnsafePatches: true })).configuration.applyUnsafePatches).toBe(true);
  });

  it("keep states at commitments only where blocks are final", () => {
    expect(codeOf(() => checkCommitStrategy({ ...file, commitOn: "commitment" }))?.message).toMatch(
      /^Cannot use a sparse/,
    );
    checkCommitStrategy({ ...file, commitOn: "commitment", l1MonitorFinalized: true });
    checkCommitStrategy(file);
  });
});

describe("planned failures", () => {
  it("are triples, in order", () => {
    expect(parseLoserMode("5 7 11_000_000_001 3 0 0")).toEqual({
      kind: "failures",
      failures: [
        { level: 3, messageIndex: 0, messageTick: 0n },
        { level: 5, messageIndex: 7, messageTick: 11_000_000_001n },
      ],
    });
    expect(parseLoserMode("")).toEqual({ kind: "failures", failures: [] });
    for (const wrong of ["1 2", "a b c", "1 2 3 4", "1  2 3", "1 2 0x8000000000000000"]) {
      expect(() => parseLoserMode(wrong), wrong).toThrow(RangeError);
    }
  });

  it("may be about the DAL", () => {
    const page = parseLoserMode(
      "reveal_dal_page published_level:15 slot_index:1 page_index:2 strategy:flip inbox_level:*",
    );
    expect(page).toEqual({
      kind: "dal_page",
      page: { publishedLevel: 15, slotIndex: 1, pageIndex: 2, strategy: "flip" },
    });
    expect(parseLoserMode("reveal_dal_parameters 1 2 3 4")).toEqual({
      kind: "dal_parameters",
      parameters: { numberOfSlots: 1n, attestationLag: 2n, slotSize: 3n, pageSize: 4n },
    });
    expect(() => parseLoserMode("reveal_dal_page strategy:other")).toThrow("Unknown DAL content strategy other");
    for (const text of ["1 2 3", "reveal_dal_parameters 1 2 3 4", "reveal_dal_page strategy:alter slot_index:3"]) {
      const loserMode = parseLoserMode(text);
      const file = configurationFromJson({ "smart-rollup-address": ROLLUP, mode: "observer" });
      expect(configurationFromJson(configurationToJson({ ...file, loserMode })).loserMode).toEqual(loserMode);
    }
  });
});
