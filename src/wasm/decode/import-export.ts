/** Imports and exports: names, then a descriptor in one tick (pvm.md §2.2). */
import { text } from "../../merkle/leaves.js";
import { at, leaf, type Schema, tagged } from "../../merkle/schema.js";
import { exportSchema, importSchema } from "../module-schema.js";
import type { Export, Import } from "../syntax.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";
import { NAME_START, type NameKont, nameKontSchema, nameStep } from "./name.js";
import { exportDesc, importDesc } from "./types.js";

export type ImportKont =
  | { readonly tag: "ImpKStart" }
  | { readonly tag: "ImpKModuleName"; readonly name: NameKont }
  | { readonly tag: "ImpKItemName"; readonly module: string; readonly name: NameKont }
  | { readonly tag: "ImpKStop"; readonly import: Import };

export type ExportKont =
  | { readonly tag: "ExpKStart" }
  | { readonly tag: "ExpKName"; readonly name: NameKont }
  | { readonly tag: "ExpKStop"; readonly export: Export };

export const IMPORT_START: ImportKont = { tag: "ImpKStart" };
export const EXPORT_START: ExportKont = { tag: "ExpKStart" };

export const importKontSchema: Schema<ImportKont> = tagged<ImportKont>(text, {
  ImpKStart: "unit",
  ImpKModuleName: { name: at("module_name", nameKontSchema) },
  ImpKItemName: { module: at("1/module_name", leaf(text)), name: at("2/item_name", nameKontSchema) },
  ImpKStop: { import: importSchema },
});

export const exportKontSchema: Schema<ExportKont> = tagged<ExportKont>(text, {
  ExpKStart: "unit",
  ExpKName: { name: nameKontSchema },
  ExpKStop: { export: exportSchema },
});

export function importStep({ stream, level }: DecodeContext, kont: ImportKont): ImportKont {
  switch (kont.tag) {
    case "ImpKStart":
      return { tag: "ImpKModuleName", name: NAME_START };
    case "ImpKModuleName":
      if (kont.name.tag === "NKStop") return { tag: "ImpKItemName", module: kont.name.name, name: NAME_START };
      return { tag: "ImpKModuleName", name: nameStep(stream, kont.name) };
    case "ImpKItemName": {
      const { module, name } = kont;
      if (name.tag !== "NKStop") return { tag: "ImpKItemName", module, name: nameStep(stream, name) };
      return { tag: "ImpKStop", import: { module, item: name.name, desc: importDesc(stream, level) } };
    }
    case "ImpKStop":
      throw new StepError("Import_step");
  }
}

export function exportStep({ stream }: DecodeContext, kont: ExportKont): ExportKont {
  switch (kont.tag) {
    case "ExpKStart":
      return { tag: "ExpKName", name: NAME_START };
    case "ExpKName":
      if (kont.name.tag !== "NKStop") return { tag: "ExpKName", name: nameStep(stream, kont.name) };
      return { tag: "ExpKStop", export: { name: kont.name.name, ...exportDesc(stream) } };
    case "ExpKStop":
      throw new StepError("Export_step");
  }
}
