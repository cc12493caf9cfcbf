/**
 * Label steps: pvm.md §4.3. A tick inside a call executes the first instruction of the innermost label, copies a value, goes on with a call,
 * or leaves the label.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import type { BlockType, InstructionTag } from "../syntax.js";
import { type AdminInstruction, type Code, fromBlock, plain } from "./admin.js";
import type { Label, LabelKont, LabelStack, LabelStep, Labels } from "./config.js";
import { controlHandlers } from "./control-instructions.js";
import { crash, deadState } from "./guest.js";
import { stepInvoke } from "./invoke.js";
import { concatIsDone, startConcat, stepConcat } from "./konts.js";
import { memoryHandlers } from "./memory-instructions.js";
import { unroll } from "./meta.js";
import { numericHandlers } from "./numeric-instructions.js";
import type { Handler, Handlers, InstructionOf } from "./outcome.js";
import { pop, prepend, take } from "./stack.js";
import { tableHandlers } from "./table-instructions.js";
import type { Tick } from "./tick.js";
import { variableHandlers } from "./variable-instructions.js";
import { vectorHandlers } from "./vector-instructions.js";

type BlockTag = "Block" | "Loop";

const handlers: Handlers<Exclude<InstructionTag, BlockTag>> = {
  ...controlHandlers,
  ...variableHandlers,
  ...numericHandlers,
  ...vectorHandlers,
  ...memoryHandlers,
  ...tableHandlers,
};

/** A call under way. */
export function labels(top: Label, rest: Labels): LabelStack {
  return { tag: "Label_stack", top, rest };
}

function modify(kont: LabelKont): LabelStep {
  return { tag: "LS_Modify_top", labels: kont };
}

/** Number of parameters and results of a block. */
function blockArity(tick: Tick, type: BlockType): { readonly params: number; readonly results: number } {
  // The instance is looked up even when the type needs none of it.
  tick.instance();
  if (type.tag === "value") return { params: 0, results: type.type === null ? 0 : 1 };
  const { params, results } = tick.type(type.index);
  return { params: params.length, results: results.length };
}

/** Opens a label over the block's parameters; both parts of the operands keep all of the entries. */
function openBlock(
  tick: Tick,
  label: Label,
  instruction: InstructionOf<BlockTag>,
  code: Code,
  rest: Labels,
): LabelStack {
  const { params, results } = blockArity(tick, instruction.type);
  const [values, outside] = label.values.split(params);
  const isLoop = instruction.tag === "Loop";
  const inner: Label = {
    arity: (isLoop ? params : results) | 0,
    breakTo: isLoop ? instruction : null,
    values,
    code: LazyVector.of([fromBlock(instruction.body)]),
  };
  return labels(inner, rest.cons({ ...label, values: outside, code }));
}

/** The innermost label goes on with other operands and code. */
function goOn(label: Label, values: Label["values"], code: Code, rest: Labels): LabelStep {
  return modify(labels({ arity: label.arity, breakTo: label.breakTo, values, code }, rest));
}

/** Leaves the innermost label with values: they join those of the label around it, whose code may get more. */
function leaveLabel(values: Label["values"], added: readonly AdminInstruction[], outer: Labels): LabelStep {
  if (outer.length === 0) return modify({ tag: "Label_result", values });
  const [label, rest] = pop(outer);
  return {
    tag: "LS_Consolidate_top",
    label,
    kont: startConcat(values, label.values),
    code: prepend(added, label.code),
    rest,
  };
}

function stepBlock(tick: Tick, label: Label, block: number, index: number, code: Code, rest: Labels): LabelStep {
  const instructions = tick.instance().allocations.blocks.get(block);
  if (index === (instructions.length | 0)) return goOn(label, label.values, code, rest);
  const next = [plain(instructions.get(index)), fromBlock(block, (index + 1) | 0)];
  return goOn(label, label.values, prepend(next, code), rest);
}

function stepBreaking(
  label: Label,
  { depth, values }: Extract<AdminInstruction, { tag: "Breaking" }>,
  outer: Labels,
): LabelStep {
  if (depth === 0) {
    return leaveLabel(take(label.arity, values), label.breakTo === null ? [] : [plain(label.breakTo)], outer);
  }
  if (outer.length === 0) throw crash("undefined label");
  const [next, rest] = pop(outer);
  const code = next.code.cons({ tag: "Breaking", depth: (depth - 1) | 0, values });
  return goOn(next, next.values, code, rest);
}

/** Executes the first instruction of a label. */
function stepAdmin(tick: Tick, label: Label, admin: AdminInstruction, code: Code, rest: Labels): LabelStep {
  const { values } = label;
  switch (admin.tag) {
    case "Plain": {
      const { instruction } = admin;
      if (instruction.tag === "Block" || instruction.tag === "Loop") {
        return modify(openBlock(tick, label, instruction, code, rest));
      }
      // Each handler stands under the tag of the instructions it takes.
      const outcome = (handlers[instruction.tag] as Handler<InstructionTag>)(tick, values, instruction as never);
      return goOn(label, outcome.values, prepend(outcome.push, code), rest);
    }
    case "From_block":
      return stepBlock(tick, label, admin.block, admin.index, code, rest);
    case "Refer":
      return goOn(label, values.cons({ tag: "ref", ref: admin.ref }), code, rest);
    case "Trapping":
      return modify({ tag: "Label_trapped", message: admin.message });
    case "Returning":
      return modify({ tag: "Label_result", values: admin.values });
    case "Breaking":
      return stepBreaking(label, admin, rest);
    case "Invoke":
      return {
        tag: "LS_Craft_frame",
        labels: labels(label, rest),
        invoke: { tag: "Inv_start", func: admin.func, values, code },
      };
    default:
      return goOn(label, values, prepend(unroll(admin), code), rest);
  }
}

/** One tick inside a call. Throws `GuestError`. */
export function stepLabel(tick: Tick, step: LabelStep): LabelStep {
  switch (step.tag) {
    case "LS_Start": {
      const { top, rest } = step.labels;
      if (top.code.length === 0) return leaveLabel(top.values, [], rest);
      const [admin, code] = pop(top.code);
      return stepAdmin(tick, top, admin, code, rest);
    }
    case "LS_Consolidate_top":
      if (!concatIsDone(step.kont)) return { ...step, kont: stepConcat(step.kont) };
      return goOn(step.label, step.kont.result, step.code, step.rest);
    case "LS_Craft_frame": {
      const { labels: kont, invoke } = step;
      if (invoke.tag !== "Inv_stop" || invoke.remainingTicks > 0) {
        return { tag: "LS_Craft_frame", labels: kont, invoke: stepInvoke(tick, invoke) };
      }
      const { values, code, freshFrame } = invoke;
      const after = labels({ ...kont.top, values, code }, kont.rest);
      return freshFrame === null ? modify(after) : { tag: "LS_Push_frame", labels: after, freshFrame };
    }
    default:
      throw deadState("0", "Label_step");
  }
}
