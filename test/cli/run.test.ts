import { describe, expect, it } from "vitest";
import { exampleKernel, temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const echo = exampleKernel("echo");
const inboxes = write(folder, "inboxes.json", JSON.stringify([[{ external: "68656c6c6f" }], ["01ff"]]));
const quick = ["--ticks-per-snapshot", "100000"];

interface Summary {
  readonly tick: string;
  readonly stateHash: string;
  readonly contextHash: string;
  readonly status: string;
  readonly phase: string;
  readonly level: number | null;
  readonly inboxesRead: number;
  readonly pvmVersion: string;
  readonly kernelHash: string;
  readonly ticks: Readonly<Record<string, string>>;
}

async function run(...args: string[]): Promise<Summary> {
  const { code, out, err } = await tickproof(["run", echo, "--inputs", inboxes, "--json", ...args]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Summary;
}

describe("tickproof run", () => {
  it("goes to the end of the inputs and says where it stands", async () => {
    const summary = await run(...quick);
    expect(summary).toMatchObject({
      tick: "400000",
      status: "waiting for input",
      phase: "collect",
      level: 1,
      inboxesRead: 2,
      pvmVersion: "2.0.0-r6",
    });
    const ticks = Object.values(summary.ticks).reduce((sum, count) => sum + Number(count), 0);
    expect(ticks).toBe(400_000);
    expect(summary.ticks).toMatchObject({ collect: "8", snapshot: "2", link: "6", stuck: "0" });
    expect(summary.stateHash).toMatch(/^srs1/);
    expect(summary.contextHash).toMatch(/^Co/);
    expect(summary.kernelHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has the protocol's ticks per snapshot and newest version by default", async () => {
    expect(await run()).toMatchObject({ tick: "200000000000000", pvmVersion: "2.0.0-r6" });
  });

  it("tells the same to people", async () => {
    const { code, out, err } = await tickproof(["run", echo, "--inputs", inboxes, ...quick]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { stateHash } = await run(...quick);
    expect(out).toContain(`state     ${stateHash}\n`);
    expect(out).toMatch(/^tick {6}400000$/m);
    expect(out).toMatch(/^status {4}waiting for input$/m);
    expect(out).toMatch(/^level {5}1 \(2 of 2 inboxes read\)$/m);
    expect(out).toMatch(/^ {2}padding {3}[0-9]{3},[0-9]{3}$/m);
  });

  it("stops at the first tick of a pattern", async () => {
    expect(await run(...quick, "--until", "=100_100")).toMatchObject({ tick: "100100", phase: "decode" });
    expect(await run(...quick, "--until", "=0")).toMatchObject({ tick: "0", level: null, phase: "collect" });
    expect(await run(...quick, "--until", "=300,=2")).toMatchObject({ tick: "2", phase: "collect" });
    expect(await run(...quick, "--until", "=0x10")).toMatchObject({ tick: "16", phase: "padding" });
    expect(await run(...quick, "--until", "always")).toMatchObject({ tick: "0" });
    expect(await run(...quick, "--until", "never")).toMatchObject({ tick: "400000" });
  });

  it("comes to the same state whether it stops in between or not", async () => {
    const [a, b] = [await run(...quick, "--until", "=101234"), await run(...quick, "--until", "%101234,=101234")];
    expect(a.tick).toBe("101234");
    expect(b.tick).toBe("0");
    const version = ["--pvm-version", "2.0.0"];
    const older = await run(...quick, ...version, "--until", "=101234");
    expect(older.stateHash).not.toBe(a.stateHash);
  });

  it("takes the level of the first inbox, and how many reboots are allowed", async () => {
    expect(await run(...quick, "--level", "41")).toMatchObject({ level: 42 });
    const args = ["run", exampleKernel("counter"), "--inputs", inboxes, "--json", ...quick];
    const free = JSON.parse((await tickproof(args)).out) as Summary;
    const bound = JSON.parse((await tickproof([...args, "--max-reboots", "998"])).out) as Summary;
    expect([free.ticks["snapshot"], bound.ticks["snapshot"]]).toEqual(["8", "4"]);
  });

  it("reads recorded inputs and answers reveals from them", async () => {
    const metadata = `${"17".repeat(20)}00000001`;
    const level = { level: 7, messages: ["0001", `0003${"00".repeat(40)}`, "0002"] };
    const recorded = (reveals: object): string =>
      write(folder, "recorded.json", JSON.stringify({ originationLevel: 1, inboxes: [level], reveals }));
    const args = (file: string): string[] => ["run", exampleKernel("reveal"), "--inputs", file, "--json", ...quick];
    const answered = JSON.parse((await tickproof(args(recorded({ "01": metadata })))).out) as Summary;
    expect(answered).toMatchObject({ status: "waiting for input", level: 7, tick: "200000" });
    const unanswered = JSON.parse((await tickproof(args(recorded({})))).out) as Summary;
    expect(unanswered).toMatchObject({ status: "waiting for reveal 01", phase: "eval" });
  });

  it("shows progress on a terminal, and none elsewhere", async () => {
    const args = ["run", echo, "--inputs", inboxes, ...quick];
    const { err } = await tickproof(args, { errIsTty: true, clockStep: 1000 });
    expect(err.startsWith("\r\u001b[Ktick ")).toBe(true);
    expect(err).toMatch(/tick [0-9,]+, [a-z]+/);
    expect(err.endsWith("\r\u001b[K")).toBe(true);
    expect((await tickproof(args)).err).toBe("");
  });

  it("takes kernels as binaries, texts and hexadecimal, by content", async () => {
    const { out } = await tickproof(["run", echo, "--inputs", inboxes, ...quick]);
    const { readKernel } = await import("../../src/pvm/kernel-format.js");
    const { readFileSync } = await import("node:fs");
    const binary = await readKernel(readFileSync(echo), "echo.wat");
    const hex = Buffer.from(binary).toString("hex");
    for (const [name, contents] of [
      ["a.hex", `${hex}\n`],
      ["b.dat", hex.toUpperCase()],
      ["c.wat", binary],
    ] as const) {
      const same = await tickproof(["run", write(folder, name, contents), "--inputs", inboxes, ...quick]);
      expect(same).toEqual({ code: 0, out, err: "" });
    }
  });
});
