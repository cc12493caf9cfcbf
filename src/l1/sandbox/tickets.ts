// The table of tickets: who owns how many of which (reference: ticket_storage.ml, ticket_accounting.ml, ticket_transfer.ml). A balance
// is kept under the hash of token and owner; bytes of the table are paid for as it grows.

import { blake2b256 } from "../../crypto/blake2b.js";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { encode } from "../../encoding/binary.js";
import { zForm } from "../../encoding/form-leaves.js";
import { toHex } from "../../encoding/hex.js";
import { type Micheline, michelineCodec } from "../../encoding/micheline.js";
import { ProtocolError } from "../../protocol/errors.js";
import { type ContractHash, type Destination, destinationForm } from "../../protocol/identifiers.js";
import type { TicketUpdates } from "../../protocol/operation-result.js";
import type { BlockDraft } from "./block-draft.js";
import type { ChainState } from "./chain-state.js";
import type { CallOutcome, EmittedOperation, TicketAmount, TicketToken } from "./contract-runtime.js";

/** Bytes charged for the key of a new entry. */
const KEY_BYTES = 65n;

function addressExpression(destination: Destination): Micheline {
  return { bytes: toHex(encode(destinationForm, destination)) };
}

function ticketHash(token: TicketToken, owner: Destination): Uint8Array {
  const { ticketer, contentType, content } = token;
  const expression = [addressExpression(ticketer), contentType, content, addressExpression(owner)];
  return blake2b256(encode(michelineCodec, expression));
}

/** The key of a balance in `ChainState.tickets`. */
export function ticketKey(token: TicketToken, owner: Destination): string {
  return toHex(ticketHash(token, owner));
}

export function ticketBalance(state: ChainState, token: TicketToken, owner: Destination): bigint {
  return state.tickets.get(ticketKey(token, owner))?.amount ?? 0n;
}

const valueBytes = (amount: bigint): bigint => BigInt(encode(zForm, amount).length);

/** Changes a balance; gives the bytes by which the table grew or (negative) shrank. Raises "Negative_ticket_balance". */
export function adjustTickets(draft: BlockDraft, token: TicketToken, owner: Destination, change: bigint): bigint {
  const hash = ticketHash(token, owner);
  const key = toHex(hash);
  const { tickets } = draft.state;
  const before = tickets.get(key)?.amount ?? 0n;
  const amount = before + change;
  if (amount < 0n) {
    throw new ProtocolError("Negative_ticket_balance", {
      key: encodeBase58Check("scriptExprHash", hash),
      balance: amount,
    });
  }
  const bytesBefore = before === 0n ? 0n : KEY_BYTES + valueBytes(before);
  const bytesAfter = amount === 0n ? 0n : KEY_BYTES + valueBytes(amount);
  draft.update({ tickets: amount === 0n ? tickets.delete(key) : tickets.set(key, { token, owner, amount }) });
  return bytesAfter - bytesBefore;
}

/** Records growth of the table; gives the bytes that are not paid for yet. */
export function payForTickets(draft: BlockDraft, growth: bigint): bigint {
  if (growth === 0n) return 0n;
  const { used, paid } = draft.state.ticketBytes;
  const now = used + growth;
  draft.update({ ticketBytes: { used: now, paid: now > paid ? now : paid } });
  return now > paid ? now - paid : 0n;
}

/** Moves tickets from one owner to another; gives the bytes to be paid. Raises "Negative_ticket_balance". */
export function moveTickets(
  draft: BlockDraft,
  from: Destination,
  to: Destination,
  { token, amount }: TicketAmount,
): bigint {
  const shrunk = adjustTickets(draft, token, from, -amount);
  const grown = adjustTickets(draft, token, to, amount);
  return payForTickets(draft, shrunk + grown);
}

/** A line of a receipt. */
export function ticketUpdate(token: TicketToken, account: Destination, amount: bigint): TicketUpdates[number] {
  const { ticketer, contentType, content } = token;
  return { ticketToken: { ticketer, contentType, content }, updates: [{ account, amount }] };
}

/** Tickets of one owner in the order of receipts: the reference keeps them by a hash, and lists them from its end. */
export function inReceiptOrder(tickets: readonly TicketAmount[]): TicketAmount[] {
  return tickets
    .map((ticket) => ({ ticket, key: ticketKey(ticket.token, ticket.token.ticketer) }))
    .sort((a, b) => (a.key > b.key ? -1 : 1))
    .map(({ ticket }) => ticket);
}

// ---- What calls of contracts do to tickets

/** Amounts by token, and where they go. */
export interface TokenFlow {
  readonly token: TicketToken;
  total: bigint;
  readonly destinations: { readonly owner: Destination; readonly amount: bigint }[];
}

/** A key that tells tokens apart, whoever owns them. */
function tokenKey({ ticketer, contentType, content }: TicketToken): string {
  return `${ticketer}|${toHex(encode(michelineCodec, [contentType, content]))}`;
}

/** Tickets that leave with emitted operations, by token. */
export function ticketFlows(operations: readonly EmittedOperation[]): TokenFlow[] {
  const flows = new Map<string, TokenFlow>();
  for (const operation of operations) {
    if (operation.kind !== "transaction" && operation.kind !== "origination") continue;
    const owner = operation.kind === "transaction" ? operation.destination : operation.contract;
    for (const { token, amount } of operation.tickets) {
      const key = tokenKey(token);
      const flow = flows.get(key) ?? { token, total: 0n, destinations: [] };
      flow.total += amount;
      flow.destinations.push({ owner, amount });
      flows.set(key, flow);
    }
  }
  return [...flows.values()];
}

/**
 * Settles the tickets of a call: none may come from nowhere but from their own ticketer, and what a contract sends must be what
 * left its storage or came in. Gives the table's growth. Raises "invalid_ticket_transfer".
 */
export function settleTickets(draft: BlockDraft, self: ContractHash, outcome: CallOutcome): bigint {
  const kept = new Map<string, { token: TicketToken; amount: bigint }>();
  const add = ({ token, amount }: TicketAmount, sign: bigint): void => {
    const key = tokenKey(token);
    kept.set(key, { token, amount: (kept.get(key)?.amount ?? 0n) + sign * amount });
  };
  for (const stored of outcome.storedTickets) add(stored, 1n);
  for (const argument of outcome.argumentTickets) add(argument, -1n);
  let growth = 0n;
  for (const { token, amount } of kept.values()) {
    if (amount > 0n && token.ticketer !== self) throw invalidTransfer(token, amount);
    growth += adjustTickets(draft, token, self, amount);
  }
  for (const { token, total, destinations } of ticketFlows(outcome.operations.map(({ operation }) => operation))) {
    const available = -(kept.get(tokenKey(token))?.amount ?? 0n);
    if (token.ticketer !== self && total > available) throw invalidTransfer(token, total);
    for (const { owner, amount } of destinations) growth += adjustTickets(draft, token, owner, amount);
  }
  return growth;
}

function invalidTransfer({ ticketer }: TicketToken, amount: bigint): ProtocolError {
  return new ProtocolError("invalid_ticket_transfer", { ticketer, amount });
}
