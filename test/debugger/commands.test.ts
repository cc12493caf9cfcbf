// The output of each command, against the templates of debugger.md §3, §4.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Doc, writeJson } from "../../src/debugger/pretty.js";
import { printSpan } from "../../src/debugger/span.js";
import { showValue } from "../../src/debugger/values.js";
import { revealHash } from "../../src/protocol/reveal.js";
import { NAMED_KERNEL, optionsOf, script, TRAP_KERNEL } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-debugger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WAITING = "Status: Waiting for input\nInternal_status: Collect\n";
const run = async (...lines: string[]) => script(lines, optionsOf(NAMED_KERNEL));
const out = async (...lines: string[]) => (await run(...lines)).out;

describe("status and steps", () => {
  it("shows the status", async () => {
    expect(await out("show status")).toBe(WAITING);
    expect(await out("load inputs", "show status")).toBe("Status: Evaluating\nInternal_status: Snapshot\n");
  });

  it("steps", async () => {
    expect(await out("load inputs", "step tick")).toBe(
      "Evaluation took 1 ticks so far\nStatus: Evaluating\nInternal_status: Decode\n",
    );
    expect(await out("load inputs", "step result")).toMatch(
      /^hi\nEvaluation took [0-9]+ ticks so far\nStatus: Evaluating\nInternal_status: Evaluation succeeded\n$/,
    );
    expect(await out("load inputs", "step kernel_run")).toBe(`hi\nEvaluation took 20000 ticks so far\n${WAITING}`);
    expect(await out("step inbox", "step inbox", "step inbox")).toBe(
      `${`hi\nEvaluation took 20000 ticks so far\n${WAITING}`.repeat(2)}No more inputs at level 2\nEvaluation took 0 ticks so far\n${WAITING}`,
    );
    expect(await out("load inputs", "step result", "step kernel_run")).toContain(
      "ticks so far\nStatus: Waiting for input",
    );
  });

  it("says why it failed", async () => {
    const { out: failed } = await script(["load inputs", "step result"], optionsOf(TRAP_KERNEL, [[]]));
    expect(failed).toMatch(/Internal_status: Evaluation failed \(.*unreachable.*\)\n$/);
  });

  it("refuses steps that would corrupt the machine, and loads nothing twice", async () => {
    const { out: text, failures } = await run("step tick", "show status");
    expect(text).toMatch(/^The PVM is waiting for inputs: .*\n/);
    expect(text.endsWith(WAITING)).toBe(true);
    expect(failures).toBe(1);
    expect(await out("load inputs", "load inputs")).toBe(
      "The PVM is not expecting inputs yet. You can `step inbox` to evaluate the current inbox.\n",
    );
  });

  it("knows no command with a word too many or too few", async () => {
    for (const line of [
      "",
      "step",
      "show inbox now",
      "show",
      "SHOW STATUS",
      "show outbox at level x",
      "show\tstatus",
    ]) {
      if (line === "step") continue;
      const { out: text, err } = await run(line);
      expect(text).toBe("");
      expect(err.split("\n")[0]).toBe(`Unknown command \`${line}\``);
    }
  });
});

describe("buffers", () => {
  it("shows the inbox", async () => {
    expect(await out("show inbox")).toBe("Inbox has 0 messages:\n\n");
    const options = optionsOf(NAMED_KERNEL, [[{ external: "aabb" }, { payload: "Pair Unit False" }, "ff00"]]);
    const { out: text } = await script(["load inputs", "show inbox"], options);
    expect(text).toBe(
      [
        "Inbox has 6 messages:",
        "{ raw_level: 0;\n  counter: 0\n  payload: Start_of_level }",
        "{ raw_level: 0;\n  counter: 1\n  payload: Info_per_level {predecessor_timestamp = 1970-01-01T00:00:00-00:00; predecessor = BKiHLREqU3JkXfzEDYAkmmfX48gBDtYhMrpA98s7Aq4SzbUAB6M} }",
        "{ raw_level: 0;\n  counter: 2\n  payload: aabb }",
        "{ raw_level: 0;\n  counter: 3\n  payload: ",
        '{ "internal_inbox_message_kind": "transfer",',
        '  "payload":',
        '    { "prim": "Pair", "args": [ { "prim": "Unit" }, { "prim": "False" } ] },',
        '  "sender": "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT",',
        '  "source": "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU",',
        '  "destination": "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" } }',
        "{ raw_level: 0;\n  counter: 4\n  payload: Unknown encoding: ff00 }",
        "{ raw_level: 0;\n  counter: 5\n  payload: End_of_level }",
        "",
      ].join("\n"),
    );
  });

  it("shows the outbox", async () => {
    expect(await out("show outbox at level 0", "step inbox", "show outbox at level 0", "show outbox at level 7")).toBe(
      `No outbox found at level 0\nhi\nEvaluation took 20000 ticks so far\n${WAITING}Outbox has 0 messages:\n\nNo outbox found at level 7\n`,
    );
  });
});

