// Hashes, signatures and data as bytes: BLAKE2B SHA256 SHA512 SHA3 KECCAK HASH_KEY CHECK_SIGNATURE PACK UNPACK. Left out: BLS, as everywhere.

import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { keccak_256, sha3_256 } from "@noble/hashes/sha3.js";
import { blake2b256 } from "../../../../crypto/blake2b.js";
import { addressOf, parsePublicKey, verify, WATERMARK } from "../../../../crypto/keys.js";
import { ProtocolError } from "../../../../protocol/errors.js";
import { ANNOTATION_RULES } from "../annotations.js";
import { readExpression } from "../data-reader.js";
import { payForExpression, writeData } from "../data-writer.js";
import { GAS } from "../gas-costs.js";
import type { Machine, Step } from "../machine.js";
import { packExpression, unpackExpression } from "../packing.js";
import {
  argumentsOf,
  type Conclusion,
  type Instruction,
  type InstructionSet,
  overloaded,
  type RuleInput,
} from "../rules.js";
import { onto } from "../stack-types.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { ATOMS, expectPackable, type Type, unary } from "../types.js";
import { asBytes, asText, option, type Value } from "../values.js";

function hashing(hash: (bytes: Uint8Array) => Uint8Array): Instruction {
  const step: Step = (vm) => {
    const bytes = asBytes(vm.pop());
    vm.consume(GAS.hash + GAS.hashedByte * bytes.length);
    vm.push(hash(bytes));
  };
  return { arity: 0, misfit: 1, rule: overloaded({ bytes: { gives: ATOMS.bytes, step } }) };
}

const hashKey: Step = (vm) => {
  vm.consume(GAS.hash);
  vm.push(addressOf(parsePublicKey(asText(vm.pop()))));
};

const checkSignature: Step = (vm) => {
  const key = asText(vm.pop());
  const signature = asBytes(vm.pop());
  const message = asBytes(vm.pop());
  const prefix = key.slice(0, 4);
  if (prefix !== "edpk" && prefix !== "sppk" && prefix !== "p2pk") throw new TypeError(`a key of another kind: ${key}`);
  vm.consume(GAS.signature[prefix] + GAS.hashedByte * message.length);
  vm.push(verify(parsePublicKey(key), { bytes: signature }, message, WATERMARK.none));
};

// ---- Packing

function packRule({ node, stack }: RuleInput): Conclusion | undefined {
  if (stack === undefined || argumentsOf(node, 0) === undefined) return undefined;
  const { type } = stack;
  expectPackable(node.location, type, { contracts: true });
  ANNOTATION_RULES.variable(node);
  const step: Step = (vm) => {
    const expression = writeData(type, vm.pop(), { mode: "Optimized_legacy", tools: vm.tools });
    payForExpression(vm.context.gas, expression);
    vm.push(packExpression(expression));
  };
  return { after: onto(stack.rest, ATOMS.bytes), step };
}

function unpackRule({ node, stack }: RuleInput): Conclusion | undefined {
  const [typeNode] = argumentsOf(node, 1) ?? [];
  if (typeNode === undefined || stack?.type.kind !== "bytes") return undefined;
  const type = parseType(typeNode, ALLOWED.packable);
  ANNOTATION_RULES.variableAndType(node);
  const step: Step = (vm) => vm.push(option(unpacked(vm, type, asBytes(vm.pop()))));
  return { after: onto(stack.rest, unary("option", type, node.location)), step };
}

/** Undefined for bytes that are no value of the type. Gas that runs out is no such thing. */
function unpacked(vm: Machine, type: Type, bytes: Uint8Array): Value | undefined {
  vm.consume(GAS.dataNode + 2 * GAS.dataByte * bytes.length);
  const expression = unpackExpression(bytes);
  if (expression === undefined) return undefined;
  const { gas } = vm.context;
  try {
    return readExpression(type, expression, {
      gas,
      tools: vm.tools,
      tickets: false,
      bigMaps: undefined,
      chain: vm.context.chain,
    });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if ([error, ...error.causes].some(({ id }) => id.startsWith("gas_exhausted."))) throw error;
    return undefined;
  }
}

export const CRYPTO_INSTRUCTIONS: InstructionSet = {
  BLAKE2B: hashing(blake2b256),
  SHA256: hashing(sha256),
  SHA512: hashing(sha512),
  SHA3: hashing(sha3_256),
  KECCAK: hashing(keccak_256),
  HASH_KEY: { arity: 0, misfit: 1, rule: overloaded({ key: { gives: ATOMS.key_hash, step: hashKey } }) },
  CHECK_SIGNATURE: {
    arity: 0,
    misfit: 2,
    rule: overloaded({ "key signature bytes": { gives: ATOMS.bool, step: checkSignature } }),
  },
  PACK: { arity: 0, misfit: 1, rule: packRule },
  UNPACK: { arity: 1, misfit: 1, rule: unpackRule },
};
