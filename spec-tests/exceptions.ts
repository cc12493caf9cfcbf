// Assertions that cannot be judged, each for a reason that lies in wabt's text format. README.md lists the same.

export interface Exception {
  /** Name of the script, without folders. */
  readonly file: string;
  readonly kind: string;
  /** What the runner says of it; lines differ between versions of the suite. */
  readonly detail: string;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: "select.wast",
    kind: "assert_invalid",
    detail: '"type mismatch" instead of "invalid result arity"',
    reason:
      "wabt writes `select (result)`, with an empty list of types, as a `select` without one: it is invalid too, otherwise",
  },
];
