// An operation of the injector as Octez keeps it in a file (node.md §4.2; reference: src/lib_injector/injector_operation.ml). Of the errors that
// it has met the last trace is kept, as JSON in BSON, as everywhere in Octez's binary forms. Operations of the DAL are left out.

import type { Codec } from "../../encoding/binary.js";
import { bsonCodec } from "../../encoding/bson.js";
import { dynamicSize, fixedBytes, int31, list, n, optionalField, record, string } from "../../encoding/codecs.js";
import type { Json } from "../../encoding/json.js";
import { type L1Operation, l1OperationForm } from "../rpc/l1-operation.js";

export interface PersistedOperation {
  /** 32 bytes: "iop…". */
  readonly id: Uint8Array;
  /** Lower goes first; those without go last. */
  readonly order: bigint | undefined;
  /** Place among those that the process has made. */
  readonly counter: bigint;
  readonly operation: L1Operation;
  /** Of OpenTelemetry. */
  readonly traceparent: string | undefined;
  readonly errors: { readonly count: number; readonly lastError: readonly Json[] | undefined };
}

const traceCodec: Codec<readonly Json[]> = list(dynamicSize(bsonCodec));

export const persistedOperationCodec: Codec<PersistedOperation> = record(
  {
    id: fixedBytes(32),
    order: optionalField(n),
    counter: n,
    operation: l1OperationForm,
    traceparent: optionalField(string),
    errors: record({ count: int31, lastError: optionalField(traceCodec) }, "errors"),
  },
  "injector operation",
);

/** Kinds that are kept over restarts: the node makes the others again by itself. */
const KEPT: ReadonlySet<string> = new Set([
  "add_messages",
  "recover",
  "execute_outbox_message",
  "publish_dal_commitment",
]);

/** `tag`: kind of operation, as rollup nodes name them. */
export function isPersisted(tag: string): boolean {
  return KEPT.has(tag);
}
