// Numbers at the edges of their types: as immediates and as arguments. Floats and vectors are their bits.
import type { Source } from "../choices.js";
import type { Code, NumberType, ValueType } from "./draft.js";
import { littleEndian, signed } from "./encode.js";
import { OP } from "./instructions.js";

const F32_EDGES = [
  0x0000_0000, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x3f00_0000, 0x4040_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000,
  0xffc0_0000, 0x7fa0_0000, 0x7f80_0001, 0xffff_ffff, 0x0000_0001, 0x8000_0001, 0x007f_ffff, 0x0080_0000, 0x7f7f_ffff,
  0xff7f_ffff, 0x4b00_0000, 0x4b80_0000, 0x4f00_0000, 0xcf00_0000, 0x4eff_ffff, 0x4f80_0000, 0x4f7f_ffff, 0x5f00_0000,
  0xdf00_0000, 0x5eff_ffff, 0x5f80_0000, 0x5f7f_ffff, 0x3f40_0000, 0xbf40_0000, 0xcf00_0001, 0xbf7f_ffff,
];

const F64_EDGES = [
  0x0000_0000_0000_0000n,
  0x8000_0000_0000_0000n,
  0x3ff0_0000_0000_0000n,
  0xbff0_0000_0000_0000n,
  0x3fe0_0000_0000_0000n,
  0x4008_0000_0000_0000n,
  0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
  0x7ff8_0000_0000_0000n,
  0xfff8_0000_0000_0000n,
  0x7ff4_0000_0000_0000n,
  0x7ff0_0000_0000_0001n,
  0xffff_ffff_ffff_ffffn,
  0x0000_0000_0000_0001n,
  0x8000_0000_0000_0001n,
  0x000f_ffff_ffff_ffffn,
  0x0010_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0xffef_ffff_ffff_ffffn,
  0x4330_0000_0000_0000n,
  0x4340_0000_0000_0000n,
  0x41e0_0000_0000_0000n,
  0xc1e0_0000_0000_0000n,
  0x41df_ffff_ffc0_0000n,
  0x41ef_ffff_ffe0_0000n,
  0x41f0_0000_0000_0000n,
  0xc1e0_0000_0020_0000n,
  0x43e0_0000_0000_0000n,
  0xc3e0_0000_0000_0000n,
  0x43df_ffff_ffff_ffffn,
  0x43f0_0000_0000_0000n,
  0x43ef_ffff_ffff_ffffn,
  0x3fe8_0000_0000_0000n,
  0xbfe8_0000_0000_0000n,
  0x36a0_0000_0000_0000n,
  0x380f_ffff_f000_0000n,
  0x47ef_ffff_e000_0000n,
  0x47ef_ffff_f000_0000n,
  0xbfef_ffff_ffff_ffffn,
  0x3ff0_0000_1000_0000n,
];

/** The bits of a number, unsigned; zero is the simplest. */
export function bitsOf(source: Source, type: NumberType): bigint {
  const width = type === "i32" || type === "f32" ? 32 : 64;
  switch (source.below(5)) {
    case 0:
      return BigInt(source.below(17));
    case 1:
      if (type === "f32") return BigInt(source.pick(F32_EDGES));
      if (type === "f64") return source.pick(F64_EDGES);
      return BigInt.asUintN(width, -BigInt(source.below(17)));
    case 2: {
      // Near a power of two.
      const power = 1n << BigInt(source.below(width));
      return BigInt.asUintN(width, source.pick([power, power - 1n, power + 1n, -power, ~power]));
    }
    case 3:
      if (type === "f32") return BigInt(new Uint32Array(Float32Array.of(source.u32() - 2 ** 31).buffer)[0] ?? 0);
      if (type === "f64") return new BigUint64Array(Float64Array.of(source.u32() - 2 ** 31).buffer)[0] ?? 0n;
      return BigInt(source.below(65536));
    default:
      return width === 32 ? BigInt(source.u32()) : source.u64();
  }
}

const LANES: readonly (readonly [type: NumberType, bits: number])[] = [
  ["i64", 64],
  ["i32", 8],
  ["i32", 16],
  ["i32", 32],
  ["f32", 32],
  ["f64", 64],
];

/** The 128 bits of a vector: one lane again and again, or lanes of their own. */
export function vectorBits(source: Source): bigint {
  const [type, bits] = source.pick(LANES);
  const isSplat = source.below(2) === 0;
  let vector = 0n;
  let lane = BigInt.asUintN(bits, bitsOf(source, type));
  for (let at = 0; at < 128; at += bits) {
    vector |= lane << BigInt(at);
    if (!isSplat) lane = BigInt.asUintN(bits, bitsOf(source, type));
  }
  return vector;
}

export function constant(type: NumberType | "v128", bits: bigint): Code {
  switch (type) {
    case "i32":
      return [...OP.i32Const, ...signed(BigInt.asIntN(32, bits))];
    case "i64":
      return [...OP.i64Const, ...signed(BigInt.asIntN(64, bits))];
    case "f32":
      return [...OP.f32Const, ...littleEndian(bits, 4)];
    case "f64":
      return [...OP.f64Const, ...littleEndian(bits, 8)];
    case "v128":
      return [...OP.v128Const, ...littleEndian(bits, 16)];
  }
}

export function i32Const(value: number): Code {
  return constant("i32", BigInt(value));
}

export function nullOf(type: "funcref" | "externref"): Code {
  return [...OP.refNull, type === "funcref" ? 0x70 : 0x6f];
}

/** The bits of anything but a reference. */
export function anyBits(source: Source, type: NumberType | "v128"): bigint {
  return type === "v128" ? vectorBits(source) : bitsOf(source, type);
}

export function isReference(type: ValueType): type is "funcref" | "externref" {
  return type === "funcref" || type === "externref";
}

/** Zero or null. */
export function zero(type: ValueType): Code {
  return isReference(type) ? nullOf(type) : constant(type, 0n);
}
