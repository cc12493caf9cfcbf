// The commands of `tickproof node` (node.md §1.3).

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeBase58Check } from "../../encoding/base58check.js";
import type { Json } from "../../encoding/json.js";
import { printOctezJson } from "../../l1/client/octez-json.js";
import type { Signer } from "../../l1/client/wallet.js";
import { PROTOCOLS } from "../../l1/sandbox/protocols.js";
import {
  type ConfigurationArguments,
  type Configured,
  checkCommitStrategy,
  configurationFromArguments,
  patchConfiguration,
} from "../../node/config/arguments.js";
import { type Configuration, ConfigurationError, isLoser } from "../../node/config/configuration.js";
import { configurationToJson, parseConfiguration } from "../../node/config/configuration-json.js";
import { operatorKeys } from "../../node/config/operators.js";
import { unservedFields } from "../../node/config/unserved.js";
import { events } from "../../node/events/table.js";
import { csvListing, listing } from "../../node/metrics/names.js";
import { openApi } from "../../node/rpc/openapi.js";
import { ToolError } from "../../node/tools/tool-error.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import type { ClientContext } from "../client/context.js";
import { fail } from "../client/failures.js";
import { anyText } from "../client/parameters.js";
import { argument, type Command, commandsIn, flag, option, optionOr, words } from "../phrase-parser.js";
import {
  applyUnsafePatches,
  argumentsOf,
  configurationOptions,
  dataDirOption,
  group,
  initOptions,
  legacyOptions,
  modeArgument,
  operatorsArgument,
  rollupArgument,
  runOptions,
} from "./options.js";
import { dumpDurableCommand } from "./tools/dump-durable.js";
import { exportInputsCommand } from "./tools/export-inputs.js";
import { recomputeOutboxCommand, repairCommitmentsCommand } from "./tools/repair.js";
import { replayBlockCommand, replayBlocksCommand } from "./tools/replay.js";
import { type ToolSettings, told } from "./tools/tool-settings.js";

/** A node to run. */
export interface RunRequest {
  readonly config: Configuration;
  readonly dataDir: string;
  readonly endpoint: string;
  readonly signers: ReadonlyMap<PublicKeyHash, Signer>;
}

/** What the commands need beside the client's context. */
export interface NodeSession extends ToolSettings {
  readonly endpoint: string;
  readonly version: string;
  /** Runs a node until it ends. */
  run(request: RunRequest): Promise<void>;
}

const command = commandsIn<ClientContext>();

/** Raises TraceFailure in the place of ConfigurationError. */
function configured<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigurationError) return fail(error.message, { cause: error });
    throw error;
  }
}

function warn({ configuration, unusedOperators }: Configured, { emit }: NodeSession, context: ClientContext): void {
  if (unusedOperators.length > 0) emit(events.unusedOperators({ extra_purposes: unusedOperators }));
  for (const { field, reason } of unservedFields(configuration)) emit(events.unservedField({ field, reason }));
  if (!isLoser(configuration)) return;
  const stars = "************ WARNING *************";
  context.message(`\n${stars}\nThis rollup node is in loser mode.\nThis should be used for test only!\n${stars}`);
}

// ---- Configuration

function initCommand(session: NodeSession): Command<ClientContext> {
  return command({
    group,
    summary: "Configure the smart rollup node.",
    options: { ...initOptions, ...configurationOptions(session.env) },
    phrase: [
      ...words("init"),
      modeArgument,
      ...words("config", "for"),
      rollupArgument,
      ...words("with", "operators"),
      operatorsArgument,
    ],
    run: ([mode, rollup, operators], { force, ...options }, context) => {
      const given = argumentsOf(options, { mode, rollup, operators });
      const made = configured(() => configurationFromArguments(given));
      const file = options.configFile ?? join(options.dataDir, "config.json");
      warn(made, session, context);
      if (existsSync(file) && !force) {
        fail(`Configuration file ${JSON.stringify(file)} already exists. Use --force to overwrite.`);
      }
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, printOctezJson(configurationToJson(made.configuration)));
      context.message(`Smart rollup node configuration written in ${file}`);
    },
  });
}

// ---- Running

async function runWith(
  session: NodeSession,
  context: ClientContext,
  { dataDir, configFile }: { readonly dataDir: string; readonly configFile: string | undefined },
  given: ConfigurationArguments,
): Promise<void> {
  const file = configFile ?? join(dataDir, "config.json");
  const made = configured(() => {
    const found = existsSync(file)
      ? patchConfiguration(parseConfiguration(readFileSync(file, "utf8"), file), given)
      : configurationFromArguments(given);
    checkCommitStrategy(found.configuration);
    return found;
  });
  warn(made, session, context);
  const signers = new Map<PublicKeyHash, Signer>();
  for (const key of operatorKeys(made.configuration.operators)) signers.set(key, await context.wallet.signer(key));
  await session.run({ config: made.configuration, dataDir, endpoint: session.endpoint, signers });
}

function runCommand(session: NodeSession): Command<ClientContext> {
  return command({
    group,
    summary: "Run the rollup node daemon. Arguments overwrite values provided in the configuration file.",
    options: { ...configurationOptions(session.env), ...runOptions },
    phrase: [
      ...words("run"),
      modeArgument,
      ...words("for"),
      rollupArgument,
      ...words("with", "operators"),
      operatorsArgument,
    ],
    run: ([mode, rollup, operators], options, context) =>
      runWith(session, context, options, argumentsOf(options, { mode, rollup, operators })),
  });
}

