/** What an evaluation stands in: calls by name, locals, operands, the instruction at hand and its place in the kernel. */
import type { Machine } from "../pvm/machine.js";
import type { AdminInstruction } from "../wasm/eval/admin.js";
import type { Frame, FrameStack, Label, LabelKont, OngoingFrame, StepKont } from "../wasm/eval/config.js";
import type { FunctionInstance, Value } from "../wasm/runtime.js";
import type { Instruction } from "../wasm/syntax.js";
import { mnemonic } from "../wasm/validate/mnemonic.js";
import { importName } from "./durable-access.js";
import type { CodePosition, ModuleMap } from "./module-map.js";

export interface StackFrame {
  /** Null for the frame from which the machine calls the kernel. */
  readonly func: number | null;
  readonly name: string;
  readonly locals: readonly { readonly name: string; readonly value: string }[];
  /** The operands of the innermost block, the topmost last. */
  readonly operands: readonly string[];
  /** Blocks nested in the function, its body counted. */
  readonly blocks: number;
  /** What is executed next in it, and the byte of the kernel where that stands; null where there is none. */
  readonly instruction: string | null;
  readonly offset: number | null;
}

/** A host call or a call being made, on top of the frames. */
export interface CallStack {
  /** The innermost first. */
  readonly frames: readonly StackFrame[];
  /** What the machine is doing beside executing instructions ("in host function store_read, 42 ticks left"). */
  readonly doing: string | null;
}

export function printValue(value: Value): string {
  if (value.tag === "vec") return `v128 0x${Buffer.from(value.bytes).toString("hex")}`;
  if (value.tag === "num") return `${value.num.type} ${value.num.value}`;
  const { ref } = value;
  if (ref.tag === "NullRef") return `null ${ref.type}`;
  return ref.tag === "FuncRef" ? "funcref" : `externref ${ref.value}`;
}

const REFERS: Readonly<Record<string, "function" | "local">> = {
  Call: "function",
  LocalGet: "local",
  LocalSet: "local",
  LocalTee: "local",
};

/** An instruction in text, with its most telling immediate. */
export function printInstruction(instruction: Instruction, func: number | null, map: ModuleMap): string {
  const name = mnemonic(instruction);
  if (instruction.tag === "Const") return `${name} ${instruction.value.value}`;
  if ("index" in instruction && typeof instruction.index === "number") {
    const kind = REFERS[instruction.tag];
    if (kind === "function") return `${name} ${instruction.index} <${map.functionName(instruction.index)}>`;
    const local = kind === "local" && func !== null ? map.names.locals.get(func)?.get(instruction.index) : undefined;
    return local === undefined ? `${name} ${instruction.index}` : `${name} ${instruction.index} <${local}>`;
  }
  if ("offset" in instruction && typeof instruction.offset === "number")
    return `${name} offset=${instruction.offset >>> 0}`;
  return name;
}

function printAdmin(admin: AdminInstruction, func: number | null, map: ModuleMap): string {
  switch (admin.tag) {
    case "Plain":
      return printInstruction(admin.instruction, func, map);
    case "Invoke":
      return `invoke ${map.nameOf(admin.func, importName)}`;
    case "Trapping":
      return `trap: ${admin.message}`;
    case "Breaking":
      return `branching ${admin.depth} blocks out`;
    case "Returning":
      return "returning";
    default:
      return admin.tag
        .replace(/_meta$/, "")
        .replace("_", ".")
        .toLowerCase();
  }
}

/** The labels of a frame, the innermost first. */
function labelsOf(kont: LabelKont): Label[] {
  return kont.tag === "Label_stack" ? [kont.top, ...kont.rest.toArray()] : [];
}

function positionOf(label: Label, map: ModuleMap): CodePosition | null {
  const all = label.code.toArray();
  for (const admin of all) if (admin.tag === "From_block") return map.position(admin.block, admin.index);
  return null;
}

