// Instructions on numbers, bools and bytes as bits: ADD SUB SUB_MUTEZ MUL EDIV NEG ABS ISNAT INT NAT BYTES AND OR XOR NOT LSL LSR, comparisons
// (EQ …), and COMPARE. Mutez have 63 bits and say so when they do not suffice; int and nat are as long as gas lasts.

import { ProtocolError } from "../../../../protocol/errors.js";
import { compare } from "../compare.js";
import { byteLength, GAS } from "../gas-costs.js";
import type { Machine, Step } from "../machine.js";
import {
  expectItem,
  type Instruction,
  type InstructionSet,
  type Overload,
  overloaded,
  plain,
  type RuleInput,
} from "../rules.js";
import { onto, topmost } from "../stack-types.js";
import { ATOMS, binary, expectComparable, type Type, unary } from "../types.js";
import { asBool, asBytes, asInt, option, pair, type Value } from "../values.js";
import {
  andBytes,
  bytesOfInt,
  bytesOfNat,
  intOfBytes,
  MAX_BYTES_SHIFT,
  natOfBytes,
  notBytes,
  orBytes,
  shiftedLeft,
  shiftedRight,
  xorBytes,
} from "./bits.js";

const { int: INT, nat: NAT, mutez: MUTEZ, timestamp: TIMESTAMP, bool: BOOL, bytes: BYTES } = ATOMS;
const HERE = -1; // these types are small

// ---- Making overloads

function pushInt(vm: Machine, value: bigint): void {
  vm.consume(GAS.madeByte * byteLength(value));
  vm.push(value);
}

/** `top` is the upper one. */
function onInts(gives: Type, make: (top: bigint, below: bigint) => bigint): Overload {
  return {
    gives,
    step(vm) {
      const top = asInt(vm.pop());
      pushInt(vm, make(top, asInt(vm.pop())));
    },
  };
}

function onInt(gives: Type, make: (value: bigint) => bigint): Overload {
  return { gives, step: (vm) => pushInt(vm, make(asInt(vm.pop()))) };
}

function onBools(make: (top: boolean, below: boolean) => boolean): Overload {
  return {
    gives: BOOL,
    step(vm) {
      const top = asBool(vm.pop());
      vm.push(make(top, asBool(vm.pop())));
    },
  };
}

function pushBytes(vm: Machine, value: Uint8Array): void {
  vm.consume(GAS.madeByte * value.length);
  vm.push(value);
}

function onBytes(make: (top: Uint8Array, below: Uint8Array) => Uint8Array): Overload {
  return {
    gives: BYTES,
    step(vm) {
      const top = asBytes(vm.pop());
      pushBytes(vm, make(top, asBytes(vm.pop())));
    },
  };
}

// ---- Mutez

const MAX_MUTEZ = 2n ** 63n - 1n;

const addMutez: Step = (vm) => {
  const top = asInt(vm.pop());
  const below = asInt(vm.pop());
  if (top + below > MAX_MUTEZ) throw new ProtocolError("tez.addition_overflow", { amounts: [top, below] });
  vm.push(top + below);
};

const subMutez: Step = (vm) => {
  const top = asInt(vm.pop());
  const below = asInt(vm.pop());
  vm.push(option(top >= below ? top - below : undefined));
};

/** `location` for factors that are no number of 63 bits by themselves. */
function multiplyMutez(location: number, amount: bigint, factor: bigint): bigint {
  if (factor > MAX_MUTEZ) throw new ProtocolError("michelson_v1.script_overflow", { location });
  if (amount * factor > MAX_MUTEZ) {
    throw new ProtocolError("tez.multiplication_overflow", { amount, multiplicator: factor });
  }
  return amount * factor;
}

// ---- Multiplication and division

function payForPairs(vm: Machine, a: bigint, b: bigint): void {
  vm.consume(GAS.multipliedBytePair * byteLength(a) * byteLength(b));
}

function multiplication(gives: Type): Overload {
  return {
    gives,
    step(vm) {
      const top = asInt(vm.pop());
      const below = asInt(vm.pop());
      payForPairs(vm, top, below);
      pushInt(vm, top * below);
    },
  };
}

/** Quotient and remainder, which is never negative; undefined for a division by zero. */
function dividedBy(a: bigint, b: bigint): readonly [bigint, bigint] | undefined {
  if (b === 0n) return undefined;
  const remainder = a % b;
  if (remainder >= 0n) return [a / b, remainder];
  return b > 0n ? [a / b - 1n, remainder + b] : [a / b + 1n, remainder - b];
}

