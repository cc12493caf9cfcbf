// Operands for the numerics tests: edge cases of each type, and a seeded stream of random bits that leans towards them.

import type { Bits, ValueType } from "./v8-oracle.js";

/** Seed of the random operands; TICKPROOF_SEED sets another. */
export const SEED = Number(process.env["TICKPROOF_SEED"] ?? 20240601) | 0;

/** A stream of uint32 (mulberry32). */
export function randomWords(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const I32_EDGES = [
  0, 1, -1, 2, -2, 3, 7, 8, 10, 15, 16, 31, 32, 33, 63, 64, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, 65535,
  65536, 0x01020304, 0x00ffffff, 0x01000001, 0x7ffffffe, 0x7fffffff, -0x80000000, -0x7fffffff, 0x55555555, -0x55555556,
];

const I64_EDGES = [
  ...I32_EDGES.map(BigInt),
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  -0x100000000n,
  -0x80000001n,
  0x1ffffffffn,
  0xffff00000000n,
  2n ** 24n + 1n,
  2n ** 52n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 54n + 2n ** 30n,
  2n ** 54n + 2n ** 30n + 1n,
  2n ** 54n + 2n ** 30n - 1n,
  -(2n ** 54n + 2n ** 30n + 1n),
  0x7fffff4000000001n,
  0x7fffffbfffffffffn,
  2n ** 63n - 512n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 63n) + 1n,
  -(2n ** 62n),
  0x5555555555555555n,
  0x0123456789abcdefn,
  -0x0123456789abcdefn,
];

const FLOAT_VALUES = [
  0,
  0.25,
  0.5,
  0.75,
  0.999999,
  1,
  1.25,
  1.5,
  2,
  2.5,
  3,
  3.5,
  4.5,
  100.5,
  127,
  255.5,
  32767.5,
  65535.5,
  8388607.5,
  8388608,
  16777215,
  16777216,
  16777217,
  2147483520,
  2147483647,
  2147483647.5,
  2147483648,
  2147483648.5,
  2147483649,
  4294967040,
  4294967295,
  4294967295.5,
  4294967296,
  4503599627370495.5,
  4503599627370496,
  9007199254740991,
  2 ** 53 + 2,
  2 ** 63 - 2 ** 39,
  2 ** 63 - 2 ** 10,
  2 ** 63,
  2 ** 64 - 2 ** 40,
  2 ** 64 - 2 ** 11,
  2 ** 64,
  1e-10,
  1e10,
  1e30,
  1e300,
  3.4028234663852886e38,
  3.4028235677973366e38,
  3.5e38,
  1.17549435e-38,
  1.401298464324817e-45,
  7.006492321624085e-46,
  1e-300,
  2.2250738585072014e-308,
  5e-324,
  Math.PI,
  Number.POSITIVE_INFINITY,
];

const view = new DataView(new ArrayBuffer(8));

function f32BitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

function f64BitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}

/** Positive bits beyond the numbers above: denormals, NaNs (canonical, quiet with payload, signalling). */
const F32_SPECIAL = [1, 2, 0x7fffff, 0x800001, 0x7f7fffff, 0x7fc00000, 0x7fc12345, 0x7fffffff, 0x7f800001, 0x7fa00000];
const F64_SPECIAL = [
  1n,
  0xfffffffffffffn,
  0x10000000000001n,
  0x7fefffffffffffffn,
  0x7ff8000000000000n,
  0x7ff8123456789abcn,
  0x7fffffffffffffffn,
  0x7ff0000000000001n,
  0x7ff4000000000000n,
  0x7ff0000020000000n,
];

const F32_EDGES = [...new Set([...FLOAT_VALUES.map(f32BitsOf), ...F32_SPECIAL])].flatMap((b) => [b, b | -0x80000000]);
const F64_EDGES = [...new Set([...FLOAT_VALUES.map(f64BitsOf), ...F64_SPECIAL])].flatMap((b) => [
  b,
  BigInt.asIntN(64, b | (1n << 63n)),
]);

const SCALAR_EDGES: Readonly<Record<"i32" | "f32", readonly number[]>> &
  Readonly<Record<"i64" | "f64", readonly bigint[]>> = {
  i32: I32_EDGES,
  i64: I64_EDGES,
  f32: F32_EDGES,
  f64: F64_EDGES,
};

function pick<T>(values: readonly T[], word: number): T {
  return values[word % values.length] as T;
}

/** An int32 of random bits, at times of few bits, or near an edge. */
function randomInt32(next: () => number, edges: readonly number[]): number {
  const kind = next() % 8;
  if (kind < 3) return next() | 0;
  if (kind < 5) return (next() >>> (next() % 32)) | 0;
  if (kind < 6) return -(next() >>> (next() % 32)) | 0;
  return (pick(edges, next()) + (kind === 6 ? 0 : (next() % 5) - 2)) | 0;
}

