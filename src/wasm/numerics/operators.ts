// Names of the numeric operators, as the reference's syntax tree spells them (pvm-encodings.md lists the same words as the
// tree steps of an instruction), and the lane shapes of v128. Operators that carry an immediate (shuffle, extract and
// replace lane) have no entry in the tables keyed by these names: they are plain functions with one parameter more.

/** Sign extensions are the reference's `ExtendS` with its pack size written into the name. */
export type IntUnop = "Clz" | "Ctz" | "Popcnt" | "ExtendS8" | "ExtendS16" | "ExtendS32";

export type IntBinop =
  | "Add"
  | "Sub"
  | "Mul"
  | "DivS"
  | "DivU"
  | "RemS"
  | "RemU"
  | "And"
  | "Or"
  | "Xor"
  | "Shl"
  | "ShrS"
  | "ShrU"
  | "Rotl"
  | "Rotr";

export type IntTestop = "Eqz";

export type IntRelop = "Eq" | "Ne" | "LtS" | "LtU" | "GtS" | "GtU" | "LeS" | "LeU" | "GeS" | "GeU";

export type IntCvtop =
  | "ExtendSI32"
  | "ExtendUI32"
  | "WrapI64"
  | "TruncSF32"
  | "TruncUF32"
  | "TruncSF64"
  | "TruncUF64"
  | "TruncSatSF32"
  | "TruncSatUF32"
  | "TruncSatSF64"
  | "TruncSatUF64"
  | "ReinterpretFloat";

export type FloatUnop = "Neg" | "Abs" | "Ceil" | "Floor" | "Trunc" | "Nearest" | "Sqrt";

export type FloatBinop = "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "CopySign";

export type FloatRelop = "Eq" | "Ne" | "Lt" | "Gt" | "Le" | "Ge";

export type FloatCvtop =
  | "ConvertSI32"
  | "ConvertUI32"
  | "ConvertSI64"
  | "ConvertUI64"
  | "PromoteF32"
  | "DemoteF64"
  | "ReinterpretInt";

/** Integer lane shapes, the only ones whose operators the PVM's tree can hold. */
export type LaneShape = "I8x16" | "I16x8" | "I32x4" | "I64x2";

export type FloatLaneShape = "F32x4" | "F64x2";

export type VecShape = LaneShape | FloatLaneShape;

export type VecTestop = "AllTrue";

export type VecUnop = "Abs" | "Neg" | "Popcnt" | "Sqrt" | "Ceil" | "Floor" | "Trunc" | "Nearest";

/** All but Shuffle, which takes sixteen lane numbers beside its operands. */
export type VecBinop =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Min"
  | "Max"
  | "Pmin"
  | "Pmax"
  | "MinS"
  | "MinU"
  | "MaxS"
  | "MaxU"
  | "AvgrU"
  | "AddSatS"
  | "AddSatU"
  | "SubSatS"
  | "SubSatU"
  | "DotS"
  | "Q15MulRSatS"
  | "ExtMulLowS"
  | "ExtMulHighS"
  | "ExtMulLowU"
  | "ExtMulHighU"
  | "Swizzle"
  | "NarrowS"
  | "NarrowU";

export type VecRelop = IntRelop | FloatRelop;

export type VecCvtop =
  | "ExtendLowS"
  | "ExtendLowU"
  | "ExtendHighS"
  | "ExtendHighU"
  | "ExtAddPairwiseS"
  | "ExtAddPairwiseU"
  | "TruncSatSF32x4"
  | "TruncSatUF32x4"
  | "TruncSatSZeroF64x2"
  | "TruncSatUZeroF64x2"
  | "DemoteZeroF64x2"
  | "PromoteLowF32x4"
  | "ConvertSI32x4"
  | "ConvertUI32x4";

export type VecShiftop = "Shl" | "ShrS" | "ShrU";

export type VecBitsUnop = "Not";

export type VecBitsBinop = "And" | "Or" | "Xor" | "AndNot";

export type VecBitsTernop = "Bitselect";

export type VecBitsTestop = "AnyTrue";

/** Extension of a lane narrower than i32 when it is extracted: signed or zero. */
export type LaneExtension = "SX" | "ZX";
