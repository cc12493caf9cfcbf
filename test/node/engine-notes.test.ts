import { describe, expect, it } from "vitest";
import type { EngineNews } from "../../src/node/engine/engine.js";
import { engineTeller, tellPlayerNews } from "../../src/node/engine-notes.js";
import type { NodeEvent } from "../../src/node/events.js";

describe("what engines tell", () => {
  it("has progress now and then, with the rate of what was computed", () => {
    const events: NodeEvent[] = [];
    let clock = 0;
    const tell = engineTeller(
      (event) => events.push(event),
      () => clock,
    );
    const progress = (at: number, level: number, ticks: bigint, computed: bigint, phase = "eval"): void => {
      clock = at;
      tell({ kind: "progress", level, ticks, computed, phase });
    };
    progress(0, 7, 10n, 10n);
    progress(4999, 7, 5000n, 5000n);
    expect(events).toEqual([]);
    // Padding is jumped over.
    progress(5000, 7, 50_000_010_010n, 10_010n, "snapshot");
    expect(events).toMatchObject([
      {
        name: "tickproof_evaluation_progress",
        fields: { level: 7, ticks: "50000010010", ticks_per_second: 2000, phase: "snapshot" },
        message: "Evaluating level 7: 50000010010 ticks done, 2000 ticks/s, phase snapshot",
      },
    ]);
    progress(9000, 7, 50_000_020_010n, 20_010n);
    // Another level, and the same once more after a failure.
    progress(20_000, 8, 10n, 10n);
    progress(24_000, 8, 20n, 20n);
    progress(40_000, 8, 5n, 5n);
    expect(events).toHaveLength(1);
    progress(50_000, 8, 10_005n, 10_005n);
    expect(events[1]?.fields).toMatchObject({ level: 8, ticks_per_second: 1000 });
  });

  it("says where kernels write", () => {
    const events: NodeEvent[] = [];
    const emit = (event: NodeEvent): void => void events.push(event);
    const news: readonly EngineNews[] = [
      { kind: "kernel_debug", text: "written" },
      { kind: "missing_pre_image", hash: "00" },
      { kind: "intended_failure", failure: { level: 1, messageIndex: 0, messageTick: 0n } },
    ];
    const tell = engineTeller(emit, () => 0);
    for (const one of news) tell(one);
    for (const one of news) tellPlayerNews(emit, one);
    expect(events.map(({ name, message }) => [name, message])).toEqual([
      ["kernel_debug", "written"],
      ["smart_rollup_node_interpreter_missing_pre_image", expect.any(String)],
      ["smart_rollup_node_interpreter_intended_failure", expect.any(String)],
      ["refutation_kernel_debug", "[refutation] written"],
      ["smart_rollup_node_interpreter_missing_pre_image", expect.any(String)],
    ]);
  });
});
