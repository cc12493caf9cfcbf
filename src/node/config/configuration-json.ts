// config.json (node.md §1.7): reads it, and writes it in Octez's order, without what is as it would be anyway; all fields for
// `GET /config`.

import { int64Form } from "../../encoding/form-leaves.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import {
  atStep,
  expectArray,
  expectDecimal,
  expectObject,
  expectOnlyFields,
  expectString,
  type Json,
  JsonError,
  wrongType,
} from "../../encoding/json.js";
import type { Rational } from "../../l1/client/fees.js";
import { rollupAddressForm } from "../../protocol/identifiers.js";
import type { PvmPatch } from "../engine/engine.js";
import { parseAclAddress, parseAclRule, printAclAddress, printAclRule } from "./acl.js";
import {
  type AclEntry,
  type BatcherSettings,
  type Configuration,
  ConfigurationError,
  DEFAULT_FEE_PARAMETERS,
  DEFAULTS,
  defaultFeeParameter,
  type FeeParameter,
  type FeeParameters,
  type InjectorSettings,
  isEtherlink,
  MAX_CHECKPOINTS,
  MAX_RETENTION_PERIOD,
  NO_FAILURES,
  type OutboxFilter,
  type TelemetrySettings,
} from "./configuration.js";
import {
  bad,
  booleanForm,
  checked,
  choiceForm,
  defaulted,
  fieldsForm,
  int31Json,
  int32Json,
  integerForm,
  type JsonForm,
  listForm,
  numberForm,
  optional,
  required,
  textForm,
  uint8Json,
  uint16Json,
} from "./json-fields.js";
import { loserModeForm } from "./loser-mode.js";
import { isOperationKind, isSimpleMode, type Mode, OPERATION_KINDS, type OperationKind } from "./modes.js";
import { operatorsForm } from "./operators.js";

// ---- Parts

const rollupForm: JsonForm<Configuration["rollup"]> = { read: rollupAddressForm.fromJson, write: (value) => value };

const kindsForm = listForm(choiceForm(OPERATION_KINDS));
const customForm = fieldsForm({ custom: required("custom", kindsForm) });

const modeForm: JsonForm<Mode> = {
  read: (json) => {
    if (typeof json !== "string") return customForm.read(json);
    if (!isSimpleMode(json)) throw bad("no mode has this name", json);
    return json;
  },
  write: (mode) => (typeof mode === "string" ? mode : customForm.write(mode)),
};

/** A RangeError about a text becomes an error of its place. */
function fromText<T>(parse: (text: string) => T, print: (value: T) => string): JsonForm<T> {
  return {
    read: (json) => {
      try {
        return parse(expectString(json));
      } catch (error) {
        if (error instanceof RangeError) throw bad(error.message, json);
        throw error;
      }
    },
    write: print,
  };
}

const addressForm = fromText(parseAclAddress, printAclAddress);
const ruleForm = fromText(
  (text) => printAclRule(parseAclRule(text)),
  (rule) => rule,
);

const aclEntryForm: JsonForm<AclEntry> = {
  read: (json) => {
    const object = expectObject(json);
    const kind = Object.hasOwn(object, "whitelist") ? "whitelist" : "blacklist";
    const { address, rules } = fieldsForm({
      address: required("address", addressForm),
      rules: required(kind, listForm(ruleForm)),
    }).read(json);
    return { ...address, kind, rules };
  },
  write: (entry) => ({ address: addressForm.write(entry), [entry.kind]: entry.rules }),
};

const mutezForm: JsonForm<bigint> = {
  read: (json) => {
    const value = int64Form.fromJson(json);
    if (value < 0n) throw bad("an amount cannot be negative", json);
    return value;
  },
  write: String,
};

const rateForm: JsonForm<Rational> = {
  read: (json) => {
    const [numerator, denominator, ...more] = expectArray(json).map((one, i) =>
      atStep(`[${i}]`, () => expectDecimal(one)),
    );
    if (numerator === undefined || denominator === undefined || more.length > 0) {
      throw bad("a pair of numbers expected", json);
    }
    if (numerator < 0n || denominator <= 0n) throw bad("a rate cannot be negative", json);
    return { numerator, denominator };
  },
  write: ({ numerator, denominator }) => [String(numerator), String(denominator)],
};

