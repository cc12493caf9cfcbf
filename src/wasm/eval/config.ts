/**
 * The states of the evaluator: pvm.md §4.1, stored as in pvm-encodings.md §4.8. Everything is immutable; a step makes a new configuration
 * that shares what did not change. Field names are ours, the keys in the schemas are the reference's.
 *
 * Schemas are memoized where the value has a key of its own, so that what a step did not touch is not written again.
 */

import { bytes } from "../../encoding/codecs.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import { int31, int32, leafOf, smallInteger, text } from "../../merkle/leaves.js";
import { at, leaf, mapped, memoized, option, optionalLeaf, record, type Schema, tagged } from "../../merkle/schema.js";
import { instructionSchema } from "../instruction-schema.js";
import { funcSchema, indexSchema, valueTypes, vector } from "../module-schema.js";
import { type FunctionInstance, functionSchema, type Value, type Values, valuesSchema } from "../runtime.js";
import type { Func, Instruction, ValueType } from "../syntax.js";
import { type AdminInstruction, type Code, codeSchema } from "./admin.js";
import { type ConcatKont, concatKontSchema, type MapKont, mapKontSchema } from "./konts.js";

/** The module and the locals of a call. */
export interface Frame {
  /** Key of the module in the registry. */
  readonly module: string;
  readonly locals: Values;
}

/** A block being executed: its operands and its code. */
export interface Label {
  /** Number of values a branch to it takes along; null: all. */
  readonly arity: number | null;
  /** What a branch to it executes next: a loop, itself. */
  readonly breakTo: Instruction | null;
  readonly values: Values;
  readonly code: Code;
}

export type Labels = LazyVector<Label>;

/** The labels of a call under way, the innermost apart. */
export interface LabelStack {
  readonly tag: "Label_stack";
  readonly top: Label;
  readonly rest: Labels;
}

/** Where a call stands. */
export type LabelKont =
  | LabelStack
  | { readonly tag: "Label_result"; readonly values: Values }
  | { readonly tag: "Label_trapped"; readonly message: string };

export interface FrameStack<K extends LabelKont = LabelKont> {
  /** Number of results of the call; null: whatever it leaves. */
  readonly arity: number | null;
  readonly frame: Frame;
  readonly labels: K;
}

/** A call that has neither returned nor trapped. */
export type OngoingFrame = FrameStack<LabelStack>;
export type Frames = LazyVector<OngoingFrame>;

/** The operands and the code that go on after a call. */
export interface After {
  readonly values: Values;
  readonly code: Code;
}

/** A call of a module's function whose locals are being made. */
interface Call extends After {
  readonly arity: number;
  readonly module: string;
  readonly func: Func;
}

export type InvokeKont =
  | ({ readonly tag: "Inv_start"; readonly func: FunctionInstance } & After)
  | ({ readonly tag: "Inv_prepare_locals"; readonly args: Values; readonly kont: MapKont<ValueType, Value> } & Call)
  | ({ readonly tag: "Inv_prepare_args"; readonly locals: Values; readonly kont: MapKont<Value, Value> } & Call)
  | ({ readonly tag: "Inv_concat"; readonly kont: ConcatKont<Value> } & Call)
  | ({
      readonly tag: "Inv_reveal_tick";
      readonly request: Uint8Array;
      /** Address of the answer, an int32. */
      readonly base: number;
      readonly maxBytes: number;
    } & After)
  | ({
      readonly tag: "Inv_stop";
      /** The call to enter; null after a host function. */
      readonly freshFrame: OngoingFrame | null;
      readonly remainingTicks: number;
    } & After);