function legacyRunCommand(session: NodeSession): Command<ClientContext> {
  return command({
    group,
    summary: "Run the rollup node daemon (deprecated).",
    options: { ...configurationOptions(session.env), ...legacyOptions },
    phrase: words("run"),
    run: (_none, options, context) => runWith(session, context, options, argumentsOf(options, {})),
  });
}

// ---- What the node can tell

const protocolsCommand = command({
  group,
  summary: "Shows the protocols supported by this rollup node.",
  phrase: words("show", "supported", "protocols"),
  run: (_none, _options, context) => {
    for (const { hash } of PROTOCOLS) context.message(encodeBase58Check("protocolHash", hash));
  },
});

function openApiCommand({ version }: NodeSession): Command<ClientContext> {
  return command({
    group,
    summary: "Generate OpenAPI specification.",
    options: {
      protocol: option(
        { long: "protocol", short: "P", placeholder: "Proto", doc: "Protocol hash in base58-check." },
        anyText,
      ),
    },
    phrase: words("generate", "openapi"),
    run: (_none, { protocol }, context) => {
      const json: Json = protocol === undefined ? openApi(undefined, version) : openApi(protocol, version);
      context.message(JSON.stringify(json));
    },
  });
}

const listMetricsCommand = command({
  group,
  summary: "List the metrics exported by the smart rollup node.",
  options: {
    disablePerformanceMetrics: flag({
      long: "disable-performance-metrics",
      doc: "Disable performance metrics when the metrics server is started.",
    }),
  },
  phrase: words("list", "metrics"),
  run: (_none, { disablePerformanceMetrics }, context) => context.message(listing(!disablePerformanceMetrics)),
});

const dumpMetricsCommand = command({
  group,
  summary: "dump the rollup node available metrics in CSV format.",
  phrase: words("dump-metrics"),
  run: (_none, _options, context) => context.message(csvListing()),
});

// ---- Not served yet

/** Ends a command that is not there. */
function refused(what: string, reason: string): Promise<never> {
  return told(() => Promise.reject(new ToolError("node.tool.not_served", `${what} is not served: ${reason}.`, what)));
}

function unservedCommands({ env }: NodeSession): readonly Command<ClientContext>[] {
  const dataDir = dataDirOption(env);
  const noCheck = flag({ long: "no-check", doc: "Don't check integrity of the snapshot." });
  const text = (name: string, doc: string) => argument(name, doc, anyText);
  const value = (long: string, placeholder: string, doc: string) => option({ long, placeholder, doc }, anyText);
  const snapshots = "this program neither makes nor reads snapshots";
  const patches = "states are changed by running levels only";
  const unserved = <const P extends Parameters<typeof command>[0]["phrase"]>(
    summary: string,
    phrase: P,
    issue: string,
    options: Command<ClientContext>["options"] = { dataDir },
  ): Command<ClientContext> =>
    command({
      group,
      summary,
      options,
      phrase,
      run: () => refused(`"${phrase.flatMap((part) => (part.part === "word" ? [part.text] : [])).join(" ")}"`, issue),
    });
  const exporting = {
    dataDir,
    noCheck,
    compressOnTheFly: flag({ long: "compress-on-the-fly", doc: "Produce a compressed snapshot on the fly." }),
    uncompressed: flag({ long: "uncompressed", doc: "Produce an uncompressed snapshot." }),
    compact: flag({ long: "compact", doc: "Produce a compact snapshot with a single commit for the context." }),
    endpoint: value("rollup-node-endpoint", "uri", "The address of the running rollup node."),
    level: optionOr(
      {
        long: "level",
        placeholder: "head|finalized|cemented|<level>",
        default: "finalized",
        doc: "The last level that the snapshot should contain.",
      },
      anyText,
    ),
  };
  const importing = {
    dataDir,
    noCheck,
    force: flag({ long: "force", doc: "Import into an already populated data dir." }),
    applyUnsafePatches,
    level: value("level", "<level>", "Reset the imported snapshot to this level."),
    dalNode: value("dal-node", "dal-node-endpoint", "The address of the dal node."),
  };
  const file = text("snapshot_file", "Snapshot archive file");
  const source = text(
    "snapshot_file_or_url",
    "Snapshot archive file name, URL to download the snapshot or stdin (when given `-`)",
  );
  const force = flag({ long: "force", short: "f", doc: "Force patching the durable storage" });
  return [
    unserved("Export a snapshot of the rollup node state.", words("snapshot", "export"), snapshots, {
      ...exporting,
      dest: value("dest", "path", "Directory in which to export the snapshot"),
    }),
    unserved(
      "Export a snapshot of the rollup node state to a given file.",
      [...words("snapshot", "export"), file],
      snapshots,
      exporting,
    ),
    unserved(
      "Import a snapshot file in a rollup node.",
      [...words("snapshot", "import"), source],
      snapshots,
      importing,
    ),
    unserved("Display information about a snapshot file.", [...words("snapshot", "info"), source], snapshots, {}),
    unserved(
      "Patches the durable storage with an arbitrary value.",
      [
        ...words("patch", "durable", "storage", "at"),
        text("path", "Durable storage path"),
        ...words("with"),
        text("value", "Patched value"),
      ],
      patches,
      { dataDir, force },
    ),
  ];
}

/** All of them. */
export function nodeCommands(session: NodeSession): readonly Command<ClientContext>[] {
  return [
    initCommand(session),
    runCommand(session),
    legacyRunCommand(session),
    protocolsCommand,
    dumpMetricsCommand,
    listMetricsCommand,
    openApiCommand(session),
    exportInputsCommand(session),
    dumpDurableCommand(session),
    replayBlockCommand(session),
    replayBlocksCommand(session),
    repairCommitmentsCommand(session),
    recomputeOutboxCommand(session),
    ...unservedCommands(session),
  ];
}