function feeForm(kind: OperationKind): JsonForm<FeeParameter> {
  const usual = defaultFeeParameter(kind);
  return fieldsForm({
    minimalFees: defaulted("minimal-fees", mutezForm, usual.minimalFees),
    nanotezPerByte: defaulted("minimal-nanotez-per-byte", rateForm, usual.nanotezPerByte),
    nanotezPerGasUnit: defaulted("minimal-nanotez-per-gas-unit", rateForm, usual.nanotezPerGasUnit),
    forceLowFee: defaulted("force-low-fee", booleanForm, usual.forceLowFee),
    feeCap: defaulted("fee-cap", mutezForm, usual.feeCap),
    burnCap: defaulted("burn-cap", mutezForm, usual.burnCap),
  });
}

const feesForm: JsonForm<FeeParameters> = {
  read: (json) => {
    const fees: Partial<Record<OperationKind, FeeParameter>> = {};
    for (const [kind, value] of Object.entries(expectObject(json))) {
      if (!isOperationKind(kind)) {
        throw new JsonError(
          "encoding.json.unexpected_field",
          `no kind of operation is called ${JSON.stringify(kind)}`,
          kind,
        );
      }
      fees[kind] = atStep(`.${kind}`, () => feeForm(kind).read(value));
    }
    return fees;
  },
  write: (fees) => {
    const json: Record<string, Json> = {};
    for (const kind of OPERATION_KINDS) {
      const fee = fees[kind];
      if (fee !== undefined) json[kind] = feeForm(kind).write(fee);
    }
    return json;
  },
};

const ticksForm = fieldsForm({
  ticks: required("increase_max_nb_tick", { read: int64Form.fromJson, write: String } satisfies JsonForm<bigint>),
});

const hexForm: JsonForm<Uint8Array> = {
  read: (json) => {
    const text = expectString(json);
    if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw bad("hexadecimal digits expected", json);
    return fromHex(text);
  },
  write: toHex,
};

const durablePatchForm = fieldsForm({
  patch: required(
    "patch_durable_storage",
    fieldsForm({ key: required("key", textForm), value: required("value", hexForm) }),
  ),
});

const patchForm: JsonForm<PvmPatch> = {
  read: (json) => {
    if (Object.hasOwn(expectObject(json), "patch_durable_storage")) {
      return { kind: "patch_durable_storage", ...durablePatchForm.read(json).patch };
    }
    return { kind: "increase_max_nb_tick", ...ticksForm.read(json) };
  },
  write: (patch) =>
    patch.kind === "increase_max_nb_tick" ? ticksForm.write(patch) : durablePatchForm.write({ patch }),
};

const anyOrListForm: JsonForm<"any" | readonly string[]> = {
  read: (json) => (json === "any" ? "any" : listForm(textForm).read(json)),
  write: (value) => value,
};

const transactionFilterForm = fieldsForm({
  transaction: required(
    "transaction",
    fieldsForm({
      destination: required("destination", anyOrListForm),
      entrypoint: required("entrypoint", anyOrListForm),
    }),
  ),
});

const outboxFilterForm: JsonForm<OutboxFilter> = {
  read: (json) => transactionFilterForm.read(json).transaction,
  write: (transaction) => transactionFilterForm.write({ transaction }),
};

const batcherForm: JsonForm<BatcherSettings> = checked(
  fieldsForm({
    minBatchElements: defaulted("min_batch_elements", int31Json, DEFAULTS.batcher.minBatchElements),
    minBatchSize: defaulted("min_batch_size", int31Json, DEFAULTS.batcher.minBatchSize),
    maxBatchElements: defaulted("max_batch_elements", int31Json, DEFAULTS.batcher.maxBatchElements),
    maxBatchSize: optional("max_batch_size", int31Json),
  }),
  ({ minBatchElements, minBatchSize, maxBatchElements, maxBatchSize }) => {
    if (minBatchSize <= 0) return "min_batch_size must be positive";
    if (maxBatchSize !== undefined && maxBatchSize < minBatchSize) {
      return "max_batch_size must be greater than min_batch_size";
    }
    if (minBatchElements <= 0) return "min_batch_elements must be positive";
    return maxBatchElements < minBatchElements
      ? "max_batch_elements must be greater than min_batch_elements"
      : undefined;
  },
);

