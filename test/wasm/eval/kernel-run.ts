// Runs whole modules tick by tick, without the PVM around: decode, link, init, then the evaluator, with a host of the test's own.
import wabt from "wabt";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import type { Config } from "../../../src/wasm/eval/config.js";
import { evalStep, invokeConfig } from "../../../src/wasm/eval/machine.js";
import type { Host, HostOutcome } from "../../../src/wasm/host.js";
import { findExport, initialInit, initStep, isInitialised } from "../../../src/wasm/init/machine.js";
import { linkStep, startLinking } from "../../../src/wasm/link/link.js";
import { i32, type Memory, type ModuleInstance, type Registry, type Value } from "../../../src/wasm/runtime.js";
import type { Num, ValueType } from "../../../src/wasm/syntax.js";

const wabtModule = await wabt();

export function assemble(wat: string): Uint8Array {
  const parsed = wabtModule.parseWat("test.wat", wat, { simd: true, reference_types: true, bulk_memory: true });
  try {
    return parsed.toBinary({}).buffer;
  } finally {
    parsed.destroy();
  }
}

export type HostCall = (args: readonly Value[], memory: Memory) => HostOutcome;

export interface HostDefinition {
  /** The name in function values. */
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly call: HostCall;
}

/** A host whose functions are imported under these names. */
export function hostOf(functions: Readonly<Record<string, HostDefinition>>): Host {
  const byName = new Map(Object.values(functions).map((definition) => [definition.name, definition]));
  return {
    resolve(_module, item) {
      const found = functions[item];
      if (found === undefined) return null;
      const type = { params: LazyVector.of(found.params), results: LazyVector.of(found.results) };
      return { tag: "Host", name: found.name, type };
    },
    call(name, args, memories) {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`no host function ${name}`);
      return found.call(args, memories.get(0));
    },
  };
}

export const NO_HOST: Host = hostOf({});

/** A host function that gives results at once. */
export function hostResult(results: readonly Value[], ticks = 0): HostOutcome {
  return { tag: "results", results, memory: null, ticks };
}

export interface Run {
  readonly config: Config;
  readonly registry: Registry;
  /** Ticks since the Snapshot state, the ones of the outer machine included. */
  readonly tick: number;
}

export const STACK_LIMIT = 60000;
const MAX_TICKS = 10_000_000;

/** The first state of the evaluator that calls an export of a kernel. */
export function startKernel(
  kernel: Uint8Array,
  host: Host = NO_HOST,
  entry = "kernel_run",
  level: "pvm" | "full" = "pvm",
): Run {
  const bytes = ChunkedBytes.ofBytes(kernel);
  let tick = 1;
  let decode = initialDecodeState();
  let module = decodedModule(decode);
  for (; module === null; tick++) {
    decode = decodeStep(decode, bytes, level);
    module = decodedModule(decode);
  }
  tick++;
  let link = startLinking(module);
  for (;;) {
    tick++;
    const outcome = linkStep(link, host, "smart_rollup_core");
    if (outcome.tag === "error") throw new Error(outcome.text);
    if (outcome.tag === "done") {
      let init = initialInit(module, outcome.externs);
      for (; !isInitialised(init); tick++) init = initStep(init, host, { stackLimit: STACK_LIMIT, level });
      const func = findExport(init.registry, entry);
      if (func === null) throw new Error(`no function ${entry}`);
      return { config: invokeConfig(func, STACK_LIMIT), registry: init.registry, tick: tick + 1 };
    }
    link = outcome.state;
  }
}

/** The run one tick later. */
export function next(run: Run, host: Host = NO_HOST, level: "pvm" | "full" = "pvm"): Run {
  const { config, registry } = evalStep(run.config, run.registry, host, { init: false, level });
  return { config, registry, tick: run.tick + 1 };
}

/** The run at a tick. */
export function runTo(run: Run, tick: number, host: Host = NO_HOST): Run {
  let state = run;
  while (state.tick < tick) state = next(state, host);
  return state;
}

export function isOver({ config }: Run): boolean {
  return config.stepKont.tag === "SK_Result" || config.stepKont.tag === "SK_Trapped";
}

/** The run at its result or trap. */
export function runToEnd(run: Run, host: Host = NO_HOST, level: "pvm" | "full" = "pvm"): Run {
  let state = run;
  for (let ticks = 0; !isOver(state); ticks++) {
    if (ticks > MAX_TICKS) throw new Error("the run does not end");
    state = next(state, host, level);
  }
  return state;
}

/** The results of a run that is over, first result first; the message of a trap as a string. */
export function outcomeOf({ config }: Run): readonly Value[] | string {
  const { stepKont } = config;
  if (stepKont.tag === "SK_Trapped") return stepKont.message;
  if (stepKont.tag !== "SK_Result") throw new Error("not over");
  return stepKont.values.toArray().reverse();
}

export function instanceOf({ registry }: Run): ModuleInstance {
  return registry.get("main");
}

/** Assembles a module with a memory, runs its `kernel_run` and gives what it leaves. */
export function results(wat: string, host: Host = NO_HOST, level: "pvm" | "full" = "pvm"): readonly Value[] | string {
  return outcomeOf(runToEnd(startKernel(assemble(wat), host, "kernel_run", level), host, level));
}

export function num(num: Num): Value {
  return { tag: "num", num };
}

export { i32 };
