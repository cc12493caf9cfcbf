/**
 * The fast evaluator's state: the same configuration as the tick machine's (pvm.md §4.1), held in flat arrays, at instruction boundaries
 * only. `import.ts` makes it from a typed configuration, `loop.ts` runs it, `export.ts` makes typed configurations of it.
 *
 * One array of slots holds the locals and operands of all calls, bottom to top. An operand vector is a stretch of slots:
 * key = keyBase - slot, so that a push (one slot up) is a `cons` (one key down). A slot with tag 0 has no entry. What the vectors keep
 * outside their windows (pvm.md §10 item 2) is this:
 *  - slots below the window down to `mapStart`: the entries of the blocks around, which the vector shares since a `split`;
 *  - slots above it up to `staleEnd` that still have a tag: arguments split off;
 *  - `foreign`: entries that came with an imported vector and fit neither.
 * A block around the innermost is frozen until it is left; where its slots are about to be overwritten its vector is exported first.
 */
import { StateTooLarge } from "../../merkle/errors.js";
import type { LazyVector } from "../../merkle/lazy-vector.js";
import type { Config, Label, OngoingFrame } from "../eval/config.js";
import type { Host, HostOutcome } from "../host.js";
import type { FunctionInstance, Memory, ModuleInstance, Ref, Registry, Value, Values } from "../runtime.js";
import type { Instruction, ValueType } from "../syntax.js";
import { CodeTables, type CompiledBlock, compileBlock } from "./compile.js";
import type { FlatMemory } from "./flat-memory.js";

/** Kinds of slots. */
export const TAG = { NONE: 0, I32: 1, I64: 2, F32: 3, F64: 4, V128: 5, REF: 6 } as const;

/** A block being executed. `sp` and `staleEnd` are those of the innermost block only while it is not running. */
export interface FastLabel {
  block: CompiledBlock;
  /** Offset in the block's words of the next instruction. */
  ip: number;
  /** Nothing is left of its code, not even the end of a block: where the machine's first call returns. */
  finished: boolean;
  arity: number | null;
  /** The loop a branch goes back to; null: not a loop. */
  breakTo: Instruction | null;
  /** First slot of the operands. */
  start: number;
  /** Slot after the operands. */
  sp: number;
  staleEnd: number;
  keyBase: number;
  mapStart: number;
  foreign: readonly (readonly [key: number, value: Value])[] | null;
  /** The operands' vector, when its slots no longer hold it. */
  frozen: Values | null;
  /** The label as exported, while nothing has changed it. */
  exported: Label | null;
}

export interface FastFrame {
  /** First slot of the locals. */
  locals: number;
  localCount: number;
  arity: number | null;
  /** Position in the labels of the outermost of this call. */
  firstLabel: number;
  /** The frame as exported, while nothing has changed it; only for frames that wait for a call. */
  exported: OngoingFrame | null;
}

/** A function as the loop calls it. */
export interface FastFunction {
  readonly instance: FunctionInstance;
  readonly isHost: boolean;
  readonly params: number;
  readonly results: number;
  /** Types of the declared locals. */
  readonly locals: readonly ValueType[];
  readonly body: number;
  /** A text equal for equal types. */
  readonly type: string;
}

/**
 * Who is told of the calls the loop makes, for tools. The numbers are what is left of the budget of `runLoop` at the state meant.
 */
export interface CallWatcher {
  /** A call: at the state with its instruction in front, and at the first state of the callee. The arguments end the label's operands. */
  enter(callee: FunctionInstance, left: number, leftBegun: number): void;
  /** At the state that holds the results of a call. */
  leave(left: number): void;
  /** A host call that succeeds, at the state in which it is about to run. `memory` is the caller's before it. */
  hostCall(
    callee: FunctionInstance,
    args: readonly Value[],
    memory: Memory | null,
    outcome: HostOutcome,
    left: number,
  ): void;
}

/** Why the loop stopped. */
export type Stop = "budget" | "micro";

const INITIAL_SLOTS = 1 << 14;
/** Locals and operands of all calls together; each weighs nine bytes here and hundreds in a tree. */
const MAX_SLOTS = 1 << 23;
/** A power of two. */
const VALUE_CACHE = 1 << 12;

