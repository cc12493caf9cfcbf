/**
 * The blocks of a kernel that was decoded before. A block's label and its number of instructions so far decide what it holds, so the one
 * made earlier stands for it, and with it the tree that was saved of it.
 */
import { LazyVector } from "../../../merkle/lazy-vector.js";
import type { Block, Instruction } from "../../syntax.js";
import type { DecodeLevel } from "../types.js";

const blocksOfKernels: Readonly<Record<DecodeLevel, WeakMap<Uint8Array, (Block | undefined)[]>>> = {
  pvm: new WeakMap(),
  full: new WeakMap(),
};

/** The blocks known of a kernel, by label; `bytes` is the kernel's one array. */
export function blocksOf(bytes: Uint8Array, level: DecodeLevel): (Block | undefined)[] {
  let blocks = blocksOfKernels[level].get(bytes);
  if (blocks === undefined) {
    blocks = [];
    blocksOfKernels[level].set(bytes, blocks);
  }
  return blocks;
}

/** The block of a label, which has come as far as these instructions. */
export function knownBlock(known: (Block | undefined)[], label: number, instructions: readonly Instruction[]): Block {
  return known[label]?.length === instructions.length
    ? (known[label] as Block)
    : remember(known, label, LazyVector.of(instructions));
}

/** Keeps a block if it is longer than the one known; gives the one to go on with. */
export function remember(known: (Block | undefined)[], label: number, block: Block): Block {
  const other = known[label];
  if (other !== undefined && other.length === block.length) return other;
  if (other === undefined || other.length < block.length) known[label] = block;
  return block;
}
