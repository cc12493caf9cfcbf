/** Many ticks of the elaboration of functions at once (pvm.md §2.3). */
import { LazyVector } from "../../../merkle/lazy-vector.js";
import type { Block, Func, Instruction } from "../../syntax.js";
import type { Filling } from "../containers.js";
import { type ElaborateKont, innerBlocks, needsDataCount } from "../elaborate.js";
import type { DecodeState, Traversal } from "../state.js";
import { fillMany, type Progress } from "./progress.js";

/** The traversal of one function's blocks, in arrays. */
class BlockTraversal {
  private readonly blocks: LazyVector<Block>;
  /** The vector the traversal went on from, and the index in it of the first block here. */
  private readonly base: LazyVector<Filling<Instruction>>;
  private readonly first: number;
  private readonly met: Block[] = [];
  /** The block looked at, counted from `first`, and how many of its instructions have been. */
  private current = 0;
  private looked = 0;

  constructor(blocks: LazyVector<Block>, { offset, vector }: Traversal) {
    this.blocks = blocks;
    this.base = vector;
    this.first = offset;
    for (let index = offset; index < vector.length; index++) {
      const block = vector.get(index);
      if (index === offset) this.looked = block.offset;
      this.met.push(block.vector);
    }
  }

  /** The traversal of a function's body from its start. */
  static of(blocks: LazyVector<Block>, body: number): BlockTraversal {
    return new BlockTraversal(blocks, { offset: 0, vector: LazyVector.of([{ offset: 0, vector: blocks.get(body) }]) });
  }

  get isOver(): boolean {
    return this.current === this.met.length;
  }

  /** Looks at instructions until the budget or the blocks are used up. Gives the ticks; `found`: the last one needs a data count. */
  run(budget: number): { ticks: number; found: boolean } {
    let left = budget;
    while (left > 0 && !this.isOver) {
      const block = this.met[this.current] as Block; // not over
      const end = Math.min(block.length, this.looked + left);
      for (let index = this.looked; index < end; index++) {
        const instruction = block.get(index);
        if (needsDataCount(instruction)) return { ticks: budget - left + (index - this.looked) + 1, found: true };
        for (const label of innerBlocks(instruction)) this.met.push(this.blocks.get(label));
      }
      left -= end - this.looked;
      this.looked = end;
      if (left > 0) {
        this.current++;
        this.looked = 0;
        left--;
      }
    }
    return { ticks: budget - left, found: false };
  }

  traversal(): Traversal {
    let vector = this.base;
    this.met.forEach((block, index) => {
      const at = this.first + index;
      const offset = index < this.current ? block.length : index === this.current ? this.looked : 0;
      if (at >= vector.length) vector = vector.append({ offset, vector: block });
      else if (index <= this.current) vector = vector.set(at, { offset, vector: block });
    });
    return { offset: this.first + this.current, vector };
  }
}

/** Runs the elaboration up to, but not including, the tick that leaves it. */
export function runElaboration(state: DecodeState, budget: number): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKElaborateFunc") return null;
  const run = new ElaborationRun(kont, state.allocations.blocks);
  const ticks = run.run(budget);
  return ticks === 0 ? null : { state: { ...state, kont: run.kont() }, ticks };
}

class ElaborationRun {
  private readonly start: ElaborateKont;
  private readonly blocks: LazyVector<Block>;
  private readonly done: Func[] = [];
  private traversal: BlockTraversal | null;
  private noDatas: boolean;

  constructor(kont: ElaborateKont, blocks: LazyVector<Block>) {
    this.start = kont;
    this.blocks = blocks;
    this.traversal = kont.traversal === null ? null : new BlockTraversal(blocks, kont.traversal);
    this.noDatas = kont.noDatas;
  }

  run(budget: number): number {
    let left = budget;
    while (left > 0) {
      if (this.traversal === null) {
        if (!this.nextFunction()) break;
        left--;
      } else if (this.traversal.isOver) {
        this.traversal = null;
        left--;
      } else {
        const { ticks, found } = this.traversal.run(left);
        left -= ticks;
        if (!found) continue;
        this.traversal = null;
        this.noDatas = false;
      }
    }
    return budget - left;
  }

  private nextFunction(): boolean {
    const { vars, bodies, funcs } = this.start;
    const index = funcs.offset + this.done.length;
    if (index >= funcs.vector.length) return false;
    const func: Func = { ...bodies.get(index), type: vars.get(index) };
    this.done.push(func);
    if (this.noDatas) this.traversal = BlockTraversal.of(this.blocks, func.body);
    return true;
  }

  kont(): ElaborateKont {
    const traversal = this.traversal?.traversal() ?? null;
    return { ...this.start, funcs: fillMany(this.start.funcs, this.done), traversal, noDatas: this.noDatas };
  }
}