export class FastEvaluator {
  readonly host: Host;
  readonly tables = new CodeTables();
  lo = new Int32Array(INITIAL_SLOTS);
  hi = new Int32Array(INITIAL_SLOTS);
  tag = new Uint8Array(INITIAL_SLOTS);
  /** Vectors and references, by slot. */
  objects: (Uint8Array | Ref | undefined)[] = [];
  readonly labels: FastLabel[] = [];
  readonly frames: FastFrame[] = [];
  stackLimit = 0;
  memory: FlatMemory | null = null;
  stop: Stop = "budget";
  watcher: CallWatcher | null = null;
  /** Language level: see `returnCall`. */
  level: "pvm" | "full" = "pvm";

  // The typed state last imported or exported, which exports change where the flat one has changed.
  registry: Registry;
  instance: ModuleInstance;
  typedMemory: Memory | null = null;
  callers: LazyVector<OngoingFrame>;
  /** Frames below this one are those of `callers`. */
  callersDepth = 0;

  readonly globalLo: Int32Array;
  readonly globalHi: Int32Array;
  readonly globalTag: Uint8Array;
  readonly globalMutable: Uint8Array;
  globalsChanged = false;
  readonly #blocks: (CompiledBlock | undefined)[] = [];
  readonly #functions = new Map<FunctionInstance, FastFunction>();
  readonly #functionsByIndex: (FastFunction | undefined)[] = [];
  readonly #typeTexts: (string | undefined)[] = [];

  constructor(host: Host, registry: Registry, instance: ModuleInstance, callers: LazyVector<OngoingFrame>) {
    this.host = host;
    this.registry = registry;
    this.instance = instance;
    this.callers = callers;
    const count = instance.globals.length;
    this.globalLo = new Int32Array(count);
    this.globalHi = new Int32Array(count);
    this.globalTag = new Uint8Array(count);
    this.globalMutable = new Uint8Array(count);
  }

  /** Makes room for slots up to `needed`. The arrays are replaced. Throws `StateTooLarge`. */
  reserve(needed: number): void {
    if (needed <= this.tag.length) return;
    if (needed > MAX_SLOTS) throw new StateTooLarge(`${needed} locals and operands`);
    const size = Math.max(needed, this.tag.length * 2);
    const lo = new Int32Array(size);
    const hi = new Int32Array(size);
    const tag = new Uint8Array(size);
    lo.set(this.lo);
    hi.set(this.hi);
    tag.set(this.tag);
    this.lo = lo;
    this.hi = hi;
    this.tag = tag;
  }

  /** The compiled block of a label; null when there is none. */
  block(label: number): CompiledBlock | null {
    const known = this.#blocks[label];
    if (known !== undefined) return known;
    const { blocks } = this.instance.allocations;
    if (label < 0 || label >= blocks.length) return null;
    const compiled = compileBlock(label, blocks.get(label), this.instance.types, this.tables);
    this.#blocks[label] = compiled;
    return compiled;
  }

  /** The function at an index; null when there is none. */
  functionAt(index: number): FastFunction | null {
    const known = this.#functionsByIndex[index];
    if (known !== undefined) return known;
    const { functions } = this.instance;
    if (index < 0 || index >= functions.length) return null;
    const described = this.describe(functions.get(index));
    this.#functionsByIndex[index] = described;
    return described;
  }

  describe(instance: FunctionInstance): FastFunction {
    const known = this.#functions.get(instance);
    if (known !== undefined) return known;
    const { params, results } = instance.type;
    const described: FastFunction = {
      instance,
      isHost: instance.tag === "Host",
      params: params.length,
      results: results.length,
      locals: instance.tag === "Host" ? [] : instance.func.locals.toArray(),
      body: instance.tag === "Host" ? 0 : instance.func.body,
      type: `${params.toArray().join()}>${results.toArray().join()}`,
    };
    this.#functions.set(instance, described);
    return described;
  }

