/**
 * Bulk instructions many elements at once: the state that single ticks lead to, at a fraction of the work. For running only, not inside
 * proofs: what is read is not what the reference reads.
 */
import type { Code, MetaInstruction } from "../eval/admin.js";
import type { Config } from "../eval/config.js";
import type { ModuleInstance, Registry } from "../runtime.js";
import { type MetaProgress, usedOperands } from "./code.js";
import { copyMemory, fillMemory, initMemory } from "./memory-metas.js";
import { copyTable, fillTable, initTable } from "./table-metas.js";

function advance(meta: MetaInstruction, instance: ModuleInstance, code: Code, budget: number): MetaProgress | null {
  switch (meta.tag) {
    case "Memory_init_meta":
      return initMemory(meta, instance, code, budget);
    case "Memory_fill_meta":
      return fillMemory(meta, instance, code, budget);
    case "Memory_copy_meta":
      return copyMemory(meta, instance, code, budget);
    case "Table_init_meta":
      return initTable(meta, instance, code, budget);
    case "Table_fill_meta":
      return fillTable(meta, instance, code, budget);
    case "Table_copy_meta":
      return copyTable(meta, instance, code, budget);
  }
}

/**
 * Executes whole elements of the bulk instruction whose meta comes next, in at most `budget` ticks. Null if none does (the configuration is
 * not at the start of a tick sequence, no meta is in front, it is within an element) or nothing can be gained.
 */
export function advanceMeta(
  config: Config,
  registry: Registry,
  budget: number,
): { readonly config: Config; readonly registry: Registry; readonly ticks: number } | null {
  const { stepKont, stackLimit } = config;
  if (stepKont.tag !== "SK_Start" || stepKont.top.labels.tag !== "Label_stack") return null;
  const { arity, frame, labels } = stepKont.top;
  const { top: label, rest } = labels;
  if (label.code.length === 0) return null;
  const admin = label.code.get(0);
  if (!admin.tag.endsWith("_meta")) return null;
  const progress = advance(admin as MetaInstruction, registry.get(frame.module), label.code, budget); // the tag says so
  if (progress === null) return null;
  const values = usedOperands(label.values, progress.operands);
  const top = { arity, frame, labels: { ...labels, top: { ...label, values, code: progress.code }, rest } };
  return {
    config: { stepKont: { tag: "SK_Start", top, rest: stepKont.rest }, stackLimit },
    registry: registry.set(frame.module, progress.instance),
    ticks: progress.ticks,
  };
}
