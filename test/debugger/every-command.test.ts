// One layout a command, for every command there is: those of Octez's against debugger.md §4, ours as docs/debugger.md tells.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { COMMANDS } from "../../src/debugger/commands.js";
import { completions } from "../../src/debugger/completion.js";
import { NAMED_KERNEL, openSession, optionsOf, script } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-every-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const FILE = join(folder, "step.proof");

const STATUS =
  "Status: (Evaluating|Waiting for input)\nInternal_status: (Snapshot|Decode|Init|Eval|Collect|Evaluation succeeded)\n";
const HASH = "srs1\\w+";
const IN_LEAF = ["break leaf", "continue"];

interface Layout {
  /** Typed before. */
  readonly first?: readonly string[];
  readonly line: string;
  readonly out: string;
  /** The same by other words. */
  readonly or?: readonly string[];
  readonly fails?: true;
}

/** By usage. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  "time <command>": { line: "time show status", out: `${STATUS}took 0s\n` },
  "show inbox": { line: "show inbox", out: "Inbox has 0 messages:\n\n" },
  "show outbox at level <level>": {
    first: ["step inbox"],
    line: "show outbox at level 0",
    out: "Outbox has 0 messages:\n\n",
  },
  "show status": { line: "show status", out: STATUS },
  "show durable storage": {
    line: "show durable storage",
    out: "/\n {2}\n/kernel\n {2}\n(/[\\w./@-]+\n {2}[0-9a-f]*\n)+",
  },
  "show subkeys [<path>]": {
    line: "ls",
    or: ["show subkeys", "show subkeys /", "ls /", "show keys /"],
    out: "/kernel\n/readonly\n",
  },
  "show key <key> [as <kind>]": {
    line: "show key /readonly/wasm_version",
    or: ["show key /readonly/wasm_version as hex"],
    out: "322e302e302d7236\n",
  },
  "dump function symbols": { line: "dump function symbols", out: "Functions:\n( - func\\[[0-9]+\\] <\\w+>\n)+" },
  "step <eval_step>": {
    first: ["load inputs"],
    line: "step tick",
    or: ["s", "s 1", "si", "stepi 1", "step tick 1", "step tick 0b1"],
    out: `Evaluation took 1 ticks so far\n${STATUS}`,
  },
  "load inputs": { line: "load inputs", out: "" },
  "reveal preimage [<hex_encoded_preimage>]": {
    line: "reveal preimage",
    or: ["reveal preimage 00", "reveal preimage of 00"],
    out: "Error: not a reveal step\n",
    fails: true,
  },
  "reveal metadata": { line: "reveal metadata", out: "Error: Not in a reveal step\n", fails: true },
  stop: { line: "stop", or: ["quit", "q", "exit"], out: "" },
  "profile [options]": {
    line: "profile --without-time --table --no-reboot",
    or: ["bench --no-reboot --without-time"],
    out: "Starting the profiling until new messages are expected\\. Please note that it will take some time and does not reflect a real computation time\\.\nhi\nProfiling result can be found in .*\\.out\n-{22}\nDetailed results for a `kernel_run`:\n(%interpreter\\(\\w+\\): [0-9]+ ticks\n){3}kernel_run: [0-9]+ ticks\n\nFull execution: [0-9]+ ticks\n-{22}\nFull execution with padding: 20000 ticks\n +self +total +calls {2}function\n( *[0-9]+ +[0-9.]+% +[0-9]+ +[0-9.]+% +[0-9]+ {2}\\S+\n)+The longest kernel_run fits into 20000 ticks \\([0-9]+, [0-9.]+ %\\); a refuter needs at most 3 passes of about 0s\n",
  },
  "show memory at <address> for <length> bytes [as string]": {
    first: ["load inputs", "step result"],
    line: "show memory at 100 for 4 bytes as string",
    out: "/a/b\n",
  },
  "help [<command>]": {
    line: "help locals",
    or: ["man locals", "h locals", "? locals"],
    out: " {2}locals \\[frame\\]: Shows the locals of a call\\.\n",
  },
  "step back [N]": {
    first: ["load inputs", "step result"],
    line: "step back tick",
    or: [
      "back",
      "back 1",
      "step back",
      "step back 1",
      "step back 1 ticks",
      "step back tick 1",
      "rsi",
      "rsi 1",
      "reverse-stepi",
    ],
    out: `At tick [0-9]+\n${STATUS}`,
  },
  "goto <tick>": {
    first: ["step inbox"],
    line: "goto tick 20300",
    or: ["goto 20300", "g 20300", "goto 0x4f4c"],
    out: `At tick 20300\n${STATUS}`,
  },
  continue: { line: "continue", or: ["c", "cont"], out: `hi\nhi\nAt tick 80000\n${STATUS}` },
  "reverse continue": {
    first: ["step inbox"],
    line: "reverse continue",
    or: ["rc", "reverse-continue"],
    out: `At tick 0\n${STATUS}`,
  },
  finish: {
    first: ["load inputs"],
    line: "finish",
    or: ["fin"],
    out: `hi\nAt tick [0-9]+\nStatus: Evaluating\nInternal_status: Evaluation succeeded\n`,
  },
  "break <where>": {
    line: "break leaf if arg0 == 0x10 && arg1 < -2",
    or: ["b leaf if arg0==16 && $1<-2", "b function 3 if arg0 == 16 && arg1 < -2"],
    out: "Breakpoint 1: function leaf if arg0 == 16 && arg1 < -2\n",
  },
  breakpoints: {
    first: ["break trap", "b key /a/*", "disable 2"],
    line: "breakpoints",
    or: ["info breakpoints", "i b", "info b"],
    out: "1: trap\n2: access of key /a/… \\(disabled\\)\n",
  },
  "delete <n>": { first: ["break trap"], line: "delete 1", or: ["d 1", "del 1", "delete all"], out: "" },
  "disable <n>": { first: ["break trap"], line: "disable 1", or: ["dis 1"], out: "" },
  "enable <n>": { first: ["break trap", "disable 1"], line: "enable 1", or: ["en 1"], out: "" },
  backtrace: {
    first: IN_LEAF,
    line: "backtrace",
    or: ["bt", "where", "info stack", "backt"],
    out: "#0 func\\[3\\] <leaf>: local\\.get 0 <x> at 0x[0-9a-f]+\n#1 func\\[4\\] <work>: .* at 0x[0-9a-f]+\n#2 func\\[5\\] <main>: .* at 0x[0-9a-f]+\n#3 \\(machine\\)\n",
  },
  "locals [frame]": { first: IN_LEAF, line: "locals 1", out: "n = i32 50\ni = i32 0\n" },
  "stack [frame]": { first: [...IN_LEAF, "stepi 7"], line: "stack", out: "(i32 [0-9]+|No operands)\n" },
  "trace [<from> <to>]": {
    first: ["step inbox"],
    line: "trace",
    or: ["trace 20000 40000"],
    out: "[0-9]+: write_debug\\(i32 120, i32 3\\) = nothing, [0-9]+ ticks\n[0-9]+: read_input\\(i32 400, i32 300, i32 64\\) = i32 [0-9]+, [0-9]+ ticks\n[0-9]+: store_write\\(i32 100, i32 4, i32 0, i32 200, i32 4\\) /a/b = i32 0, [0-9]+ ticks\n",
  },
  "diff <from> <to> [storage|memory|tree]": {
    first: ["step inbox"],
    line: "diff 20000 40000",
    or: ["diff 20000 40000 storage"],
    out: "\\+ /a/b: nothing -> 32000000\n\\+ /kernel/env/reboot: nothing -> empty\n\\+ /readonly/kernel/boot.wasm: nothing -> [0-9a-f]{64}… \\([0-9]+ bytes\\)\n~ /readonly/kernel/env/reboot_counter: e8030000 -> e9030000\n",
  },
  "x[/N] <address>": {
    first: ["load inputs", "step result"],
    line: "x/4 100",
    or: ["x/4xb 0x64", "x/1w 100", "x/2h 100"],
    out: "0x00000064 {2}2f 61 2f 62 +/a/b\n",
  },
  limits: {
    line: "limits",
    or: ["info history", "lim"],
    out: "ticks of this kernel run: 0 of 20000\nreboots left: 100[01] of 1001\nhistory: [0-9]+ states, ticks 0 to 0\n",
  },
  "hash [<tick>]": { first: ["step inbox"], line: "hash 20300", out: `${HASH} at tick 20300\n` },
  "prove phases": {
    first: ["step inbox"],
    line: "prove phases",
    out: "((collect|padding|snapshot|decode|link|init|eval|result) +tick [0-9]+: [0-9]+ bytes\n){9,}",
  },
  "prove [<tick>] [to <file>]": {
    first: ["step inbox"],
    line: "prove 20300",
    out: `Proof of tick 20300: [0-9]+ bytes, verified\n {2}from ${HASH}\n {2}to {3}${HASH}\n`,
  },
  "prove to <file>": {
    first: ["load inputs"],
    line: `prove to ${FILE}`,
    out: `Proof of tick 20000: [0-9]+ bytes, verified, written to .*\n {2}from ${HASH}\n {2}to {3}${HASH}\n`,
  },
  "prove <tick> to <file>": {
    first: ["step inbox"],
    line: `prove 20300 to ${FILE}`,
    out: `Proof of tick 20300: [0-9]+ bytes, verified, written to .*\n {2}from ${HASH}\n {2}to {3}${HASH}\n`,
  },
  "verify <file>": {
    first: ["step inbox", `prove 20300 to ${FILE}`],
    line: `verify ${FILE}`,
    out: `The proof holds: tick 20300\n {2}from ${HASH}\n {2}to {3}${HASH}\n`,
  },
};

it("has a layout for each command", () => {
  expect(Object.keys(LAYOUTS).sort()).toEqual(COMMANDS.map(({ usage }) => usage).sort());
});

it.each(Object.entries(LAYOUTS))(
  "%s",
  { timeout: 30_000 },
  async (usage, { first = [], line, or = [], out, fails }) => {
    for (const typed of [line, ...or]) {
      const { pieces, failures, err } = await script([...first, typed], optionsOf(NAMED_KERNEL), {
        flamechartsDir: folder,
      });
      expect(pieces.at(-1), typed).toMatch(new RegExp(`^${out}$`));
      expect(failures, typed).toBe(fails === true ? 1 : 0);
      expect(err, typed).not.toContain("Unknown");
    }
    const { out: text } = await script([...first, line], optionsOf(NAMED_KERNEL), {
      isJson: true,
      flamechartsDir: folder,
    });
    const object = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
    expect(object).toMatchObject({ command: line, ok: fails !== true });
    // Something for machines beside the text.
    if (!/^(stop|help)/.test(usage)) expect(Object.keys(object).length).toBeGreaterThan(3);
  },
);

it("has help for each command", async () => {
  const { out } = await script(["help"], optionsOf(NAMED_KERNEL));
  for (const { help } of COMMANDS) expect(out).toContain(`  ${help}\n`);
  const each = COMMANDS.map(({ usage }) => `help ${usage.replace(/ ?[<[].*$/, "")}`);
  expect((await script(each, optionsOf(NAMED_KERNEL))).failures).toBe(0);
  // Octez's order.
  const order = [
    "time",
    "show inbox",
    "show outbox",
    "show status",
    "show durable",
    "show subkeys",
    "show key",
    "dump",
    "step <",
    "load",
    "reveal preimage",
    "reveal metadata",
    "stop",
    "profile",
    "show memory",
    "help",
  ];
  const at = order.map((word) => out.indexOf(`  ${word}`));
  expect(at).toEqual([...at].sort((a, b) => a - b));
});

it.each([
  ["show s", ["show status", "show subkeys"]],
  ["ls /re", ["ls /readonly"]],
  ["show key /kernel/b", ["show key /kernel/boot.wasm"]],
  ["show key /kernel/boot.wasm as ri", []],
  ["show key /kernel/boot.wasm as rl", ["show key /kernel/boot.wasm as rlp"]],
  ["b lea", ["b leaf"]],
  ["break function wo", ["break function work"]],
  ["break host store_wr", ["break host store_write"]],
  ["goto sn", ["goto snapshot"]],
  ["step i", ["step inbox"]],
  ["time show st", ["time show status"]],
  ["help bac", ["help backtrace"]],
  ["nothing like it", []],
])("completes %j", async (line, lines) => {
  expect(completions(line, await openSession(NAMED_KERNEL))).toEqual(lines);
});

it.each([
  ["shwo status", "show status"],
  ["brek leaf", "break <where>"],
  ["brekpoints", "breakpoints"],
  ["contniue", "continue"],
  ["show statsu", "show status"],
  ["proev 12", "prove phases"],
])("guesses what %j was to be", async (typed, meant) => {
  const { err } = await script([typed], optionsOf(NAMED_KERNEL));
  expect(err).toContain(`Unknown command \`${typed}\`\nDid you mean: `);
  expect(err).toContain(meant);
});
