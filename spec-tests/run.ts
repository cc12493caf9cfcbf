// `npm run spec-tests -- [--dir DIR] [--only GLOB] [--engine ticks|fast] [--verbose]`: runs `.wast` scripts; README.md tells what is printed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Engine } from "../src/wasm/embedding/store.js";
import { sharedPath } from "../test/shared-root.js";
import { type Assembler, createAssembler } from "./assemble.js";
import { EXCEPTIONS } from "./exceptions.js";
import { type Result, runScript } from "./execute.js";
import { parseScript } from "./script.js";

const EXIT = { passed: 0, failed: 1, badUsage: 2, noSuite: 3 } as const;

interface Totals {
  passed: number;
  failed: number;
  excepted: number;
}

interface Options {
  readonly dir: string;
  readonly only: RegExp;
  readonly engine: Engine;
  readonly verbose: boolean;
}

function globToRegExp(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: "string" },
      only: { type: "string", default: "*" },
      engine: { type: "string", default: "ticks" },
      verbose: { type: "boolean", default: false },
    },
  });
  const dir = values.dir === undefined ? sharedPath("testsuite", "core") : resolve(values.dir);
  const { engine, verbose } = values;
  if (engine !== "ticks" && engine !== "fast") throw new TypeError(`no engine "${engine}": ticks or fast`);
  return { dir, only: globToRegExp(values.only), engine, verbose };
}

/** The scripts below a folder, relative to it, those of the folder itself first. Proposals have no place in the language. */
function findScripts({ dir, only }: Options): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".wast"))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("proposals/"))
    .filter((file) => [file, basename(file), basename(file, ".wast")].some((name) => only.test(name)))
    .sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
}

function isException(file: string, result: Result): boolean {
  return EXCEPTIONS.some(
    ({ file: script, kind, detail }) => script === basename(file) && kind === result.kind && detail === result.detail,
  );
}

function runFile(path: string, assemble: Assembler, engine: Engine): Result[] {
  try {
    const source = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
    return runScript(parseScript(source), assemble, engine);
  } catch (error) {
    return [{ line: 0, kind: "script", passed: false, detail: String(error) }];
  }
}

class Report {
  readonly #kinds = new Map<string, Totals>();
  readonly #options: Options;
  readonly total: Totals = { passed: 0, failed: 0, excepted: 0 };

  constructor(options: Options) {
    this.#options = options;
  }

  /** Prints a file's line, and what failed in it. */
  file(file: string, results: readonly Result[], milliseconds: number): void {
    const totals: Totals = { passed: 0, failed: 0, excepted: 0 };
    for (const result of results) {
      const outcome = result.passed ? "passed" : isException(file, result) ? "excepted" : "failed";
      const kind = this.#kinds.get(result.kind) ?? { passed: 0, failed: 0, excepted: 0 };
      this.#kinds.set(result.kind, kind);
      for (const counts of [totals, kind, this.total]) counts[outcome]++;
    }
    console.log(`${file.padEnd(48)} ${this.counts(totals)}  ${(milliseconds / 1000).toFixed(1)} s`);
    const shown = results.filter(({ passed }) => !passed).slice(0, this.#options.verbose ? undefined : 10);
    for (const result of shown) {
      const excepted = isException(file, result) ? " (excepted)" : "";
      console.log(`  ${file}:${result.line} ${result.kind}${excepted}: ${result.detail ?? ""}`);
    }
  }

  private counts({ passed, failed, excepted }: Totals): string {
    const others = [failed > 0 ? `${failed} failed` : "", excepted > 0 ? `${excepted} excepted` : ""];
    return [`${passed} passed`, ...others.filter((text) => text !== "")].join(", ");
  }

  /** Prints the totals by kind; the last line is the sum. */
  totals(files: number, milliseconds: number): void {
    const peak = process.resourceUsage().maxRSS / 1024;
    console.log();
    for (const [kind, totals] of [...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${kind.padEnd(28)} ${this.counts(totals)}`);
    }
    console.log();
    console.log(`${files} files, ${(milliseconds / 1000).toFixed(1)} s, at most ${peak.toFixed(0)} MiB of memory`);
    if (this.total.excepted > 0) console.log(`${this.total.excepted} excepted (see spec-tests/README.md)`);
    console.log(`${this.total.passed} passed, ${this.total.failed} failed`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return EXIT.badUsage;
  }
  if (!existsSync(options.dir)) {
    console.error(`no test suite at ${options.dir}: spec-tests/README.md tells how to fetch one, --dir names it`);
    return EXIT.noSuite;
  }
  const files = findScripts(options);
  if (files.length === 0) {
    console.error(`no script in ${options.dir} has such a name`);
    return EXIT.badUsage;
  }
  const assemble = await createAssembler();
  const report = new Report(options);
  const start = performance.now();
  for (const file of files) {
    const fileStart = performance.now();
    const results = runFile(join(options.dir, file), assemble, options.engine);
    report.file(file, results, performance.now() - fileStart);
  }
  report.totals(files.length, performance.now() - start);
  return report.total.failed === 0 ? EXIT.passed : EXIT.failed;
}

process.exitCode = await main(process.argv.slice(2));