function randomInt64(next: () => number, edges: readonly bigint[]): bigint {
  const bits = (BigInt(next()) << 32n) | BigInt(next());
  const kind = next() % 8;
  if (kind < 3) return BigInt.asIntN(64, bits);
  if (kind < 5) return BigInt.asIntN(64, bits >> BigInt(next() % 64));
  if (kind < 6) return BigInt.asIntN(64, -(bits >> BigInt(next() % 64)));
  return BigInt.asIntN(64, pick(edges, next()) + (kind === 6 ? 0n : BigInt(next() % 5) - 2n));
}

/** A vector of random lanes, of one of the lane types. */
function randomV128(next: () => number): Uint8Array {
  const bytes = new Uint8Array(16);
  const lanes = new DataView(bytes.buffer);
  const kind = next() % 6;
  for (let at = 0; at < 16; ) {
    if (kind === 0) {
      lanes.setInt8(at, randomInt32(next, [0, 1, -1, 127, -128]));
      at += 1;
    } else if (kind === 1) {
      lanes.setInt16(at, randomInt32(next, [0, 1, -1, 127, 128, 255, -129, 32767, -32768]), true);
      at += 2;
    } else if (kind === 2 || kind === 3) {
      lanes.setInt32(at, randomInt32(next, kind === 2 ? I32_EDGES : F32_EDGES), true);
      at += 4;
    } else {
      lanes.setBigInt64(at, randomInt64(next, kind === 4 ? I64_EDGES : F64_EDGES), true);
      at += 8;
    }
  }
  return bytes;
}

/** Vectors made of one edge of an integer lane type in every lane, and of successive float edges: three lists. */
function v128Edges(): Uint8Array[][] {
  let edges: Uint8Array[] = [];
  const fill = (laneBytes: number, put: (lanes: DataView, at: number, lane: number) => void): void => {
    const bytes = new Uint8Array(16);
    const lanes = new DataView(bytes.buffer);
    for (let at = 0; at < 16; at += laneBytes) put(lanes, at, at / laneBytes);
    edges.push(bytes);
  };
  for (const x of [0, 1, 0x7f, 0x80, 0xff]) fill(1, (lanes, at) => lanes.setUint8(at, x));
  for (const x of [1, 0x7fff, 0x8000, 0xff80, 0x00ff]) fill(2, (lanes, at) => lanes.setUint16(at, x, true));
  for (const x of [1, 0x7fffffff, 0x80000000, 0xffff8000]) fill(4, (lanes, at) => lanes.setUint32(at, x, true));
  for (const x of [1n, 2n ** 63n - 1n, 2n ** 63n, 0xffffffffn]) fill(8, (lanes, at) => lanes.setBigUint64(at, x, true));
  fill(1, (lanes, at, lane) => lanes.setUint8(at, lane));
  fill(1, (lanes, at, lane) => lanes.setUint8(at, 33 - 2 * lane));
  const integers = edges;
  edges = [];
  for (let first = 0; first < F32_EDGES.length; first += 4) {
    fill(4, (lanes, at, lane) => lanes.setInt32(at, F32_EDGES[first + lane] ?? 0, true));
  }
  const singles = edges;
  edges = [];
  for (let first = 0; first < F64_EDGES.length; first += 2) {
    fill(8, (lanes, at, lane) => lanes.setBigInt64(at, F64_EDGES[first + lane] ?? 0n, true));
  }
  return [integers, singles, edges];
}

const V128_EDGES = v128Edges();

/** Lists of edges; pairs are made inside a list (integer vectors with integer vectors, and so on). */
function edgeListsOf(type: ValueType): ReadonlyArray<readonly Bits[]> {
  return type === "v128" ? V128_EDGES : [SCALAR_EDGES[type]];
}

function randomOf(type: ValueType, next: () => number): Bits {
  if (type === "v128") return randomV128(next);
  if (type === "i32" || type === "f32") return randomInt32(next, SCALAR_EDGES[type]);
  return randomInt64(next, SCALAR_EDGES[type]);
}

function* edgeCombinations([first, second]: readonly ValueType[]): Generator<Bits[]> {
  if (first === undefined) return;
  for (const [index, list] of edgeListsOf(first).entries()) {
    for (const a of list) {
      if (second === undefined) yield [a];
      else for (const b of edgeListsOf(second)[second === "v128" ? index : 0] ?? []) yield [a, b];
    }
  }
}

/** Every combination of edges, for one operand or two, then `randomCount` lists of random operands. */
export function* operandLists(types: readonly ValueType[], randomCount: number, seed: number): Generator<Bits[]> {
  if (types.length <= 2) yield* edgeCombinations(types);
  const next = randomWords(seed);
  for (let count = 0; count < randomCount; count++) yield types.map((type) => randomOf(type, next));
}
