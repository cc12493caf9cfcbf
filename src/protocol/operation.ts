// Whole operations (protocol.md §7.1): branch, contents, signature; their bytes, hash, JSON, and what is signed. A BLS signature is
// longer than the 64 bytes there are for one: its first 32 stand in a pseudo content of tag ff. ML-DSA-44 is left out.
//
// Some operations can be written in more than one way (a named builtin entrypoint, Unit parameters spelled out). Their hash is
// over the bytes they came in, so whoever receives an operation keeps those.

import { blake2b256 } from "../crypto/blake2b.js";
import { ByteReader, ByteWriter, type Codec, DecodeError, EncodeError } from "../encoding/binary.js";
import { fixedBytes, variableList } from "../encoding/codecs.js";
import {
  type Form,
  type FormValue,
  formOf,
  listOf,
  objectForm,
  opt,
  refined,
  req,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { hexForm } from "../encoding/form-leaves.js";
import {
  BLS_SIGNATURE_BYTES,
  type BlockHash,
  blockHashForm,
  type OperationHash,
  protocolHashForm,
  SIGNATURE_BYTES,
  type Signature,
  signatureFromJson,
  signatureToText,
} from "./identifiers.js";
import { CONTENTS, type Content, contentForm, isManagerContent } from "./operation-contents.js";

/** An operation. Without signature: not signed yet, or of a kind that needs none. */
export interface Operation {
  /** A recent block: the operation is good only on top of it. */
  readonly branch: BlockHash;
  readonly contents: readonly Content[];
  readonly signature?: Signature;
}

const BLS_PREFIX_BYTES = BLS_SIGNATURE_BYTES - SIGNATURE_BYTES;

const signaturePrefixForm = variantsForm("signature prefix", "kind", {
  bls: variant(3, {}, { bytes: req("bytes", hexForm(fixedBytes(BLS_PREFIX_BYTES))) }),
});

/** A content, or the start of a long signature after the last one. */
const contentOrPrefixForm = variantsForm("operation content", "kind", {
  ...CONTENTS,
  signature_prefix: variant(
    0xff,
    { kind: "signature_prefix" },
    { prefix: req("signature_prefix", signaturePrefixForm) },
  ),
});

const contentsCodec: Codec<readonly Content[]> = variableList(contentForm);
const contentsAndPrefixCodec = variableList(contentOrPrefixForm);

/** What is wrong with a list of contents, if anything: several are allowed to managers only. */
function contentsFault(contents: readonly Content[]): string | undefined {
  if (contents.length === 0) return "an operation needs contents";
  if (contents.length > 1 && !contents.every(isManagerContent)) return "only manager operations can be grouped";
  return undefined;
}

function checkContentsForWriting(contents: readonly Content[]): void {
  const fault = contentsFault(contents);
  if (fault !== undefined) throw new EncodeError("encoding.check_failed", fault);
}

// ---- Bytes

/** Branch and contents: what is signed, without the watermark ("forged bytes"). Raises EncodeError. */
export function encodeUnsigned({ branch, contents }: Operation): Uint8Array {
  checkContentsForWriting(contents);
  const w = new ByteWriter();
  blockHashForm.write(w, branch);
  contentsCodec.write(w, contents);
  return w.finish();
}

/** The operation, unsigned, of forged bytes. Raises DecodeError. */
export function decodeUnsigned(bytes: Uint8Array): Operation {
  const r = new ByteReader(bytes);
  const branch = blockHashForm.read(r);
  const at = r.position;
  const contents = contentsCodec.read(r);
  const fault = contentsFault(contents);
  if (fault !== undefined) throw new DecodeError("encoding.check_failed", fault, at);
  return { branch, contents };
}

/** Branch, contents, signature; 64 zero bytes for none. What is injected and hashed. Raises EncodeError. */
export function encodeOperation(operation: Operation): Uint8Array {
  const { signature } = operation;
  const w = new ByteWriter();
  w.raw(encodeUnsigned(operation));
  if (signature === undefined) {
    w.raw(new Uint8Array(SIGNATURE_BYTES));
  } else if (signature.length === BLS_SIGNATURE_BYTES) {
    const bytes = signature.subarray(0, BLS_PREFIX_BYTES);
    contentOrPrefixForm.write(w, { kind: "signature_prefix", prefix: { kind: "bls", bytes } });
    w.raw(signature.subarray(BLS_PREFIX_BYTES));
  } else if (signature.length === SIGNATURE_BYTES) {
    w.raw(signature);
  } else {
    throw new EncodeError("encoding.invalid_length", `signature of ${signature.length} bytes`, signature.length);
  }
  return w.finish();
}

/** The operation that signed bytes encode. Raises DecodeError. */
export function decodeOperation(bytes: Uint8Array): Operation {
  const r = new ByteReader(bytes);
  const branch = blockHashForm.read(r);
  const at = r.position;
  const size = r.remaining - SIGNATURE_BYTES;
  if (size < 0) {
    throw new DecodeError("encoding.unexpected_end", `${SIGNATURE_BYTES} bytes of signature expected`, at);
  }
  const items = r.within(size, (inner) => contentsAndPrefixCodec.read(inner));
  const suffix = r.raw(SIGNATURE_BYTES);
  const { contents, prefix } = splitPrefix(items, at);
  const fault = contentsFault(contents);
  if (fault !== undefined) throw new DecodeError("encoding.check_failed", fault, at);
  const signature = joinSignature(prefix, suffix);
  return signature === undefined ? { branch, contents } : { branch, contents, signature };
}

type ContentOrPrefix = FormValue<typeof contentOrPrefixForm>;

function splitPrefix(items: readonly ContentOrPrefix[], at: number): { contents: Content[]; prefix?: Uint8Array } {
  const contents: Content[] = [];
  for (const [i, item] of items.entries()) {
    if (item.kind !== "signature_prefix") {
      contents.push(item);
    } else if (i === items.length - 1) {
      return { contents, prefix: item.prefix.bytes };
    } else {
      throw new DecodeError("encoding.check_failed", "signature prefix before the last place", at);
    }
  }
  return { contents };
}

/** Undefined for the zero signature, which stands for none. */
function joinSignature(prefix: Uint8Array | undefined, suffix: Uint8Array): Signature | undefined {
  if (prefix === undefined) return suffix.every((byte) => byte === 0) ? undefined : (suffix as Signature);
  const signature = new Uint8Array(BLS_SIGNATURE_BYTES);
  signature.set(prefix);
  signature.set(suffix, BLS_PREFIX_BYTES);
  return signature as Signature;
}

/** BLAKE2b-256 of the signed bytes: "o…". */
export function operationHash(signedBytes: Uint8Array): OperationHash {
  return blake2b256(signedBytes) as OperationHash;
}

/** First byte of what is signed for anything but consensus. */
const GENERIC_WATERMARK = 0x03;

/** The bytes that a signature of forged bytes is over (curves sign their BLAKE2b-256; BLS signs them as they are). */
export function watermarked(unsignedBytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + unsignedBytes.length);
  message[0] = GENERIC_WATERMARK;
  message.set(unsignedBytes, 1);
  return message;
}

