/** Translates blocks of instructions into the fast evaluator's words. Done once a block, when it is first entered. */
import type { ModuleInstance } from "../runtime.js";
import type { Block, BlockType, Instruction } from "../syntax.js";
import { NUMERIC, OP, STRIDE } from "./opcodes.js";

/** How many values a block takes and leaves. */
export interface BlockArity {
  readonly params: number;
  readonly results: number;
}

export interface CompiledBlock {
  /** Label of the block. */
  readonly label: number;
  readonly instructions: readonly Instruction[];
  readonly words: Int32Array;
}

/** Side tables that the words of a module's blocks point into. */
export class CodeTables {
  readonly branchTables: Int32Array[] = [];
  readonly arities: BlockArity[] = [];
}

const LOADS: Readonly<Record<string, number>> = {
  i32: OP.I32_LOAD,
  i64: OP.I64_LOAD,
  i328SX: OP.I32_LOAD8_S,
  i328ZX: OP.I32_LOAD8_U,
  i3216SX: OP.I32_LOAD16_S,
  i3216ZX: OP.I32_LOAD16_U,
  i648SX: OP.I64_LOAD8_S,
  i648ZX: OP.I64_LOAD8_U,
  i6416SX: OP.I64_LOAD16_S,
  i6416ZX: OP.I64_LOAD16_U,
  i6432SX: OP.I64_LOAD32_S,
  i6432ZX: OP.I64_LOAD32_U,
};

const STORES: Readonly<Record<string, number>> = {
  i32: OP.I32_STORE,
  i64: OP.I64_STORE,
  i328: OP.I32_STORE8,
  i3216: OP.I32_STORE16,
  i648: OP.I64_STORE8,
  i6416: OP.I64_STORE16,
  i6432: OP.I64_STORE32,
};

const INDEXED: Readonly<Record<string, number>> = {
  Br: OP.BR,
  BrIf: OP.BR_IF,
  Call: OP.CALL,
  LocalGet: OP.LOCAL_GET,
  LocalSet: OP.LOCAL_SET,
  LocalTee: OP.LOCAL_TEE,
  GlobalGet: OP.GLOBAL_GET,
  GlobalSet: OP.GLOBAL_SET,
  MemoryInit: OP.MEMORY_INIT,
};

const PLAIN: Readonly<Record<string, number>> = {
  Nop: OP.NOP,
  Drop: OP.DROP,
  Return: OP.RETURN,
  MemorySize: OP.MEMORY_SIZE,
  MemoryGrow: OP.MEMORY_GROW,
  MemoryFill: OP.MEMORY_FILL,
  MemoryCopy: OP.MEMORY_COPY,
};

/** Compiles a block. A block type that names no type of the module is left to the tick machine, which fails on it. */
export function compileBlock(
  label: number,
  block: Block,
  types: ModuleInstance["types"],
  tables: CodeTables,
): CompiledBlock {
  const instructions = block.toArray();
  const words = new Int32Array((instructions.length + 1) * STRIDE);
  instructions.forEach((instruction, index) => {
    translate(words, index * STRIDE, instruction, types, tables);
  });
  words[instructions.length * STRIDE] = OP.END;
  return { label, instructions, words };
}

function arityOf(type: BlockType, types: ModuleInstance["types"]): BlockArity | null {
  if (type.tag === "value") return { params: 0, results: type.type === null ? 0 : 1 };
  if (type.index < 0 || type.index >= types.length) return null;
  const { params, results } = types.get(type.index);
  return { params: params.length, results: results.length };
}

function translate(
  words: Int32Array,
  at: number,
  instruction: Instruction,
  types: ModuleInstance["types"],
  tables: CodeTables,
): void {
  const put = (op: number, a = 0, b = 0, c = 0): void => {
    words[at] = op;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
  };
  switch (instruction.tag) {
    case "Select":
      put(OP.SELECT);
      break;
    case "Block":
    case "Loop": {
      const arity = arityOf(instruction.type, types);
      if (arity !== null) {
        put(instruction.tag === "Block" ? OP.BLOCK : OP.LOOP, instruction.body, arity.params, arity.results);
      }
      break;
    }
    case "If": {
      const arity = arityOf(instruction.type, types);
      if (arity !== null) put(OP.IF, instruction.then, instruction.else, tables.arities.push(arity) - 1);
      break;
    }
    case "BrTable":
      put(OP.BR_TABLE, tables.branchTables.push(Int32Array.from([...instruction.targets, instruction.default])) - 1);
      break;
    case "CallIndirect":
      put(OP.CALL_INDIRECT, instruction.table, instruction.type);
      break;
    case "Const":
      if (instruction.value.type === "i32") put(OP.I32_CONST, instruction.value.value);
      else if (instruction.value.type === "i64") {
        put(OP.I64_CONST, Number(BigInt.asIntN(32, instruction.value.value)), Number(instruction.value.value >> 32n));
      }
      break;
    case "Load": {
      const pack = instruction.pack === null ? "" : `${instruction.pack.size}${instruction.pack.extension}`;
      put(LOADS[instruction.type + pack] ?? OP.MICRO, instruction.offset);
      break;
    }
    case "Store":
      put(STORES[instruction.type + (instruction.pack ?? "")] ?? OP.MICRO, instruction.offset);
      break;
    case "Test":
    case "Compare":
    case "Unary":
    case "Binary":
    case "Convert": {
      const { type, name, width } = instruction.op;
      put(NUMERIC[`${type}.${name}${width ?? ""}`] ?? OP.MICRO);
      break;
    }
    default:
      if ("index" in instruction) put(INDEXED[instruction.tag] ?? OP.MICRO, instruction.index);
      else put(PLAIN[instruction.tag] ?? OP.MICRO);
  }
}
