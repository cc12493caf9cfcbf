/**
 * Many ticks of the code section at once (pvm.md §2.2): whole functions, and as much of the last as the budget allows. A function's ticks
 * before its block are counted rather than run; the budget must cover them all, else they are left to single steps.
 */
import { LazyVector } from "../../../merkle/lazy-vector.js";
import { GuestError } from "../../guest-errors.js";
import type { Func, ValueType } from "../../syntax.js";
import { OPCODE } from "../block.js";
import type { ByteStream } from "../byte-stream.js";
import { type CodeKont, UNKNOWN_TYPE } from "../code.js";
import { type Filling, readSize, type Size } from "../containers.js";
import type { DecodeState, ModuleKont } from "../state.js";
import { type DecodeLevel, valueType } from "../types.js";
import { BlockRunner } from "./block-runner.js";
import { fillMany, type Progress } from "./progress.js";

type CodeSection = Filling<Func>;

/** What comes before a function's block. */
interface Header {
  readonly left: number;
  readonly size: Size;
  readonly locals: readonly ValueType[];
  /** From the entry of the function to the start of its block, that start included. */
  readonly ticks: number;
}

/** Functions with more locals are left to single steps. */
const MAX_LOCALS = 1 << 20;
/** Entry, size, end of the declarations, end of the locals, start of the block. */
const FIXED_HEADER_TICKS = 5;
/** END of the body, and storing the function. */
const CLOSING_TICKS = 2;

/** Reads a function up to its block; null if there is an error in it or it is left to single steps. */
function readHeader(stream: ByteStream, level: DecodeLevel): Header | null {
  try {
    const left = stream.position;
    const size = readSize(stream);
    const declarations = stream.count();
    const counts: number[] = [];
    const types: ValueType[] = [];
    let total = 0;
    for (let index = 0; index < declarations; index++) {
      const count = stream.unsigned(32);
      total += count;
      counts.push(count);
      types.push(valueType(stream, level));
    }
    if (total > MAX_LOCALS) return null;
    const { locals, loads } = unfold(counts, types, total);
    return { left, size, locals, ticks: FIXED_HEADER_TICKS + declarations + loads + total };
  } catch (error) {
    if (error instanceof GuestError) return null;
    throw error;
  }
}

/** The locals one by one; and how many declarations had to be looked at for that. */
function unfold(
  counts: readonly number[],
  types: readonly ValueType[],
  total: number,
): { locals: ValueType[]; loads: number } {
  const locals: ValueType[] = [];
  let loads = 0;
  while (locals.length < total) {
    const type = types[loads] as ValueType; // the counts add up to the total
    for (let left = counts[loads] as number; left > 0; left--) locals.push(type);
    loads++;
  }
  return { locals, loads };
}

/** The run of a code section that begins between two functions. */
class FunctionsRun {
  readonly done: Func[] = [];
  /** The function the run stopped in; null: between two. */
  inside: { readonly kont: CodeKont; readonly pos: number } | null = null;
  private readonly runner: BlockRunner;
  private readonly level: DecodeLevel;

  constructor(runner: BlockRunner, level: DecodeLevel) {
    this.runner = runner;
    this.level = level;
  }

  /** One function, or the beginning of it; 0 if that is left to single steps. The budget is not exceeded. */
  next(budget: number): number {
    const { stream } = this.runner;
    const pos = stream.position;
    const header = readHeader(stream, this.level);
    if (header === null || header.ticks > budget) {
      stream.position = pos;
      return 0;
    }
    this.runner.start();
    const ticks = header.ticks + this.runner.run(budget - header.ticks);
    return ticks + this.close(header, pos, budget - ticks);
  }

  private close({ left, size, locals }: Header, pos: number, budget: number): number {
    const { stream } = this.runner;
    const block = this.runner.kont();
    const vector = LazyVector.of(locals);
    const isOver =
      block.tag === "BlockStop" && stream.peek() === OPCODE.end && stream.position + 1 === size.start + size.size;
    if (!isOver || budget < CLOSING_TICKS) {
      this.inside = { kont: { tag: "CKBody", left, size, locals: vector, block }, pos };
      return 0;
    }
    stream.position++;
    this.done.push({ type: UNKNOWN_TYPE, locals: vector, body: block.label });
    return CLOSING_TICKS;
  }
}

/** Runs functions of the code section from one not begun. */
export function runFunctions(
  state: DecodeState,
  bytes: Uint8Array,
  budget: number,
  level: DecodeLevel,
): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKField" || kont.section.tag !== "CodeField") return null;
  const { elements } = kont.section;
  const runner = new BlockRunner(bytes, state.streamPos, level, state.allocations.blocks);
  const run = new FunctionsRun(runner, level);
  let left = budget;
  for (let index = elements.offset; index < elements.vector.length && run.inside === null; index++) {
    const ticks = run.next(left);
    if (ticks === 0) break;
    left -= ticks;
  }
  if (left === budget) return null;
  const filled = fillMany(elements, run.done);
  return {
    state: {
      ...state,
      kont: sectionKont(run, kont.size, filled),
      allocations: { blocks: runner.takeBlocks(), datas: state.allocations.datas },
      streamPos: runner.stream.position,
    },
    ticks: budget - left,
  };
}

function sectionKont({ inside }: FunctionsRun, size: Size, elements: CodeSection): ModuleKont {
  if (inside === null) return { tag: "MKField", section: { tag: "CodeField", elements }, size };
  return { tag: "MKCode", kont: inside.kont, pos: inside.pos, size, elements };
}

/** Goes on with the block of a function begun. */
export function runBody(state: DecodeState, bytes: Uint8Array, budget: number, level: DecodeLevel): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKCode" || kont.kont.tag !== "CKBody") return null;
  const runner = new BlockRunner(bytes, state.streamPos, level, state.allocations.blocks);
  if (!runner.resume(kont.kont.block)) return null;
  const ticks = runner.run(budget);
  if (ticks === 0) return null;
  return {
    state: {
      ...state,
      kont: { ...kont, kont: { ...kont.kont, block: runner.kont() } },
      allocations: { blocks: runner.takeBlocks(), datas: state.allocations.datas },
      streamPos: runner.stream.position,
    },
    ticks,
  };
}