function division(quotient: Type, remainder: Type): Overload {
  return {
    gives: unary("option", binary("pair", quotient, remainder, HERE), HERE),
    step(vm) {
      const top = asInt(vm.pop());
      const below = asInt(vm.pop());
      payForPairs(vm, top, below);
      vm.consume(GAS.madeByte * byteLength(top));
      const result = dividedBy(top, below);
      vm.push(option(result === undefined ? undefined : pair(...result)));
    },
  };
}

// ---- Shifts

const MAX_SHIFT = 256n;

function shift(vm: Machine, location: number, shifted: (value: bigint, by: bigint) => bigint): void {
  const value = asInt(vm.pop());
  const by = asInt(vm.pop());
  if (by > MAX_SHIFT) throw new ProtocolError("michelson_v1.script_overflow", { location });
  pushInt(vm, shifted(value, by));
}

function shiftBytesLeft(vm: Machine, location: number): void {
  const value = asBytes(vm.pop());
  const by = asInt(vm.pop());
  if (by > MAX_BYTES_SHIFT) throw new ProtocolError("michelson_v1.script_overflow", { location });
  vm.consume(GAS.madeByte * (value.length + Number(by >> 3n)));
  vm.push(shiftedLeft(value, Number(by)));
}

const shiftBytesRight: Step = (vm) => {
  const value = asBytes(vm.pop());
  const by = asInt(vm.pop());
  vm.consume(GAS.madeByte * value.length);
  vm.push(shiftedRight(value, by));
};

/** Overloads that say where they stand when they fail. */
function located(overloadsAt: (location: number) => Readonly<Record<string, Overload>>): Instruction["rule"] {
  return (input) => overloaded(overloadsAt(input.node.location))(input);
}

// ---- COMPARE, and the sign of what it gives

/** Bytes that a comparison looks at, at most. */
function comparedBytes(value: Value): number {
  if (typeof value === "bigint") return byteLength(value);
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (typeof value === "boolean") return 1;
  switch (value.kind) {
    case "pair":
      return comparedBytes(value.left) + comparedBytes(value.right);
    case "or":
      return comparedBytes(value.value);
    case "option":
      return value.value === undefined ? 1 : comparedBytes(value.value);
    case "address":
      return value.destination.length + value.entrypoint.length;
    default:
      return 1;
  }
}

function compareRule({ node, stack }: RuleInput) {
  const found = topmost(stack, 2);
  const [type, other] = found?.types ?? [];
  if (found === undefined || type === undefined || other === undefined) return undefined;
  expectItem(node, 2, 1, type, other);
  expectComparable(node.location, type);
  const step: Step = (vm) => {
    const a = vm.pop();
    const b = vm.pop();
    vm.consume(GAS.comparedByte * Math.min(comparedBytes(a), comparedBytes(b)));
    vm.push(BigInt(compare(type, a, b)));
  };
  return { after: onto(found.rest, INT), step };
}

function signTest(holds: (value: bigint) => boolean): Instruction {
  const test: Overload = { gives: BOOL, step: (vm) => vm.push(holds(asInt(vm.pop()))) };
  return { arity: 0, misfit: "unary", rule: overloaded({ int: test }) };
}

// ---- Rules

const sum = onInts(INT, (a, b) => a + b);
const difference = onInts(INT, (a, b) => a - b);
const onTime = (make: (top: bigint, below: bigint) => bigint) => onInts(TIMESTAMP, make);

const subtraction = overloaded({
  "int int": difference,
  "int nat": difference,
  "nat int": difference,
  "nat nat": difference,
  "timestamp int": onTime((time, seconds) => time - seconds),
  "timestamp timestamp": difference,
});

function subRule(input: RuleInput) {
  const [top, below] = topmost(input.stack, 2)?.types ?? [];
  if (top?.kind === "mutez" && below?.kind === "mutez" && input.node.args.length === 0) {
    throw new ProtocolError("michelson_v1.deprecated_instruction", { prim: "SUB" });
  }
  return subtraction(input);
}

const binaryOperator = (rule: Instruction["rule"]): Instruction => ({ arity: 0, misfit: "binary", rule });

