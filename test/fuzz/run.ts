// The fuzzer: `npm run fuzz -- --help`. Exit code 0: no difference; 1: some; 2: bad arguments.
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { failureText, writeFailure } from "./report.js";
import { countCase, newTally, type RoundOptions, runRounds, type Tally } from "./rounds.js";
import type { Failure } from "./runner.js";
import type { Target } from "./target.js";
import { allTargets } from "./targets.js";

const HELP = `Usage: npm run fuzz -- [options]

Makes up modules, kernels and proofs, and compares what this project makes of them with
what V8, a model or the tick interpreter does.

  --minutes M    how long (default 2)
  --seed S       0 to 2^31 - 1 (default: a random one, printed)
  --only TARGET  only this target (repeatable)
  --case N       only the case of this number, of the one target named
  --shrink S     seconds in which a failed case is made smaller (default 20)
`;

class UsageError extends Error {}

interface Arguments {
  readonly seed: number;
  readonly milliseconds: number;
  readonly shrinkMilliseconds: number;
  readonly targets: readonly Target[];
  readonly number: number | undefined;
}

function numberOf(name: string, text: string, most: number, isWhole: boolean): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw new UsageError(`${name}: ${JSON.stringify(text)} is not a number from 0 to ${most}`);
}

/** Undefined: only help was asked for. */
function readArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "2" },
      seed: { type: "string", default: String(randomInt(2 ** 31)) },
      only: { type: "string", multiple: true, default: [] },
      case: { type: "string" },
      shrink: { type: "string", default: "20" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const targets = allTargets();
  const names = targets.map(({ name }) => name);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only: no target ${unknown}; there are ${names.join(", ")}`);
  if (values.case !== undefined && values.only.length !== 1)
    throw new UsageError("--case: name its target with --only");
  return {
    seed: numberOf("--seed", values.seed, 2 ** 31 - 1, true),
    milliseconds: numberOf("--minutes", values.minutes, 10_000, false) * 60_000,
    shrinkMilliseconds: numberOf("--shrink", values.shrink, 3600, false) * 1000,
    targets: values.only.length === 0 ? targets : targets.filter(({ name }) => values.only.includes(name)),
    number: values.case === undefined ? undefined : numberOf("--case", values.case, 2 ** 40, true),
  };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function printTally({ target, passed, undecided, failures, milliseconds }: Tally): string {
  const cases = passed + undecided + failures.length;
  const rate = cases / Math.max(milliseconds / 1000, 0.001);
  const speed = `${cases} cases, ${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
  return `${target.name.padEnd(10)} ${speed}, ${undecided} undecided, ${failures.length} failed: ${target.title}`;
}

async function tell(failure: Failure): Promise<void> {
  const text = await failureText(failure);
  say(`\n${text}written to ${writeFailure(failure, text, tmpdir())}\n`);
}

const PROGRESS_MILLISECONDS = 60_000;

/** A line a minute. */
function progress(): (tallies: readonly Tally[]) => void {
  const started = Date.now();
  let next = started + PROGRESS_MILLISECONDS;
  return (tallies) => {
    if (Date.now() < next) return;
    next = Date.now() + PROGRESS_MILLISECONDS;
    const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
    const counts = tallies.map(({ target, number }) => `${target.name} ${number}`).join(", ");
    say(`after ${Math.round((Date.now() - started) / 60_000)} min, ${megabytes} MB: ${counts}`);
  };
}

async function fuzz({ seed, milliseconds, shrinkMilliseconds, targets, number }: Arguments): Promise<Tally[]> {
  const options: RoundOptions = {
    ...{ seed, milliseconds, shrink: { milliseconds: shrinkMilliseconds }, onFailure: tell, onRound: progress() },
    now: () => performance.now(),
  };
  if (number === undefined) return runRounds(targets, options);
  const tallies = targets.map(newTally);
  for (const tally of tallies) {
    tally.number = number;
    await countCase(tally, options);
  }
  return tallies;
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  say(`seed ${args.seed}`);
  const tallies = await fuzz(args);
  for (const { target } of tallies) target.close?.();
  for (const tally of tallies) say(printTally(tally));
  const passed = tallies.reduce((sum, tally) => sum + tally.passed + tally.undecided, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failures.length, 0);
  const undecided = tallies.reduce((sum, tally) => sum + tally.undecided, 0);
  say(`${undecided} of them undecided: an engine gave up, or the difference is excused (test/fuzz/README.md)`);
  say(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || (error as { code?: unknown }).code?.toString().startsWith("ERR_PARSE_ARGS"))) {
    throw error;
  }
  process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
