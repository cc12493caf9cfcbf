// The contents of manager operations, those that an account signs and pays for (protocol.md §7.1): accounts, contracts, smart
// rollups. Left out: DAL publications and zk rollups, whose tags are refused.

import { encode } from "../encoding/binary.js";
import {
  type Fields,
  type Form,
  type FormValue,
  listOf,
  objectForm,
  opt,
  refined,
  req,
  type Variant,
  variant,
} from "../encoding/form.js";
import { bytesForm, enumForm, natForm, zForm } from "../encoding/form-leaves.js";
import { lazyMichelineForm, michelineCodec, UNIT } from "../encoding/micheline.js";
import { commitmentForm } from "./commitment.js";
import { DEFAULT_ENTRYPOINT, entrypointForm, taggedEntrypointForm } from "./entrypoint.js";
import { stakersForm } from "./game.js";
import {
  blsProofForm,
  commitmentHashForm,
  contractForm,
  hashEquals,
  originatedContractForm,
  publicKeyForm,
  publicKeyHashForm,
  rollupAddressForm,
} from "./identifiers.js";
import { gasForm, limitForm, mutezForm } from "./quantities.js";
import { refutationForm } from "./refutation.js";
import { whitelistForm } from "./whitelist.js";

/** What every manager operation starts with. */
const managerFields = {
  source: req("source", publicKeyHashForm),
  fee: req("fee", mutezForm),
  counter: req("counter", limitForm),
  gasLimit: req("gas_limit", gasForm),
  storageLimit: req("storage_limit", limitForm),
};

function manager<K extends string, F extends Fields>(
  tag: number,
  kind: K,
  fields: F,
): Variant<typeof managerFields & F> {
  return variant(tag, { kind }, { ...managerFields, ...fields });
}

/** Entrypoint and argument of a call. */
export const callForm = objectForm("call", {
  entrypoint: req("entrypoint", taggedEntrypointForm),
  value: req("value", lazyMichelineForm),
});

export type Call = FormValue<typeof callForm>;

const UNIT_BYTES = encode(michelineCodec, UNIT);

/** A call of the default entrypoint with Unit: what no parameters mean. */
export function isPlainTransfer(call: Call): boolean {
  return call.entrypoint === DEFAULT_ENTRYPOINT && hashEquals(call.value.bytes, UNIT_BYTES);
}

/** Code and first storage of a contract. */
export const scriptForm = objectForm("script", {
  code: req("code", lazyMichelineForm),
  storage: req("storage", lazyMichelineForm),
});

export type Script = FormValue<typeof scriptForm>;

export const PVM_KINDS = ["arith", "wasm_2_0_0", "riscv"] as const;
export type PvmKind = (typeof PVM_KINDS)[number];

export const pvmKindForm: Form<PvmKind> = enumForm("kind of rollup", PVM_KINDS);

const ticketAmountForm = refined(natForm, (amount) => amount > 0n, "no tickets");

const keyFields = { publicKey: req("pk", publicKeyForm), proof: opt("proof", blsProofForm) };

/** Accounts and contracts. */
const ACCOUNT_CONTENTS = {
  reveal: manager(107, "reveal", { publicKey: req("public_key", publicKeyForm), proof: opt("proof", blsProofForm) }),
  transaction: manager(108, "transaction", {
    amount: req("amount", mutezForm),
    destination: req("destination", contractForm),
    parameters: opt("parameters", callForm, isPlainTransfer),
  }),
  origination: manager(109, "origination", {
    balance: req("balance", mutezForm),
    delegate: opt("delegate", publicKeyHashForm),
    script: req("script", scriptForm),
  }),
  delegation: manager(110, "delegation", { delegate: opt("delegate", publicKeyHashForm) }),
  register_global_constant: manager(111, "register_global_constant", { value: req("value", lazyMichelineForm) }),
  set_deposits_limit: manager(112, "set_deposits_limit", { limit: opt("limit", mutezForm) }),
  increase_paid_storage: manager(113, "increase_paid_storage", {
    amount: req("amount", zForm),
    destination: req("destination", originatedContractForm),
  }),
  update_consensus_key: manager(114, "update_consensus_key", keyFields),
  update_companion_key: manager(115, "update_companion_key", keyFields),
  transfer_ticket: manager(158, "transfer_ticket", {
    ticketContents: req("ticket_contents", lazyMichelineForm),
    ticketType: req("ticket_ty", lazyMichelineForm),
    ticketTicketer: req("ticket_ticketer", contractForm),
    ticketAmount: req("ticket_amount", ticketAmountForm),
    destination: req("destination", contractForm),
    entrypoint: req("entrypoint", entrypointForm),
  }),
};

const rollup = req("rollup", rollupAddressForm);

/** Smart rollups. */
const ROLLUP_CONTENTS = {
  smart_rollup_originate: manager(200, "smart_rollup_originate", {
    pvmKind: req("pvm_kind", pvmKindForm),
    kernel: req("kernel", bytesForm),
    parametersType: req("parameters_ty", lazyMichelineForm),
    whitelist: opt("whitelist", whitelistForm),
  }),
  smart_rollup_add_messages: manager(201, "smart_rollup_add_messages", {
    messages: req("message", listOf(bytesForm)),
  }),
  smart_rollup_cement: manager(202, "smart_rollup_cement", { rollup }),
  smart_rollup_publish: manager(203, "smart_rollup_publish", { rollup, commitment: req("commitment", commitmentForm) }),
  smart_rollup_refute: manager(204, "smart_rollup_refute", {
    rollup,
    opponent: req("opponent", publicKeyHashForm),
    refutation: req("refutation", refutationForm),
  }),
  smart_rollup_timeout: manager(205, "smart_rollup_timeout", { rollup, stakers: req("stakers", stakersForm) }),
  smart_rollup_execute_outbox_message: manager(206, "smart_rollup_execute_outbox_message", {
    rollup,
    cementedCommitment: req("cemented_commitment", commitmentHashForm),
    outputProof: req("output_proof", bytesForm),
  }),
  smart_rollup_recover_bond: manager(207, "smart_rollup_recover_bond", {
    rollup,
    staker: req("staker", publicKeyHashForm),
  }),
};

/** All of them, by kind. */
export const MANAGER_CONTENTS = { ...ACCOUNT_CONTENTS, ...ROLLUP_CONTENTS };

export type ManagerKind = keyof typeof MANAGER_CONTENTS;

export function isManagerKind(kind: string): kind is ManagerKind {
  return Object.hasOwn(MANAGER_CONTENTS, kind);
}
