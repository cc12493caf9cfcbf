// Receipts: operations of a block together with what became of them (protocol.md §7.2), as the RPCs of blocks give them: contents
// each with its "metadata". Only manager operations have receipts here.

import type { ByteReader, Codec } from "../encoding/binary.js";
import { list } from "../encoding/codecs.js";
import { DecodeError } from "../encoding/errors.js";
import { dft, type Form, type FormValue, listOf, objectForm, opt, req } from "../encoding/form.js";
import { expectObject, type Json, JsonError } from "../encoding/json.js";
import { type BalanceUpdate, balanceUpdatesForm } from "./balance-updates.js";
import { blockHashForm, chainIdForm, operationHashForm, protocolHashForm, type Signature } from "./identifiers.js";
import { type InternalOperation, internalOperationForm } from "./internal-operation.js";
import { MANAGER_CONTENTS, type ManagerKind } from "./manager-contents.js";
import { signatureForm } from "./operation.js";
import { type ContentOf, contentForm, isManagerContent } from "./operation-contents.js";
import { APPLIED_FORMS, type OperationResult, operationResultForm } from "./operation-result.js";

/** What a content of a kind says when it is applied. */
export type Applied<K extends ManagerKind> = FormValue<(typeof APPLIED_FORMS)[K]>;

/** What became of a content. */
export interface Metadata<K extends ManagerKind> {
  /** The fee. */
  readonly balanceUpdates: readonly BalanceUpdate[];
  readonly operationResult: OperationResult<Applied<K>>;
  readonly internalOperationResults: readonly InternalOperation[];
}

/** A content and what became of it. */
export type ContentReceipt = {
  [K in ManagerKind]: { readonly content: ContentOf<K>; readonly metadata: Metadata<K> };
}[ManagerKind];

function makeMetadataForm(applied: Form<unknown>) {
  return objectForm("operation metadata", {
    balanceUpdates: dft("balance_updates", balanceUpdatesForm, []),
    operationResult: req("operation_result", operationResultForm(applied)),
    internalOperationResults: dft("internal_operation_results", listOf(internalOperationForm), []),
  });
}

const METADATA_FORMS = Object.fromEntries(
  Object.entries(APPLIED_FORMS).map(([kind, applied]) => [kind, makeMetadataForm(applied as Form<unknown>)]),
) as unknown as { readonly [K in ManagerKind]: Form<Metadata<K>> }; // one for each kind, of the kind's result

/** The form of the metadata of a kind of content. */
export function metadataForm<K extends ManagerKind>(kind: K): Form<Metadata<K>> {
  return METADATA_FORMS[kind];
}

// ---- JSON

type JsonFields = Readonly<Record<string, Json>>;

/** {"kind", fields…, "metadata"}. */
export function contentReceiptToJson({ content, metadata }: ContentReceipt): Json {
  const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[content.kind];
  return { ...(contentForm.toJson(content) as JsonFields), metadata: form.toJson(metadata) };
}

/** Raises JsonError, for a content that is no manager operation too. */
export function contentReceiptFromJson(json: unknown): ContentReceipt {
  const { metadata, ...fields } = expectObject(json);
  const content = contentForm.fromJson(fields);
  if (!isManagerContent(content)) {
    throw new JsonError("encoding.json.bad_value", "manager operation expected", content.kind).under(".kind");
  }
  const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[content.kind];
  return { content, metadata: form.fromJson(metadata) } as ContentReceipt; // read by the form of the content's kind
}

const contentReceiptForm: Form<ContentReceipt> = {
  name: "content and metadata",
  write(w, { content, metadata }) {
    contentForm.write(w, content);
    const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[content.kind];
    form.write(w, metadata);
  },
  read(r) {
    const at = r.position;
    const content = contentForm.read(r);
    if (!isManagerContent(content)) {
      throw new DecodeError("encoding.check_failed", "manager operation expected", at, content.kind);
    }
    const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[content.kind];
    return { content, metadata: form.read(r) } as ContentReceipt; // as above
  },
  toJson: contentReceiptToJson,
  fromJson: contentReceiptFromJson,
};

/** An operation of a block, as `…/operations/<pass>/<index>` gives it: only its JSON counts. */
export const operationReceiptForm = objectForm("operation with receipt", {
  protocol: req("protocol", protocolHashForm),
  chainId: req("chain_id", chainIdForm),
  hash: req("hash", operationHashForm),
  branch: req("branch", blockHashForm),
  contents: req("contents", listOf(contentReceiptForm)),
  signature: opt("signature", signatureForm),
});

export type OperationReceipt = FormValue<typeof operationReceiptForm>;

// ---- Bytes

/** What became of one content, without the content. */
export type ResultOf<K extends ManagerKind> = { readonly kind: K; readonly metadata: Metadata<K> };
export type AnyResult = { [K in ManagerKind]: ResultOf<K> }[ManagerKind];

const KIND_BY_TAG: ReadonlyMap<number, ManagerKind> = new Map(
  Object.entries(MANAGER_CONTENTS).map(([kind, { tag }]) => [tag, kind as ManagerKind]),
);

const resultCodec: Codec<AnyResult> = {
  name: "result of a content",
  write(w, { kind, metadata }) {
    w.u8(MANAGER_CONTENTS[kind].tag);
    const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[kind];
    form.write(w, metadata);
  },
  read(r) {
    const at = r.position;
    const tag = r.u8();
    const kind = KIND_BY_TAG.get(tag);
    if (kind === undefined)
      throw new DecodeError("encoding.unknown_tag", `no manager operation has tag ${tag}`, at, tag);
    const form: Form<Metadata<ManagerKind>> = METADATA_FORMS[kind];
    return { kind, metadata: form.read(r) } as AnyResult; // read by the form of the kind
  },
};

/** Tag of what is there, in the unions of operations with their metadata and without. */
const METADATA_TAG = 0;

function readMetadataTag(r: ByteReader): void {
  const at = r.position;
  const tag = r.u8();
  if (tag !== METADATA_TAG) throw new DecodeError("encoding.unknown_tag", `no metadata has tag ${tag}`, at, tag);
}

const resultsCodec = list(resultCodec);

/** The metadata of an operation (`operation.alpha.result`), from which metadata hashes are made. */
export const operationMetadataCodec: Codec<readonly AnyResult[]> = {
  name: "operation metadata",
  write(w, results) {
    w.u8(METADATA_TAG);
    resultsCodec.write(w, results);
  },
  read(r) {
    readMetadataTag(r);
    return resultsCodec.read(r);
  },
};

const contentReceiptsCodec = list(contentReceiptForm);

/** Contents with what became of each, and the signature (`operation.alpha.operation_with_metadata`). */
export interface OperationWithMetadata {
  readonly contents: readonly ContentReceipt[];
  readonly signature?: Signature;
}

export const operationWithMetadataCodec: Codec<OperationWithMetadata> = {
  name: "operation with metadata",
  size: "variable",
  write(w, { contents, signature }) {
    w.u8(METADATA_TAG);
    contentReceiptsCodec.write(w, contents);
    if (signature !== undefined) w.raw(signature);
  },
  read(r) {
    readMetadataTag(r);
    const contents = contentReceiptsCodec.read(r);
    return r.remaining === 0 ? { contents } : { contents, signature: signatureForm.read(r) };
  },
};
