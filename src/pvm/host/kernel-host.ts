/**
 * The host of the exact machine: finds and runs host functions for it (pvm.md §5). Which checks come first here is the reference's: the
 * types of the arguments, then the caller's memory, then the function.
 */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import type { Host, HostOutcome } from "../../wasm/host.js";
import { type HostFunction, i32, i64, type Memory, type Value } from "../../wasm/runtime.js";
import type { Buffers } from "../buffers.js";
import type { Durable } from "../durable.js";
import { PvmError } from "../errors.js";
import type { PvmVersion } from "../versions.js";
import { badInput, NdsNotActivated, noMemoryDuringInitialisation, notOneMemory, unknownFunction } from "./errors.js";
import type { HostContext, HostFunctionSpec, HostType, PlainFunction, RevealFunction } from "./function.js";
import { StateMemory } from "./memory.js";
import { HOST_MODULE, lookup, specOf } from "./registry.js";

/** What of the machine host functions change. */
export interface HostedMachine {
  readonly durable: Durable;
  buffers: Buffers;
}

const NO_VALUES: readonly Value[] = [];

export class KernelHost implements Host {
  readonly #machine: HostedMachine;
  readonly #version: PvmVersion;
  readonly #writeDebug: ((text: Uint8Array) => void) | null;
  readonly #specs = new Map<string, HostFunctionSpec>();
  #hasCalled = false;

  constructor(machine: HostedMachine, version: PvmVersion, writeDebug?: (text: Uint8Array) => void) {
    this.#machine = machine;
    this.#version = version;
    this.#writeDebug = writeDebug ?? null;
  }

  /** Tells that a tick begins. */
  beginStep(): void {
    this.#hasCalled = false;
  }

  /**
   * Undoes what this tick did to the durable storage: nothing, since a function that throws has changed nothing, and a tick does not fail
   * once its call has returned. (A snapshot before each call would make every write copy its path.)
   */
  restoreDurable(): void {
    if (this.#hasCalled) throw new PvmError("pvm.failed_after_call", "a tick failed after its host call had returned");
  }

  resolve(module: string, item: string): HostFunction | null {
    return module === HOST_MODULE ? lookup(this.#version, item) : null;
  }

  /**
   * Runs a function. Throws `GuestError` for errors of the guest that end the run, `NdsNotActivated` for a call the machine has no next
   * state for. A call that throws has changed nothing of the durable storage: see `PlainFunction.run`.
   */
  call(name: string, args: readonly Value[], memories: LazyVector<Memory>): HostOutcome {
    const spec = this.spec(name);
    switch (spec.kind) {
      case "plain":
        return this.callPlain(spec, args, memories);
      case "reveal":
        return callReveal(spec, args, memories);
      case "nds":
        throw new NdsNotActivated(name);
    }
  }

  private spec(name: string): HostFunctionSpec {
    const known = this.#specs.get(name);
    if (known !== undefined) return known;
    const spec = specOf(this.#version, name);
    if (spec === null) throw unknownFunction();
    this.#specs.set(name, spec);
    return spec;
  }

  private callPlain(spec: PlainFunction, args: readonly Value[], memories: LazyVector<Memory>): HostOutcome {
    // write_debug alone looks at the memory before the arguments.
    if (spec.result === null) callerMemory(memories);
    const numbers = plainArguments(spec.params, args);
    const memory = new StateMemory(callerMemory(memories));
    const result = spec.run(new Context(this.#machine, memory, this.#writeDebug), ...numbers);
    this.#hasCalled = true;
    const ticks = result < 0 ? 0 : spec.ticks(result, ...numbers);
    return { tag: "results", results: values(spec.result, result), memory: memory.changed, ticks };
  }
}

function callReveal(spec: RevealFunction, args: readonly Value[], memories: LazyVector<Memory>): HostOutcome {
  const numbers = plainArguments(spec.params, args);
  const memory = spec.usesMemory ? new StateMemory(callerMemory(memories)) : null;
  const call = spec.request(memory, ...numbers);
  if (typeof call === "number") return { tag: "results", results: [i32(call)], memory: null, ticks: 0 };
  return { tag: "reveal", request: call.request, base: call.base, maxBytes: call.maxBytes };
}

/** A call's view of the machine. */
class Context implements HostContext {
  readonly memory: StateMemory;
  readonly writeDebug: ((text: Uint8Array) => void) | null;
  readonly #machine: HostedMachine;

  constructor(machine: HostedMachine, memory: StateMemory, writeDebug: ((text: Uint8Array) => void) | null) {
    this.#machine = machine;
    this.memory = memory;
    this.writeDebug = writeDebug;
  }

  get durable(): Durable {
    return this.#machine.durable;
  }

  get buffers(): Buffers {
    return this.#machine.buffers;
  }

  set buffers(buffers: Buffers) {
    this.#machine.buffers = buffers;
  }
}

/** The one memory of the calling module; no module has none but during initialisation. Throws `GuestError`. */
function callerMemory(memories: LazyVector<Memory>): Memory {
  if (memories.length === 0) throw noMemoryDuringInitialisation();
  if (memories.length !== 1) throw notOneMemory();
  return memories.get(0);
}

/** The arguments as numbers. Throws `GuestError` unless they are of the function's types. */
function plainArguments(params: readonly HostType[], args: readonly Value[]): number[] {
  if (args.length !== params.length) throw badInput();
  const numbers: number[] = [];
  for (let index = 0; index < args.length; index++) {
    const value = args[index] as Value; // below its length
    if (value.tag !== "num" || value.num.type !== params[index]) throw badInput();
    const { num } = value;
    numbers.push(num.type === "i64" ? Number(BigInt.asIntN(63, num.value)) : (num.value as number));
  }
  return numbers;
}

function values(type: HostType | null, result: number): readonly Value[] {
  if (type === null) return NO_VALUES;
  return [type === "i32" ? i32(result) : i64(BigInt(result))];
}
