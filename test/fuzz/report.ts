// What is written of a failed case: how to get it again, and its module, as bytes and as text.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";
import type { Failure } from "./runner.js";

/** The module as text, as far as wabt reads it. */
async function textOfModule(binary: Uint8Array): Promise<string> {
  const { readWasm } = await wabt();
  try {
    const module = readWasm(binary, { check: false });
    try {
      return module.toText({ foldExprs: false, inlineExport: false });
    } finally {
      module.destroy();
    }
  } catch (error) {
    return `(no text: ${error instanceof Error ? error.message.trim() : String(error)})`;
  }
}

/** The text of a failure. */
export async function failureText({ target, seed, number, shrinks, message, described }: Failure): Promise<string> {
  const { module, lines } = described;
  const parts = [
    `FAILED ${target}: seed ${seed}, case ${number}, made smaller in ${shrinks} steps`,
    `again: npm run fuzz -- --seed ${seed} --only ${target} --case ${number}`,
    message,
    ...lines,
  ];
  if (module !== null) parts.push(`module: ${Buffer.from(module).toString("hex")}`, await textOfModule(module));
  return `${parts.join("\n")}\n`;
}

/** Writes a failure to files in a folder; gives the path of the text. */
export function writeFailure(failure: Failure, text: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `tickproof-fuzz-${failure.target}-${failure.seed}-${failure.number}`);
  writeFileSync(`${path}.txt`, text);
  if (failure.described.module !== null) writeFileSync(`${path}.wasm`, failure.described.module);
  return `${path}.txt`;
}
