// Modules of binaryen's translate-to-fuzz, from random bytes: our engine against V8's.
import { TranslateToFuzz } from "../binaryen.js";
import { built, Source } from "../choices.js";
import { type Call, compareRuns, printCall, randomCall } from "../engines/compare.js";
import { type Start, startHere } from "../engines/ours.js";
import { startInV8 } from "../engines/v8.js";
import { type Instrumented, instrument } from "../module/instrument.js";
import type { Described, Result, Target } from "../target.js";

const MAX_TICKS = 400_000;
const MOST_BYTES = 2200;
const CALLS = 8;
const CHOICES_OF_CALLS = 150;

interface Case {
  readonly engine: "ticks" | "fast";
  readonly bytes: Uint8Array;
  /** Which calls: the module has to be made first. */
  readonly choices: readonly number[];
}

function makeCase(source: Source): Case {
  const engine = source.below(2) === 0 ? "ticks" : "fast";
  const choices = Array.from({ length: source.below(CHOICES_OF_CALLS) }, () => source.u32());
  return { engine, choices, bytes: Uint8Array.of(0, ...source.bytes(source.below(MOST_BYTES))) };
}

let translator: TranslateToFuzz | null = null;

async function moduleOf({ bytes, choices }: Case): Promise<{ module: Instrumented; calls: Call[] }> {
  translator ??= new TranslateToFuzz();
  const module = instrument(await translator.translate(bytes), null);
  const source = new Source((bound, index) => (choices[index] ?? 0) % bound, choices.length);
  const calls = module.calls.length === 0 ? [] : source.list(CALLS, () => randomCall(source, module.calls));
  return { module, calls };
}

export function binaryenTarget(start: Start = startHere): Target<Case> {
  return {
    name: "binaryen",
    title: "modules of binaryen's translate-to-fuzz: the same",
    share: 3,
    cases: built(makeCase, MOST_BYTES + CHOICES_OF_CALLS + 10),
    async check(value): Promise<Result> {
      const { module, calls } = await moduleOf(value);
      return compareRuns(
        module,
        calls,
        () => start(module, value.engine, MAX_TICKS),
        () => startInV8(module),
      );
    },
    async describe(value): Promise<Described> {
      const { module, calls } = await moduleOf(value);
      return { module: module.binary, lines: [`engine: ${value.engine}`, ...calls.map(printCall)] };
    },
    close(): void {
      translator?.close();
      translator = null;
    },
  };
}
