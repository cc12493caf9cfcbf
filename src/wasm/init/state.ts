/**
 * The state of the initialisation and its continuations: pvm.md §3.2, stored as in pvm-encodings.md §7. Tags and keys are the reference's.
 *
 * The instance of a continuation is one section ahead of the one registered; both are values, never shared mutable objects.
 */
import { LazyMap, lazyMap } from "../../merkle/lazy-map.js";
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { bool, text } from "../../merkle/leaves.js";
import { at, leaf, record, type Schema, tagged } from "../../merkle/schema.js";
import { type AdminInstruction, adminSchema, type Code, codeSchema } from "../eval/admin.js";
import { type Config, configSchema } from "../eval/config.js";
import {
  type ConcatKont,
  concatKontSchema,
  type FoldLeftKont,
  type FoldRight2Kont,
  foldLeftKontSchema,
  foldRight2KontSchema,
  type MapKont,
  mapKontSchema,
  type TickMapKont,
  tickMapKontSchema,
} from "../eval/konts.js";
import {
  dataSegmentSchema,
  dataSegments,
  elemSegmentSchema,
  elemSegments,
  exports,
  funcSchema,
  funcs,
  globalDefs,
  imports,
  indexSchema,
  memoryTypes,
  moduleSchema,
  tableTypes,
  types,
  vector,
} from "../module-schema.js";
import {
  type ElemInstance,
  type Extern,
  elemInstanceSchema,
  externSchema,
  type FunctionInstance,
  functionSchema,
  functionTypeSchema,
  type Global,
  globalSchema,
  instanceSchema,
  type Memory,
  type ModuleInstance,
  memorySchema,
  type Ref,
  type Registry,
  refSchema,
  registrySchema,
  type Table,
  tableSchema,
  type Value,
  valueSchema,
} from "../runtime.js";
import type {
  DataSegment,
  ElemSegment,
  Export,
  Func,
  FuncType,
  GlobalDef,
  GlobalType,
  Import,
  MemoryType,
  Module,
  TableType,
} from "../syntax.js";
import { globalTypeLeaf, memoryTypeLeaf, tableTypeLeaf } from "../syntax-leaves.js";
import { type JoinKont, joinKontSchema, type MapConcatKont, mapConcatKontSchema } from "./join.js";

/** A part that takes two ticks to make: what it is made from, then what it has become. */
export type Either<A, B> = { readonly tag: "Left"; readonly value: A } | { readonly tag: "Right"; readonly value: B };

/** A constant expression being evaluated. */
export type ConstantKont =
  | { readonly tag: "EC_Next"; readonly config: Config }
  | { readonly tag: "EC_Stop"; readonly value: Value };

/** A global whose initial value is being evaluated. */
export interface GlobalKont {
  readonly type: GlobalType;
  readonly kont: ConstantKont;
}

/** An element segment whose items are being evaluated. */
export type ElemKont = TickMapKont<ConstantKont, number, Ref>;

/** Exports seen so far: the functions among them, and whether memory 0 was. */
export interface ExportsSoFar {
  readonly memory0: boolean;
  readonly exports: LazyMap<Extern>;
}

interface WithInstance {
  readonly instance: ModuleInstance;
}

export type InitKont =
  | { readonly tag: "IK_Start"; readonly externs: LazyVector<Extern> }
  | { readonly tag: "IK_Add_import"; readonly kont: FoldRight2Kont<Extern, Import, ModuleInstance> }
  | ({ readonly tag: "IK_Types"; readonly kont: MapKont<FuncType, FuncType> } & WithInstance)
  | ({
      readonly tag: "IK_Aggregate_func";
      readonly kont: TickMapKont<Either<Func, FunctionInstance>, Func, FunctionInstance>;
    } & WithInstance)
  | ({ readonly tag: "IK_Aggregate_concat_func"; readonly kont: ConcatKont<FunctionInstance> } & WithInstance)
  | ({
      readonly tag: "IK_Aggregate_global";
      readonly kont: TickMapKont<GlobalKont, GlobalDef, Global>;
    } & WithInstance)
  | ({ readonly tag: "IK_Aggregate_concat_global"; readonly kont: ConcatKont<Global> } & WithInstance)
  | ({
      readonly tag: "IK_Aggregate_table";
      readonly kont: TickMapKont<Either<TableType, Table>, TableType, Table>;
    } & WithInstance)
  | ({ readonly tag: "IK_Aggregate_concat_table"; readonly kont: ConcatKont<Table> } & WithInstance)
  | ({
      readonly tag: "IK_Aggregate_memory";
      readonly kont: TickMapKont<Either<MemoryType, Memory>, MemoryType, Memory>;
    } & WithInstance)
  | ({ readonly tag: "IK_Aggregate_concat_memory"; readonly kont: ConcatKont<Memory> } & WithInstance)
  | ({ readonly tag: "IK_Exports"; readonly kont: FoldLeftKont<Export, ExportsSoFar> } & WithInstance)
  | ({ readonly tag: "IK_Elems"; readonly kont: TickMapKont<ElemKont, ElemSegment, ElemInstance> } & WithInstance)
  | ({ readonly tag: "IK_Datas"; readonly kont: MapKont<DataSegment, number> } & WithInstance)
  | ({ readonly tag: "IK_Es_elem"; readonly kont: MapConcatKont<ElemSegment, AdminInstruction> } & WithInstance)
  | ({
      readonly tag: "IK_Es_data";
      readonly kont: MapConcatKont<DataSegment, AdminInstruction>;
      /** The code of the element segments, ready. */
      readonly elemCode: Code;
    } & WithInstance)
  | ({ readonly tag: "IK_Join_admin"; readonly kont: JoinKont<AdminInstruction> } & WithInstance)
  | { readonly tag: "IK_Eval"; readonly config: Config }
  | { readonly tag: "IK_Stop" };

