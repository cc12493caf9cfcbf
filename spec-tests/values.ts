// Constants and result patterns of scripts: what they denote, and whether a value is what a pattern says.
import type { Value } from "../src/wasm/runtime.js";
import type { LaneShape } from "../src/wasm/syntax.js";
import { parseF32, parseF64, parseInteger } from "./numbers.js";
import type { List, Node } from "./sexpr.js";

export type NanClass = "canonical" | "arithmetic";

/** A number's bits, or a class of NaNs. */
export type LanePattern = bigint | NanClass;

export type Pattern =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "nan"; readonly type: "f32" | "f64"; readonly nan: NanClass }
  | { readonly kind: "lanes"; readonly shape: LaneShape; readonly lanes: readonly LanePattern[] }
  /** Any reference of a kind. */
  | { readonly kind: "reference"; readonly to: "func" | "extern" | "null" }
  | { readonly kind: "either"; readonly patterns: readonly Pattern[] };

/** A constant or pattern that this runner does not know. */
export class UnknownConstant extends Error {
  readonly code = "wast.constant";
  constructor(what: string) {
    super(`unknown constant ${what}`);
    this.name = "UnknownConstant";
  }
}

const LANE_BITS: Readonly<Record<string, readonly [shape: LaneShape, bits: 8 | 16 | 32 | 64]>> = {
  i8x16: ["I8x16", 8],
  i16x8: ["I16x8", 16],
  i32x4: ["I32x4", 32],
  i64x2: ["I64x2", 64],
  f32x4: ["F32x4", 32],
  f64x2: ["F64x2", 64],
};

function word(node: Node | undefined): string {
  if (node?.kind !== "word") throw new UnknownConstant(node?.kind ?? "nothing");
  return node.text;
}

function nanClass(text: string): NanClass | null {
  return text === "nan:canonical" ? "canonical" : text === "nan:arithmetic" ? "arithmetic" : null;
}

function lane(shape: LaneShape, bits: number, text: string): LanePattern {
  const isFloat = shape.startsWith("F");
  if (!isFloat) return parseInteger(text, bits);
  return nanClass(text) ?? (bits === 32 ? BigInt(parseF32(text)) : parseF64(text));
}

function vector(words: readonly string[]): Pattern {
  const [shapeName = "", ...lanes] = words;
  const known = LANE_BITS[shapeName];
  if (known === undefined || lanes.length !== 128 / known[1])
    throw new UnknownConstant(`v128.const ${words.join(" ")}`);
  const [shape, bits] = known;
  const patterns = lanes.map((text) => lane(shape, bits, text));
  const numbers = patterns.filter((pattern) => typeof pattern === "bigint");
  if (numbers.length < patterns.length) return { kind: "lanes", shape, lanes: patterns };
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  numbers.forEach((value, index) => {
    if (bits === 8) view.setUint8(index, Number(value));
    else if (bits === 16) view.setUint16(2 * index, Number(value), true);
    else if (bits === 32) view.setUint32(4 * index, Number(value), true);
    else view.setBigUint64(8 * index, value, true);
  });
  return { kind: "value", value: { tag: "vec", bytes } };
}

function value(of: Value): Pattern {
  return { kind: "value", value: of };
}

function float(type: "f32" | "f64", text: string): Pattern {
  const nan = nanClass(text);
  if (nan !== null) return { kind: "nan", type, nan };
  if (type === "f32") return value({ tag: "num", num: { type, value: parseF32(text) | 0 } });
  return value({ tag: "num", num: { type, value: BigInt.asIntN(64, parseF64(text)) } });
}

/** The pattern a node like `(f32.const nan:canonical)` stands for. Throws `UnknownConstant`, `LiteralError`. */
export function parsePattern(node: List): Pattern {
  const [head, ...rest] = node.items;
  switch (word(head)) {
    case "i32.const":
      return value({ tag: "num", num: { type: "i32", value: Number(parseInteger(word(rest[0]), 32)) | 0 } });
    case "i64.const":
      return value({ tag: "num", num: { type: "i64", value: BigInt.asIntN(64, parseInteger(word(rest[0]), 64)) } });
    case "f32.const":
      return float("f32", word(rest[0]));
    case "f64.const":
      return float("f64", word(rest[0]));
    case "v128.const":
      return vector(rest.map(word));
    case "ref.null": {
      if (rest.length === 0) return { kind: "reference", to: "null" };
      const kind = word(rest[0]);
      if (kind !== "func" && kind !== "extern") throw new UnknownConstant(`ref.null ${kind}`);
      return value({ tag: "ref", ref: { tag: "NullRef", type: kind === "func" ? "funcref" : "externref" } });
    }
    case "ref.extern":
      if (rest.length === 0) return { kind: "reference", to: "extern" };
      return value({ tag: "ref", ref: { tag: "ExternRef", value: Number(parseInteger(word(rest[0]), 32)) | 0 } });
    case "ref.func":
      return { kind: "reference", to: "func" };
    case "either":
      return {
        kind: "either",
        patterns: rest.filter((item) => item.kind === "list").map(parsePattern),
      };
    default:
      throw new UnknownConstant(word(head));
  }
}

