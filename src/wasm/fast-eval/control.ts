/**
 * Blocks, branches, calls and returns of the fast evaluator, with their ticks (pvm.md §4.3, §4.5). Each function either does the whole
 * instruction and gives the ticks left, or changes nothing and gives `SHORT` (not enough ticks) or `MICRO` (for the tick machine).
 *
 * On entry the running label's `ip`, `sp` and `staleEnd` are up to date. `top` is the slot after everything the instruction found on the
 * stack, popped operands included: from the new top up to there (and to the stale entries' end) slots are cleared.
 */
import type { Ref } from "../runtime.js";
import type { Instruction, ValueType } from "../syntax.js";
import type { CompiledBlock } from "./compile.js";
import { type FastEvaluator, type FastFunction, type FastLabel, TAG } from "./engine.js";
import { operandVector } from "./export.js";
import { STRIDE } from "./opcodes.js";

export const SHORT = -1;
export const MICRO = -2;

/** Slots kept free above what a block's instructions push. */
const SPARE_SLOTS = 8;

/** Ticks of a plain `br` beside those of leaving: three to execute it. */
const EXECUTE = 3;
/** Ticks from a boundary to the state that has the instruction in front. */
export const TO_INSTRUCTION = 4;

/** Enters a block whose parameters are on top of the running label's operands (`label.sp`, without the popped condition of an `if`). */
export function enterBlock(
  engine: FastEvaluator,
  left: number,
  cost: number,
  top: number,
  body: number,
  params: number,
  arity: number,
  breakTo: Instruction | null,
): number {
  const label = engine.topLabel;
  const start = label.sp - params;
  if (start < label.start) return MICRO;
  const block = engine.block(body);
  if (block === null) return MICRO;
  if (left < cost) return SHORT;
  engine.clear(label.sp, top);
  label.ip += STRIDE;
  pushBlock(engine, label, block, start, arity, breakTo);
  return left - cost;
}

/** The block's vector is split off the label's: it shares the entries, and the label's is frozen. */
function pushBlock(
  engine: FastEvaluator,
  label: FastLabel,
  block: CompiledBlock,
  start: number,
  arity: number,
  breakTo: Instruction | null,
): void {
  const { sp, staleEnd } = label;
  // What lies above the outer operands will be overwritten, but belongs to the outer vector too.
  label.frozen = sp > start || staleEnd > start ? operandVector(engine, label, start, Math.max(sp, staleEnd)) : null;
  label.sp = start;
  label.exported = null;
  engine.labels.push({
    block,
    ip: 0,
    finished: false,
    arity,
    breakTo,
    start,
    sp,
    staleEnd,
    keyBase: label.keyBase,
    mapStart: label.mapStart,
    foreign: label.foreign,
    frozen: null,
    exported: null,
  });
  engine.reserve(sp + block.instructions.length + SPARE_SLOTS);
}

/** Makes a label's vector a new one of the slots from its start to `sp`, whose keys count from 0 at the top. */
function renew(engine: FastEvaluator, label: FastLabel, sp: number): void {
  label.sp = sp;
  label.staleEnd = 0;
  label.keyBase = sp - 1;
  label.mapStart = label.start;
  label.foreign = null;
  label.frozen = null;
  label.exported = null;
  engine.reserve(sp + label.block.instructions.length + SPARE_SLOTS);
}

/** Setting an array's length takes V8 longer than popping. */
function dropLabels(labels: FastLabel[], length: number): void {
  while (labels.length > length) labels.pop();
}

/** Copies `count` slots; they may overlap when `to` is below `from`. */
function moveSlots(engine: FastEvaluator, from: number, to: number, count: number): void {
  if (from === to) return;
  const { lo, hi, tag, objects } = engine;
  for (let index = 0; index < count; index++) {
    const kind = tag[from + index] as number;
    tag[to + index] = kind;
    lo[to + index] = lo[from + index] as number;
    hi[to + index] = hi[from + index] as number;
    if (kind >= TAG.V128) objects[to + index] = objects[from + index];
  }
}

/** The end of a block, or of a function. */
export function leaveBlock(engine: FastEvaluator, left: number): number {
  const { labels } = engine;
  const at = labels.length - 1;
  const label = engine.topLabel;
  const count = label.sp - label.start;
  if (at === engine.topFrame.firstLabel) return leaveFunction(engine, left, 2 * EXECUTE, label.sp, count);
  const outer = labels[at - 1] as FastLabel; // there is one, since the label is not the call's first
  if (outer.finished) return MICRO;
  const cost = EXECUTE + 4 + count + (outer.sp - outer.start);
  if (left < cost) return SHORT;
  const { sp } = label;
  engine.clear(sp, label.staleEnd);
  labels.pop();
  renew(engine, outer, sp);
  return left - cost;
}

