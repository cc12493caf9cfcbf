// A script of the manual's commands, run by a shell in a folder of its own, with Octez's programs being this one.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compiledProgram } from "../compiled-program.js";
import { sharedPath } from "../shared-data.js";

/** The shared data that the scripts need: the manual's kernel is in it. */
export const STATES = "vectors/protocol/genesis_states.json";
export const TIMEOUT_MS = 600_000;

/** Names that the scripts call, and the command of ours behind each. */
const PROGRAMS = { tickproof: "", "octez-client": "client", "octez-codec": "codec", "octez-smart-rollup-node": "node" };

export class Manual {
  /** The folder that the script runs in. */
  readonly folder = mkdtempSync(join(tmpdir(), "tickproof-manual-"));
  readonly #script: string;
  #printed: ReadonlyMap<string, string> = new Map();

  /** Of a script beside this file. */
  constructor(script: string) {
    this.#script = join(dirname(fileURLToPath(import.meta.url)), script);
  }

  /** Runs the script in its folder, with these arguments behind the folder. Raises, with what was printed until then, when it fails. */
  async run(...args: readonly string[]): Promise<void> {
    this.#setUp();
    const ended = promisify(execFile)("bash", [this.#script, this.folder, ...args], { timeout: TIMEOUT_MS });
    const { stdout } = await ended.catch((error) => {
      throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
    });
    const parts = stdout.split(/^### (.*)\n/m).slice(1);
    this.#printed = new Map(parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1] ?? ""] as const] : [])));
  }

  /** What was printed behind the line "### name". */
  said(name: string): string {
    return this.#printed.get(name) ?? "";
  }

  /** The names of all that was printed, in order. */
  get names(): readonly string[] {
    return [...this.#printed.keys()];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #setUp(): void {
    const program = compiledProgram();
    mkdirSync(join(this.folder, "bin"));
    for (const [name, command] of Object.entries(PROGRAMS)) {
      const text = `#!/bin/sh\nexec "${process.execPath}" "${program}" ${command} "$@"\n`;
      writeFileSync(join(this.folder, "bin", name), text, { mode: 0o755 });
    }
    const { echo_kernel_hex: kernel } = JSON.parse(readFileSync(sharedPath(STATES), "utf8")) as Record<string, string>;
    writeFileSync(join(this.folder, "sr_boot_kernel.sh"), `KERNEL=${kernel ?? ""}\n`);
  }
}