describe("the durable storage", () => {
  it("lists and shows keys", async () => {
    const text = await out(
      "step inbox",
      "ls",
      "show subkeys /a",
      "show keys /a",
      "show key /a/b",
      "show key /a/b as i32",
      "show key /a/b as u16",
    );
    expect(text.slice(text.indexOf("Collect\n") + 8)).toBe(
      "/a\n/kernel\n/readonly\n/b\n/b\n32000000\n50\nError: u16 values must be 2 bytes long. Defaulting to hexadecimal value\n32000000\n",
    );
  });

  it("says why not", async () => {
    expect(await out("ls a", "ls a/b", "ls /no", "show key /no", "show key a", "show key /b!")).toBe(
      "Invalid path, it must start with '/'\nInvalid path, it must start with '/'\nThe path /no is not available in the durable storage\nKey not found\nInvalid key\nInvalid key\n",
    );
  });

  it("shows the whole tree", async () => {
    const text = await out("step inbox", "show durable storage");
    expect(text).toContain("\n/\n  \n/a\n  \n/a/b\n  \n/a/b/@\n  \n/a/b/@/contents\n  \n/a/b/@/contents/0\n  32000000");
    expect(text).toContain("\n/a/b/@/length\n  0000000000000004\n");
  });
});

describe("memory and symbols", () => {
  it("shows memory while there is one", async () => {
    expect(await out("show memory at 0 for 4 bytes")).toBe(
      "Error: Cannot inspect memory during internal state Collect\n",
    );
    const text = await out(
      "load inputs",
      "step result",
      "show memory at 0x64 for 4 bytes",
      "show memory at 100 for 4 bytes as string",
      "show memory at 200 as i32",
      "show memory at 65535 for 2 bytes",
    );
    expect(text.slice(text.indexOf("succeeded\n") + 10)).toBe(
      "2f612f62\n/a/b\n3\nError: 2 bytes at 65535 are out of bounds: the memory has 65536 bytes\n",
    );
  });

  it("dumps the symbols, of text too", async () => {
    expect(await out("dump function symbols")).toBe(
      "Functions:\n - func[0] <read_input>\n - func[1] <write_debug>\n - func[2] <store_write>\n - func[3] <leaf>\n - func[4] <work>\n - func[5] <main>\n",
    );
  });
});

