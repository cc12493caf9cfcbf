// Layouts that take a kernel of their own: stuck states, outbox records, sections of profiles, DAL pages.
import { describe, expect, it } from "vitest";
import { encode } from "../../src/encoding/binary.js";
import { toHex } from "../../src/encoding/hex.js";
import { type OutboxMessage, outboxMessageForm } from "../../src/protocol/outbox-message.js";
import { revealRequestForm } from "../../src/protocol/reveal.js";
import { optionsOf, script } from "./support.js";

/** Bytes as a string of WebAssembly's text. */
function quoted(bytes: Uint8Array): string {
  return toHex(bytes).replace(/../g, "\\$&");
}

/** A kernel that writes messages to its outbox. */
function writer(messages: readonly Uint8Array[]): string {
  let at = 0;
  const parts = messages.map((message) => {
    const data = `(data (i32.const ${at}) "${quoted(message)}")`;
    const call = `(drop (call $w (i32.const ${at}) (i32.const ${message.length})))`;
    at += message.length;
    return { data, call };
  });
  return `(module (import "smart_rollup_core" "write_output" (func $w (param i32 i32) (result i32))) (memory (export "memory") 1)
    ${parts.map(({ data }) => data).join(" ")} (func (export "kernel_run") ${parts.map(({ call }) => call).join(" ")}))`;
}

describe("show outbox", () => {
  it("has a layout for each kind of message", async () => {
    const destination = "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq";
    const source = "tz1RjtZUVeLhADFHDL8UwDZA6vjWWhojpu5w";
    const transaction = { parameters: { prim: "Unit" }, destination, entrypoint: "default" };
    const messages = [
      { kind: "untyped", transactions: [transaction, { ...transaction, parameters: { int: "1" } }] },
      { kind: "typed", transactions: [{ ...transaction, parametersType: { prim: "unit" } }] },
      { kind: "whitelistUpdate", whitelist: [source, source] },
      { kind: "whitelistUpdate" },
      { kind: "canonicalRollupSignal", payload: "hello" },
    ] as unknown as readonly OutboxMessage[];
    const shown = [];
    for (const message of [...messages.map((one) => encode(outboxMessageForm, one)), Uint8Array.of(0xff, 0)]) {
      const { out } = await script(["step inbox", "show outbox at level 0"], optionsOf(writer([message]), [[]]));
      shown.push(out.slice(out.indexOf("Outbox has")));
    }
    expect(shown.map((text) => text.replace("Outbox has 1 messages:\n", ""))).toEqual([
      [
        `destination: ${destination} entrypoint: default`,
        '   unparsed_parameters: { "prim": "Unit" }',
        `destination: ${destination} entrypoint: default`,
        '   unparsed_parameters: { "int": "1" }\n',
      ].join("\n"),
      [
        `destination: ${destination}`,
        "  entrypoint: default",
        '  unparsed_ty: { "prim": "unit" }',
        '  unparsed_parameters: { "prim": "Unit" }\n',
      ].join("\n"),
      "[tz1RjtZUVeLhA; tz1RjtZUVeLhA]\n",
      "\n",
      "Signal hello\n",
      "Unknown encoding: ff00\n",
    ]);
  });

  it("does not begin a line anew between records, as Octez", async () => {
    const message = encode(outboxMessageForm, { kind: "canonicalRollupSignal", payload: "x".repeat(60) });
    const whitelist = encode(outboxMessageForm, {
      kind: "whitelistUpdate",
      whitelist: ["tz1RjtZUVeLhADFHDL8UwDZA6vjWWhojpu5w"],
    } as unknown as OutboxMessage);
    const { out } = await script(
      ["step inbox", "show outbox at level 0"],
      optionsOf(writer([message, whitelist]), [[]]),
    );
    expect(out).toMatch(/Signal x+\n\n?\s*\[\s*tz1RjtZUVeLhA\s*\]\n$/);
  });
});

