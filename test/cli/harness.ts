// Runs the command line in this process, with a terminal that remembers; and a folder for a test's files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { runProgram } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { repositoryRoot } from "../shared-root.js";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface TerminalOptions {
  readonly errIsTty?: boolean;
  readonly hasColours?: boolean;
  /** Milliseconds between two looks at the clock. */
  readonly clockStep?: number;
}

export async function tickproof(args: readonly string[], options: TerminalOptions = {}): Promise<Ran> {
  let out = "";
  let err = "";
  let clock = 0;
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTty: options.hasColours === true,
    errIsTty: options.errIsTty === true,
    hasColours: options.hasColours === true,
    columns: 60,
    now: () => {
      clock += options.clockStep ?? 0;
      return clock;
    },
  };
  const code = await runProgram(args, terminal);
  return { code, out, err };
}

/** A temporary folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function exampleKernel(name: string): string {
  return join(repositoryRoot, "examples", "kernels", `${name}.wat`);
}

/** Writes a file into a folder; gives its path. */
export function write(folder: string, name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}
