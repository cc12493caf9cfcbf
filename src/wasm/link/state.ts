/** The state of linking: pvm-encodings.md §3. */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { at, record, type Schema } from "../../merkle/schema.js";
import { indexSchema, moduleSchema, vector } from "../module-schema.js";
import { type Extern, externSchema } from "../runtime.js";
import type { Module } from "../syntax.js";

export interface LinkState {
  readonly module: Module;
  /** What the imports seen so far stand for, in their order. */
  readonly externs: LazyVector<Extern>;
  /** Index of the next import. */
  readonly importsOffset: number;
}

export const linkStateSchema: Schema<LinkState> = record<LinkState>({
  module: at("ast_module", moduleSchema),
  externs: at("externs", vector(externSchema)),
  importsOffset: at("imports_offset", indexSchema),
});