describe("reveals", () => {
  const preimage = Buffer.from("Hello there!");
  const hash = Buffer.from(revealHash(preimage)).toString("hex");
  const escaped = hash.replace(/../g, "\\$&");
  const kernel = `(module (import "smart_rollup_core" "reveal_preimage" (func $r (param i32 i32 i32 i32) (result i32)))
    (import "smart_rollup_core" "reveal_metadata" (func $m (param i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "${escaped}")
    (func (export "kernel_run") (drop (call $r (i32.const 0) (i32.const 33) (i32.const 100) (i32.const 100)))
      (drop (call $m (i32.const 300) (i32.const 24)))))`;

  it("asks a person", async () => {
    const lines = ["step inbox", "nonsense", "48656c6c6f20746865726521"];
    const { out: text } = await script(lines, { ...optionsOf(kernel, [[]]), reveals: { preimageDir: folder } });
    expect(text).toBe(
      `Preimage ${hash} not found in ${folder}, or there was a reading error. Please provide it manually.\nError: the data is not a valid hexadecimal value.\nEvaluation took 20000 ticks so far\n${WAITING}`,
    );
  });

  it("stops at pending reveals tick by tick", async () => {
    const lines = [
      "reveal preimage",
      "reveal metadata",
      "load inputs",
      "step tick 5000",
      "reveal metadata",
      "reveal preimage of 00ff",
      "step tick 5000",
      "reveal preimage",
      "reveal metadata",
      "step result",
      "show memory at 100 for 2 bytes",
      "show memory at 300 for 24 bytes",
    ];
    const { out: text } = await script(lines, { ...optionsOf(kernel, [[]]), reveals: { preimageDir: folder } });
    expect(text).toMatch(
      /^Error: not a reveal step\nError: Not in a reveal step\nEvaluation took [0-9]+ ticks so far\nStatus: Waiting for reveal: scrrh1\w+\nInternal_status: Eval\nError: Not the expected reveal step\nEvaluation took/,
    );
    expect(text).toContain(
      "Status: Waiting for reveal: Reveal metadata\nInternal_status: Eval\nError: not the expected reveal step\n",
    );
    expect(text.endsWith(`00ff\n${"00".repeat(24)}\n`)).toBe(true);
  });

  it("reads the directory of preimages", async () => {
    writeFileSync(join(folder, hash), preimage);
    const { out: text } = await script(["load inputs", "step result", "show memory at 100 for 12 bytes as string"], {
      ...optionsOf(kernel, [[]]),
      reveals: { preimageDir: folder },
    });
    expect(text.endsWith("\nHello there!\n")).toBe(true);
    rmSync(join(folder, hash));
  });
});

describe("profiles", () => {
  it("prints and writes as Octez", async () => {
    const { out: text } = await script(["profile --without-time"], optionsOf(NAMED_KERNEL), { flamechartsDir: folder });
    const path = join(folder, "wasm-debugger-profiling-1970-01-01T00:00:00.000-00:00.out");
    expect(text).toMatch(
      new RegExp(
        [
          "^Starting the profiling until new messages are expected\\. Please note that it will take some time and does not reflect a real computation time\\.",
          "hi",
          `Profiling result can be found in ${path}`,
          "----------------------",
          "Detailed results for a `kernel_run`:",
          "%interpreter\\(decode\\): [0-9]+ ticks",
          "%interpreter\\(link\\): 4 ticks",
          "%interpreter\\(init\\): [0-9]+ ticks",
          "kernel_run: [0-9]+ ticks",
          "",
          "Full execution: [0-9]+ ticks",
          "----------------------",
          "Full execution with padding: 20000 ticks\n$",
        ].join("\n"),
      ),
    );
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^kernel_run;work;leaf [0-9]+$/));
    const sum = lines.reduce((all, line) => all + Number(line.split(" ").at(-1)), 0);
    expect(text).toContain(`Full execution: ${sum} ticks`);
  });

  it("collapses, prints times, a table and a graph", async () => {
    const html = join(folder, "flame.html");
    const { out: text } = await script([`profile --collapsed --table --html=${html}`], optionsOf(NAMED_KERNEL), {
      flamechartsDir: folder,
    });
    expect(text).toContain("kernel_run: ");
    expect(text).toContain(" ticks (0s)");
    expect(text).toMatch(/The longest kernel_run fits into 20000 ticks/);
    const page = readFileSync(html, "utf8");
    for (const name of ["leaf", "work", "store_write"]) expect(page).toContain(`"${name}"`);
    expect(page).not.toMatch(/src=|href=|https?:/);
  });

  it("asks for a state to begin in", async () => {
    expect(await out("load inputs", "step tick 500", "profile")).toMatch(
      /Profiling can only be done from a snapshotable state or when waiting for input\. You can use `step kernel_run` to go to the next snapshotable state\.\n$/,
    );
  });
});