export const NUMBER_INSTRUCTIONS: InstructionSet = {
  ADD: binaryOperator(
    overloaded({
      "int int": sum,
      "int nat": sum,
      "nat int": sum,
      "nat nat": onInts(NAT, (a, b) => a + b),
      "timestamp int": onTime((time, seconds) => time + seconds),
      "int timestamp": onTime((seconds, time) => time + seconds),
      "mutez mutez": { gives: MUTEZ, step: addMutez },
    }),
  ),
  SUB: binaryOperator(subRule),
  SUB_MUTEZ: binaryOperator(overloaded({ "mutez mutez": { gives: unary("option", MUTEZ, HERE), step: subMutez } })),
  MUL: binaryOperator(
    located((at) => ({
      "int int": multiplication(INT),
      "int nat": multiplication(INT),
      "nat int": multiplication(INT),
      "nat nat": multiplication(NAT),
      "mutez nat": onInts(MUTEZ, (amount, factor) => multiplyMutez(at, amount, factor)),
      "nat mutez": onInts(MUTEZ, (factor, amount) => multiplyMutez(at, amount, factor)),
    })),
  ),
  EDIV: binaryOperator(
    overloaded({
      "int int": division(INT, NAT),
      "int nat": division(INT, NAT),
      "nat int": division(INT, NAT),
      "nat nat": division(NAT, NAT),
      "mutez nat": division(MUTEZ, MUTEZ),
      "mutez mutez": division(NAT, MUTEZ),
    }),
  ),
  NEG: {
    arity: 0,
    misfit: "unary",
    rule: overloaded({ int: onInt(INT, (value) => -value), nat: onInt(INT, (value) => -value) }),
  },
  ABS: { arity: 0, misfit: "unary", rule: overloaded({ int: onInt(NAT, (value) => (value < 0n ? -value : value)) }) },
  ISNAT: {
    arity: 0,
    misfit: 1,
    rule: overloaded({
      int: {
        gives: unary("option", NAT, HERE),
        step(vm) {
          const value = asInt(vm.pop());
          vm.push(option(value < 0n ? undefined : value));
        },
      },
    }),
  },
  INT: {
    arity: 0,
    misfit: 1,
    rule: overloaded({
      nat: { gives: INT, step: () => undefined },
      bytes: { gives: INT, step: (vm) => pushInt(vm, intOfBytes(asBytes(vm.pop()))) },
    }),
  },
  NAT: {
    misfit: "unknown",
    rule: overloaded({ bytes: { gives: NAT, step: (vm) => pushInt(vm, natOfBytes(asBytes(vm.pop()))) } }),
  },
  BYTES: {
    misfit: "unknown",
    rule: overloaded({
      nat: { gives: BYTES, step: (vm) => pushBytes(vm, bytesOfNat(asInt(vm.pop()))) },
      int: { gives: BYTES, step: (vm) => pushBytes(vm, bytesOfInt(asInt(vm.pop()))) },
    }),
  },
  AND: binaryOperator(
    overloaded({
      "bool bool": onBools((a, b) => a && b),
      "nat nat": onInts(NAT, (a, b) => a & b),
      "int nat": onInts(NAT, (a, b) => a & b),
      "bytes bytes": onBytes(andBytes),
    }),
  ),
  OR: binaryOperator(
    overloaded({
      "bool bool": onBools((a, b) => a || b),
      "nat nat": onInts(NAT, (a, b) => a | b),
      "bytes bytes": onBytes(orBytes),
    }),
  ),
  XOR: binaryOperator(
    overloaded({
      "bool bool": onBools((a, b) => a !== b),
      "nat nat": onInts(NAT, (a, b) => a ^ b),
      "bytes bytes": onBytes(xorBytes),
    }),
  ),
  NOT: {
    arity: 0,
    misfit: "unary",
    rule: overloaded({
      bool: { gives: BOOL, step: (vm) => vm.push(!asBool(vm.pop())) },
      int: onInt(INT, (value) => ~value),
      nat: onInt(INT, (value) => ~value),
      bytes: { gives: BYTES, step: (vm) => pushBytes(vm, notBytes(asBytes(vm.pop()))) },
    }),
  },
  LSL: binaryOperator(
    located((at) => ({
      "nat nat": { gives: NAT, step: (vm) => shift(vm, at, (value, by) => value << by) },
      "bytes nat": { gives: BYTES, step: (vm) => shiftBytesLeft(vm, at) },
    })),
  ),
  LSR: binaryOperator(
    located((at) => ({
      "nat nat": { gives: NAT, step: (vm) => shift(vm, at, (value, by) => value >> by) },
      "bytes nat": { gives: BYTES, step: shiftBytesRight },
    })),
  ),
  COMPARE: { arity: 0, misfit: 2, rule: plain((_stack, input) => compareRule(input)) },
  EQ: signTest((value) => value === 0n),
  NEQ: signTest((value) => value !== 0n),
  LT: signTest((value) => value < 0n),
  GT: signTest((value) => value > 0n),
  LE: signTest((value) => value <= 0n),
  GE: signTest((value) => value >= 0n),
};
