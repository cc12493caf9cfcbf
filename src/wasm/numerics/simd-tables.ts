// The v128 operator tables: by lane shape, then by operator name. An operator that a shape does not have has no entry.
// Shifts, bitmask and AllTrue are in simd-integer.ts, the bitwise operators in simd-bits.ts, and the operations with a
// lane immediate in simd-rearrange.ts.

import type { VecBinop, VecCvtop, VecRelop, VecShape, VecUnop } from "./operators.js";
import { floatBinary, floatCompare, floatConvert, floatUnary, truncateToIntegerLanes } from "./simd-float.js";
import { integerBinary, integerCompare, integerUnary } from "./simd-integer.js";
import type { VecBinary, VecUnary } from "./simd-lanes.js";
import { swizzle } from "./simd-rearrange.js";
import { wideningBinary, wideningConvert } from "./simd-widening.js";

type ByShape<Operator extends string, Operation> = Readonly<
  Record<VecShape, Readonly<Partial<Record<Operator, Operation>>>>
>;

export const vecUnary: ByShape<VecUnop, VecUnary> = { ...integerUnary, ...floatUnary };

export const vecBinary: ByShape<VecBinop, VecBinary> = {
  I8x16: { ...integerBinary.I8x16, ...wideningBinary.I8x16, Swizzle: swizzle },
  I16x8: { ...integerBinary.I16x8, ...wideningBinary.I16x8 },
  I32x4: { ...integerBinary.I32x4, ...wideningBinary.I32x4 },
  I64x2: { ...integerBinary.I64x2, ...wideningBinary.I64x2 },
  ...floatBinary,
};

export const vecCompare: ByShape<VecRelop, VecBinary> = { ...integerCompare, ...floatCompare };

export const vecConvert: ByShape<VecCvtop, VecUnary> = {
  ...wideningConvert,
  I32x4: { ...wideningConvert.I32x4, ...truncateToIntegerLanes },
  ...floatConvert,
};
