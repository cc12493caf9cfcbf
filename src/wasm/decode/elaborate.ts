/**
 * The end of the decoding (pvm.md §2.3): each function gets its type, its blocks are looked through for `memory.init` and `data.drop` until
 * the first is found anywhere, and the module is put together.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import type { Instruction, Module } from "../syntax.js";
import { type Filling, fill, isFull } from "./containers.js";
import type { DecodeContext } from "./context.js";
import type { ModuleKont, Traversal } from "./state.js";

export type ElaborateKont = ModuleKont & { tag: "MKElaborateFunc" };

/** Whether an instruction refers to a data segment. */
export function needsDataCount(instruction: Instruction): boolean {
  return instruction.tag === "MemoryInit" || instruction.tag === "DataDrop";
}

const NO_BLOCKS: readonly number[] = [];

/** The labels of the blocks inside an instruction. */
export function innerBlocks(instruction: Instruction): readonly number[] {
  switch (instruction.tag) {
    case "Block":
    case "Loop":
      return [instruction.body];
    case "If":
      return [instruction.then, instruction.else];
    default:
      return NO_BLOCKS;
  }
}

/** The next function gets its type; unless the question is settled, its body is to be looked through. */
function nextFunction(context: DecodeContext, kont: ElaborateKont): ModuleKont {
  const { vars, bodies, funcs, noDatas } = kont;
  const type = vars.get(funcs.offset);
  const func = { ...bodies.get(funcs.offset), type };
  const rest = { ...kont, funcs: fill(funcs, func) };
  if (!noDatas) return rest;
  const body: Filling<Instruction> = { offset: 0, vector: context.block(func.body) };
  return { ...rest, traversal: { offset: 0, vector: LazyVector.of([body]) } };
}

/** One instruction of the traversal; null once an instruction needs a data count. */
function traverse(context: DecodeContext, { offset, vector: blocks }: Traversal): Traversal | null {
  const block = blocks.get(offset);
  if (isFull(block)) return { offset: offset + 1, vector: blocks };
  const instruction = block.vector.get(block.offset);
  if (needsDataCount(instruction)) return null;
  let met = blocks;
  for (const label of innerBlocks(instruction)) met = met.append({ offset: 0, vector: context.block(label) });
  return { offset, vector: met.set(offset, { offset: block.offset + 1, vector: block.vector }) };
}

export function elaborateStep(context: DecodeContext, kont: ElaborateKont): ModuleKont {
  const { traversal, funcs, noDatas } = kont;
  if (traversal === null) {
    return isFull(funcs) ? { tag: "MKBuild", funcs: funcs.vector, noDatas } : nextFunction(context, kont);
  }
  if (isFull(traversal)) return { ...kont, traversal: null };
  const next = traverse(context, traversal);
  return next === null ? { ...kont, traversal: null, noDatas: false } : { ...kont, traversal: next };
}

/** The last checks, and the module. */
export function buildStep(context: DecodeContext, kont: ModuleKont & { tag: "MKBuild" }): ModuleKont {
  const { funcs, noDatas } = kont;
  const { building } = context;
  const { dataCount, datas } = building;
  if (!context.stream.isAtEnd) throw GuestError.withMessage("unexpected content after last section");
  if (dataCount !== null && dataCount !== (datas.length | 0)) {
    throw GuestError.withMessage("data count and data section have inconsistent lengths");
  }
  if (funcs === null) throw GuestError.withMessage("function and code section have inconsistent lengths");
  if (dataCount === null && !noDatas) throw GuestError.withMessage("data count section required");
  const module: Module = {
    types: building.types,
    globals: building.globals,
    tables: building.tables,
    memories: building.memories,
    funcs,
    start: building.start,
    elems: building.elems,
    datas,
    imports: building.imports,
    exports: building.exports,
    allocations: context.allocations,
  };
  return { tag: "MKStop", module };
}
