// What the client needs of the machine it runs on, so that tests can put another one in its place.

export interface ClientHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output and standard error. */
  out(text: string): void;
  err(text: string): void;
  /** Where lines of standard error end. */
  readonly errMargin: number;
  readonly outMargin: number;
  /** Prints a question and reads a line; undefined at the end of the input. */
  ask(question: string): Promise<string | undefined>;
  /** As `ask`, and does not show what is typed. */
  askSecret(question: string): Promise<string | undefined>;
  /** Random bytes, fit for keys. */
  random(count: number): Uint8Array;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Seconds since 1970. */
  now(): number;
}

/** Octez breaks lines of its help and its errors here when it does not write to a terminal. */
export const PLAIN_MARGIN = 95;
const WIDEST_MARGIN = 110;

export function terminalMargin(columns: number): number {
  return Math.min(WIDEST_MARGIN, columns);
}
