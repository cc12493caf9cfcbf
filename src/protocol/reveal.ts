// Reveals: what a machine asks for besides messages, and the answers (pvm.md §5.6). A machine asks with bytes that it does not
// look into; the protocol reads them, and takes a request that is unreadable, or not enabled yet, for one of the preimage of
// the well-known hash. DAL pages are requests like the others here; where their content comes from is left to the caller.

import { blake2b256 } from "../crypto/blake2b.js";
import { decode, encode } from "../encoding/binary.js";
import { codec, list, variableBytes } from "../encoding/codecs.js";
import { DecodeError } from "../encoding/errors.js";
import {
  type Field,
  type Form,
  type FormValue,
  formOf,
  listOf,
  nullable,
  objectForm,
  req,
  sizeLimited,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { base58Form, bytesForm, hexForm, int64Form, uint8Form } from "../encoding/form-leaves.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { type Brand, type Contract, contractForm, hashEquals, levelForm, rollupAddressForm } from "./identifiers.js";
import { dalPageIdForm, MAX_REVEAL_BYTES } from "./input-proof.js";

// ---- Reveal hashes

/** A scheme byte (00: BLAKE2b-256) and 32 bytes of hash; 66 hexadecimal digits as text. */
export type RevealHash = Brand<Uint8Array, "RevealHash">;

export const REVEAL_HASH_BYTES = 33;
const BLAKE2B_SCHEME = 0x00;

/** The hash that a preimage is asked for by. */
export function revealHash(preimage: Uint8Array): RevealHash {
  const hash = new Uint8Array(REVEAL_HASH_BYTES);
  hash[0] = BLAKE2B_SCHEME;
  hash.set(blake2b256(preimage), 1);
  return hash as RevealHash;
}

const blake2bForm = base58Form<Uint8Array>("revealHash");

/** In JSON, the hash alone in base58check ("scrrh1…"). */
export const revealHashForm: Form<RevealHash> = formOf<RevealHash>(
  codec(
    "reveal hash",
    REVEAL_HASH_BYTES,
    (w, hash) => {
      w.u8(BLAKE2B_SCHEME);
      blake2bForm.write(w, hash.subarray(1));
    },
    (r) => {
      const at = r.position;
      const scheme = r.u8();
      if (scheme !== BLAKE2B_SCHEME) {
        throw new DecodeError("encoding.unknown_tag", `no reveal hash has scheme ${scheme}`, at, scheme);
      }
      return withScheme(blake2bForm.read(r));
    },
  ),
  (hash) => blake2bForm.toJson(hash.subarray(1)),
  (json) => withScheme(blake2bForm.fromJson(json)),
);

function withScheme(hash: Uint8Array): RevealHash {
  const full = new Uint8Array(REVEAL_HASH_BYTES);
  full[0] = BLAKE2B_SCHEME;
  full.set(hash, 1);
  return full as RevealHash;
}

/** The text by which preimages are named: in files, RPCs, the debugger. */
export function revealHashToHex(hash: RevealHash): string {
  return toHex(hash);
}

/** Reads 66 hexadecimal digits. Raises DecodeError. */
export function revealHashFromHex(text: string): RevealHash {
  return decode(revealHashForm, fromHex(text));
}

/** Whether `preimage` answers a request of `hash`. */
export function isPreimageOf(hash: RevealHash, preimage: Uint8Array): boolean {
  return hashEquals(hash, revealHash(preimage));
}

/** What an unreadable request asks for: the hash of no bytes. */
export const WELL_KNOWN_REVEAL_HASH: RevealHash = revealHash(new Uint8Array(0));

// ---- Requests

const MAX_PUBLISHERS = 10;

const publishersForm: Form<readonly Contract[] | null> = nullable(
  formOf<readonly Contract[]>(
    list(contractForm, MAX_PUBLISHERS),
    (contracts) => listOf(contractForm).toJson(contracts),
    (json) => listOf(contractForm).fromJson(json),
  ),
);

/** Written always, left out of JSON when there is no restriction. */
const publishers: Field<readonly Contract[] | null, false> = {
  json: "restricted_commitments_publishers",
  form: publishersForm,
  optional: false,
  otherwise: { value: null, is: (value) => value === null },
};

const requestKind = (name: string) => ({ reveal_kind: name });

/** A reveal request. Its binary form is what a machine asks with. */
export const revealRequestForm = variantsForm("reveal request", "kind", {
  rawData: variant(0, requestKind("reveal_raw_data"), { hash: req("input_hash", revealHashForm) }),
  metadata: variant(1, requestKind("reveal_metadata"), {}),
  dalPage: variant(2, requestKind("request_dal_page"), { pageId: req("page_id", dalPageIdForm) }),
  dalParameters: variant(3, requestKind("reveal_dal_parameters"), {}),
  /** "Adaptive" DAL page: one attested by a share of a publisher's choice. No protocol enables it. */
  adaptiveDalPage: variant(4, requestKind("request_adaptive_dal_page"), {
    pageId: req("page_id", dalPageIdForm),
    attestationThresholdPercent: req("attestation_threshold_percent", uint8Form),
    restrictedPublishers: publishers,
  }),
});

export type RevealRequest = FormValue<typeof revealRequestForm>;

const WELL_KNOWN_REQUEST: RevealRequest = { kind: "rawData", hash: WELL_KNOWN_REVEAL_HASH };

/** The levels from which on reveals of a kind are enabled (`smart_rollup_reveal_activation_level`). */
export interface RevealActivation {
  readonly rawData: number;
  readonly metadata: number;
  readonly dalPage: number;
  readonly dalParameters: number;
}

/** Whether a request is answered at an inbox level. */
export function isRevealEnabled(request: RevealRequest, level: number, activation: RevealActivation): boolean {
  return request.kind !== "adaptiveDalPage" && level >= activation[request.kind];
}

/**
 * What a machine's request stands for. `level`: that of the last message read, undefined before the first (nothing is
 * enabled then).
 */
export function readRevealRequest(
  request: Uint8Array,
  level: number | undefined,
  activation: RevealActivation,
): RevealRequest {
  const read = decodedRequest(request);
  return level !== undefined && isRevealEnabled(read, level, activation) ? read : WELL_KNOWN_REQUEST;
}

function decodedRequest(request: Uint8Array): RevealRequest {
  try {
    return decode(revealRequestForm, request);
  } catch (error) {
    if (error instanceof DecodeError) return WELL_KNOWN_REQUEST;
    throw error;
  }
}

// ---- Answers

/** Who the rollup is: what a reveal of metadata answers, 24 bytes. `smart_rollup.metadata` of octez-codec. */
export const metadataForm = objectForm("metadata", {
  address: req("address", rollupAddressForm),
  originationLevel: req("origination_level", levelForm),
});

export type RollupMetadata = FormValue<typeof metadataForm>;

/** The DAL's parameters, 32 bytes. */
export const dalParametersForm = objectForm("DAL parameters", {
  numberOfSlots: req("number_of_slots", int64Form),
  attestationLag: req("attestation_lag", int64Form),
  slotSize: req("slot_size", int64Form),
  pageSize: req("page_size", int64Form),
});

export type DalParameters = FormValue<typeof dalParametersForm>;

const answerKind = (name: string) => ({ reveal_data_kind: name });

/** An answer to a reveal request. */
export const revealAnswerForm = variantsForm("reveal answer", "kind", {
  rawData: variant(0, answerKind("raw_data"), {
    data: req("raw_data", sizeLimited(MAX_REVEAL_BYTES, hexForm(variableBytes))),
  }),
  metadata: variant(1, answerKind("metadata"), { metadata: req("metadata", metadataForm) }),
  /** `content` is null for a page of a slot that was not attested. */
  dalPage: variant(2, answerKind("dal_page"), { content: req("dal_page_content", nullable(bytesForm)) }),
  dalParameters: variant(3, answerKind("dal_parameters"), { parameters: req("dal_parameters", dalParametersForm) }),
});

export type RevealAnswer = FormValue<typeof revealAnswerForm>;

/** The bytes that the machine is given. */
export function revealAnswerBytes(answer: RevealAnswer): Uint8Array {
  switch (answer.kind) {
    case "rawData":
      return answer.data;
    case "metadata":
      return encode(metadataForm, answer.metadata);
    case "dalPage":
      return answer.content ?? new Uint8Array(0);
    case "dalParameters":
      return encode(dalParametersForm, answer.parameters);
  }
}
