// The commands whose command lines read like sentences (phrase-parser.ts). What follows their name is theirs alone, options and
// --help included: commander only lists them. They are typed often and end soon, so they load nothing that they do not need: neither
// commander nor the machine.
import type { PhraseProgram } from "./client/phrase-run.js";
import { processHost } from "./client/process-host.js";
import { packageVersion } from "./package-files.js";
import type { Terminal } from "./terminal.js";

type RunPhrases = (args: readonly string[], program: PhraseProgram) => Promise<number>;

export interface PhraseEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<RunPhrases>;
}

export const PHRASE_PROGRAMS: readonly PhraseEntry[] = [
  {
    name: "client",
    description: "keys, transfers, contracts, rollups on a layer 1; as octez-client",
    load: async () => (await import("./client.js")).runClient,
  },
  {
    name: "node",
    description: "the rollup node; as octez-smart-rollup-node",
    load: async () => (await import("./node.js")).runNodeCommand,
  },
  {
    name: "codec",
    description: "bytes to JSON and back; as octez-codec",
    load: async () => (await import("./codec.js")).runCodec,
  },
];

/** Runs a command line of one of these commands and gives the exit code; undefined for any other. Never throws. */
export async function runPhraseProgram(args: readonly string[], terminal: Terminal): Promise<number | undefined> {
  // "--debug" is the only option that may stand before a command.
  const isDebugging = args[0] === "--debug";
  const [command, ...rest] = isDebugging ? args.slice(1) : args;
  const entry = PHRASE_PROGRAMS.find(({ name }) => name === command);
  if (entry === undefined) return undefined;
  try {
    const run = await entry.load();
    return await run(rest, { host: processHost(terminal), version: `tickproof ${packageVersion()}` });
  } catch (error) {
    const { reportFailure } = await import("./failure-report.js");
    return reportFailure(error, terminal, isDebugging);
  }
}
