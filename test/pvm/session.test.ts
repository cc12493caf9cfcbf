import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { frameLevel } from "../../src/protocol/level-frame.js";
import { genesis } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { type Phase, Session, type SessionInputs } from "../../src/pvm/session.js";
import { StepPattern } from "../../src/pvm/step-pattern.js";
import { verifyStep } from "../../src/pvm/step-proof.js";
import { type StopsOptions, stops } from "../../src/pvm/stops.js";
import { assembleExample } from "../golden/examples.js";
import { PARAMETERS } from "./machines.js";

const echo = await assembleExample("echo");
const reveal = await assembleExample("reveal");

function inputs(...levels: string[][]): SessionInputs {
  const bytes = (text: string): Uint8Array => Uint8Array.from([1, ...Buffer.from(text)]);
  const inboxes = levels.map((messages, level) => ({ level: level + 5, messages: frameLevel(messages.map(bytes)) }));
  return { inboxes, reveals: new Map([["01", new Uint8Array(24)]]) };
}

function start(kernel = echo, given: SessionInputs = inputs(["hello"], ["a", "b"])): Session {
  return Session.start(kernel, "2.0.0-r6", PARAMETERS, given);
}

const hash = (session: Session): string => toHex(session.machine.hash());

/** The state at a tick, by machine alone. */
function plainHash(kernel: Uint8Array, given: SessionInputs, tick: bigint): string {
  const machine = Machine.of(genesis(kernel, "2.0.0-r6", PARAMETERS));
  const answer = (request: Uint8Array): Uint8Array | null => given.reveals.get(toHex(request)) ?? null;
  for (const { level, messages } of given.inboxes) {
    for (const [counter, message] of messages.entries()) {
      if (machine.currentTick === tick) return toHex(machine.hash());
      machine.setInput({ level, counter: BigInt(counter) }, message);
    }
    run(machine, tick - machine.currentTick, { reveal: answer, singleSteps: true });
  }
  expect(machine.currentTick).toBe(tick);
  return toHex(machine.hash());
}

