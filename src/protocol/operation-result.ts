// Results of operations, the core of receipts (protocol.md §7.2): what each kind of operation says when it is applied, and the four
// statuses an operation can end in.
//
// In binary, differences of the registry of addresses are refused: nothing here makes any.

import { type ByteReader, type ByteWriter, type Codec, DecodeError, EncodeError } from "../encoding/binary.js";
import { bsonCodec } from "../encoding/bson.js";
import { codec, dynamicSize } from "../encoding/codecs.js";
import { dft, type Form, type FormValue, formOf, listOf, objectForm, opt, req, shapesForm } from "../encoding/form.js";
import { boolForm, zForm } from "../encoding/form-leaves.js";
import { expectArray, expectObject, type Json, JsonError } from "../encoding/json.js";
import { michelineForm } from "../encoding/micheline.js";
import { balanceUpdatesForm } from "./balance-updates.js";
import { gameStatusForm } from "./game.js";
import {
  commitmentHashForm,
  contractForm,
  destinationForm,
  levelForm,
  originatedContractForm,
  rollupAddressForm,
  scriptExprHashForm,
} from "./identifiers.js";
import { lazyStorageDiffForm } from "./lazy-storage-diff.js";
import { milligasForm } from "./quantities.js";
import { whitelistUpdateForm } from "./whitelist.js";

const balanceUpdates = req("balance_updates", balanceUpdatesForm);
const someBalanceUpdates = dft("balance_updates", balanceUpdatesForm, []);
const consumedMilligas = dft("consumed_milligas", milligasForm, 0n);
const storageSize = dft("storage_size", zForm, 0n);
const paidStorageSizeDiff = dft("paid_storage_size_diff", zForm, 0n);
const originatedContracts = dft("originated_contracts", listOf(originatedContractForm), []);

/** JSON that is passed on as it is, and has no bytes here. */
const jsonOnlyCodec: Codec<Json> = codec(
  "JSON only",
  "dynamic",
  () => {
    throw new EncodeError("encoding.no_case_matched", "has no binary form here");
  },
  (r: ByteReader) => {
    throw new DecodeError("encoding.unknown_tag", "has no binary form here", r.position);
  },
);
const jsonForm: Form<Json> = formOf<Json>(
  jsonOnlyCodec,
  (json) => json,
  (json) => json as Json,
);
const lazyStorageDiff = opt("lazy_storage_diff", lazyStorageDiffForm);
const addressRegistryDiff = dft("address_registry_diff", listOf(jsonForm), []);

/** Tickets that changed hands. */
export const ticketUpdatesForm = listOf(
  objectForm("ticket update", {
    ticketToken: req(
      "ticket_token",
      objectForm("ticket token", {
        ticketer: req("ticketer", contractForm),
        contentType: req("content_type", michelineForm),
        content: req("content", michelineForm),
      }),
    ),
    updates: req(
      "updates",
      listOf(
        objectForm("ticket balance update", { account: req("account", destinationForm), amount: req("amount", zForm) }),
      ),
    ),
  }),
);

export type TicketUpdates = FormValue<typeof ticketUpdatesForm>;

/** `ticketField`: top-level operations and internal ones differ in the name of the tickets' field. */
function transactionResultForms(ticketField: string) {
  const toContract = objectForm("result of a transaction to a contract", {
    storage: opt("storage", michelineForm),
    balanceUpdates: someBalanceUpdates,
    ticketUpdates: dft(ticketField, ticketUpdatesForm, []),
    originatedContracts,
    consumedMilligas,
    storageSize,
    paidStorageSizeDiff,
    allocatedDestinationContract: dft("allocated_destination_contract", boolForm, false),
    lazyStorageDiff,
    addressRegistryDiff,
  });
  const toRollup = objectForm("result of a transaction to a rollup", {
    consumedMilligas,
    ticketUpdates: req(ticketField, ticketUpdatesForm),
  });
  return { toContract, toRollup };
}