describe("what Octez's debugger does not have", () => {
  it("breaks, looks, goes back", async () => {
    const { out: text, err } = await run(
      "break leaf if arg0 == 40",
      "c",
      "bt",
      "locals 1",
      "stack",
      "back",
      "goto result",
      "breakpoints",
      "delete 1",
      "breakpoints",
    );
    expect(text).toContain("Breakpoint 1: function leaf if arg0 == 40\n");
    expect(err).toMatch(/^Breakpoint 1: function leaf, at tick [0-9]+\n/);
    expect(text).toMatch(
      /#0 func\[3\] <leaf>: local\.get 0 <x> at 0x[0-9a-f]+\n#1 func\[4\] <work>: .*\n#2 func\[5\] <main>: .*\n#3 \(machine\)\nn = i32 50\ni = i32 40\nNo operands\n/,
    );
    expect(text).toMatch(/1: function leaf if arg0 == 40\nNo breakpoints\n$/);
  });

  it("proves and verifies", async () => {
    const file = join(folder, "step.proof");
    const text = await out(
      "step inbox",
      `prove 20300 to ${file}`,
      `verify ${file}`,
      "prove 1",
      "hash",
      `prove 0 to ${file}`,
      `verify ${file}`,
    );
    expect(text).toMatch(/Proof of tick 20300: [0-9]+ bytes, verified, written to /);
    expect(text.match(/The proof holds: tick/g)?.length).toBe(2);
    writeFileSync(file, Buffer.from("nonsense"));
    expect(await out(`verify ${file}`)).toMatch(/^The proof does not hold: /);
  });

  it("tells differences and host calls", async () => {
    const text = await out("step inbox", "goto result", "diff 0 27000", "diff 26000 27000 memory", "trace 20000 28000");
    expect(text).toContain("+ /a/b: nothing -> 32000000\n");
    expect(text).toMatch(/[0-9]+: store_write\(i32 100, i32 4, i32 0, i32 200, i32 4\) \/a\/b = i32 0, [0-9]+ ticks\n/);
  });

  it("speaks JSON", async () => {
    const { out: text } = await script(
      ["show status", "step inbox", "nonsense", "show key /a/b as i32"],
      optionsOf(NAMED_KERNEL),
      { isJson: true },
    );
    const [status, step, unknown, key] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).toMatchObject({ command: "show status", ok: true, tick: "0", internalStatus: "Collect" });
    expect(step).toMatchObject({ ok: true, ticks: "20000", debug: "hi\n", level: 0 });
    expect(unknown).toMatchObject({ ok: false, error: "unknown command" });
    expect(key).toMatchObject({ ok: true, hex: "32000000", value: "50" });
  });

  it("lists and explains", async () => {
    const text = await out("help");
    expect(text.startsWith("  time <command>: ")).toBe(true);
    for (const word of ["show inbox", "step <eval_step>", "goto <tick>", "break <where>"])
      expect(text).toContain(`  ${word}`);
    expect(await out("help prove")).toContain("prove phases");
    expect((await run("show statsu")).err).toContain("Did you mean: show status");
    expect(await out("time show status")).toBe(`${WAITING}took 0s\n`);
  });
});

describe("text", () => {
  it.each([
    [277e6, "277ms"],
    [62.246e6, "62.246ms"],
    [3605, "3.605us"],
    [20.028e6, "20.28ms"],
    [1.005e9, "1.5s"],
    [125e9, "2min5s"],
    [3780e9, "1h3min"],
    [0, "0s"],
  ])("prints a span of %d ns as %s", (nanoseconds, text) => {
    expect(printSpan(nanoseconds)).toBe(text);
  });

  it("breaks lines of JSON as Octez", () => {
    const doc = new Doc();
    writeJson(doc, { a: [], b: {}, c: ["x".repeat(40), "y".repeat(40)], d: 'q"\n' });
    expect(doc.print()).toBe(
      `{ "a": [], "b": {},\n  "c":\n    [ "${"x".repeat(40)}",\n      "${"y".repeat(40)}" ], "d": "q\\"\\\n" }`,
    );
  });

  it("decodes values", () => {
    expect(showValue(Uint8Array.of(0xff, 0xff, 0xff, 0xff), "i32")).toBe("4294967295");
    expect(showValue(Uint8Array.of(0xc2, 1, 2), "rlp")).toBe('["01","02"]');
    expect(showValue(Uint8Array.of(3, 0x0b), "micheline")).toBe('{"prim":"Unit"}');
    expect(showValue(Uint8Array.of(0xff), "json")).toMatch(/^Error: .*Defaulting to hexadecimal value\nff$/);
  });
});
