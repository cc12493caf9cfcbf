// What reading data goes by, and the traces it leaves.

import { ProtocolError, traced } from "../../../protocol/errors.js";
import type { BigMaps, ContractLookup, GasCounter } from "../contract-runtime.js";
import type { CodeTools } from "./code-tools.js";
import type { Node } from "./nodes.js";
import { type Type, writeType } from "./types.js";
import type { Value } from "./values.js";

/** What may stand in data, and whom to ask. */
export interface Reading {
  readonly gas: GasCounter;
  readonly tools: CodeTools;
  /** Whether tickets may: in what comes from inside the chain. */
  readonly tickets: boolean;
  /** Big maps by their ids: looked up, taken as they are, or (undefined) refused. */
  readonly bigMaps: BigMaps | "unchecked" | undefined;
  /** Addresses of contracts: looked up, or taken as they are. */
  readonly chain: ContractLookup | "unchecked";
}

/** What is no value of a type. */
export function invalidConstant(type: Type, { location, source }: Node): ProtocolError {
  return new ProtocolError("michelson_v1.invalid_constant", {
    location,
    expectedType: writeType(type),
    wrongExpression: source,
  });
}

/** Reads a value of a type that stands inside of another. */
export type ReadInner = (type: Type, node: Node, reading: Reading) => Value;

/** Runs `read`; the trace of an error says that the node is no value of the type. */
export function tracedAsConstant<T>(type: Type, node: Node, read: () => T): T {
  return traced(() => invalidConstant(type, node), read);
}

export function notOfForm({ location, source }: Node, expectedForm: string): ProtocolError {
  return new ProtocolError("michelson_v1.invalid_syntactic_constant", {
    location,
    expectedForm,
    wrongExpression: source,
  });
}
