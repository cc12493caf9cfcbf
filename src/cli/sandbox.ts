// `tickproof sandbox`: a layer 1 in a box (docs/sandbox.md). Serves the RPC of an Octez node, makes blocks by the clock or as operations come,
// writes a key directory for octez-client, and says what happens, a line a block.
import { Command, InvalidArgumentError } from "commander";
import { addressOf } from "../crypto/keys.js";
import { encodeBase58Check } from "../encoding/base58check.js";
import { isJsonObject, JsonError } from "../encoding/json.js";
import type { Block } from "../l1/sandbox/block.js";
import { BOOTSTRAP_KEYS } from "../l1/sandbox/bootstrap.js";
import { SandboxError } from "../l1/sandbox/errors.js";
import { findProtocol, PROTOCOLS } from "../l1/sandbox/protocols.js";
import type { ScheduledProtocol } from "../l1/sandbox/schedule.js";
import type { SandboxService } from "../l1/sandbox/serve.js";
import { ChainStoreError } from "../l1/sandbox/store/errors.js";
import {
  allConstantsToJson,
  type Constants,
  ConstantsError,
  overrideConstants,
  SANDBOX_CONSTANTS,
} from "../protocol/constants.js";
import { constantsForm } from "../protocol/constants-form.js";
import { publicKeyHash } from "../protocol/identifiers.js";
import type { Context } from "./context.js";
import { badInput, CliError, EXIT } from "./errors.js";
import { readBytes } from "./files.js";
import { Progress } from "./progress.js";
import { writeKeys } from "./sandbox-keys.js";
import { styled, type Terminal } from "./terminal.js";
import { counted, grouped } from "./text.js";

export const DEFAULT_RPC_PORT = 18731;
const MAX_PORT = 0xffff;
const MAX_BLOCK_SECONDS = 86_400;
const MAX_BLOCKS = 1_000_000_000;
const MAX_CONSTANTS_BYTES = 1024 * 1024;
const MUTEZ_PER_TEZ = 1_000_000n;

interface Options {
  readonly rpcAddr: string;
  readonly rpcPort: number;
  readonly baseDir?: string;
  readonly blockTime: number;
  readonly blocks?: number;
  readonly protocolConstants?: string;
  readonly nextProtocol?: readonly ScheduledProtocol[];
  readonly dataDir?: string;
}

export function sandboxCommand(context: Context): Command {
  return new Command("sandbox")
    .description("run a layer 1 in a box: a chain with the RPC of an Octez node")
    .option("--rpc-addr <address>", "address to listen on", "127.0.0.1")
    .option("--rpc-port <port>", "port to listen on; 0: any that is free", port, DEFAULT_RPC_PORT)
    .option("--base-dir <dir>", "write the bootstrap keys into this octez-client directory")
    .option("--block-time <seconds>", "seconds between blocks; 0: a block whenever an operation arrives", blockTime, 1)
    .option("--blocks <n>", "make so many blocks, then exit", count)
    .option("--protocol-constants <file>", "JSON of constants to override those of an Octez sandbox")
    .option(
      "--next-protocol <name@level>",
      "activate a protocol by the block of a level; may be repeated",
      (text: string, others: readonly ScheduledProtocol[] = []) => [...others, nextProtocol(text)],
    )
    .option("--data-dir <dir>", "keep the chain in this folder, and go on with the one that is there")
    .action((options: Options) => run(context, options));
}

async function run({ terminal }: Context, options: Options): Promise<void> {
  const { service, endpoint } = await start(terminal, options);
  const stop = (): void => void service.stop();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    if (options.baseDir !== undefined) await writeKeys(options.baseDir);
    tell(terminal, service, endpoint, options);
    await service.stopped;
  } catch (error) {
    throw told(error);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await service.stop();
  }
}

async function start(terminal: Terminal, options: Options) {
  const { protocolConstants, blocks, nextProtocol, dataDir } = options;
  const constants = protocolConstants === undefined ? undefined : readConstants(protocolConstants);
  // Loaded here, so that the other commands do not wait for an HTTP server that they do not need.
  const { SandboxService } = await import("../l1/sandbox/serve.js");
  const { MichelsonRuntime } = await import("../l1/sandbox/michelson/runtime.js");
  let made = "";
  const progress = new Progress(terminal, () => made);
  try {
    return await SandboxService.start({
      // What is not said is as in a sandbox of Octez, or as in the chain that is there.
      sandbox: {
        ...(constants === undefined ? {} : { constants }),
        ...(nextProtocol === undefined ? {} : { nextProtocols: nextProtocol }),
        contracts: new MichelsonRuntime(),
      },
      ...(dataDir === undefined ? {} : { data: { folder: dataDir, progress: replayed } }),
      rpc: {
        host: options.rpcAddr,
        port: options.rpcPort,
        onBug: (error, request) => terminal.err(`tickproof: a bug of tickproof at ${request}: ${stackOf(error)}\n`),
      },
      blockTime: options.blockTime,
      ...(blocks === undefined ? {} : { blocks }),
      onBlock: (block) => terminal.out(`${blockLine(terminal, block)}\n`),
    });
  } catch (error) {
    if (error instanceof ConstantsError) throw badInput(`${protocolConstants ?? "constants"}: ${error.reason}`, error);
    if (error instanceof SandboxError) throw badInput(error.message, error);
    throw told(error);
  } finally {
    progress.clear();
  }

  function replayed(done: number, all: number): void {
    made = `reading the chain: block ${grouped(done)} of ${grouped(all)}`;
    progress.update();
  }
}

