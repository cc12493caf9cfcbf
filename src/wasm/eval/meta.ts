/**
 * How bulk instructions unroll: pvm.md §4.5, "Expansion order of metas". A meta gives its instructions one by one, each followed by the meta
 * that gives the next; the last instruction is the bulk instruction itself with one element less, but for copies downwards, which do the
 * rest first.
 */
import type { Instruction } from "../syntax.js";
import { type AdminInstruction, type MetaInstruction, plain } from "./admin.js";

type Meta<K extends MetaInstruction["tag"]> = Extract<MetaInstruction, { readonly tag: K }>;

const STORE_BYTE = plain({ tag: "Store", type: "i32", align: 0, offset: 0, pack: 8 });
const LOAD_BYTE = plain({ tag: "Load", type: "i32", align: 0, offset: 0, pack: { size: 8, extension: "ZX" } });
const FILL_MEMORY = plain({ tag: "MemoryFill" });
const COPY_MEMORY = plain({ tag: "MemoryCopy" });

function number(value: number): AdminInstruction {
  return plain({ tag: "Const", value: { type: "i32", value: value | 0 } });
}

function tableInit(meta: Meta<"Table_init_meta">): AdminInstruction[] {
  const { destination, source, count, ref, table, segment } = meta;
  return [
    number(destination),
    { tag: "Refer", ref },
    plain({ tag: "TableSet", index: table }),
    number(destination + 1),
    number(source + 1),
    number(count - 1),
    plain({ tag: "TableInit", table, segment }),
  ];
}

function tableFill(meta: Meta<"Table_fill_meta">): AdminInstruction[] {
  const { destination, count, ref, table } = meta;
  return [
    number(destination),
    { tag: "Refer", ref },
    plain({ tag: "TableSet", index: table }),
    number(destination + 1),
    { tag: "Refer", ref },
    number(count - 1),
    plain({ tag: "TableFill", index: table }),
  ];
}

/** One element copied, and the copy of the rest, in the order that overlapping ranges need. */
function copy(
  meta: Meta<"Table_copy_meta" | "Memory_copy_meta">,
  load: AdminInstruction,
  store: AdminInstruction,
  rest: AdminInstruction,
): AdminInstruction[] {
  const { destination, source, count } = meta;
  const element = [number(destination), number(source), load, store];
  const others = [number(destination + 1), number(source + 1), number(count - 1), rest];
  return meta.upward ? [...element, ...others] : [...others, ...element];
}

function memoryInit(meta: Meta<"Memory_init_meta">): AdminInstruction[] {
  const { destination, byte, source, count, segment } = meta;
  return [
    number(destination),
    number(byte),
    STORE_BYTE,
    number(destination + 1),
    number(source + 1),
    number(count - 1),
    plain({ tag: "MemoryInit", index: segment }),
  ];
}

function memoryFill(meta: Meta<"Memory_fill_meta">): AdminInstruction[] {
  const { destination, value, count } = meta;
  const constant: Instruction = { tag: "Const", value };
  return [
    number(destination),
    plain(constant),
    STORE_BYTE,
    number(destination + 1),
    plain(constant),
    number(count - 1),
    FILL_MEMORY,
  ];
}

function expansion(meta: MetaInstruction): AdminInstruction[] {
  switch (meta.tag) {
    case "Table_init_meta":
      return tableInit(meta);
    case "Table_fill_meta":
      return tableFill(meta);
    case "Table_copy_meta":
      return copy(
        meta,
        plain({ tag: "TableGet", index: meta.sourceTable }),
        plain({ tag: "TableSet", index: meta.destinationTable }),
        plain({ tag: "TableCopy", destination: meta.destinationTable, source: meta.sourceTable }),
      );
    case "Memory_init_meta":
      return memoryInit(meta);
    case "Memory_fill_meta":
      return memoryFill(meta);
    case "Memory_copy_meta":
      return copy(meta, LOAD_BYTE, STORE_BYTE, COPY_MEMORY);
  }
}

/** The next instruction of a meta, and the meta that follows it unless it is the last. */
export function unroll(meta: MetaInstruction): AdminInstruction[] {
  const instructions = expansion(meta);
  const next = instructions[meta.step];
  if (next === undefined) throw new Error(`${meta.tag} has no instruction ${meta.step}`);
  return meta.step + 1 < instructions.length ? [next, { ...meta, step: meta.step + 1 }] : [next];
}
