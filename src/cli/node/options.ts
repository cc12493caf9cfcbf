// Options of the commands that make configurations (node.md §1.4), and what their words mean.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ConfigurationArguments, NO_ARGUMENTS } from "../../node/config/arguments.js";
import { DEFAULT_DATA_DIR, MAX_CHECKPOINTS, MAX_RETENTION_PERIOD } from "../../node/config/configuration.js";
import { parseLoserMode } from "../../node/config/loser-mode.js";
import { MODE_NAMES, type Mode, PURPOSE_NAMES, parseMode } from "../../node/config/modes.js";
import { ocamlInteger } from "../../node/config/ocaml-integer.js";
import type { OperatorArgument } from "../../node/config/operators.js";
import type { ClientContext } from "../client/context.js";
import { fail, fatal } from "../client/failures.js";
import { account, alternatives, anyText, type ClientParameter, rollup } from "../client/parameters.js";
import { argument, flag, type OptionValues, option, optionOr, type Parameter, rest } from "../phrase-parser.js";

type Environment = Readonly<Record<string, string | undefined>>;

export const group = { name: "sc_rollup.node", title: "Commands related to the smart rollup node." };

// ---- Values

/** Runs a reader whose RangeError is what is wrong with the word. */
function read<T>(parse: (text: string) => T, otherwise?: string): Parameter<T> {
  return {
    parse: (text) => {
      try {
        return parse(text);
      } catch (error) {
        if (error instanceof RangeError) return fail(otherwise ?? error.message, { cause: error });
        throw error;
      }
    },
  };
}

/** An integer that must pass `check`. */
function integer(check: (value: number) => boolean, otherwise: string): Parameter<number> {
  return {
    parse: async (text, context) => {
      const value = Number(await anyInteger.parse(text, context));
      return check(value) ? value : fail(otherwise);
    },
  };
}

const anyInteger: Parameter<bigint> = {
  parse: (text) => {
    try {
      return ocamlInteger(text, 63);
    } catch (error) {
      if (error instanceof RangeError) return fatal("Cannot read int");
      throw error;
    }
  },
};

/** Raises TraceFailure. */
export const positiveLevel: Parameter<number> = {
  parse: (text) => {
    try {
      const level = ocamlInteger(text, 32);
      if (level > 0n) return Number(level);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return fatal(`Expected a valid positive integer, provided ${text} instead`);
  },
};

const seconds: Parameter<number> = {
  parse: (text) =>
    /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d+)([eE][+-]?\d+)?$/.test(text)
      ? Number(text.replaceAll("_", ""))
      : fail("Cannot read float"),
};

const dataDirParameter: Parameter<string> = {
  parse: (path) => {
    if (!existsSync(join(path, "identity.json"))) return path;
    return fail(
      "Invalid data directory. This is a data directory for an Octez node, please choose a different directory for the " +
        "smart rollup node data.",
    );
  },
};

const bootSector: Parameter<string> = {
  parse: (path) => (existsSync(path) ? path : fail(`Boot sector not found at path ${JSON.stringify(path)}`)),
};

function choice<const T extends string>(choices: readonly T[], otherwise: (text: string) => string): Parameter<T> {
  return { parse: (text) => choices.find((one) => one === text) ?? fail(otherwise(text)) };
}

const acl: Parameter<"secure" | "allow_all"> = {
  parse: (text) => {
    if (text === "secure") return "secure";
    if (text === "allow-all" || text === "allow_all") return "allow_all";
    return fail("Bad value for acl-override, possible values are 'secure' and 'allow-all'");
  },
};

const yesOrNo: Parameter<boolean> = {
  parse: (text) =>
    text === "true" ? true : text === "false" ? false : fail(`Invalid value ${JSON.stringify(text)} for --profiling`),
};

const list: Parameter<readonly string[]> = { parse: (text) => text.split(",") };

const modeParameter: Parameter<Mode> = read(parseMode);
const modeDoc = `The mode for the rollup node (${MODE_NAMES.join(", ")})`;

const operator: ClientParameter<OperatorArgument> = alternatives<OperatorArgument>([
  ["default", async (text, context) => ({ key: await account.parse(text, context) })],
  ...PURPOSE_NAMES.map(
    (purpose) =>
      [
        purpose,
        async (text: string, context: ClientContext): Promise<OperatorArgument> => ({
          purpose,
          key: await account.parse(text, context),
        }),
      ] as const,
  ),
]);

