// Our engine at the level `full`, through the embedding.
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import {
  Cell,
  type Engine,
  type External,
  type Instance,
  Store,
  TickLimit,
  Trap,
} from "../../../src/wasm/embedding/store.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import type { Host, HostOutcome } from "../../../src/wasm/host.js";
import type { FunctionInstance, HostFunction, Ref, Value } from "../../../src/wasm/runtime.js";
import { validateModule } from "../../../src/wasm/validate/validate.js";
import type { FuncType, ValueType } from "../module/draft.js";
import { littleEndian } from "../module/encode.js";
import type { Instrumented } from "../module/instrument.js";
import {
  type Argument,
  madeUpBits,
  madeUpExtern,
  type Outcome,
  printPlain,
  type Running,
  type Started,
  type TrapKind,
} from "./engine.js";

/** Calls nested deeper are given up. Deeper than any generated module calls. */
const STACK_LIMIT = 400;

const KINDS: readonly (readonly [RegExp, TrapKind])[] = [
  [/^unreachable/, "unreachable"],
  [/^integer divide by zero/, "integer division by zero"],
  [/^(integer overflow|invalid conversion)/, "integer overflow or conversion"],
  [/^out of bounds memory/, "memory out of bounds"],
  [/^(out of bounds table|undefined element)/, "table out of bounds"],
  [/^(indirect call type mismatch|uninitialized element)/, "call of no such function"],
];

function trapKind(message: string): TrapKind | string {
  return KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}

function vectorValue(bits: bigint): Value {
  return { tag: "vec", bytes: Uint8Array.from(littleEndian(bits, 16)) };
}

function nullRef(type: "funcref" | "externref"): Value {
  return { tag: "ref", ref: { tag: "NullRef", type } };
}

/** The value of the made-up bits of a type. */
function madeUp(type: ValueType, number: number): Value {
  switch (type) {
    case "funcref":
      return nullRef("funcref");
    case "externref":
      return { tag: "ref", ref: { tag: "ExternRef", value: madeUpExtern(number) } };
    case "v128":
      return vectorValue(madeUpBits("v128", number));
    case "i32":
    case "f32":
      return { tag: "num", num: { type, value: Number(madeUpBits(type, number)) | 0 } };
    case "i64":
    case "f64":
      return { tag: "num", num: { type, value: BigInt.asIntN(64, madeUpBits(type, number)) } };
  }
}

/** Texts of a value as what stands for it in JavaScript. */
function printValue(value: Value, printRef: (ref: Ref) => string): string[] {
  if (value.tag === "ref") return [printRef(value.ref)];
  if (value.tag === "vec") {
    const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16);
    return [0, 8].map((at) => printPlain("i64", view.getBigInt64(at, true)));
  }
  const isShort = value.num.type === "i32" || value.num.type === "f32";
  return [printPlain(isShort ? "i32" : "i64", value.num.value)];
}

class Imports implements Host {
  readonly log: string[] = [];
  readonly #types = new Map<string, FuncType>();
  printRef: (ref: Ref) => string = () => "";

  resolve(): null {
    return null;
  }

  func(name: string, type: FuncType): HostFunction {
    this.#types.set(name, type);
    return {
      tag: "Host",
      type: { params: LazyVector.of(type.params), results: LazyVector.of(type.results) },
      name,
    };
  }

  call(name: string, args: readonly Value[]): HostOutcome {
    this.log.push(`${name}(${args.flatMap((arg) => printValue(arg, this.printRef)).join(", ")})`);
    const results = this.#types.get(name)?.results ?? [];
    const number = this.log.length;
    const values = results.map((type) => madeUp(type, number)).reverse(); // the top of the stack first
    return { tag: "results", results: values, memory: null, ticks: 0 };
  }
}

function external(imports: Imports, module: Instrumented, index: number): External {
  const { types, imports: parts } = module.outline;
  const part = parts[index];
  if (part === undefined) throw new RangeError(`no import ${index}`);
  const { what } = part;
  switch (what.kind) {
    case "func":
      return { kind: "Func", func: imports.func(part.name, types[what.type] ?? { params: [], results: [] }) };
    case "global":
      return { kind: "Global", cell: new Cell<"Global">({ mutable: what.mutable, value: madeUp(what.type, index) }) };
    case "memory": {
      const { min, max } = what.limits;
      return { kind: "Memory", cell: new Cell<"Memory">({ min, max, chunks: ChunkedBytes.allocate(min * 65536) }) };
    }
    case "table": {
      const { type, limits } = what;
      const refs = LazyVector.of(new Array<Ref>(limits.min).fill({ tag: "NullRef", type }));
      return { kind: "Table", cell: new Cell<"Table">({ ...limits, refs, type }) };
    }
  }
}