describe("a session", () => {
  it("starts at tick 0 and asks for its first message", () => {
    const session = start();
    expect(session).toMatchObject({ tick: 0n, phase: "collect", level: null, inboxesRead: 0, isOver: false });
    expect(session.status()).toEqual({ tag: "waiting_for_input" });
    expect(session.nextInput()).toEqual({
      tag: "message",
      info: { level: 5, counter: 0n },
      payload: Uint8Array.of(0, 1),
    });
  });

  it("feeds level by level and ends when there is nothing more to read", () => {
    const session = start();
    session.goToEnd();
    expect(session).toMatchObject({ tick: 80_000n, phase: "collect", level: 6, inboxesRead: 2, isOver: true });
    expect(session.advance()).toBeNull();
    expect(session.nextInput()).toBeNull();
    expect(session.ticksByPhase.get("collect")).toBe(9n);
    expect([...session.ticksByPhase.values()].reduce((sum, ticks) => sum + ticks)).toBe(session.tick);
  });

  it("comes to the states of the machine, wherever it stops on the way", () => {
    const given = inputs(["hello"], ["a", "b"]);
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 79_999n }), { minLength: 1, maxLength: 5 }), (ticks) => {
        const session = start(echo, given);
        for (const tick of ticks.sort((a, b) => (a < b ? -1 : 1))) {
          expect(session.goTo(tick)).toBe(true);
          expect([session.tick, hash(session)]).toEqual([tick, plainHash(echo, given, tick)]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("goes on in spans of one phase", () => {
    const session = start();
    const phases: Phase[] = [];
    let tick = 0n;
    for (let span = session.advance(); span !== null; span = session.advance()) {
      expect(span.first).toBe(tick);
      tick += span.ticks;
      expect(session.tick).toBe(tick);
      phases.push(span.phase);
    }
    const level: Phase[] = ["collect", "padding", "snapshot", "decode", "link", "init", "eval", "padding"];
    expect(phases).toEqual([...level, ...level]);
  });

  it("never goes past a limit, nor back", () => {
    const session = start();
    expect(session.advance(2n)).toEqual({ phase: "collect", first: 0n, ticks: 2n });
    expect(session.advance(2n)).toBeNull();
    expect(session.goTo(20_100n)).toBe(true);
    expect(() => session.goTo(20_099n)).toThrow(RangeError);
    expect(session.goTo(80_001n)).toBe(false);
    expect(session.tick).toBe(80_000n);
  });

  it("answers reveals from its inputs, and waits for those it does not have", () => {
    const answered = start(reveal, inputs([]));
    answered.goToEnd();
    expect(answered.status()).toEqual({ tag: "waiting_for_input" });
    const waiting = start(reveal, { ...inputs([]), reveals: new Map() });
    waiting.goToEnd();
    expect(waiting).toMatchObject({ isOver: true, phase: "eval" });
    expect(waiting.status()).toEqual({ tag: "waiting_for_reveal", request: Uint8Array.of(1) });
    const again = start(reveal, inputs([]));
    again.goTo(waiting.tick);
    expect(again.nextInput()).toEqual({ tag: "reveal", data: new Uint8Array(24) });
    expect(hash(again)).toBe(hash(waiting));
  });

  it("reads on when the kernel is no kernel, stuck", () => {
    const session = start(Uint8Array.of(1, 2, 3));
    session.goToEnd();
    expect(session).toMatchObject({ isOver: true, phase: "stuck", inboxesRead: 2, level: 6 });
    expect(session.status()).toEqual({
      tag: "stuck",
      text: expect.stringMatching(/^no_fallback_kernel: decode: /) as string,
    });
  });

  it("goes over inboxes without messages", () => {
    const { inboxes, reveals } = inputs(["x"]);
    const empty = { level: 1, messages: [] };
    const session = start(echo, { inboxes: [empty, ...inboxes, { ...empty, level: 9 }], reveals });
    expect(session.nextInput()).toMatchObject({ info: { level: 5 } });
    session.goToEnd();
    expect(session.inboxesRead).toBe(3);
  });

  it("proves its next step, with its input", () => {
    const session = start();
    for (const tick of [0n, 3n, 100n, 20_000n, 20_200n, 80_000n]) {
      session.goTo(tick);
      const input = session.nextInput();
      const { bytes, proof } = session.prove();
      expect(verifyStep(bytes, input)).toMatchObject({ before: session.machine.hash(), outcome: { tick } });
      const moved = session.isOver ? hash(session) : plainHash(echo, inputs(["hello"], ["a", "b"]), tick + 1n);
      expect(toHex(proof.after)).toBe(moved);
    }
  });
});

describe("stops", () => {
  const listed = (pattern: string, options: StopsOptions = {}): string[] => {
    const session = start(echo, inputs([]));
    const found: string[] = [];
    for (const tick of stops(session, StepPattern.parse(pattern), options)) {
      expect(session.tick).toBe(tick);
      found.push(`${tick} ${session.phase}`);
    }
    return found;
  };

  it("are the ticks of the pattern, padding left out of periods", () => {
    expect(listed("never")).toEqual([]);
    expect(listed("=7,=0,=40000,=40001")).toEqual(["0 collect", "7 padding", "40000 collect"]);
    expect(listed("%10000,=1")).toEqual(["0 collect", "1 collect", "20000 snapshot", "40000 collect"]);
    expect(listed("%10000", { padding: true })).toEqual([
      "0 collect",
      "10000 padding",
      "20000 snapshot",
      "30000 padding",
      "40000 collect",
    ]);
  });

  it("with `always` are every state but padding", () => {
    const session = start(echo, inputs([]));
    const count = [...stops(session, StepPattern.parse("always"))].length;
    const padding = session.ticksByPhase.get("padding") ?? 0n;
    expect(BigInt(count)).toBe(40_000n - padding + 1n);
  });

  it("say that they go on", () => {
    let calls = 0;
    const onProgress = (): void => {
      calls += 1;
    };
    for (const _ of stops(start(), StepPattern.parse("=79999"), { onProgress }));
    expect(calls).toBeGreaterThan(5);
  });
});
