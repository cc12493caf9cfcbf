// Files that come with the package: found from src/ (tests) as well as from dist/src/ (the command).
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of a file of the package. */
export function packageFile(...parts: string[]): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, ...parts);
    if (folder === dirname(folder)) throw new Error("the package has no package.json");
  }
}

export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}
