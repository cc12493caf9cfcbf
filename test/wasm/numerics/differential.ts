// Runs an instruction on our function and on V8 over the same operands, and says where they first differ.

import { operandLists, SEED } from "./samples.js";
import type { Bits, Instruction, Oracle } from "./v8-oracle.js";

export interface Case extends Instruction {
  /** Test name, if not the instruction's text. */
  readonly name?: string;
  readonly ours: (...operands: Bits[]) => Bits;
  /**
   * Float lanes of an arithmetic result, whose NaNs are compared by class and not bit by bit: WebAssembly leaves some of
   * their bits open. Without it, all bits must be the same.
   */
  readonly arithmetic?: "f32" | "f64";
}

const RANDOM_OPERANDS = 1500;

/** Trap messages of V8 and the error that each must be. A float out of range and a NaN give V8 the same message. */
const TRAPS: ReadonlyArray<readonly [message: string, codes: readonly string[]]> = [
  ["divide by zero", ["wasm.numeric.divide_by_zero"]],
  ["remainder by zero", ["wasm.numeric.divide_by_zero"]],
  ["divide result unrepresentable", ["wasm.numeric.integer_overflow"]],
  ["float unrepresentable in integer range", ["wasm.numeric.integer_overflow", "wasm.numeric.invalid_conversion"]],
];

function show(bits: Bits): string {
  if (bits instanceof Uint8Array) return Buffer.from(bits).toString("hex");
  const width = typeof bits === "number" ? 32 : 64;
  return `0x${BigInt.asUintN(width, BigInt(bits)).toString(16)}`;
}

/** Lanes of a float result or operand, as unsigned bits. */
function floatLanes(bits: Bits, lane: "f32" | "f64"): bigint[] {
  if (typeof bits === "number") return [BigInt(bits >>> 0)];
  if (typeof bits === "bigint") return [BigInt.asUintN(64, bits)];
  const view = new DataView(bits.buffer, bits.byteOffset, 16);
  if (lane === "f32") return [0, 4, 8, 12].map((at) => BigInt(view.getUint32(at, true)));
  return [0, 8].map((at) => view.getBigUint64(at, true));
}

const FLOAT = {
  f32: { magnitude: 0x7fffffffn, infinity: 0x7f800000n, canonical: 0x7fc00000n, quiet: 0x400000n },
  f64: {
    magnitude: 0x7fffffffffffffffn,
    infinity: 0x7ff0000000000000n,
    canonical: 0x7ff8000000000000n,
    quiet: 0x8000000000000n,
  },
};

/** Does one lane of an arithmetic result agree: the same number, or NaNs of the right class and of our fixed choice? */
function arithmeticLaneAgrees(lane: "f32" | "f64", operands: readonly bigint[], ours: bigint, theirs: bigint): boolean {
  const { magnitude, infinity, canonical, quiet } = FLOAT[lane];
  const isNaNBits = (bits: bigint): boolean => (bits & magnitude) > infinity;
  if (!isNaNBits(ours) || !isNaNBits(theirs)) return ours === theirs;
  const source = operands.find(isNaNBits);
  if (source === undefined) return ours === canonical && (theirs & magnitude) === canonical;
  return ours === (source | quiet) && (theirs & quiet) !== 0n;
}

function agrees(testCase: Case, operands: readonly Bits[], ours: Bits, theirs: Bits): boolean {
  const { arithmetic } = testCase;
  if (arithmetic === undefined) return show(ours) === show(theirs);
  const operandLanes = operands.map((operand) => floatLanes(operand, arithmetic));
  const theirLanes = floatLanes(theirs, arithmetic);
  return floatLanes(ours, arithmetic).every((lane, index) =>
    arithmeticLaneAgrees(
      arithmetic,
      operandLanes.map((lanes) => lanes[index] as bigint),
      lane,
      theirLanes[index] as bigint,
    ),
  );
}

/** Is the result in the representation the numerics promise? */
function isWellFormed(bits: Bits, type: Instruction["result"]): boolean {
  if (type === "v128") return bits instanceof Uint8Array && bits.length === 16;
  if (type === "i64" || type === "f64") return typeof bits === "bigint" && BigInt.asIntN(64, bits) === bits;
  return typeof bits === "number" && Object.is(bits, bits | 0);
}

function runOurs(testCase: Case, operands: readonly Bits[]): { bits: Bits } | { code: string } {
  try {
    return { bits: testCase.ours(...operands) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code !== "string" || !code.startsWith("wasm.numeric.")) throw error;
    return { code };
  }
}

function differenceOn(testCase: Case, oracle: Oracle, operands: readonly Bits[]): string | undefined {
  const before = operands.map(show);
  const ours = runOurs(testCase, operands);
  const theirs = oracle(testCase, operands);
  const call = `${testCase.text} ${before.join(" ")}`;
  if (operands.some((operand, index) => show(operand) !== before[index])) return `${call}: an operand was changed`;
  if ("trap" in theirs) {
    const expected = TRAPS.find(([message]) => message === theirs.trap)?.[1];
    if (expected === undefined) return `${call}: unknown trap of V8 "${theirs.trap}"`;
    if ("code" in ours && expected.includes(ours.code)) return undefined;
    return `${call}: V8 traps with "${theirs.trap}", ours ${JSON.stringify(ours, (_, v) => String(v))}`;
  }
  if ("code" in ours) return `${call}: ours traps with ${ours.code}, V8 gives ${show(theirs.bits)}`;
  if (operands.includes(ours.bits) && ours.bits instanceof Uint8Array) return `${call}: the result is an operand`;
  if (!isWellFormed(ours.bits, testCase.result)) return `${call}: ill-formed result ${String(ours.bits)}`;
  if (agrees(testCase, operands, ours.bits, theirs.bits)) return undefined;
  return `${call}: ours ${show(ours.bits)}, V8 ${show(theirs.bits)}`;
}

/** The first difference, with the seed that finds it again, or undefined. Runs all edge cases and random operands. */
export function firstDifference(testCase: Case, oracle: Oracle, randomCount = RANDOM_OPERANDS): string | undefined {
  for (const operands of operandLists(testCase.operands, randomCount, SEED)) {
    const difference = differenceOn(testCase, oracle, operands);
    if (difference !== undefined) return `${difference} (TICKPROOF_SEED=${SEED})`;
  }
  return undefined;
}
