// What a function's code may use, and where it is written to.
import type { Source } from "../choices.js";
import {
  type Code,
  type Draft,
  type FuncType,
  type FunctionDraft,
  type GlobalTypeDraft,
  imported,
  type RefType,
  type TableDraft,
  typeIndex,
  type ValueType,
} from "./draft.js";
import { signed, TYPE_BYTE, unsigned } from "./encode.js";

/** What a module may contain. */
export interface Features {
  readonly floats: boolean;
  readonly vectors: boolean;
}

/** The parts of a module, with the imported ones first. */
export class ModuleScope {
  readonly draft: Draft;
  readonly features: Features;
  /** Global that counts down to the end of the run; null: nothing ends it. */
  readonly fuel: number | null;
  readonly functions: readonly FuncType[];
  readonly globals: readonly GlobalTypeDraft[];
  readonly tables: readonly TableDraft[];
  /** Bytes of the memory at the start; null: there is none. */
  readonly memoryBytes: number | null;

  /** How many of the first functions are host functions of kernels. */
  readonly hostFunctions: number;

  constructor(draft: Draft, features: Features, fuel: number | null, hostFunctions: number) {
    this.draft = draft;
    this.hostFunctions = hostFunctions;
    this.features = features;
    this.fuel = fuel;
    const typeOf = (index: number): FuncType => draft.types[index] ?? { params: [], results: [] };
    this.functions = [...imported(draft, "func"), ...draft.functions].map(({ type }) => typeOf(type));
    this.globals = [...imported(draft, "global"), ...draft.globals];
    this.tables = [...imported(draft, "table"), ...draft.tables];
    const [memory] = [...imported(draft, "memory").map(({ limits }) => limits), ...draft.memories];
    this.memoryBytes = memory === undefined ? null : memory.min * 65536;
  }

  tablesOf(type: RefType): number[] {
    return this.tables.flatMap((table, index) => (table.type === type ? [index] : []));
  }

  elemsOf(type: RefType): number[] {
    return this.draft.elems.flatMap((elem, index) => (elem.type === type ? [index] : []));
  }

  /** Globals of a type, but for the fuel. */
  globalsOf(type: ValueType, mutable: boolean | null): number[] {
    return this.globals.flatMap((global, index) =>
      global.type === type && index !== this.fuel && (mutable === null || global.mutable === mutable) ? [index] : [],
    );
  }

  /** Types of values that code may use. */
  valueTypes(): ValueType[] {
    const floats: ValueType[] = this.features.floats ? ["f32", "f64"] : [];
    const vectors: ValueType[] = this.features.vectors ? ["v128"] : [];
    return ["i32", "i64", ...floats, ...vectors, "funcref", "externref"];
  }
}

/** A label that code may branch to, with the types a branch takes along; null: not for branches. */
export type Label = readonly ValueType[] | null;

/** Where the code of one function goes. */
export class FunctionScope {
  readonly module: ModuleScope;
  readonly source: Source;
  readonly type: FuncType;
  readonly out: Code[] = [];
  readonly labels: Label[] = [];
  readonly #draft: FunctionDraft;
  /** Locals that are none of the code's own. */
  readonly #hidden = new Set<number>();
  readonly #most: number;

  /** `most`: instructions after which no more are begun than have to be. */
  constructor(module: ModuleScope, source: Source, draft: FunctionDraft, type: FuncType, most: number) {
    this.module = module;
    this.source = source;
    this.#draft = draft;
    this.type = type;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.out.length >= this.#most || this.source.isExhausted;
  }

  emit(opcode: readonly number[], ...immediates: number[]): void {
    this.out.push([...opcode, ...immediates.flatMap((immediate) => unsigned(immediate))]);
  }

  put(code: Code): void {
    this.out.push(code);
  }

  localsOf(type: ValueType): number[] {
    return [...this.type.params, ...this.#draft.locals].flatMap((local, index) =>
      local === type && !this.#hidden.has(index) ? [index] : [],
    );
  }

  /** A local that no other code uses. */
  hiddenLocal(type: ValueType): number {
    const index = this.newLocal(type);
    this.#hidden.add(index);
    return index;
  }

  newLocal(type: ValueType): number {
    return this.type.params.length + this.#draft.locals.push(type) - 1;
  }

  /** A local of a type, a new one if there is none. */
  someLocal(type: ValueType): number {
    const known = this.localsOf(type);
    return known.length === 0 ? this.newLocal(type) : this.source.pick(known);
  }

  /** Bytes of the type of a block. */
  blockType(params: readonly ValueType[], results: readonly ValueType[]): number[] {
    const [result] = results;
    const isShort = params.length === 0 && results.length <= 1 && this.source.below(4) < 3;
    if (isShort) return result === undefined ? [0x40] : [TYPE_BYTE[result]];
    return signed(typeIndex(this.module.draft, { params, results }));
  }
}
