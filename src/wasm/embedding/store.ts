/**
 * Several modules in one store, as the WebAssembly specification has it: instances share memories, tables, globals and functions. The
 * machine underneath is the same, tick by tick, at the language level `full`.
 *
 * The machine's instances are values: each holds its own memories, tables and globals. Here each of these is also a cell that knows which
 * instances hold it; when a tick has changed one, the others are given the new value before the next tick. Externals exist as long as the
 * store.
 */
import { LazyMap } from "../../merkle/lazy-map.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import { type Config, startConfig } from "../eval/config.js";
import { evalStep } from "../eval/machine.js";
import { EvalSession } from "../fast-eval/many.js";
import { GuestError } from "../guest-errors.js";
import type { Host } from "../host.js";
import { type InitRules, initialInit, initStep, isInitialised } from "../init/machine.js";
import type { InitState } from "../init/state.js";
import {
  type Extern,
  type FunctionInstance,
  type Global,
  type Memory,
  type ModuleInstance,
  type Registry,
  type Table,
  typeOf,
  type Value,
} from "../runtime.js";
import type { ExternKind, Module } from "../syntax.js";

/** What a cell holds, by kind. */
interface Contents {
  readonly Table: Table;
  readonly Memory: Memory;
  readonly Global: Global;
}

type CellKind = keyof Contents;

/** An instance that holds a cell, and under which index. */
interface Holder {
  readonly module: string;
  readonly index: number;
}

export class Cell<K extends CellKind> {
  value: Contents[K];
  /** @internal */
  readonly holders: Holder[] = [];

  constructor(value: Contents[K]) {
    this.value = value;
  }
}

/** What a module imports and exports. */
export type External =
  | { readonly kind: "Func"; readonly func: FunctionInstance }
  | { readonly kind: "Table"; readonly cell: Cell<"Table"> }
  | { readonly kind: "Memory"; readonly cell: Cell<"Memory"> }
  | { readonly kind: "Global"; readonly cell: Cell<"Global"> };

export interface Instance {
  /** Key of the instance in the registry. */
  readonly key: string;
  readonly exports: ReadonlyMap<string, External>;
}

/** The cells of an instance by index, and the instance as they were last seen to agree with it. */
interface Held {
  readonly Table: readonly Cell<"Table">[];
  readonly Memory: readonly Cell<"Memory">[];
  readonly Global: readonly Cell<"Global">[];
  instance: ModuleInstance;
}

const VECTORS = { Table: "tables", Memory: "memories", Global: "globals" } as const;
const KINDS: readonly CellKind[] = ["Table", "Memory", "Global"];

/** Code that ended in a trap. */
export class Trap extends Error {
  readonly code = "wasm.trap";
  constructor(message: string) {
    super(message);
    this.name = "Trap";
  }
}

/** An instantiation or a call that is not over after the ticks it was given. The store must not be used any more. */
export class TickLimit extends Error {
  readonly code = "wasm.tick_limit";
  constructor(ticks: number) {
    super(`not over after ${ticks} ticks`);
    this.name = "TickLimit";
  }
}

/** Arguments of another number or of other types than a function's parameters. */
export class ArgumentError extends Error {
  readonly code = "wasm.arguments";
  constructor(expected: string, actual: string) {
    super(`arguments: expected [${expected}], found [${actual}]`);
    this.name = "ArgumentError";
  }
}

function externOf(external: External): Extern {
  switch (external.kind) {
    case "Func":
      return { tag: "ExternFunc", func: external.func };
    case "Table":
      return { tag: "ExternTable", table: external.cell.value };
    case "Memory":
      return { tag: "ExternMemory", memory: external.cell.value };
    case "Global":
      return { tag: "ExternGlobal", global: external.cell.value };
  }
}

/** Traps that the evaluator raises as errors instead of making them its result. */
const RAISED_TRAP = /^(undefined|uninitialized) element /;

function asTrap(error: unknown): unknown {
  return error instanceof GuestError && RAISED_TRAP.test(error.message) ? new Trap(error.message) : error;
}

