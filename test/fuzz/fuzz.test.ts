// The fuzzer itself: some cases of each target, and that each target finds what is wrong. Long runs: `npm run fuzz`.
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { durableKey } from "../../src/pvm/durable.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import { checkStep } from "../../src/pvm/step-check.js";
import type { Outcome } from "./engines/engine.js";
import { type Start, startHere } from "./engines/ours.js";
import { failureText } from "./report.js";
import { MOST_FAILURES, runRounds } from "./rounds.js";
import { caseSeed, type Failure, runCase } from "./runner.js";
import { Difference, type Result, type Target } from "./target.js";
import { binaryenTarget } from "./targets/binaryen.js";
import { fastTarget } from "./targets/fast.js";
import { generatedTarget } from "./targets/generated.js";
import { hostTarget } from "./targets/host.js";
import { operatorsTarget } from "./targets/operators.js";
import { proofTarget } from "./targets/proof.js";
import { ourVerdict, validateTarget } from "./targets/validate.js";
import { allTargets } from "./targets.js";

const SEED = 20_261_124;
/** By tries, not by time: the same on any machine. */
const SHRINK = { milliseconds: 60_000, tries: 30 };
/** A second or so of each. */
const CASES: Readonly<Record<string, number>> = {
  ...{ v8: 10, binaryen: 3, validate: 200, operators: 30, fast: 8, host: 15, proof: 15 },
};

const targets = allTargets();
afterAll(() => {
  for (const target of targets) target.close?.();
});

describe("finds no difference", () => {
  it.each(targets)("$name: $title", async (target) => {
    let decided = 0;
    for (let number = 0; number < (CASES[target.name] ?? 0); number++) {
      const outcome = await runCase(target, SEED, number, SHRINK);
      if (typeof outcome !== "string") throw new Error(await failureText(outcome));
      if (outcome === "passed") decided++;
    }
    expect(decided).toBeGreaterThan((CASES[target.name] ?? 0) / 2);
  });
});