/** What is the machine's trouble; all else that is wrong with a file is that of who named it. */
const ENVIRONMENT_FAULTS: ReadonlySet<string> = new Set(["l1.sandbox.store.unusable", "l1.sandbox.store.locked"]);

/** Errors of a chain that is kept, with their exit codes. */
function told(error: unknown): unknown {
  if (!(error instanceof ChainStoreError)) return error;
  const exitCode = ENVIRONMENT_FAULTS.has(error.code) ? EXIT.environment : EXIT.badInput;
  return new CliError(exitCode, error.message, { cause: error });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// ---- What is told

function tell(terminal: Terminal, { sandbox }: SandboxService, endpoint: string, options: Options): void {
  const { head } = sandbox;
  const field = (name: string, value: string): void => {
    terminal.out(`${styled(terminal, "dim", `${name}:`.padEnd(11))} ${value}\n`);
  };
  field("endpoint", endpoint);
  field("chain id", encodeBase58Check("chainId", sandbox.chainId));
  field("protocol", encodeBase58Check("protocolHash", head.nextProtocol.hash));
  field("blocks", options.blockTime === 0 ? "as operations arrive" : `every ${counted(options.blockTime, "second")}`);
  if (options.baseDir !== undefined) field("base dir", options.baseDir);
  if (options.dataDir !== undefined) field("data dir", options.dataDir);
  const context = sandbox.context(head);
  for (const { alias, secretKey } of BOOTSTRAP_KEYS) {
    const address = addressOf(secretKey.publicKey);
    const balance = (context.balance(publicKeyHash(address)) ?? 0n) / MUTEZ_PER_TEZ;
    field(alias, `${address}  ${grouped(balance)} tez`);
  }
  field("head", `${head.shell.level} ${encodeBase58Check("blockHash", head.hash)}`);
}

/** Messages that the protocol itself puts into every level: start, information, end; and, in a protocol's first, its name. */
const PROTOCOL_MESSAGES = 3;

function blockLine(terminal: Terminal, block: Block): string {
  const { shell, operations, inboxMessages, state, protocol, nextProtocol } = block;
  const startsProtocol = shell.level === state.activationLevel + 1;
  const messages = inboxMessages.length - PROTOCOL_MESSAGES - (startsProtocol ? 1 : 0);
  const parts = [
    `block ${grouped(shell.level)}`,
    encodeBase58Check("blockHash", block.hash),
    ...(operations.length === 0 ? [] : [counted(operations.length, "operation")]),
    ...(messages === 0 ? [] : [counted(messages, "message")]),
    ...(protocol === nextProtocol ? [] : [`activates ${nextProtocol.versionName}`]),
  ];
  return operations.length === 0 ? styled(terminal, "dim", parts.join("  ")) : parts.join("  ");
}

// ---- Options

function integerBetween(text: string, min: number, max: number): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new InvalidArgumentError(`A number from ${min} to ${max}.`);
  return value;
}

const port = (text: string): number => integerBetween(text, 0, MAX_PORT);
const count = (text: string): number => integerBetween(text, 0, MAX_BLOCKS);

function blockTime(text: string): number {
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_BLOCK_SECONDS)) throw new InvalidArgumentError(`Seconds, from 0 to ${MAX_BLOCK_SECONDS}.`);
  return value;
}

function nextProtocol(text: string): ScheduledProtocol {
  const at = text.lastIndexOf("@");
  const level = /^[0-9]{1,9}$/.test(text.slice(at + 1)) ? Number(text.slice(at + 1)) : Number.NaN;
  const protocol = findProtocol(text.slice(0, Math.max(at, 0)));
  if (at < 0 || Number.isNaN(level)) throw new InvalidArgumentError("A protocol and a level: NAME@LEVEL.");
  if (protocol === undefined) {
    const names = PROTOCOLS.map(({ versionName }) => versionName).join(", ");
    throw new InvalidArgumentError(`No such protocol; these are known, by name or hash: ${names}.`);
  }
  return { protocol, level };
}

const PRINTED_NAMES: ReadonlySet<string> = new Set(Object.keys(allConstantsToJson(SANDBOX_CONSTANTS)));
const OWN_NAMES: ReadonlySet<string> = new Set(Object.keys(constantsForm.toJson(SANDBOX_CONSTANTS) as object));

/** The sandbox's constants with those of a file instead. What `context/constants` prints and is no parameter is passed over. */
function readConstants(path: string): Constants {
  const text = Buffer.from(readBytes(path, MAX_CONSTANTS_BYTES)).toString("utf8");
  try {
    const json: unknown = JSON.parse(text);
    if (!isJsonObject(json)) throw badInput(`${path}: not a JSON object`);
    const isParameter = (name: string): boolean => OWN_NAMES.has(name) || !PRINTED_NAMES.has(name);
    const parameters = Object.entries(json).filter(([name]) => isParameter(name));
    return overrideConstants(SANDBOX_CONSTANTS, Object.fromEntries(parameters));
  } catch (error) {
    if (error instanceof SyntaxError) throw badInput(`${path}: not JSON: ${error.message}`, error);
    if (error instanceof JsonError) throw badInput(`${path}: ${error.message}`, error);
    throw error;
  }
}
