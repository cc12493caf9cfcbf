// Dissections: Octez's own (vectors/protocol/dissections.json), each rule by an example that breaks it, and the agreement of what
// is chosen with what is allowed.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Chunk,
  checkDissection,
  chunkEquals,
  chunkOf,
  DEFAULT_DISSECTION_RULES,
  type Dissection,
  type DissectionRules,
  dissectionForm,
  firstDisagreement,
  WASM_TICKS_PER_SNAPSHOT,
  wasmDissectionRules,
} from "../../src/protocol/dissection.js";
import { type ErrorId, ProtocolError } from "../../src/protocol/errors.js";
import { type StateHash, stateHashForm } from "../../src/protocol/identifiers.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { stateHash } from "./arbitraries.js";

const SECTIONS = 32;
const S = WASM_TICKS_PER_SNAPSHOT;
const WASM_RULES = wasmDissectionRules(S);

function state(label: bigint | number): StateHash {
  const hash = new Uint8Array(32);
  new DataView(hash.buffer).setBigUint64(0, BigInt(label));
  hash[31] = 1;
  return hash as StateHash;
}

/** An honest dissection between two ticks, refuting `claimed` at its end. */
function honest(rules: DissectionRules, start: bigint, stop: bigint): Chunk[] {
  return rules.chooseTicks(start, stop, SECTIONS).map((tick) => chunkOf(tick, state(tick)));
}

function section(start: bigint, stop: bigint, claimed: StateHash | undefined = state(-1n & 0xffffn)) {
  return { start: chunkOf(start, state(start)), stop: chunkOf(stop, claimed) };
}

function refusal(rules: DissectionRules, start: bigint, stop: bigint, dissection: Dissection): ErrorId | undefined {
  try {
    checkDissection(rules, section(start, stop), dissection, SECTIONS);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.id;
    throw error;
  }
}

const FILE = "vectors/protocol/dissections.json";

describeShared("dissections.json", FILE, () => {
  interface Vector {
    readonly pvm_kind: string;
    readonly start_tick: string;
    readonly end_tick: string;
    readonly ticks: readonly string[];
    /** Null where the machine does not get there. */
    readonly states?: readonly (string | null)[];
  }
  const { dissections } = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as { dissections: readonly Vector[] };

  it("has the vectors counted here", () => {
    expect(dissections).toHaveLength(49);
    expect(dissections.filter(({ pvm_kind }) => pvm_kind === "arith")).toHaveLength(17);
    console.log(`${FILE}: 49 dissections, 17 of them with their states`);
  });

  it.each(dissections.map((vector) => [vector.pvm_kind, vector.start_tick, vector.end_tick, vector] as const))(
    "%s from %s to %s",
    (kind, startText, stopText, vector) => {
      const rules = kind === "arith" ? DEFAULT_DISSECTION_RULES : WASM_RULES;
      const start = BigInt(startText);
      const stop = BigInt(stopText);
      const ticks = rules.chooseTicks(start, stop, SECTIONS);
      expect(ticks.map(String)).toEqual(vector.ticks);
      const states = vector.states?.map((text) => (text === null ? undefined : stateHashForm.fromJson(text)));
      const dissection = ticks.map((tick, i) => chunkOf(tick, states === undefined ? state(tick) : states[i]));
      const last = dissection.at(-1)?.state;
      const edges = {
        start: dissection.at(0) ?? chunkOf(start, undefined),
        stop: chunkOf(stop, last === undefined ? state(-1n & 0xffffn) : undefined),
      };
      // A section of one tick is not dissected any more: its states are what the final proof is about.
      if (stop - start > 1n) checkDissection(rules, edges, dissection, SECTIONS);
      else expect(() => checkDissection(rules, edges, dissection, SECTIONS)).toThrow(ProtocolError);
    },
  );
});