function guard(run: () => string[]): Outcome {
  try {
    return { tag: "values", values: run() };
  } catch (error) {
    if (error instanceof Trap) return { tag: "trap", kind: trapKind(error.message) };
    if (error instanceof TickLimit) return { tag: "limit", why: "ticks" };
    if (error instanceof GuestError) {
      if (error.message === "call stack exhausted") return { tag: "limit", why: "stack" };
      return { tag: "trap", kind: trapKind(error.message) };
    }
    throw error;
  }
}

class RunningHere implements Running {
  readonly log: readonly string[];
  readonly #store: Store;
  readonly #instance: Instance;
  readonly #module: Instrumented;
  readonly #printRef: (ref: Ref) => string;

  constructor(store: Store, instance: Instance, module: Instrumented, imports: Imports) {
    this.#store = store;
    this.#instance = instance;
    this.#module = module;
    this.#printRef = imports.printRef;
    this.log = imports.log;
  }

  private export(name: string): External {
    const found = this.#instance.exports.get(name);
    if (found === undefined) throw new RangeError(`no export ${name}`);
    return found;
  }

  private func(name: string): FunctionInstance {
    const found = this.export(name);
    if (found.kind !== "Func") throw new RangeError(`${name} is no function`);
    return found.func;
  }

  private value(argument: Argument): Value {
    switch (argument.type) {
      case "i32":
        return { tag: "num", num: { type: "i32", value: argument.value | 0 } };
      case "i64":
        return { tag: "num", num: { type: "i64", value: BigInt.asIntN(64, argument.value) } };
      case "funcref":
        if (argument.export === null) return nullRef("funcref");
        return { tag: "ref", ref: { tag: "FuncRef", func: this.func(argument.export) } };
      case "externref":
        if (argument.value === null) return nullRef("externref");
        return { tag: "ref", ref: { tag: "ExternRef", value: argument.value } };
    }
  }

  call(name: string, args: readonly Argument[]): Outcome {
    const values = args.map((argument) => this.value(argument));
    return guard(() =>
      this.#store.invoke(this.#instance, this.func(name), values).flatMap((value) => printValue(value, this.#printRef)),
    );
  }

  memory(): Uint8Array | null {
    if (this.#module.memory === null) return null;
    const found = this.export(this.#module.memory);
    if (found.kind !== "Memory") throw new RangeError("no memory");
    return found.cell.value.chunks.toBytes();
  }

  table(name: string): string[] {
    const found = this.export(name);
    if (found.kind !== "Table") throw new RangeError(`${name} is no table`);
    return found.cell.value.refs.toArray().map(this.#printRef);
  }
}

/** Text of a reference: functions by their index in the module. */
function refPrinter(bodies: ReadonlyMap<number, number>): (ref: Ref) => string {
  return (ref) => {
    if (ref.tag === "NullRef") return printPlain(ref.type, null);
    if (ref.tag === "ExternRef") return printPlain("externref", ref.value);
    const { func } = ref;
    return printPlain(
      "funcref",
      func.tag === "Host" ? `import ${func.name}` : `function ${bodies.get(func.func.body)}`,
    );
  };
}

/** What starts a module: tests put an engine with a mistake in its place. */
export type Start = (module: Instrumented, engine: Engine, maxTicks: number) => Started;

/** Decodes, checks and instantiates. Throws what is no error of the guest, and any error of a module that should be valid. */
export function startHere(module: Instrumented, engine: Engine, maxTicks: number): Started {
  const decoded = decodeModule(module.binary, "full");
  validateModule(decoded);
  const imports = new Imports();
  const importedFunctions = module.outline.imports.filter(({ what }) => what.kind === "func").length;
  imports.printRef = refPrinter(
    new Map(decoded.funcs.toArray().map(({ body }, index) => [body, importedFunctions + index])),
  );
  const store = new Store(imports, STACK_LIMIT, engine, maxTicks);
  const externals = module.outline.imports.map((_, index) => external(imports, module, index));
  let running: Running | null = null;
  const outcome = guard(() => {
    running = new RunningHere(store, store.instantiate(decoded, externals), module, imports);
    return [];
  });
  return { running, outcome, log: imports.log };
}