const injectorFields = fieldsForm({
  retentionPeriod: defaulted("retention_period", uint16Json, DEFAULTS.injector.retentionPeriod),
  attempts: defaulted("attempts", uint16Json, DEFAULTS.injector.attempts),
  injectionTtl: defaulted("injection_ttl", uint16Json, DEFAULTS.injector.injectionTtl),
  maxBatchLength: optional("max_batch_length", int31Json),
});

const injectorForm: JsonForm<InjectorSettings> = checked(
  {
    read: (json) => {
      const { max_batch_length: length, ...others } = expectObject(json);
      return injectorFields.read(length === null || length === undefined ? others : json);
    },
    write: injectorFields.write,
  },
  ({ retentionPeriod, injectionTtl }) => {
    if (retentionPeriod > MAX_RETENTION_PERIOD) {
      return `injector.retention_period should be smaller than ${MAX_RETENTION_PERIOD}`;
    }
    return injectionTtl < 1 ? "injector.injection_ttl should be at least 1" : undefined;
  },
);

const gcForm = fieldsForm({
  frequency: optional("frequency", int32Json),
  contextSplittingPeriod: optional("context_splitting_period", int31Json),
});

const corsForm = fieldsForm({
  allowedHeaders: required("allowed_headers", listForm(textForm)),
  allowedOrigins: required("allowed_origins", listForm(textForm)),
});

const TELEMETRY_FIELDS: ReadonlySet<string> = new Set([
  "enable",
  "instance_id",
  "environment",
  "debug",
  "url_traces",
  "url_logs",
  "headers",
  "batch_traces",
  "batch_logs",
  "batch_timeout_ms",
  "gc_telemetry",
]);

const telemetryForm: JsonForm<TelemetrySettings> = {
  read: (json) => {
    if (json === null) return DEFAULTS.opentelemetry;
    if (typeof json === "boolean") return { enable: json, settings: {} };
    if (typeof json !== "object") throw wrongType("a boolean, null or an object", json);
    const object = expectObject(json);
    expectOnlyFields(object, TELEMETRY_FIELDS);
    const { enable, ...settings } = object;
    return { enable: enable === undefined ? true : atStep(".enable", () => booleanForm.read(enable)), settings };
  },
  // What has been read from JSON is JSON.
  write: ({ enable, settings }) => ({ enable, ...(settings as Readonly<Record<string, Json>>) }),
};

const positiveForm = checked(int31Json, (value) => (value < 0 ? "cannot be negative" : undefined));

// ---- The whole

