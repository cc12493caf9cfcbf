// The program as JavaScript in a temporary folder, for tests that need a process of their own: made from src/ as it is now, types not checked,
// so that neither a build nor its age matters. Without vitest.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { repositoryRoot } from "./shared-root.js";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

export interface CompiledProgram {
  /** To be removed by whoever has asked for it. */
  readonly folder: string;
  /** The entry point: `node MAIN sandbox …`. */
  readonly main: string;
}

/** Takes a second or two. */
export function compileProgram(): CompiledProgram {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-program-"));
  const source = join(repositoryRoot, "src");
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
    const file = join(entry.parentPath, entry.name);
    const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions: OPTIONS });
    const target = join(folder, "dist", "src", relative(source, file)).replace(/\.ts$/, ".js");
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  cpSync(join(repositoryRoot, "package.json"), join(folder, "package.json"));
  for (const name of ["node_modules", "examples"]) symlinkSync(join(repositoryRoot, name), join(folder, name));
  return { folder, main: join(folder, "dist", "src", "cli", "main.js") };
}
