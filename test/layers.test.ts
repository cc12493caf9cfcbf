// Holds src/ to the layers and the other rules of source-rules.ts, and holds source-rules.ts to made-up sources.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  checkSources,
  type Exemptions,
  formatViolation,
  LAYERS,
  MAX_LINES,
  type SourceFile,
  type Violation,
} from "./source-rules.js";

const NONE: Exemptions = { process: new Map(), length: new Map() };

/** Files outside cli/ that may read `process`: entry points of worker threads only, with the reason. */
const PROCESS_READERS: ReadonlyMap<string, string> = new Map();

/** Files that may be longer than MAX_LINES, with the reason. */
const LONG_FILES: ReadonlyMap<string, string> = new Map([
  ["wasm/fast-eval/loop.ts", "one switch: an interpreter's loop is fast only as one function"],
]);

function readSources(root: string): SourceFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: file.slice(root.length).split(sep).join("/"), text: readFileSync(file, "utf8") }));
}

function check(path: string, text: string, exemptions: Exemptions = NONE): Violation[] {
  return checkSources([{ path, text }], exemptions);
}

function rules(path: string, text: string): string[] {
  return check(path, text).map((violation) => violation.rule);
}

describe("src/", () => {
  const files = readSources(fileURLToPath(new URL("../src/", import.meta.url)));

  it("is found", () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.map((file) => file.path)).toContain("merkle/tree.ts");
  });

  it("keeps the rules", () => {
    const found = checkSources(files, { process: PROCESS_READERS, length: LONG_FILES });
    expect(found.map(formatViolation)).toEqual([]);
  });
});

describe("the layer rule", () => {
  const order = LAYERS.flat().filter((folder) => folder !== ".");

  it("lets imports point down and inside the folder", () => {
    expect(rules("pvm/machine.ts", 'import { step } from "../wasm/step.js";')).toEqual([]);
    expect(rules("pvm/host/store.ts", 'import { readKey } from "../durable/key.js";')).toEqual([]);
    expect(rules("cli/main.ts", 'import { run } from "../node/daemon.js";')).toEqual([]);
    expect(rules("verify.ts", 'export { verify } from "./pvm/verify.js";')).toEqual([]);
    expect(rules("crypto/blake2b.ts", 'import { blake2b } from "@noble/hashes/blake2.js";')).toEqual([]);
  });

  it("refuses every import of a higher folder and allows every lower one", () => {
    const sameHeight = (a: string, b: string): boolean => LAYERS.some((row) => row.includes(a) && row.includes(b));
    for (const [low, from] of order.entries())
      for (const [high, to] of order.entries()) {
        const expected = from === to || (high < low && !sameHeight(from, to)) ? [] : ["layer"];
        const found = rules(`${from}/a.ts`, `import { x } from "../${to}/b.js";`);
        expect(
          found.filter((rule) => rule === "layer"),
          `${from} imports ${to}`,
        ).toEqual(expected);
      }
  });

  it("refuses node and debugger importing each other, whatever else they may do", () => {
    expect(rules("node/a.ts", 'import "../debugger/b.js";')).toEqual(["layer"]);
    expect(rules("debugger/a.ts", 'import "../node/b.js";')).toEqual(["layer"]);
    expect(rules("debugger/a.ts", 'import "../l1/b.js";')).toEqual([]);
  });

  it("keeps the entry points on top", () => {
    expect(rules("wasm/a.ts", 'import { x } from "../index.js";')).toEqual(["layer"]);
    expect(rules("index.ts", 'import { x } from "./cli/main.js";')).toEqual(["layer"]);
  });

  it.each([
    'import type { Node } from "../node/daemon.js";',
    'import * as daemon from "../node/daemon.js";',
    'import "../node/daemon.js";',
    'export { x } from "../node/daemon.js";',
    'export * from "../node/daemon.js";',
    'export type { X } from "../node/daemon.js";',
    'const late = await import("../node/daemon.js");',
    "const late = await import(`../node/daemon.js`);",
    'type Late = import("../node/daemon.js").Daemon;',
    'const late = require("../node/daemon.js");',
    'import late = require("../node/daemon.js");',
    'new Worker(new URL("../node/daemon.js", import.meta.url));',
    'import {\n  x,\n} from "../merkle/../node/daemon.js";',
  ])("sees %s", (text) => {
    expect(rules("pvm/a.ts", text)).toEqual(["layer"]);
  });

  it("is not misled by comments, strings and data files", () => {
    const text = [
      '// import { x } from "../node/daemon.js";',
      "const quoted = 'import { x } from \"../node/daemon.js\"';",
      'const schema = new URL("./schema.sql", import.meta.url);',
    ].join("\n");
    expect(rules("pvm/a.ts", text)).toEqual([]);
  });

  it("refuses what it cannot follow or what leaves src/", () => {
    expect(rules("node/a.ts", "const m = await import(name);")).toEqual(["import"]);
    expect(rules("node/a.ts", 'import { x } from "../../test/shared-data.js";')).toEqual(["import"]);
    expect(rules("pvm/a.ts", 'import { x } from "tickproof/verify";')).toEqual(["import"]);
  });

  it("reports the place", () => {
    const [found] = check("pvm/a.ts", 'const a = 1;\nimport { x } from "../l1/b.js";\n');
    expect(found && formatViolation(found)).toBe('src/pvm/a.ts:2: layer: "../l1/b.js": l1 stands above pvm');
  });
});

