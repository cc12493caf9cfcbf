// Bytes as bits and as numbers, the first byte the highest (reference: script_bytes.ml). Typed-array reads are in bounds by construction.

/** LSL of bytes makes at most so many bits. */
export const MAX_BYTES_SHIFT = 64_000n;

/** The shorter length; of the longer one, its end. */
export function andBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const length = Math.min(a.length, b.length);
  const [endA, endB] = [a.subarray(a.length - length), b.subarray(b.length - length)];
  return endA.map((byte, i) => byte & (endB[i] as number));
}

/** The longer length; the shorter one is filled with zeros in front. */
function padded(a: Uint8Array, b: Uint8Array, combine: (a: number, b: number) => number): Uint8Array {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  const offset = longer.length - shorter.length;
  return longer.map((byte, i) => combine(byte, i < offset ? 0 : (shorter[i - offset] as number)));
}

export function orBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return padded(a, b, (x, y) => x | y);
}

export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return padded(a, b, (x, y) => x ^ y);
}

export function notBytes(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ~byte & 0xff);
}

/** As many bytes longer as the shift begins. */
export function shiftedLeft(bytes: Uint8Array, by: number): Uint8Array {
  const bits = by % 8;
  const result = new Uint8Array(bytes.length + Math.ceil(by / 8));
  if (bits === 0) {
    result.set(bytes);
    return result;
  }
  let carry = 0;
  for (const [i, byte] of bytes.entries()) {
    result[i] = carry | (byte >> (8 - bits));
    carry = (byte << bits) & 0xff;
  }
  result[bytes.length] = carry;
  return result;
}

/** As many bytes shorter as the shift passes whole. */
export function shiftedRight(bytes: Uint8Array, by: bigint): Uint8Array {
  const dropped = by >> 3n;
  if (dropped >= BigInt(bytes.length)) return new Uint8Array(0);
  const bits = Number(by & 7n);
  let carry = 0;
  return bytes.slice(0, bytes.length - Number(dropped)).map((byte) => {
    const shifted = carry | (byte >> bits);
    carry = (byte << (8 - bits)) & 0xff;
    return shifted;
  });
}

export function natOfBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** Two's complement. */
export function intOfBytes(bytes: Uint8Array): bigint {
  return BigInt.asIntN(8 * bytes.length, natOfBytes(bytes));
}

/** As few bytes as there can be. */
export function bytesOfNat(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const digits = value.toString(16);
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"));
}

/** Two's complement, as few bytes as there can be. */
export function bytesOfInt(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const magnitude = value < 0n ? ~value : value;
  const length = (magnitude === 0n ? 0 : magnitude.toString(2).length >> 3) + 1;
  const bytes = bytesOfNat(BigInt.asUintN(8 * length, value));
  const result = new Uint8Array(length);
  result.set(bytes, length - bytes.length);
  return result;
}
