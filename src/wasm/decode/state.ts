/** The state of the decoder between two ticks and how it is stored, under `wasm/value` (pvm.md §2.1, pvm-encodings.md §6). */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { bool, text } from "../../merkle/leaves.js";
import { at, leaf, option, record, type Schema, tagged } from "../../merkle/schema.js";
import { allocationsSchema, blockSchema, funcs, moduleSchema, vector } from "../module-schema.js";
import type {
  Allocations,
  DataSegment,
  ElemSegment,
  Export,
  Func,
  FuncType,
  GlobalDef,
  GlobalType,
  Import,
  Instruction,
  Module,
} from "../syntax.js";
import { globalTypeLeaf } from "../syntax-leaves.js";
import { type BlockKont, blockKontSchema } from "./block.js";
import { type CodeKont, codeKontSchema } from "./code.js";
import { type Filling, fillingSchema, positionSchema, type Size, sizeSchema } from "./containers.js";
import { type DataKont, dataKontSchema } from "./data.js";
import { type ElemKont, elemKontSchema } from "./elem.js";
import { type FuncTypeKont, funcTypeKontSchema } from "./func-type.js";
import { type ExportKont, exportKontSchema, type ImportKont, importKontSchema } from "./import-export.js";
import {
  type BuildingState,
  buildingStateSchema,
  codeBodies,
  type Field,
  fieldSchema,
  funcIndices,
  type SectionFilling,
  sectionFillingSchema,
  sectionSchema,
} from "./sections.js";

/** An element being read: its machine's continuation, where it began, and the section it belongs to. */
interface Element<K, T> {
  readonly kont: K;
  readonly pos: number;
  readonly size: Size;
  readonly elements: Filling<T>;
}

export type ModuleKont =
  | { readonly tag: "MKStart" }
  /** Skips custom sections; then comes the section `next`, or, after the last, elaboration. */
  | { readonly tag: "MKSkipCustom"; readonly next: Field | null }
  | { readonly tag: "MKFieldStart"; readonly field: Field }
  | { readonly tag: "MKField"; readonly section: SectionFilling; readonly size: Size }
  | ({ readonly tag: "MKTypes" } & Element<FuncTypeKont, FuncType>)
  | ({ readonly tag: "MKImport" } & Element<ImportKont, Import>)
  | ({ readonly tag: "MKExport" } & Element<ExportKont, Export>)
  | ({ readonly tag: "MKGlobal"; readonly type: GlobalType } & Element<BlockKont, GlobalDef>)
  | ({ readonly tag: "MKElem" } & Element<ElemKont, ElemSegment>)
  | ({ readonly tag: "MKCode" } & Element<CodeKont, Func>)
  | ({ readonly tag: "MKData" } & Element<DataKont, DataSegment>)
  /** Gives functions their types, and looks for instructions that need a data count: see elaborate.ts. */
  | {
      readonly tag: "MKElaborateFunc";
      readonly vars: LazyVector<number>;
      readonly bodies: LazyVector<Func>;
      readonly funcs: Filling<Func>;
      readonly traversal: Traversal | null;
      readonly noDatas: boolean;
    }
  /** `funcs` is null if there are not as many bodies as functions. */
  | { readonly tag: "MKBuild"; readonly funcs: LazyVector<Func> | null; readonly noDatas: boolean }
  | { readonly tag: "MKStop"; readonly module: Module };

/** The blocks of a function met so far, and how much of each has been looked at. */
export type Traversal = Filling<Filling<Instruction>>;

export interface DecodeState {
  readonly building: BuildingState;
  readonly kont: ModuleKont;
  readonly allocations: Allocations;
  /** Offset of the next byte of the kernel. */
  readonly streamPos: number;
  readonly streamName: string;
}

const element = { pos: at("pos", positionSchema), size: at("size", sizeSchema) };

const moduleKontSchema: Schema<ModuleKont> = tagged<ModuleKont>(text, {
  MKStart: "unit",
  MKSkipCustom: { next: option(text, fieldSchema) },
  MKFieldStart: { field: fieldSchema },
  MKField: { section: sectionFillingSchema, size: sizeSchema },
  MKElaborateFunc: {
    vars: funcIndices,
    bodies: codeBodies,
    funcs: at("func_kont", fillingSchema(funcs)),
    traversal: at("instr_kont", option(text, fillingSchema(vector(fillingSchema(blockSchema))))),
    noDatas: at("no-datas-in-funcs", leaf(bool)),
  },
  MKBuild: { funcs: option(text, at("module/funcs", funcs)), noDatas: at("no-datas-in-funcs", leaf(bool)) },
  MKStop: { module: moduleSchema },
  MKTypes: { kont: at("func_type_kont", funcTypeKontSchema), ...element, elements: sectionSchema("TypeField") },
  MKImport: { kont: at("import_kont", importKontSchema), ...element, elements: sectionSchema("ImportField") },
  MKExport: { kont: at("export_kont", exportKontSchema), ...element, elements: sectionSchema("ExportField") },
  MKGlobal: {
    type: at("global_type", leaf(globalTypeLeaf)),
    pos: element.pos,
    kont: at("block_kont", blockKontSchema),
    size: element.size,
    elements: sectionSchema("GlobalField"),
  },
  MKElem: { kont: at("elem_kont", elemKontSchema), ...element, elements: sectionSchema("ElemField") },
  MKData: { kont: at("data_kont", dataKontSchema), ...element, elements: sectionSchema("DataField") },
  MKCode: { kont: at("code_kont", codeKontSchema), ...element, elements: sectionSchema("CodeField") },
});

export const decodeStateSchema: Schema<DecodeState> = record<DecodeState>({
  building: at("building_state", buildingStateSchema),
  kont: at("module_kont", moduleKontSchema),
  allocations: at("allocation_state", allocationsSchema),
  streamPos: at("stream_pos", positionSchema),
  streamName: at("stream_name", leaf(text)),
});