/** The 32 bytes that an ed25519, secp256k1 or P-256 key signs. */
export function signingDigest(unsignedBytes: Uint8Array): Uint8Array {
  return blake2b256(watermarked(unsignedBytes));
}

// ---- JSON

/** A signature: "sig…", or "BLsig…"; other prefixes are read. Its binary form is that of a last field. */
export const signatureForm: Form<Signature> = formOf<Signature>(
  {
    name: "signature",
    size: "variable",
    write: (w, signature) => w.raw(signature),
    read: (r) => r.raw(r.remaining) as Signature,
  },
  signatureToText,
  signatureFromJson,
);

const contentsForm = refined(
  listOf(contentForm),
  (contents) => contentsFault(contents) === undefined,
  "one content, or manager operations only, expected",
);

const operationFields = {
  branch: req("branch", blockHashForm),
  contents: req("contents", contentsForm),
  signature: opt("signature", signatureForm),
};

const operationJsonForm = objectForm("operation", operationFields);
const protocolOperationJsonForm = objectForm("operation of a protocol", {
  protocol: req("protocol", protocolHashForm),
  ...operationFields,
});

/** {"branch", "contents", "signature"}: body of `helpers/forge/operations` and others. */
export function operationToJson(operation: Operation) {
  return operationJsonForm.toJson(operation);
}

/** Raises JsonError. */
export function operationFromJson(json: unknown): Operation {
  return operationJsonForm.fromJson(json);
}

/** The same with "protocol" in front: body of `helpers/preapply/operations`. */
export const protocolOperationForm = {
  toJson: (operation: FormValue<typeof protocolOperationJsonForm>) => protocolOperationJsonForm.toJson(operation),
  fromJson: (json: unknown) => protocolOperationJsonForm.fromJson(json),
};
