// What a fuzz target is: how its cases are made, and what must hold of each.
import type fc from "fast-check";

/** What differs, in a case. */
export class Difference extends Error {
  constructor(what: string) {
    super(what);
    this.name = "Difference";
  }
}

/** A case that says what is to be known of it: a module, and what was done with it. */
export interface Described {
  readonly module: Uint8Array | null;
  /** Lines on the rest of the case. */
  readonly lines: readonly string[];
}

/** What came of a case in which nothing differs. "undecided": an engine gave up before its end. */
export type Result = "passed" | "undecided";

export interface Target<T = unknown> {
  readonly name: string;
  /** What it compares, in a line. */
  readonly title: string;
  /** Share of the time it gets. */
  readonly share: number;
  readonly cases: fc.Arbitrary<T>;
  /** Throws `Difference`; any other error is a failure too. */
  check(value: T): Result | Promise<Result>;
  describe(value: T): Described | Promise<Described>;
  /** Gives back what it holds outside this process' memory. */
  close?(): void;
}
