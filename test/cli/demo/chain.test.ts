// The demonstrations on a chain, as processes, with their nodes' threads: as fast as the nodes follow. Their exit code says whether all was
// seen; the account is looked at as well.
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { DemoWorld } from "../../../src/cli/demo/world.js";
import { compiledProgram } from "../../compiled-program.js";
import { tickproof } from "../harness.js";

interface Shown {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function demo(...args: readonly string[]): Promise<Shown> {
  return new Promise((resolve) => {
    const command = [compiledProgram(), "demo", "--any-port", "--block-time", "0", ...args];
    const child = execFile(process.execPath, command, (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe("tickproof demo", () => {
  it("shows a rollup's life, up to a contract called by its outbox", { timeout: 240_000 }, async () => {
    const { code, out, err } = await demo("--blocks", "34");
    expect({ code, err, missing: out.match(/^ {2}not seen .*$/gm) }).toEqual({ code: 0, err: "", missing: null });
    const levels = out.match(/^ +\d+ {2}inbox .* ticks {2}state srs1\w+… {2}both nodes agree/gm);
    expect(levels).toHaveLength(33); // all but the block of the origination
    expect(out).toMatch(/^ {2}operator {2}http:\/\/127\.0\.0\.1:\d+ /m);
    expect(out).toMatch(/batcher: message scmsg\w+… is included, at level \d+$/m);
    expect(out).toMatch(/collect \d.*, padding .*, snapshot .*, decode .*, link .*, init .*, eval \d/);
    expect(out).toMatch(
      /bootstrap2 publishes the commitment of level \d+, 500,000,000,000,000 ticks; bond 10,000 tez$/m,
    );
    expect(out).toMatch(/receipt: smart_rollup_execute_outbox_message applied/);
    expect(out).toMatch(/storage of KT1\w+: {"string":"sent from layer 2"}$/m);
    expect(out.match(/^ {2}seen /gm)).toHaveLength(7);
  });

  it("fails when not all was seen", { timeout: 60_000 }, async () => {
    const { code, out, err } = await demo("--blocks", "1");
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out.match(/^ {2}not seen /gm)).toHaveLength(7);
  });

  it("takes the next free port", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const signal = new AbortController().signal;
    const world = await DemoWorld.start({ constants: {}, blockMs: 0, port, signal });
    try {
      expect(Number(new URL(world.endpoint).port)).toBeGreaterThan(port);
    } finally {
      await world.stop();
      other.close();
    }
  });

  it.each([
    [["--blocks", "0"], "1 to"],
    [["--block-time", "-1"], "Seconds"],
    [["--dispute", "--machine"], "cannot be used with"],
  ])("refuses %j", async (args, reason) => {
    const { code, out, err } = await tickproof(["demo", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
  });
});

describe("tickproof demo --dispute", () => {
  it("shows a game narrow down to one tick, and the liar lose its bond", { timeout: 240_000 }, async () => {
    const { code, out, err } = await demo("--dispute");
    expect({ code, err, missing: out.match(/^ {2}not seen .*$/gm) }).toEqual({ code: 0, err: "", missing: null });
    const moves = [...out.matchAll(/^ {2}level +\d+ {2}(?:honest|liar) +([\d,]+) ticks? {2}/gm)];
    const widths = moves.map(([, width = ""]) => Number(width.replaceAll(",", "")));
    expect(widths.length).toBeGreaterThan(8);
    expect(widths.at(0)).toBeGreaterThan(1e14);
    expect(widths.at(-1)).toBe(1);
    // Each dissection is of one section of the one before; a proof that is refused is answered with one of the same tick.
    for (const [i, width] of widths.entries()) {
      if (i > 0) expect(width).toBeLessThanOrEqual(Math.max(1, (widths[i - 1] as number) / 2)); // in bounds
    }
    expect(out).toMatch(/1 tick {2}tick 2, with its proof: [\d,]+ bytes/);
    expect(out).toMatch(/through message 2 of level 5, which is proved to be in the inbox of layer 1$/m);
    expect(out).toMatch(/the liar has lost, by the proof, after \d+ moves$/m);
    expect(out).toMatch(/^ {2}liar {4}10,000 tez slashed/m);
    expect(out).toMatch(/^ {2}honest {2}10,000 tez still there, and a reward of 5,000 tez$/m);
  });
});
