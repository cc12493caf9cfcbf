/**
 * Runs evaluations and tells of every call, return, host call and trap with its exact tick. Whole instructions run on the fast evaluator,
 * which reports its calls; where the tick machine has to step, each state is looked at before its tick, as Octez's profiler does
 * (debugger.md §9). What is told of a run from tick a to tick b does not depend on how it was cut into pieces.
 */
import type { Machine } from "../pvm/machine.js";
import type { Config, Label } from "../wasm/eval/config.js";
import type { CallWatcher, FastEvaluator } from "../wasm/fast-eval/engine.js";
import { exportState } from "../wasm/fast-eval/export.js";
import { boundary, importConfig } from "../wasm/fast-eval/import.js";
import { runLoop } from "../wasm/fast-eval/loop.js";
import { skipTicks } from "../wasm/fast-eval/skip.js";
import type { HostOutcome } from "../wasm/host.js";
import type { FunctionInstance, Memory, ModuleInstance, Registry, Value } from "../wasm/runtime.js";

/** A host call about to run at `tick`. */
export interface HostCall {
  readonly tick: bigint;
  /** The host function's name in states. */
  readonly name: string;
  readonly args: readonly Value[];
  /** The memory of the caller before the call. */
  readonly memory: Memory | null;
  /** Null for a reveal, which is answered later, and for a call that fails. */
  readonly result: Value | null;
  /** Ticks the call goes on for after the one that runs it; null for reveals and failures. */
  readonly ticks: number | null;
}

/** A range of the kernel's memory whose changes are told. */
export interface MemoryRange {
  readonly address: number;
  readonly length: number;
}

/** Who is told. Ticks are those of states. */
export interface CallListener {
  /** A call's instruction is in front; `callee` is null for an indirect call that cannot be made. */
  enter?(tick: bigint, callee: FunctionInstance | null): void;
  /** A function of the module has its frame: its first state. */
  begin?(tick: bigint, callee: FunctionInstance, args: readonly Value[]): void;
  /** A call has its results, or a trap. */
  leave?(tick: bigint): void;
  hostCall?(call: HostCall): void;
  /** The evaluation is over with a trap. */
  trap?(tick: bigint, message: string): void;
  /** The bytes of a watched range differ from those of the state before (to the instruction, at the tick they do). */
  memoryChange?(tick: bigint, range: MemoryRange): void;
}

/** The kernel's module, the only one there is. */
const MODULE = "main";
/** Ticks from a call's instruction in front to the host function about to run. */
const INSTRUCTION_TO_HOST_CALL = 4n;
/** Plain instructions take 6 ticks, and none takes less: with this budget at most one runs. */
const ONE_INSTRUCTION = 11;

export class CallWatch implements CallWatcher {
  readonly #listener: CallListener;
  readonly #ranges: readonly MemoryRange[];
  #seen: (Uint8Array | null)[];
  #engine: FastEvaluator | null = null;
  #given: { readonly config: Config; readonly registry: Registry } | null = null;
  /** The tick at which the budget of the running loop ends. */
  #end = 0n;

  constructor(listener: CallListener, ranges: readonly MemoryRange[] = []) {
    this.#listener = listener;
    this.#ranges = ranges;
    this.#seen = ranges.map(() => null);
  }

  /** Does at most `budget` ticks of an evaluation; stops where the machine waits or the evaluation ends. Gives the ticks done. */
  run(machine: Machine, budget: number): number {
    let done = 0;
    this.lookAtMemory(machine, false);
    while (done < budget) {
      const { tickState } = machine;
      if (tickState.tag !== "eval" || machine.inputRequest().tag !== "none") break;
      const { tag } = tickState.config.stepKont;
      if (done > 0 && (tag === "SK_Result" || tag === "SK_Trapped")) break;
      const fast = this.fast(machine, budget - done);
      done += fast > 0 ? fast : this.tickByTick(machine, budget - done);
    }
    return done;
  }

  private fast(machine: Machine, budget: number): number {
    const state = machine.tickState;
    if (state.tag !== "eval") return 0;
    const toSnapshot = machine.ticksToSnapshot();
    const most = toSnapshot < BigInt(budget) ? Number(toSnapshot) : budget;
    if (most < 1) return 0;
    const engine = this.resume(machine, state.config, state.registry);
    if (engine === null) return 0;
    const start = machine.currentTick;
    const done = this.#ranges.length === 0 ? this.loop(engine, start, most) : this.byInstruction(engine, start, most);
    if (done === 0) {
      this.#given = null;
      return 0;
    }
    const { config, registry } = exportState(engine);
    machine.tickState = { tag: "eval", config, registry };
    machine.currentTick = start + BigInt(done);
    this.#given = { config, registry };
    return done;
  }

