/**
 * Blocks of instructions: function bodies and constant expressions (pvm.md §2.2, pvm-encodings.md §6). A stack of continuations follows the
 * nesting; each open block adds two, what opened it and where its instructions go. Blocks are reached by labels, allocated as they open.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { int32, text } from "../../merkle/leaves.js";
import { at, leaf, type Schema, tagged } from "../../merkle/schema.js";
import type { BlockType, Instruction } from "../syntax.js";
import { blockTypeLeaf } from "../syntax-leaves.js";
import { type ByteStream, END_OF_KERNEL } from "./byte-stream.js";
import { type LazyStack, positionSchema, push, stackSchema } from "./containers.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";
import { decodeInstruction } from "./instruction.js";
import { blockType, type DecodeLevel } from "./types.js";

/** The instruction that opened a block, not complete before the block's END; `pos` is the offset of its opcode. */
export type OpeningKont =
  | { readonly tag: "IKBlock"; readonly type: BlockType; readonly pos: number }
  | { readonly tag: "IKLoop"; readonly type: BlockType; readonly pos: number }
  | { readonly tag: "IKIf1"; readonly type: BlockType; readonly pos: number }
  /** In the else branch of an `if`; `thenLabel` is the other one. */
  | { readonly tag: "IKIf2"; readonly type: BlockType; readonly pos: number; readonly thenLabel: number };

/** `IKNext`: instructions go to the block `label`; `IKStop`: that block ends here. */
export type InstructionKont =
  | { readonly tag: "IKNext"; readonly label: number }
  | { readonly tag: "IKStop"; readonly label: number }
  | OpeningKont;

export type BlockKont =
  | { readonly tag: "BlockStart" }
  | { readonly tag: "BlockParse"; readonly stack: LazyStack<InstructionKont> }
  | { readonly tag: "BlockStop"; readonly label: number };

export const BLOCK_START: BlockKont = { tag: "BlockStart" };

const label = leaf(int32);
const opening = { type: at("type", leaf(blockTypeLeaf)), pos: at("pos", positionSchema) };

const instructionKontSchema: Schema<InstructionKont> = tagged<InstructionKont>(text, {
  IKNext: { label },
  IKStop: { label },
  IKBlock: opening,
  IKLoop: opening,
  IKIf1: opening,
  IKIf2: { ...opening, thenLabel: at("else", label) },
});

export const blockKontSchema: Schema<BlockKont> = tagged<BlockKont>(text, {
  BlockStart: "unit",
  BlockParse: { stack: stackSchema(instructionKontSchema) },
  BlockStop: { label },
});

/** The label of the block that is always empty. */
const EMPTY_BLOCK = 0;

export const OPCODE = { block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b } as const;

const OPENINGS = ["IKBlock", "IKLoop", "IKIf1"] as const;

/** The opening of a block by the opcode at `pos`, after which the block's type is read; null for other opcodes. */
export function readOpening(stream: ByteStream, level: DecodeLevel, opcode: number, pos: number): OpeningKont | null {
  const tag = OPENINGS[opcode - OPCODE.block];
  return tag === undefined ? null : { tag, type: blockType(stream, level), pos };
}

function ifInstruction(type: BlockType, thenLabel: number, elseLabel: number): Instruction {
  // biome-ignore lint/suspicious/noThenProperty: the branch of an `if`, in a value that nobody awaits.
  return { tag: "If", type, then: thenLabel, else: elseLabel };
}

/** The instruction that a block's END completes; `label` is the block that ends. An `if` without `else` has the empty block for it. */
export function closedInstruction(opened: OpeningKont, label: number): Instruction {
  const { type } = opened;
  switch (opened.tag) {
    case "IKBlock":
      return { tag: "Block", type, body: label };
    case "IKLoop":
      return { tag: "Loop", type, body: label };
    case "IKIf1":
      return ifInstruction(type, label, EMPTY_BLOCK);
    case "IKIf2":
      return ifInstruction(type, opened.thenLabel, label);
  }
}

/** The `if` whose ELSE has been read. */
export function elseKont({ type, pos }: OpeningKont, label: number): OpeningKont {
  return { tag: "IKIf2", type, pos, thenLabel: label };
}

/** One more instruction, or the end, of the block on top of the stack, whose slots below `base` stay as they are. */
function nextStep(
  context: DecodeContext,
  top: InstructionKont & { tag: "IKNext" },
  base: number,
  slots: LazyVector<InstructionKont>,
): LazyStack<InstructionKont> {
  const { stream } = context;
  const ahead = stream.peek();
  if (ahead === END_OF_KERNEL || ahead === OPCODE.else || ahead === OPCODE.end) {
    return { length: base + 1, vector: slots.set(base, { tag: "IKStop", label: top.label }) };
  }
  const pos = stream.position;
  const opcode = stream.u8();
  const opened = readOpening(stream, context.level, opcode, pos);
  const stack = { length: base + 1, vector: slots };
  if (opened !== null) return push(push(stack, opened), { tag: "IKNext", label: context.allocateBlock() });
  context.addToBlock(top.label, decodeInstruction(stream, opcode, context.level));
  return stack;
}

/** The END of an inner block, which completes the instruction that opened it; or the ELSE of an `if`. */
function closeStep(
  context: DecodeContext,
  closed: number,
  opened: OpeningKont,
  parent: InstructionKont & { tag: "IKNext" },
  base: number,
  slots: LazyVector<InstructionKont>,
): LazyStack<InstructionKont> {
  const { stream } = context;
  if (opened.tag === "IKIf1" && stream.peek() === OPCODE.else) {
    stream.position++;
    const stack = push({ length: base + 1, vector: slots }, elseKont(opened, closed));
    return push(stack, { tag: "IKNext", label: context.allocateBlock() });
  }
  stream.end();
  context.addToBlock(parent.label, closedInstruction(opened, closed));
  return { length: base + 1, vector: slots };
}

/** The three topmost continuations are read, as far as there are so many, whatever is needed. */
function stackStep(
  context: DecodeContext,
  { length, vector: slots }: LazyStack<InstructionKont>,
): LazyStack<InstructionKont> {
  if (length === 0) throw new StepError("Instr_block_step");
  const top = slots.get(length - 1);
  const second = length > 1 ? slots.get(length - 2) : null;
  const third = length > 2 ? slots.get(length - 3) : null;
  if (top.tag === "IKNext") return nextStep(context, top, length - 1, slots);
  if (top.tag !== "IKStop" || second === null || third === null) throw new StepError("Instr_block_step");
  if (second.tag === "IKNext" || second.tag === "IKStop" || third.tag !== "IKNext")
    throw new StepError("Instr_block_step");
  return closeStep(context, top.label, second, third, length - 3, slots);
}

export function blockStep(context: DecodeContext, kont: BlockKont): BlockKont {
  switch (kont.tag) {
    case "BlockStart": {
      const first: InstructionKont = { tag: "IKNext", label: context.allocateBlock() };
      return { tag: "BlockParse", stack: { length: 1, vector: LazyVector.of([first]) } };
    }
    case "BlockParse": {
      if (kont.stack.length === 1) {
        const last = kont.stack.vector.get(0);
        if (last.tag === "IKStop") return { tag: "BlockStop", label: last.label };
      }
      return { tag: "BlockParse", stack: stackStep(context, kont.stack) };
    }
    case "BlockStop":
      throw new StepError("Block_step");
  }
}
