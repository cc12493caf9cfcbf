// The options that say which rollup a command is about, without its node: a data directory, or a kernel and what it has read.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { JsonError } from "../encoding/json.js";
import { type ChainConstants, readChainConstants } from "../l1/client/chain-constants.js";
import { ConfigurationError } from "../node/config/configuration.js";
import { parseConfiguration } from "../node/config/configuration-json.js";
import { EngineError } from "../node/engine/errors.js";
import { NoMove } from "../node/games/next-move.js";
import { jsonOfText } from "../node/games/offline/game-file.js";
import { OfflineError, type OfflineErrorCode } from "../node/games/offline/offline-error.js";
import type { OfflineRollup } from "../node/games/offline/offline-rollup.js";
import type { RecordedRollup } from "../node/games/offline/recorded-rollup.js";
import { revealRulesOf } from "../node/node-context.js";
import { NodeError } from "../node/node-error.js";
import { DataDirError } from "../node/store/data-dir-error.js";
import { StoreError } from "../node/store/store-error.js";
import { allConstantsToJson, MAINNET_CONSTANTS } from "../protocol/constants.js";
import type { PublicKeyHash, RollupAddress } from "../protocol/identifiers.js";
import { type Inbox, inboxForm } from "../protocol/inbox.js";
import { InboxProofError } from "../protocol/inbox-proof.js";
import type { RollupInputs } from "../protocol/inputs/inputs.js";
import { ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "../pvm/versions.js";
import { badInput, CliError, EXIT, type ExitCode } from "./errors.js";
import { readInputsFile, readKernelFile } from "./files.js";
import { readText, rollupAddress } from "./json-input.js";
import { natural } from "./machine-options.js";

export interface RollupOptions {
  readonly dataDir?: string;
  readonly inputs?: string;
  readonly rollup?: RollupAddress;
  readonly constants?: string;
  readonly commitmentPeriod?: number;
  readonly periodStart?: number;
  readonly inbox?: string;
  readonly pvmVersion: PvmVersion;
  readonly level: number;
}

/** Adds the options to a command. */
export function withRollupOptions(command: Command): Command {
  return command
    .option("--data-dir <dir>", "data directory of the rollup's node; only read, the node may run")
    .option("--inputs <file>", "without a node: what the kernel has read, JSON inboxes or recorded inputs")
    .option("--rollup <address>", "the rollup, where the inputs do not name it", rollupAddress)
    .option("--constants <file>", "JSON of `context/constants`; mainnet's where absent")
    .option("--commitment-period <n>", "levels of a commitment, for --inputs; that of the constants", blocks)
    .option("--period-start <level>", "level of the commitment before the disputed one, for --inputs", blocks)
    .option(
      "--inbox <file>",
      "for --inputs: JSON of `context/smart_rollups/all/inbox` at the level before the first one",
    )
    .addOption(
      new Option("--pvm-version <version>", "version of the PVM to start with, for --inputs")
        .choices(PVM_VERSIONS)
        .default(ORIGINATION_VERSION),
    )
    .option("--level <n>", "level of the first inbox, where the inputs do not say it", blocks, 0);
}

const MAX_BLOCKS = 0x7fff_ffffn;

/** Parser of an option that is a level, or a number of levels. */
export function blocks(text: string): number {
  const value = natural(text);
  if (value > MAX_BLOCKS) throw new InvalidArgumentError(`At most ${MAX_BLOCKS}.`);
  return Number(value);
}

export type OpenedRollup =
  | { readonly kind: "dataDir"; readonly rollup: OfflineRollup }
  | { readonly kind: "recorded"; readonly rollup: RecordedRollup };

/** Whether the options name a rollup at all. */
export function namesRollup(kernel: string | undefined, options: RollupOptions): boolean {
  return kernel !== undefined || options.dataDir !== undefined || options.inputs !== undefined;
}

/** `byDefault`: the rollup that nobody has named. */
export async function openRollup(
  kernel: string | undefined,
  options: RollupOptions,
  byDefault?: RollupAddress,
): Promise<OpenedRollup> {
  const { dataDir, inputs } = options;
  if (dataDir !== undefined) {
    if (kernel !== undefined || inputs !== undefined) {
      throw badInput("--data-dir excludes a kernel and --inputs: one of the two says what the rollup is");
    }
    return { kind: "dataDir", rollup: await openDirectory(dataDir, options) };
  }
  if (kernel === undefined || inputs === undefined)
    throw badInput("of which rollup? Give --data-dir, or a kernel and --inputs");
  return { kind: "recorded", rollup: await openRecorded(kernel, inputs, options, byDefault) };
}

async function openDirectory(dataDir: string, options: RollupOptions): Promise<OfflineRollup> {
  // Loads a library for SQLite, which other commands do without.
  const { openDataDirectoryRollup } = await import("../node/games/offline/data-directory-rollup.js");
  const opened = await openDataDirectoryRollup(dataDir, { rules: revealRulesOf(constantsOf(options)) });
  const { address } = opened.metadata;
  if (options.rollup === undefined || options.rollup === address) return opened;
  await opened.close();
  const text = `${dataDir} is the data directory of ${address}, not of ${options.rollup}`;
  throw new OfflineError("node.offline.other_rollup", text, options.rollup);
}

async function openRecorded(
  kernel: string,
  file: string,
  options: RollupOptions,
  byDefault: RollupAddress | undefined,
): Promise<RecordedRollup> {
  const { RecordedRollup: Recorded } = await import("../node/games/offline/recorded-rollup.js");
  const bytes = await readKernelFile(kernel);
  const inputs = readInputsFile(file, options.level);
  const constants = constantsOf(options);
  const { pvmVersion: version, periodStart, inbox } = options;
  return new Recorded({
    name: file,
    kernel: bytes,
    version,
    metadata: {
      address: addressIn(inputs, file, options.rollup, byDefault),
      originationLevel: inputs.originationLevel,
    },
    rules: revealRulesOf(constants),
    levels: inputs.inboxes,
    reveals: inputs.reveals,
    commitmentPeriod: options.commitmentPeriod ?? constants.rollup.commitmentPeriod,
    ...(periodStart === undefined ? {} : { periodStart }),
    ...(inbox === undefined ? {} : { inbox: readInbox(inbox) }),
  });
}

function addressIn(
  { rollup }: RollupInputs,
  file: string,
  given: RollupAddress | undefined,
  byDefault: RollupAddress | undefined,
): RollupAddress {
  if (rollup === undefined) {
    const address = given ?? byDefault;
    if (address !== undefined) return address;
    throw badInput(`${file} does not name the rollup: give --rollup`);
  }
  if (given === undefined || given === rollup) return rollup as RollupAddress; // checked when it was read
  const text = `${file} has the inputs of ${rollup}, not of ${given}`;
  throw new OfflineError("node.offline.other_rollup", text, given);
}

function readInbox(file: string): Inbox {
  return inFile(file, () => inboxForm.fromJson(jsonOfText(readText(file), file)));
}

/** The chain's constants. */
export function constantsOf({ constants: file }: RollupOptions): ChainConstants {
  if (file === undefined) return readChainConstants(allConstantsToJson(MAINNET_CONSTANTS));
  return inFile(file, () => readChainConstants(jsonOfText(readText(file), file)));
}

/** Errors of JSON get the file's name. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonError) throw badInput(`${file}: ${error.message}`, error);
    throw error;
  }
}

/** The operator that the configuration of a data directory names. */
export function operatorOf({ dataDir }: RollupOptions): PublicKeyHash | undefined {
  if (dataDir === undefined) return undefined;
  const file = join(dataDir, "config.json");
  return existsSync(file) ? parseConfiguration(readText(file), file).operators.operating : undefined;
}

// ---- Errors

const EXIT_CODES: { readonly [C in OfflineErrorCode]?: ExitCode } = {
  "node.offline.not_our_turn": EXIT.notOurTurn,
  "node.offline.nothing_to_refute": EXIT.negativeVerdict,
  "node.offline.states_disagree": EXIT.negativeVerdict,
};

const EXPECTED = [NodeError, StoreError, DataDirError, EngineError, InboxProofError, ConfigurationError] as const;

/** Runs `work`; what its layers raise that is no bug becomes an error of the command line, with its code at the end. */
export async function tellingErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (exitCode === undefined || !(error instanceof Error)) throw error;
    const { code } = error as Error & { readonly code: string }; // all of these have one
    const text = error.message.startsWith(`${code}: `) ? error.message.slice(code.length + 2) : error.message;
    throw new CliError(exitCode, `${text} (${code})`, { cause: error });
  }
}

function exitCodeOf(error: unknown): ExitCode | undefined {
  if (error instanceof OfflineError) return EXIT_CODES[error.code] ?? EXIT.badInput;
  if (error instanceof NoMove) return EXIT.negativeVerdict;
  if (error instanceof StoreError && error.code === "node.store.unavailable") return EXIT.environment;
  return EXPECTED.some((kind) => error instanceof kind) ? EXIT.badInput : undefined;
}
