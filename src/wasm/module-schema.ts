/** How the parts of a module and the module itself are stored: pvm-encodings.md §5. */
import { chunkedBytes } from "../merkle/chunked-bytes.js";
import { lazyVector } from "../merkle/lazy-vector.js";
import { int32, text } from "../merkle/leaves.js";
import { at, leaf, mapped, memoized, optionalLeaf, record, type Schema } from "../merkle/schema.js";
import { instructionSchema } from "./instruction-schema.js";
import type {
  Allocations,
  Block,
  DataSegment,
  ElemSegment,
  Export,
  Func,
  FuncType,
  GlobalDef,
  Import,
  MemoryType,
  Module,
  TableType,
} from "./syntax.js";
import {
  exportDescLeaf,
  globalDefLeaf,
  importDescLeaf,
  memoryTypeLeaf,
  refTypeLeaf,
  segmentModeLeaf,
  tableTypeLeaf,
  valueTypeLeaf,
} from "./syntax-leaves.js";

/** A vector as all vectors of the module and the machine are: int32 keys. */
export function vector<T>(element: Schema<T>) {
  return lazyVector(int32, element);
}

export const indexSchema: Schema<number> = leaf(int32);
export const valueTypes = vector(leaf(valueTypeLeaf));

/** Function types of the syntax tree and of host functions; instances spell their keys with hyphens. */
export const funcTypeSchema: Schema<FuncType> = memoized(
  record<FuncType>({ params: at("1/type_params", valueTypes), results: at("2/type_result", valueTypes) }),
);

export const importSchema: Schema<Import> = memoized(
  record<Import>({
    module: at("module_name", leaf(text)),
    item: at("item_name", leaf(text)),
    desc: at("idesc", leaf(importDescLeaf)),
  }),
);

export const exportSchema: Schema<Export> = memoized(
  mapped(
    record<{ name: string; desc: { readonly kind: Export["kind"]; readonly index: number } }>({
      name: at("name", leaf(text)),
      desc: at("edesc", leaf(exportDescLeaf)),
    }),
    ({ name, desc }) => ({ name, ...desc }),
    ({ name, kind, index }) => ({ name, desc: { kind, index } }),
  ),
);

export const elemSegmentSchema: Schema<ElemSegment> = memoized(
  record<ElemSegment>({
    type: at("ref_type", leaf(refTypeLeaf)),
    init: at("einit", vector(indexSchema)),
    mode: at("mode", leaf(segmentModeLeaf)),
  }),
);

export const dataSegmentSchema: Schema<DataSegment> = memoized(
  record<DataSegment>({ init: at("dinit", indexSchema), mode: at("dmode", leaf(segmentModeLeaf)) }),
);

/** The type index of a function body is -1 until the module is elaborated. */
export const funcSchema: Schema<Func> = record<Func>({
  type: at("ftype", indexSchema),
  locals: at("locals", valueTypes),
  body: at("body", indexSchema),
});

export const blockSchema: Schema<Block> = memoized(vector(instructionSchema));

export const allocationsSchema: Schema<Allocations> = record<Allocations>({
  blocks: at("1/block-table", vector(at("instructions", blockSchema))),
  datas: at("2/datas-table", vector(chunkedBytes)),
});

export const funcs = vector(memoized(funcSchema));
export const types = vector(funcTypeSchema);
export const imports = vector(importSchema);
export const exports = vector(exportSchema);
export const tableTypes: Schema<Module["tables"]> = vector<TableType>(leaf(tableTypeLeaf));
export const memoryTypes: Schema<Module["memories"]> = vector<MemoryType>(leaf(memoryTypeLeaf));
export const globalDefs: Schema<Module["globals"]> = vector<GlobalDef>(leaf(globalDefLeaf));
export const elemSegments = vector(elemSegmentSchema);
export const dataSegments = vector(dataSegmentSchema);

/** The whole syntax tree of a module; its allocations stand beside the key `module`. */
export const moduleSchema: Schema<Module> = record<Module>({
  types: at("module/types", types),
  globals: at("module/globals", globalDefs),
  tables: at("module/tables", tableTypes),
  memories: at("module/memories", memoryTypes),
  funcs: at("module/funcs", funcs),
  start: at("module/start", optionalLeaf(int32)),
  elems: at("module/elem_segments", elemSegments),
  datas: at("module/data_segments", dataSegments),
  imports: at("module/imports", imports),
  exports: at("module/exports", exports),
  allocations: allocationsSchema,
});
