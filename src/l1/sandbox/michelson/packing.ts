// PACK (a byte 05 and the expression in its "Optimized_legacy" form, binary), and hashes of data: keys of big maps are known to the chain by
// the hash of what PACK makes of them.

import { blake2b256 } from "../../../crypto/blake2b.js";
import { decode, encode } from "../../../encoding/binary.js";
import { DecodeError } from "../../../encoding/errors.js";
import { toHex } from "../../../encoding/hex.js";
import { type Micheline, michelineCodec } from "../../../encoding/micheline.js";
import type { CodeTools } from "./code-tools.js";
import { writeData } from "./data-writer.js";
import type { Type } from "./types.js";
import type { Value } from "./values.js";

const PACK_TAG = 0x05;

/** What PACK makes of an expression in "Optimized_legacy" form. */
export function packExpression(expression: Micheline): Uint8Array {
  return Buffer.concat([Uint8Array.of(PACK_TAG), encode(michelineCodec, expression)]);
}

/** The expression that packed bytes hold; undefined when they hold none. */
export function unpackExpression(bytes: Uint8Array): Micheline | undefined {
  if (bytes[0] !== PACK_TAG) return undefined;
  try {
    return decode(michelineCodec, bytes.subarray(1));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

export function packData(type: Type, value: Value, tools: CodeTools): Uint8Array {
  return packExpression(writeData(type, value, { mode: "Optimized_legacy", tools }));
}

/** The hash of a key of a big map, in hexadecimal. */
export function keyHash(type: Type, key: Value, tools: CodeTools): string {
  return toHex(blake2b256(packData(type, key, tools)));
}
