/** Host calls of the fast evaluator (pvm.md §4.5, "host call"). */
import { LazyVector } from "../../merkle/lazy-vector.js";
import type { Value } from "../runtime.js";
import { MICRO, SHORT } from "./control.js";
import type { FastEvaluator, FastFunction } from "./engine.js";
import { exportMemory } from "./export.js";
import { STRIDE } from "./opcodes.js";

/** Ticks of a host call beside those the function itself asks for: taking the call out of its block, executing it, the Invoke. */
const CALL_TICKS = 11;
/** Those of them before the one that executes it. */
const TO_CALL = 8;
/**
 * More ticks than any host function asks for (two keys of 240 bytes and 4096 bytes at 42 ticks each). With fewer left the tick machine
 * executes the call, which may then end in the middle of it.
 */
const MOST_HOST_TICKS = 250_000;

/** Executes a host call whole; gives the ticks left, or SHORT or MICRO as control.ts does. */
export function callHost(engine: FastEvaluator, left: number, callee: FastFunction): number {
  const label = engine.topLabel;
  const { instance, params } = callee;
  if (instance.tag !== "Host" || label.sp - label.start < params || engine.instance.memories.length > 1) return MICRO;
  if (left < CALL_TICKS + MOST_HOST_TICKS) return SHORT;
  const first = label.sp - params;
  const args: Value[] = [];
  for (let slot = first; slot < label.sp; slot++) args.push(engine.readSlot(slot));
  const memory = exportMemory(engine);
  const outcome = tryCall(engine, instance.name, args);
  if (outcome === null || outcome.tag === "reveal") return MICRO;
  engine.watcher?.hostCall(instance, args, memory, outcome, left - TO_CALL);
  if (outcome.memory !== null && engine.memory !== null && memory !== null) {
    engine.memory.sync(memory, outcome.memory);
    engine.typedMemory = outcome.memory;
  }
  // The arguments are split off: they stay behind as stale entries.
  if (params > 0 && label.staleEnd < label.sp) label.staleEnd = label.sp;
  label.sp = first;
  for (let index = outcome.results.length - 1; index >= 0; index--) {
    engine.reserve(label.sp + 2);
    engine.writeSlot(label.sp++, outcome.results[index] as Value); // index is in bounds
  }
  label.ip += STRIDE;
  return left - CALL_TICKS - outcome.ticks;
}

/** A call that fails has changed nothing; the tick machine makes it again, and fails at the right tick. */
function tryCall(engine: FastEvaluator, name: string, args: readonly Value[]) {
  const memory = engine.typedMemory;
  try {
    return engine.host.call(name, args, memory === null ? LazyVector.empty() : LazyVector.of([memory]));
  } catch {
    return null;
  }
}
