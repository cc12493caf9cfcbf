/**
 * Many ticks of block parsing at once (pvm.md §2.2): the stack and the open blocks are kept in arrays, the kernel is read flat, and at every
 * tick the arrays stand for the state that block.ts would have reached. Nothing is decided here that block.ts and instruction.ts do not.
 *
 * Reads of typed arrays and tables carry `as number` or the like where the index is in bounds by construction.
 */
import { LazyVector } from "../../../merkle/lazy-vector.js";
import { GuestError } from "../../guest-errors.js";
import type { Block, Instruction } from "../../syntax.js";
import { type BlockKont, closedInstruction, elseKont, type InstructionKont, OPCODE, readOpening } from "../block.js";
import { ByteStream } from "../byte-stream.js";
import { decodeInstruction } from "../instruction.js";
import type { DecodeLevel } from "../types.js";
import { blocksOf, knownBlock, remember } from "./block-cache.js";
import { instructionTables, ONE_BYTE, TABLE_ALIGNMENTS } from "./instruction-tables.js";

/** A block that was in the table before, and what is to be added to it. */
interface GrownBlock {
  readonly label: number;
  readonly added: Instruction[];
}

export class BlockRunner {
  readonly stream: ByteStream;
  private readonly bytes: Uint8Array;
  private readonly level: DecodeLevel;
  /** The table of blocks without what is pending here. */
  private readonly blocks: LazyVector<Block>;
  /** The blocks allocated since, from label `blocks.length` on. */
  private readonly fresh: Instruction[][] = [];
  private grown: GrownBlock[] = [];
  /** All slots of the stack's vector; those from `depth` on are stale. Even ones are blocks, odd ones what opened the next. */
  private slots: InstructionKont[] = [];
  private depth = 0;
  /** Where the instructions of each open block go, by nesting. */
  private targets: Instruction[][] = [];
  /** The label of the outermost block once it is over. */
  private finished: number | null = null;

  constructor(bytes: Uint8Array, position: number, level: DecodeLevel, blocks: LazyVector<Block>) {
    this.bytes = bytes;
    this.stream = ByteStream.ofBytes(bytes, position);
    this.level = level;
    this.blocks = blocks;
  }

  private allocate(): number {
    this.fresh.push([]);
    return this.blocks.length + this.fresh.length - 1;
  }

  /** The instructions pending for a block. */
  private pending(label: number): Instruction[] {
    const fresh = this.fresh[label - this.blocks.length];
    if (fresh !== undefined) return fresh;
    const added: Instruction[] = [];
    this.grown.push({ label, added });
    return added;
  }

  /** The tick that starts a block. */
  start(): void {
    this.openAt(0, this.allocate());
    this.finished = null;
  }

  private openAt(slot: number, label: number): void {
    if (slot === 0) {
      this.slots = [];
      this.targets = [];
    }
    this.slots[slot] = { tag: "IKNext", label };
    this.depth = slot + 1;
    this.targets.push(this.pending(label));
  }

  /** Goes on with a block; false if its continuation is not one that this can go on with. */
  resume(kont: BlockKont): boolean {
    if (kont.tag !== "BlockParse") return false;
    const { length, vector } = kont.stack;
    this.slots = vector.toArray();
    this.depth = length;
    this.targets = [];
    this.finished = null;
    if (length % 2 === 0 || length > this.slots.length) return false;
    for (let slot = 0; slot < length; slot++) {
      const item = this.slots[slot] as InstructionKont;
      const isBlock = item.tag === "IKNext" || item.tag === "IKStop";
      if (isBlock !== (slot % 2 === 0) || (item.tag === "IKStop" && slot !== length - 1)) return false;
      if (isBlock) this.targets.push(this.pending(item.label));
    }
    return true;
  }

  /** Runs up to `budget` ticks, or until the block is over or the next tick is an error. Gives the ticks done. */
  run(budget: number): number {
    let left = budget;
    while (left > 0 && this.finished === null) {
      const done = this.advance(left);
      if (done === 0) break;
      left -= done;
    }
    return budget - left;
  }