/** The module whose code the next tick executes: the only one whose instance it can change. */
function activeModule({ stepKont }: Config): string | null {
  return stepKont.tag === "SK_Result" || stepKont.tag === "SK_Trapped" ? null : stepKont.top.frame.module;
}

/** What executes calls: single ticks, or the fast evaluator, for a store of one module that shares nothing. */
export type Engine = "ticks" | "fast";

export class Store {
  readonly #host: Host;
  readonly #rules: InitRules;
  readonly #engine: Engine;
  readonly #maxTicks: number;
  readonly #session = new EvalSession("full");
  readonly #held = new Map<string, Held>();
  #registry: Registry = LazyMap.empty();
  #made = 0;

  /** `stackLimit`: calls nested this deep exhaust the stack. `maxTicks`: of an instantiation, and of a call. */
  constructor(host: Host, stackLimit: number, engine: Engine = "ticks", maxTicks = Number.MAX_SAFE_INTEGER) {
    this.#host = host;
    this.#engine = engine;
    this.#maxTicks = maxTicks;
    this.#rules = { level: "full", stackLimit, functionExportsOnly: false, memoryExportRequired: false };
  }

  /**
   * Instantiates a module that decodes and is valid; `imports` in the order of its imports. Throws `GuestError` for imports of the wrong
   * type, a segment out of bounds or a trap of the start function; what was written before that stays written. Throws `TickLimit`.
   */
  instantiate(module: Module, imports: readonly External[]): Instance {
    if (this.#engine === "fast" && this.#made > 0) throw new Error("the fast evaluator runs one module only");
    const key = this.#engine === "fast" ? "main" : `module ${this.#made}`;
    this.#made++;
    let state = initialInit(module, LazyVector.of(imports.map(externOf)), key, this.#registry);
    for (let ticks = 0; !isInitialised(state); ticks++) {
      if (ticks >= this.#maxTicks) throw new TickLimit(ticks);
      state = this.initTick(state, imports);
    }
    this.#registry = state.registry;
    return { key, exports: this.exportsOf(key, module) };
  }

  private initTick(state: InitState, imports: readonly External[]): InitState {
    const running = state.kont.tag === "IK_Eval" ? activeModule(state.kont.config) : null;
    const next = initStep(state, this.#host, this.#rules);
    const isComplete = next.kont.tag === "IK_Es_elem" && !this.#held.has(next.self);
    if (isComplete) this.hold(next.self, next.registry.get(next.self), imports);
    if (running === null || next.registry === state.registry) {
      if (isComplete) this.#registry = next.registry;
      return next;
    }
    this.#registry = this.spread(running, next.registry);
    return { ...next, registry: this.#registry };
  }

  /** Makes cells for a new instance: the imported ones first, in each index space. */
  private hold(key: string, instance: ModuleInstance, imports: readonly External[]): void {
    const cells = <K extends CellKind>(kind: K, values: LazyVector<Contents[K]>): Cell<K>[] => {
      const held = imports.flatMap((external) => (external.kind === kind ? [external.cell as unknown as Cell<K>] : []));
      for (let index = held.length; index < values.length; index++) held.push(new Cell<K>(values.get(index)));
      held.forEach((cell, index) => {
        cell.holders.push({ module: key, index });
      });
      return held;
    };
    const { tables, memories, globals } = instance;
    this.#held.set(key, {
      Table: cells("Table", tables),
      Memory: cells("Memory", memories),
      Global: cells("Global", globals),
      instance,
    });
  }

  /** The registry with what has changed in an instance given to all that hold it too: by one tick, so one thing at most. */
  private spread(key: string, registry: Registry): Registry {
    const held = this.#held.get(key);
    const instance = registry.get(key);
    if (held === undefined || held.instance === instance) return registry;
    const before = held.instance;
    held.instance = instance;
    for (const kind of KINDS) {
      const values = instance[VECTORS[kind]];
      if (values === before[VECTORS[kind]]) continue;
      const index = held[kind].findIndex((cell, at) => cell.value !== values.get(at));
      const cell: Cell<CellKind> | undefined = held[kind][index];
      if (cell === undefined) continue;
      const value = values.get(index);
      cell.value = value;
      return cell.holders.reduce((spread, holder) => {
        const isItself = holder.module === key && holder.index === index;
        return isItself ? spread : this.give(spread, kind, holder, value);
      }, registry);
    }
    return registry;
  }

  /** Gives the cells what their only holder has made of them. */
  private refresh(key: string): void {
    const held = this.#held.get(key);
    const instance = this.#registry.get(key);
    if (held === undefined || held.instance === instance) return;
    held.instance = instance;
    for (const kind of KINDS) {
      held[kind].forEach((cell: Cell<CellKind>, index) => {
        cell.value = instance[VECTORS[kind]].get(index);
      });
    }
  }

  private give<K extends CellKind>(
    registry: Registry,
    kind: K,
    { module, index }: Holder,
    value: Contents[K],
  ): Registry {
    const instance = registry.get(module);
    const vector = instance[VECTORS[kind]] as unknown as LazyVector<Contents[K]>;
    const given: ModuleInstance = { ...instance, [VECTORS[kind]]: vector.set(index, value) };
    const held = this.#held.get(module);
    if (held !== undefined) held.instance = given;
    return registry.set(module, given);
  }

  private exportsOf(key: string, module: Module): ReadonlyMap<string, External> {
    const held = this.#held.get(key);
    const { functions } = this.#registry.get(key);
    if (held === undefined) throw new Error(`${key} holds nothing`);
    const external = (kind: ExternKind, index: number): External => {
      if (kind === "Func") return { kind, func: functions.get(index) };
      const cell = held[kind][index];
      if (cell === undefined) throw new Error(`no ${kind} ${index}`);
      return { kind, cell } as External; // the cell is of this kind
    };
    return new Map(module.exports.toArray().map(({ name, kind, index }) => [name, external(kind, index)]));
  }

  /**
   * Calls a function that an instance exports. Throws `Trap`, `ArgumentError`, `TickLimit`, and `GuestError` when calls are
   * nested too deep.
   */
  invoke({ key }: Instance, func: FunctionInstance, args: readonly Value[]): Value[] {
    const expected = func.type.params.toArray().join(" ");
    const actual = args.map(typeOf).join(" ");
    if (expected !== actual) throw new ArgumentError(expected, actual);
    const operands = LazyVector.of([...args].reverse());
    const { stackLimit } = this.#rules;
    const config = startConfig(key, [{ tag: "Invoke", func }], stackLimit, operands, func.type.results.length);
    const { stepKont } = this.#engine === "fast" ? this.runFast(config) : this.runTicks(config);
    if (stepKont.tag === "SK_Trapped") throw new Trap(stepKont.message);
    if (stepKont.tag !== "SK_Result") throw new Error(`ended as ${stepKont.tag}`);
    return stepKont.values.toArray().reverse();
  }

  private runTicks(start: Config): Config {
    let config = start;
    let ticks = 0;
    for (let module = activeModule(config); module !== null; module = activeModule(config)) {
      if (ticks++ >= this.#maxTicks) throw new TickLimit(this.#maxTicks);
      config = this.tick(config, module);
    }
    return config;
  }

  private tick(config: Config, module: string): Config {
    try {
      const next = evalStep(config, this.#registry, this.#host, { init: false, level: this.#rules.level });
      if (next.registry !== this.#registry) this.#registry = this.spread(module, next.registry);
      return next.config;
    } catch (error) {
      throw asTrap(error);
    }
  }

  /** The fast evaluator stops before a tick that fails. */
  private runFast(start: Config): Config {
    let config = start;
    let left = this.#maxTicks;
    for (let module = activeModule(config); module !== null; module = activeModule(config)) {
      if (left <= 0) throw new TickLimit(this.#maxTicks);
      const next = this.#session.run({ config, registry: this.#registry }, this.#host, left);
      left -= Math.max(next.ticks, 1);
      this.#registry = next.registry;
      this.refresh(module);
      config = next.ticks === 0 ? this.tick(config, module) : next.config;
    }
    return config;
  }
}