/** The value of a constant. Throws `UnknownConstant`, `LiteralError`. */
export function parseValue(node: List): Value {
  const pattern = parsePattern(node);
  if (pattern.kind !== "value") throw new UnknownConstant(`for an argument: ${pattern.kind}`);
  return pattern.value;
}

function isNan(bits: bigint, width: 32 | 64, nan: NanClass): boolean {
  const canonical = width === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  const magnitude = BigInt.asUintN(width - 1, bits);
  return nan === "canonical" ? magnitude === canonical : (magnitude & canonical) === canonical;
}

function laneBits(bytes: Uint8Array, index: number, width: number): bigint {
  let bits = 0n;
  for (let at = width / 8 - 1; at >= 0; at--) bits = (bits << 8n) | BigInt(bytes[(index * width) / 8 + at] ?? 0);
  return bits;
}

function matchesLanes(bytes: Uint8Array, lanes: readonly LanePattern[]): boolean {
  const width = 128 / lanes.length;
  return lanes.every((pattern, index) => {
    const bits = laneBits(bytes, index, width);
    if (typeof pattern === "bigint") return bits === pattern;
    return isNan(bits, width === 32 ? 32 : 64, pattern);
  });
}

function isSameValue(actual: Value, expected: Value): boolean {
  if (actual.tag === "num" && expected.tag === "num") {
    return actual.num.type === expected.num.type && actual.num.value === expected.num.value;
  }
  if (actual.tag === "vec" && expected.tag === "vec") return Buffer.compare(actual.bytes, expected.bytes) === 0;
  if (actual.tag !== "ref" || expected.tag !== "ref") return false;
  const [a, b] = [actual.ref, expected.ref];
  if (a.tag === "ExternRef" && b.tag === "ExternRef") return a.value === b.value;
  return a.tag === "NullRef" && b.tag === "NullRef" && a.type === b.type;
}

/** Whether a value is what a pattern says. */
export function matches(actual: Value, pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "value":
      return isSameValue(actual, pattern.value);
    case "nan":
      if (actual.tag !== "num" || actual.num.type !== pattern.type) return false;
      return isNan(BigInt(actual.num.value), pattern.type === "f32" ? 32 : 64, pattern.nan);
    case "lanes":
      return actual.tag === "vec" && matchesLanes(actual.bytes, pattern.lanes);
    case "reference": {
      if (actual.tag !== "ref") return false;
      const wanted = { func: "FuncRef", extern: "ExternRef", null: "NullRef" } as const;
      return actual.ref.tag === wanted[pattern.to];
    }
    case "either":
      return pattern.patterns.some((other) => matches(actual, other));
  }
}

function hex(bits: bigint, width: number): string {
  return `0x${BigInt.asUintN(width, bits)
    .toString(16)
    .padStart(width / 4, "0")}`;
}

export function printValue(of: Value): string {
  if (of.tag === "vec") return `v128 ${Buffer.from(of.bytes).toString("hex")} (little-endian)`;
  if (of.tag === "ref") {
    if (of.ref.tag === "NullRef") return `null ${of.ref.type}`;
    return of.ref.tag === "ExternRef" ? `extern ${of.ref.value}` : "a function";
  }
  const { type, value: number } = of.num;
  if (type === "i32" || type === "i64") return `${type} ${number}`;
  return `${type} bits ${hex(BigInt(number), type === "f32" ? 32 : 64)}`;
}

export function printPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case "value":
      return printValue(pattern.value);
    case "nan":
      return `${pattern.type} nan:${pattern.nan}`;
    case "lanes":
      return `${pattern.shape.toLowerCase()} ${pattern.lanes
        .map((item) => (typeof item === "bigint" ? `0x${item.toString(16)}` : `nan:${item}`))
        .join(" ")}`;
    case "reference":
      return pattern.to === "null" ? "any null reference" : `any ${pattern.to} reference`;
    case "either":
      return `either ${pattern.patterns.map(printPattern).join(" or ")}`;
  }
}
