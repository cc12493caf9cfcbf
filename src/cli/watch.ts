// `tickproof watch`: follows the games and commitments of a rollup without playing, and raises an alarm when an honest side is about to
// lose (docs/watch.md). Without a webhook, the first alarm ends it, with exit code 1.
import { Command, InvalidArgumentError, Option } from "commander";
import { type RollupAddress, rollupAddressForm } from "../protocol/identifiers.js";
import type { Context } from "./context.js";
import { natural } from "./machine-options.js";

const DEFAULT_ENDPOINT = "http://localhost:8732";
const DEFAULT_ALARM_BLOCKS = 100;
const MAX_ALARM_BLOCKS = 1_000_000_000;

export interface WatchOptions {
  readonly endpoint: string;
  readonly rollup: RollupAddress;
  readonly dataDir?: string;
  readonly node?: string;
  readonly alarmBlocks: number;
  readonly webhook?: URL;
  readonly once?: true;
  readonly json?: true;
  readonly plain?: true;
}

export function watchCommand(context: Context): Command {
  return new Command("watch")
    .description("follow the games and commitments of a rollup; raise an alarm when an honest side is about to lose")
    .option("--endpoint <url>", "layer 1 node", url, DEFAULT_ENDPOINT)
    .requiredOption("--rollup <sr1…>", "the rollup", rollupAddress)
    .addOption(new Option("--data-dir <dir>", "own states: those in the data directory of a node").conflicts("node"))
    .option(
      "--node <url>",
      "own states: those of a rollup node, over its RPC; else those of an observer of its own",
      url,
    )
    .option("--alarm-blocks <n>", "blocks that are few", alarmBlocks, DEFAULT_ALARM_BLOCKS)
    .option("--webhook <url>", "post alarms there, as JSON, and go on", webAddress)
    .option("--once", "look once and end; exit code 1 if there is anything alarming")
    .option("--json", "one JSON object a line")
    .option("--plain", "lines instead of the live view, on a terminal too")
    .action(async (options: WatchOptions) => {
      const stopping = new AbortController();
      const stop = (): void => stopping.abort();
      process.once("SIGINT", stop).once("SIGTERM", stop);
      try {
        // Loaded here, so that the other commands do not wait for servers and databases.
        const { Watch } = await import("./watch-run.js");
        await new Watch(context, options, stopping).run();
      } finally {
        process.off("SIGINT", stop).off("SIGTERM", stop);
      }
    });
}

// ---- Options

function rollupAddress(text: string): RollupAddress {
  try {
    return rollupAddressForm.fromJson(text);
  } catch {
    throw new InvalidArgumentError("The address of a rollup, sr1….");
  }
}

function webAddress(text: string): URL {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new InvalidArgumentError("An address like http://127.0.0.1:8932.");
}

function url(text: string): string {
  webAddress(text);
  return text;
}

function alarmBlocks(text: string): number {
  const value = natural(text);
  if (value > BigInt(MAX_ALARM_BLOCKS)) throw new InvalidArgumentError(`At most ${MAX_ALARM_BLOCKS} blocks.`);
  return Number(value);
}
