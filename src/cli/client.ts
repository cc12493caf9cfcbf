// `tickproof client`: the part of octez-client that rollup users need, with its grammar, texts and exit codes (docs/client.md).
// Left out: shell completion, colours, mainnet's fundraiser keys, other modes than that with a node.

import { encodeBase58Check } from "../encoding/base58check.js";
import type { TransportEvent } from "../l1/client/http-transport.js";
import { L1Client } from "../l1/client/l1-client.js";
import { PROTOCOLS } from "../l1/sandbox/protocols.js";
import { hashEquals, type ProtocolHash } from "../protocol/identifiers.js";
import { contractAliasCommands, rollupAliasCommands } from "./client/alias-commands.js";
import { type Configuration, configure } from "./client/config.js";
import { configCommands } from "./client/config-commands.js";
import { ClientContext } from "./client/context.js";
import { bootstrapped, contextCommands } from "./client/context-commands.js";
import { contractCommands } from "./client/contract-commands.js";
import { fatal, traceOf, traceText } from "./client/failures.js";
import { type GlobalValues, globalOptions } from "./client/global-options.js";
import type { ClientHost } from "./client/host.js";
import { keyCommands } from "./client/key-commands.js";
import { withManual } from "./client/manual.js";
import { operationCommands } from "./client/operation-commands.js";
import { finish, type PhraseProgram } from "./client/phrase-run.js";
import { rollupCommands } from "./client/rollup-commands.js";
import { rpcCommands } from "./client/rpc-commands.js";
import { transferCommands } from "./client/transfer-commands.js";
import { type Command, commandsIn, Phrasebook, parseGlobalOptions, words } from "./phrase-parser.js";

export const CLIENT_NAME = "tickproof client";
/** A node may take its time to simulate; octez-client sets no limit at all. */
const CALL_TIMEOUT_MS = 600_000;
const DEFAULT_FIRST_TIMEOUT_S = 10;

/** Runs a command line (without the word "client"); gives the exit code. Raises only what is a bug. */
export function runClient(args: readonly string[], context: PhraseProgram): Promise<number> {
  const { host } = context;
  return finish({ name: CLIENT_NAME, globalOptions: globalOptions(host.env) }, context, () => run(args, host));
}

async function run(args: readonly string[], host: ClientHost): Promise<void> {
  const { values, rest } = await parseGlobalOptions(globalOptions(host.env), args, undefined, host.env);
  const configuration = configure(host, values);
  const l1 = new L1Client(configuration.endpoint, {
    chain: values.chain,
    retries: 0,
    timeoutMs: CALL_TIMEOUT_MS,
    ...logger(host, values),
  });
  try {
    const { baseDir, confirmations, passwordFile } = configuration;
    const context = new ClientContext(host, { baseDir, l1, block: values.block, confirmations, passwordFile });
    const commands = await selectCommands(context, values, configuration);
    await new Phrasebook(commands).run(rest, context, host.env);
  } finally {
    await l1.close();
  }
}

// ---- Commands

const listProtocols = commandsIn<ClientContext>()({
  summary: "List the protocol versions that this client understands.",
  phrase: words("list", "understood", "protocols"),
  run: (_none, _options, context) => {
    for (const { hash } of PROTOCOLS) context.message(shortHash(hash));
  },
});

const SHORT_HASH = 12;

function shortHash(hash: ProtocolHash): string {
  return encodeBase58Check("protocolHash", hash).slice(0, SHORT_HASH);
}

/** The commands there are depend on the network (how new keys are kept) and on its protocol (whether operations are known). */
async function selectCommands(
  context: ClientContext,
  values: GlobalValues,
  configuration: Configuration,
): Promise<readonly Command<ClientContext>[]> {
  const timeoutMs = firstTimeout(context.host);
  const isMainnet = await checkNetwork(context, timeoutMs);
  const protocol = await protocolOf(context, values.protocol);
  return withManual({ name: CLIENT_NAME, globalOptions: globalOptions(context.host.env) }, [
    ...configCommands(configuration),
    listProtocols,
    ...rpcCommands,
    ...keyCommands(isMainnet),
    bootstrapped,
    ...rollupAliasCommands,
    ...(protocol === undefined
      ? []
      : [
          ...contextCommands,
          ...contractCommands,
          ...transferCommands,
          ...rollupCommands,
          ...operationCommands,
          ...contractAliasCommands,
        ]),
  ]);
}

