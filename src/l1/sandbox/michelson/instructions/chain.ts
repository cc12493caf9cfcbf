// What code sees of the chain: AMOUNT BALANCE SENDER SOURCE SELF SELF_ADDRESS NOW LEVEL CHAIN_ID MIN_BLOCK_TIME, and addresses: ADDRESS CONTRACT
// IMPLICIT_ACCOUNT IS_IMPLICIT_ACCOUNT. Left out: voting power, the registry of addresses, views.

import { ProtocolError } from "../../../../protocol/errors.js";
import { isContractHash, isRollupAddress } from "../../chain-state.js";
import type { CallContext } from "../../contract-runtime.js";
import { ANNOTATION_RULES, DEFAULT_ENTRYPOINT, namedEntrypoint, selfEntrypoint } from "../annotations.js";
import { findContract } from "../contracts.js";
import { expectEntrypoint } from "../entrypoints.js";
import { GAS } from "../gas-costs.js";
import type { Machine, Step } from "../machine.js";
import {
  argumentsOf,
  type Conclusion,
  type Instruction,
  type InstructionSet,
  overloaded,
  plain,
  type RuleInput,
} from "../rules.js";
import { onto } from "../stack-types.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { ATOMS, type Type, unary } from "../types.js";
import { type Address, address, as, asText, option, type Value } from "../values.js";

const HERE = -1; // these types are small

/** An instruction that pushes what the context says. */
function fact(type: Type, read: (context: CallContext) => Value): Instruction {
  return {
    arity: 0,
    misfit: "unknown",
    rule: plain((stack) => ({ after: onto(stack, type), step: (vm) => vm.push(read(vm.context)) })),
  };
}

function selfRule({ node, stack, scope }: RuleInput): Conclusion | undefined {
  if (argumentsOf(node, 0) === undefined) return undefined;
  const { location } = node;
  const entrypoint = selfEntrypoint(node);
  const { parameter, isInLambda } = scope;
  if (isInLambda || parameter === undefined) {
    throw new ProtocolError("michelson_v1.forbidden_instr_in_context", {
      location,
      context: "Lambda",
      forbiddenInstruction: "SELF",
    });
  }
  const { type: parameterType } = expectEntrypoint(parameter, entrypoint);
  const step: Step = (vm) => vm.push({ kind: "contract", destination: vm.context.self, entrypoint, parameterType });
  return { after: onto(stack, unary("contract", parameterType, location)), step };
}

function contractRule({ node, stack }: RuleInput): Conclusion | undefined {
  const [typeNode] = argumentsOf(node, 1) ?? [];
  if (typeNode === undefined || stack?.type.kind !== "address") return undefined;
  const { location } = node;
  const type = parseType(typeNode, ALLOWED.passable);
  const after = onto(stack.rest, unary("option", unary("contract", type, location), location));
  const entrypoint = namedEntrypoint(node);
  const step: Step = (vm) => {
    const at = meant(as("address", vm.pop()), entrypoint);
    vm.consume(GAS.contractLookup);
    vm.push(option(at === undefined ? undefined : findContract(vm.context.chain, at, type)));
  };
  return { after, step };
}

/** Either the address or the instruction may name an entrypoint, not both. */
function meant(at: Address, named: string): Address | undefined {
  if (at.entrypoint === DEFAULT_ENTRYPOINT) return address(at.destination, named);
  return named === DEFAULT_ENTRYPOINT ? at : undefined;
}

const addressOfContract: Instruction = {
  arity: 0,
  misfit: 1,
  rule: plain((stack) => {
    if (stack?.type.kind !== "contract") return undefined;
    const step: Step = (vm) => {
      const { destination, entrypoint } = as("contract", vm.pop());
      vm.push(address(destination, entrypoint));
    };
    return { after: onto(stack.rest, ATOMS.address), step };
  }),
};

const implicitAccount: Step = (vm) =>
  vm.push({
    kind: "contract",
    destination: accountOf(vm),
    entrypoint: DEFAULT_ENTRYPOINT,
    parameterType: ATOMS.unit,
  });

function accountOf(vm: Machine): Address["destination"] {
  return asText(vm.pop()) as Address["destination"]; // a key's hash is an account
}

const isImplicitAccount: Step = (vm) => {
  const { destination } = as("address", vm.pop());
  const isAccount = !isContractHash(destination) && !isRollupAddress(destination);
  vm.push(option(isAccount ? destination : undefined));
};

export const CHAIN_INSTRUCTIONS: InstructionSet = {
  AMOUNT: fact(ATOMS.mutez, ({ amount }) => amount),
  BALANCE: fact(ATOMS.mutez, ({ balance }) => balance),
  SENDER: fact(ATOMS.address, ({ sender }) => address(sender, DEFAULT_ENTRYPOINT)),
  SOURCE: fact(ATOMS.address, ({ source }) => address(source, DEFAULT_ENTRYPOINT)),
  SELF_ADDRESS: fact(ATOMS.address, ({ self }) => address(self, DEFAULT_ENTRYPOINT)),
  NOW: fact(ATOMS.timestamp, ({ now }) => now),
  LEVEL: fact(ATOMS.nat, ({ level }) => BigInt(level)),
  CHAIN_ID: fact(ATOMS.chain_id, ({ chainId }) => chainId),
  MIN_BLOCK_TIME: {
    arity: 0,
    misfit: "unknown",
    rule: ({ node, stack }) => {
      if (argumentsOf(node, 0) === undefined) return undefined;
      ANNOTATION_RULES.any();
      return { after: onto(stack, ATOMS.nat), step: (vm) => vm.push(vm.context.minimalBlockDelay) };
    },
  },
  SELF: { arity: 0, misfit: "unknown", rule: selfRule },
  ADDRESS: addressOfContract,
  CONTRACT: { arity: 1, misfit: 1, rule: contractRule },
  IMPLICIT_ACCOUNT: {
    arity: 0,
    misfit: 1,
    rule: overloaded({ key_hash: { gives: unary("contract", ATOMS.unit, HERE), step: implicitAccount } }),
  },
  IS_IMPLICIT_ACCOUNT: {
    misfit: "unknown",
    rule: overloaded({ address: { gives: unary("option", ATOMS.key_hash, HERE), step: isImplicitAccount } }),
  },
};
