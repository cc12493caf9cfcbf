// The transfer_ticket operation: tickets of a user's own, to an account or, as the argument of a call, to a contract (reference:
// ticket_transfer.ml).

import type { LazyMicheline, Micheline } from "../../encoding/micheline.js";
import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { ContentOf } from "../../protocol/operation-contents.js";
import type { TicketUpdates } from "../../protocol/operation-result.js";
import { isContractHash } from "./chain-state.js";
import { decodingGas, FLAT_GAS } from "./gas.js";
import { decodeLazy } from "./lazy-micheline.js";
import type { InternalRequest, OperationContext } from "./operation-context.js";
import { moveTickets, ticketUpdate } from "./tickets.js";

export interface TicketTransfer {
  readonly ticketUpdates: TicketUpdates;
  readonly paidStorageSizeDiff: bigint;
  readonly emitted: readonly InternalRequest[];
}

/** Raises ProtocolError. */
export function transferTickets(ctx: OperationContext, content: ContentOf<"transfer_ticket">): TicketTransfer {
  const { source, destination, entrypoint, ticketAmount } = content;
  ctx.gas.consume(FLAT_GAS.transferTicket);
  if (!isContractHash(destination) && entrypoint !== DEFAULT_ENTRYPOINT) {
    throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
  }
  const type: Micheline = { prim: "ticket", args: [readExpression(ctx, content.ticketType)] };
  const contents = readExpression(ctx, content.ticketContents);
  const { value, tickets } = ctx.runtime.checkData(type, ticketValue(content, contents), ctx.gas, { tickets: true });
  const [ticket] = tickets;
  if (ticket === undefined) throw new TypeError("a ticket holds tickets");
  const paidStorageSizeDiff = moveTickets(ctx.draft, source, destination, ticket);
  const spent = ticketUpdate(ticket.token, source, -ticketAmount);
  if (!isContractHash(destination)) {
    const received = { account: destination, amount: ticketAmount };
    return {
      ticketUpdates: [{ ...spent, updates: [...spent.updates, received] }],
      paidStorageSizeDiff,
      emitted: [],
    };
  }
  const emitted = ctx.requests(source, [
    { kind: "transaction", destination, entrypoint, amount: 0n, parameter: value, parameterType: type, tickets },
  ]);
  return { ticketUpdates: [spent], paidStorageSizeDiff, emitted };
}

function readExpression(ctx: OperationContext, expression: LazyMicheline): Micheline {
  ctx.gas.consume(decodingGas(expression.bytes.length));
  return decodeLazy(expression);
}

/** A ticket as data: who made it, of what, how many. */
function ticketValue({ ticketTicketer, ticketAmount }: ContentOf<"transfer_ticket">, contents: Micheline): Micheline {
  const rest: Micheline = { prim: "Pair", args: [contents, { int: ticketAmount.toString() }] };
  return { prim: "Pair", args: [{ string: ticketTicketer }, rest] };
}