describe("the folder and name rules", () => {
  it("refuse unknown folders and stray files", () => {
    expect(rules("helpers/a.ts", "")).toEqual(["folder"]);
    expect(rules("pvm/a.ts", 'import "../helpers/a.js";')).toEqual(["folder"]);
    expect(rules("stray.ts", "")).toEqual(["folder"]);
    expect(rules("index.ts", "")).toEqual([]);
  });

  it("refuse utils and barrels", () => {
    expect(rules("pvm/utils.ts", "")).toEqual(["name"]);
    expect(rules("pvm/host/util.ts", "")).toEqual(["name"]);
    expect(rules("pvm/index.ts", "")).toEqual(["name"]);
    expect(rules("pvm/host/index.ts", "")).toEqual(["name"]);
    expect(rules("merkle/gindex.ts", "")).toEqual([]);
  });
});

describe("the process rule", () => {
  it.each([
    "const home = process.env.HOME;",
    "process.exit(1);",
    "const { env } = process;",
    "const env = globalThis.process.env;",
    'import process from "node:process";\nexport const x = 1;',
    'import { env } from "process";',
  ])("sees %s", (text) => {
    expect(rules("node/a.ts", text)).toContain("process");
    expect(rules("cli/a.ts", text)).toEqual([]);
  });

  it("lets other things be called process", () => {
    const text = [
      "export class Stage { process(block: Block): void { this.queue.process(block); } }",
      'export interface Job { process: string; run(): void }\nconst job = { process: "x" };',
      "// process.env is read by cli/",
      'const word = "process";',
    ].join("\n");
    expect(rules("node/a.ts", text)).toEqual([]);
  });

  it("knows exemptions, each with a reason and a need", () => {
    const exempt = (reason: string): Exemptions => ({ ...NONE, process: new Map([["node/worker.ts", reason]]) });
    const listed = (text: string, reason: string): string[] =>
      check("node/worker.ts", text, exempt(reason)).map((violation) => violation.rule);
    expect(listed("process.exit(0);", "entry point of the worker")).toEqual([]);
    expect(listed("process.exit(0);", " ")).toEqual(["exemption"]);
    expect(listed("export const x = 1;", "entry point of the worker")).toEqual(["exemption"]);
    expect(check("node/other.ts", "", exempt("gone")).map((violation) => violation.rule)).toEqual(["exemption"]);
  });
});

describe("the vocabulary and determinism rules", () => {
  it.each([
    ["wasm/a.ts", "const durableStorage = 1;"],
    ["wasm/a.ts", 'const module = "smart_rollup_core";'],
    ["wasm/a.ts", 'import { x } from "./rollup-imports.js";'],
    ["wasm/a.ts", 'const entry = "kernel_run";'],
    ["merkle/a.ts", "class WasmNode {}"],
    ["protocol/a.ts", 'import { request } from "undici";'],
    ["protocol/a.ts", 'import { createServer } from "node:http";'],
    ["protocol/a.ts", "const answer = await fetch(url);"],
  ])("refuse in %s: %s", (path, text) => {
    expect(rules(path, text)).toContain("vocabulary");
  });

  it("leave comments and other folders alone", () => {
    expect(rules("wasm/a.ts", "// as in the durable storage\nexport const revealTick = 1;")).toEqual([]);
    expect(rules("wasm/a.ts", 'const raw = "Tezos_webassembly_interpreter.Decode.Step_error(1)";')).toEqual([]);
    expect(rules("wasm/a.ts", 'const raw = "Tezos_lazy_containers.Lazy_vector.Bounds";')).toEqual([]);
    expect(rules("pvm/a.ts", "const durableStorage = 1;")).toEqual([]);
    expect(rules("l1/a.ts", 'import { request } from "undici";')).toEqual([]);
  });

  it.each(["Math.random();", "Date.now();", "new Date();", "performance.now();"])("refuse %s in the engine", (text) => {
    expect(rules("pvm/a.ts", text)).toEqual(["determinism"]);
    expect(rules("node/a.ts", text)).toEqual([]);
  });
});

describe("the length rule", () => {
  const lines = (count: number): string => "export {};\n".repeat(count);

  it(`allows ${MAX_LINES} lines and no more`, () => {
    expect(rules("pvm/a.ts", lines(MAX_LINES))).toEqual([]);
    expect(rules("pvm/a.ts", lines(MAX_LINES + 1))).toEqual(["length"]);
  });

  it("knows exemptions", () => {
    const exemptions: Exemptions = { ...NONE, length: new Map([["wasm/opcodes.ts", "one table"]]) };
    expect(check("wasm/opcodes.ts", lines(MAX_LINES + 1), exemptions)).toEqual([]);
    expect(check("wasm/opcodes.ts", lines(10), exemptions).map((violation) => violation.rule)).toEqual(["exemption"]);
  });
});