function describeFrame(frame: Frame, labels: readonly Label[], map: ModuleMap): StackFrame {
  const [innermost] = labels;
  const place = labels.map((label) => positionOf(label, map)).find((found) => found !== null) ?? null;
  const func = place?.func ?? null;
  const names = func === null ? undefined : map.names.locals.get(func);
  const front = innermost !== undefined && innermost.code.length > 0 ? innermost.code.get(0) : null;
  const here = innermost === undefined ? null : positionOf(innermost, map);
  let instruction: string | null = null;
  let offset: number | null = null;
  if (front?.tag === "From_block") {
    instruction = here?.instruction == null ? "end" : printInstruction(here.instruction, func, map);
    offset = here === null ? null : map.offset(here);
  } else if (front !== null) {
    instruction = printAdmin(front, func, map);
    // The block goes on behind the instruction taken out of it.
    const behind = front.tag === "Plain" && innermost !== undefined ? before(innermost, map) : null;
    offset = behind === null ? null : map.offset(behind);
  }
  return {
    func,
    name: func === null ? "(machine)" : map.functionName(func),
    locals: frame.locals
      .toArray()
      .map((value, index) => ({ name: names?.get(index) ?? String(index), value: printValue(value) })),
    operands: innermost === undefined ? [] : innermost.values.toArray().reverse().map(printValue),
    blocks: labels.length,
    instruction,
    offset,
  };
}

function before(label: Label, map: ModuleMap): CodePosition | null {
  for (const admin of label.code.toArray()) {
    if (admin.tag === "From_block") return admin.index > 0 ? map.position(admin.block, admin.index - 1) : null;
  }
  return null;
}

function framesOf(kont: StepKont): { readonly frame: Frame; readonly labels: Label[] }[] {
  if (kont.tag === "SK_Result" || kont.tag === "SK_Trapped") return [];
  const rest = kont.rest
    .toArray()
    .map((frame: OngoingFrame) => ({ frame: frame.frame, labels: labelsOf(frame.labels) }));
  if (kont.tag === "SK_Consolidate_label_result") {
    return [{ frame: kont.top.frame, labels: [kont.label, ...kont.labels.toArray()] }, ...rest];
  }
  const top: FrameStack = kont.top;
  const labels = kont.tag === "SK_Next" ? stepLabels(kont) : labelsOf(top.labels);
  return [{ frame: top.frame, labels }, ...rest];
}

function stepLabels(kont: Extract<StepKont, { tag: "SK_Next" }>): Label[] {
  const step = kont.kont;
  if (step.tag === "LS_Consolidate_top") return [step.label, ...step.rest.toArray()];
  return labelsOf(step.labels);
}

function doing(kont: StepKont, map: ModuleMap): string | null {
  const name = (func: FunctionInstance): string => map.nameOf(func, importName);
  if (kont.tag === "SK_Result") return "the evaluation has succeeded";
  if (kont.tag === "SK_Trapped") return `the evaluation has failed: ${kont.message}`;
  if (kont.tag !== "SK_Next") return null;
  const step = kont.kont;
  if (step.tag === "LS_Push_frame") return "a call begins";
  if (step.tag !== "LS_Craft_frame") return null;
  const { invoke } = step;
  switch (invoke.tag) {
    case "Inv_start":
      return `about to call ${name(invoke.func)}(${argumentsOf(invoke.func, invoke.values.toArray()).join(", ")})`;
    case "Inv_reveal_tick":
      return "waiting for the answer to a reveal";
    case "Inv_stop":
      return invoke.freshFrame === null ? `in a host function, ${invoke.remainingTicks} ticks left` : "a call begins";
    default:
      return "a call is being made";
  }
}

function argumentsOf(func: FunctionInstance, values: readonly Value[]): string[] {
  return values.slice(0, func.type.params.length).reverse().map(printValue);
}

/** The call stack of an evaluation; null in other phases. */
export function callStack(machine: Machine, map: ModuleMap): CallStack | null {
  const state = machine.tickState;
  if (state.tag !== "eval") return null;
  const kont = state.config.stepKont;
  const frames = framesOf(kont).map(({ frame, labels }) => describeFrame(frame, labels, map));
  return { frames, doing: doing(kont, map) };
}
