/**
 * Initialisation, many ticks at once. Whatever the budget, the state is the one that single ticks (machine.ts) lead to; what is read of a
 * stored state may be less, so proofs are not made with it. Costs in ticks: pvm.md §3.2.
 */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { advanceMeta } from "../bulk/advance.js";
import { asGuestError } from "../eval/guest.js";
import { type ConcatKont, concatIsDone, mapIsDone } from "../eval/konts.js";
import { GuestError } from "../guest-errors.js";
import type { Host } from "../host.js";
import { type Extern, type ModuleInstance, typeOf, type Value } from "../runtime.js";
import { createExport, createFunction, createGlobal, exportKey } from "./instances.js";
import { joined, type MapConcatKont, mapConcatenated } from "./join.js";
import { type InitRules, initStep, isInitialised } from "./machine.js";
import { concatMany, joinMany, mapMany, type Progress } from "./many-konts.js";
import { dataCode, elemCode } from "./segments.js";
import type { ElemKont, InitKont, InitState } from "./state.js";

type Kont<K extends InitKont["tag"]> = Extract<InitKont, { readonly tag: K }>;

const TICKS_PER_FUNCTION = 3;
/** Taken up, evaluated by thirteen ticks, its value taken, stored. */
const TICKS_PER_CONSTANT = 16;

/** What a function makes, or null where a tick would fail: that tick is then executed by itself, and fails as it must. */
function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (asGuestError(error) instanceof GuestError) return null;
    throw error;
  }
}

/** The value of a block that consists of one instruction without operands; null for any other. */
function simpleConstant(instance: ModuleInstance, label: number): Value | null {
  return attempt(() => {
    const block = instance.allocations.blocks.get(label);
    if (block.length !== 1) return null;
    const instruction = block.get(0);
    switch (instruction.tag) {
      case "Const":
        return { tag: "num", num: instruction.value };
      case "VecConst":
        return { tag: "vec", bytes: instruction.bytes };
      case "RefNull":
        return { tag: "ref", ref: { tag: "NullRef", type: instruction.type } };
      case "RefFunc":
        return { tag: "ref", ref: { tag: "FuncRef", func: instance.functions.get(instruction.index) } };
      case "GlobalGet":
        return instance.globals.get(instruction.index).value;
      default:
        return null;
    }
  });
}

function functionsMany(
  state: InitState,
  { instance, kont }: Kont<"IK_Aggregate_func">,
  budget: number,
): Progress<InitKont> {
  if (kont.inner !== null) return { kont: state.kont, ticks: 0 };
  const { kont: map, ticks } = mapMany(kont.map, budget, TICKS_PER_FUNCTION, (func) =>
    attempt(() => createFunction(state.registry, state.self, func)),
  );
  return { kont: { tag: "IK_Aggregate_func", instance, kont: { inner: null, map } }, ticks };
}

function globalsMany(
  state: InitState,
  { instance, kont }: Kont<"IK_Aggregate_global">,
  budget: number,
): Progress<InitKont> {
  if (kont.inner !== null) return { kont: state.kont, ticks: 0 };
  const registered = state.registry.get(state.self);
  const { kont: map, ticks } = mapMany(kont.map, budget, TICKS_PER_CONSTANT, ({ type, init }) => {
    const value = simpleConstant(registered, init);
    return value === null || typeOf(value) !== type.type ? null : createGlobal(type, value);
  });
  return { kont: { tag: "IK_Aggregate_global", instance, kont: { inner: null, map } }, ticks };
}

function itemsMany(state: InitState, { instance, kont }: Kont<"IK_Elems">, budget: number): Progress<InitKont> {
  const segment = kont.inner;
  if (segment === null || segment.inner !== null) return { kont: state.kont, ticks: 0 };
  const registered = state.registry.get(state.self);
  const { kont: map, ticks } = mapMany(segment.map, budget, TICKS_PER_CONSTANT, (block) => {
    const value = simpleConstant(registered, block);
    return value !== null && value.tag === "ref" ? value.ref : null;
  });
  const inner: ElemKont = { inner: null, map };
  return { kont: { tag: "IK_Elems", instance, kont: { inner, map: kont.map } }, ticks };
}

function exportsMany(
  { instance, kont }: Kont<"IK_Exports">,
  budget: number,
  { functionExportsOnly = true }: InitRules,
): Progress<InitKont> {
  const { origin, offset, accumulator } = kont;
  const end = Math.min(origin.length, offset + budget);
  const kept: [string, Extern][] = [];
  let { memory0 } = accumulator;
  let index = offset;
  for (; index < end; index++) {
    const exported = origin.get(index);
    const extern = attempt(() => createExport(instance, exported));
    if (extern === null) break;
    if (!functionExportsOnly || extern.tag === "ExternFunc") kept.push([exportKey(exported.name), extern]);
    memory0 ||= exported.kind === "Memory" && exported.index === 0;
  }
  const exports = accumulator.exports.setAll(kept);
  const next = { origin, offset: index, accumulator: { memory0, exports } };
  return { kont: { tag: "IK_Exports", instance, kont: next }, ticks: index - offset };
}