describe("the default rules", () => {
  const rules = DEFAULT_DISSECTION_RULES;

  it("ask for as many sections as there may be", () => {
    expect(refusal(rules, 0n, 100n, honest(rules, 0n, 100n))).toBeUndefined();
    expect(refusal(rules, 0n, 100n, honest(rules, 0n, 100n).slice(1))).toBe(
      "smart_rollup_dissection_number_of_sections_mismatch",
    );
    expect(refusal(rules, 0n, 5n, honest(rules, 0n, 5n))).toBeUndefined();
    expect(refusal(rules, 0n, 5n, [])).toBe("smart_rollup_dissection_number_of_sections_mismatch");
    expect(refusal(rules, 7n, 8n, honest(rules, 7n, 8n))).toBe("smart_rollup_dissection_invalid_number_of_sections");
    expect(refusal(rules, 7n, 7n, [])).toBe("smart_rollup_dissection_invalid_number_of_sections");
  });

  it("hold the edges", () => {
    const good = honest(rules, 10n, 110n);
    const edit = (at: number, chunk: Chunk) => good.with(at, chunk);
    expect(refusal(rules, 10n, 110n, edit(0, chunkOf(10n, state(3))))).toBe(
      "smart_rollup_dissection_start_hash_mismatch",
    );
    expect(refusal(rules, 10n, 110n, edit(0, { tick: 10n }))).toBe("smart_rollup_dissection_start_hash_mismatch");
    expect(refusal(rules, 10n, 110n, edit(32, section(10n, 110n).stop))).toBe(
      "smart_rollup_dissection_stop_hash_mismatch",
    );
    expect(refusal(rules, 10n, 110n, edit(32, chunkOf(111n, state(3))))).toBe(
      "smart_rollup_dissection_edge_ticks_mismatch",
    );
    expect(refusal(rules, 10n, 110n, edit(0, chunkOf(9n, state(10))))).toBe(
      "smart_rollup_dissection_edge_ticks_mismatch",
    );
    const noStop = { start: chunkOf(10n, state(10)), stop: { tick: 110n } };
    expect(() => checkDissection(rules, noStop, edit(32, { tick: 110n }), SECTIONS)).toThrow(/stop_hash_mismatch/);
    const noStart = { start: { tick: 10n }, stop: section(10n, 110n).stop };
    expect(() => checkDissection(rules, noStart, edit(0, { tick: 10n }), SECTIONS)).toThrow(/start_hash_mismatch/);
  });

  it("hold the steps", () => {
    const good = honest(rules, 0n, 100n);
    expect(refusal(rules, 0n, 100n, good.with(5, { tick: good[5]?.tick ?? 0n }))).toBe(
      "smart_rollup_dissection_invalid_successive_states_shape",
    );
    expect(refusal(rules, 0n, 100n, good.with(5, good[4] as Chunk))).toBe(
      "smart_rollup_dissection_ticks_not_increasing",
    );
    const crowded = Array.from({ length: 33 }, (_, i) => chunkOf(i < 32 ? BigInt(i) : 100n, state(i)));
    expect(refusal(rules, 0n, 100n, crowded)).toBe("smart_rollup_dissection_invalid_distribution");
    // Missing states are fine at the end: a machine that stops there.
    expect(
      refusal(
        rules,
        0n,
        100n,
        good.map((chunk, i) => (i < 20 ? chunk : { tick: chunk.tick })),
      ),
    ).toBeUndefined();
  });
});

