// A module on its way to a binary: index spaces as lists, instructions as bytes. Nothing is checked: wrong modules are wanted too.

export type NumberType = "i32" | "i64" | "f32" | "f64";
export type RefType = "funcref" | "externref";
export type ValueType = NumberType | "v128" | RefType;

export interface FuncType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** An instruction, with its immediates. */
export type Code = readonly number[];

export interface Limits {
  min: number;
  max: number | null;
}

export interface TableDraft {
  type: RefType;
  limits: Limits;
}

export interface GlobalTypeDraft {
  type: ValueType;
  mutable: boolean;
}

export type ImportKind =
  | { readonly kind: "func"; readonly type: number }
  | ({ readonly kind: "table" } & Readonly<TableDraft>)
  | { readonly kind: "memory"; readonly limits: Limits }
  | ({ readonly kind: "global" } & Readonly<GlobalTypeDraft>);

export interface ImportDraft {
  module: string;
  name: string;
  what: ImportKind;
}

export interface FunctionDraft {
  type: number;
  locals: ValueType[];
  /** Without the last `end`. */
  code: Code[];
}

export interface GlobalDraft extends GlobalTypeDraft {
  init: Code[];
}

export type ExternKind = "func" | "table" | "memory" | "global";

export interface ExportDraft {
  name: string;
  kind: ExternKind;
  index: number;
}

export type SegmentMode =
  | { readonly tag: "passive" }
  | { readonly tag: "declarative" }
  | { readonly tag: "active"; readonly index: number; readonly offset: Code[] };

export interface ElemDraft {
  type: RefType;
  mode: SegmentMode;
  /** Function indices, or expressions. */
  items: number[] | Code[][];
}

export interface DataDraft {
  mode: SegmentMode;
  bytes: Uint8Array;
}

export interface Draft {
  types: FuncType[];
  imports: ImportDraft[];
  functions: FunctionDraft[];
  tables: TableDraft[];
  memories: Limits[];
  globals: GlobalDraft[];
  exports: ExportDraft[];
  start: number | null;
  elems: ElemDraft[];
  datas: DataDraft[];
  /** Number in the data count section; null: there is none. */
  dataCount: number | null;
}

export function emptyDraft(): Draft {
  return {
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    exports: [],
    start: null,
    elems: [],
    datas: [],
    dataCount: null,
  };
}

export function imported<K extends ImportKind["kind"]>(
  draft: Pick<Draft, "imports">,
  kind: K,
): Extract<ImportKind, { kind: K }>[] {
  return draft.imports
    .map(({ what }) => what)
    .filter((what): what is Extract<ImportKind, { kind: K }> => what.kind === kind);
}

function isSameList(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, index) => type === b[index]);
}

export function isSameType(a: FuncType, b: FuncType): boolean {
  return isSameList(a.params, b.params) && isSameList(a.results, b.results);
}

/** Index of a function type, which is added if need be. */
export function typeIndex(draft: Draft, type: FuncType): number {
  const known = draft.types.findIndex((other) => isSameType(other, type));
  return known >= 0 ? known : draft.types.push(type) - 1;
}
