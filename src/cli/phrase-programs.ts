// The commands whose command lines read like sentences (phrase-parser.ts). What follows their name is theirs alone, options and
// --help included: commander only lists them.
import { Command } from "commander";
import type { PhraseProgram } from "./client/phrase-run.js";
import { processHost } from "./client/process-host.js";
import type { Context } from "./context.js";
import type { Terminal } from "./terminal.js";

type RunPhrases = (args: readonly string[], program: PhraseProgram) => Promise<number>;

interface PhraseEntry {
  readonly name: string;
  readonly description: string;
  /** Loaded when it is asked for, so that the other commands do not wait for it. */
  readonly load: () => Promise<RunPhrases>;
}

const ENTRIES: readonly PhraseEntry[] = [
  {
    name: "client",
    description: "keys, transfers, contracts, rollups on a layer 1; as octez-client",
    load: async () => (await import("./client.js")).runClient,
  },
  {
    name: "codec",
    description: "bytes to JSON and back; as octez-codec",
    load: async () => (await import("./codec.js")).runCodec,
  },
];

/** Runs the command line of one of these commands; gives the exit code. */
export interface PhraseCommandLine {
  readonly run: (terminal: Terminal, version: string) => Promise<number>;
}

/** The command line, if it is that of one of these commands. */
export function phraseCommandLine(args: readonly string[]): PhraseCommandLine | undefined {
  // "--debug" is the only option that may stand before a command.
  const at = args[0] === "--debug" ? 1 : 0;
  const entry = ENTRIES.find(({ name }) => name === args[at]);
  if (entry === undefined) return undefined;
  return {
    run: async (terminal, version) => {
      const run = await entry.load();
      return run(args.slice(at + 1), { host: processHost(terminal), version: `tickproof ${version}` });
    },
  };
}

/** What the list of commands says about them. */
export const PHRASE_COMMANDS: readonly ((context: Context) => Command)[] = ENTRIES.map(
  ({ name, description }) =>
    () =>
      new Command(name).description(description).usage("[global options] command [command options]"),
);