/** A call ends with `count` results below `label.sp`. `cost` are the ticks up to the state that holds the results. */
function leaveFunction(engine: FastEvaluator, left: number, cost: number, top: number, count: number): number {
  const { frames, labels } = engine;
  if (frames.length < 2) return MICRO;
  const frame = engine.topFrame;
  const label = engine.topLabel;
  const caller = labels[frame.firstLabel - 1] as FastLabel; // the caller's innermost label
  if (caller.finished) return MICRO;
  const total = cost + 2 + count + (caller.sp - caller.start);
  if (left < total) return SHORT;
  engine.watcher?.leave(left - cost);
  const from = label.sp - count;
  const to = caller.sp;
  moveSlots(engine, from, to, count);
  engine.clear(to + count, Math.max(top, label.staleEnd));
  dropLabels(labels, frame.firstLabel);
  frames.pop();
  const waiting = frames.length - 1;
  if (engine.callersDepth > waiting) engine.callersDepth = waiting;
  engine.topFrame.exported = null;
  renew(engine, caller, to + count);
  return left - total;
}

/** A branch; `cost` are the ticks up to and with the execution of `br`. `label.sp` is without the popped condition. */
export function branch(engine: FastEvaluator, left: number, cost: number, top: number, depth: number): number {
  const { labels } = engine;
  const at = labels.length - 1 - depth;
  const { firstLabel } = engine.topFrame;
  if (depth < 0 || at < firstLabel) return MICRO;
  const label = engine.topLabel;
  const target = labels[at] as FastLabel; // at is in bounds
  const { arity, breakTo } = target;
  if (arity === null || label.sp - label.start < arity) return MICRO;
  const spent = cost + EXECUTE * depth;
  if (at === firstLabel) return breakTo === null ? leaveFunction(engine, left, spent + EXECUTE, top, arity) : MICRO;
  const outer = labels[at - 1] as FastLabel;
  if (outer.finished) return MICRO;
  const total = spent + 4 + arity + (outer.sp - outer.start) + (breakTo === null ? 0 : EXECUTE);
  if (left < total) return SHORT;
  const { block } = target;
  const sp = outer.sp + arity;
  moveSlots(engine, label.sp - arity, outer.sp, arity);
  engine.clear(sp, Math.max(top, label.staleEnd));
  dropLabels(labels, at);
  renew(engine, outer, sp);
  if (breakTo !== null) pushBlock(engine, outer, block, sp - arity, arity, breakTo);
  return left - total;
}

/** `return`: all the operands of the innermost block go to the caller, whatever the function's results are (pvm.md §10 item 1). */
export function returnCall(engine: FastEvaluator, left: number): number {
  const label = engine.topLabel;
  const count = label.sp - label.start;
  const { arity } = engine.topFrame;
  const kept = engine.level === "full" && arity !== null ? Math.min(arity, count) : count;
  return leaveFunction(engine, left, 3 * EXECUTE, label.sp, kept);
}

/** Calls a function of the module; `cost` are the ticks up to the Invoke. `label.sp` is without the popped table index. */
export function callFunction(
  engine: FastEvaluator,
  left: number,
  cost: number,
  top: number,
  callee: FastFunction,
): number {
  const label = engine.topLabel;
  const { params } = callee;
  if (label.sp - label.start < params || engine.frames.length >= engine.stackLimit) return MICRO;
  const block = engine.block(callee.body);
  if (block === null || callee.isHost) return MICRO;
  const total = cost + 8 + 2 * (params + callee.locals.length);
  if (left < total) return SHORT;
  engine.watcher?.enter(callee.instance, left - TO_INSTRUCTION, left - total);
  const args = label.sp - params;
  engine.clear(label.sp, top);
  if (params > 0 && label.staleEnd < label.sp) label.staleEnd = label.sp;
  const base = Math.max(label.sp, label.staleEnd);
  const localCount = params + callee.locals.length;
  const start = base + localCount;
  label.ip += STRIDE;
  label.sp = args;
  label.exported = null;
  label.frozen = null;
  engine.reserve(start + block.instructions.length + SPARE_SLOTS);
  moveSlots(engine, args, base, params);
  for (const [index, type] of callee.locals.entries()) setDefault(engine, base + params + index, type);
  engine.topFrame.exported = null;
  engine.frames.push({
    locals: base,
    localCount,
    arity: callee.results,
    firstLabel: engine.labels.length,
    exported: null,
  });
  engine.labels.push({
    block,
    ip: 0,
    finished: false,
    arity: callee.results,
    breakTo: null,
    start,
    sp: start,
    staleEnd: 0,
    keyBase: start - 1,
    mapStart: start,
    foreign: null,
    frozen: null,
    exported: null,
  });
  return left - total;
}

const ZERO_VECTOR = new Uint8Array(16);
const NULLS: Readonly<Record<"funcref" | "externref", Ref>> = {
  funcref: { tag: "NullRef", type: "funcref" },
  externref: { tag: "NullRef", type: "externref" },
};

function setDefault(engine: FastEvaluator, slot: number, type: ValueType): void {
  engine.lo[slot] = 0;
  engine.hi[slot] = 0;
  switch (type) {
    case "i32":
      engine.tag[slot] = TAG.I32;
      break;
    case "i64":
      engine.tag[slot] = TAG.I64;
      break;
    case "f32":
      engine.tag[slot] = TAG.F32;
      break;
    case "f64":
      engine.tag[slot] = TAG.F64;
      break;
    case "v128":
      engine.tag[slot] = TAG.V128;
      engine.objects[slot] = ZERO_VECTOR;
      break;
    default:
      engine.tag[slot] = TAG.REF;
      engine.objects[slot] = NULLS[type];
  }
}
