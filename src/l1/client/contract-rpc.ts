// The RPCs of one account or contract in one block (node.md §9.2) that only people ask for: entrypoints, storage space, delegate,
// tickets. Balances, code and storage are in block-rpc.ts.

import { expectArray, expectObject, expectString, type Json } from "../../encoding/json.js";
import { type Micheline, michelineForm, michelineFromJson } from "../../encoding/micheline.js";
import { type Contract, contractForm, type PublicKeyHash, publicKeyHashForm } from "../../protocol/identifiers.js";
import {
  field,
  fieldsReader,
  listReader,
  nullableReader,
  optionalField,
  type Reader,
  readBigInteger,
  reader,
} from "./answers.js";
import type { BlockCaller } from "./block-rpc.js";
import { isL1RpcError } from "./rpc-error.js";

export interface Entrypoint {
  readonly name: string;
  readonly type: Micheline;
}

export interface Entrypoints {
  /** In the node's order; "default" only if the code names it. */
  readonly entrypoints: readonly Entrypoint[];
  /** Ways through the parameter's type that no name leads to. */
  readonly unreachable: readonly (readonly string[])[];
}

/** What makes tickets the same. */
export interface TicketKind {
  readonly ticketer: Contract;
  readonly contentType: Micheline;
  readonly content: Micheline;
}

export interface TicketBalance extends TicketKind {
  readonly amount: bigint;
}

export function ticketKindToJson({ ticketer, contentType, content }: TicketKind): Json {
  return {
    ticketer,
    content_type: michelineForm.toJson(contentType),
    content: michelineForm.toJson(content),
  };
}

export class ContractRpc {
  readonly #call: BlockCaller;
  readonly #path: string;

  constructor(
    call: BlockCaller,
    readonly contract: Contract,
  ) {
    this.#call = call;
    this.#path = `/context/contracts/${contract}`;
  }

  /** Raises L1RpcError "l1.rpc.not_found" for what has no code. `normalizeTypes`: types without annotations. */
  entrypoints(normalizeTypes = false): Promise<Entrypoints> {
    return this.#call(`${this.#path}/entrypoints`, readEntrypoints, { query: { normalize_types: normalizeTypes } });
  }

  /** Undefined for an entrypoint that is not there. */
  async entrypointType(name: string, normalizeTypes = false): Promise<Micheline | undefined> {
    const path = `${this.#path}/entrypoints/${encodeURIComponent(name)}`;
    try {
      return await this.#call(path, michelineFromJson, { query: { normalize_types: normalizeTypes } });
    } catch (error) {
      if (isL1RpcError(error, "l1.rpc.not_found")) return undefined;
      throw error;
    }
  }

  /** Bytes; undefined for what is no contract. */
  async storageSpace(kind: "used" | "paid"): Promise<bigint | undefined> {
    return (await this.#call(`${this.#path}/storage/${kind}_space`, nullableReader(readBigInteger))) ?? undefined;
  }

  async delegate(): Promise<PublicKeyHash | undefined> {
    try {
      return await this.#call(`${this.#path}/delegate`, reader(publicKeyHashForm));
    } catch (error) {
      if (isL1RpcError(error, "l1.rpc.not_found")) return undefined;
      throw error;
    }
  }

  ticketBalance(kind: TicketKind): Promise<bigint> {
    return this.#call(`${this.#path}/ticket_balance`, readBigInteger, { body: ticketKindToJson(kind) });
  }

  allTicketBalances(): Promise<readonly TicketBalance[]> {
    return this.#call(`${this.#path}/all_ticket_balances`, listReader(readTicketBalance));
  }
}

const readEntrypoints: Reader<Entrypoints> = (json) => {
  const answer = expectObject(json);
  const readPath: Reader<readonly string[]> = (item) => field(expectObject(item), "path", listReader(expectString));
  return {
    entrypoints: field(answer, "entrypoints", (entries) =>
      Object.entries(expectObject(entries)).map(([name, type]) => ({ name, type: michelineFromJson(type) })),
    ),
    unreachable: optionalField(answer, "unreachable", (paths) => expectArray(paths).map(readPath)) ?? [],
  };
};

const readTicketBalance: Reader<TicketBalance> = fieldsReader<TicketBalance>({
  ticketer: ["ticketer", reader(contractForm)],
  contentType: ["content_type", michelineFromJson],
  content: ["content", michelineFromJson],
  amount: ["amount", readBigInteger],
});