type ContractTransactionResult = FormValue<ReturnType<typeof transactionResultForms>["toContract"]>;
type RollupTransactionResult = FormValue<ReturnType<typeof transactionResultForms>["toRollup"]>;

/** Result of a transaction; one to a rollup has gas and tickets only. */
export type TransactionResult = ContractTransactionResult | RollupTransactionResult;

export function isContractTransactionResult(result: TransactionResult): result is ContractTransactionResult {
  return "storageSize" in result;
}

/** JSON that fits both is read as that of a contract, as the reference does. */
export function transactionResultForm(ticketField: "ticket_updates" | "ticket_receipt"): Form<TransactionResult> {
  const { toContract, toRollup } = transactionResultForms(ticketField);
  return shapesForm<TransactionResult>("result of a transaction", [
    { tag: 0, form: toContract as Form<TransactionResult>, is: isContractTransactionResult },
    { tag: 2, form: toRollup as Form<TransactionResult>, is: (result) => !isContractTransactionResult(result) },
  ]);
}

export const originationResultForm = objectForm("result of an origination", {
  balanceUpdates: someBalanceUpdates,
  originatedContracts,
  consumedMilligas,
  storageSize,
  paidStorageSizeDiff,
  lazyStorageDiff,
});

export const delegationResultForm = objectForm("result of a delegation", {
  consumedMilligas,
  balanceUpdates: someBalanceUpdates,
});

export const gasResultForm = objectForm("gas consumed", { consumedMilligas });

const gameResultFields = {
  consumedMilligas,
  gameStatus: req("game_status", gameStatusForm),
  balanceUpdates,
};

/** What each kind of manager operation says when it is applied. */
export const APPLIED_FORMS = {
  reveal: gasResultForm,
  transaction: transactionResultForm("ticket_updates"),
  origination: originationResultForm,
  delegation: delegationResultForm,
  register_global_constant: objectForm("result of a global constant", {
    balanceUpdates: someBalanceUpdates,
    consumedMilligas,
    storageSize,
    globalAddress: req("global_address", scriptExprHashForm),
  }),
  set_deposits_limit: gasResultForm,
  increase_paid_storage: objectForm("result of paying for storage", {
    balanceUpdates: someBalanceUpdates,
    consumedMilligas,
  }),
  /** `kind`: true for a consensus key, false for a companion key. */
  update_consensus_key: objectForm("result of a key update", { isConsensus: req("kind", boolForm), consumedMilligas }),
  update_companion_key: objectForm("result of a key update", { isConsensus: req("kind", boolForm), consumedMilligas }),
  transfer_ticket: objectForm("result of a ticket transfer", {
    balanceUpdates,
    ticketUpdates: req("ticket_updates", ticketUpdatesForm),
    consumedMilligas,
    paidStorageSizeDiff,
  }),
  smart_rollup_originate: objectForm("result of a rollup origination", {
    balanceUpdates,
    address: req("address", rollupAddressForm),
    genesisCommitmentHash: req("genesis_commitment_hash", commitmentHashForm),
    consumedMilligas,
    size: req("size", zForm),
  }),
  smart_rollup_add_messages: gasResultForm,
  smart_rollup_cement: objectForm("result of a cementing", {
    consumedMilligas,
    inboxLevel: req("inbox_level", levelForm),
    commitmentHash: req("commitment_hash", commitmentHashForm),
  }),
  smart_rollup_publish: objectForm("result of a publication", {
    consumedMilligas,
    stakedHash: req("staked_hash", commitmentHashForm),
    publishedAtLevel: req("published_at_level", levelForm),
    balanceUpdates,
  }),
  smart_rollup_refute: objectForm("result of a move", gameResultFields),
  smart_rollup_timeout: objectForm("result of a timeout", gameResultFields),
  smart_rollup_execute_outbox_message: objectForm("result of an outbox message", {
    balanceUpdates,
    ticketUpdates: req("ticket_updates", ticketUpdatesForm),
    whitelistUpdate: opt("whitelist_update", whitelistUpdateForm),
    consumedMilligas,
    paidStorageSizeDiff,
  }),
  smart_rollup_recover_bond: objectForm("result of a recovery", { balanceUpdates, consumedMilligas }),
};

