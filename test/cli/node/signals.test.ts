import { describe, expect, it } from "vitest";
import { type StopSignal, stopOnSignals } from "../../../src/cli/node/signals.js";

function process() {
  const listeners = new Map<StopSignal, () => void>();
  const exits: number[] = [];
  let clock = 0;
  const host = {
    on: (signal: StopSignal, listener: () => void) => listeners.set(signal, listener),
    off: (signal: StopSignal, listener: () => void) => {
      if (listeners.get(signal) === listener) listeners.delete(signal);
    },
    exit: (code: number) => void exits.push(code),
  };
  const stopping = stopOnSignals(host, () => clock);
  const receive = (signal: StopSignal, at: number): void => {
    clock = at;
    listeners.get(signal)?.();
  };
  return { stopping, receive, exits, listeners };
}

describe("signals", () => {
  it("stop the node, then the process", () => {
    const { stopping, receive, exits } = process();
    expect(stopping.signal.aborted).toBe(false);
    receive("SIGINT", 10);
    expect(stopping.signal.aborted).toBe(true);
    receive("SIGINT", 1009);
    // Another signal is a first one.
    receive("SIGTERM", 1500);
    expect(exits).toEqual([]);
    receive("SIGINT", 1510);
    expect(exits).toEqual([255]);
    receive("SIGTERM", 2500);
    expect(exits).toEqual([255, 255]);
  });

  it("are heard no more when the node has ended", () => {
    const { stopping, listeners } = process();
    stopping.done();
    expect(listeners.size).toBe(0);
  });
});
