/** Makes typed configurations of the fast evaluator's state: exactly what the tick machine would have at this instruction boundary. */
import { LazyVector } from "../../merkle/lazy-vector.js";
import type { AdminInstruction } from "../eval/admin.js";
import type { Config, Label, Labels, OngoingFrame } from "../eval/config.js";
import type { Global, Memory, ModuleInstance, Value, Values } from "../runtime.js";
import { type FastEvaluator, type FastFrame, type FastLabel, TAG, type TypedState } from "./engine.js";
import { STRIDE } from "./opcodes.js";

const MODULE = "main";

/** The vector of a label whose operands end at `sp`, as its slots hold it. */
export function operandVector(engine: FastEvaluator, label: FastLabel, sp: number, staleEnd: number): Values {
  const entries: (readonly [key: number, value: Value])[] = label.foreign === null ? [] : [...label.foreign];
  const end = Math.max(sp, staleEnd);
  for (let slot = label.mapStart; slot < end; slot++) {
    if (engine.tag[slot] !== TAG.NONE) entries.push([(label.keyBase - slot) | 0, engine.readSlot(slot)]);
  }
  return LazyVector.window(((label.keyBase - sp) | 0) + 1, sp - label.start, entries);
}

function exportLabel(engine: FastEvaluator, label: FastLabel, isTop: boolean): Label {
  if (!isTop && label.exported !== null) return label.exported;
  const { block, ip, arity, breakTo, sp, staleEnd } = label;
  const index = ip / STRIDE;
  const code: AdminInstruction = { tag: "From_block", block: block.label, index };
  const values = label.frozen ?? operandVector(engine, label, sp, staleEnd);
  const exported: Label = { arity, breakTo, values, code: LazyVector.of([code]) };
  if (!isTop) label.exported = exported;
  return exported;
}

function exportFrame(engine: FastEvaluator, frame: FastFrame, endLabel: number, isTop: boolean): OngoingFrame {
  if (!isTop && frame.exported !== null) return frame.exported;
  const locals: Value[] = [];
  for (let index = 0; index < frame.localCount; index++) locals.push(engine.readSlot(frame.locals + index));
  let rest: Labels = LazyVector.empty();
  for (let at = frame.firstLabel; at < endLabel - 1; at++) {
    rest = rest.cons(exportLabel(engine, engine.labels[at] as FastLabel, false));
  }
  // The innermost label of a waiting call is frozen too, but goes on where the call returns.
  const top = exportLabel(engine, engine.labels[endLabel - 1] as FastLabel, isTop);
  const exported: OngoingFrame = {
    arity: frame.arity,
    frame: { module: MODULE, locals: LazyVector.of(locals) },
    labels: { tag: "Label_stack", top, rest },
  };
  if (!isTop) frame.exported = exported;
  return exported;
}

/** The waiting calls: those of the last export that are still there, and the new ones. */
function exportCallers(engine: FastEvaluator): LazyVector<OngoingFrame> {
  let callers = engine.callers;
  const waiting = engine.frames.length - 1;
  for (let depth = callers.length; depth > Math.min(engine.callersDepth, waiting); depth--) callers = callers.drop();
  for (let depth = callers.length; depth < waiting; depth++) {
    const frame = engine.frames[depth] as FastFrame;
    const endLabel = (engine.frames[depth + 1] as FastFrame).firstLabel;
    callers = callers.cons(exportFrame(engine, frame, endLabel, false));
  }
  engine.callers = callers;
  engine.callersDepth = waiting;
  return callers;
}

/** The memory as typed value; also the one host functions work on. */
export function exportMemory(engine: FastEvaluator): Memory | null {
  if (engine.memory === null || engine.typedMemory === null) return null;
  engine.typedMemory = engine.memory.export(engine.typedMemory);
  return engine.typedMemory;
}

function exportGlobals(engine: FastEvaluator): ModuleInstance["globals"] {
  let { globals } = engine.instance;
  if (!engine.globalsChanged) return globals;
  for (let index = 0; index < globals.length; index++) {
    const tag = engine.globalTag[index] as number;
    if (tag === TAG.NONE || engine.globalMutable[index] === 0) continue;
    const value = engine.makeValue(tag, engine.globalLo[index] as number, engine.globalHi[index] as number, undefined);
    const old = globals.get(index);
    if (old.value.tag === "num" && value.tag === "num" && old.value.num.value === value.num.value) continue;
    const global: Global = { mutable: old.mutable, value };
    globals = globals.set(index, global);
  }
  engine.globalsChanged = false;
  return globals;
}

/** The typed state at the present boundary. */
export function exportState(engine: FastEvaluator): TypedState {
  const callers = exportCallers(engine);
  const top = exportFrame(engine, engine.topFrame, engine.labels.length, true);
  const config: Config = { stepKont: { tag: "SK_Start", top, rest: callers }, stackLimit: engine.stackLimit };
  const last = engine.instance;
  const memory = exportMemory(engine);
  const globals = exportGlobals(engine);
  const stored = last.memories.length === 0 ? null : last.memories.get(0);
  if (memory !== stored || globals !== last.globals) {
    const memories = memory !== null && memory !== stored ? last.memories.set(0, memory) : last.memories;
    engine.instance = { ...last, memories, globals };
    engine.registry = engine.registry.set(MODULE, engine.instance);
  }
  return { config, registry: engine.registry };
}
