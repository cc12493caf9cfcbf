/**
 * The evaluator: one tick of a configuration (pvm.md §4.2), and reveals (§4.6). A frame step picks up what a label step has left, or makes
 * one (labels.ts).
 */
import { GuestError } from "../guest-errors.js";
import type { Host } from "../host.js";
import { type FunctionInstance, i32, type Registry } from "../runtime.js";
import {
  type Config,
  type FrameStack,
  type Frames,
  type InvokeKont,
  type Label,
  type OngoingFrame,
  type StepKont,
  startConfig,
} from "./config.js";
import { deadState, guarded } from "./guest.js";
import { concatIsDone, startConcat, stepConcat } from "./konts.js";
import { labels, stepLabel } from "./labels.js";
import { storeEachByte } from "./memory.js";
import { pop, take } from "./stack.js";
import { type Phase, Tick } from "./tick.js";

function startFrame(top: FrameStack, rest: Frames, level: Phase["level"]): StepKont {
  const kont = top.labels;
  if (kont.tag === "Label_stack") return { tag: "SK_Next", top, rest, kont: { tag: "LS_Start", labels: kont } };
  if (kont.tag === "Label_trapped") return { tag: "SK_Trapped", message: kont.message };
  if (rest.length === 0) return { tag: "SK_Result", values: take(top.arity, kont.values) };
  // The reference does not cut the values to the arity here: what a `return` leaves over goes to the caller (pvm.md §10 item 1).
  const values = level === "full" ? take(top.arity, kont.values) : kont.values;
  const [caller, callers] = pop(rest);
  const { top: label, rest: outer } = caller.labels;
  return {
    tag: "SK_Consolidate_label_result",
    top: caller,
    rest: callers,
    label,
    kont: startConcat(values, label.values),
    code: label.code,
    labels: outer,
  };
}

function pushFrame(caller: OngoingFrame, callers: Frames, fresh: OngoingFrame, limit: number): StepKont {
  if (limit <= callers.length + 1) throw GuestError.withMessage("call stack exhausted");
  return { tag: "SK_Start", top: fresh, rest: callers.cons(caller) };
}

function stepFrame(tick: Tick, kont: StepKont, limit: number): StepKont {
  switch (kont.tag) {
    case "SK_Start":
      return startFrame(kont.top, kont.rest, tick.phase.level);
    case "SK_Consolidate_label_result": {
      if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
      const top: Label = { ...kont.label, values: kont.kont.result, code: kont.code };
      return { tag: "SK_Start", top: { ...kont.top, labels: labels(top, kont.labels) }, rest: kont.rest };
    }
    case "SK_Next": {
      const { top, rest, kont: step } = kont;
      const { arity, frame } = top;
      if (step.tag === "LS_Modify_top") return { tag: "SK_Start", top: { arity, frame, labels: step.labels }, rest };
      if (step.tag === "LS_Push_frame") {
        return pushFrame({ arity, frame, labels: step.labels }, rest, step.freshFrame, limit);
      }
      const next = stepLabel(tick, step);
      // A change of locals shows at once, one of the labels when the step is done.
      const changed = tick.frame === frame ? top : { arity, frame: tick.frame, labels: top.labels };
      return { tag: "SK_Next", top: changed, rest, kont: next };
    }
    default:
      throw deadState("1", "Frame_step");
  }
}

/**
 * One tick. The registry comes back with the instances the tick changed. Throws `GuestError` for everything that ends the evaluation other
 * than a result or a trap; nothing of the tick remains then, but for what the host has done.
 */
export function evalStep(
  config: Config,
  registry: Registry,
  host: Host,
  phase: Phase,
): { readonly config: Config; readonly registry: Registry } {
  const { stepKont, stackLimit } = config;
  if (stepKont.tag === "SK_Result" || stepKont.tag === "SK_Trapped") throw deadState("2", "Eval_step");
  const tick = new Tick(registry, stepKont.top.frame, host, phase);
  const next = guarded(() => stepFrame(tick, stepKont, stackLimit));
  return { config: { stepKont: next, stackLimit }, registry: tick.registry };
}

/** The configuration that calls a function without arguments from a frame of the module `main`. */
export function invokeConfig(func: FunctionInstance, stackLimit: number): Config {
  return startConfig("main", [{ tag: "Invoke", func }], stackLimit);
}

// Reveals

/**
 * An answer cannot be taken: there is no pending reveal, or its destination lies outside the memory. The reference raises out of the
 * machine here, without a stuck state (pvm.md §10 item 13).
 */
export class RevealEscape extends Error {
  readonly code = "wasm.reveal_escape";
  constructor(reason: string) {
    super(reason);
    this.name = "RevealEscape";
  }
}

const TICKS_PER_BYTE = 42;

/** The request of a configuration that waits for an answer; null if it does not. */
export function pendingReveal(config: Config): Uint8Array | null {
  const { stepKont } = config;
  if (stepKont.tag !== "SK_Next" || stepKont.kont.tag !== "LS_Craft_frame") return null;
  const { invoke } = stepKont.kont;
  return invoke.tag === "Inv_reveal_tick" ? invoke.request : null;
}

/** The tick that takes an answer: writes it to memory 0 and gives its length as the call's result. Throws `RevealEscape`. */
export function revealStep(
  config: Config,
  registry: Registry,
  answer: Uint8Array,
): { readonly config: Config; readonly registry: Registry } {
  const { stepKont, stackLimit } = config;
  if (stepKont.tag !== "SK_Next" || stepKont.kont.tag !== "LS_Craft_frame") throw new RevealEscape("Reveal_step");
  const { labels: kont, invoke } = stepKont.kont;
  if (invoke.tag !== "Inv_reveal_tick") throw new RevealEscape("Reveal_step");
  const count = Math.min(answer.length, invoke.maxBytes);
  const { module } = stepKont.top.frame;
  const instance = registry.get(module);
  if (instance.memories.length === 0) throw new RevealEscape("undefined memory 0");
  const memory = instance.memories.get(0);
  if (count < 0) throw new RevealEscape("String.sub / Bytes.sub");
  const stored = storeEachByte(memory, invoke.base, answer.subarray(0, count));
  if (!stored.isWhole) throw new RevealEscape("Ticks cannot be negative");
  const stopped: InvokeKont = {
    tag: "Inv_stop",
    values: invoke.values.cons(i32(count)),
    code: invoke.code,
    freshFrame: null,
    remainingTicks: TICKS_PER_BYTE * count,
  };
  return {
    config: { stepKont: { ...stepKont, kont: { tag: "LS_Craft_frame", labels: kont, invoke: stopped } }, stackLimit },
    registry: registry.set(module, { ...instance, memories: instance.memories.set(0, stored.memory) }),
  };
}