export interface InitState {
  /** Key of the module in the registry. */
  readonly self: string;
  readonly module: Module;
  readonly kont: InitKont;
  readonly registry: Registry;
}

/** The state in which the initialisation of a linked module starts. */
export function initialInit(
  module: Module,
  externs: LazyVector<Extern>,
  self = "main",
  registry: Registry = LazyMap.empty(),
): InitState {
  return { self, module, kont: { tag: "IK_Start", externs }, registry };
}

// Schemas

function either<A, B>(left: Schema<A>, right: Schema<B>): Schema<Either<A, B>> {
  return tagged<Either<A, B>>(text, { Left: { value: left }, Right: { value: right } });
}

const constantSchema: Schema<ConstantKont> = tagged<ConstantKont>(text, {
  EC_Next: { config: configSchema },
  EC_Stop: { value: valueSchema },
});

const globalKontSchema = record<GlobalKont>({
  type: at("global_type", leaf(globalTypeLeaf)),
  kont: at("kont", constantSchema),
});

const exportsSchema = record<ExportsSoFar>({
  memory0: at("exports-memory-0", leaf(bool)),
  exports: at("exports", lazyMap(externSchema)),
});

const elemKontSchema: Schema<ElemKont> = tickMapKontSchema(constantSchema, vector(indexSchema), vector(refSchema));

const functions = vector(functionSchema);
const globals = vector(globalSchema);
const tables = vector(tableSchema);
const memories = vector(memorySchema);
const elems = vector(elemInstanceSchema);

const instance = at("module", instanceSchema);

const kontSchema: Schema<InitKont> = tagged<InitKont>(text, {
  IK_Start: { externs: at("externs", vector(externSchema)) },
  IK_Add_import: { kont: foldRight2KontSchema(vector(externSchema), imports, instanceSchema) },
  IK_Types: { instance, kont: at("kont", mapKontSchema(types, at("types", vector(functionTypeSchema)))) },
  IK_Aggregate_func: {
    instance,
    kont: at("kont", tickMapKontSchema(either(funcSchema, functionSchema), funcs, functions)),
  },
  IK_Aggregate_concat_func: { instance, kont: at("kont", concatKontSchema(functions)) },
  IK_Aggregate_global: { instance, kont: at("kont", tickMapKontSchema(globalKontSchema, globalDefs, globals)) },
  IK_Aggregate_concat_global: { instance, kont: at("kont", concatKontSchema(globals)) },
  IK_Aggregate_table: {
    instance,
    kont: at("kont", tickMapKontSchema(either(leaf(tableTypeLeaf), tableSchema), tableTypes, tables)),
  },
  IK_Aggregate_concat_table: { instance, kont: at("kont", concatKontSchema(tables)) },
  IK_Aggregate_memory: {
    instance,
    kont: at("kont", tickMapKontSchema(either(leaf(memoryTypeLeaf), memorySchema), memoryTypes, memories)),
  },
  IK_Aggregate_concat_memory: { instance, kont: at("kont", concatKontSchema(memories)) },
  IK_Exports: { instance, kont: at("kont", foldLeftKontSchema(exports, exportsSchema)) },
  IK_Elems: { instance, kont: at("kont", tickMapKontSchema(elemKontSchema, elemSegments, elems)) },
  IK_Datas: { instance, kont: at("kont", mapKontSchema(dataSegments, vector(indexSchema))) },
  IK_Es_elem: { instance, kont: at("kont", mapConcatKontSchema(elemSegmentSchema, adminSchema)) },
  IK_Es_data: {
    instance,
    kont: at("kont", mapConcatKontSchema(dataSegmentSchema, adminSchema)),
    elemCode: at("es_elem", codeSchema),
  },
  IK_Join_admin: { instance, kont: at("kont", joinKontSchema(adminSchema)) },
  IK_Eval: { config: at("config", configSchema) },
  IK_Stop: "unit",
});

export const initStateSchema: Schema<InitState> = record<InitState>({
  self: at("self", leaf(text)),
  module: at("ast_module", moduleSchema),
  kont: at("init_kont", kontSchema),
  registry: at("modules", registrySchema),
});
