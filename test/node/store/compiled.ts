// Compiles a test's own program, and what it imports, into a folder, so that another process can run it: types are taken off file by
// file, nothing is checked. Tests themselves are run from TypeScript and need none of this.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Path of the compiled `entry` (a path from the repository's root) below `folder`, ready for `node`. */
export function compileForChild(entry: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const seen = new Set<string>();
  const pending = [join(ROOT, entry)];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const target = compiledPath(path, folder);
    mkdirSync(dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(target, outputText);
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith(".")) pending.push(resolve(dirname(path), fileName.replace(/\.js$/, ".ts")));
    }
  }
  return compiledPath(join(ROOT, entry), folder);
}

function compiledPath(path: string, folder: string): string {
  return join(folder, relative(ROOT, path).replace(/\.ts$/, ".js"));
}