  private resume(machine: Machine, config: Config, registry: Registry): FastEvaluator | null {
    const given = this.#given;
    if (this.#engine !== null && given !== null && given.config === config && given.registry === registry) {
      return this.#engine;
    }
    const engine = importConfig(config, registry, machine.host(), this.#engine);
    if (engine !== null) {
      engine.watcher = this;
      this.#engine = engine;
    }
    return engine;
  }

  private loop(engine: FastEvaluator, start: bigint, budget: number): number {
    this.#end = start + BigInt(budget);
    return budget - runLoop(engine, budget);
  }

  /** One instruction at a time, looking at the watched memory after each. */
  private byInstruction(engine: FastEvaluator, start: bigint, budget: number): number {
    let done = 0;
    let step = ONE_INSTRUCTION;
    while (done < budget) {
      const most = Math.min(step, budget - done);
      const ticks = this.loop(engine, start + BigInt(done), most);
      if (ticks > 0) {
        done += ticks;
        step = ONE_INSTRUCTION;
        const { memory } = engine;
        if (memory !== null)
          this.compare((at, length) => flatBytes(memory.view, at, length), start + BigInt(done), true);
      } else if (engine.stop === "micro" || most === budget - done) break;
      else step *= 2;
    }
    return done;
  }

  private tickByTick(machine: Machine, budget: number): number {
    let done = 0;
    this.#given = null;
    while (done < budget) {
      const { tickState } = machine;
      if (tickState.tag !== "eval" || machine.inputRequest().tag !== "none") break;
      const tick = machine.currentTick;
      const { config, registry } = tickState;
      const { tag } = config.stepKont;
      if (done > 0 && (tag === "SK_Result" || tag === "SK_Trapped")) break;
      const call = this.look(config, registry, tick);
      const toSnapshot = machine.ticksToSnapshot();
      const most = Number(toSnapshot < BigInt(budget - done) ? toSnapshot : BigInt(budget - done));
      const skipped = most > 1 ? skipTicks(config, registry, most) : null;
      if (skipped !== null && skipped.ticks > 0) {
        machine.tickState = { tag: "eval", config: skipped.config, registry: skipped.registry };
        machine.currentTick += BigInt(skipped.ticks);
        done += skipped.ticks;
      } else {
        machine.computeStep();
        done++;
      }
      if (call !== null) this.#listener.hostCall?.({ ...call, ...outcomeIn(machine) });
      if (this.#ranges.length > 0 && machine.tickState.tag === "eval" && machine.tickState.registry !== registry) {
        this.lookAtMemory(machine, true);
      }
      if (machine.tickState.tag === "eval" && boundary(machine.tickState.config) !== null) break;
    }
    return done;
  }

  /** Tells of what a state shows before its tick; gives the host call that the tick runs. */
  private look(config: Config, registry: Registry, tick: bigint): Omit<HostCall, "result" | "ticks"> | null {
    const kont = config.stepKont;
    if (kont.tag === "SK_Start" && kont.top.labels.tag !== "Label_stack") this.#listener.leave?.(tick);
    else if (kont.tag === "SK_Trapped") this.#listener.trap?.(tick, kont.message);
    if (kont.tag !== "SK_Next") return null;
    const step = kont.kont;
    const instance = registry.get(kont.top.frame.module);
    if (step.tag === "LS_Start") {
      const callee = calleeInFront(step.labels.top, instance);
      if (callee !== undefined) this.#listener.enter?.(tick, callee);
    } else if (step.tag === "LS_Push_frame") {
      const callee = functionOfBody(instance, step.freshFrame.labels.top);
      if (callee !== null) {
        const args = step.freshFrame.frame.locals.toArray().slice(0, callee.type.params.length);
        this.#listener.begin?.(tick + 1n, callee, args);
      }
    } else if (step.tag === "LS_Craft_frame") {
      const { invoke } = step;
      if (invoke.tag === "Inv_stop" && invoke.freshFrame === null && invoke.remainingTicks === 0)
        this.#listener.leave?.(tick);
      if (invoke.tag === "Inv_start" && invoke.func.tag === "Host") {
        const count = invoke.func.type.params.length;
        const args = Array.from({ length: Math.min(count, invoke.values.length) }, (_, i) =>
          invoke.values.get(i),
        ).reverse();
        return {
          tick,
          name: invoke.func.name,
          args,
          memory: instance.memories.length > 0 ? instance.memories.get(0) : null,
        };
      }
    }
    return null;
  }

  private lookAtMemory(machine: Machine, tells: boolean): void {
    const state = machine.tickState;
    if (this.#ranges.length === 0 || state.tag !== "eval") return;
    const { memories } = state.registry.get(MODULE);
    if (memories.length === 0) return;
    const { chunks } = memories.get(0);
    const read = (at: number, length: number) => (at + length <= chunks.length ? chunks.bytes(at, length) : null);
    this.compare(read, machine.currentTick, tells);
  }

  private compare(read: (at: number, length: number) => Uint8Array | null, tick: bigint, tells: boolean): void {
    for (const [index, range] of this.#ranges.entries()) {
      const now = read(range.address, range.length);
      const before = this.#seen[index];
      if (now !== null && before != null && Buffer.compare(now, before) === 0) continue;
      this.#seen[index] = now === null ? null : now.slice();
      if (tells && now !== null) this.#listener.memoryChange?.(tick, range);
    }
  }

  // What the fast evaluator tells

  enter(callee: FunctionInstance, left: number, leftBegun: number): void {
    this.#listener.enter?.(this.#end - BigInt(left), callee);
    if (this.#listener.begin === undefined || this.#engine === null) return;
    const engine = this.#engine;
    const { sp } = engine.topLabel;
    const count = callee.type.params.length;
    const args = Array.from({ length: count }, (_, index) => engine.readSlot(sp - count + index));
    this.#listener.begin(this.#end - BigInt(leftBegun), callee, args);
  }

  leave(left: number): void {
    this.#listener.leave?.(this.#end - BigInt(left));
  }

  hostCall(
    callee: FunctionInstance,
    args: readonly Value[],
    memory: Memory | null,
    outcome: HostOutcome,
    left: number,
  ): void {
    if (outcome.tag !== "results" || callee.tag !== "Host") return;
    const tick = this.#end - BigInt(left);
    const { results, ticks } = outcome;
    this.#listener.enter?.(tick - INSTRUCTION_TO_HOST_CALL, callee);
    this.#listener.hostCall?.({ tick, name: callee.name, args, memory, result: results[0] ?? null, ticks });
    this.#listener.leave?.(tick + 1n + BigInt(ticks));
  }
}

function flatBytes(view: DataView, at: number, length: number): Uint8Array | null {
  return at + length <= view.byteLength ? new Uint8Array(view.buffer, view.byteOffset + at, length) : null;
}

/** What a call that was just run has come to. */
function outcomeIn(machine: Machine): Pick<HostCall, "result" | "ticks"> {
  const state = machine.tickState;
  if (state.tag !== "eval" || state.config.stepKont.tag !== "SK_Next") return { result: null, ticks: null };
  const step = state.config.stepKont.kont;
  if (step.tag !== "LS_Craft_frame" || step.invoke.tag !== "Inv_stop") return { result: null, ticks: null };
  const { values, remainingTicks } = step.invoke;
  return { result: values.length > 0 ? values.get(0) : null, ticks: remainingTicks };
}

/** The function that a label is about to call: null when there is none to call, undefined when it calls nothing. */
export function calleeInFront(label: Label, instance: ModuleInstance): FunctionInstance | null | undefined {
  if (label.code.length === 0) return undefined;
  const front = label.code.get(0);
  if (front.tag !== "Plain") return undefined;
  const { instruction } = front;
  if (instruction.tag === "Call") {
    const { functions } = instance;
    return instruction.index >= 0 && instruction.index < functions.length ? functions.get(instruction.index) : null;
  }
  if (instruction.tag !== "CallIndirect") return undefined;
  const operand = label.values.length > 0 ? label.values.get(0) : null;
  if (operand === null || operand.tag !== "num" || operand.num.type !== "i32") return null;
  const { tables } = instance;
  if (instruction.table < 0 || instruction.table >= tables.length) return null;
  const { refs } = tables.get(instruction.table);
  if (operand.num.value < 0 || operand.num.value >= refs.length) return null;
  const ref = refs.get(operand.num.value);
  return ref.tag === "FuncRef" ? ref.func : null;
}

const byBody = new WeakMap<object, Map<number, FunctionInstance>>();

/** The function whose body a label's code begins. */
function functionOfBody(instance: ModuleInstance, label: Label): FunctionInstance | null {
  let known = byBody.get(instance.functions);
  if (known === undefined) {
    known = new Map();
    for (const func of instance.functions.toArray()) if (func.tag === "Native") known.set(func.func.body, func);
    byBody.set(instance.functions, known);
  }
  const front = label.code.length > 0 ? label.code.get(0) : null;
  return front?.tag === "From_block" ? (known.get(front.block) ?? null) : null;
}
