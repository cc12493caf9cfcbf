/** The instructions of a sequence with their places, in the order of the binary. */
import type { Block, Instruction, Module } from "../syntax.js";
import type { CodePlace, PathStep } from "./errors.js";
import { mnemonic } from "./mnemonic.js";

interface OpenBlock {
  readonly block: PathStep["block"];
  readonly code: Block;
  /** Label of the other branch of an `if`, as long as that is to come. */
  readonly otherwise: number | null;
  next: number;
}

/** An instruction, and a function that tells its place. */
export interface Visited {
  readonly instruction: Instruction;
  place(): CodePlace;
}

/** All instructions of the sequence with a label, nested ones after the one that holds them. The blocks must form a tree. */
export function* walk(blocks: Module["allocations"]["blocks"], label: number): Generator<Visited> {
  const open: OpenBlock[] = [];
  const enter = (block: PathStep["block"], inner: number, otherwise: number | null = null): void => {
    open.push({ block, code: blocks.get(inner), otherwise, next: 0 });
  };
  enter("body", label);
  let ordinal = -1;
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.code.length) {
      open.pop();
      if (top.otherwise !== null) enter("else", top.otherwise);
      continue;
    }
    const instruction = top.code.get(top.next++);
    ordinal++;
    yield {
      instruction,
      place: () => ({
        path: open.map(({ block, next }) => ({ block, index: next - 1 })),
        instruction: mnemonic(instruction),
        ordinal,
      }),
    };
    if (instruction.tag === "Block" || instruction.tag === "Loop") enter("body", instruction.body);
    else if (instruction.tag === "If") enter("then", instruction.then, instruction.else);
  }
}
