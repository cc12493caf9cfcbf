// What SIGINT and SIGTERM do to a node (docs/user/exits.rst of Octez): the first asks it to stop; the same once more, a second later or after
// that, ends the process there and then.

export type StopSignal = "SIGINT" | "SIGTERM";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];
/** Exit code when what was left to do was interrupted. */
export const INTERRUPTED_EXIT_CODE = 255;
/** Milliseconds after a signal in which the same means nothing: it may be the same key held down. */
export const GRACE_MS = 1000;

/** The process, as far as signals are concerned. */
export interface SignalHost {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
}

export interface Stopping {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Signals are heard no more. */
  done(): void;
}

/** `now`: milliseconds of a clock that goes on evenly. */
export function stopOnSignals(host: SignalHost, now: () => number): Stopping {
  const stopping = new AbortController();
  const received = new Map<StopSignal, number>();
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = (): void => {
      const first = received.get(signal);
      if (first === undefined) {
        received.set(signal, now());
        stopping.abort();
      } else if (now() - first >= GRACE_MS) {
        host.exit(INTERRUPTED_EXIT_CODE);
      }
    };
    host.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    signal: stopping.signal,
    done() {
      for (const [signal, listener] of listeners) host.off(signal, listener);
    },
  };
}
