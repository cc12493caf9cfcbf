// CONCAT and SLICE, on strings and bytes.

import { GAS } from "../gas-costs.js";
import type { Machine } from "../machine.js";
import { type InstructionSet, type Overload, overloaded, plain, type RuleInput } from "../rules.js";
import { onto } from "../stack-types.js";
import { ATOMS, unary } from "../types.js";
import { as, asBytes, asInt, asText, itemsOf, option, type Value } from "../values.js";

const HERE = -1; // these types are small

function joined(vm: Machine, parts: readonly Value[]): Value {
  if (parts.every((part) => typeof part === "string")) {
    vm.consume(GAS.madeByte * parts.reduce((total, part) => total + part.length, 0));
    return parts.join("");
  }
  const all = parts.map(asBytes);
  vm.consume(GAS.madeByte * all.reduce((total, part) => total + part.length, 0));
  return new Uint8Array(Buffer.concat(all));
}

function concatPair(kind: "string" | "bytes"): Overload {
  return {
    gives: ATOMS[kind],
    step(vm) {
      const first = vm.pop();
      vm.push(joined(vm, [first, vm.pop()]));
    },
  };
}

const concatTwo = overloaded({ "string string": concatPair("string"), "bytes bytes": concatPair("bytes") });

const concatMany = plain((stack) => {
  if (stack?.type.kind !== "list") return undefined;
  const { kind } = stack.type.item;
  if (kind !== "string" && kind !== "bytes") return undefined;
  return {
    after: onto(stack.rest, ATOMS[kind]),
    step(vm) {
      const parts = itemsOf(as("list", vm.pop()));
      vm.consume(GAS.visitedItem * parts.length);
      vm.push(parts.length > 0 ? joined(vm, parts) : kind === "string" ? "" : new Uint8Array(0));
    },
  };
});

/** Undefined for a part that reaches beyond the end, or begins there. */
function sliced<T extends string | Uint8Array>(
  vm: Machine,
  value: T,
  cut: (from: number, to: number) => T,
): T | undefined {
  const offset = asInt(vm.pop());
  const length = asInt(vm.pop());
  return within(value.length, offset, length) ? cut(Number(offset), Number(offset + length)) : undefined;
}

function within(size: number, offset: bigint, length: bigint): boolean {
  return offset < BigInt(size) && offset + length <= BigInt(size);
}

function slice(kind: "string" | "bytes"): Overload {
  return {
    gives: unary("option", ATOMS[kind], HERE),
    step(vm) {
      const value = vm.pull(2);
      const part =
        kind === "string"
          ? sliced(vm, asText(value), (from, to) => asText(value).slice(from, to))
          : sliced(vm, asBytes(value), (from, to) => asBytes(value).slice(from, to));
      vm.consume(GAS.madeByte * (part?.length ?? 0));
      vm.push(option(part));
    },
  };
}

export const TEXT_INSTRUCTIONS: InstructionSet = {
  CONCAT: {
    arity: 0,
    misfit: "unary or binary",
    rule: (input: RuleInput) => concatTwo(input) ?? concatMany(input),
  },
  SLICE: {
    arity: 0,
    misfit: 3,
    rule: overloaded({ "nat nat string": slice("string"), "nat nat bytes": slice("bytes") }),
  },
};
