// `npm run soak -- NAME [--seed S] [--rounds N]`: runs one of the soaks of test/soak/soaks; without a name, lists them. The last line is
// "1 passed, 0 failed". Exit code 0: passed; 1: failed; 2: bad arguments.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Soak } from "./soak.js";

const FOLDER = new URL("./soaks/", import.meta.url);
/** Seed of those who give none. */
const SEED = 20_261_124;
const LINE_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 100;

class UsageError extends Error {}

function names(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".js"));
  return files.map((file) => file.slice(0, -".js".length)).sort();
}

async function load(name: string): Promise<Soak> {
  const { soak } = (await import(new URL(`${name}.js`, FOLDER).href)) as { readonly soak: Soak };
  return soak;
}

async function list(): Promise<void> {
  console.log("Usage: npm run soak -- NAME [--seed S] [--rounds N]\n");
  for (const name of names()) {
    const { about, rounds } = await load(name);
    console.log(`  ${name.padEnd(20)} ${about} (${rounds} rounds)`);
  }
}

function integer(name: string, text: string, min: number): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= 0xffff_ffff)) throw new UsageError(`--${name}: a number from ${min} to 4294967295`);
  return value;
}

/** How far the soak is, on standard error. */
class Progress {
  readonly #start = performance.now();
  #last = performance.now();

  constructor(
    readonly name: string,
    readonly rounds: number,
  ) {}

  readonly show = (done: number): void => {
    const { isTTY } = process.stderr;
    const now = performance.now();
    if (now - this.#last < (isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#last = now;
    const seconds = Math.round((now - this.#start) / 1000);
    const text = `${this.name}: ${done} of ${this.rounds} rounds, ${seconds} s`;
    process.stderr.write(isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}

async function run(name: string, seed: number, givenRounds: string | undefined): Promise<boolean> {
  const soak = await load(name);
  const rounds = givenRounds === undefined ? soak.rounds : integer("rounds", givenRounds, 1);
  console.log(`${name}: ${soak.about}\nseed ${seed}, ${rounds} rounds`);
  const progress = new Progress(name, rounds);
  const start = performance.now();
  let isPassed = true;
  try {
    const figures = await soak.run({ seed, rounds, progress: progress.show });
    progress.clear();
    for (const figure of figures) console.log(figure);
  } catch (error) {
    progress.clear();
    isPassed = false;
    console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    console.log(`again: npm run soak -- ${name} --seed ${seed} --rounds ${rounds}`);
  }
  console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(isPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
  return isPassed;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { seed: { type: "string", default: String(SEED) }, rounds: { type: "string" } },
    allowPositionals: true,
  });
  const [name, ...others] = positionals;
  if (name === undefined) {
    await list();
    return 0;
  }
  if (others.length > 0) throw new UsageError("one soak at a time");
  if (!names().includes(name)) throw new UsageError(`no soak ${name}; there are: ${names().join(", ")}`);
  return (await run(name, integer("seed", values.seed, 0), values.rounds)) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TypeError)) throw error;
  console.error(`soak: ${error.message}`);
  process.exitCode = 2;
}
