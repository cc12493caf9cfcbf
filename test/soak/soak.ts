// What a soak is: a test that goes on for long, from a seed. Each is a file of test/soak/soaks, which exports it as `soak`; the file's name is
// the soak's. The short form of the same thing, a tenth or less, belongs in a *.test.ts.

export interface SoakOptions {
  /** All that is random comes from it: the same seed and rounds do the same. */
  readonly seed: number;
  readonly rounds: number;
  /** Say, as often as you like, that so many rounds are done. */
  readonly progress: (done: number) => void;
}

export interface Soak {
  /** A line for the list. */
  readonly about: string;
  /** Unless the command line says otherwise. */
  readonly rounds: number;
  /** Raises what went wrong; gives lines with figures of what was seen. */
  run(options: SoakOptions): Promise<readonly string[]>;
}
