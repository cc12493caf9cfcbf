/** Constant expressions: one block run by the evaluator to its only value (pvm.md §3.2). */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { type Code, fromBlock } from "../eval/admin.js";
import type { Config } from "../eval/config.js";
import { evalStep } from "../eval/machine.js";
import type { Phase } from "../eval/tick.js";
import { GuestError } from "../guest-errors.js";
import type { Host } from "../host.js";
import type { Registry } from "../runtime.js";
import { deadState } from "./init-errors.js";
import type { ConstantKont } from "./state.js";

/** A configuration that runs code in a frame of a module: no locals, no operands, all it leaves is its result. */
export function codeConfig(module: string, code: Code, stackLimit: number): Config {
  const top = { arity: null, breakTo: null, values: LazyVector.empty<never>(), code };
  return {
    stepKont: {
      tag: "SK_Start",
      top: {
        arity: null,
        frame: { module, locals: LazyVector.empty() },
        labels: { tag: "Label_stack", top, rest: LazyVector.empty() },
      },
      rest: LazyVector.empty(),
    },
    stackLimit,
  };
}

export function startConstant(module: string, block: number, stackLimit: number): ConstantKont {
  return { tag: "EC_Next", config: codeConfig(module, LazyVector.of([fromBlock(block)]), stackLimit) };
}

/** One tick of the evaluation of a constant expression. Throws `GuestError`. */
export function stepConstant(
  kont: ConstantKont,
  registry: Registry,
  host: Host,
  phase: Phase,
): { readonly kont: ConstantKont; readonly registry: Registry } {
  if (kont.tag === "EC_Stop") throw deadState("Eval_const");
  const { stepKont } = kont.config;
  if (stepKont.tag !== "SK_Result") {
    const next = evalStep(kont.config, registry, host, phase);
    return { kont: { tag: "EC_Next", config: next.config }, registry: next.registry };
  }
  if (stepKont.values.length !== 1) throw GuestError.withMessage("wrong number of results on stack");
  return { kont: { tag: "EC_Stop", value: stepKont.values.get(0) }, registry };
}
