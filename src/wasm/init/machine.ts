/**
 * Initialisation of a linked module, one tick at a time: pvm.md §3.2. The order of the reads and of the vector operations is the
 * reference's, because both show in hashes and proofs. Many ticks at once: many.ts.
 */
import { LazyMap } from "../../merkle/lazy-map.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import { guarded } from "../eval/guest.js";
import {
  concatIsDone,
  foldLeftIsDone,
  foldRight2IsDone,
  mapIsDone,
  startConcat,
  startFoldLeft,
  startFoldRight2,
  startMap,
  startTickMap,
  stepConcat,
  stepFoldLeft,
  stepFoldRight2,
  stepMap,
  stepTickMap,
  type TickMapKont,
  tickMapIsDone,
} from "../eval/konts.js";
import { evalStep } from "../eval/machine.js";
import { allocateMemory } from "../eval/memory.js";
import type { Phase } from "../eval/tick.js";
import { GuestError } from "../guest-errors.js";
import type { Host } from "../host.js";
import type { Extern, FunctionInstance, ModuleInstance, Ref, Registry } from "../runtime.js";
import type { Export, Import } from "../syntax.js";
import { codeConfig, startConstant, stepConstant } from "./constant.js";
import { checkImport } from "./import-types.js";
import { deadState, missingMemoryExport, notAReference } from "./init-errors.js";
import { createExport, createFunction, createGlobal, createTable, emptyInstance, exportKey } from "./instances.js";
import { joined, mapConcatenated, startJoin, startMapConcat, stepJoin, stepMapConcat } from "./join.js";
import { dataCode, elemCode, startCode } from "./segments.js";
import type { ConstantKont, Either, ElemKont, ExportsSoFar, GlobalKont, InitKont, InitState } from "./state.js";

export { initialInit } from "./state.js";

/** How a module is initialised. */
export interface InitRules extends Pick<Phase, "level"> {
  /** Limit on nested calls, written into the configurations that are made. */
  readonly stackLimit: number;
  /** Keep only the functions among the exports (default), or all. */
  readonly functionExportsOnly?: boolean;
  /** Memory 0 must be exported (default), or need not be. */
  readonly memoryExportRequired?: boolean;
}

/** The continuation with a tag. */
type Kont<K extends InitKont["tag"]> = Extract<InitKont, { readonly tag: K }>;

function finished<A, B>(part: Either<A, B>): { readonly value: B } | null {
  return part.tag === "Right" ? part : null;
}

/** One tick of a section whose parts are made from their definition alone: taken up, made, stored. */
function stepSection<A, B>(
  kont: TickMapKont<Either<A, B>, A, B>,
  create: (definition: A) => B,
): TickMapKont<Either<A, B>, A, B> {
  return stepTickMap<Either<A, B>, A, B>(
    kont,
    (value) => ({ tag: "Left", value }),
    finished,
    (part) => {
      if (part.tag === "Right") throw deadState("Section_step");
      return { tag: "Right", value: create(part.value) };
    },
  );
}

function finishedRef(kont: ConstantKont): { readonly value: Ref } | null {
  if (kont.tag === "EC_Next") return null;
  if (kont.value.tag !== "ref") throw notAReference();
  return { value: kont.value.ref };
}

/** One tick on a state; `registry` is what it makes of the registered instances. */
class InitTick {
  registry: Registry;
  readonly #state: InitState;
  readonly #host: Host;
  readonly #rules: InitRules;
  readonly #phase: Phase;

  constructor(state: InitState, host: Host, rules: InitRules) {
    this.registry = state.registry;
    this.#state = state;
    this.#host = host;
    this.#rules = rules;
    this.#phase = { init: true, level: rules.level };
  }