  /** The text of a type of the module, to compare with a function's; null when there is none. */
  typeText(index: number): string | null {
    const known = this.#typeTexts[index];
    if (known !== undefined) return known;
    const { types } = this.instance;
    if (index < 0 || index >= types.length) return null;
    const { params, results } = types.get(index);
    const text = `${params.toArray().join()}>${results.toArray().join()}`;
    this.#typeTexts[index] = text;
    return text;
  }

  /** The function a table holds at an index; null when it is anything else, or nothing. */
  functionInTable(table: number, index: number): FastFunction | null {
    const { tables } = this.instance;
    if (table < 0 || table >= tables.length) return null;
    const { refs } = tables.get(table);
    if (index < 0 || index >= refs.length) return null;
    const ref = refs.get(index);
    return ref.tag === "FuncRef" ? this.describe(ref.func) : null;
  }

  // Values in slots

  /** Recently made values by their low bits: equal operands of successive exports are one object, whose tree is known. */
  readonly #i32Values = new Array<Value | undefined>(VALUE_CACHE).fill(undefined);
  readonly #i64Values = new Array<Value | undefined>(VALUE_CACHE).fill(undefined);

  private i32Value(value: number): Value {
    const slot = value & (VALUE_CACHE - 1);
    const known = this.#i32Values[slot];
    if (known !== undefined && known.tag === "num" && known.num.value === value) return known;
    const made: Value = { tag: "num", num: { type: "i32", value } };
    this.#i32Values[slot] = made;
    return made;
  }

  private i64Value(lo: number, hi: number): Value {
    const value = (BigInt(hi) << 32n) | BigInt(lo >>> 0);
    const slot = (lo ^ hi) & (VALUE_CACHE - 1);
    const known = this.#i64Values[slot];
    if (known !== undefined && known.tag === "num" && known.num.value === value) return known;
    const made: Value = { tag: "num", num: { type: "i64", value } };
    this.#i64Values[slot] = made;
    return made;
  }

  readSlot(slot: number): Value {
    return this.makeValue(
      this.tag[slot] as number,
      this.lo[slot] as number,
      this.hi[slot] as number,
      this.objects[slot],
    );
  }

  makeValue(tag: number, lo: number, hi: number, object: Uint8Array | Ref | undefined): Value {
    if (tag === TAG.I32) return this.i32Value(lo);
    if (tag === TAG.I64) return this.i64Value(lo, hi);
    if (tag === TAG.F32) return { tag: "num", num: { type: "f32", value: lo } };
    if (tag === TAG.F64) return { tag: "num", num: { type: "f64", value: (BigInt(hi) << 32n) | BigInt(lo >>> 0) } };
    if (tag === TAG.V128) return { tag: "vec", bytes: object as Uint8Array };
    if (tag === TAG.REF) return { tag: "ref", ref: object as Ref };
    throw new Error(`slot of kind ${tag}`);
  }

  /** Puts a value into a slot. Floats, which only the `full` level has, are only moved about here. */
  writeSlot(slot: number, value: Value): void {
    if (value.tag !== "num") {
      this.tag[slot] = value.tag === "vec" ? TAG.V128 : TAG.REF;
      this.objects[slot] = value.tag === "vec" ? value.bytes : value.ref;
      return;
    }
    const { num } = value;
    if (num.type === "i32" || num.type === "f32") {
      this.tag[slot] = num.type === "i32" ? TAG.I32 : TAG.F32;
      this.lo[slot] = num.value;
      this.hi[slot] = 0;
    } else {
      this.tag[slot] = num.type === "i64" ? TAG.I64 : TAG.F64;
      this.lo[slot] = Number(BigInt.asIntN(32, num.value));
      this.hi[slot] = Number(num.value >> 32n);
    }
  }

  /** Takes tags away from slots. */
  clear(from: number, to: number): void {
    for (let slot = from; slot < to; slot++) this.tag[slot] = TAG.NONE;
  }

  get topFrame(): FastFrame {
    return this.frames[this.frames.length - 1] as FastFrame; // there is always one
  }

  get topLabel(): FastLabel {
    return this.labels[this.labels.length - 1] as FastLabel; // there is always one
  }
}

/** The configuration as the tick machine has it. */
export interface TypedState {
  readonly config: Config;
  readonly registry: Registry;
}
