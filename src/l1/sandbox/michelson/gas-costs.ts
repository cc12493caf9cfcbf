// What running and checking code costs, in thousandths of a unit of gas. Not the protocol's model (michelson_v1_gas_costs_generated.ml), whose
// 200 formulas were measured on its own interpreter, but one of its kind: a price an instruction, a price a byte for what grows. It is
// deterministic: the price depends on code and data alone, never on what a cache holds. It is dearer an instruction, about as this
// interpreter is slower, so that an operation at the limit of gas (1,040,000 units) ends within seconds.

export const GAS = {
  /** Any instruction that runs. */
  instruction: 100,
  /** A lambda that is entered: it keeps what was being done until it ends, so this bounds memory. */
  lambdaCall: 5_000,
  /** A node of code or of a type that is checked. Paid at origination, and again with every call, which loads the code. */
  checkedNode: 200,
  /** A node of data that is read or written. */
  dataNode: 200,
  /** A byte of data that is read or written. */
  dataByte: 10,
  /** A byte of numbers, text and bytes that instructions make. */
  madeByte: 10,
  /** A pair of bytes that meet in a multiplication or division. */
  multipliedBytePair: 1,
  /** An item of a list or collection that is gone through. */
  visitedItem: 5,
  /** An item that a change of a set, map or big map copies: dear, since copies of large ones keep the garbage collector busy. */
  copiedItem: 100,
  /** A byte of what COMPARE looks at. */
  comparedByte: 2,
  /** A step of looking something up in a set or map. */
  lookupStep: 100,
  /** Finding another contract's type, or a rollup's. */
  contractLookup: 10_000,
  /** Reading a big map. */
  bigMapRead: 100_000,
  /** An operation that is emitted. */
  emittedOperation: 20_000,
  hash: 2_000,
  hashedByte: 10,
  /** By the curve: ed25519, secp256k1, P-256. */
  signature: { edpk: 65_800, sppk: 51_600, p2pk: 341_000 },
} as const;

/** Bytes that a number takes. */
export function byteLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  return (magnitude.toString(16).length + 1) >> 1;
}
