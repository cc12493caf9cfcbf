// The scripts that the reference is tested with, and what it expects of them, read from a clone of its repository where there is one:
// nothing of them is kept here.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const CLONE = process.env["TICKPROOF_OCTEZ_GIT"] ?? "/work/.mirror/tezos+tezos-mirror/repo";

export const HAS_REFERENCE = existsSync(CLONE);

export function referenceFile(path: string): string {
  return git("show", `HEAD:${path}`);
}

export function referenceFiles(folder: string): string[] {
  return git("ls-tree", "-r", "--name-only", "HEAD", folder)
    .split("\n")
    .filter((path) => path !== "");
}

function git(...args: readonly string[]): string {
  return execFileSync("git", ["--git-dir", CLONE, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
}

const SCRIPTS = "michelson_test_scripts";
let scripts: ReadonlyMap<string, string> | undefined;

/** All scripts, in one go: "opcodes/cons" and its text. */
export function referenceScripts(): ReadonlyMap<string, string> {
  scripts ??= readScripts();
  return scripts;
}

function readScripts(): ReadonlyMap<string, string> {
  const paths = referenceFiles(SCRIPTS).filter((path) => path.endsWith(".tz"));
  const input = paths.map((path) => `HEAD:${path}\n`).join("");
  const output = execFileSync("git", ["--git-dir", CLONE, "cat-file", "--batch"], { input, maxBuffer: 1 << 26 });
  const found = new Map<string, string>();
  let at = 0;
  for (const path of paths) {
    const lineEnd = output.indexOf("\n", at);
    const [, , size] = output.toString("utf8", at, lineEnd).split(" ");
    const end = lineEnd + 1 + Number(size);
    found.set(path.slice(SCRIPTS.length + 1, -".tz".length), output.toString("utf8", lineEnd + 1, end));
    at = end + 1;
  }
  return found;
}

/** The text of a script of the development protocol. Some carry the protocols they are for in their names. */
export function referenceScript(name: string): string {
  const all = referenceScripts();
  const versioned = [...all.keys()]
    .filter((each) => each.replace(/_\d{3}$/, "") === name)
    .sort()
    .at(-1);
  const text = all.get(versioned ?? name) ?? all.get(name);
  if (text === undefined) throw new Error(`no script ${name}`);
  return text;
}

export interface ReferenceCase {
  readonly script: string;
  readonly storage: string;
  readonly input: string;
  readonly expected: string;
}

const TOKEN = /\(\*[\s\S]*?\*\)|"((?:[^"\\]|\\.)*)"|\{\|([\s\S]*?)\|\}|[(),;^]|[A-Za-z_@.'][\w@.']*|\S/g;

/** Tuples of four texts in OCaml source: a case each. Texts that are computed otherwise than by joining are left out. */
export function casesIn(source: string): ReferenceCase[] {
  const cases: ReferenceCase[] = [];
  let parts: string[] | undefined;
  let current: string | undefined;
  for (const [token, quoted, raw] of source.matchAll(TOKEN)) {
    if (token.startsWith("(*")) continue;
    const text = quoted === undefined ? raw : quoted.replace(/\\"/g, '"').replace(/\\\s*\n\s*/g, "");
    if (token === "(") {
      parts = [];
      current = undefined;
    } else if (parts === undefined) {
      // Outside of a tuple.
    } else if (text !== undefined) {
      current = (current ?? "") + text;
    } else if (token === "," && current !== undefined) {
      parts.push(current);
      current = undefined;
    } else if (token === ")" && current !== undefined && parts.length === 3) {
      const [script, storage, input] = parts as [string, string, string];
      cases.push({ script, storage, input, expected: current });
      parts = undefined;
    } else if (token !== "^") {
      parts = undefined;
    }
  }
  return cases;
}
