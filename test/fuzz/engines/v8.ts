// V8's engine. What a module imports comes from another module, made for it, so that values of all types pass: the functions of that module
// take everything apart into what passes to JavaScript unchanged.
import { type Code, type Draft, emptyDraft, type FuncType, typeIndex, type ValueType } from "../module/draft.js";
import { encode, unsigned } from "../module/encode.js";
import { OP } from "../module/instructions.js";
import { fromPlain, type Instrumented, type PlainFunction, plainTypes, toPlain } from "../module/instrument.js";
import { constant, isReference, nullOf } from "../module/numbers.js";
import {
  type Argument,
  EXTERNS,
  madeUpBits,
  madeUpExtern,
  type Outcome,
  printPlain,
  type Running,
  type Started,
  type TrapKind,
} from "./engine.js";

const KINDS: readonly (readonly [RegExp, TrapKind])[] = [
  [/^unreachable/, "unreachable"],
  [/^(divide|remainder) by zero/, "integer division by zero"],
  [/^(divide result unrepresentable|float unrepresentable)/, "integer overflow or conversion"],
  [/memory access out of bounds|data segment.*out of bounds/, "memory out of bounds"],
  [/table (access|index) (is )?out of bounds|(element|table) segment.*out of bounds/, "table out of bounds"],
  [/^null function or function signature mismatch/, "call of no such function"],
];

function guard(run: () => string[]): Outcome {
  try {
    return { tag: "values", values: run() };
  } catch (error) {
    if (error instanceof RangeError && /call stack/.test(error.message)) return { tag: "limit", why: "stack" };
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    // Instantiation prefixes its name.
    const message = error.message.replace(/^WebAssembly\.Instance\(\): /, "");
    return { tag: "trap", kind: KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? message };
  }
}

const EXTERN_OBJECTS = Array.from({ length: EXTERNS }, (_, index) => ({ extern: index }));

/** Whose JavaScript functions the supporting module calls: one for each plain type, there and back. */
class Calls {
  readonly log: string[] = [];
  readonly printRef: (type: "funcref" | "externref", value: unknown) => string;
  #args: string[] = [];
  #result = 0;

  constructor(printRef: (type: "funcref" | "externref", value: unknown) => string) {
    this.printRef = printRef;
  }