  private register(instance: ModuleInstance): void {
    this.registry = this.registry.set(this.#state.self, instance);
  }

  step(kont: InitKont): InitKont {
    switch (kont.tag) {
      case "IK_Start":
        return this.start(kont);
      case "IK_Add_import":
        return this.addImport(kont);
      case "IK_Types":
        return this.types(kont);
      case "IK_Aggregate_func":
      case "IK_Aggregate_global":
      case "IK_Aggregate_table":
      case "IK_Aggregate_memory":
        return this.aggregate(kont);
      case "IK_Aggregate_concat_func":
      case "IK_Aggregate_concat_global":
      case "IK_Aggregate_concat_table":
      case "IK_Aggregate_concat_memory":
        return this.concat(kont);
      case "IK_Exports":
        return this.exports(kont);
      case "IK_Elems":
        return this.elems(kont);
      case "IK_Datas":
        return this.datas(kont);
      case "IK_Es_elem":
        return this.elemCode(kont);
      case "IK_Es_data":
        return this.dataCode(kont);
      case "IK_Join_admin":
        return this.join(kont);
      case "IK_Eval":
        return this.evaluate(kont);
      case "IK_Stop":
        throw deadState("Init_step");
    }
  }

  private start({ externs }: Kont<"IK_Start">): InitKont {
    const empty = emptyInstance();
    this.register(empty);
    const { imports } = this.#state.module;
    if (externs.length !== imports.length) {
      throw GuestError.withMessage("wrong number of imports provided for initialisation");
    }
    return { tag: "IK_Add_import", kont: startFoldRight2(empty, externs, imports) };
  }

  private addImport({ kont }: Kont<"IK_Add_import">): InitKont {
    const { module } = this.#state;
    if (foldRight2IsDone(kont)) {
      const instance = kont.accumulator;
      this.register(instance);
      return { tag: "IK_Types", instance, kont: startMap(module.types) };
    }
    const add = (extern: Extern, wanted: Import, instance: ModuleInstance): ModuleInstance => {
      checkImport(module, extern, wanted);
      switch (extern.tag) {
        case "ExternFunc":
          return { ...instance, functions: instance.functions.cons(extern.func) };
        case "ExternTable":
          return { ...instance, tables: instance.tables.cons(extern.table) };
        case "ExternMemory":
          return { ...instance, memories: instance.memories.cons(extern.memory) };
        case "ExternGlobal":
          return { ...instance, globals: instance.globals.cons(extern.global) };
      }
    };
    return { tag: "IK_Add_import", kont: stepFoldRight2(kont, add) };
  }

  private types({ instance, kont }: Kont<"IK_Types">): InitKont {
    const { module } = this.#state;
    if (!mapIsDone(kont)) return { tag: "IK_Types", instance, kont: stepMap(kont, (type) => type) };
    const typed = { ...instance, types: kont.destination, allocations: module.allocations };
    this.register(typed);
    return { tag: "IK_Aggregate_func", instance: typed, kont: startTickMap(module.funcs) };
  }

  private aggregate(
    kont: Kont<"IK_Aggregate_func" | "IK_Aggregate_global" | "IK_Aggregate_table" | "IK_Aggregate_memory">,
  ): InitKont {
    const { instance } = kont;
    switch (kont.tag) {
      case "IK_Aggregate_func": {
        if (tickMapIsDone(kont.kont)) {
          const functions = startConcat(instance.functions, kont.kont.map.destination);
          return { tag: "IK_Aggregate_concat_func", instance, kont: functions };
        }
        const next = stepSection(
          kont.kont,
          (func): FunctionInstance => createFunction(this.registry, this.#state.self, func),
        );
        return { tag: kont.tag, instance, kont: next };
      }
      case "IK_Aggregate_global":
        if (tickMapIsDone(kont.kont)) {
          const globals = startConcat(instance.globals, kont.kont.map.destination);
          return { tag: "IK_Aggregate_concat_global", instance, kont: globals };
        }
        return { tag: kont.tag, instance, kont: this.globals(kont.kont) };
      case "IK_Aggregate_table":
        if (tickMapIsDone(kont.kont)) {
          const tables = startConcat(instance.tables, kont.kont.map.destination);
          return { tag: "IK_Aggregate_concat_table", instance, kont: tables };
        }
        return { tag: kont.tag, instance, kont: stepSection(kont.kont, createTable) };
      case "IK_Aggregate_memory":
        if (tickMapIsDone(kont.kont)) {
          const memories = startConcat(instance.memories, kont.kont.map.destination);
          return { tag: "IK_Aggregate_concat_memory", instance, kont: memories };
        }
        return { tag: kont.tag, instance, kont: stepSection(kont.kont, allocateMemory) };
    }
  }

  private globals(kont: Kont<"IK_Aggregate_global">["kont"]): Kont<"IK_Aggregate_global">["kont"] {
    return stepTickMap(
      kont,
      ({ type, init }): GlobalKont => ({ type, kont: this.startConstant(init) }),
      (global) => (global.kont.tag === "EC_Stop" ? { value: createGlobal(global.type, global.kont.value) } : null),
      (global) => ({ type: global.type, kont: this.constant(global.kont) }),
    );
  }

  private startConstant(block: number): ConstantKont {
    return startConstant(this.#state.self, block, this.#rules.stackLimit);
  }

  private constant(kont: ConstantKont): ConstantKont {
    const next = stepConstant(kont, this.registry, this.#host, this.#phase);
    this.registry = next.registry;
    return next.kont;
  }

  private concat(
    kont: Kont<
      | "IK_Aggregate_concat_func"
      | "IK_Aggregate_concat_global"
      | "IK_Aggregate_concat_table"
      | "IK_Aggregate_concat_memory"
    >,
  ): InitKont {
    const { module } = this.#state;
    switch (kont.tag) {
      case "IK_Aggregate_concat_func": {
        if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
        const instance = { ...kont.instance, functions: kont.kont.result };
        this.register(instance);
        return { tag: "IK_Aggregate_global", instance, kont: startTickMap(module.globals) };
      }
      case "IK_Aggregate_concat_global": {
        if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
        const instance = { ...kont.instance, globals: kont.kont.result };
        return { tag: "IK_Aggregate_table", instance, kont: startTickMap(module.tables) };
      }
      case "IK_Aggregate_concat_table": {
        if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
        const instance = { ...kont.instance, tables: kont.kont.result };
        return { tag: "IK_Aggregate_memory", instance, kont: startTickMap(module.memories) };
      }
      case "IK_Aggregate_concat_memory": {
        if (!concatIsDone(kont.kont)) return { ...kont, kont: stepConcat(kont.kont) };
        const instance = { ...kont.instance, memories: kont.kont.result };
        this.register(instance);
        const none: ExportsSoFar = { memory0: false, exports: LazyMap.empty() };
        return { tag: "IK_Exports", instance, kont: startFoldLeft(module.exports, none) };
      }
    }
  }

  private exports({ instance, kont }: Kont<"IK_Exports">): InitKont {
    const { functionExportsOnly = true, memoryExportRequired = true } = this.#rules;
    if (foldLeftIsDone(kont)) {
      const { memory0, exports } = kont.accumulator;
      if (memoryExportRequired && !memory0) throw missingMemoryExport();
      const exporting = { ...instance, exports };
      return { tag: "IK_Elems", instance: exporting, kont: startTickMap(this.#state.module.elems) };
    }
    const add = (seen: ExportsSoFar, exported: Export): ExportsSoFar => {
      const extern = createExport(instance, exported);
      const isKept = !functionExportsOnly || extern.tag === "ExternFunc";
      return {
        memory0: seen.memory0 || (exported.kind === "Memory" && exported.index === 0),
        exports: isKept ? seen.exports.set(exportKey(exported.name), extern) : seen.exports,
      };
    };
    return { tag: "IK_Exports", instance, kont: stepFoldLeft(kont, add) };
  }

  private elems({ instance, kont }: Kont<"IK_Elems">): InitKont {
    const { module } = this.#state;
    if (tickMapIsDone(kont)) {
      const withElems = { ...instance, elems: kont.map.destination };
      return { tag: "IK_Datas", instance: withElems, kont: startMap(module.datas) };
    }
    const next = stepTickMap(
      kont,
      (segment): ElemKont => startTickMap(segment.init),
      (items) => (tickMapIsDone(items) ? { value: { refs: items.map.destination } } : null),
      (items) =>
        stepTickMap(
          items,
          (block) => this.startConstant(block),
          finishedRef,
          (item) => this.constant(item),
        ),
    );
    return { tag: "IK_Elems", instance, kont: next };
  }

  private datas({ instance, kont }: Kont<"IK_Datas">): InitKont {
    if (!mapIsDone(kont)) return { tag: "IK_Datas", instance, kont: stepMap(kont, (segment) => segment.init) };
    const complete = { ...instance, datas: kont.destination };
    this.register(complete);
    return { tag: "IK_Es_elem", instance: complete, kont: startMapConcat(this.#state.module.elems) };
  }

  private elemCode({ instance, kont }: Kont<"IK_Es_elem">): InitKont {
    const code = mapConcatenated(kont);
    if (code !== null) {
      return { tag: "IK_Es_data", instance, kont: startMapConcat(this.#state.module.datas), elemCode: code };
    }
    return { tag: "IK_Es_elem", instance, kont: stepMapConcat(kont, (map) => stepMap(map, elemCode)) };
  }

  private dataCode({ instance, kont, elemCode }: Kont<"IK_Es_data">): InitKont {
    const code = mapConcatenated(kont);
    if (code !== null) {
      const parts = LazyVector.of([elemCode, code, startCode(this.#state.module.start)]);
      return { tag: "IK_Join_admin", instance, kont: startJoin(parts) };
    }
    const next = stepMapConcat(kont, (map) => stepMap(map, (segment, index) => dataCode(instance, segment, index)));
    return { tag: "IK_Es_data", instance, kont: next, elemCode };
  }

  private join({ instance, kont }: Kont<"IK_Join_admin">): InitKont {
    const code = joined(kont);
    if (code === null) return { tag: "IK_Join_admin", instance, kont: stepJoin(kont) };
    return { tag: "IK_Eval", config: codeConfig(this.#state.self, code, this.#rules.stackLimit) };
  }

  private evaluate({ config }: Kont<"IK_Eval">): InitKont {
    const { stepKont } = config;
    if (stepKont.tag === "SK_Result") return { tag: "IK_Stop" };
    if (stepKont.tag === "SK_Trapped") throw GuestError.withMessage(stepKont.message);
    const next = evalStep(config, this.registry, this.#host, this.#phase);
    this.registry = next.registry;
    return { tag: "IK_Eval", config: next.config };
  }
}

/** Executes one tick of a state that is not initialised yet. Throws `GuestError`, `MissingNode`. */
export function initStep(state: InitState, host: Host, rules: InitRules): InitState {
  return guarded(() => {
    const tick = new InitTick(state, host, rules);
    const kont = tick.step(state.kont);
    return { self: state.self, module: state.module, kont, registry: tick.registry };
  });
}

/** Whether nothing is left to do: the module can be used. */
export function isInitialised(state: InitState): boolean {
  return state.kont.tag === "IK_Stop";
}

/**
 * The function a module exports under a name; null if it exports something else. No export under the name gives the error of a missing key,
 * as in the reference when it starts from a stored state (pvm.md §1.4.1). Throws `GuestError`, `MissingNode`.
 */
export function findExport(registry: Registry, name: string, module = "main"): FunctionInstance | null {
  const extern = guarded(() => registry.get(module).exports.get(exportKey(name)));
  return extern.tag === "ExternFunc" ? extern.func : null;
}
