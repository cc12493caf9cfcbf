/** Where a run stops: what breakpoints are, and finding the first of them that is met. */
import type { Machine } from "../pvm/machine.js";
import type { StepPattern } from "../pvm/step-pattern.js";
import type { FunctionInstance, Value } from "../wasm/runtime.js";
import type { CallListener, HostCall, MemoryRange } from "./call-watch.js";
import { importName, keyAccesses, numberOf } from "./durable-access.js";

export type BreakpointKind =
  /** `bodies`: labels of the bodies of the functions meant. */
  | { readonly tag: "function"; readonly name: string; readonly bodies: ReadonlySet<number> }
  | { readonly tag: "host"; readonly stateName: string }
  | {
      readonly tag: "key";
      readonly key: string;
      readonly isPrefix: boolean;
      readonly mode: "read" | "write" | "access";
    }
  | { readonly tag: "memory"; readonly range: MemoryRange }
  | { readonly tag: "tick"; readonly text: string; readonly pattern: StepPattern }
  | { readonly tag: "trap" }
  | { readonly tag: "phase"; readonly phase: string };

/** `arg0 == 5 && arg1 > 0x10`: all of them must hold. */
export interface Condition {
  readonly argument: number;
  readonly operator: "==" | "!=" | "<" | "<=" | ">" | ">=";
  readonly value: bigint;
}

export interface Breakpoint {
  readonly id: number;
  readonly kind: BreakpointKind;
  readonly conditions: readonly Condition[];
  readonly isEnabled: boolean;
}

export interface BreakpointHit {
  readonly breakpoint: Breakpoint;
  readonly tick: bigint;
  /** What was met, for people. */
  readonly what: string;
}

const CONDITION = /^(?:arg|\$)([0-9]{1,2})\s*(==|!=|<=|>=|<|>)\s*(-?(?:0x[0-9a-fA-F]+|[0-9]+))$/;

/** Null when the text is no condition. */
export function parseConditions(text: string): Condition[] | null {
  const conditions: Condition[] = [];
  for (const part of text.split("&&")) {
    const match = CONDITION.exec(part.trim());
    if (match === null) return null;
    const [, argument = "0", operator = "==", digits = "0"] = match;
    const value = digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
    conditions.push({ argument: Number(argument), operator: operator as Condition["operator"], value });
  }
  return conditions;
}

export function describeBreakpoint({ kind, conditions }: Breakpoint): string {
  const when = conditions.map(({ argument, operator, value }) => `arg${argument} ${operator} ${value}`).join(" && ");
  return when === "" ? describeKind(kind) : `${describeKind(kind)} if ${when}`;
}

function describeKind(kind: BreakpointKind): string {
  switch (kind.tag) {
    case "function":
      return `function ${kind.name}`;
    case "host":
      return `host function ${importName(kind.stateName)}`;
    case "key":
      return `${kind.mode} of key ${kind.key}${kind.isPrefix ? (kind.key === "/" ? "…" : "/…") : ""}`;
    case "memory":
      return `change of ${kind.range.length} bytes of memory at ${kind.range.address}`;
    case "tick":
      return `tick ${kind.text}`;
    case "trap":
      return "trap";
    case "phase":
      return `phase ${kind.phase}`;
  }
}

export function memoryRanges(breakpoints: readonly Breakpoint[]): MemoryRange[] {
  return breakpoints.flatMap(({ kind, isEnabled }) => (isEnabled && kind.tag === "memory" ? [kind.range] : []));
}

function holds({ argument, operator, value }: Condition, args: readonly Value[]): boolean {
  const actual = numberOf(args[argument]);
  if (actual === null) return false;
  switch (operator) {
    case "==":
      return actual === value;
    case "!=":
      return actual !== value;
    case "<":
      return actual < value;
    case "<=":
      return actual <= value;
    case ">":
      return actual > value;
    case ">=":
      return actual >= value;
  }
}

/** Collects what meets breakpoints after a tick. */
export class Hits implements CallListener {
  readonly #breakpoints: readonly Breakpoint[];
  readonly #after: bigint;
  #hits: BreakpointHit[] = [];
  #phase: string | null = null;

  constructor(breakpoints: readonly Breakpoint[], after: bigint) {
    this.#breakpoints = breakpoints.filter(({ isEnabled }) => isEnabled);
    this.#after = after;
  }

  begin(tick: bigint, callee: FunctionInstance, args: readonly Value[]): void {
    if (callee.tag !== "Native") return;
    const { body } = callee.func;
    this.each("function", (breakpoint, kind) => {
      if (kind.bodies.has(body)) this.hit(breakpoint, tick, `function ${kind.name}`, args);
    });
  }

