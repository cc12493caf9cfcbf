/**
 * The types of a sequence of instructions: the specification's algorithm, with a stack of operand types and a stack of the blocks that are
 * open. Behind an instruction that never returns, operands that are not there may be of any type until the block ends.
 *
 * Nested blocks are walked without recursion, so that no nesting is too deep.
 */
import type { Block, BlockType, Instruction, Module, ValueType } from "../syntax.js";
import {
  type Context,
  checkData,
  checkMemory,
  elemAt,
  functionAt,
  globalAt,
  printTypes,
  tableAt,
  typeAt,
} from "./context.js";
import { type CodePlace, Fault, type PathStep, unknown } from "./errors.js";
import { mnemonic } from "./mnemonic.js";
import { needsMemory, type Signature, signatureOf } from "./signature.js";

/** The type of an operand; "any" if it only stands for one, behind an instruction that never returns. */
type Operand = ValueType | "any";

interface ControlFrame {
  readonly block: PathStep["block"];
  readonly isLoop: boolean;
  readonly label: number;
  readonly code: Block;
  readonly type: Signature;
  /** Number of operands below the block's own. */
  readonly height: number;
  /** The instruction that opened the block: see `CodePlace`. */
  readonly ordinal: number;
  /** Label of the other branch of an `if`, as long as that is to come. */
  readonly otherwise: number | null;
  /** Index of the next instruction. */
  next: number;
  /** Whether the end of the instructions so far cannot be reached. */
  unreachable: boolean;
}

/** The sequence to check: what it must leave, and the locals it may use. */
export interface CodeType {
  readonly results: readonly ValueType[];
  /** The type of a local; null: there is none. */
  local(index: number): ValueType | null;
}

function isReference(type: Operand): boolean {
  return type === "funcref" || type === "externref";
}

/** Instructions of which every part is in the right order, or not: throws `Fault`, and then knows where. */
export class CodeChecker {
  readonly #context: Context;
  readonly #blocks: Module["allocations"]["blocks"];
  readonly #type: CodeType;
  readonly #operands: Operand[] = [];
  readonly #frames: ControlFrame[] = [];
  /** Number of instructions begun, less one. */
  #ordinal = -1;
  #instruction: Instruction | null = null;

  constructor(module: Module, context: Context, type: CodeType) {
    this.#context = context;
    this.#blocks = module.allocations.blocks;
    this.#type = type;
  }

