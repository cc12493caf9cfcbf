// The engine against a session over the same inboxes: states, ticks, proofs at random ticks, states from the store alone, planned failures.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { LocalEngine } from "../../../src/node/engine/local-engine.js";
import { MemoryRecords, StateStore } from "../../../src/node/engine/state-store.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import { PROTOCOL_PARAMETERS } from "../../../src/pvm/genesis.js";
import { Session } from "../../../src/pvm/session.js";
import { verifyStep } from "../../../src/pvm/step-proof.js";
import { ORIGINATION_VERSION } from "../../../src/pvm/versions.js";
import { describeShared } from "../../shared-data.js";
import { ECHO, kernel, levels, play, settings, TX } from "./setup.js";

const SEED = 20261124;

function engineOn(records: MemoryRecords): LocalEngine {
  return new LocalEngine({ store: new StateStore(records), reveals: settings() });
}

function sessionOf(bytes: Uint8Array, inputs: ReturnType<typeof levels>): Session {
  return Session.start(bytes, ORIGINATION_VERSION, PROTOCOL_PARAMETERS, { inboxes: inputs, reveals: new Map() });
}

describeShared("the engine in place", [ECHO, TX], () => {
  for (const [name, path] of [
    ["echo", ECHO],
    ["tx", TX],
  ] as const) {
    const bytes = kernel(path);
    const inputs = levels(3, ["one", "two"], [], ["three"]);

    it(`evaluates levels as a session does: ${name}`, async () => {
      const { results } = await play(engineOn(new MemoryRecords()), bytes, inputs);
      const session = sessionOf(bytes, inputs);
      session.goToEnd();
      expect(toHex(results.at(-1)?.after ?? new Uint8Array(0))).toBe(toHex(session.machine.hash()));
      expect(results.reduce((sum, { ticks }) => sum + ticks, 0n)).toBe(session.tick);
      expect(results.map(({ status }) => status)).toEqual(Array(3).fill("Waiting for input message"));
    });

    it(`goes on from the store alone, and finds the same states at any tick: ${name}`, async () => {
      const records = new MemoryRecords();
      const { genesis, results } = await play(engineOn(records), bytes, inputs);
      const reopened = engineOn(records);
      const total = results.reduce((sum, { ticks }) => sum + ticks, 0n);
      const stretch = { before: genesis, levels: inputs };
      const phases = await reopened.phases(stretch);
      expect(phases.reduce((sum, { ticks }) => sum + ticks, 0n)).toBe(total);
      expect(phases.map(({ phase }) => phase)).toEqual(
        expect.arrayContaining(["collect", "decode", "eval", "padding"]),
      );
      const somewhere = fc.sample(
        fc.nat({ max: phases.length - 1 }).chain((i) => {
          const { first = 0n, ticks = 1n } = phases[i] ?? {};
          return fc.bigInt({ min: first, max: first + ticks - 1n });
        }),
        { numRuns: name === "tx" ? 6 : 20, seed: SEED },
      );
      const ticks = [...new Set([0n, ...somewhere])].sort((a, b) => (a < b ? -1 : 1));
      const views = await reopened.statesAt(stretch, [...ticks, total]);
      const session = sessionOf(bytes, inputs);
      for (const [i, tick] of [...ticks, total].entries()) {
        session.goTo(tick);
        expect(toHex(views[i]?.state ?? new Uint8Array(0))).toBe(toHex(session.machine.hash()));
      }
      for (const tick of ticks) {
        const proof = await reopened.prove(stretch, tick);
        const view = views[ticks.indexOf(tick)];
        expect(toHex(proof.before)).toBe(toHex(view?.state ?? new Uint8Array(0)));
        const [next] = await reopened.statesAt(stretch, [tick + 1n]);
        expect(toHex(proof.after)).toBe(toHex(next?.state ?? new Uint8Array(0)));
        if (proof.request.tag === "none") expect(toHex(verifyStep(proof.proof).after)).toBe(toHex(proof.after));
      }
    });
  }

  it("goes on from a kept state in a later level with that level's messages", async () => {
    const engine = engineOn(new MemoryRecords());
    const inputs = levels(3, ["one"], ["two", "three"]);
    const { genesis, results } = await play(engine, kernel(ECHO), inputs);
    const stretch = { before: genesis, levels: inputs };
    const second = results[0]?.ticks ?? 0n;
    for (let i = 0n; i < 5n; i++) {
      const proof = await engine.prove(stretch, second + i);
      const after = i === 0n ? { level: 3, counter: 3n } : { level: 4, counter: i - 1n };
      expect(proof.request).toEqual({ tag: "input", after });
    }
  });

  it("writes what changed, not the whole state", async () => {
    const records = new MemoryRecords();
    const engine = engineOn(records);
    const bytes = kernel(TX);
    const genesis = await engine.genesis(bytes, ORIGINATION_VERSION, []);
    const first = records.size;
    let before = genesis;
    const added: number[] = [];
    for (const input of levels(3, [], [], [], [])) {
      const size = records.size;
      before = (await engine.evaluate({ before, ...input })).after;
      added.push(records.size - size);
    }
    expect(first).toBeGreaterThan(50);
    for (const count of added.slice(1)) expect(count).toBeLessThan(120);
  });

  it("cannot fail in a message that is only collected", async () => {
    const failures = [{ level: 3, messageIndex: 2, messageTick: 7n }];
    const [input] = levels(3, ["one"]);
    const engine = engineOn(new MemoryRecords());
    const before = await engine.genesis(kernel(ECHO), ORIGINATION_VERSION, []);
    expect(await engine.evaluate({ before, level: 3, messages: input?.messages ?? [], failures })).toMatchObject({
      failed: [],
    });
  });

  it("fails as planned: the same ticks, other hashes from the tick after the message on", async () => {
    const bytes = kernel(ECHO);
    const inputs = levels(3, ["one", "two"], ["three"]);
    const honest = await play(engineOn(new MemoryRecords()), bytes, inputs);
    for (const [messageIndex, messageTick, firstWrong] of [
      [2, 0n, 3],
      [4, 0n, 5],
      [4, 1n, 6],
      [4, 11_000_000_001n, 6],
    ] as const) {
      const failures = [{ level: 3, messageIndex, messageTick }];
      const records = new MemoryRecords();
      const liar = engineOn(records);
      const genesis = await liar.genesis(bytes, ORIGINATION_VERSION, []);
      let before: StateHash = genesis;
      let total = 0n;
      for (const [i, input] of inputs.entries()) {
        const result = await liar.evaluate({ before, ...input, failures });
        expect(result.failed).toEqual(i === 0 ? failures : []);
        // Without its end, a level is not evaluated.
        if (firstWrong !== 5) expect(result.ticks).toBe(honest.results[i]?.ticks);
        expect(toHex(result.after)).not.toBe(toHex(honest.results[i]?.after ?? result.after));
        before = result.after;
        total += result.ticks;
      }
      const stretch = { before: genesis, levels: inputs };
      const ticks = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 60n];
      const wrong = await liar.statesAt({ ...stretch, failures }, ticks);
      const right = await engineOn(records).statesAt(stretch, ticks);
      const firstOther = wrong.findIndex(({ state }, i) => toHex(state) !== toHex(right[i]?.state ?? state));
      // Message i is fed at tick i; the last one of a level, the fifth, begins the evaluation.
      expect(firstOther).toBe(firstWrong);
      const end = await liar.statesAt({ ...stretch, failures }, [total]);
      expect(toHex(end[0]?.state ?? new Uint8Array(0))).toBe(toHex(before));
    }
  });
});

describe("a store of states", () => {
  it("says which state it does not have", async () => {
    const engine = engineOn(new MemoryRecords());
    await expect(engine.status(new Uint8Array(32) as StateHash)).rejects.toMatchObject({
      code: "node.engine.missing_state",
      about: "00".repeat(32),
    });
  });
});
