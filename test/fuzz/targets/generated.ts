// Modules of the project's own generator, random calls, our engine against V8's.
import { built, type Source } from "../choices.js";
import { type Call, compareRuns, printCall, randomCall } from "../engines/compare.js";
import { type Start, startHere } from "../engines/ours.js";
import { startInV8 } from "../engines/v8.js";
import { encode } from "../module/encode.js";
import { generate } from "../module/generate.js";
import { type Instrumented, instrument } from "../module/instrument.js";
import type { Described, Result, Target } from "../target.js";

/** Loops and calls of one call from outside, at most. */
const FUEL = 60;
/** Ticks of an instantiation or of one call, at most: a second or so. */
const MAX_TICKS = 400_000;
const MAX_CALLS = 8;

export interface ModuleCase {
  /** What executes our calls. */
  readonly engine: "ticks" | "fast";
  readonly module: Instrumented;
  readonly calls: readonly Call[];
}

export function makeModuleCase(source: Source): ModuleCase {
  const engine = source.below(2) === 0 ? "ticks" : "fast";
  const { draft, fuel } = generate(source, {
    floats: source.below(4) > 0,
    vectors: source.below(3) > 0,
    importFrom: source.below(3) === 0 ? null : "host",
    kernel: false,
    fuel: FUEL,
    instructions: source.pick([40, 120, 250]),
    functions: 4,
  });
  const module = instrument(encode(draft), fuel === null ? null : { global: fuel, amount: FUEL });
  return { engine, module, calls: source.list(MAX_CALLS, () => randomCall(source, module.calls)) };
}

export function generatedTarget(start: Start = startHere): Target<ModuleCase> {
  return {
    name: "v8",
    title: "random modules: results, traps, memory, globals and tables as V8's",
    share: 4,
    cases: built(makeModuleCase, 2500),
    check({ engine, module, calls }): Result {
      return compareRuns(
        module,
        calls,
        () => start(module, engine, MAX_TICKS),
        () => startInV8(module),
      );
    },
    describe({ engine, module, calls }): Described {
      return { module: module.binary, lines: [`engine: ${engine}`, ...calls.map(printCall)] };
    },
  };
}
