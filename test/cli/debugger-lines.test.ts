// The debugger's terminal: line editing, completion, history, Ctrl-C, with keys and a screen in the place of a person.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { historyPath, LineHistory, PipedLines, ScriptLines, TypedLines } from "../../src/cli/debugger-lines.js";
import { temporaryFolder } from "./harness.js";

const folder = temporaryFolder();
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const UP = "\u001b[A";

/** A terminal of which what the person sees can be read. */
function terminal(path: string | null = null) {
  let shown = "";
  const screen = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      shown += chunk.toString("utf8");
      done();
    },
  });
  const keys = Object.assign(new PassThrough(), { modes: [] as boolean[] });
  const lines = new TypedLines({
    keys: Object.assign(keys, { setRawMode: (isRaw: boolean) => keys.modes.push(isRaw) }),
    screen,
    history: new LineHistory(path),
    complete: (line) => ["show status", "show inbox", "step inbox"].filter((one) => one.startsWith(line)),
  });
  return { lines, keys, modes: keys.modes, type: (text: string) => keys.write(text), shown: () => shown };
}

/** Text without the editor's movements of the cursor. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").replace(/\r/g, "");
}

describe("lines typed", () => {
  it("complete with Tab", async () => {
    const { lines, type } = terminal();
    const line = lines.next("> ", false);
    type("show s\t\r");
    expect(await line).toBe("show status");
    const other = lines.next("> ", false);
    type("sh\ti\t\r");
    expect(await other).toBe("show inbox");
    lines.close();
  });

  it("stand each behind its prompt, though typed at once while a command runs", async () => {
    const { lines, type, shown } = terminal();
    type("one\rtwo\r");
    type("th");
    type("ree\r");
    for (const expected of ["one", "two", "three"]) expect(await lines.next("> ", false)).toBe(expected);
    expect(plain(shown()).match(/> (one|two|three)\n/g)).toEqual(["> one\n", "> two\n", "> three\n"]);
    lines.close();
  });

  it("take characters of several bytes in pieces", async () => {
    const { lines, keys } = terminal();
    const line = lines.next("> ", false);
    for (const byte of Buffer.from("show key /é€\r")) keys.write(Buffer.of(byte));
    expect(await line).toBe("show key /é€");
    lines.close();
  });

  it("end a command with Ctrl-C, and what was typed before it", async () => {
    const { lines, type } = terminal();
    let interrupts = 0;
    lines.onInterrupt(() => {
      interrupts++;
    });
    const first = lines.next("> ", false);
    type("step inbox\r");
    expect(await first).toBe("step inbox");
    type(`forgotten\r${CTRL_C}kept\r`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(interrupts).toBe(1);
    expect(await lines.next("> ", false)).toBe("kept");
    expect(interrupts).toBe(1);
    lines.close();
  });

  it("are given up with Ctrl-C, and a question with them", async () => {
    const { lines, type, shown } = terminal();
    const line = lines.next("> ", false);
    type(`half${CTRL_C}${CTRL_C}whole\r`);
    expect(await line).toBe("whole");
    expect(shown()).toContain("(`stop` or Ctrl-D ends the session)");
    const answer = lines.next("> ", true);
    type(`00${CTRL_C}`);
    expect(await answer).toBe(null);
    const next = lines.next("> ", false);
    type("stop\r");
    expect(await next).toBe("stop");
    lines.close();
  });

  it("end with Ctrl-D, and leave the terminal as it was", async () => {
    const { lines, type, modes } = terminal();
    const line = lines.next("> ", false);
    type(CTRL_D);
    expect(await line).toBe(null);
    expect(await lines.next("> ", false)).toBe(null);
    expect(modes[0]).toBe(true);
    expect(modes.at(-1)).toBe(false);
  });

  it("come back with the arrows in the next session, answers to questions do not", async () => {
    const path = join(folder, "state", "tickproof", "debugger_history");
    const first = terminal(path);
    const told: (string | null)[] = [];
    for (const [text, isQuestion] of [
      ["step inbox", false],
      ["c0ffee", true],
      ["", false],
      ["hash", false],
      ["hash", false],
    ] as const) {
      const line = first.lines.next("> ", isQuestion);
      first.type(`${text}\r`);
      told.push(await line);
    }
    const back = first.lines.next("> ", false);
    first.type(`${UP}${UP}\r`);
    expect(await back).toBe("step inbox");
    first.lines.close();
    expect(told).toEqual(["step inbox", "c0ffee", "", "hash", "hash"]);
    expect(readFileSync(path, "utf8")).toBe("step inbox\nhash\nstep inbox\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = terminal(path);
    const line = second.lines.next("> ", false);
    second.type(`${UP}${UP}\r`);
    expect(await line).toBe("hash");
    second.lines.close();
  });
});

describe("the history", () => {
  it("is bounded, and does without a file that cannot be written", () => {
    const path = join(folder, "long");
    writeFileSync(path, Array.from({ length: 2500 }, (_, index) => `line ${index}\n`).join(""));
    expect(new LineHistory(path).lines).toHaveLength(1000);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1001);
    mkdirSync(join(folder, "taken"));
    const history = new LineHistory(join(folder, "taken"));
    history.add("one");
    history.add("two");
    expect(history.lines).toEqual(["one", "two"]);
  });

  it("is where the system keeps such things", () => {
    expect(historyPath({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s/tickproof/debugger_history");
    expect(historyPath({ XDG_STATE_HOME: "relative", HOME: "/h" })).toBe("/h/.local/state/tickproof/debugger_history");
    expect(historyPath({})).toBe(null);
  });
});

describe("lines of scripts and pipes", () => {
  it("end", async () => {
    const script = new ScriptLines("a\r\nb\n\nc\n");
    const told = [];
    for (let line = await script.next(); line !== null; line = await script.next()) told.push(line);
    expect(told).toEqual(["a", "b", "", "c"]);
  });

  it("are prompted for, as by Octez's debugger", async () => {
    const input = new PassThrough();
    let out = "";
    const lines = new PipedLines(input, (text) => {
      out += text;
    });
    input.end("one\ntwo");
    expect([await lines.next("> "), await lines.next("> "), await lines.next("> "), await lines.next("> ")]).toEqual([
      "one",
      "two",
      null,
      null,
    ]);
    expect(out).toBe("> > > > ");
  });
});
