// Reading tickets, where they may stand: `Ticket` with the type of the contents, or a pair of ticketer, contents and amount.

import { ProtocolError } from "../../../protocol/errors.js";
import { isRollupAddress } from "../chain-state.js";
import { type Node, unexpectedNode } from "./nodes.js";
import { type ReadInner, type Reading, tracedAsConstant } from "./reading.js";
import { ALLOWED, parseType } from "./type-parser.js";
import { ATOMS, expectSameType, openedTicket, type TypeOf } from "./types.js";
import { as, asInt, type Ticket, type Value } from "./values.js";

interface Opened {
  readonly ticketer: Value;
  readonly contents: Value;
  readonly amount: Value;
}

export function readTicket(type: TypeOf<"ticket">, node: Node, reading: Reading, read: ReadInner): Ticket {
  if (!reading.tickets) {
    return tracedAsConstant(type, node, () => {
      throw new ProtocolError("michelson_v1.unexpected_forged_value", { location: node.location });
    });
  }
  const { ticketer, contents, amount } = readOpened(type, node, reading, read);
  if (asInt(amount) === 0n) {
    tracedAsConstant(type, node, () => {
      throw new ProtocolError("michelson_v1.forbidden_zero_amount_ticket", {});
    });
  }
  const { destination } = as("address", ticketer);
  if (isRollupAddress(destination)) {
    throw new ProtocolError("michelson_v1.unexpected_ticket_owner", { ticketer: destination });
  }
  return { kind: "ticket", ticketer: destination, contents, amount: asInt(amount) };
}

function readOpened(type: TypeOf<"ticket">, node: Node, reading: Reading, read: ReadInner): Opened {
  if (node.kind === "prim" && node.prim === "Ticket" && node.args.length === 4) {
    const [ticketer, contentType, contents, amount] = node.args as readonly [Node, Node, Node, Node]; // four
    expectSameType(node.location, type.item, parseType(contentType, ALLOWED.any));
    return {
      ticketer: read(ATOMS.address, ticketer, reading),
      contents: read(type.item, contents, reading),
      amount: read(ATOMS.nat, amount, reading),
    };
  }
  if (node.kind !== "prim" || node.prim !== "Pair") throw unexpectedNode(node, [], "constant", ["Ticket", "Pair"]);
  const opened = as("pair", read(openedTicket(type.item, node.location), node, reading));
  const rest = as("pair", opened.right);
  return { ticketer: opened.left, contents: rest.left, amount: rest.right };
}
