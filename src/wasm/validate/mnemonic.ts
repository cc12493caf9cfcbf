/** The names of instructions in the text format, without their immediates. */
import type {
  Extension,
  Instruction,
  InstructionTag,
  LaneShape,
  NumOp,
  PackSize,
  VecExtension,
  VecOp,
} from "../syntax.js";

const NAMES: Partial<Record<InstructionTag, string>> = {
  Unreachable: "unreachable",
  Nop: "nop",
  Drop: "drop",
  Return: "return",
  Select: "select",
  Block: "block",
  Loop: "loop",
  If: "if",
  Br: "br",
  BrIf: "br_if",
  BrTable: "br_table",
  Call: "call",
  CallIndirect: "call_indirect",
  LocalGet: "local.get",
  LocalSet: "local.set",
  LocalTee: "local.tee",
  GlobalGet: "global.get",
  GlobalSet: "global.set",
  TableGet: "table.get",
  TableSet: "table.set",
  TableSize: "table.size",
  TableGrow: "table.grow",
  TableFill: "table.fill",
  TableCopy: "table.copy",
  TableInit: "table.init",
  ElemDrop: "elem.drop",
  MemorySize: "memory.size",
  MemoryGrow: "memory.grow",
  MemoryFill: "memory.fill",
  MemoryCopy: "memory.copy",
  MemoryInit: "memory.init",
  DataDrop: "data.drop",
  RefNull: "ref.null",
  RefIsNull: "ref.is_null",
  RefFunc: "ref.func",
  VecConst: "v128.const",
  VecStore: "v128.store",
};

/** Operators whose text name is not their words in snake case. */
const OPERATORS: Readonly<Record<string, string>> = {
  CopySign: "copysign",
  WrapI64: "wrap_i64",
  PromoteF32: "promote_f32",
  DemoteF64: "demote_f64",
  Q15MulRSatS: "q15mulr_sat_s",
  AndNot: "andnot",
  DemoteZeroF64x2: "demote_f64x2_zero",
  PromoteLowF32x4: "promote_low_f32x4",
};

const HALF_SHAPES: Partial<Record<LaneShape, string>> = { I16x8: "i8x16", I32x4: "i16x8", I64x2: "i32x4" };
const DOUBLE_SHAPES: Partial<Record<LaneShape, string>> = { I8x16: "i16x8", I16x8: "i32x4" };

function snakeCase(words: string): string {
  return words.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}

/** `name` = stem, S or U, source: `TruncSatSF32x4`, `ConvertUI64`, `ExtendSI32`. */
const CONVERSION = /^(TruncSat|Trunc|Convert|Extend)([SU])(Zero)?([IF]\d+(?:x\d+)?)$/;

function numberOperator({ type, name, width }: NumOp): string {
  if (name === "ExtendS") return `extend${width ?? ""}_s`;
  if (name === "ReinterpretFloat") return `reinterpret_f${type.slice(1)}`;
  if (name === "ReinterpretInt") return `reinterpret_i${type.slice(1)}`;
  const conversion = CONVERSION.exec(name);
  if (conversion === null) return OPERATORS[name] ?? snakeCase(name);
  const [, stem = "", sign = "", , source = ""] = conversion;
  return `${snakeCase(stem)}_${source.toLowerCase()}_${sign.toLowerCase()}`;
}

function vectorOperator({ shape, name }: VecOp): string {
  const conversion = CONVERSION.exec(name);
  if (conversion !== null) {
    const [, stem = "", sign = "", zero = "", source = ""] = conversion;
    const low = stem === "Convert" && shape === "F64x2" ? "_low" : "";
    return `${snakeCase(stem)}${low}_${source.toLowerCase()}_${sign.toLowerCase()}${zero === "" ? "" : "_zero"}`;
  }
  const sourced = /^(ExtMulLow|ExtMulHigh|ExtendLow|ExtendHigh|ExtAddPairwise|Narrow|Dot)([SU])$/.exec(name);
  if (sourced === null) return OPERATORS[name] ?? snakeCase(name);
  const [, stem = "", sign = ""] = sourced;
  const source = stem === "Narrow" ? DOUBLE_SHAPES[shape] : HALF_SHAPES[shape];
  const word = snakeCase(stem).replace("ext_mul", "extmul").replace("ext_add", "extadd");
  return `${word}_${source ?? "?"}_${sign.toLowerCase()}`;
}

function suffix(extension: Extension): string {
  return extension === "SX" ? "_s" : "_u";
}

function vectorLoad(pack: { readonly size: PackSize; readonly extension: VecExtension } | null): string {
  if (pack === null) return "v128.load";
  const { size, extension } = pack;
  if (extension.tag === "ExtSplat") return `v128.load${size}_splat`;
  if (extension.tag === "ExtZero") return `v128.load${size}_zero`;
  return `v128.load${extension.shape}${suffix(extension.extension)}`;
}

/** The text name of an instruction: `i32.add`, `v128.load8x8_s`. */
export function mnemonic(instruction: Instruction): string {
  switch (instruction.tag) {
    case "Const":
      return `${instruction.value.type}.const`;
    case "Load": {
      const { type, pack } = instruction;
      return pack === null ? `${type}.load` : `${type}.load${pack.size}${suffix(pack.extension)}`;
    }
    case "Store":
      return `${instruction.type}.store${instruction.pack ?? ""}`;
    case "VecLoad":
      return vectorLoad(instruction.pack);
    case "VecLoadLane":
      return `v128.load${instruction.size}_lane`;
    case "VecStoreLane":
      return `v128.store${instruction.size}_lane`;
    case "Test":
    case "Compare":
    case "Unary":
    case "Binary":
    case "Convert":
      return `${instruction.op.type}.${numberOperator(instruction.op)}`;
    case "VecTest":
    case "VecCompare":
    case "VecUnary":
    case "VecBinary":
    case "VecConvert":
    case "VecShift":
    case "VecBitmask":
    case "VecSplat":
      return `${instruction.op.shape.toLowerCase()}.${vectorOperator(instruction.op)}`;
    case "VecTestBits":
    case "VecUnaryBits":
    case "VecBinaryBits":
    case "VecTernaryBits":
      return `v128.${OPERATORS[instruction.name] ?? snakeCase(instruction.name)}`;
    case "VecExtract": {
      const { shape, extension } = instruction;
      return `${shape.toLowerCase()}.extract_lane${extension === null ? "" : suffix(extension)}`;
    }
    case "VecReplace":
      return `${instruction.shape.toLowerCase()}.replace_lane`;
    default:
      return NAMES[instruction.tag] ?? instruction.tag;
  }
}