  hostCall({ tick, name, args, memory }: HostCall): void {
    this.each("host", (breakpoint, { stateName }) => {
      if (stateName === name) this.hit(breakpoint, tick, `host function ${importName(name)}`, args);
    });
    this.each("key", (breakpoint, kind) => {
      for (const access of keyAccesses(name, args, memory)) {
        const isMode = kind.mode === "access" || kind.mode === access.mode;
        if (!isMode || !meets(kind, access.key, access.isTree)) continue;
        this.hit(
          breakpoint,
          tick,
          `${importName(name)} ${access.mode === "read" ? "reads" : "writes"} ${access.key}`,
          args,
        );
        break;
      }
    });
  }

  trap(tick: bigint, message: string): void {
    this.each("trap", (breakpoint) => this.hit(breakpoint, tick, `trap: ${message}`, []));
  }

  memoryChange(tick: bigint, range: MemoryRange): void {
    this.each("memory", (breakpoint, kind) => {
      if (kind.range === range) this.hit(breakpoint, tick, `memory at ${range.address} changed`, []);
    });
  }

  /** Looks at a state between two stretches; `isPhaseStart` tells of the first one looked at whether a phase begins there. */
  lookAt(machine: Machine, isPhaseStart = false): void {
    const state = machine.tickState;
    const kont = state.tag === "eval" ? state.config.stepKont : null;
    const tick = machine.currentTick;
    if (kont?.tag === "SK_Trapped") this.trap(tick, kont.message);
    const phase = kont?.tag === "SK_Trapped" || kont?.tag === "SK_Result" ? "result" : state.tag;
    if (this.#phase === null ? isPhaseStart : phase !== this.#phase) {
      if (phase === "stuck") this.each("trap", (breakpoint) => this.hit(breakpoint, tick, "the machine is stuck", []));
      this.each("phase", (breakpoint, kind) => {
        if (kind.phase === phase) this.hit(breakpoint, tick, `phase ${phase}`, []);
      });
    }
    this.#phase = phase;
  }

  /** The first tick after `from` that a pattern names; in padding only those of `=N`. */
  nextTick(from: bigint, isPadding: boolean): BreakpointHit | null {
    let next: BreakpointHit | null = null;
    this.each("tick", (breakpoint, { pattern }) => {
      for (const tick of [pattern.nextExact(from + 1n), isPadding ? null : pattern.nextPeriodic(from + 1n)]) {
        if (tick !== null && (next === null || tick < next.tick)) next = { breakpoint, tick, what: `tick ${tick}` };
      }
    });
    return next;
  }

  /** The last ticks in [from, end) that patterns name. */
  lastTicks(from: bigint, end: bigint, isPadding: boolean): BreakpointHit[] {
    const found: BreakpointHit[] = [];
    this.each("tick", (breakpoint, { pattern }) => {
      const periodic = isPadding ? [] : pattern.periods.map((period) => ((end - 1n) / period) * period);
      for (const tick of [...pattern.exact, ...periodic]) {
        if (tick >= from && tick < end) found.push({ breakpoint, tick, what: `tick ${tick}` });
      }
    });
    return found;
  }

  /** The earliest hit so far; of several at a tick, that of the oldest breakpoint. */
  first(): BreakpointHit | null {
    let first: BreakpointHit | null = null;
    for (const hit of this.#hits) {
      const isEarlier =
        first === null || hit.tick < first.tick || (hit.tick === first.tick && hit.breakpoint.id < first.breakpoint.id);
      if (isEarlier) first = hit;
    }
    return first;
  }

  /** The hits so far, which are forgotten. */
  take(): BreakpointHit[] {
    const taken = this.#hits;
    this.#hits = [];
    return taken;
  }

  private hit(breakpoint: Breakpoint, tick: bigint, what: string, args: readonly Value[]): void {
    if (tick <= this.#after || !breakpoint.conditions.every((condition) => holds(condition, args))) return;
    this.#hits.push({ breakpoint, tick, what });
  }

  private each<T extends BreakpointKind["tag"]>(
    tag: T,
    action: (breakpoint: Breakpoint, kind: Extract<BreakpointKind, { readonly tag: T }>) => void,
  ): void {
    for (const breakpoint of this.#breakpoints) {
      if (breakpoint.kind.tag === tag)
        action(breakpoint, breakpoint.kind as Extract<BreakpointKind, { readonly tag: T }>);
    }
  }
}

function meets(kind: { readonly key: string; readonly isPrefix: boolean }, key: string, isTree: boolean): boolean {
  if (key === kind.key) return true;
  if (kind.isPrefix && (kind.key === "/" || key.startsWith(`${kind.key}/`))) return true;
  return isTree && kind.key.startsWith(`${key}/`);
}
