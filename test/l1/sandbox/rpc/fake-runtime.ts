// A runtime of contracts that knows one contract: it keeps a value, which `set` replaces and `get` sends to whoever asks. For tests of the RPCs
// around contracts; the real runtime has tests of its own.

import { decode } from "../../../../src/encoding/binary.js";
import { fromHex } from "../../../../src/encoding/hex.js";
import { isSequence, type Micheline, type MichelinePrim, michelineEquals } from "../../../../src/encoding/micheline.js";
import type { ContractRuntime, TicketAmount } from "../../../../src/l1/sandbox/contract-runtime.js";
import { ProtocolError } from "../../../../src/protocol/errors.js";
import { type Contract, contractForm } from "../../../../src/protocol/identifiers.js";

const NAT: Micheline = { prim: "nat" };
const UNIT: Micheline = { prim: "unit" };
const GET: Micheline = { prim: "pair", args: [UNIT, { prim: "contract", args: [NAT] }] };

/** Its code: what matters here is its types. */
export const KEEPER: Micheline = [
  {
    prim: "parameter",
    args: [
      {
        prim: "or",
        args: [
          { prim: "nat", annots: ["%set"] },
          { ...(GET as MichelinePrim), annots: ["%get"] },
        ],
      },
    ],
  },
  { prim: "storage", args: [NAT] },
  { prim: "code", args: [[]] },
];

const CALL_MILLIGAS = 1_000_000;

function application(node: Micheline | undefined): MichelinePrim {
  if (node === undefined || isSequence(node) || !("prim" in node)) throw new TypeError("an application expected");
  return node;
}

function refuse(type: Micheline, value: Micheline): never {
  throw new ProtocolError("michelson_v1.invalid_constant", { location: 0, expectedType: type, wrongExpression: value });
}

/** Checks naturals, pairs and options; takes anything else. */
function check(type: Micheline, value: Micheline, tickets: TicketAmount[]): Micheline {
  const { prim, args = [] } = application(type);
  switch (prim) {
    case "nat":
      return !isSequence(value) && "int" in value && BigInt(value.int) >= 0n ? value : refuse(type, value);
    case "ticket": {
      const [ticketer, rest] = application(value).args ?? [];
      const [content, amount] = application(rest).args ?? [];
      const token = {
        ticketer: (ticketer as { readonly string: Contract }).string,
        contentType: args[0] as Micheline,
        content: check(args[0] as Micheline, content as Micheline, tickets),
      };
      tickets.push({ token, amount: BigInt((amount as { readonly int: string }).int) });
      return value;
    }
    case "pair": {
      const [left, right] = application(value).args ?? [];
      if (left === undefined || right === undefined) refuse(type, value);
      const [leftType, ...others] = args;
      const rightType = others.length === 1 ? (others[0] as Micheline) : { prim: "pair", args: others };
      return { prim: "Pair", args: [check(leftType as Micheline, left, tickets), check(rightType, right, tickets)] };
    }
    default:
      return value;
  }
}

export const FAKE_RUNTIME: ContractRuntime = {
  originate({ code, storage }, gas) {
    gas.consume(CALL_MILLIGAS);
    if (!michelineEquals(code, KEEPER)) {
      throw new ProtocolError("michelson_v1.ill_formed_type", { illFormedExpression: code, location: 0 });
    }
    return { code, storage: check(NAT, storage, []) };
  },
  call({ script, entrypoint, parameter, context }) {
    context.gas.consume(CALL_MILLIGAS);
    const none = { operations: [], storedTickets: [], argumentTickets: [] };
    if (entrypoint === "set") return { ...none, storage: check(NAT, parameter, []) };
    if (entrypoint !== "get") throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
    const [, callback] = application(parameter).args ?? [];
    const { bytes } = callback as { readonly bytes: string };
    const destination = decode(contractForm, fromHex(bytes));
    const transaction = { kind: "transaction", entrypoint: "default", amount: 0n, tickets: [] } as const;
    const answer = { ...transaction, destination, parameter: script.storage, parameterType: NAT };
    return { ...none, storage: script.storage, operations: [answer] };
  },
  entrypoints: () =>
    new Map([
      ["default", NAT],
      ["set", NAT],
      ["get", GET],
    ]),
  entrypointType(_code, entrypoint) {
    const type = this.entrypoints(_code).get(entrypoint);
    if (type === undefined) throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
    return type;
  },
  storageType: () => NAT,
  typesEqual: michelineEquals,
  checkData(type, value) {
    const tickets: TicketAmount[] = [];
    return { value: check(type, value, tickets), tickets };
  },
  readable: (_type, value) => value,
};
