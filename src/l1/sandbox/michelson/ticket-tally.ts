// Counting tickets inside of values (reference: ticket_scanner.ml, ticket_accounting.ml): by who made them and of what.

import type { BigMapDiff, TicketAmount, TicketToken } from "../contract-runtime.js";
import { type BigMapAccess, readBigMapValue } from "./big-maps.js";
import { payForExpression, writeData } from "./data-writer.js";
import { GAS } from "./gas-costs.js";
import { locate } from "./nodes.js";
import { ALLOWED, parseType } from "./type-parser.js";
import { type Type, type TypeOf, writeType } from "./types.js";
import { as, type BigMap, itemsOf, type Ticket, type Value } from "./values.js";

/** What to do about big maps: count what they hold, or leave them to their differences. */
export type BigMapPolicy = "counted" | "left";

export class TicketTally {
  readonly #amounts = new Map<string, TicketAmount>();
  readonly #access: BigMapAccess;

  constructor(access: BigMapAccess) {
    this.#access = access;
  }

  /** Adds the tickets of a value, or (`sign` -1) takes them off. */
  add(type: Type, value: Value, sign: 1n | -1n, bigMaps: BigMapPolicy): void {
    if (!type.hasTicket) return;
    switch (type.kind) {
      case "ticket":
        this.#addTicket(type, as("ticket", value), sign);
        return;
      case "pair": {
        const { left, right } = as("pair", value);
        this.add(type.left, left, sign, bigMaps);
        this.add(type.right, right, sign, bigMaps);
        return;
      }
      case "or": {
        const { side, value: inner } = as("or", value);
        this.add(type[side], inner, sign, bigMaps);
        return;
      }
      case "option": {
        const { value: inner } = as("option", value);
        if (inner !== undefined) this.add(type.item, inner, sign, bigMaps);
        return;
      }
      case "list":
        for (const item of itemsOf(as("list", value))) this.add(type.item, item, sign, bigMaps);
        return;
      case "map":
        for (const entry of as("map", value).entries) this.add(type.right, entry.value, sign, bigMaps);
        return;
      case "big_map":
        if (bigMaps === "counted") this.#addBigMap(type, as("big_map", value), sign);
        return;
      default:
        throw new TypeError(`tickets in a ${type.kind}`);
    }
  }

  #addTicket({ item }: TypeOf<"ticket">, { ticketer, contents, amount }: Ticket, sign: bigint): void {
    const { gas, tools } = this.#access;
    const content = writeData(item, contents, { mode: "Optimized_legacy", tools });
    payForExpression(gas, content);
    this.#addToken({ ticketer, contentType: writeType(item), content }, sign * amount);
  }

  #addToken(token: TicketToken, amount: bigint): void {
    const key = JSON.stringify([token.ticketer, token.contentType, token.content]);
    this.#amounts.set(key, { token, amount: (this.#amounts.get(key)?.amount ?? 0n) + amount });
  }

  #addBigMap(type: TypeOf<"big_map">, { id, changes }: BigMap, sign: 1n | -1n): void {
    const { right: valueType } = type;
    if (id !== undefined) this.#addStored(id, valueType, sign);
    const opposite = sign === 1n ? -1n : 1n;
    for (const [hash, { value }] of changes) {
      if (id !== undefined) this.#addStoredValue(id, hash, valueType, opposite);
      if (value !== undefined) this.add(valueType, value, sign, "left");
    }
  }

  #addStored(id: bigint, valueType: Type, sign: 1n | -1n): void {
    for (const written of this.#access.bigMaps?.values(id) ?? []) {
      this.#access.gas.consume(GAS.bigMapRead);
      this.add(valueType, readBigMapValue(valueType, written, this.#access), sign, "left");
    }
  }

  #addStoredValue(id: bigint, hash: string, valueType: Type, sign: 1n | -1n): void {
    this.#access.gas.consume(GAS.bigMapRead);
    const written = this.#access.bigMaps?.value(id, hash);
    if (written !== undefined) this.add(valueType, readBigMapValue(valueType, written, this.#access), sign, "left");
  }

  /** Adds what a difference of a big map, not yet applied, does to the tickets in it. */
  addDiff(diff: BigMapDiff): void {
    const { action, id, updates } = diff;
    const base = action.kind === "copy" ? action.source : action.kind === "alloc" ? undefined : id;
    const written = action.kind === "alloc" ? action.valueType : this.#storedValueType(base);
    if (written === undefined) return;
    const valueType = parseType(locate(written), ALLOWED.bigMapValue);
    if (!valueType.hasTicket) return;
    if (base !== undefined && action.kind === "copy") this.#addStored(base, valueType, 1n);
    if (base !== undefined && action.kind === "remove") this.#addStored(base, valueType, -1n);
    for (const { keyHash, value } of updates) {
      if (base !== undefined) this.#addStoredValue(base, keyHash, valueType, -1n);
      if (value !== undefined) this.add(valueType, readBigMapValue(valueType, value, this.#access), 1n, "left");
    }
  }

  #storedValueType(id: bigint | undefined) {
    return id === undefined ? undefined : this.#access.bigMaps?.types(id)?.valueType;
  }

  /** One element a kind, none of amount 0. */
  amounts(): TicketAmount[] {
    return [...this.#amounts.values()].filter(({ amount }) => amount !== 0n);
  }
}

/** The tickets inside a value, those in its big maps included. */
export function ticketsIn(type: Type, value: Value, access: BigMapAccess): TicketAmount[] {
  const tally = new TicketTally(access);
  tally.add(type, value, 1n, "counted");
  return tally.amounts();
}
