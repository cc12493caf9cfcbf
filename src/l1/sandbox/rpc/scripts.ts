// Contracts as RPCs show them: code, storage, entrypoints, tickets. The runtime (contract-runtime.ts) knows Michelson; where a sandbox has
// none, there are no contracts either.

import type { Json } from "../../../encoding/json.js";
import { isSequence, type Micheline, michelineForm } from "../../../encoding/micheline.js";
import { type Contract, contractForm } from "../../../protocol/identifiers.js";
import type { OriginatedContract } from "../chain-state.js";
import type { ContractRuntime, GasCounter, TicketAmount, TicketToken } from "../contract-runtime.js";
import { failure } from "./answer.js";
import type { JsonFields } from "./block-metadata.js";
import { RequestFields, type UnparsingMode } from "./request-fields.js";

/** For questions whose size is that of the request. */
export const UNLIMITED_GAS: GasCounter = { consume: () => undefined };

/** Raises RpcFailure for a sandbox without runtime. */
export function runtimeOf(contracts: ContractRuntime | undefined): ContractRuntime {
  if (contracts === undefined) throw failure("this sandbox runs no contracts");
  return contracts;
}

/** Storage as it is kept ("Optimized…"), or as people read it. */
export function storageIn(mode: UnparsingMode, { script }: OriginatedContract, runtime: ContractRuntime): Micheline {
  return mode === "Readable" ? runtime.readable(runtime.storageType(script.code), script.storage) : script.storage;
}

export function scriptToJson(code: Micheline, storage: Micheline): JsonFields {
  return { code: michelineForm.toJson(code), storage: michelineForm.toJson(storage) };
}

/** `{"entrypoints": {…}}`: "default" only where the code names it, as Octez does; the last name first. */
export function entrypointsToJson(code: Micheline, runtime: ContractRuntime): JsonFields {
  const entries = [...runtime.entrypoints(code)]
    .filter(([name]) => name !== "default" || namesDefault(parameterType(code)))
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([name, type]): [string, Json] => [name, michelineForm.toJson(type)]);
  return { entrypoints: Object.fromEntries(entries) };
}

const DEFAULT_ANNOTATION = "%default";

/** Whether a place of the parameter type where entrypoints can be is called "%default". */
function namesDefault(type: Micheline | undefined): boolean {
  if (type === undefined || isSequence(type) || !("prim" in type)) return false;
  if (type.annots?.includes(DEFAULT_ANNOTATION) === true) return true;
  return type.prim === "or" && (type.args ?? []).some(namesDefault);
}

/** The argument of the code's `parameter`; undefined for code that has none. */
function parameterType(code: Micheline): Micheline | undefined {
  const sections = isSequence(code) ? code : [];
  for (const section of sections) {
    if (!isSequence(section) && "prim" in section && section.prim === "parameter") return section.args?.[0];
  }
  return undefined;
}

const TOKEN_FIELDS = ["ticketer", "content_type", "content"];

/** The ticket that a request names, in the form balances are kept under. Raises JsonError, ProtocolError. */
export function tokenFromJson(json: unknown, runtime: ContractRuntime): TicketToken {
  const fields = new RequestFields(json, TOKEN_FIELDS);
  const ticketer: Contract = fields.required("ticketer", contractForm);
  const type: Micheline = { prim: "ticket", args: [fields.micheline("content_type")] };
  const content = fields.micheline("content");
  const value: Micheline = {
    prim: "Pair",
    args: [{ string: ticketer }, { prim: "Pair", args: [content, { int: "1" }] }],
  };
  const [ticket] = runtime.checkData(type, value, UNLIMITED_GAS, { tickets: true }).tickets;
  if (ticket === undefined) throw new TypeError("a ticket holds tickets");
  return ticket.token;
}

/** An element of `all_ticket_balances`. */
export function ticketAmountToJson({ token, amount }: TicketAmount): JsonFields {
  return {
    ticketer: token.ticketer,
    content_type: michelineForm.toJson(token.contentType),
    content: michelineForm.toJson(token.content),
    amount: amount.toString(),
  };
}
