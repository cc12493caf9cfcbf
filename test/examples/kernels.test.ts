// The example kernels: well-formed for the PVM (version 2.0.0-r6), and doing what their headers say on a make-believe
// machine (fake-machine.ts).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { repositoryRoot } from "../shared-root.js";
import { createMachine, type Machine, METADATA } from "./fake-machine.js";

const folder = join(repositoryRoot, "examples", "kernels");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".wat"))
  .map((file) => file.replace(/\.wat$/, ""));
const assembler = await wabt();

/** The parameters and results each host function must be imported with (pvm.md §5.2). */
const SIGNATURES: Readonly<Record<string, string>> = {
  read_input: "i32 i32 i32 -> i32",
  write_output: "i32 i32 -> i32",
  write_debug: "i32 i32 ->",
  store_has: "i32 i32 -> i32",
  store_read: "i32 i32 i32 i32 i32 -> i32",
  store_write: "i32 i32 i32 i32 i32 -> i32",
  store_delete: "i32 i32 -> i32",
  store_delete_value: "i32 i32 -> i32",
  store_copy: "i32 i32 i32 i32 -> i32",
  store_move: "i32 i32 i32 i32 -> i32",
  reveal_preimage: "i32 i32 i32 i32 -> i32",
  reveal_metadata: "i32 i32 -> i32",
};

