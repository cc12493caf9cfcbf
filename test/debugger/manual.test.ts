// The debugger's chapter of the manual, replayed command by command on a kernel that does what the manual's does: each command prints what
// the manual shows, in the program's forms (debugger.md §0). The older spellings are accepted.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { encode } from "../../src/encoding/binary.js";
import { toHex } from "../../src/encoding/hex.js";
import { outboxMessageForm } from "../../src/protocol/outbox-message.js";
import { revealHash } from "../../src/protocol/reveal.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { optionsOf, script } from "./support.js";

const PREIMAGE = "48656c6c6f207468657265210a";
const HASH = toHex(revealHash(Buffer.from(PREIMAGE, "hex")));
const MESSAGE = encode(outboxMessageForm, {
  kind: "untyped",
  transactions: [
    { parameters: { prim: "Unit" }, destination: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq", entrypoint: "default" },
  ],
} as never);
const quoted = (hex: string): string => hex.replace(/../g, "\\$&");

/** By number of the run: 0 writes; 1 and 3 ask for a reboot; 5 reveals and says it; 6 reveals the metadata and twice the preimage. */
const KERNEL = `(module
  (import "smart_rollup_core" "store_read" (func $read (param i32 i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "store_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "write_output" (func $output (param i32 i32) (result i32)))
  (import "smart_rollup_core" "write_debug" (func $debug (param i32 i32)))
  (import "smart_rollup_core" "reveal_preimage" (func $preimage (param i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "reveal_metadata" (func $metadata (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "${quoted(HASH)}") (data (i32.const 64) "/run") (data (i32.const 72) "/store/key")
  (data (i32.const 96) "/store/another_key") (data (i32.const 128) "/kernel/env/reboot") (data (i32.const 160) "${quoted(toHex(MESSAGE))}")
  (func $is (param $run i32) (result i32) (i32.eq (i32.load (i32.const 512)) (local.get $run)))
  (func $reveal (result i32) (call $preimage (i32.const 0) (i32.const 33) (i32.const 1000) (i32.const 4096)))
  (func (export "kernel_run")
    (drop (call $read (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 512) (i32.const 4)))
    (if (call $is (i32.const 0)) (then
      (drop (call $write (i32.const 72) (i32.const 10) (i32.const 0) (i32.const 72) (i32.const 4)))
      (drop (call $write (i32.const 96) (i32.const 18) (i32.const 0) (i32.const 72) (i32.const 4)))
      (drop (call $output (i32.const 160) (i32.const ${MESSAGE.length})))))
    (if (i32.or (call $is (i32.const 1)) (call $is (i32.const 3))) (then
      (drop (call $write (i32.const 128) (i32.const 18) (i32.const 0) (i32.const 0) (i32.const 1)))))
    (if (call $is (i32.const 5)) (then (call $debug (i32.const 1000) (call $reveal))))
    (if (call $is (i32.const 6)) (then
      (drop (call $metadata (i32.const 2000) (i32.const 24))) (drop (call $reveal)) (drop (call $reveal))))
    (i32.store (i32.const 512) (i32.add (i32.load (i32.const 512)) (i32.const 1)))
    (drop (call $write (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 512) (i32.const 4)))))`;

interface Entry {
  readonly command: string;
  readonly shown: string;
}

/** What is typed in the chapter, and what is shown for it: up to an empty line, but for the profile, which has some. */
function transcript(chapter: string): Entry[] {
  const entries: { command: string; lines: string[] }[] = [];
  let isOpen = false;
  for (const line of chapter.split("\n")) {
    const command = /^> (.*)$/.exec(line)?.[1];
    const last = entries.at(-1);
    if (command !== undefined) entries.push({ command, lines: [] });
    else if (isOpen && last !== undefined) last.lines.push(line);
    isOpen = command !== undefined || (isOpen && (line !== "" || last?.command === "profile"));
    if (line.startsWith("Full execution with padding")) isOpen = false;
  }
  return entries.map(({ command, lines }) => ({ command, shown: lines.join("\n").trimEnd() }));
}

/** The pattern of what the program prints where the manual shows `shown`. */
function pattern(shown: string): RegExp {
  const escaped = shown
    .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replaceAll("Internal state:", "Internal_status:")
    .replace(/^Loaded .*$/m, "")
    .replace(/^`<hexadecimal value.*>`$/m, "[0-9a-f]+")
    .replace(/^\/key\n\/another_key\n.*$/m, "/another_key\n/key")
    .replace(/^Evaluation took [0-9]+ ticks( so far)?$/m, "Evaluation took [0-9]+ ticks so far")
    .replace(/found in .*$/m, "found in .*/wasm-debugger-profiling-.*\\.out")
    .replace(/[0-9]+ ticks \\\(.*\\\)/g, "[0-9]+ ticks \\(.*\\)")
    .replace(/padding: [0-9]+ ticks/, "padding: 100000000000000 ticks")
    .replace(
      /^Outbox has N messages:\n[\s\S]*$/m,
      "Outbox has 1 messages:\ndestination: KT1\\w+ entrypoint: default\\n? +unparsed_parameters: .*",
    )
    .replace(
      /^Preimage for hash .*$/m,
      `Preimage ${HASH} not found in \\w+, or there was a reading error\\. Please provide it manually\\.`,
    );
  return new RegExp(`^${escaped}\n?$`);
}

describeShared("the manual's chapter on the debugger", "manual.txt", () => {
  const manual = readFileSync(sharedPath("manual.txt"), "utf8");
  const chapter = manual.slice(
    manual.indexOf("Testing your Kernel#"),
    manual.indexOf("reveal preimage of <hex encoded value>"),
  );
  const inputs = /\n(\[\n {2}\[\n {4}\{\n {6}"external":[\s\S]*?\n\])\n/.exec(chapter)?.[1] ?? "[]";
  // The manual goes on with inboxes that it does not show.
  const inboxes = [...(JSON.parse(inputs) as unknown[]), [], [], []];
  const options = { ...optionsOf(KERNEL, inboxes), parameters: PROTOCOL_PARAMETERS };
  const entries = transcript(chapter);

  it("has the commands it had", () => {
    expect(entries.map(({ command }) => command)).toEqual([
      "show status",
      "load inputs",
      "show status",
      "show inbox",
      "step kernel_run",
      "show key /store/key",
      "show keys /store",
      "step result",
      "show memory at p for l bytes",
      "step kernel_run",
      "step inbox",
      "profile",
      "show outbox at level 0",
      "step inbox",
      PREIMAGE,
    ]);
  });

  it("is replayed command by command", { timeout: 60_000 }, async () => {
    const typed: string[] = [];
    const shown: string[] = [];
    for (const { command, shown: text } of entries) {
      // The manual loads the second inbox without saying so, and the answer to a question has what follows for its output.
      if (command === "step result") {
        typed.push("load inputs");
        shown.push("");
      }
      typed.push(command.replace("at p for l bytes", "at 512 for 4 bytes"));
      shown.push(text);
    }
    const { pieces, err, failures } = await script(typed, options, { now: () => performance.now() });
    expect(err).toBe("");
    expect(failures).toBe(0);
    for (const [index, piece] of pieces.entries()) {
      const expected = shown[index] ?? "";
      // The last answer ends the step that asked.
      const rest =
        expected === "Hello there!\n..." ? /^Hello there!\nEvaluation took [0-9]+ ticks so far\n/ : pattern(expected);
      expect(piece, typed[index]).toMatch(rest);
    }
    expect(pieces).toHaveLength(typed.length);
  });

  it("gives reveals tick by tick, by both spellings", async () => {
    const lines = [
      ...Array.from({ length: 4 }, () => "step inbox"),
      PREIMAGE,
      "load inputs",
      "step tick 100000",
      "reveal metadata",
      "step tick 100000",
      `reveal preimage of ${PREIMAGE}`,
      "step tick 100000",
      `reveal preimage ${PREIMAGE}`,
      "step result",
      "show memory at 1000 for 12 bytes as string",
    ];
    const { pieces, failures } = await script(lines, options);
    expect(failures).toBe(0);
    expect(pieces[6]).toContain("Status: Waiting for reveal: Reveal metadata\nInternal_status: Eval\n");
    expect(pieces[8]).toMatch(/Status: Waiting for reveal: scrrh1\w+\nInternal_status: Eval\n/);
    expect(pieces[10]).toMatch(/Status: Waiting for reveal: scrrh1\w+\nInternal_status: Eval\n/);
    expect([pieces[7], pieces[9], pieces[11]]).toEqual(["", "", ""]);
    expect(pieces[13]).toBe("Hello there!\n");
  });
});
