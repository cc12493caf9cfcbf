/**
 * Many ticks of evaluation at once: `evalStep` as often as the budget says, with the fast evaluator wherever the configuration stands at an
 * instruction boundary. The state is the tick machine's at every stop.
 */
import type { Config } from "../eval/config.js";
import { evalStep, pendingReveal } from "../eval/machine.js";
import type { Phase } from "../eval/tick.js";
import type { Host } from "../host.js";
import type { Registry } from "../runtime.js";
import type { FastEvaluator, TypedState } from "./engine.js";
import { exportState } from "./export.js";
import { boundary, importConfig } from "./import.js";
import { runLoop } from "./loop.js";
import { skipTicks } from "./skip.js";

/** What is kept between calls: the evaluator, and which typed state it stands for. */
export class EvalSession {
  readonly #phase: Phase;
  #engine: FastEvaluator | null = null;
  /** The state last given out; the evaluator stands `#ahead` ticks before it, with nothing in between that acts on the host. */
  #given: TypedState | null = null;
  #ahead = 0;

  constructor(level: Phase["level"] = "pvm") {
    this.#phase = { init: false, level };
  }

  /**
   * Runs at most `budget` ticks. Stops earlier before a tick that fails, that waits for a reveal, or where the evaluation is over
   * (SK_Result, SK_Trapped): those ticks are the caller's. Gives the state and the ticks done.
   */
  run(state: TypedState, host: Host, budget: number): TypedState & { readonly ticks: number } {
    let current = state;
    let ticks = 0;
    while (ticks < budget) {
      const done = this.fast(current, host, budget - ticks) ?? this.slow(current, host, budget - ticks);
      if (done.ticks === 0) break;
      current = done;
      ticks += done.ticks;
    }
    return { config: current.config, registry: current.registry, ticks };
  }

  /** Goes on with the fast evaluator; null where the next tick is not one of its own. */
  private fast(state: TypedState, host: Host, budget: number): (TypedState & { readonly ticks: number }) | null {
    const engine = this.resume(state, host);
    if (engine === null) return null;
    const owed = this.#ahead;
    const left = runLoop(engine, budget + owed);
    const done = budget + owed - left;
    if (done <= owed) {
      // Not even the instruction the state stands in; it is executed tick by tick.
      this.#given = null;
      return null;
    }
    const exported = exportState(engine);
    this.#given = exported;
    this.#ahead = 0;
    if (engine.stop === "micro" || left === 0) return { ...exported, ticks: done - owed };
    return this.intoInstruction(exported, host, left, done - owed);
  }

  /**
   * The budget ends inside an instruction that touches nothing outside: the tick machine goes the rest, or up to a tick of it that fails
   * (a call_indirect of no function, an operand of another type).
   */
  private intoInstruction(
    from: TypedState,
    host: Host,
    left: number,
    done: number,
  ): TypedState & { readonly ticks: number } {
    let { config, registry } = from;
    let ahead = 0;
    for (; ahead < left; ahead++) {
      const next = this.tryStep(config, registry, host);
      if (next === null) break;
      ({ config, registry } = next);
    }
    this.#given = { config, registry };
    this.#ahead = ahead;
    return { config, registry, ticks: done + ahead };
  }

  private resume(state: TypedState, host: Host): FastEvaluator | null {
    const engine = this.#engine;
    const given = this.#given;
    if (
      engine !== null &&
      given !== null &&
      given.config === state.config &&
      given.registry === state.registry &&
      engine.host === host
    ) {
      return engine;
    }
    const imported = importConfig(state.config, state.registry, host, engine);
    if (imported === null) return null;
    imported.level = this.#phase.level;
    this.#engine = imported;
    this.#ahead = 0;
    return imported;
  }

  /** Goes tick by tick, at least one, up to the next boundary the fast evaluator may take over. */
  private slow(state: TypedState, host: Host, budget: number): TypedState & { readonly ticks: number } {
    this.#given = null;
    let { config, registry } = state;
    let ticks = 0;
    while (ticks < budget) {
      const { tag } = config.stepKont;
      if (tag === "SK_Result" || tag === "SK_Trapped" || pendingReveal(config) !== null) break;
      const skipped = skipTicks(config, registry, budget - ticks);
      if (skipped !== null) {
        ({ config, registry } = skipped);
        ticks += skipped.ticks;
        continue;
      }
      const next = this.tryStep(config, registry, host);
      if (next === null) break;
      ({ config, registry } = next);
      ticks++;
      if (boundary(config) !== null) break;
    }
    return { config, registry, ticks };
  }

  /**
   * A step; null when it fails, in whatever way: the caller makes it again, where failing means something. Thrown from here, an error would
   * lose the ticks before it, while what their host calls did to the storage stays.
   */
  private tryStep(config: Config, registry: Registry, host: Host): TypedState | null {
    try {
      return evalStep(config, registry, host, this.#phase);
    } catch {
      return null;
    }
  }
}
