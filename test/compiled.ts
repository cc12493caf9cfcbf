// Where the compiled files are: worker threads and processes run from them, in tests too.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The compiled form of a file of src/, e.g. "node/engine/engine-worker.js". Raises when the project has not been built. */
export function compiled(path: string): URL {
  const url = new URL(`../dist/src/${path}`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) throw new Error(`${fileURLToPath(url)} is missing: run \`npm run build\` first`);
  return url;
}
