/**
 * Calls, one tick at a time: pvm.md §4.1, §4.5. A call of a module's function makes its locals (declared ones first, then the arguments in
 * reverse, then both joined) and ends in a fresh frame; a call of a host function runs it in one tick and then waits for its ticks.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { type HostFunction, i32, i64, type Memory, type Value, type Values } from "../runtime.js";
import type { ValueType } from "../syntax.js";
import { fromBlock } from "./admin.js";
import type { After, InvokeKont, OngoingFrame } from "./config.js";
import { deadState } from "./guest.js";
import { concatIsDone, mapIsDone, startConcat, startMap, stepConcat, stepMap, stepMapReversed } from "./konts.js";
import { prepend } from "./stack.js";
import type { Tick } from "./tick.js";

type Invoke<K extends InvokeKont["tag"]> = Extract<InvokeKont, { readonly tag: K }>;

/** What a local holds before it is set. */
export function defaultValue(type: ValueType): Value {
  switch (type) {
    case "i32":
      return i32(0);
    case "i64":
      return i64(0n);
    case "f32":
      return { tag: "num", num: { type, value: 0 } };
    case "f64":
      return { tag: "num", num: { type, value: 0n } };
    case "v128":
      return { tag: "vec", bytes: new Uint8Array(16) };
    default:
      return { tag: "ref", ref: { tag: "NullRef", type } };
  }
}

function start(tick: Tick, kont: Invoke<"Inv_start">): InvokeKont {
  const { func, code } = kont;
  const [args, values] = kont.values.split(func.type.params.length);
  if (func.tag === "Host") return callHost(tick, func, args, { values, code });
  return {
    tag: "Inv_prepare_locals",
    arity: func.type.results.length | 0,
    args,
    values,
    code,
    module: func.module,
    func: func.func,
    kont: startMap<ValueType, Value>(func.func.locals),
  };
}

/** Runs a host function: arguments in declared order, and no memories during initialisation. */
function callHost(tick: Tick, func: HostFunction, args: Values, { values, code }: After): InvokeKont {
  const operands = args.toArray().reverse();
  const { memories } = tick.instance();
  const outcome = tick.host.call(func.name, operands, tick.phase.init ? LazyVector.empty<Memory>() : memories);
  if (outcome.tag === "reveal") {
    const { request, base, maxBytes } = outcome;
    return { tag: "Inv_reveal_tick", request, base, maxBytes, values, code };
  }
  if (outcome.memory !== null) tick.replaceMemory(outcome.memory);
  return {
    tag: "Inv_stop",
    values: prepend(outcome.results, values),
    code,
    freshFrame: null,
    remainingTicks: outcome.ticks,
  };
}

/** The frame of a call whose locals are ready. */
function freshFrame(kont: Invoke<"Inv_concat">): OngoingFrame {
  const top = {
    arity: kont.arity,
    breakTo: null,
    values: LazyVector.empty<Value>(),
    code: LazyVector.of([fromBlock(kont.func.body)]),
  };
  return {
    arity: kont.arity,
    frame: { module: kont.module, locals: kont.kont.result },
    labels: { tag: "Label_stack", top, rest: LazyVector.empty() },
  };
}

/** One tick of a call that has not ended. Throws `GuestError`. */
export function stepInvoke(tick: Tick, kont: InvokeKont): InvokeKont {
  switch (kont.tag) {
    case "Inv_start":
      return start(tick, kont);
    case "Inv_prepare_locals": {
      if (!mapIsDone(kont.kont)) return { ...kont, kont: stepMap(kont.kont, defaultValue) };
      const { args, kont: locals, ...call } = kont;
      return { ...call, tag: "Inv_prepare_args", locals: locals.destination, kont: startMap<Value, Value>(args) };
    }
    case "Inv_prepare_args": {
      if (!mapIsDone(kont.kont)) return { ...kont, kont: stepMapReversed(kont.kont, (value) => value) };
      const { locals, kont: args, ...call } = kont;
      return { ...call, tag: "Inv_concat", kont: startConcat(args.destination, locals) };
    }
    case "Inv_concat": {
      if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
      const { values, code } = kont;
      return { tag: "Inv_stop", values, code, freshFrame: freshFrame(kont), remainingTicks: 0 };
    }
    case "Inv_reveal_tick": {
      const message = "The reveal tick cannot be evaluated as is";
      throw deadState("_", `Invoke_step: ${message}`);
    }
    case "Inv_stop":
      if (kont.remainingTicks <= 0) throw deadState("_", "Invoke_step: Inv_stop cannot reduce");
      return { ...kont, remainingTicks: kont.remainingTicks - 1 };
  }
}