describe("the WASM rules", () => {
  it("split by whole calls first", () => {
    const ticks = WASM_RULES.chooseTicks(0n, 100n * S, SECTIONS);
    expect(ticks).toHaveLength(33);
    expect(ticks.every((tick) => tick % S === 0n)).toBe(true);
    expect(refusal(WASM_RULES, 0n, 100n * S, honest(WASM_RULES, 0n, 100n * S))).toBeUndefined();
    const inner = honest(WASM_RULES, 0n, 100n * S);
    expect(refusal(WASM_RULES, 0n, 100n * S, inner.with(3, chunkOf((inner[3]?.tick ?? 0n) + 1n, state(9))))).toBe(
      "smart_rollup_wasm_invalid_dissection_distribution",
    );
    expect(refusal(WASM_RULES, 0n, 100n * S, honest(DEFAULT_DISSECTION_RULES, 0n, 100n * S))).toBe(
      "smart_rollup_wasm_invalid_dissection_distribution",
    );
  });

  it("give a stuck call a section of its own", () => {
    expect(WASM_RULES.chooseTicks(0n, S + 5n, SECTIONS)).toEqual([0n, S, S + 5n]);
    expect(refusal(WASM_RULES, 0n, S + 5n, honest(WASM_RULES, 0n, S + 5n))).toBeUndefined();
    const ticks = WASM_RULES.chooseTicks(0n, 100n * S + 5n, SECTIONS);
    expect(ticks.slice(-2)).toEqual([100n * S, 100n * S + 5n]);
    expect(ticks).toHaveLength(33);
    expect(refusal(WASM_RULES, 0n, 100n * S + 5n, honest(WASM_RULES, 0n, 100n * S + 5n))).toBeUndefined();
  });

  it("are the default ones within a call", () => {
    for (const stop of [2n, 31n, 32n, 33n, 1000n, S]) {
      expect(WASM_RULES.chooseTicks(7n, 7n + stop, SECTIONS)).toEqual(
        DEFAULT_DISSECTION_RULES.chooseTicks(7n, 7n + stop, SECTIONS),
      );
      expect(refusal(WASM_RULES, 7n, 7n + stop, honest(WASM_RULES, 7n, 7n + stop))).toBeUndefined();
    }
  });
});

describe("what is chosen", () => {
  const lengths = fc.oneof(
    fc.bigInt({ min: 2n, max: 200n }),
    fc.bigInt({ min: 2n, max: 2n ** 40n }),
    fc.bigInt({ min: 2n, max: 2n ** 70n }),
  );

  it("is allowed, by the default rules", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 60n }), lengths, (start, length) => {
        const rules = DEFAULT_DISSECTION_RULES;
        expect(refusal(rules, start, start + length, honest(rules, start, start + length))).toBeUndefined();
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  it("is allowed, by the WASM rules, from the start of a call or within one", () => {
    const small = 1000n;
    const rules = wasmDissectionRules(small);
    const wholeCalls = fc
      .tuple(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 2n, max: 100_000n }))
      .map(([call, length]) => [call * small, call * small + length] as const);
    const withinCall = fc
      .tuple(fc.bigInt({ min: 0n, max: 99_999n }), fc.bigInt({ min: 2n, max: small }))
      .map(([start, length]) => [start, start + length] as const);
    fc.assert(
      fc.property(fc.oneof(wholeCalls, withinCall), ([start, stop]) => {
        expect(refusal(rules, start, stop, honest(rules, start, stop))).toBeUndefined();
      }),
      { seed: 12, numRuns: 3000 },
    );
  });
});

describe("dissections", () => {
  it("are told apart at the first chunk that differs", () => {
    const theirs = [chunkOf(0n, state(0)), chunkOf(5n, state(5)), chunkOf(9n, state(99)), { tick: 10n }];
    const agreed = chunkOf(5n, state(5));
    expect(firstDisagreement(theirs, [state(0), state(5), state(9)])).toEqual({ agreed, ours: chunkOf(9n, state(9)) });
    expect(firstDisagreement(theirs, [state(0), state(5), undefined])).toEqual({ agreed, ours: { tick: 9n } });
    expect(firstDisagreement(theirs, [state(0), state(5), state(99), undefined])).toBeNull();
    expect(firstDisagreement(theirs, [state(0), state(5), state(99), state(10)])).toEqual({
      agreed: chunkOf(9n, state(99)),
      ours: chunkOf(10n, state(10)),
    });
  });

  it("print a chunk without state without the field", () => {
    fc.assert(
      fc.property(stateHash, (hash) => {
        const text = stateHashForm.toJson(hash);
        const json = [{ state: text, tick: "0" }, { tick: "18" }];
        const value = dissectionForm.fromJson(json);
        expect(dissectionForm.toJson(value)).toEqual(json);
        expect(value.map((chunk) => "state" in chunk)).toEqual([true, false]);
        expect(chunkEquals(value[0] as Chunk, chunkOf(0n, hash))).toBe(true);
      }),
      { seed: 13, numRuns: 20 },
    );
  });
});