export type LabelStep =
  | { readonly tag: "LS_Start"; readonly labels: LabelStack }
  | { readonly tag: "LS_Craft_frame"; readonly labels: LabelStack; readonly invoke: InvokeKont }
  | { readonly tag: "LS_Push_frame"; readonly labels: LabelStack; readonly freshFrame: OngoingFrame }
  | {
      readonly tag: "LS_Consolidate_top";
      /** The outer label, which gets the values and the code. */
      readonly label: Label;
      readonly kont: ConcatKont<Value>;
      readonly code: Code;
      readonly rest: Labels;
    }
  | { readonly tag: "LS_Modify_top"; readonly labels: LabelKont };

export type StepKont =
  | { readonly tag: "SK_Start"; readonly top: FrameStack; readonly rest: Frames }
  | { readonly tag: "SK_Next"; readonly top: FrameStack; readonly rest: Frames; readonly kont: LabelStep }
  | {
      readonly tag: "SK_Consolidate_label_result";
      /** The caller, and its innermost label, which gets the values and the code. */
      readonly top: OngoingFrame;
      readonly rest: Frames;
      readonly label: Label;
      readonly kont: ConcatKont<Value>;
      readonly code: Code;
      readonly labels: Labels;
    }
  | { readonly tag: "SK_Result"; readonly values: Values }
  | { readonly tag: "SK_Trapped"; readonly message: string };

export interface Config {
  readonly stepKont: StepKont;
  /** Calls nested this deep exhaust the stack. */
  readonly stackLimit: number;
}

// Schemas

const arity = at("arity", optionalLeaf(int32));
const instructions = at("instructions", codeSchema);
const values = at("values", valuesSchema);
const frame: Schema<Frame> = at(
  "frame",
  record<Frame>({ module: at("module", leaf(text)), locals: at("locals", valuesSchema) }),
);

export const labelSchema: Schema<Label> = memoized(
  record<Label>({ arity, breakTo: at("label_break", option(text, instructionSchema)), values, code: instructions }),
);

const labelStack = { top: at("top", labelSchema), rest: at("rst", vector(labelSchema)) };

export const labelKontSchema: Schema<LabelKont> = memoized(
  tagged<LabelKont>(text, {
    Label_stack: labelStack,
    Label_result: { values: valuesSchema },
    Label_trapped: { message: leaf(text) },
  }),
);

/** A narrower type stored as the wide one is, so that both share what was saved. */
function narrowed<W, N extends W>(wide: Schema<W>, narrow: Schema<N>): Schema<N> {
  return { save: (slot, value) => wide.save(slot, value), load: (view) => narrow.load(view) };
}

export const labelStackSchema: Schema<LabelStack> = narrowed(
  labelKontSchema,
  tagged<LabelStack>(text, { Label_stack: labelStack }),
);

function frameStack<K extends LabelKont>(labels: Schema<K>): Schema<FrameStack<K>> {
  return record<FrameStack<K>>({ arity, frame, labels: at("label_kont", labels) });
}

export const frameStackSchema: Schema<FrameStack> = memoized(frameStack(labelKontSchema));
export const ongoingFrameSchema: Schema<OngoingFrame> = narrowed(frameStackSchema, frameStack(labelStackSchema));

type StoredRequest =
  | { readonly tag: "Reveal_raw_data"; readonly payload: Uint8Array }
  | { readonly tag: "Reveal_metadata" }
  | { readonly tag: "Reveal_raw"; readonly payload: Uint8Array };

const payload = leaf(leafOf(bytes));

function requestOf(stored: StoredRequest): Uint8Array {
  if (stored.tag === "Reveal_metadata") return Uint8Array.of(1);
  if (stored.tag === "Reveal_raw") return stored.payload;
  const request = new Uint8Array(stored.payload.length + 1);
  request.set(stored.payload, 1);
  return request;
}

function storedRequest(request: Uint8Array): StoredRequest {
  if (request[0] === 0) return { tag: "Reveal_raw_data", payload: request.subarray(1) };
  if (request.length === 1 && request[0] === 1) return { tag: "Reveal_metadata" };
  return { tag: "Reveal_raw", payload: request };
}

