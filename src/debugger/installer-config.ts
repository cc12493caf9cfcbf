/**
 * Installer configurations: what is put into the durable storage before the first tick (debugger.md §11), with the whole language of the
 * SDK's installer (`set`, `move`, `reveal`). JSON, or the part of YAML that such files use: block lists and maps, flow maps, quotes, comments;
 * scalars are text.
 */

import { DecodeError } from "../encoding/errors.js";
import { fromHex } from "../encoding/hex.js";
import { isJsonObject } from "../encoding/json.js";
import { joinPages } from "../protocol/preimage-pages.js";
import { revealHashFromHex } from "../protocol/reveal.js";
import { type Durable, type DurableKey, parseKey } from "../pvm/durable.js";
import { DebuggerError } from "./errors.js";

export type Instruction =
  | { readonly tag: "set"; readonly value: Uint8Array; readonly to: DurableKey }
  | { readonly tag: "move"; readonly from: DurableKey; readonly to: DurableKey }
  | { readonly tag: "reveal"; readonly hash: string; readonly to: DurableKey };

const MAX_REVEALED_BYTES = 64 * 1024 * 1024;

function refuse(message: string): DebuggerError {
  return new DebuggerError("debugger.bad_installer_config", message);
}

/** Reads a configuration. Throws `DebuggerError`. */
export function parseInstallerConfig(text: string, form: "json" | "yaml"): Instruction[] {
  let value: unknown;
  try {
    value = form === "json" ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(
      form === "json" ? `Config is not a valid JSON: ${reason}` : `The given file is not a valid YAML: ${reason}`,
    );
  }
  if (
    !isJsonObject(value) ||
    Object.keys(value).some((name) => name !== "instructions") ||
    !Array.isArray(value["instructions"])
  ) {
    throw refuse("The installer config has not the right format.");
  }
  return value["instructions"].map((item: unknown, index) => instruction(item, index));
}

function instruction(item: unknown, index: number): Instruction {
  const bad = (why: string): DebuggerError => refuse(`The ${index}th instruction is invalid: ${why}.`);
  if (!isJsonObject(item)) throw bad("not a map");
  const names = Object.keys(item).sort().join();
  const key = (value: unknown): DurableKey => {
    const parsed = typeof value === "string" ? parseKey(value) : null;
    if (parsed === null || parsed.readonly) throw bad(`${JSON.stringify(value)} is not a key that can be written`);
    return parsed;
  };
  const fields = (value: unknown, ...wanted: readonly string[]): Readonly<Record<string, unknown>> => {
    if (isJsonObject(value) && Object.keys(value).sort().join() === wanted.join()) return value;
    throw bad(`fields expected: ${wanted.join(", ")}`);
  };
  if (names === "set") {
    const { to, value } = fields(item["set"], "to", "value");
    return { tag: "set", to: key(to), value: hex(value, bad) };
  }
  if (names === "move") {
    const { from, to } = fields(item["move"], "from", "to");
    return { tag: "move", from: key(from), to: key(to) };
  }
  if (names === "reveal,to" && typeof item["reveal"] === "string")
    return { tag: "reveal", hash: item["reveal"], to: key(item["to"]) };
  throw bad("`set`, `move`, or `reveal` with `to` expected");
}

function hex(value: unknown, bad: (why: string) => DebuggerError): Uint8Array {
  if (value === null) return new Uint8Array(0);
  try {
    if (typeof value === "string") return fromHex(value);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  throw bad("its value is not hexadecimal");
}

/** Follows the instructions. `preimage` gives the data of a hash in hexadecimal. Throws `DebuggerError`. */
export function install(
  durable: Durable,
  instructions: readonly Instruction[],
  preimage: (hash: string) => Uint8Array | null,
): void {
  for (const [index, step] of instructions.entries()) {
    if (step.tag === "set") durable.setValue(step.to, step.value);
    else if (step.tag === "move") {
      if (!durable.moveTree(step.from, step.to))
        throw refuse(`The ${index}th instruction is invalid: there is nothing to move.`);
    } else {
      let data: Uint8Array;
      try {
        const lookup = (hash: Uint8Array) => preimage(Buffer.from(hash).toString("hex")) ?? undefined;
        data = joinPages(revealHashFromHex(step.hash), lookup, MAX_REVEALED_BYTES);
      } catch (error) {
        throw refuse(
          `The ${index}th instruction is invalid: ${error instanceof Error ? error.message : String(error)}.`,
        );
      }
      durable.setValue(step.to, data);
    }
  }
}

// YAML

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const stripped = stripComment(raw).trimEnd();
    if (stripped.trim() === "" || stripped === "---") continue;
    if (/^\s*\t/.test(stripped)) throw new Error(`line ${index + 1}: a tab in the indentation`);
    lines.push({ indent: stripped.length - stripped.trimStart().length, text: stripped.trim(), number: index + 1 });
  }
  return lines;
}

