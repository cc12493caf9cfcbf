// What a `smart_rollup_refute` operation plays: the start of a game, or a move of one, which is a finer dissection or a proof
// of one tick (protocol.md §4.1, §4.2, §4.4).

import {
  type Form,
  type FormValue,
  objectForm,
  opt,
  req,
  shapesForm,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { bytesForm, natForm } from "../encoding/form-leaves.js";
import { isJsonObject } from "../encoding/json.js";
import { type Dissection, dissectionForm } from "./dissection.js";
import { commitmentHashForm } from "./identifiers.js";
import { inputProofForm } from "./input-proof.js";

/** A step of the machine, as a serialized tree proof, and what it read, if it read anything. */
export const refutationProofForm = objectForm("refutation proof", {
  pvmStep: req("pvm_step", bytesForm),
  inputProof: opt("input_proof", inputProofForm),
});

export type RefutationProof = FormValue<typeof refutationProofForm>;

export type Step = Dissection | RefutationProof;

export function isDissection(step: Step): step is Dissection {
  return Array.isArray(step);
}

/** A dissection is a JSON array, a proof an object. */
export const stepForm: Form<Step> = shapesForm<Step>("step", [
  { tag: 0, form: dissectionForm as Form<Step>, is: isDissection, fits: Array.isArray },
  { tag: 1, form: refutationProofForm as Form<Step>, is: (step) => !isDissection(step), fits: isJsonObject },
]);

export const refutationForm = variantsForm("refutation", "kind", {
  start: variant(
    0,
    { refutation_kind: "start" },
    {
      playerCommitmentHash: req("player_commitment_hash", commitmentHashForm),
      opponentCommitmentHash: req("opponent_commitment_hash", commitmentHashForm),
    },
  ),
  move: variant(
    1,
    { refutation_kind: "move" },
    {
      /** The tick at which the disputed section starts. */
      choice: req("choice", natForm),
      step: req("step", stepForm),
    },
  ),
});

export type Refutation = FormValue<typeof refutationForm>;
export type Move = Extract<Refutation, { readonly kind: "move" }>;
