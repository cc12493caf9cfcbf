/**
 * Which ticks are meant: a comma-separated list of `never`, `always`, `=N` (the state of tick N) and `%N` (every N-th tick), as in
 * Optimism's Cannon. N is the absolute tick of the state before the step: decimal, or hexadecimal after 0x, `_` between digits allowed.
 */
import { PvmError } from "./errors.js";

/** A pattern that does not parse. `position` counts characters from the start of the pattern. */
export class PatternError extends PvmError {
  readonly position: number;
  constructor(pattern: string, position: number, reason: string) {
    super("pvm.bad_pattern", `pattern ${JSON.stringify(pattern)}, position ${position}: ${reason}`);
    this.position = position;
  }
}

const NUMBER = /^(?:0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|[0-9]+(?:_[0-9]+)*)$/;
const MAX_NUMBER_LENGTH = 40;

export class StepPattern {
  /** The ticks of `=N`, increasing. */
  readonly exact: readonly bigint[];
  /** The periods of `%N`; `always` is 1. */
  readonly periods: readonly bigint[];

  private constructor(exact: readonly bigint[], periods: readonly bigint[]) {
    this.exact = exact;
    this.periods = periods;
  }

  /** Throws `PatternError`. */
  static parse(text: string): StepPattern {
    const exact = new Set<bigint>();
    const periods = new Set<bigint>();
    let position = 0;
    for (const part of text.split(",")) {
      const term = part.trim();
      const at = position + part.indexOf(term);
      position += part.length + 1;
      if (term === "never") continue;
      if (term === "always") periods.add(1n);
      else if (term.startsWith("=")) exact.add(parseNumber(text, term.slice(1), at + 1));
      else if (term.startsWith("%")) periods.add(parsePeriod(text, term.slice(1), at + 1));
      else throw new PatternError(text, at, "`never`, `always`, `=N` or `%N` expected");
    }
    const increasing = [...exact].sort((a, b) => (a < b ? -1 : 1));
    return new StepPattern(increasing, [...periods]);
  }

  /** Whether a tick is named by `=N`. */
  namesExactly(tick: bigint): boolean {
    return this.exact.includes(tick);
  }

  /** Whether a tick is one of `always` or `%N`. */
  hasPeriod(tick: bigint): boolean {
    return this.periods.some((period) => tick % period === 0n);
  }

  /** The first tick from `from` on that is named by `=N`. */
  nextExact(from: bigint): bigint | null {
    return this.exact.find((tick) => tick >= from) ?? null;
  }

  /** The first tick from `from` on of `always` or `%N`. */
  nextPeriodic(from: bigint): bigint | null {
    let next: bigint | null = null;
    for (const period of this.periods) {
      const tick = ((from + period - 1n) / period) * period;
      if (next === null || tick < next) next = tick;
    }
    return next;
  }
}

function parseNumber(pattern: string, digits: string, position: number): bigint {
  if (!NUMBER.test(digits) || digits.length > MAX_NUMBER_LENGTH) {
    throw new PatternError(pattern, position, "number expected, decimal or hexadecimal (0x…)");
  }
  return BigInt(digits.replaceAll("_", ""));
}

function parsePeriod(pattern: string, digits: string, position: number): bigint {
  const period = parseNumber(pattern, digits, position);
  if (period === 0n) throw new PatternError(pattern, position, "a period of 0 ticks");
  return period;
}