export type AppliedKind = keyof typeof APPLIED_FORMS;

/** How an operation ended. `errors` is a trace as printed (errors.ts); T is what it says when it is applied. */
export type OperationResult<T> =
  | { readonly status: "applied"; readonly applied: T }
  | { readonly status: "failed"; readonly errors: readonly Json[] }
  /** Not tried, because an operation of the group before it failed. */
  | { readonly status: "skipped" }
  /** Applied, then undone, because of a later operation of the group, or of `errors` of its own. */
  | { readonly status: "backtracked"; readonly errors?: readonly Json[]; readonly applied: T };

export type ResultStatus = OperationResult<unknown>["status"];

const STATUS_TAGS = { applied: 0, failed: 1, skipped: 2, backtracked: 3 } as const;

const errorForm: Form<Json> = formOf<Json>(
  dynamicSize(bsonCodec),
  (json) => json,
  (json) => expectObject(json) as Json,
);
const errorsForm = listOf(errorForm);
const optionalErrors = objectForm("errors", { errors: opt("errors", errorsForm) });

/** A status, and flat beside it what comes with it. */
export function operationResultForm<T>(applied: Form<T>): Form<OperationResult<T>> {
  return {
    name: `result (${applied.name})`,
    write: (w, result) => writeResult(w, applied, result),
    read: (r) => readResult(r, applied),
    toJson(result) {
      const { status } = result;
      switch (status) {
        case "applied":
          return { status, ...flat(applied.toJson(result.applied)) };
        case "failed":
          return { status, errors: result.errors };
        case "skipped":
          return { status };
        case "backtracked":
          return { status, ...flat(optionalErrors.toJson(result)), ...flat(applied.toJson(result.applied)) };
      }
    },
    fromJson: (json) => resultFromJson(applied, json),
  };
}

/** The forms here print objects. */
function flat(json: Json): Readonly<Record<string, Json>> {
  return json as Readonly<Record<string, Json>>;
}

function writeResult<T>(w: ByteWriter, applied: Form<T>, result: OperationResult<T>): void {
  w.u8(STATUS_TAGS[result.status]);
  if (result.status === "failed") errorsForm.write(w, result.errors);
  if (result.status === "backtracked") optionalErrors.write(w, result);
  if (result.status === "applied" || result.status === "backtracked") applied.write(w, result.applied);
}

function readResult<T>(r: ByteReader, applied: Form<T>): OperationResult<T> {
  const at = r.position;
  const tag = r.u8();
  switch (tag) {
    case STATUS_TAGS.applied:
      return { status: "applied", applied: applied.read(r) };
    case STATUS_TAGS.failed:
      return { status: "failed", errors: errorsForm.read(r) };
    case STATUS_TAGS.skipped:
      return { status: "skipped" };
    case STATUS_TAGS.backtracked: {
      const errors = optionalErrors.read(r);
      return { status: "backtracked", ...errors, applied: applied.read(r) };
    }
    default:
      throw new DecodeError("encoding.unknown_tag", `no status has tag ${tag}`, at, tag);
  }
}

function resultFromJson<T>(applied: Form<T>, json: unknown): OperationResult<T> {
  const { status, errors, ...fields } = expectObject(json);
  switch (status) {
    case "applied":
      return { status, applied: applied.fromJson(fields) };
    case "failed":
      return { status, errors: errorsForm.fromJson(expectArray(errors)) };
    case "skipped":
      return { status };
    case "backtracked":
      return {
        status,
        ...(errors === undefined ? {} : { errors: errorsForm.fromJson(errors) }),
        applied: applied.fromJson(fields),
      };
    default:
      throw new JsonError("encoding.json.bad_value", "no such status", status).under(".status");
  }
}