// ---- Arguments

export const modeArgument = argument("mode", modeDoc, modeParameter);
export const rollupArgument = argument("smart-rollup-address", "The smart rollup address", rollup);
export const operatorsArgument = rest(
  "operator",
  "Public key hash, or alias, of a smart rollup node operator. An operator can be specialized to a particular purpose by " +
    `prefixing its key or alias by said purpose, e.g. operating:<alias_of_my_operator>. The possible purposes are: ` +
    `${PURPOSE_NAMES.join(", ")}.`,
  operator,
);

// ---- Options

function defaultDataDir(env: Environment): string {
  return join(env["HOME"] ?? "/root", DEFAULT_DATA_DIR);
}

export function dataDirOption(env: Environment) {
  const usual = defaultDataDir(env);
  const doc = `The path to the smart rollup node data directory. Default value is ${usual}`;
  return optionOr({ long: "data-dir", placeholder: "data-dir", doc, default: usual }, dataDirParameter);
}

function value<T>(long: string, placeholder: string, doc: string, parameter: Parameter<T>) {
  return option({ long, placeholder, doc }, parameter);
}

export const profilingOption = value("profiling", "BOOL", "Enable or disable profiling with opentelemetry", yesOrNo);

/** Of `init`, `run` and the older `run`. */
export function configurationOptions(env: Environment) {
  return {
    dataDir: dataDirOption(env),
    configFile: value(
      "config-file",
      "config.json",
      "Location of the configuration file for the rollup node. Defaults to `<data-dir>/config.json`.",
      anyText,
    ),
    rpcAddr: value(
      "rpc-addr",
      "rpc-address|ip",
      "The address the smart rollup node listens to. Default value is 127.0.0.1",
      anyText,
    ),
    rpcPort: value(
      "rpc-port",
      "rpc-port",
      "The port the smart rollup node listens to. Default value is 8932",
      integer((n) => n >= 0 && n <= 0xffff, "rpc-port should be a port number"),
    ),
    aclOverride: value(
      "acl-override",
      "kind",
      "Specify a different ACL for the rpc server to override the default one. Possible values are 'secure' and 'allow-all'",
      acl,
    ),
    metricsAddr: value(
      "metrics-addr",
      "ADDR:PORT|:PORT",
      "Start the smart rollup node metrics server at the specified address ADDR:PORT. Default value is localhost:9933",
      anyText,
    ),
    enablePerformanceMetrics: flag({
      long: "enable-performance-metrics",
      doc: "Enable performance metrics. DEPRECATED (enabled by default).",
    }),
    disablePerformanceMetrics: flag({
      long: "disable-performance-metrics",
      doc: "Disable performance metrics when the metrics server is started.",
    }),
    loserMode: value(
      "loser-mode",
      "mode",
      "Set the rollup node failure points (for test only!).",
      read(parseLoserMode, "Invalid syntax for failure points"),
    ),
    reconnectionDelay: value(
      "reconnection-delay",
      "delay",
      "The first reconnection delay, in seconds, to wait before reconnecting to the Tezos node. The default delay is 2.0.",
      seconds,
    ),
    dalNodeEndpoint: value(
      "dal-node",
      "dal-node-endpoint",
      "The address of the dal node from which the smart rollup node downloads slots.",
      anyText,
    ),
    preImagesEndpoint: value(
      "pre-images-endpoint",
      "url",
      "The address of a service which provides pre-images for the rollup. Missing pre-images will be downloaded remotely if they are not already present on disk.",
      anyText,
    ),
    injectorRetentionPeriod: value(
      "injector-retention-period",
      "blocks",
      "The number of blocks the injector keeps in memory. Default value is 2048",
      integer(
        (n) => n >= 0 && n <= MAX_RETENTION_PERIOD,
        `injector-retention-period should be a positive number smaller than ${MAX_RETENTION_PERIOD}`,
      ),
    ),
    injectorAttempts: value(
      "injector-attempts",
      "number",
      "The number of attempts that the injector will make to inject an operation when it fails. Default value is 10",
      integer((n) => n >= 0, "injector-attempts should be positive"),
    ),
    injectionTtl: value(
      "injection-ttl",
      "number",
      "The number of blocks after which an operation that is injected but never included is retried. Default value is 120",
      integer((n) => n >= 1, "injection-ttl should be > 1"),
    ),
    checkpoints: value(
      "checkpoints",
      "number",
      "Not an option of Octez: the number of machine states that each thread keeps in memory for questions about ticks. Default value is 256",
      integer((n) => n >= 1 && n <= MAX_CHECKPOINTS, `checkpoints should be between 1 and ${MAX_CHECKPOINTS}`),
    ),
    indexBufferSize: value(
      "index-buffer-size",
      "<nb_entries>",
      "Size of the indexes of the store. (Deprecated)",
      integer((n) => n > 0, "Value must be positive"),
    ),
    logKernelDebug: flag({
      long: "log-kernel-debug",
      doc: "Log the kernel debug output to kernel.log in the data directory",
    }),
    logKernelDebugFile: value("log-kernel-debug-file", "file", "Another file for it", anyText),
    bootSectorFile: value(
      "boot-sector-file",
      "file",
      "Path to the boot sector: required only for a bootstrapped smart rollup.",
      bootSector,
    ),
    noDegraded: flag({
      long: "no-degraded",
      doc: "Prevent the rollup node from entering degraded mode on error. The rollup node will instead stop.",
    }),
    gcFrequency: value(
      "gc-frequency",
      "blocks",
      "The number of blocks between each launch of the garbage collection. Default is challenge_window_in_blocks / 5.",
      integer((n) => n > 0 && n < 2 ** 31, "Value must be positive"),
    ),
    historyMode: value(
      "history-mode",
      "history_mode",
      "The history mode for the rollup node (archive, full) (default is full)",
      choice(["archive", "full"], (text) => `history_mode_of_string ${text}`),
    ),
    corsOrigins: value("cors-origins", "ALLOWED_ORIGINS", "List of accepted cors origins.", list),
    corsHeaders: value("cors-headers", "ALLOWED_HEADERS", "List of accepted cors headers.", list),
    bailOnDisagree: flag({
      long: "bail-on-disagree",
      doc: "Make an observer rollup node bail when it sees a commitment it disagrees with on L1.",
    }),
    commitOn: value(
      "commit-on",
      "block|commitment",
      'Choose when to commit context to disk. Default is "block".',
      choice(["block", "commitment"], () => "Invalid value for commit-on, should be block or commitment"),
    ),
    unsafeDisableWasmKernelChecks: flag({
      long: "unsafe-disable-wasm-kernel-checks",
      doc: "Allow to run the kernel without checking for its validity. Only for debug, do not use in production!",
    }),
    slowVmFallback: flag({
      long: "slow-vm-fallback",
      doc: "Fall back to the slow VM interpreter when the fast execution engine fails instead of exiting.",
    }),
    profiling: profilingOption,
    etherlink: flag({ long: "etherlink", doc: "Force this rollup to be detected as an Etherlink rollup" }),
    l1MonitorFinalized: flag({
      long: "l1-monitor-finalized",
      doc: "The rollup node will only monitor finalized blocks of the L1 node.",
    }),
  };
}