describe("a case", () => {
  it.each(targets)("of $name is the same for the same seed and number", async (target) => {
    const seen: unknown[] = [];
    const watched: Target = {
      ...target,
      check: async (value): Promise<Result> => {
        seen.push(await target.describe(value));
        return "passed";
      },
    };
    for (const [seed, number] of [
      [SEED, 3],
      [SEED, 3],
      [SEED, 4],
    ] as const) {
      await runCase(watched, seed, number, SHRINK);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).not.toEqual(seen[0]);
  });

  it("has a seed of its own", () => {
    const seeds = ["v8", "host"].flatMap((name) =>
      [0, 1, 2].flatMap((seed) => [0, 1, 2, 10, 11].map((number) => caseSeed(seed, name, number))),
    );
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});

it("takes a state that has no stored form for what it is", async () => {
  expect(await runCase(proofTarget(), 955_036_994, 973, SHRINK)).toBe("passed");
});

it("takes a kernel whose start function raises out of the machine for what it is", async () => {
  expect(await runCase(fastTarget(), 219_812_485, 826, SHRINK)).toBe("passed");
});

/** An engine that gets large numbers wrong. */
const wrongEngine: Start = (module, engine, maxTicks) => {
  const started = startHere(module, engine, maxTicks);
  const { running } = started;
  if (running === null) return started;
  const spoilt = (outcome: Outcome): Outcome => {
    if (outcome.tag !== "values") return outcome;
    return { tag: "values", values: outcome.values.map((text) => text.replace(/^(i32|i64) -?\d{7,}$/, "$1 0")) };
  };
  const { log } = running;
  const [memory, table] = [() => running.memory(), (name: string) => running.table(name)];
  return { ...started, running: { log, memory, table, call: (...call) => spoilt(running.call(...call)) } };
};

/** A machine that writes a key when it should write a line. */
function wrongMachine(root: Parameters<typeof Machine.of>[0]): Machine {
  const machine: Machine = Machine.of(root, {
    writeDebug: () => machine.durable.setValue(durableKey("/debug"), Uint8Array.of(1)),
  });
  return machine;
}

/** A run that leaves out the last of many ticks of the evaluation. */
const wrongRun: typeof run = (machine, ticks, options) => {
  if (ticks < 100n || machine.tickState.tag !== "eval") return run(machine, ticks, options);
  const done = run(machine, ticks - 1n, options);
  machine.currentTick += 1n;
  return done + 1n;
};

/** Believes any proof of which nothing is known beforehand. */
const wrongCheck: typeof checkStep = (bytes, input, claim = {}) => {
  if (claim.before !== undefined) return checkStep(bytes, input, claim);
  const nothing = new Uint8Array(32);
  return { before: nothing, after: nothing, outcome: { tick: 0n, lastInput: null, request: { tag: "none" } } };
};

async function firstFailure(target: Target, most: number): Promise<Failure> {
  try {
    for (let number = 0; number < most; number++) {
      const outcome = await runCase(target, SEED, number, SHRINK);
      if (typeof outcome !== "string") return outcome;
    }
  } finally {
    target.close?.();
  }
  throw new Error("nothing found");
}

describe("finds a mistake", () => {
  const wrong: readonly (readonly [string, Target, RegExp])[] = [
    ["v8", generatedTarget(wrongEngine), /ours .* 0\b.*V8/],
    ["binaryen", binaryenTarget(wrongEngine), /ours .* 0\b.*V8/],
    ["operators", operatorsTarget(wrongEngine), /opcode .*ours \[.* 0/],
    [
      "validate",
      validateTarget((binary) => {
        const refusal = ourVerdict(binary);
        return refusal !== null && /type mismatch/.test(refusal.message) ? null : refusal;
      }),
      /ours: accepted, V8: .*type error|expected|found/,
    ],
    ["fast (pvm)", fastTarget(wrongRun), /stop \d+.*single steps/],
    ["fast (full)", fastTarget(run, wrongEngine), /fast .* 0\b.*ticks/],
    ["host", hostTarget(wrongMachine), /storage: ours/],
    ["proof", proofTarget(wrongCheck), /accepted, spoilt/],
  ];

  it.each(wrong)("of %s, makes it smaller and tells of it", async (_name, target, message) => {
    const failure = await firstFailure(target, 120);
    expect(failure.message).toMatch(message);
    expect(failure.shrinks).toBeGreaterThan(0);
    const text = await failureText(failure);
    expect(text).toContain(`npm run fuzz -- --seed ${SEED} --only ${target.name} --case ${failure.number}`);
    expect(text).toContain(`module: ${Buffer.from(failure.described.module ?? []).toString("hex")}`);
    if (target.name !== "validate") expect(text).toMatch(/^\(module/m);
    if (target.name === "host") expect(text).toMatch(/^write_debug\(/m);
  });
});

describe("rounds", () => {
  /** A target of a share whose cases take some time by a clock of its own. */
  function fake(name: string, share: number, take: () => void, isWrong = false): Target<number> {
    return {
      ...{ name, share, title: name, cases: fc.nat() },
      check: () => {
        take();
        if (isWrong) throw new Difference("wrong");
        return "passed";
      },
      describe: () => ({ module: null, lines: [] }),
    };
  }

  it("share the time, and leave out what fails again and again", async () => {
    let clock = 0;
    const failures: Failure[] = [];
    const ten = () => (clock += 10);
    const list = [fake("one", 1, ten), fake("three", 3, ten), fake("wrong", 1, ten, true)];
    const tallies = await runRounds(list, {
      ...{ seed: 1, milliseconds: 100_000, shrink: SHRINK, now: () => clock },
      onFailure: (failure) => void failures.push(failure),
    });
    const [one, three, wrong] = tallies.map(({ number }) => number);
    expect((three ?? 0) / (one ?? 1)).toBeCloseTo(3, 0);
    expect(wrong).toBe(MOST_FAILURES);
    expect(failures.map(({ message, target }) => `${target} ${message}`)).toEqual(
      Array(MOST_FAILURES).fill("wrong wrong"),
    );
    expect(clock).toBeGreaterThanOrEqual(99_000);
  });
});