describe("stuck states", () => {
  it("are told in full", async () => {
    // No memory: a host call in it ends the evaluation.
    const kernel = `(module (import "smart_rollup_core" "write_output" (func $w (param i32 i32) (result i32)))
      (func (export "kernel_run") (drop (call $w (i32.const 0) (i32.const 1)))))`;
    const { out, err } = await script(["step inbox", "show status"], optionsOf(kernel, [[]]));
    expect(err).toBe("");
    const error =
      "{ raw_exception: Tezos_webassembly_interpreter.Eval.Missing_memory_0_export; explanation: Some: Module must export memory 0 }";
    // Boxes beyond column 68 begin a line, and the column goes on counting over the line break of the first line.
    const status = `Status: Waiting for input\nInternal_status: Stuck (No_fallback_kernel (\n${" ".repeat(52)}Init_cause ${error}))\n`;
    expect(out).toMatch(/^Evaluation took [0-9]+ ticks so far\n/);
    expect(out.slice(out.indexOf("\n") + 1)).toBe(status + status);
  });

  it("fit on a line where the column is small", async () => {
    const kernel = '(module (memory (export "memory") 1) (func (export "kernel_run") (loop $l (br $l))))';
    const { out } = await script(["step inbox", "show status"], optionsOf(kernel, [[]]));
    expect(out).toContain("Internal_status: Stuck (Too_many_ticks)\n");
  });
});

describe("profiles", () => {
  it("tell of sections, and swallow their marks", async () => {
    const start = Buffer.from("__wasm_debugger__::start_section(ab)");
    const end = Buffer.from("__wasm_debugger__::end_section(c)");
    const kernel = `(module (import "smart_rollup_core" "write_debug" (func $d (param i32 i32))) (memory (export "memory") 1)
      (data (i32.const 0) "${quoted(start)}") (data (i32.const 100) "${quoted(end)}")
      (func (export "kernel_run") (call $d (i32.const 0) (i32.const ${start.length})) (drop (i32.const 1)) (call $d (i32.const 100) (i32.const ${end.length}))))`;
    const { out } = await script(["profile --without-time", "step inbox"], optionsOf(kernel, [[], []]));
    // From the state after the one call to the state after the other: what is left of the call, four instructions, the call.
    expect(out).toMatch(
      /^Starting[^\n]*\n__wasm_debugger__::Section\{ticks:[0-9]+;data:\(0x6162,0x63\)\}\nProfiling result/,
    );
    const ticks = Number(/ticks:([0-9]+)/.exec(out)?.[1]);
    expect(ticks).toBe(2 + 4 * 6 + 8 + 1);
    expect(out).toContain("__wasm_debugger__::start_section(ab)__wasm_debugger__::end_section(c)Evaluation took");
  });
});

describe("DAL pages", () => {
  it("are named in the status and asked for", async () => {
    const request = encode(revealRequestForm, {
      kind: "dalPage",
      pageId: { publishedLevel: 5, slotIndex: 2, pageIndex: 7 },
    });
    const kernel = `(module (import "smart_rollup_core" "reveal" (func $r (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)
      (data (i32.const 0) "${quoted(request)}")
      (func (export "kernel_run") (drop (call $r (i32.const 0) (i32.const ${request.length}) (i32.const 100) (i32.const 100)))))`;
    const lines = ["load inputs", "step tick 5000", "step result", "c0ffee", "show memory at 100 for 3 bytes"];
    const { out } = await script(lines, optionsOf(kernel, [[]]));
    expect(out).toContain("Status: Waiting for reveal: DAL:(published_level: 5, slot_index: 2, page_index: 7)\n");
    expect(out).toContain(
      "DAL page 5-2-7 not found in dal_pages, or there was a reading error. Please provide it manually.\n",
    );
    expect(out.endsWith("\nc0ffee\n")).toBe(true);
  });
});