/** The code of segments: mapped, then joined. */
function codeMany<A, B>(
  kont: MapConcatKont<A, B>,
  budget: number,
  make: (segment: A, index: number) => LazyVector<B> | null,
): Progress<MapConcatKont<A, B>> | null {
  if (kont.tag === "MC_Map") {
    if (mapIsDone(kont.map)) return null;
    const { kont: map, ticks } = mapMany(kont.map, budget, 1, make);
    return { kont: { tag: "MC_Map", map }, ticks };
  }
  if (mapConcatenated(kont) !== null) return null;
  const { kont: join, ticks } = joinMany(kont.join, budget);
  return { kont: { tag: "MC_Join", join }, ticks };
}

function segmentsMany(kont: Kont<"IK_Es_elem" | "IK_Es_data">, budget: number): Progress<InitKont> | null {
  const { instance } = kont;
  if (kont.tag === "IK_Es_elem") {
    const code = codeMany(kont.kont, budget, elemCode);
    return code === null ? null : { kont: { tag: kont.tag, instance, kont: code.kont }, ticks: code.ticks };
  }
  const code = codeMany(kont.kont, budget, (segment, index) => attempt(() => dataCode(instance, segment, index)));
  if (code === null) return null;
  return { kont: { tag: kont.tag, instance, kont: code.kont, elemCode: kont.elemCode }, ticks: code.ticks };
}

function concatenationsMany(
  kont: Kont<
    | "IK_Aggregate_concat_func"
    | "IK_Aggregate_concat_global"
    | "IK_Aggregate_concat_table"
    | "IK_Aggregate_concat_memory"
  >,
  budget: number,
): Progress<InitKont> | null {
  const concat = kont.kont as ConcatKont<unknown>;
  if (concatIsDone(concat)) return null;
  const next = concatMany(concat, budget);
  // The elements are copied, whatever they are.
  return { kont: { ...kont, kont: next.kont } as InitKont, ticks: next.ticks };
}

/** Ticks of a continuation done at once, other than those of code; null (or no tick) where a single one has to be executed. */
function kontMany(state: InitState, rules: InitRules, budget: number): Progress<InitKont> | null {
  const { kont } = state;
  switch (kont.tag) {
    case "IK_Types": {
      if (mapIsDone(kont.kont)) return null;
      const next = mapMany(kont.kont, budget, 1, (type) => type);
      return { kont: { ...kont, kont: next.kont }, ticks: next.ticks };
    }
    case "IK_Aggregate_func":
      return functionsMany(state, kont, budget);
    case "IK_Aggregate_global":
      return globalsMany(state, kont, budget);
    case "IK_Aggregate_concat_func":
    case "IK_Aggregate_concat_global":
    case "IK_Aggregate_concat_table":
    case "IK_Aggregate_concat_memory":
      return concatenationsMany(kont, budget);
    case "IK_Exports":
      return exportsMany(kont, budget, rules);
    case "IK_Elems":
      return itemsMany(state, kont, budget);
    case "IK_Datas": {
      if (mapIsDone(kont.kont)) return null;
      const next = mapMany(kont.kont, budget, 1, (segment) => segment.init);
      return { kont: { ...kont, kont: next.kont }, ticks: next.ticks };
    }
    case "IK_Es_elem":
    case "IK_Es_data":
      return segmentsMany(kont, budget);
    case "IK_Join_admin": {
      if (joined(kont.kont) !== null) return null;
      const next = joinMany(kont.kont, budget);
      return { kont: { ...kont, kont: next.kont }, ticks: next.ticks };
    }
    default:
      return null;
  }
}

function statesMany(state: InitState, rules: InitRules, budget: number): InitProgress | null {
  const { self, module, registry, kont } = state;
  if (kont.tag === "IK_Eval") {
    const next = advanceMeta(kont.config, registry, budget);
    if (next === null) return null;
    const evaluating: InitKont = { tag: "IK_Eval", config: next.config };
    return { state: { self, module, kont: evaluating, registry: next.registry }, ticks: next.ticks };
  }
  const next = kontMany(state, rules, budget);
  if (next === null || next.ticks === 0) return null;
  return { state: { self, module, kont: next.kont, registry }, ticks: next.ticks };
}

export interface InitProgress {
  readonly state: InitState;
  /** Ticks executed. */
  readonly ticks: number;
}

/**
 * Executes up to `budget` ticks; fewer, possibly none, when the initialisation is over, or when the next tick fails: executed by itself it
 * throws its error. Throws `MissingNode`.
 */
export function initMany(state: InitState, host: Host, rules: InitRules, budget: number): InitProgress {
  let current = state;
  let ticks = 0;
  while (ticks < budget && !isInitialised(current)) {
    const next = statesMany(current, rules, budget - ticks);
    if (next !== null) {
      current = next.state;
      ticks += next.ticks;
      continue;
    }
    try {
      current = initStep(current, host, rules);
    } catch {
      // The caller makes the tick again; thrown from here, an error would lose those before it.
      break;
    }
    ticks++;
  }
  return { state: current, ticks };
}