export const initOptions = {
  force: flag({ long: "force", doc: "Overwrites the configuration file when it exists." }),
};

export const applyUnsafePatches = flag({
  long: "apply-unsafe-patches",
  doc: "Apply unsafe PVM patches in the configuration or hardcoded by the node.",
});

export const runOptions = {
  irminCacheSize: value(
    "irmin-cache-size",
    "<nb_entries>",
    "Size of Irmin cache in number of entries",
    integer((n) => n > 0, "Value must be positive"),
  ),
  applyUnsafePatches,
};

export const legacyOptions = {
  mode: value("mode", "mode", `${modeDoc}\n(required when no configuration file exists)`, modeParameter),
  rollup: option(
    {
      long: "rollup",
      placeholder: "smart-rollup-address",
      doc: "The smart rollup address (required when no configuration file exists)",
    },
    rollup,
  ),
  applyUnsafePatches,
};

type Given = OptionValues<ReturnType<typeof configurationOptions>>;

/** The options of a command line, with the arguments that stand before them. Raises TraceFailure. */
export function argumentsOf(given: Given, more: Partial<ConfigurationArguments>): ConfigurationArguments {
  if (given.enablePerformanceMetrics && given.disablePerformanceMetrics) {
    fail("Cannot use both --enable-performance-metrics and --disable-performance-metrics");
  }
  const { dataDir: _dataDir, configFile: _configFile, enablePerformanceMetrics: _enable, ...values } = given;
  return { ...NO_ARGUMENTS, ...values, ...more };
}
