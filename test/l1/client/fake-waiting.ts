// Time and chance for tests: nobody really waits, and what would have been waited for is written down.
import type { Waiting } from "../../../src/l1/client/back-off.js";

export class FakeWaiting implements Waiting {
  readonly slept: number[] = [];
  /** Sleeps longer than this never end by themselves, so that time limits do not strike at once. */
  constructor(readonly longest = Number.POSITIVE_INFINITY) {}

  random(): number {
    return 0.5;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      if (ms <= this.longest) setImmediate(resolve);
    });
  }

  now(): number {
    return performance.now();
  }
}