function stripComment(line: string): string {
  return line.replace(
    /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(^|\s)#.*$/g,
    (_all, quoted: string | undefined) => quoted ?? "",
  );
}

export function parseYaml(text: string): unknown {
  const lines = linesOf(text);
  const reader = { lines, at: 0 };
  const value = block(reader, 0);
  const left = lines[reader.at];
  if (left !== undefined) throw new Error(`line ${left.number}: unexpected indentation`);
  return value;
}

interface Reader {
  readonly lines: Line[];
  at: number;
}

const ENTRY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:{}[\],][^:]*?)\s*:(?:\s+(.*))?$/;

function block(reader: Reader, least: number): unknown {
  const line = reader.lines[reader.at];
  if (line === undefined || line.indent < least) return null;
  if (line.text === "-" || line.text.startsWith("- ")) return list(reader, line.indent);
  if (ENTRY.test(line.text)) return map(reader, line.indent);
  reader.at++;
  return inline(line.text, line.number);
}

function list(reader: Reader, indent: number): unknown[] {
  const items: unknown[] = [];
  for (
    let line = reader.lines[reader.at];
    line?.indent === indent && /^-(\s|$)/.test(line.text);
    line = reader.lines[reader.at]
  ) {
    const rest = line.text.slice(1).trimStart();
    if (rest === "") {
      reader.at++;
      items.push(block(reader, indent + 1));
    } else {
      // What follows the dash is a block that begins where it stands.
      reader.lines[reader.at] = { indent: indent + line.text.length - rest.length, text: rest, number: line.number };
      items.push(block(reader, indent + 1));
    }
  }
  return items;
}

function map(reader: Reader, indent: number): Record<string, unknown> {
  const entries: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (let line = reader.lines[reader.at]; line?.indent === indent; line = reader.lines[reader.at]) {
    const match = ENTRY.exec(line.text);
    if (match === null) throw new Error(`line ${line.number}: \`key: value\` expected`);
    const name = String(inline(match[1] ?? "", line.number));
    if (name in entries) throw new Error(`line ${line.number}: ${JSON.stringify(name)} given twice`);
    reader.at++;
    const next = reader.lines[reader.at];
    // A list may stand as far left as its key.
    const isList = next !== undefined && next.indent === indent && /^-(\s|$)/.test(next.text);
    if (match[2] === undefined || match[2] === "")
      entries[name] = isList ? list(reader, indent) : block(reader, indent + 1);
    else entries[name] = inline(match[2], line.number);
  }
  return { ...entries };
}

/** A scalar or a flow collection. */
function inline(text: string, number: number): unknown {
  const scanner = { text, at: 0 };
  const value = flow(scanner, number);
  if (scanner.text.slice(scanner.at).trim() !== "")
    throw new Error(`line ${number}: ${JSON.stringify(text)} not understood`);
  return value;
}

interface Scanner {
  readonly text: string;
  at: number;
}

function flow(scanner: Scanner, number: number, isNested = false): unknown {
  const rest = (): string => scanner.text.slice(scanner.at);
  const skip = (): void => {
    scanner.at += rest().length - rest().trimStart().length;
  };
  const take = (character: string): boolean => {
    skip();
    if (scanner.text[scanner.at] !== character) return false;
    scanner.at++;
    return true;
  };
  const fail = (): Error => new Error(`line ${number}: ${JSON.stringify(scanner.text)} not understood`);
  skip();
  if (take("{")) {
    const entries: Record<string, unknown> = {};
    while (!take("}")) {
      const name = String(flow(scanner, number, true));
      if (!take(":")) throw fail();
      entries[name] = flow(scanner, number, true);
      if (!take(",") && scanner.text[scanner.at] !== "}") throw fail();
    }
    return entries;
  }
  if (take("[")) {
    const items: unknown[] = [];
    while (!take("]")) {
      items.push(flow(scanner, number, true));
      if (!take(",") && scanner.text[scanner.at] !== "]") throw fail();
    }
    return items;
  }
  const pattern = isNested
    ? /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,:{}[\]]+)/
    : /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[\s\S]+)/;
  const match = pattern.exec(rest());
  if (match === null) throw fail();
  scanner.at += match[0].length;
  return scalar(match[0].trim());
}

function scalar(text: string): string | null {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  return text === "null" || text === "~" || text === "" ? null : text;
}