  /** The ticks of one or several instructions, of a block's opening, or of its end; 0: the next tick is an error. */
  private advance(budget: number): number {
    const top = this.slots[this.depth - 1] as InstructionKont;
    if (top.tag === "IKStop") return this.close(top.label) ? 1 : 0;
    if (top.tag !== "IKNext") return 0; // even slots are blocks
    const start = this.stream.position;
    const target = this.targets[this.targets.length - 1] as Instruction[];
    const before = target.length;
    try {
      this.plainInstructions(target, budget);
      const done = target.length - before;
      return done > 0 ? done : this.openOrStop(top);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      if (target.length === before) this.stream.position = start;
      return target.length - before;
    }
  }

  /** Adds instructions to a block until one opens or ends a block. On an error the position is that of the instruction at fault. */
  private plainInstructions(target: Instruction[], budget: number): void {
    const { bytes, stream } = this;
    const { plain, indexed, memory } = instructionTables(this.level);
    let position = stream.position;
    let left = budget;
    while (left > 0 && position < bytes.length) {
      const opcode = bytes[position] as number;
      let instruction = plain[opcode];
      let size = 1;
      if (instruction === undefined) {
        // Past the end these are undefined, and compare false.
        const first = bytes[position + 1] as number;
        const second = bytes[position + 2] as number;
        let table = indexed[opcode];
        let key = first;
        size = 2;
        if (table === undefined || !(first < ONE_BYTE)) {
          table = first < TABLE_ALIGNMENTS && second < ONE_BYTE ? memory[opcode] : undefined;
          key = first * ONE_BYTE + second;
          size = 3;
        }
        instruction = table?.[key];
        if (instruction === undefined) {
          stream.position = position;
          if ((opcode >= OPCODE.block && opcode <= OPCODE.else) || opcode === OPCODE.end) return;
          instruction = this.otherInstruction(position, opcode);
          size = stream.position - position;
          if (table !== undefined) table[key] = instruction;
        }
      }
      target.push(instruction);
      position += size;
      left--;
    }
    stream.position = position;
  }

  private otherInstruction(position: number, opcode: number): Instruction {
    this.stream.position = position + 1;
    try {
      return decodeInstruction(this.stream, opcode, this.level);
    } catch (error) {
      this.stream.position = position;
      throw error;
    }
  }

  /** The next byte opens a block, or ends the one on top, or there is none. */
  private openOrStop(top: InstructionKont & { tag: "IKNext" }): number {
    const { stream } = this;
    const pos = stream.position;
    const opcode = stream.peek();
    if (opcode < OPCODE.block || opcode >= OPCODE.else) {
      this.slots[this.depth - 1] = { tag: "IKStop", label: top.label };
      return 1;
    }
    stream.position++;
    const opened = readOpening(stream, this.level, opcode, pos);
    if (opened === null) throw new Error(`opcode ${opcode} opens no block`);
    this.slots[this.depth] = opened;
    this.openAt(this.depth + 1, this.allocate());
    return 1;
  }

  /** The end of the block on top, which is over; false if what follows is not an end. */
  private close(label: number): boolean {
    if (this.depth === 1) {
      this.finished = label;
      return true;
    }
    const { stream } = this;
    const opened = this.slots[this.depth - 2] as Exclude<InstructionKont, { label: number }>;
    const opcode = stream.peek();
    if (opened.tag === "IKIf1" && opcode === OPCODE.else) {
      stream.position++;
      this.slots[this.depth - 2] = elseKont(opened, label);
      this.targets.pop();
      this.openAt(this.depth - 1, this.allocate());
      return true;
    }
    if (opcode !== OPCODE.end) return false;
    stream.position++;
    this.targets.pop();
    this.depth -= 2;
    (this.targets[this.targets.length - 1] as Instruction[]).push(closedInstruction(opened, label));
    return true;
  }

  /** The continuation that stands for where the run is. */
  kont(): BlockKont {
    if (this.finished !== null) return { tag: "BlockStop", label: this.finished };
    return { tag: "BlockParse", stack: { length: this.depth, vector: LazyVector.of(this.slots.slice()) } };
  }

  /** The table of blocks with everything added. The runner must not be used afterwards. */
  takeBlocks(): LazyVector<Block> {
    const known = blocksOf(this.bytes, this.level);
    let { blocks } = this;
    for (const { label, added } of this.grown) {
      if (added.length === 0) continue;
      let block = blocks.get(label);
      for (const instruction of added) block = block.append(instruction);
      blocks = blocks.set(label, remember(known, label, block));
    }
    for (const instructions of this.fresh) blocks = blocks.append(knownBlock(known, blocks.length, instructions));
    return blocks;
  }
}
