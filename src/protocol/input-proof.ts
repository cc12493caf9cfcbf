// What a refutation proof shows about the input of its tick, as an operation carries it (protocol.md §4.4): a proof about the
// inbox, revealed data, or that the rollup has read nothing yet. An inbox proof and a DAL proof are bytes here, as they are
// for layer 1 until it judges the move; inbox-proof.ts reads the former.

import { dynamicSize, variableBytes } from "../encoding/codecs.js";
import { type Form, type FormValue, objectForm, refined, req, variant, variantsForm } from "../encoding/form.js";
import { bytesForm, hexForm, int16Form, natForm, uint8Form } from "../encoding/form-leaves.js";
import { levelForm } from "./identifiers.js";

/** Longest data a raw reveal may have, in bytes: the longest message. */
export const MAX_REVEAL_BYTES = 4096;

const rawDataForm: Form<Uint8Array> = refined(
  hexForm(dynamicSize(variableBytes, "uint16")),
  (data) => data.length <= MAX_REVEAL_BYTES,
  `more than ${MAX_REVEAL_BYTES} bytes of data`,
);

/** A page of the DAL. */
export const dalPageIdForm = objectForm("DAL page id", {
  publishedLevel: req("published_level", levelForm),
  slotIndex: req("slot_index", uint8Form),
  pageIndex: req("page_index", int16Form),
});

export const revealProofForm = variantsForm("reveal proof", "kind", {
  rawData: variant(0, { reveal_proof_kind: "raw_data_proof" }, { rawData: req("raw_data", rawDataForm) }),
  metadata: variant(1, { reveal_proof_kind: "metadata_proof" }, {}),
  dalPage: variant(
    2,
    { reveal_proof_kind: "dal_page_proof" },
    { pageId: req("dal_page_id", dalPageIdForm), proof: req("dal_proof", bytesForm) },
  ),
  dalParameters: variant(3, { reveal_proof_kind: "dal_parameters_proof" }, {}),
});

export type RevealProof = FormValue<typeof revealProofForm>;

export const inputProofForm = variantsForm("input proof", "kind", {
  /** What follows message `messageCounter` of `level`. */
  inbox: variant(
    0,
    { input_proof_kind: "inbox_proof" },
    {
      level: req("level", levelForm),
      messageCounter: req("message_counter", natForm),
      serializedProof: req("serialized_proof", bytesForm),
    },
  ),
  reveal: variant(1, { input_proof_kind: "reveal_proof" }, { proof: req("reveal_proof", revealProofForm) }),
  firstInput: variant(2, { input_proof_kind: "first_input" }, {}),
});

export type InputProof = FormValue<typeof inputProofForm>;
