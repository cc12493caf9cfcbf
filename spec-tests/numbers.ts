// Number literals of the text format as bits. Floats are rounded once, from the exact value, to the nearest (ties to even).

/** A literal that is no number of its type. */
export class LiteralError extends Error {
  readonly code = "wast.literal";
  constructor(literal: string, type: string) {
    super(`${JSON.stringify(literal)} is no ${type}`);
    this.name = "LiteralError";
  }
}

const INTEGER = /^([+-]?)(\d+(?:_\d+)*|0x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/;

/** The two's complement of `bits` bits, unsigned, of a signed or unsigned integer literal of that width. */
export function parseInteger(literal: string, bits: number): bigint {
  const [, sign, digits = ""] = INTEGER.exec(literal) ?? [];
  if (sign === undefined) throw new LiteralError(literal, `i${bits}`);
  const magnitude = BigInt(digits.replaceAll("_", ""));
  const limit = sign === "-" ? 1n << BigInt(bits - 1) : (1n << BigInt(bits)) - 1n;
  if (magnitude > limit) throw new LiteralError(literal, `i${bits}`);
  return BigInt.asUintN(bits, sign === "-" ? -magnitude : magnitude);
}

interface FloatFormat {
  readonly name: string;
  readonly bits: number;
  /** Stored bits of the significand. */
  readonly fraction: number;
  /** Greatest exponent; also the bias. */
  readonly bias: number;
}

const F32: FloatFormat = { name: "f32", bits: 32, fraction: 23, bias: 127 };
const F64: FloatFormat = { name: "f64", bits: 64, fraction: 52, bias: 1023 };

/** The bits of infinity: an exponent of ones. */
function infinity({ fraction, bias }: FloatFormat): bigint {
  return BigInt(2 * bias + 1) << BigInt(fraction);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** The quotient of two positive integers, rounded to the nearest, ties to even. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twiceRest = 2n * (dividend % divisor);
  const roundsUp = twiceRest > divisor || (twiceRest === divisor && (quotient & 1n) === 1n);
  return roundsUp ? quotient + 1n : quotient;
}

/** The bits of the positive float nearest to `numerator / denominator`; null if that is infinity. */
function nearest(numerator: bigint, denominator: bigint, format: FloatFormat): bigint | null {
  if (numerator === 0n) return 0n;
  const { fraction, bias } = format;
  // An estimate of the exponent, one too low at most; then it is exact.
  let exponent = bitLength(numerator) - bitLength(denominator) - 1;
  const exceeds = (power: number): boolean =>
    power >= 0 ? numerator >= denominator << BigInt(power) : numerator << BigInt(-power) >= denominator;
  if (exceeds(exponent + 1)) exponent++;
  const unit = Math.max(exponent, 1 - bias) - fraction; // exponent of the last place
  const significand =
    unit >= 0
      ? roundedQuotient(numerator, denominator << BigInt(unit))
      : roundedQuotient(numerator << BigInt(-unit), denominator);
  // Adding lets a carry out of the significand raise the exponent, and subnormal numbers have exponent field 0.
  const field = BigInt(unit + fraction + bias - 1);
  const bits = (field << BigInt(fraction)) + significand;
  return bits >= infinity(format) ? null : bits;
}

const DECIMAL = /^(\d+(?:_\d+)*)(?:\.(\d+(?:_\d+)*)?)?(?:[eE]([+-]?\d+(?:_\d+)*))?$/;
const HEXADECIMAL =
  /^0x([\da-fA-F]+(?:_[\da-fA-F]+)*)(?:\.([\da-fA-F]+(?:_[\da-fA-F]+)*)?)?(?:[pP]([+-]?\d+(?:_\d+)*))?$/;

function magnitudeBits(literal: string, format: FloatFormat): bigint {
  const isHexadecimal = literal.startsWith("0x");
  const match = (isHexadecimal ? HEXADECIMAL : DECIMAL).exec(literal);
  if (match === null) throw new LiteralError(literal, format.name);
  const [whole = "", places = "", power = "0"] = match.slice(1).map((part) => part?.replaceAll("_", ""));
  const digits = BigInt((isHexadecimal ? "0x" : "") + whole + places);
  const exponent = Number(power) - places.length * (isHexadecimal ? 4 : 1);
  const scale = (isHexadecimal ? 2n : 10n) ** BigInt(Math.abs(exponent));
  const bits = exponent >= 0 ? nearest(digits * scale, 1n, format) : nearest(digits, scale, format);
  if (bits === null) throw new LiteralError(literal, format.name);
  return bits;
}

const NAN = /^nan(?::0x([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*))?$/;

function floatBits(literal: string, format: FloatFormat): bigint {
  const isNegative = literal.startsWith("-");
  const unsigned = /^[+-]/.test(literal) ? literal.slice(1) : literal;
  const sign = isNegative ? 1n << BigInt(format.bits - 1) : 0n;
  if (unsigned === "inf") return sign | infinity(format);
  const nan = NAN.exec(unsigned);
  if (nan === null) return sign | magnitudeBits(unsigned, format);
  const payload = nan[1] === undefined ? 1n << BigInt(format.fraction - 1) : BigInt(`0x${nan[1].replaceAll("_", "")}`);
  if (payload === 0n || bitLength(payload) > format.fraction) throw new LiteralError(literal, format.name);
  return sign | infinity(format) | payload;
}

/** The bits of an f32 literal, unsigned. */
export function parseF32(literal: string): number {
  return Number(floatBits(literal, F32));
}

/** The bits of an f64 literal, unsigned. */
export function parseF64(literal: string): bigint {
  return floatBits(literal, F64);
}
