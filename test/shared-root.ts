// Where the shared data (vectors, traces, test scripts) lies that tests read in place and that is never part of the
// repository: the folder named by TICKPROOF_SHARED, or ../shared beside the repository's root. Free of vitest, so that
// the tools run from dist/ (golden, fuzz, spec-tests) can use it too.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, from test/ as well as from dist/test/. */
export const repositoryRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json in ${start} or above it`);
  }
}

/** The absolute path of a file or folder of the shared data; with no parts, of its root. It need not exist. */
export function sharedPath(...parts: string[]): string {
  const configured = process.env["TICKPROOF_SHARED"];
  const isConfigured = configured !== undefined && configured !== "";
  return resolve(repositoryRoot, isConfigured ? configured : join("..", "shared"), ...parts);
}

/** The absolute paths of those `files` (relative to the shared root) that do not exist. */
export function missingShared(files: readonly string[]): string[] {
  return files.map((file) => sharedPath(file)).filter((path) => !existsSync(path));
}

/** On a CI machine (CI=true) absent shared data is a failure, elsewhere a reason to skip. */
export function sharedIsRequired(): boolean {
  return process.env["CI"] === "true" || process.env["CI"] === "1";
}