  /** Checks the sequence with this label. Throws `Fault`. */
  check(label: number): void {
    this.enter(label, { block: "body", type: { params: [], results: this.#type.results }, ordinal: -1 });
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.next < frame.code.length) {
        const instruction = frame.code.get(frame.next++);
        this.#instruction = instruction;
        this.#ordinal++;
        this.instruction(instruction);
      } else {
        this.#instruction = null;
        this.leave(frame);
      }
    }
  }

  /** Where the check stands: where the fault is, if it has thrown one. */
  place(): CodePlace {
    const isEnd = this.#instruction === null;
    const last = this.#frames.length - 1;
    const path = this.#frames.map(({ block, next }, depth) => ({
      block,
      index: isEnd && depth === last ? next : next - 1,
    }));
    const instruction = this.#instruction === null ? null : mnemonic(this.#instruction);
    const ordinal = isEnd ? (this.#frames.at(-1)?.ordinal ?? -1) : this.#ordinal;
    return { path, instruction, ordinal };
  }

  // Operands

  private push(type: Operand): void {
    this.#operands.push(type);
  }

  private pushAll(types: readonly ValueType[]): void {
    for (const type of types) this.#operands.push(type);
  }

  private mismatch(expected: string, count: number): Fault {
    const { height, unreachable } = this.top();
    const found = this.#operands.slice(Math.max(height, this.#operands.length - count));
    const dots = unreachable && found.length < count ? "... " : "";
    return new Fault("type mismatch", expected, dots + printTypes(found));
  }

  private popAny(what = "a value"): Operand {
    const { height, unreachable } = this.top();
    if (this.#operands.length > height) return this.#operands.pop() as Operand; // not empty
    if (!unreachable) throw this.mismatch(what, 1);
    return "any";
  }

  /** Checks that the topmost operands have these types. */
  private expect(types: readonly ValueType[]): void {
    const { height, unreachable } = this.top();
    let at = this.#operands.length;
    for (let index = types.length - 1; index >= 0; index--) {
      const missing = --at < height;
      const operand = missing ? "any" : this.#operands[at];
      if (missing ? !unreachable : operand !== "any" && operand !== types[index]) {
        throw this.mismatch(printTypes(types), types.length);
      }
    }
  }

  private popAll(types: readonly ValueType[]): void {
    this.expect(types);
    const { height } = this.top();
    this.#operands.length = Math.max(height, this.#operands.length - types.length);
  }

  private pop(...types: readonly ValueType[]): void {
    this.popAll(types);
  }

  private apply({ params, results }: Signature): void {
    this.popAll(params);
    this.pushAll(results);
  }

  // Blocks

  private top(): ControlFrame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new Error("no block is open");
    return frame;
  }

  private enter(
    label: number,
    opening: Pick<ControlFrame, "block" | "type" | "ordinal"> & Partial<Pick<ControlFrame, "isLoop" | "otherwise">>,
  ): void {
    const { block, type, ordinal, isLoop = false, otherwise = null } = opening;
    const outer = this.#frames.at(-1)?.label ?? -1;
    // The decoder numbers blocks as they open; label 0 is an empty block. Anything else could be a cycle.
    if (label !== 0 && label <= outer) throw new Fault(`block ${label} inside of block ${outer}`);
    const height = this.#operands.length;
    const code = this.#blocks.get(label);
    this.#frames.push({ block, isLoop, label, code, type, height, ordinal, otherwise, next: 0, unreachable: false });
    this.pushAll(type.params);
  }

  private leave(frame: ControlFrame): void {
    const { type, height, otherwise, ordinal } = frame;
    const left = this.#operands.length - height;
    if (left > type.results.length) throw this.mismatch(printTypes(type.results), left);
    this.popAll(type.results);
    this.#frames.pop();
    if (otherwise !== null) this.enter(otherwise, { block: "else", type, ordinal });
    else this.pushAll(type.results);
  }

  private blockType(type: BlockType): Signature {
    if (type.tag === "index") return typeAt(this.#context, type.index);
    return { params: [], results: type.type === null ? [] : [type.type] };
  }

  private stop(): void {
    const frame = this.top();
    this.#operands.length = frame.height;
    frame.unreachable = true;
  }

  /** The types that a branch to the block `depth` levels out takes along. */
  private branchTypes(depth: number): readonly ValueType[] {
    const frame = depth >= 0 ? this.#frames[this.#frames.length - 1 - depth] : undefined;
    if (frame === undefined) throw unknown("label", depth);
    return frame.isLoop ? frame.type.params : frame.type.results;
  }

  private branchTable(targets: readonly number[], last: number): void {
    this.pop("i32");
    const types = this.branchTypes(last);
    for (const target of targets) {
      const others = this.branchTypes(target);
      if (others.length !== types.length) throw new Fault("type mismatch", printTypes(types), printTypes(others));
      this.expect(others);
    }
    this.popAll(types);
    this.stop();
  }

  // Instructions

  private instruction(instruction: Instruction): void {
    if (needsMemory(instruction)) checkMemory(this.#context);
    if (instruction.tag === "MemoryInit" || instruction.tag === "DataDrop") checkData(this.#context, instruction.index);
    if (this.control(instruction) || this.variable(instruction) || this.table(instruction)) return;
    const signature = signatureOf(instruction);
    if (signature === null) throw new Error(`no type for ${instruction.tag}`);
    this.apply(signature);
  }

  private control(instruction: Instruction): boolean {
    switch (instruction.tag) {
      case "Unreachable":
        this.stop();
        return true;
      case "Block":
      case "Loop": {
        const type = this.blockType(instruction.type);
        this.popAll(type.params);
        const isLoop = instruction.tag === "Loop";
        this.enter(instruction.body, { block: "body", type, ordinal: this.#ordinal, isLoop });
        return true;
      }
      case "If": {
        const type = this.blockType(instruction.type);
        this.pop("i32");
        this.popAll(type.params);
        this.enter(instruction.then, { block: "then", type, ordinal: this.#ordinal, otherwise: instruction.else });
        return true;
      }
      case "Br":
        this.popAll(this.branchTypes(instruction.index));
        this.stop();
        return true;
      case "BrIf": {
        const types = this.branchTypes(instruction.index);
        this.pop("i32");
        this.popAll(types);
        this.pushAll(types);
        return true;
      }
      case "BrTable":
        this.branchTable(instruction.targets, instruction.default);
        return true;
      case "Return":
        this.popAll(this.#type.results);
        this.stop();
        return true;
      case "Call": {
        const type = functionAt(this.#context, instruction.index);
        if (type === null) throw new Fault(`unknown type of function ${instruction.index >>> 0}`);
        this.apply(type);
        return true;
      }
      case "CallIndirect": {
        const { type } = tableAt(this.#context, instruction.table);
        if (type !== "funcref") throw new Fault("type mismatch", "a table of funcref", `a table of ${type}`);
        const callee = typeAt(this.#context, instruction.type);
        this.pop("i32");
        this.popAll(callee.params);
        this.pushAll(callee.results);
        return true;
      }
      case "Drop":
        this.popAny();
        return true;
      case "Select":
        this.select(instruction.types);
        return true;
      default:
        return false;
    }
  }

  private select(types: readonly ValueType[] | null): void {
    if (types !== null) {
      const [type, ...others] = types;
      if (type === undefined || others.length > 0) throw new Fault(`invalid result arity ${types.length}`);
      this.apply({ params: [type, type, "i32"], results: [type] });
      return;
    }
    this.pop("i32");
    const second = this.popAny();
    const first = this.popAny();
    const isMismatch = first !== "any" && second !== "any" && first !== second;
    if (isMismatch || isReference(first) || isReference(second)) {
      throw new Fault("type mismatch", "two numbers or vectors of one type", printTypes([first, second]));
    }
    this.push(first === "any" ? second : first);
  }

  private local(index: number): ValueType {
    const type = this.#type.local(index >>> 0);
    if (type === null) throw unknown("local", index);
    return type;
  }

  private variable(instruction: Instruction): boolean {
    switch (instruction.tag) {
      case "LocalGet":
        this.push(this.local(instruction.index));
        return true;
      case "LocalSet":
        this.pop(this.local(instruction.index));
        return true;
      case "LocalTee": {
        const type = this.local(instruction.index);
        this.pop(type);
        this.push(type);
        return true;
      }
      case "GlobalGet":
        this.push(globalAt(this.#context, instruction.index).type);
        return true;
      case "GlobalSet": {
        const { type, mutable } = globalAt(this.#context, instruction.index);
        if (!mutable) throw new Fault("global is immutable");
        this.pop(type);
        return true;
      }
      default:
        return false;
    }
  }

  private table(instruction: Instruction): boolean {
    switch (instruction.tag) {
      case "RefIsNull": {
        const type = this.popAny("a reference");
        if (type !== "any" && !isReference(type)) throw new Fault("type mismatch", "a reference", type);
        this.push("i32");
        return true;
      }
      case "RefFunc":
        functionAt(this.#context, instruction.index);
        if (!this.#context.declared.has(instruction.index >>> 0)) {
          throw new Fault(`undeclared function reference ${instruction.index >>> 0}`);
        }
        this.push("funcref");
        return true;
      case "TableGet":
        this.apply({ params: ["i32"], results: [tableAt(this.#context, instruction.index).type] });
        return true;
      case "TableSet":
        this.pop("i32", tableAt(this.#context, instruction.index).type);
        return true;
      case "TableGrow":
        this.apply({ params: [tableAt(this.#context, instruction.index).type, "i32"], results: ["i32"] });
        return true;
      case "TableFill":
        this.pop("i32", tableAt(this.#context, instruction.index).type, "i32");
        return true;
      case "TableSize":
        tableAt(this.#context, instruction.index);
        return false;
      case "ElemDrop":
        elemAt(this.#context, instruction.index);
        return false;
      case "TableCopy": {
        const { type } = tableAt(this.#context, instruction.destination);
        this.checkElements(type, tableAt(this.#context, instruction.source).type);
        return false;
      }
      case "TableInit": {
        const { type } = tableAt(this.#context, instruction.table);
        this.checkElements(type, elemAt(this.#context, instruction.segment));
        return false;
      }
      default:
        return false;
    }
  }

  private checkElements(expected: ValueType, actual: ValueType): void {
    if (actual !== expected) throw new Fault("type mismatch", `elements of ${expected}`, `elements of ${actual}`);
  }
}