/** Milliseconds that the node may take to say what it is. */
function firstTimeout({ env, err }: ClientHost): number {
  const name = "TEZOS_CLIENT_RPC_TIMEOUT_SECONDS";
  const text = env[name];
  if (text === undefined) return DEFAULT_FIRST_TIMEOUT_S * 1000;
  const seconds = /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined && seconds > 0) return seconds * 1000;
  const fault = seconds === undefined ? "malformed" : "invalid";
  err(
    `Warning:\n  The value read from environment variable\n  ${name} := ${text}\n  is ${fault} as a timeout interval:\n` +
      "  It must be a strictly positive integral number\n  indicating the timeout period (in seconds).\n\n" +
      `   Using the default value (:= ${DEFAULT_FIRST_TIMEOUT_S} seconds per RPC call).\n\n`,
  );
  return DEFAULT_FIRST_TIMEOUT_S * 1000;
}

const MAIN_NETWORKS = ["TEZOS_BETANET", "TEZOS_MAINNET"];

/** Says which network this is; whether it is the main one. */
async function checkNetwork({ l1, host }: ClientContext, timeoutMs: number): Promise<boolean> {
  const version = await l1.version({ timeoutMs }).catch(() => undefined);
  if (version === undefined) return false;
  const isMainnet = MAIN_NETWORKS.some((name) => version.chainName.startsWith(name));
  const silence = (host.env["TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER"] ?? "").toLowerCase();
  if (silence !== "y" && silence !== "yes") host.err(isMainnet ? MAINNET_DISCLAIMER : TESTNET_DISCLAIMER);
  return isMainnet;
}

const TESTNET_DISCLAIMER =
  `Warning:\n  \n${" ".repeat(17)}This is NOT the Tezos Mainnet.\n  \n` +
  `${" ".repeat(11)}Do NOT use your fundraiser keys on this network.\n\n`;

const MAINNET_DISCLAIMER =
  "Disclaimer:\n  The  Tezos  network  is  a  new  blockchain technology.\n" +
  "  Users are  solely responsible  for any risks associated\n" +
  "  with usage of the Tezos network.  Users should do their\n" +
  "  own  research to determine  if Tezos is the appropriate\n" +
  "  platform for their needs and should apply judgement and\n" +
  "  care in their network interactions.\n\n";

/** The protocol whose commands are to be there; undefined when neither the node nor the command line tells. */
async function protocolOf(
  { l1, settings, host }: ClientContext,
  given: ProtocolHash | undefined,
): Promise<ProtocolHash | undefined> {
  try {
    const { nextProtocol } = await l1.block(settings.block).protocols();
    if (given !== undefined && !hashEquals(given, nextProtocol)) {
      host.err(
        `Warning:\n  The protocol provided via \`--protocol\` (${shortHash(given)})\n` +
          `  is not the one retrieved from the node (${shortHash(nextProtocol)}).\n\n`,
      );
    }
    const chosen = given ?? nextProtocol;
    if (!PROTOCOLS.some(({ hash }) => hashEquals(hash, chosen))) fatal("unknown protocol version.");
    return chosen;
  } catch (error) {
    const trace = traceOf(error);
    if (trace === undefined) throw error;
    if (given === undefined) {
      const reason = traceText(trace).replaceAll("\n", "\n  ");
      host.err(`Warning:\n  Failed to acquire the protocol version from the node\n  ${reason}\n\n`);
    }
    return given;
  }
}

// ---- Logs of calls

/** Prints calls, or what they take, as the options say. */
function logger(host: ClientHost, { timings, logRequests }: GlobalValues) {
  if (!timings && !logRequests) return {};
  let count = 0;
  return {
    onEvent: (event: TransportEvent): void => {
      if (timings) {
        if (event.kind !== "response") return;
        const seconds = ((event.milliseconds ?? 0) / 1000).toPrecision(6);
        host.err(`Request to ${event.url} succeeded in ${seconds} seconds\n`);
      } else if (event.kind === "request") {
        host.err(`>>>>${count++}: ${event.url}\n${indented(event.body)}`);
      } else if (event.kind === "response") {
        host.err(`<<<<${count - 1}: ${event.status ?? ""}\n${indented(event.body)}`);
      }
    },
  };
}

function indented(body: string | undefined): string {
  return body === undefined || body === "" ? "" : `  ${body.trimEnd().replaceAll("\n", "\n  ")}\n`;
}
