// The program as JavaScript, for tests that run it as a process of its own: src/ without its types, file by file, in a cache that
// knows what has changed. Not dist/, which may be older than src/ while somebody works.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "./shared-root.js";

const SOURCES = join(repositoryRoot, "src");
/** Inside the repository, so that packages and package.json are found from there. */
const CACHE = join(repositoryRoot, "node_modules", ".cache", "tickproof-program", "src");

const OPTIONS: ts.TranspileOptions = {
  compilerOptions: {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    isolatedModules: true,
  },
};

/** The path of the compiled entry point of the command. */
export function compiledProgram(): string {
  for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts") || entry.name.endsWith(".d.ts")) continue;
    const source = join(entry.parentPath, entry.name);
    compile(source, join(CACHE, relative(SOURCES, source)).replace(/\.ts$/, ".js"));
  }
  return join(CACHE, "cli", "main.js");
}

function compile(source: string, target: string): void {
  const { mtimeMs } = statSync(source);
  const compiledMs = statSync(target, { throwIfNoEntry: false })?.mtimeMs;
  // Setting a time rounds it: by less than a millisecond.
  if (compiledMs !== undefined && Math.abs(compiledMs - mtimeMs) < 1) return;
  const { outputText } = ts.transpileModule(readFileSync(source, "utf8"), OPTIONS);
  mkdirSync(dirname(target), { recursive: true });
  // Others may run this at the same time.
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, outputText);
  utimesSync(temporary, mtimeMs / 1000, mtimeMs / 1000);
  renameSync(temporary, target);
}
