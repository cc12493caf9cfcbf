/**
 * The sections of a module in their order (pvm.md §2.1), and the vectors they fill. Names are the reference's `…Field`.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { int32, text } from "../../merkle/leaves.js";
import {
  at,
  mapped,
  optionalLeaf,
  record,
  type Schema,
  type Tagged,
  tagged,
  type VariantFields,
} from "../../merkle/schema.js";
import {
  dataSegments,
  elemSegments,
  exports,
  funcs,
  globalDefs,
  imports,
  indexSchema,
  memoryTypes,
  tableTypes,
  types,
  vector,
} from "../module-schema.js";
import type {
  DataSegment,
  ElemSegment,
  Export,
  Func,
  FuncType,
  GlobalDef,
  Import,
  MemoryType,
  TableType,
} from "../syntax.js";
import { type Filling, fillingSchema } from "./containers.js";

/** The elements of the sections that are vectors. */
export interface SectionElements {
  readonly TypeField: FuncType;
  readonly ImportField: Import;
  /** Type indices of the functions. */
  readonly FuncField: number;
  readonly TableField: TableType;
  readonly MemoryField: MemoryType;
  readonly GlobalField: GlobalDef;
  readonly ExportField: Export;
  readonly ElemField: ElemSegment;
  readonly CodeField: Func;
  readonly DataField: DataSegment;
}

export type VectorField = keyof SectionElements;
export type Field = VectorField | "StartField" | "DataCountField";

/** The elements read so far of a section. */
export type SectionFilling = {
  readonly [F in VectorField]: { readonly tag: F; readonly elements: Filling<SectionElements[F]> };
}[VectorField];

/** What the sections read so far hold; absent ones are empty. */
export interface BuildingState {
  readonly types: LazyVector<FuncType>;
  readonly imports: LazyVector<Import>;
  readonly vars: LazyVector<number>;
  readonly tables: LazyVector<TableType>;
  readonly memories: LazyVector<MemoryType>;
  readonly globals: LazyVector<GlobalDef>;
  readonly exports: LazyVector<Export>;
  readonly start: number | null;
  readonly elems: LazyVector<ElemSegment>;
  readonly dataCount: number | null;
  readonly code: LazyVector<Func>;
  readonly datas: LazyVector<DataSegment>;
}

interface SectionRules {
  /** The byte that announces the section. */
  readonly id: number;
  /** The section after it; null after the last. */
  readonly next: Field | null;
}

export const SECTIONS: { readonly [F in Field]: SectionRules } = {
  TypeField: { id: 1, next: "ImportField" },
  ImportField: { id: 2, next: "FuncField" },
  FuncField: { id: 3, next: "TableField" },
  TableField: { id: 4, next: "MemoryField" },
  MemoryField: { id: 5, next: "GlobalField" },
  GlobalField: { id: 6, next: "ExportField" },
  ExportField: { id: 7, next: "StartField" },
  StartField: { id: 8, next: "ElemField" },
  ElemField: { id: 9, next: "DataCountField" },
  DataCountField: { id: 12, next: "CodeField" },
  CodeField: { id: 10, next: "DataField" },
  DataField: { id: 11, next: null },
};

export const CUSTOM_SECTION_ID = 0;
export const MAX_SECTION_ID = 12;

const VECTORS: { readonly [F in VectorField]: keyof BuildingState } = {
  TypeField: "types",
  ImportField: "imports",
  FuncField: "vars",
  TableField: "tables",
  MemoryField: "memories",
  GlobalField: "globals",
  ExportField: "exports",
  ElemField: "elems",
  CodeField: "code",
  DataField: "datas",
};

/** The building state with a whole section added. */
export function withSection(building: BuildingState, { tag, elements }: SectionFilling): BuildingState {
  return { ...building, [VECTORS[tag]]: elements.vector };
}

const indices = vector(indexSchema);

/** Where a section's vector stands within a continuation, and how. */
const fillings: { readonly [F in VectorField]: Schema<Filling<SectionElements[F]>> } = {
  TypeField: fillingSchema(at("module/types", types)),
  ImportField: fillingSchema(at("module/imports", imports)),
  FuncField: fillingSchema(at("module/funcs", indices)),
  TableField: fillingSchema(at("module/tables", tableTypes)),
  MemoryField: fillingSchema(at("module/memories", memoryTypes)),
  GlobalField: fillingSchema(at("module/globals", globalDefs)),
  ExportField: fillingSchema(at("module/exports", exports)),
  ElemField: fillingSchema(at("module/elem_segments", elemSegments)),
  CodeField: fillingSchema(at("module/code", funcs)),
  DataField: fillingSchema(at("module/data_segments", dataSegments)),
};

export function sectionSchema<F extends VectorField>(field: F): Schema<Filling<SectionElements[F]>> {
  return fillings[field];
}

/** The vector of the function section, and the one of the code section, outside their sections. */
export const funcIndices: Schema<LazyVector<number>> = at("module/funcs", indices);
export const codeBodies: Schema<LazyVector<Func>> = at("module/code", funcs);

export const sectionFillingSchema: Schema<SectionFilling> = tagged<SectionFilling>(text, {
  TypeField: { elements: fillings.TypeField },
  ImportField: { elements: fillings.ImportField },
  FuncField: { elements: fillings.FuncField },
  TableField: { elements: fillings.TableField },
  MemoryField: { elements: fillings.MemoryField },
  GlobalField: { elements: fillings.GlobalField },
  ExportField: { elements: fillings.ExportField },
  ElemField: { elements: fillings.ElemField },
  CodeField: { elements: fillings.CodeField },
  DataField: { elements: fillings.DataField },
});

interface FieldTag extends Tagged {
  readonly tag: Field;
}

const unitFields = Object.fromEntries(Object.keys(SECTIONS).map((field) => [field, "unit"]));

/** A section's name alone: a tag over an empty leaf. */
export const fieldSchema: Schema<Field> = mapped(
  tagged<FieldTag>(text, unitFields as { readonly [F in Field]: VariantFields<never> }),
  ({ tag }) => tag,
  (field) => ({ tag: field }),
);

export const EMPTY_BUILDING_STATE: BuildingState = {
  types: LazyVector.empty(),
  imports: LazyVector.empty(),
  vars: LazyVector.empty(),
  tables: LazyVector.empty(),
  memories: LazyVector.empty(),
  globals: LazyVector.empty(),
  exports: LazyVector.empty(),
  start: null,
  elems: LazyVector.empty(),
  dataCount: null,
  code: LazyVector.empty(),
  datas: LazyVector.empty(),
};

export const buildingStateSchema: Schema<BuildingState> = record<BuildingState>({
  types: at("types", types),
  imports: at("imports", imports),
  vars: at("vars", indices),
  tables: at("tables", tableTypes),
  memories: at("memories", memoryTypes),
  globals: at("globals", globalDefs),
  exports: at("exports", exports),
  start: at("start", optionalLeaf(int32)),
  elems: at("elems", elemSegments),
  dataCount: at("data_count", optionalLeaf(int32)),
  code: at("code", funcs),
  datas: at("datas", dataSegments),
});