function assemble(name: string): Uint8Array<ArrayBuffer> {
  const file = join(folder, `${name}.wat`);
  const module = assembler.parseWat(file, readFileSync(file, "utf8"));
  try {
    module.validate();
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

function disassemble(binary: Uint8Array): string {
  const module = assembler.readWasm(binary, {});
  try {
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

/** From wabt's listing of a module: imported function -> "parameters -> results". */
function importSignatures(listing: string): Map<string, string> {
  const types = new Map<string, string>();
  for (const [, index, params, results] of listing.matchAll(
    /\(type \(;(\d+);\) \(func(?: \(param ([^)]*)\))?(?: \(result ([^)]*)\))?\)\)/g,
  ))
    types.set(index ?? "", [params, "->", results].filter((part) => part !== undefined).join(" "));
  const imports = listing.matchAll(/\(import "[^"]*" "([^"]*)" \(func \(;\d+;\) \(type (\d+)\)\)\)/g);
  return new Map([...imports].map(([, name, type]) => [name ?? "", types.get(type ?? "") ?? "unknown type"]));
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("latin1");

describe("the example kernels", () => {
  it("are these four", () => {
    expect(names.sort()).toEqual(["counter", "echo", "reveal", "storage"]);
  });

  describe.each(names)("%s.wat", (name) => {
    const source = readFileSync(join(folder, `${name}.wat`), "utf8");
    const binary = assemble(name);
    const module = new WebAssembly.Module(binary);

    it("is valid", () => {
      expect(WebAssembly.validate(binary)).toBe(true);
    });

    it("exports kernel_run and exactly one memory, and nothing else", () => {
      const exports = WebAssembly.Module.exports(module);
      expect(exports.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
        "function kernel_run",
        "memory memory",
      ]);
      const instance = createMachine(binary);
      expect(() => instance.runLevel([])).not.toThrow();
    });

    it("imports host functions of smart_rollup_core only, with their signatures", () => {
      const imports = WebAssembly.Module.imports(module);
      expect(imports.length).toBeGreaterThan(0);
      for (const entry of imports) expect(entry).toMatchObject({ module: "smart_rollup_core", kind: "function" });
      const declared = importSignatures(disassemble(binary));
      expect(declared.size).toBe(imports.length);
      for (const [host, signature] of declared) expect(`${host}: ${signature}`).toBe(`${host}: ${SIGNATURES[host]}`);
    });

    it("has no floats", () => {
      const listing = disassemble(binary);
      expect(listing).toContain("i32.const");
      expect(listing).not.toMatch(/\bf(32|64)\b/);
      expect(listing).not.toMatch(/trunc|reinterpret|v128/);
    });

    it("needs no extension of WebAssembly 1.0", () => {
      const off = { mutable_globals: false, sat_float_to_int: false, sign_extension: false, simd: false };
      const features = { ...off, multi_value: false, bulk_memory: false, reference_types: false };
      const again = assembler.parseWat(`${name}.wat`, source, features);
      expect(() => again.validate()).not.toThrow();
      expect(new Uint8Array(again.toBinary({}).buffer)).toEqual(binary);
      again.destroy();
    });

    it("opens with an explanation", () => {
      expect(source).toMatch(new RegExp(`^;; ${name}\\.wat: .+\\.\n;;\n(;; .+\n)+`));
    });
  });
});

describe("echo", () => {
  it("writes the payloads of external messages to the outbox, in order, level by level", () => {
    const machine = createMachine(assemble("echo"));
    const longest = new Uint8Array(4095).fill(7);
    const messages = [latin1("first"), new Uint8Array(), latin1("third"), longest];
    expect(machine.runLevel(messages)).toEqual({ runs: 1, outbox: messages });
    expect(machine.runLevel([])).toEqual({ runs: 1, outbox: [] });
  });
});

describe("counter", () => {
  const count = (machine: Machine): number => {
    const value = machine.storage.get("/counter") ?? new Uint8Array(4);
    return new DataView(value.buffer).getInt32(0, true);
  };

  it("counts its runs, four a level because of three reboots", () => {
    const machine = createMachine(assemble("counter"));
    for (let level = 1; level <= 3; level++) {
      expect(machine.runLevel([latin1("ignored")])).toEqual({ runs: 4, outbox: [] });
      expect(count(machine)).toBe(4 * level);
    }
  });

  it("says so", () => {
    const machine = createMachine(assemble("counter"));
    machine.runLevel([]);
    const [ask, done] = ["counter: asking for a reboot\n", "counter: done for this level\n"];
    expect(machine.debug).toEqual([ask, ask, ask, done]);
  });
});

describe("storage", () => {
  const order = (key: string, value: string | Uint8Array): Uint8Array =>
    Uint8Array.of(key.length, ...latin1(key), ...(typeof value === "string" ? latin1(value) : value));
  const start = (): Machine => createMachine(assemble("storage"));
  const contents = (machine: Machine): Record<string, string | undefined> =>
    Object.fromEntries(
      [...machine.storage].filter(([key]) => !key.startsWith("/readonly")).map(([key, value]) => [key, text(value)]),
    );

  it("stores, replaces by shorter values and deletes trees", () => {
    const machine = start();
    machine.runLevel([order("/a", "long value"), order("/a/b", "child"), order("/c", "other"), order("/a", "new")]);
    expect(contents(machine)).toMatchObject({ "/a": "new", "/a/b": "child", "/c": "other" });
    machine.runLevel([order("/a", "")]);
    expect(contents(machine)).toEqual({ "/c": "other", "/previous": "new", "/previous/b": "child" });
  });

  it("copies the last tree written to /latest and moves it to /previous at the next level", () => {
    const machine = start();
    machine.runLevel([order("/x", "1"), order("/y/z", "2")]);
    expect(contents(machine)).toEqual({ "/x": "1", "/y/z": "2", "/latest": "2" });
    machine.runLevel([order("/x", "3")]);
    expect(contents(machine)).toEqual({ "/x": "3", "/y/z": "2", "/latest": "3", "/previous": "2" });
  });

  it("stores values longer than one write", () => {
    const machine = start();
    for (const size of [2047, 2048, 2049, 4000, 4092]) {
      const value = Uint8Array.from({ length: size }, (_, at) => at % 251);
      machine.runLevel([order("/v", value)]);
      expect(machine.storage.get("/v")).toEqual(value);
    }
  });

  it.each([
    ["no content", new Uint8Array()],
    ["an empty key", order("", "value")],
    ["an empty key and value", order("", "")],
    ["a key cut off", Uint8Array.of(200, ...latin1("/a"))],
    ["a key without a slash", order("a", "value")],
    ["a key with a trailing slash", order("/a/", "value")],
    ["a key too long", order(`/${"k".repeat(240)}`, "value")],
    ["a read-only key", order("/readonly/kernel/x", "value")],
    ["the kernel", order("/kernel/boot.wasm", "value")],
    ["the kernel's folder, to delete", order("/kernel", "")],
  ])("has no use for %s", (_, payload) => {
    const machine = start();
    machine.storage.set("/kernel/boot.wasm", latin1("code"));
    machine.runLevel([order("/keep", "kept")]);
    const before = new Map(machine.storage);
    before.delete("/latest");
    machine.runLevel([payload]);
    expect(contents(machine)).toEqual({ "/kernel/boot.wasm": "code", "/keep": "kept", "/previous": "kept" });
    expect([...before.keys()].every((key) => machine.storage.has(key))).toBe(true);
  });

  it("tells keys from values that continue them", () => {
    const machine = start();
    machine.runLevel([order("/ker", "nel"), order("/kernal", "value")]);
    expect(contents(machine)).toMatchObject({ "/ker": "nel", "/kernal": "value" });
  });
});

describe("reveal", () => {
  const hashOf = (fill: number): Uint8Array => Uint8Array.of(0, ...new Uint8Array(32).fill(fill));
  const start = (pages: readonly Uint8Array[]): Machine => {
    const machine = createMachine(assemble("reveal"));
    for (const [at, page] of pages.entries()) machine.preimages.set(Buffer.from(hashOf(at)).toString("hex"), page);
    return machine;
  };

  it("reveals the metadata once", () => {
    const machine = start([]);
    machine.runLevel([]);
    machine.runLevel([]);
    expect(machine.storage.get("/metadata")).toEqual(METADATA);
    expect(machine.metadataReveals).toBe(1);
  });

  it("stores the page behind a hash in place of the one before", () => {
    const pages = [4096, 10, 2048, 2049, 0].map((size) => new Uint8Array(size).fill(size % 250));
    const machine = start(pages);
    for (const [at, page] of pages.entries()) {
      machine.runLevel([hashOf(at)]);
      expect(machine.storage.get("/revealed")).toEqual(page);
    }
    machine.runLevel([hashOf(0), hashOf(1)]);
    expect(machine.storage.get("/revealed")).toEqual(pages[1]);
  });

  it("asks for nothing when a message is no hash", () => {
    const machine = start([latin1("page")]);
    machine.runLevel([new Uint8Array(), latin1("short"), new Uint8Array(32), new Uint8Array(34)]);
    expect(machine.storage.has("/revealed")).toBe(false);
  });
});