  imports(names: readonly string[]): WebAssembly.Imports {
    return {
      js: {
        i32: (value: number) => this.#args.push(printPlain("i32", value)),
        i64: (value: bigint) => this.#args.push(printPlain("i64", value)),
        funcref: (value: unknown) => this.#args.push(this.printRef("funcref", value)),
        externref: (value: unknown) => this.#args.push(this.printRef("externref", value)),
        done: (name: number) => {
          this.log.push(`${names[name]}(${this.#args.join(", ")})`);
          this.#args = [];
          this.#result = this.log.length;
        },
        i32Result: (type: number) => Number(madeUpBits(type === 0 ? "i32" : "f32", this.#result)) | 0,
        i64Result: (type: number) => {
          if (type < 2) return madeUpBits(type === 0 ? "i64" : "f64", this.#result);
          return BigInt.asUintN(64, madeUpBits("v128", this.#result) >> (type === 2 ? 0n : 64n));
        },
        externrefResult: () => EXTERN_OBJECTS[madeUpExtern(this.#result)],
        ...Object.fromEntries(EXTERN_OBJECTS.map((object, index) => [`extern${index}`, object as never])),
      },
    };
  }
}

const JS_FUNCTIONS: readonly (readonly [string, FuncType])[] = [
  ["i32", { params: ["i32"], results: [] }],
  ["i64", { params: ["i64"], results: [] }],
  ["funcref", { params: ["funcref"], results: [] }],
  ["externref", { params: ["externref"], results: [] }],
  ["done", { params: ["i32"], results: [] }],
  ["i32Result", { params: ["i32"], results: ["i32"] }],
  ["i64Result", { params: ["i32"], results: ["i64"] }],
  ["externrefResult", { params: [], results: ["externref"] }],
];

function callOf(name: string): Code {
  return [...OP.call, JS_FUNCTIONS.findIndex(([other]) => other === name)];
}

/** Code that leaves a result of a type; `first` is the first of two locals of type i64, behind them two of type i32. */
function resultCode(type: ValueType, first: number): Code[] {
  const number = (value: number): Code => constant("i32", BigInt(value));
  const set = (local: number): Code => [...OP.localSet, ...unsigned(local)];
  switch (type) {
    case "i32":
      return [number(0), callOf("i32Result")];
    case "f32":
      return [number(1), callOf("i32Result"), set(first + 2), ...fromPlain("f32", first + 2)];
    case "i64":
      return [number(0), callOf("i64Result")];
    case "f64":
      return [number(1), callOf("i64Result"), set(first), ...fromPlain("f64", first)];
    case "v128": {
      const halves = [number(2), callOf("i64Result"), set(first), number(3), callOf("i64Result"), set(first + 1)];
      return [...halves, ...fromPlain("v128", first)];
    }
    case "funcref":
      return [nullOf("funcref")];
    case "externref":
      return [callOf("externrefResult")];
  }
}

function importedFunction({ params, results }: FuncType, name: number): Code[] {
  const code: Code[] = [];
  for (const [index, type] of params.entries()) {
    const locals = plainTypes(type);
    // Each half of a vector is a value of its own.
    const pieces =
      type === "v128" ? [toPlain(type, index).slice(0, 2), toPlain(type, index).slice(2)] : [toPlain(type, index)];
    for (const [at, piece] of pieces.entries()) code.push(...piece, callOf(locals[at] ?? "i32"));
  }
  code.push(constant("i32", BigInt(name)), callOf("done"));
  for (const type of results) code.push(...resultCode(type, params.length));
  return code;
}

/** The module that has what the other imports, in the order of the imports, each exported under its index. */
function supporting({ outline }: Instrumented): { draft: Draft; names: string[] } {
  const draft = emptyDraft();
  for (const [name, type] of JS_FUNCTIONS) {
    draft.imports.push({ module: "js", name, what: { kind: "func", type: typeIndex(draft, type) } });
  }
  for (let index = 0; index < EXTERNS; index++) {
    const what = { kind: "global", type: "externref", mutable: false } as const;
    draft.imports.push({ module: "js", name: `extern${index}`, what });
  }
  const names: string[] = [];
  outline.imports.forEach(({ name, what }, at) => {
    const push = (kind: "func" | "table" | "memory" | "global", index: number): void => {
      draft.exports.push({ name: String(at), kind, index });
    };
    if (what.kind === "func") {
      const type = outline.types[what.type] ?? { params: [], results: [] };
      const code = importedFunction(type, names.push(name) - 1);
      const locals: ValueType[] = ["i64", "i64", "i32", "i32"];
      push("func", JS_FUNCTIONS.length + draft.functions.push({ type: typeIndex(draft, type), locals, code }) - 1);
    } else if (what.kind === "table") push("table", draft.tables.push({ ...what }) - 1);
    else if (what.kind === "memory") push("memory", draft.memories.push(what.limits) - 1);
    else {
      const { type, mutable } = what;
      push("global", EXTERNS + draft.globals.push({ type, mutable, init: [madeUpConstant(type, at)] }) - 1);
    }
  });
  return { draft, names };
}

function madeUpConstant(type: ValueType, number: number): Code {
  if (type === "externref") return [...OP.globalGet, madeUpExtern(number)];
  return isReference(type) ? nullOf(type) : constant(type, madeUpBits(type, number));
}

type Callable = (...args: unknown[]) => unknown;

class RunningInV8 implements Running {
  readonly log: readonly string[];
  readonly #exports: WebAssembly.Exports;
  readonly #module: Instrumented;
  readonly #functions: ReadonlyMap<string, PlainFunction>;
  readonly #calls: Calls;

  constructor(exports: WebAssembly.Exports, module: Instrumented, calls: Calls) {
    this.#exports = exports;
    this.#module = module;
    this.#functions = new Map([...module.calls, ...module.globals].map((func) => [func.name, func]));
    this.#calls = calls;
    this.log = calls.log;
  }

  private argument(argument: Argument): unknown {
    if (argument.type === "funcref") return argument.export === null ? null : this.#exports[argument.export];
    if (argument.type === "externref") return argument.value === null ? null : EXTERN_OBJECTS[argument.value];
    return argument.value;
  }

  call(name: string, args: readonly Argument[]): Outcome {
    const values = args.map((argument) => this.argument(argument));
    return guard(() => {
      const returned = (this.#exports[name] as unknown as Callable)(...values);
      const { results } = this.#functions.get(name) ?? { results: [] };
      const list = results.length === 1 ? [returned] : results.length === 0 ? [] : [...(returned as Iterable<unknown>)];
      return results.map((type, index) => {
        const value = list[index];
        if (type === "funcref" || type === "externref") return this.#calls.printRef(type, value);
        return printPlain(type, value as number | bigint);
      });
    });
  }

  memory(): Uint8Array | null {
    if (this.#module.memory === null) return null;
    return new Uint8Array((this.#exports[this.#module.memory] as WebAssembly.Memory).buffer);
  }

  table(name: string): string[] {
    const table = this.#exports[name] as WebAssembly.Table;
    const type = this.#module.outline.tables[this.#module.tables.indexOf(name)] ?? "funcref";
    return Array.from({ length: table.length }, (_, index) => this.#calls.printRef(type, table.get(index)));
  }
}

export function startInV8(module: Instrumented): Started {
  const { draft, names } = supporting(module);
  const importedFunctions = new Map<unknown, string>();
  const calls = new Calls((type, value) => {
    if (value === null) return printPlain(type, null);
    if (type === "externref") return printPlain(type, (value as { extern: number }).extern);
    const known = importedFunctions.get(value);
    // A function of a module is named by its index.
    return printPlain(type, known === undefined ? `function ${(value as Callable).name}` : `import ${known}`);
  });
  const support = new WebAssembly.Instance(new WebAssembly.Module(encode(draft) as never), calls.imports(names));
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  module.outline.imports.forEach(({ module: from, name }, index) => {
    const value = support.exports[String(index)];
    if (value === undefined) throw new RangeError(`no import ${index}`);
    imports[from] = { ...imports[from], [name]: value as WebAssembly.ImportValue };
    if (typeof value === "function") importedFunctions.set(value, name);
  });
  let running: Running | null = null;
  const compiled = new WebAssembly.Module(module.binary as never);
  const outcome = guard(() => {
    running = new RunningInV8(new WebAssembly.Instance(compiled, imports).exports, module, calls);
    return [];
  });
  return { running, outcome, log: calls.log };
}
