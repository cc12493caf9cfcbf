// Runs cases of targets. A case is known by the seed of the whole run, its target and its number: these three always make the same one.
import fc from "fast-check";
import type { Described, Result, Target } from "./target.js";

/** A case in which something differs, made as small as time allowed. */
export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly number: number;
  readonly message: string;
  /** Steps in which the case was made smaller. */
  readonly shrinks: number;
  readonly described: Described;
}

export type CaseOutcome = Result | Failure;

/** The seed of one case: FNV-1a of the three that name it. */
export function caseSeed(seed: number, target: string, number: number): number {
  let hash = 0x811c_9dc5;
  for (const byte of Buffer.from(`${seed} ${target} ${number}`)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  // A last mixing: neighbours must not begin alike.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Difference" ? error.message : (error.stack ?? error.message);
}

/** Smaller values are tried so many times at most. */
class Limited<T> extends fc.Arbitrary<T> {
  readonly #cases: fc.Arbitrary<T>;
  #left: number;

  constructor(cases: fc.Arbitrary<T>, tries: number) {
    super();
    this.#cases = cases;
    this.#left = tries;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<T> {
    return this.#cases.generate(random, bias);
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return this.#cases.canShrinkWithoutContext(value);
  }

  override shrink(value: T, context: unknown): fc.Stream<fc.Value<T>> {
    return this.#cases.shrink(value, context).takeWhile(() => this.#left-- > 0);
  }
}

/** How long a failed case is made smaller. */
export interface ShrinkLimits {
  readonly milliseconds: number;
  /** Smaller cases that are run; without it, as many as there is time for. */
  readonly tries?: number;
}

async function described<T>(target: Target<T>, value: T): Promise<Described> {
  try {
    return await target.describe(value);
  } catch (error) {
    return { module: null, lines: [`cannot be described: ${textOf(error)}`] };
  }
}

/** Runs a case; one that fails is made smaller. */
export async function runCase<T>(
  target: Target<T>,
  seed: number,
  number: number,
  { milliseconds, tries = Number.MAX_SAFE_INTEGER }: ShrinkLimits,
): Promise<CaseOutcome> {
  let result: Result = "undecided";
  let last: unknown;
  const property = fc.asyncProperty(new Limited(target.cases, tries), async (value) => {
    try {
      result = await target.check(value);
    } catch (error) {
      last = error;
      throw error;
    }
  });
  const details = await fc.check(property, {
    seed: caseSeed(seed, target.name, number),
    numRuns: 1,
    interruptAfterTimeLimit: milliseconds,
  });
  if (!details.failed || details.counterexample === null) return result;
  const [value] = details.counterexample;
  return {
    ...{ target: target.name, seed, number, shrinks: details.numShrinks },
    message: textOf(details.errorInstance ?? last),
    described: await described(target, value),
  };
}
