/** Makes the fast evaluator's state of a typed configuration that stands at an instruction boundary. */
import type { Config, Label, LabelStack, OngoingFrame, StepKont } from "../eval/config.js";
import type { Host } from "../host.js";
import type { ModuleInstance, Registry, Value, Values } from "../runtime.js";
import type { CompiledBlock } from "./compile.js";
import { FastEvaluator, type FastLabel, TAG } from "./engine.js";
import { FlatMemory, MAX_FLAT_PAGES } from "./flat-memory.js";
import { STRIDE } from "./opcodes.js";

/** The only module the fast evaluator runs. */
const MODULE = "main";

/** The block and the position a label's code stands at; null when the code is anything but the rest of one block. */
function position(label: Label): { block: number; index: number } | "finished" | null {
  const { code } = label;
  if (code.length === 0) return "finished";
  if (code.length !== 1 || code.head !== 0) return null;
  const admin = code.get(0);
  return admin.tag === "From_block" ? { block: admin.block, index: admin.index } : null;
}

/** Whether the configuration is one the fast evaluator can take over. */
export function boundary(config: Config): Extract<StepKont, { tag: "SK_Start" }> | null {
  const kont = config.stepKont;
  if (kont.tag !== "SK_Start" || kont.top.frame.module !== MODULE) return null;
  const { labels } = kont.top;
  if (labels.tag !== "Label_stack") return null;
  const at = position(labels.top);
  return at === null || at === "finished" ? null : kont;
}

/** Takes a configuration over; null if it cannot. `previous` is an evaluator of the same module whose compiled code may serve. */
export function importConfig(
  config: Config,
  registry: Registry,
  host: Host,
  previous: FastEvaluator | null,
): FastEvaluator | null {
  const kont = boundary(config);
  if (kont === null) return null;
  const instance = registry.get(MODULE);
  const frames = kont.rest.toArray().reverse();
  if (frames.some((frame) => frame.frame.module !== MODULE)) return null;
  const reuse =
    previous !== null &&
    previous.instance.allocations === instance.allocations &&
    previous.instance.functions === instance.functions;
  const engine = reuse && previous.host === host ? previous : new FastEvaluator(host, registry, instance, kont.rest);
  engine.clear(0, engine.tag.length);
  engine.labels.length = 0;
  engine.frames.length = 0;
  engine.registry = registry;
  engine.stackLimit = config.stackLimit;
  engine.callers = kont.rest;
  engine.callersDepth = frames.length;
  if (!importMemory(engine, instance) || !importGlobals(engine, instance)) return null;
  engine.instance = instance;
  let slot = 0;
  for (const frame of frames) {
    const next = importFrame(engine, frame, slot, false);
    if (next === null) return null;
    slot = next;
  }
  if (importFrame(engine, kont.top as OngoingFrame, slot, true) === null) return null;
  engine.frames.forEach((frame, depth) => {
    frame.exported = depth < frames.length ? (frames[depth] as OngoingFrame) : null;
  });
  return engine;
}

function importMemory(engine: FastEvaluator, instance: ModuleInstance): boolean {
  if (instance.memories.length === 0) {
    engine.memory = null;
    engine.typedMemory = null;
    return true;
  }
  const memory = instance.memories.get(0);
  if (memory.min < 0 || memory.min > MAX_FLAT_PAGES) return false;
  if (engine.memory !== null && engine.typedMemory !== null) {
    if (memory !== engine.typedMemory) engine.memory.sync(engine.memory.export(engine.typedMemory), memory);
  } else engine.memory = new FlatMemory(memory);
  engine.typedMemory = memory;
  return true;
}

function importGlobals(engine: FastEvaluator, instance: ModuleInstance): boolean {
  for (let index = 0; index < instance.globals.length; index++) {
    const { mutable, value } = instance.globals.get(index);
    engine.globalMutable[index] = mutable ? 1 : 0;
    engine.globalTag[index] = TAG.NONE;
    if (value.tag !== "num") continue;
    const { num } = value;
    if (num.type === "i32") {
      engine.globalTag[index] = TAG.I32;
      engine.globalLo[index] = num.value;
    } else if (num.type === "i64") {
      engine.globalTag[index] = TAG.I64;
      engine.globalLo[index] = Number(BigInt.asIntN(32, num.value));
      engine.globalHi[index] = Number(num.value >> 32n);
    }
  }
  engine.globalsChanged = false;
  return true;
}

/** Gives the slot after the frame; null if the frame cannot be taken over. */
function importFrame(engine: FastEvaluator, frame: OngoingFrame, slot: number, isTop: boolean): number | null {
  const locals = frame.frame.locals.toArray();
  engine.reserve(slot + locals.length + 64);
  for (const [index, value] of locals.entries()) engine.writeSlot(slot + index, value);
  engine.frames.push({
    locals: slot,
    localCount: locals.length,
    arity: frame.arity,
    firstLabel: engine.labels.length,
    exported: null,
  });
  let at = slot + locals.length;
  const labels = labelsOf(frame.labels);
  for (const [index, label] of labels.entries()) {
    const next = importLabel(engine, label, at, isTop && index === labels.length - 1);
    if (next === null) return null;
    at = next;
  }
  return at;
}

function labelsOf(stack: LabelStack): Label[] {
  return [...stack.rest.toArray().reverse(), stack.top];
}

/** A label that waits keeps its vector as it came; only its operands will be needed. */
function importLabel(engine: FastEvaluator, label: Label, start: number, isRunning: boolean): number | null {
  const at = position(label);
  if (at === null) return null;
  const block: CompiledBlock | null = at === "finished" ? engine.block(0) : engine.block(at.block);
  if (block === null) return null;
  const index = at === "finished" ? 0 : at.index;
  if (index < 0 || index > block.instructions.length) return null;
  const { values } = label;
  const sp = start + values.length;
  const fast: FastLabel = {
    block,
    ip: index * STRIDE,
    finished: at === "finished",
    arity: label.arity,
    breakTo: label.breakTo,
    start,
    sp,
    staleEnd: 0,
    keyBase: (values.head + sp - 1) | 0,
    mapStart: start,
    foreign: null,
    frozen: isRunning ? null : values,
    exported: isRunning ? null : label,
  };
  engine.labels.push(fast);
  engine.reserve(sp + block.instructions.length + 64);
  if (isRunning) return importEntries(engine, fast, values) ? sp : null;
  for (const [position, value] of values.toArray().entries()) engine.writeSlot(sp - 1 - position, value);
  return sp;
}

/** How far above the operands stale entries are kept in slots. */
const MAX_STALE_SLOTS = 4096;

/** The operands of the running label with all the entries around them. */
function importEntries(engine: FastEvaluator, label: FastLabel, values: Values): boolean {
  const foreign: [number, Value][] = [];
  for (const [key, value] of values.entries()) {
    const slot = label.keyBase - key;
    if (slot < label.start) {
      foreign.push([key, value]);
      continue;
    }
    // Farther above, it would be overtaken unnoticed by pushes: only the tick machine can keep it.
    if (slot > label.sp + MAX_STALE_SLOTS) return false;
    engine.reserve(slot + 1);
    engine.writeSlot(slot, value);
    if (slot >= label.sp) label.staleEnd = Math.max(label.staleEnd, slot + 1);
  }
  if (foreign.length > 0) label.foreign = foreign;
  return true;
}
