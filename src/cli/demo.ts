// `tickproof demo`, what `npm start` runs: the life of a rollup (demo/rollup-demo.ts), a dispute (--dispute), or the machine alone
// (--machine). Its exit code is 0 only if all was seen that there is to see.
import { Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.js";
import { badInput, EXIT } from "./errors.js";
import { natural } from "./machine-options.js";
import { DEFAULT_RPC_PORT } from "./sandbox.js";

const MAX_BLOCKS = 1_000_000;
const MAX_MACHINE_LEVELS = 10_000;
const MAX_BLOCK_SECONDS = 3600;
const OPERATOR_PORT = 8932;
const OBSERVER_PORT = 8933;

interface DemoOptions {
  readonly blocks?: number;
  readonly blockTime?: number;
  readonly dispute?: true;
  readonly machine?: true;
  readonly anyPort?: true;
}

export function demoCommand(context: Context): Command {
  return new Command("demo")
    .description("show a rollup on a sandbox chain: nodes, messages, commitments, an outbox message on layer 1")
    .option("--blocks <n>", "end by itself after so many blocks", blocks)
    .option(
      "--block-time <seconds>",
      "seconds between blocks; 0: as fast as the nodes follow; 1 (0.5 with --dispute)",
      seconds,
    )
    .addOption(
      new Option("--dispute", "show a refutation game instead, an honest operator against one that lies").conflicts(
        "machine",
      ),
    )
    .option("--machine", "show the machine alone, tick by tick, and proofs of ten ticks")
    .option("--any-port", "listen on any ports that are free")
    .action(async (options: DemoOptions) => {
      context.exitCode = (await run(context, options)) ? EXIT.fine : EXIT.negativeVerdict;
    });
}

async function run(context: Context, options: DemoOptions): Promise<boolean> {
  if (options.machine === true) return runMachine(context, options);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await runChain(context, options, stopping.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function runMachine(context: Context, { blocks: levels }: DemoOptions): Promise<boolean> {
  const { MACHINE_LEVELS, MachineDemo } = await import("./demo/machine-demo.js");
  if (levels !== undefined && levels > MAX_MACHINE_LEVELS)
    throw badInput(`--machine shows at most ${MAX_MACHINE_LEVELS} levels`);
  await new MachineDemo(context, levels ?? MACHINE_LEVELS).show();
  return true;
}

async function runChain({ terminal }: Context, options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  // Loaded here, so that the other commands do not wait for servers and nodes.
  const { DemoWorld } = await import("./demo/world.js");
  const { Teller } = await import("./demo/teller.js");
  const { RollupDemo, ROLLUP_CONSTANTS } = await import("./demo/rollup-demo.js");
  const { DisputeDemo, DISPUTE_CONSTANTS } = await import("./demo/dispute-demo.js");
  const isDispute = options.dispute === true;
  const port = (usual: number): number => (options.anyPort === true ? 0 : usual);
  const world = await DemoWorld.start({
    constants: isDispute ? DISPUTE_CONSTANTS : ROLLUP_CONSTANTS,
    blockMs: (options.blockTime ?? (isDispute ? 0.5 : 1)) * 1000,
    port: port(DEFAULT_RPC_PORT),
    signal,
  });
  try {
    const teller = new Teller(terminal);
    const [first, second] = [port(OPERATOR_PORT), port(OBSERVER_PORT)];
    if (isDispute) return await new DisputeDemo(world, teller, { honest: first, liar: second }).show(options.blocks);
    const sawAll = await new RollupDemo(world, teller, { operator: first, observer: second }).show(options.blocks);
    // Whoever stops it has seen enough.
    return sawAll || signal.aborted;
  } finally {
    await world.stop();
  }
}

// ---- Options

function blocks(text: string): number {
  const value = natural(text);
  if (value < 1n || value > BigInt(MAX_BLOCKS)) throw new InvalidArgumentError(`1 to ${MAX_BLOCKS} blocks.`);
  return Number(value);
}

function seconds(text: string): number {
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_BLOCK_SECONDS)) throw new InvalidArgumentError(`Seconds, from 0 to ${MAX_BLOCK_SECONDS}.`);
  return value;
}