/** A reveal request; the two oldest kinds are stored apart from the others, told by the first byte. */
const requestSchema: Schema<Uint8Array> = mapped<Uint8Array, StoredRequest>(
  tagged<StoredRequest>(text, { Reveal_raw_data: { payload }, Reveal_metadata: "unit", Reveal_raw: { payload } }),
  requestOf,
  storedRequest,
);

const after = { values, code: instructions };
const call = {
  arity: at("arity", indexSchema),
  ...after,
  module: at("inst", leaf(text)),
  func: at("func", funcSchema),
};

const invokeSchema: Schema<InvokeKont> = tagged<InvokeKont>(text, {
  Inv_start: { func: at("func", functionSchema), ...after },
  Inv_prepare_locals: {
    ...call,
    args: at("args", valuesSchema),
    kont: at("kont", mapKontSchema(at("x", valueTypes), at("y", valuesSchema))),
  },
  Inv_prepare_args: {
    ...call,
    locals: at("locals", valuesSchema),
    kont: at("kont", mapKontSchema(at("1", valuesSchema), at("2", valuesSchema))),
  },
  Inv_concat: { ...call, kont: at("kont", concatKontSchema(at("2", valuesSchema))) },
  Inv_reveal_tick: {
    request: at("reveal", requestSchema),
    base: at("base_destination", indexSchema),
    maxBytes: at("max_bytes", indexSchema),
    ...after,
  },
  Inv_stop: {
    ...after,
    freshFrame: at("fresh_frame", option(text, ongoingFrameSchema)),
    remainingTicks: at("remaining_ticks", leaf(smallInteger)),
  },
});

const labelStepSchema: Schema<LabelStep> = tagged<LabelStep>(text, {
  LS_Start: { labels: labelStackSchema },
  LS_Craft_frame: { labels: at("label_kont", labelStackSchema), invoke: at("invoke_kont", invokeSchema) },
  LS_Push_frame: { labels: at("label_kont", labelStackSchema), freshFrame: at("fresh_frame", ongoingFrameSchema) },
  LS_Consolidate_top: {
    label: at("label", labelSchema),
    kont: at("kont", concatKontSchema(valuesSchema)),
    code: instructions,
    rest: at("labels-stack", vector(labelSchema)),
  },
  LS_Modify_top: { labels: labelKontSchema },
});

const topAndRest = { top: at("top", frameStackSchema), rest: at("rst", vector(ongoingFrameSchema)) };

export const stepKontSchema: Schema<StepKont> = tagged<StepKont>(text, {
  SK_Start: topAndRest,
  SK_Next: { ...topAndRest, kont: at("kont", labelStepSchema) },
  SK_Consolidate_label_result: {
    top: at("top-frame", ongoingFrameSchema),
    rest: at("frames-stack", vector(ongoingFrameSchema)),
    label: at("top-label", labelSchema),
    kont: at("kont", concatKontSchema(valuesSchema)),
    code: instructions,
    labels: at("labels-stack", vector(labelSchema)),
  },
  SK_Result: { values: valuesSchema },
  SK_Trapped: { message: leaf(text) },
});

export const configSchema: Schema<Config> = record<Config>({
  stepKont: at("step_kont", stepKontSchema),
  stackLimit: at("stack_size_limit", leaf(int31)),
});

// Making configurations

/** A configuration that runs `code` in a frame of a module, without locals. Its result is all the values left if `arity` is null. */
export function startConfig(
  module: string,
  code: readonly AdminInstruction[],
  stackLimit: number,
  initial: Values = LazyVector.empty(),
  arity: number | null = null,
): Config {
  const label: Label = { arity, breakTo: null, values: initial, code: LazyVector.of(code) };
  const top: OngoingFrame = {
    arity,
    frame: { module, locals: LazyVector.empty() },
    labels: { tag: "Label_stack", top: label, rest: LazyVector.empty() },
  };
  return { stepKont: { tag: "SK_Start", top, rest: LazyVector.empty() }, stackLimit };
}
