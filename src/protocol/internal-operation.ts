// Internal operations: what contracts and rollups do while an operation is applied, as its receipt lists them (protocol.md §7.2).
// The messages that contracts send to rollups are among them.

import { type Fields, type Form, type FormValue, opt, req, variant, variantsForm } from "../encoding/form.js";
import { uint16Form } from "../encoding/form-leaves.js";
import { michelineEquals, michelineForm, UNIT } from "../encoding/micheline.js";
import { DEFAULT_ENTRYPOINT, taggedEntrypointForm } from "./entrypoint.js";
import { destinationForm, publicKeyHashForm } from "./identifiers.js";
import { callForm, isPlainTransfer, scriptForm } from "./manager-contents.js";
import {
  delegationResultForm,
  gasResultForm,
  operationResultForm,
  originationResultForm,
  transactionResultForm,
} from "./operation-result.js";
import { mutezForm } from "./quantities.js";

const origin = {
  /** Contract or rollup that sends it. */
  source: req("source", destinationForm),
  nonce: req("nonce", uint16Form),
};

function internal<K extends string, F extends Fields, T>(tag: number, kind: K, fields: F, applied: Form<T>) {
  return variant(tag, { kind }, { ...origin, ...fields, result: req("result", operationResultForm(applied)) });
}

/** An internal operation with its result. Tickets go under another name here than in the results of top-level operations. */
export const internalOperationForm = variantsForm("internal operation", "kind", {
  transaction: internal(
    1,
    "transaction",
    {
      amount: req("amount", mutezForm),
      destination: req("destination", destinationForm),
      parameters: opt("parameters", callForm, isPlainTransfer),
    },
    transactionResultForm("ticket_receipt"),
  ),
  origination: internal(
    2,
    "origination",
    {
      balance: req("balance", mutezForm),
      delegate: opt("delegate", publicKeyHashForm),
      script: req("script", scriptForm),
    },
    originationResultForm,
  ),
  delegation: internal(3, "delegation", { delegate: opt("delegate", publicKeyHashForm) }, delegationResultForm),
  event: internal(
    4,
    "event",
    {
      type: req("type", michelineForm),
      tag: opt("tag", taggedEntrypointForm, (tag) => tag === DEFAULT_ENTRYPOINT),
      payload: opt("payload", michelineForm, (payload) => michelineEquals(payload, UNIT)),
    },
    gasResultForm,
  ),
});

export type InternalOperation = FormValue<typeof internalOperationForm>;
export type InternalTransaction = Extract<InternalOperation, { readonly kind: "transaction" }>;
