// How long to wait before trying again (node.md §3.2): nothing before the first attempt, then 1.5 times longer each time up to a
// cap, half more or less by chance so that many clients do not come back at once.

export interface BackOff {
  /** Before the second attempt, in milliseconds. */
  readonly initialMs: number;
  /** Chance aside, never longer than this. */
  readonly capMs: number;
}

const GROWTH = 1.5;
const SPREAD = 0.5;

/**
 * Milliseconds to wait before attempt number `attempt` (0 is the first). `random` is from [0, 1).
 */
export function backOffDelay({ initialMs, capMs }: BackOff, attempt: number, random: number): number {
  if (attempt <= 0) return 0;
  const middle = Math.min(initialMs * GROWTH ** (attempt - 1), capMs);
  return middle * (1 - SPREAD + 2 * SPREAD * random);
}

/** Chance and time, so that tests can do without. */
export interface Waiting {
  /** From [0, 1). */
  random(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

export const REAL_WAITING: Waiting = {
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
  now: () => performance.now(),
};
