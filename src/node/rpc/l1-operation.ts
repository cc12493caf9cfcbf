// Operations of layer 1 as the node speaks of them in its RPC, and names them ("iop…"): kind and fields, without fees, counters or
// signatures (node.md §5.3; reference: l1_operation.ml, injector_operation.ml). DAL commitments are left out.

import { blake2b256 } from "../../crypto/blake2b.js";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { decode, encode } from "../../encoding/binary.js";
import { codec } from "../../encoding/codecs.js";
import { DecodeError } from "../../encoding/errors.js";
import {
  type Form,
  type FormValue,
  formOf,
  listOf,
  req,
  shapesForm,
  variant,
  variantsForm,
} from "../../encoding/form.js";
import { bytesForm, natForm } from "../../encoding/form-leaves.js";
import { JsonError } from "../../encoding/json.js";
import type { OperationBody } from "../../l1/client/drafts.js";
import { ROLLUP_OPERATION_RANKS, type RollupOperationTag } from "../../l1/client/rollup-injector-rules.js";
import { commitmentForm } from "../../protocol/commitment.js";
import { dissectionForm } from "../../protocol/dissection.js";
import { stakersForm } from "../../protocol/game.js";
import { commitmentHashForm, publicKeyHashForm, rollupAddressForm } from "../../protocol/identifiers.js";
import { isDissection, type RefutationProof, refutationProofForm, type Step } from "../../protocol/refutation.js";

const rollup = req("rollup", rollupAddressForm);

/** A proof is bytes here. */
const proofForm: Form<RefutationProof> = formOf<RefutationProof>(
  codec(
    "serialized proof",
    "dynamic",
    (w, proof) => w.bytes(encode(refutationProofForm, proof)),
    (r) => decode(refutationProofForm, bytesForm.read(r)),
  ),
  (proof) => bytesForm.toJson(encode(refutationProofForm, proof)),
  (json) => {
    try {
      return decode(refutationProofForm, bytesForm.fromJson(json));
    } catch (error) {
      if (error instanceof DecodeError) throw new JsonError("encoding.json.bad_value", error.message, json);
      throw error;
    }
  },
);

const stepForm: Form<Step> = shapesForm<Step>("step", [
  { tag: 0, form: dissectionForm as Form<Step>, is: isDissection, fits: Array.isArray },
  {
    tag: 1,
    form: proofForm as Form<Step>,
    is: (step) => !isDissection(step),
    fits: (json) => typeof json === "string",
  },
]);

const refutationForm = variantsForm("refutation", "kind", {
  start: variant(
    0,
    { refutation_kind: "start" },
    {
      playerCommitmentHash: req("player_commitment_hash", commitmentHashForm),
      opponentCommitmentHash: req("opponent_commitment_hash", commitmentHashForm),
    },
  ),
  move: variant(1, { refutation_kind: "move" }, { choice: req("choice", natForm), step: req("step", stepForm) }),
});

export const l1OperationForm = variantsForm("layer 1 operation", "kind", {
  add_messages: variant(0, { kind: "add_messages" }, { messages: req("message", listOf(bytesForm)) }),
  /** Layer 1 itself finds the commitment to cement; this is the one meant. */
  cement: variant(1, { kind: "cement" }, { rollup, commitment: req("commitment", commitmentHashForm) }),
  publish: variant(2, { kind: "publish" }, { rollup, commitment: req("commitment", commitmentForm) }),
  refute: variant(
    3,
    { kind: "refute" },
    { rollup, opponent: req("opponent", publicKeyHashForm), refutation: req("refutation", refutationForm) },
  ),
  timeout: variant(4, { kind: "timeout" }, { rollup, stakers: req("stakers", stakersForm) }),
  recover: variant(5, { kind: "recover" }, { rollup, staker: req("staker", publicKeyHashForm) }),
  execute_outbox_message: variant(
    6,
    { kind: "execute_outbox_message" },
    {
      rollup,
      cementedCommitment: req("cemented_commitment", commitmentHashForm),
      outputProof: req("proof", bytesForm),
    },
  ),
});

export type L1Operation = FormValue<typeof l1OperationForm>;

/** Names of the kinds of operations: tags of injectors. */
export const OPERATION_TAGS = Object.keys(ROLLUP_OPERATION_RANKS) as readonly RollupOperationTag[];

export function isOperationTag(text: string): text is RollupOperationTag {
  return Object.hasOwn(ROLLUP_OPERATION_RANKS, text);
}

/** What goes to layer 1. */
export function operationBody(operation: L1Operation): OperationBody {
  switch (operation.kind) {
    case "add_messages":
      return { kind: "smart_rollup_add_messages", messages: operation.messages };
    case "cement":
      return { kind: "smart_rollup_cement", rollup: operation.rollup };
    case "publish":
      return { kind: "smart_rollup_publish", rollup: operation.rollup, commitment: operation.commitment };
    case "refute":
      return {
        kind: "smart_rollup_refute",
        rollup: operation.rollup,
        opponent: operation.opponent,
        refutation: operation.refutation,
      };
    case "timeout":
      return { kind: "smart_rollup_timeout", rollup: operation.rollup, stakers: operation.stakers };
    case "recover":
      return { kind: "smart_rollup_recover_bond", rollup: operation.rollup, staker: operation.staker };
    case "execute_outbox_message":
      return {
        kind: "smart_rollup_execute_outbox_message",
        rollup: operation.rollup,
        cementedCommitment: operation.cementedCommitment,
        outputProof: operation.outputProof,
      };
  }
}

/** Whether an operation may be queued once only; others may come twice with the same content. */
export function isUnique(operation: L1Operation): boolean {
  return operation.kind !== "add_messages";
}

/**
 * The operation's name, "iop…": of its content, and for operations that may come twice of a number that the caller counts up
 * with every operation.
 */
export function operationId(operation: L1Operation, counter: bigint): string {
  const content = encode(l1OperationForm, operation);
  const nonce = isUnique(operation) ? new Uint8Array(0) : littleEndian(counter);
  const bytes = new Uint8Array(nonce.length + content.length);
  bytes.set(nonce);
  bytes.set(content, nonce.length);
  return encodeBase58Check("injectorOperationHash", blake2b256(bytes));
}

/** Bytes of a natural number, lowest first, as Zarith gives them: in words of 8. */
function littleEndian(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 64n) {
    for (let shift = 0n; shift < 64n; shift += 8n) bytes.push(Number((rest >> shift) & 0xffn));
  }
  return Uint8Array.from(bytes);
}