const fileForm = fieldsForm({
  rollup: required("smart-rollup-address", rollupForm),
  etherlink: optional("etherlink", booleanForm),
  bootSectorFile: optional("boot-sector", textForm),
  operators: defaulted("smart-rollup-node-operator", operatorsForm, DEFAULTS.operators),
  rpcAddr: defaulted("rpc-addr", textForm, DEFAULTS.rpcAddr),
  rpcPort: defaulted("rpc-port", uint16Json, DEFAULTS.rpcPort),
  acl: defaulted("acl", listForm(aclEntryForm), DEFAULTS.acl),
  metricsAddr: optional("metrics-addr", textForm),
  performanceMetrics: defaulted("performance-metrics", booleanForm, DEFAULTS.performanceMetrics),
  reconnectionDelay: defaulted("reconnection_delay", numberForm, DEFAULTS.reconnectionDelay),
  feeParameters: defaulted("fee-parameters", feesForm, DEFAULT_FEE_PARAMETERS),
  mode: required("mode", modeForm),
  loserMode: defaulted("loser-mode", loserModeForm, NO_FAILURES),
  applyUnsafePatches: defaulted("apply-unsafe-patches", booleanForm, DEFAULTS.applyUnsafePatches),
  unsafePvmPatches: defaulted("unsafe-pvm-patches", listForm(patchForm), DEFAULTS.unsafePvmPatches),
  executeOutboxFilter: defaulted(
    "execute-outbox-messages-filter",
    listForm(outboxFilterForm),
    DEFAULTS.executeOutboxFilter,
  ),
  dalNodeEndpoint: optional("DAL node endpoint", textForm),
  preImagesEndpoint: optional("pre-images-endpoint", textForm),
  batcher: defaulted("batcher", batcherForm, DEFAULTS.batcher),
  injector: defaulted("injector", injectorForm, DEFAULTS.injector),
  l1BlocksCacheSize: defaulted("l1_blocks_cache_size", positiveForm, DEFAULTS.l1BlocksCacheSize),
  l2BlocksCacheSize: defaulted("l2_blocks_cache_size", positiveForm, DEFAULTS.l2BlocksCacheSize),
  prefetchBlocks: optional("prefetch_blocks", positiveForm),
  l1MonitorFinalized: defaulted("l1_monitor_finalized", booleanForm, DEFAULTS.l1MonitorFinalized),
  l1RpcTimeout: defaulted("l1_rpc_timeout", numberForm, DEFAULTS.l1RpcTimeout),
  loopRetryDelay: defaulted("loop_retry_delay", numberForm, DEFAULTS.loopRetryDelay),
  indexBufferSize: optional("index_buffer_size", int31Json),
  irminCacheSize: optional("irmin_cache_size", int31Json),
  logKernelDebug: defaulted("log-kernel-debug", booleanForm, DEFAULTS.logKernelDebug),
  logKernelDebugFile: optional("log-kernel-debug-file", textForm),
  unsafeDisableWasmKernelChecks: defaulted(
    "unsafe-disable-wasm-kernel-checks",
    booleanForm,
    DEFAULTS.unsafeDisableWasmKernelChecks,
  ),
  noDegraded: defaulted("no-degraded", booleanForm, DEFAULTS.noDegraded),
  slowVmFallback: defaulted("slow-vm-fallback", booleanForm, DEFAULTS.slowVmFallback),
  gc: defaulted("gc-parameters", gcForm, DEFAULTS.gc),
  historyMode: optional("history-mode", choiceForm(["archive", "full"])),
  cors: defaulted("cors", corsForm, DEFAULTS.cors),
  bailOnDisagree: defaulted("bail-on-disagree", booleanForm, DEFAULTS.bailOnDisagree),
  commitOn: defaulted("commit-on", choiceForm(["block", "commitment"]), DEFAULTS.commitOn),
  opentelemetry: defaulted("opentelemetry", telemetryForm, DEFAULTS.opentelemetry),
  dalSlotStatusMaxFetchAttempts: defaulted(
    "dal_slot_status_max_fetch_attempts",
    uint8Json,
    DEFAULTS.dalSlotStatusMaxFetchAttempts,
  ),
  // Octez refuses it: it is written only when it has been asked for.
  checkpoints: optional("tickproof_checkpoints", integerForm(1, MAX_CHECKPOINTS)),
});

/** Names of the fields, in order. */
export const CONFIGURATION_FIELDS: readonly string[] = fileForm.names;

/** Raises JsonError: its path says which field is wrong. */
export function configurationFromJson(json: unknown): Configuration {
  const read = fileForm.read(json);
  const configuration = { ...read, etherlink: read.etherlink ?? isEtherlink(read.rollup) };
  const { prefetchBlocks, l1BlocksCacheSize } = configuration;
  if (prefetchBlocks !== undefined && prefetchBlocks > l1BlocksCacheSize) {
    throw bad(`blocks to prefetch must be less than the cache size: ${l1BlocksCacheSize}`, prefetchBlocks).under(
      ".prefetch_blocks",
    );
  }
  return configuration;
}

/** What is written to the file: `etherlink` always, other fields when they differ from what an absent one stands for. */
export function configurationToJson(configuration: Configuration): Json {
  return fileForm.write(configuration);
}

/** What `GET /config` answers: all fields that have a value. */
export function fullConfigurationToJson(configuration: Configuration): Json {
  return fileForm.writeAll(configuration);
}

/** The text of a file. Raises ConfigurationError, with the field that is wrong; `file` is named in it. */
export function parseConfiguration(text: string, file: string): Configuration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot parse the configuration file ${JSON.stringify(file)} as JSON: ${reason}`;
    throw new ConfigurationError("node.configuration.not_json", message, undefined, { cause });
  }
  try {
    return configurationFromJson(json);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const reason = cause.message.slice(cause.code.length + 2);
    const message = `Invalid configuration file ${JSON.stringify(file)}: ${reason}.`;
    throw new ConfigurationError("node.configuration.bad_field", message, cause.value, { cause });
  }
}
