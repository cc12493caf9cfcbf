// TICKET READ_TICKET SPLIT_TICKET JOIN_TICKETS. Tickets are never of amount zero.

import { DEFAULT_ENTRYPOINT } from "../annotations.js";
import { compare } from "../compare.js";
import type { Step } from "../machine.js";
import { type InstructionSet, plain } from "../rules.js";
import { onto, topmost } from "../stack-types.js";
import { binary, expectComparable, expectSameType, openedTicket, unary } from "../types.js";
import { address, as, asInt, option, pair, pairs, type Ticket } from "../values.js";

const makeTicket: Step = (vm) => {
  const contents = vm.pop();
  const amount = asInt(vm.pop());
  const ticket: Ticket = { kind: "ticket", ticketer: vm.context.self, contents, amount };
  vm.push(option(amount === 0n ? undefined : ticket));
};

const readTicket: Step = (vm) => {
  const { ticketer, contents, amount } = as("ticket", vm.peek(0));
  vm.push(pairs(address(ticketer, DEFAULT_ENTRYPOINT), contents, amount));
};

const splitTicket: Step = (vm) => {
  const ticket = as("ticket", vm.pop());
  const amounts = as("pair", vm.pop());
  const left = asInt(amounts.left);
  const right = asInt(amounts.right);
  const isSplit = left > 0n && right > 0n && left + right === ticket.amount;
  vm.push(option(isSplit ? pair({ ...ticket, amount: left }, { ...ticket, amount: right }) : undefined));
};

export const TICKET_INSTRUCTIONS: InstructionSet = {
  TICKET: {
    arity: 0,
    misfit: 2,
    rule: plain((stack, { node }) => {
      const found = topmost(stack, 2);
      const [contents, amount] = found?.types ?? [];
      if (found === undefined || contents === undefined || amount?.kind !== "nat") return undefined;
      const { location } = node;
      expectComparable(location, contents);
      const type = unary("option", unary("ticket", contents, location), location);
      return { after: onto(found.rest, type), step: makeTicket };
    }),
  },
  READ_TICKET: {
    arity: 0,
    misfit: 1,
    rule: plain((stack, { node }) => {
      if (stack?.type.kind !== "ticket") return undefined;
      return { after: onto(stack, openedTicket(stack.type.item, node.location)), step: readTicket };
    }),
  },
  SPLIT_TICKET: {
    arity: 0,
    misfit: 2,
    rule: plain((stack, { node }) => {
      const found = topmost(stack, 2);
      const [ticket, amounts] = found?.types ?? [];
      if (found === undefined || ticket?.kind !== "ticket" || amounts?.kind !== "pair") return undefined;
      if (amounts.left.kind !== "nat" || amounts.right.kind !== "nat") return undefined;
      const { location } = node;
      const type = unary("option", binary("pair", ticket, ticket, location), location);
      return { after: onto(found.rest, type), step: splitTicket };
    }),
  },
  JOIN_TICKETS: {
    arity: 0,
    misfit: 1,
    rule: plain((stack, { node }) => {
      if (stack?.type.kind !== "pair") return undefined;
      const { left, right } = stack.type;
      if (left.kind !== "ticket" || right.kind !== "ticket") return undefined;
      const { location } = node;
      expectSameType(location, left.item, right.item);
      const step: Step = (vm) => {
        const both = as("pair", vm.pop());
        const a = as("ticket", both.left);
        const b = as("ticket", both.right);
        const isOne = a.ticketer === b.ticketer && compare(left.item, a.contents, b.contents) === 0;
        vm.push(option(isOne ? { ...a, amount: a.amount + b.amount } : undefined));
      };
      return { after: onto(stack.rest, unary("option", left, location)), step };
    }),
  },
};
