// A runtime for contracts whose code is one word: enough to see what the chain does around contracts. The real one has tests of its own.
//   SWAP             keeps its parameter as its storage
//   TRANSFER_TOKENS  sends its parameter, and the tez it got, to the address in its storage
//   TICKET           makes as many tickets of "toy" as its parameter says and sends them to the address in its storage
//   FAILWITH         fails
//   LOOP             never ends
import { isSequence, type Micheline, type MichelinePrim, michelineEquals } from "../../../src/encoding/micheline.js";
import type {
  CallOutcome,
  CallRequest,
  ContractRuntime,
  EmittedOperation,
  TicketAmount,
} from "../../../src/l1/sandbox/contract-runtime.js";
import { ProtocolError } from "../../../src/protocol/errors.js";
import type { Contract, Destination } from "../../../src/protocol/identifiers.js";

export type ToyWord = "SWAP" | "TRANSFER_TOKENS" | "TICKET" | "FAILWITH" | "LOOP";

const prim = (name: string, ...args: Micheline[]): MichelinePrim =>
  args.length === 0 ? { prim: name } : { prim: name, args };

export const NAT = prim("nat");
export const STRING = prim("string");
export const ADDRESS = prim("address");
export const TICKET_TYPE = prim("ticket", STRING);

/** Code that takes `parameter`. */
export function toyCode(word: ToyWord, parameter: Micheline): Micheline {
  const storage = word === "SWAP" ? parameter : ADDRESS;
  return [prim("parameter", parameter), prim("storage", storage), prim("code", [prim(word)])];
}

function asPrim(node: Micheline | undefined): MichelinePrim {
  if (node === undefined || isSequence(node) || !("prim" in node)) throw new TypeError("an application expected");
  return node;
}

function section(code: Micheline, name: string): Micheline {
  const found = isSequence(code) ? code.find((each) => asPrim(each).prim === name) : undefined;
  const [argument] = found === undefined ? [] : (asPrim(found).args ?? []);
  if (argument === undefined)
    throw new ProtocolError("michelson_v1.ill_formed_type", { illFormedExpression: code, location: 0 });
  return argument;
}

function illTyped(type: Micheline, value: Micheline): ProtocolError {
  return new ProtocolError("michelson_v1.invalid_constant", {
    location: 0,
    expectedType: type,
    wrongExpression: value,
  });
}

/** Tickets inside a value of a type. Raises for a value that is not of it. */
function scan(type: Micheline, value: Micheline): TicketAmount[] {
  const { prim: name, args = [] } = asPrim(type);
  const fits = !isSequence(value);
  switch (name) {
    case "unit":
      if (fits && "prim" in value && value.prim === "Unit") return [];
      break;
    case "nat":
      if (fits && "int" in value && !value.int.startsWith("-")) return [];
      break;
    case "string":
    case "address":
      if (fits && "string" in value) return [];
      break;
    case "ticket": {
      const [ticketer, rest] = asPrim(value).args ?? [];
      const [content, amount] = asPrim(rest).args ?? [];
      const token = {
        ticketer: (ticketer as { string: Contract }).string,
        contentType: args[0] as Micheline,
        content: content as Micheline,
      };
      scan(token.contentType, token.content);
      return [{ token, amount: BigInt((amount as { int: string }).int) }];
    }
  }
  throw illTyped(type, value);
}

function ticketOf({ token, amount }: TicketAmount): Micheline {
  return prim("Pair", { string: token.ticketer }, prim("Pair", token.content, { int: amount.toString() }));
}

const negated = (tickets: readonly TicketAmount[]): TicketAmount[] =>
  tickets.map(({ token, amount }) => ({ token, amount: -amount }));

function send(
  destination: Micheline,
  rest: Omit<Extract<EmittedOperation, { kind: "transaction" }>, "kind" | "destination" | "entrypoint">,
): EmittedOperation {
  const [to = "", entrypoint = "default"] = (destination as { string: string }).string.split("%");
  return { kind: "transaction", destination: to as Destination, entrypoint, ...rest };
}

function call({ script, entrypoint, parameter, internal, context }: CallRequest): CallOutcome {
  const { code, storage } = script;
  if (entrypoint !== "default") throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
  const parameterType = section(code, "parameter");
  const argumentTickets = scan(parameterType, parameter);
  if (argumentTickets.length > 0 && !internal) throw illTyped(parameterType, parameter);
  const [word] = section(code, "code") as readonly Micheline[];
  context.gas.consume(1_000_000);
  switch (asPrim(word).prim as ToyWord) {
    case "SWAP": {
      const storedTickets = [...argumentTickets, ...negated(scan(parameterType, storage))];
      return { storage: parameter, operations: [], storedTickets, argumentTickets };
    }
    case "TRANSFER_TOKENS": {
      const { amount } = context;
      const sent = send(storage, { amount, parameter, parameterType, tickets: argumentTickets });
      return { storage, operations: [sent], storedTickets: [], argumentTickets };
    }
    case "TICKET": {
      const token = { ticketer: context.self, contentType: STRING, content: { string: "toy" } };
      const ticket = { token, amount: BigInt((parameter as { int: string }).int) };
      const rest = { amount: 0n, parameter: ticketOf(ticket), parameterType: TICKET_TYPE, tickets: [ticket] };
      return { storage, operations: [send(storage, rest)], storedTickets: [], argumentTickets };
    }
    case "FAILWITH": {
      const rejected = new ProtocolError("michelson_v1.script_rejected", { location: 0, with: parameter });
      const where = { contractHandle: context.self, contractCode: "Deprecated" };
      throw new ProtocolError("michelson_v1.runtime_error", where, [rejected]);
    }
    case "LOOP":
      for (;;) context.gas.consume(1_000_000);
  }
}

export const TOY_RUNTIME: ContractRuntime = {
  originate({ code, storage }) {
    const tickets = scan(section(code, "storage"), storage);
    if (tickets.some(({ amount }) => amount > 0n)) throw illTyped(section(code, "storage"), storage);
    return { code, storage };
  },
  adopt: (script) => script,
  pack: () => new Uint8Array(0),
  bigMapIds: () => [],
  call,
  entrypoints: (code) => new Map([["default", section(code, "parameter")]]),
  entrypointType(code, entrypoint) {
    if (entrypoint !== "default") throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
    return section(code, "parameter");
  },
  storageType: (code) => section(code, "storage"),
  typesEqual: michelineEquals,
  checkData: (type, value) => ({ value, tickets: scan(type, value) }),
  readable: (_, value) => value,
};

/** A ticket of no tickets, to start a storage with: the only one that may be made up. */
export const NO_TICKETS: Micheline = prim(
  "Pair",
  { string: "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT" },
  prim("Pair", { string: "" }, { int: "0" }),
);
