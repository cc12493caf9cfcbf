// Going back and forth: the state at a tick is always that of a fresh run; what is told of calls does not depend on pieces.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallListener, CallWatch } from "../../src/debugger/call-watch.js";
import { functionTable } from "../../src/debugger/profile.js";
import type { DebugSession } from "../../src/debugger/session.js";
import { toHex } from "../../src/encoding/hex.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { readKernel } from "../../src/pvm/kernel-format.js";
import { Session } from "../../src/pvm/session.js";
import { NAMED_KERNEL, openSession, optionsOf, TICKS_PER_SNAPSHOT, TRAP_KERNEL } from "./support.js";

const SEED = 20261124;
const END = 4n * TICKS_PER_SNAPSHOT;

/** The hashes of a run that only goes forward, one tick at a time, at some ticks. */
async function freshHashes(ticks: readonly bigint[]): Promise<Map<bigint, string>> {
  const { inputs } = optionsOf(NAMED_KERNEL);
  const kernel = await readKernel(Buffer.from(NAMED_KERNEL), "kernel");
  const parameters = { ...PROTOCOL_PARAMETERS, ticksPerSnapshot: TICKS_PER_SNAPSHOT };
  const session = Session.start(kernel, "2.0.0-r6", parameters, inputs ?? { inboxes: [], reveals: new Map() }, {
    singleSteps: true,
  });
  const hashes = new Map<bigint, string>();
  for (const tick of [...new Set(ticks)].sort((a, b) => (a < b ? -1 : 1))) {
    session.goTo(tick);
    hashes.set(tick, toHex(session.machine.hash()));
  }
  return hashes;
}

async function finished(more: { readonly maxStates?: number; readonly spacing?: bigint } = {}): Promise<DebugSession> {
  const session = await openSession(NAMED_KERNEL, undefined, more);
  await session.step("inbox");
  await session.step("inbox");
  expect(session.tick).toBe(END);
  return session;
}

describe("a timeline", () => {
  it("has at random ticks in random order the states of a fresh run", async () => {
    const ticks = fc.sample(fc.bigInt(0n, END), { numRuns: 60, seed: SEED });
    const near = [0n, 1n, 2n, 3n, 20_000n, 20_500n, 27_000n, 40_000n, 40_003n, 60_000n, END];
    const all = [...ticks, ...near, ...ticks.slice(0, 20)];
    const expected = await freshHashes(all);
    for (const bounds of [{}, { maxStates: 3, spacing: 500n }, { spacing: 97n }]) {
      const session = await finished(bounds);
      for (const tick of all) {
        await session.goTo(tick);
        expect(session.tick).toBe(tick);
        expect(session.hashText).toBe(expected.get(tick));
      }
    }
  });

  it("comes to the same state however it walks", async () => {
    const session = await finished({ spacing: 1_000n });
    session.addBreakpoint(session.functionBreakpoint("leaf"));
    session.addBreakpoint({ tag: "host", stateName: "tezos_write_read" });
    session.addBreakpoint({ tag: "memory", range: { address: 200, length: 4 } });
    const seen = new Map<bigint, string>();
    const walk = fc.sample(
      fc.tuple(fc.constantFrom("step", "back", "goto", "continue", "reverse"), fc.bigInt(1n, 60n)),
      { numRuns: 200, seed: SEED },
    );
    for (const [move, by] of walk) {
      if (move === "step" && session.machine.inputRequest().tag === "none") await session.step("tick", by);
      else if (move === "back") await session.back(by);
      else if (move === "goto") await session.goTo((by * END) / 60n);
      else if (move === "continue") await session.continue();
      else if (move === "reverse") await session.reverseContinue();
      const known = seen.get(session.tick);
      if (known !== undefined) expect(session.hashText).toBe(known);
      seen.set(session.tick, session.hashText);
    }
    expect(seen.size).toBeGreaterThan(50);
    const expected = await freshHashes([...seen.keys()]);
    for (const [tick, hash] of seen) expect(hash).toBe(expected.get(tick));
  });

  it("meets backwards what it meets forwards", async () => {
    const session = await finished({ spacing: 700n });
    session.addBreakpoint(session.functionBreakpoint("leaf"));
    session.addBreakpoint({ tag: "key", key: "/a", isPrefix: true, mode: "write" });
    session.addBreakpoint({ tag: "phase", phase: "init" });
    session.addBreakpoint({ tag: "memory", range: { address: 200, length: 4 } });
    const forward: bigint[] = [];
    await session.goTo(0n);
    for (let moved = await session.continue(); moved.stop.tag === "breakpoint"; moved = await session.continue())
      forward.push(session.tick);
    const backward: bigint[] = [];
    for (
      let moved = await session.reverseContinue();
      moved.stop.tag === "breakpoint";
      moved = await session.reverseContinue()
    )
      backward.unshift(session.tick);
    expect(forward.length).toBeGreaterThan(100);
    expect(backward).toEqual([...new Set(forward)]);
  });

  it("tells the same of calls in pieces of any size", async () => {
    const record = async (piece: bigint): Promise<string[]> => {
      const session = await finished();
      const told: string[] = [];
      const listener: CallListener = {
        enter: (tick, callee) => told.push(`${tick} enter ${callee?.tag}`),
        begin: (tick, _callee, args) =>
          told.push(`${tick} begin ${args.map((arg) => (arg.tag === "num" ? arg.num.value : arg.tag)).join()}`),
        leave: (tick) => told.push(`${tick} leave`),
        hostCall: ({ tick, name, ticks }) => told.push(`${tick} host ${name} ${ticks}`),
        memoryChange: (tick) => told.push(`${tick} memory`),
      };
      for (let tick = 20_000n; tick < 28_000n; tick += piece) {
        await session.timeline.observe(tick, tick + piece, new CallWatch(listener));
      }
      return [...told].sort();
    };
    const whole = await record(8_000n);
    expect(whole.length).toBeGreaterThan(150);
    expect(await record(50n)).toEqual(whole);
    expect(await record(8_000n / 1_000n)).toEqual(whole);
  });

  it("attributes every tick of a run to a function", async () => {
    const session = await openSession(NAMED_KERNEL);
    const { runs } = await session.profile();
    const rows = functionTable(runs);
    const tickOf = (wanted: string) => session.timeline.marks.findLast(({ phase }) => phase === wanted)?.tick ?? 0n;
    expect(rows.reduce((sum, { self }) => sum + self, 0n)).toBe(tickOf("padding") - tickOf("snapshot"));
    expect(rows.find(({ name }) => name === "leaf")).toMatchObject({ calls: 53 });
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["work", "store_write", "%interpreter(decode)", "kernel_run"]),
    );
  });

  it("stops at traps, and closes all frames of their profile", async () => {
    const session = await openSession(TRAP_KERNEL, [[]]);
    session.addBreakpoint({ tag: "trap" });
    const { stop } = await session.continue();
    expect(stop.tag).toBe("breakpoint");
    const again = await openSession(TRAP_KERNEL, [[]]);
    const { runs } = await again.profile();
    expect(functionTable(runs).map(({ name }) => name)).toContain("deep");
  });
});
