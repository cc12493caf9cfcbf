// Instructions that make operations: TRANSFER_TOKENS SET_DELEGATE CREATE_CONTRACT EMIT.

import { ProtocolError } from "../../../../protocol/errors.js";
import type { PublicKeyHash } from "../../../../protocol/identifiers.js";
import { isContractHash, isRollupAddress } from "../../chain-state.js";
import type { BigMapDiff, EmittedOperation } from "../../contract-runtime.js";
import { ANNOTATION_RULES, DEFAULT_ENTRYPOINT, namedEntrypoint } from "../annotations.js";
import { bigMapIds, extractBigMaps } from "../big-maps.js";
import { payForExpression, writeData } from "../data-writer.js";
import { GAS } from "../gas-costs.js";
import type { Machine, Step } from "../machine.js";
import type { PrimNode } from "../nodes.js";
import { argumentsOf, type Conclusion, expectItem, type InstructionSet, overloaded, type RuleInput } from "../rules.js";
import { onto, ontoAll, topmost } from "../stack-types.js";
import { ticketsIn } from "../ticket-tally.js";
import { ALLOWED, parseType } from "../type-parser.js";
import { ATOMS, expectPackable, expectSameType, type Type, writeType } from "../types.js";
import { address, as, asInt, asText, type ContractValue, type Value } from "../values.js";

function pushOperation(vm: Machine, operation: EmittedOperation, bigMaps: readonly BigMapDiff[] = []): void {
  vm.consume(GAS.emittedOperation);
  vm.push({ kind: "operation", nonce: vm.context.freshNonce(), operation, bigMaps });
}

/** A value that leaves with an operation: written, with its tickets, its big maps given ids of their own. */
function sent(vm: Machine, type: Type, value: Value) {
  const { tools, context } = vm;
  const access = { gas: context.gas, tools, bigMaps: context.bigMaps };
  const tickets = ticketsIn(type, value, access);
  const { value: extracted, diffs } = extractBigMaps(type, value, {
    ...access,
    temporary: true,
    toDuplicate: bigMapIds(type, value),
    toUpdate: new Set(),
  });
  const written = writeData(type, extracted, { mode: "Optimized", tools });
  payForExpression(context.gas, written);
  return { written, tickets, diffs };
}

function transferRule({ node, stack }: RuleInput): Conclusion | undefined {
  const found = topmost(stack, 3);
  const [parameter, amount, contract] = found?.types ?? [];
  if (found === undefined || parameter === undefined || amount?.kind !== "mutez") return undefined;
  if (contract?.kind !== "contract" || argumentsOf(node, 0) === undefined) return undefined;
  expectItem(node, 4, 1, parameter, contract.item);
  ANNOTATION_RULES.variable(node);
  const step: Step = (vm) => {
    const value = vm.pop();
    const mutez = asInt(vm.pop());
    transfer(vm, as("contract", vm.pop()), mutez, parameter, value);
  };
  return { after: onto(found.rest, ATOMS.operation), step };
}

function transfer(vm: Machine, to: ContractValue, amount: bigint, type: Type, value: Value): void {
  const { destination, entrypoint } = to;
  if (isRollupAddress(destination)) {
    if (amount !== 0n) throw new ProtocolError("operation.rollup_invalid_transaction_amount", {});
    if (entrypoint !== DEFAULT_ENTRYPOINT) throw new ProtocolError("operation.rollup_invalid_entrypoint", {});
  }
  const { written, tickets, diffs } = sent(vm, type, value);
  pushOperation(
    vm,
    {
      kind: "transaction",
      destination,
      entrypoint,
      amount,
      parameter: written,
      parameterType: writeType(type),
      tickets,
    },
    isContractHash(destination) ? diffs : [],
  );
}

function delegateOf(value: Value): { readonly delegate?: PublicKeyHash } {
  const { value: key } = as("option", value);
  return key === undefined ? {} : { delegate: asText(key) as PublicKeyHash }; // the checker saw a key_hash
}

const setDelegate: Step = (vm) => pushOperation(vm, { kind: "delegation", ...delegateOf(vm.pop()) });

function setDelegateRule(input: RuleInput): Conclusion | undefined {
  const { type } = input.stack ?? {};
  if (type?.kind !== "option" || type.item.kind !== "key_hash") return undefined;
  return overloaded({ option: { gives: ATOMS.operation, step: setDelegate } })(input);
}

function createContractRule({ node, stack, checker }: RuleInput): Conclusion | undefined {
  const [script] = argumentsOf(node, 1) ?? [];
  const found = topmost(stack, 3);
  const [delegate, balance, given] = found?.types ?? [];
  if (script?.kind !== "sequence" || found === undefined || given === undefined) return undefined;
  if (delegate?.kind !== "option" || delegate.item.kind !== "key_hash" || balance?.kind !== "mutez") return undefined;
  ANNOTATION_RULES.twoVariables(node);
  const storageType = checker.checkScript(script);
  expectSameType(node.location, storageType, given);
  const step: Step = (vm) => {
    const chosen = delegateOf(vm.pop());
    const mutez = asInt(vm.pop());
    const { written, tickets, diffs } = sent(vm, storageType, vm.pop());
    const contract = vm.context.freshContract();
    vm.push(address(contract, DEFAULT_ENTRYPOINT));
    const kept = { code: script.source, storage: written };
    pushOperation(vm, { kind: "origination", contract, balance: mutez, ...chosen, script: kept, tickets }, diffs);
  };
  return { after: ontoAll(found.rest, [ATOMS.address, ATOMS.operation]), step };
}

// ---- Events

function emitRule({ node, stack }: RuleInput): Conclusion | undefined {
  const [typeNode, ...others] = node.args;
  if (stack === undefined || others.length > 0) return undefined;
  if (typeNode === undefined) {
    expectPackable(node.location, stack.type, { contracts: false });
    return emitting(node, stack.type, writeType(stack.type), stack.rest);
  }
  const type = parseType(typeNode, ALLOWED.packable);
  expectItem(node, 2, 1, type, stack.type);
  return emitting(node, type, typeNode.source, stack.rest);
}

function emitting(node: PrimNode, type: Type, written: EmittedEvent["type"], rest: RuleInput["stack"]): Conclusion {
  const tag = namedEntrypoint(node);
  const tagged = tag === DEFAULT_ENTRYPOINT ? {} : { tag };
  const step: Step = (vm) => {
    const payload = writeData(type, vm.pop(), { mode: "Optimized", tools: vm.tools });
    payForExpression(vm.context.gas, payload);
    pushOperation(vm, { kind: "event", type: written, ...tagged, ...(type.kind === "unit" ? {} : { payload }) });
  };
  return { after: onto(rest, ATOMS.operation), step };
}

type EmittedEvent = Extract<EmittedOperation, { readonly kind: "event" }>;

export const OPERATION_INSTRUCTIONS: InstructionSet = {
  TRANSFER_TOKENS: { arity: 0, misfit: 4, rule: transferRule },
  SET_DELEGATE: { arity: 0, misfit: 1, rule: setDelegateRule },
  CREATE_CONTRACT: { arity: 1, misfit: 7, rule: createContractRule },
  EMIT: { arity: 1, misfit: "unknown", rule: emitRule },
};
