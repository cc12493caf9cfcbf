// `tickproof dissect`: the dissection of the ticks between two, as an honest player submits it.
import { Command, InvalidArgumentError } from "commander";
import type { Stretch } from "../node/engine/engine.js";
import { type OwnChunk, ownDissection } from "../node/games/offline/own-dissection.js";
import { chunkOf, dissectionForm } from "../protocol/dissection.js";
import type { RollupAddress } from "../protocol/identifiers.js";
import { DEFAULT_ROLLUP } from "../protocol/inputs/michelson-payload.js";
import type { Context } from "./context.js";
import { badInput } from "./errors.js";
import { natural } from "./machine-options.js";
import {
  blocks,
  constantsOf,
  type OpenedRollup,
  openRollup,
  type RollupOptions,
  tellingErrors,
  withRollupOptions,
} from "./rollup-options.js";
import { grouped, stateHashText } from "./text.js";

interface DissectOptions extends RollupOptions {
  readonly inboxLevel?: number;
  readonly from: bigint;
  readonly to?: bigint;
  readonly sections?: number;
  readonly json: boolean;
}

export function dissectCommand(context: Context): Command {
  return withRollupOptions(new Command("dissect"))
    .description("the dissection between two ticks, by the rules of refutation games")
    .argument("[kernel]", "kernel, for --inputs: WebAssembly as binary, as text (.wat) or in hexadecimal")
    .option(
      "--inbox-level <level>",
      "ticks are those of the commitment for this level; of the whole run if absent",
      blocks,
    )
    .option("--from <tick>", "first tick; 0 if absent", natural, 0n)
    .option("--to <tick>", "last tick; the end of the period, or run, if absent", natural)
    .option("--sections <n>", "sections of a dissection; those of the constants if absent", sections)
    .option("--json", "print one JSON object", false)
    .action((kernel: string | undefined, options: DissectOptions) =>
      tellingErrors(() => dissect(context, kernel, options)),
    );
}

const MAX_SECTIONS = 255n;

function sections(text: string): number {
  const value = natural(text);
  if (value < 2n || value > MAX_SECTIONS) throw new InvalidArgumentError(`2 to ${MAX_SECTIONS}.`);
  return Number(value);
}

async function dissect({ terminal }: Context, kernel: string | undefined, options: DissectOptions): Promise<void> {
  // As in the debugger, it only matters to kernels that ask for it.
  const opened = await openRollup(kernel, options, DEFAULT_ROLLUP as RollupAddress);
  const { rollup } = opened;
  try {
    const stretch = await stretchOf(opened, options);
    const count = options.sections ?? constantsOf(options).rollup.numberOfSectionsInDissection;
    const stop = options.to ?? (await rollup.ticksOf(stretch));
    const chunks = await ownDissection(rollup, stretch, { start: options.from, stop, sections: count });
    terminal.out(options.json ? `${JSON.stringify(summary(stretch, chunks))}\n` : describe(stretch, chunks));
  } finally {
    await rollup.close();
  }
}

function stretchOf(opened: OpenedRollup, { inboxLevel }: DissectOptions): Promise<Stretch> {
  if (inboxLevel !== undefined) return opened.rollup.period(inboxLevel);
  if (opened.kind === "recorded") return opened.rollup.wholeRun();
  throw badInput("of which commitment? Give --inbox-level");
}

function summary({ levels }: Stretch, chunks: readonly OwnChunk[]) {
  return {
    levels: [levels[0]?.level ?? null, levels.at(-1)?.level ?? null],
    dissection: dissectionForm.toJson(chunks.map(({ tick, state }) => chunkOf(tick, state))),
    phases: chunks.map(({ phase }) => phase ?? null),
  };
}

function describe({ levels }: Stretch, chunks: readonly OwnChunk[]): string {
  const rows = chunks.map(({ tick, state, phase = "" }) => {
    const hash = state === undefined ? "none: the machine does not get there" : stateHashText(state);
    return [grouped(tick), hash, phase] as const;
  });
  const width = Math.max(...rows.map(([tick]) => tick.length));
  return [
    `levels    ${levels[0]?.level ?? "none"} to ${levels.at(-1)?.level ?? "none"}`,
    `sections  ${chunks.length - 1}`,
    ...rows.map(([tick, hash, phase]) => `${tick.padStart(width)}  ${hash}  ${phase}`.trimEnd()),
    "",
  ].join("\n");
}
