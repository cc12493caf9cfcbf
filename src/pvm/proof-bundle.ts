/**
 * Many step proofs in one file: a MessagePack array of a header, the proofs, and the BLAKE2b-256 of all bytes before that last element.
 *
 *   [ {"format": "tickproof proofs", "version": 1},
 *     {"tick": uint, "before": bin 32, "after": bin 32, "input": …, "pvm_version": str, "kernel_hash": bin 32, "proof": bin}, …,
 *     bin 32 ]
 *
 * `before` and `after` are state hashes, `proof` is Octez's binary form, `kernel_hash` the BLAKE2b-256 of the kernel the run started with.
 * `input` is there when the step took one: {"level": int, "counter": uint, "payload": bin} or {"reveal": bin}.
 */
import { decode, encode } from "@msgpack/msgpack";
import { blake2b256, HASH_BYTES } from "../crypto/blake2b.js";
import { PvmError } from "./errors.js";
import { checkHashes, checkStep, type StepClaim } from "./step-check.js";
import type { StepInput, VerifiedStep } from "./step-proof.js";

const FORMAT = "tickproof proofs";
const FORMAT_VERSION = 1;
/** First byte of a bundle: an array with a 4-byte length. No proof starts with it. */
const ARRAY_32 = 0xdd;
const HEAD_BYTES = 5;
/** The closing element: a bin with a 1-byte length. */
const BIN_8 = 0xc4;
const CLOSING_BYTES = 2 + HASH_BYTES;
const MAX_BUNDLE_BYTES = 2 ** 30;

export interface BundledProof {
  readonly tick: bigint;
  /** State hashes, 32 bytes. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly input: StepInput | null;
  readonly version: string;
  readonly kernelHash: Uint8Array;
  /** Octez's binary form. */
  readonly proof: Uint8Array;
}

export type BundleErrorCode = "pvm.bundle.malformed" | "pvm.bundle.bad_digest" | "pvm.bundle.too_large";

/** A bundle that does not decode, or is not whole. */
export class BundleError extends PvmError {
  declare readonly code: BundleErrorCode;
  constructor(code: BundleErrorCode, message: string) {
    super(code, message);
  }
}

/** Whether a file of proofs is a bundle rather than one proof. */
export function isBundle(file: Uint8Array): boolean {
  return file[0] === ARRAY_32;
}

/** Builds a bundle proof by proof. */
export class BundleWriter {
  readonly #parts: Uint8Array[] = [];
  #size = HEAD_BYTES + CLOSING_BYTES;

  constructor() {
    this.append({ format: FORMAT, version: FORMAT_VERSION });
  }

  add(proof: BundledProof): void {
    this.append({
      tick: proof.tick,
      before: proof.before,
      after: proof.after,
      ...(proof.input === null ? {} : { input: inputFields(proof.input) }),
      pvm_version: proof.version,
      kernel_hash: proof.kernelHash,
      proof: proof.proof,
    });
  }

  /** The file. */
  finish(): Uint8Array {
    const file = new Uint8Array(this.#size);
    file[0] = ARRAY_32;
    new DataView(file.buffer).setUint32(1, this.#parts.length + 1);
    let offset = HEAD_BYTES;
    for (const part of this.#parts) {
      file.set(part, offset);
      offset += part.length;
    }
    const digest = blake2b256(file.subarray(0, offset));
    file.set([BIN_8, HASH_BYTES], offset);
    file.set(digest, offset + 2);
    return file;
  }

  private append(value: unknown): void {
    const part = encode(value, { useBigInt64: true }).slice();
    this.#size += part.length;
    if (this.#size > MAX_BUNDLE_BYTES) {
      throw new BundleError("pvm.bundle.too_large", `a bundle of more than ${MAX_BUNDLE_BYTES} bytes`);
    }
    this.#parts.push(part);
  }
}

function inputFields(input: StepInput) {
  if (input.tag === "reveal") return { reveal: input.data };
  return { level: input.info.level, counter: input.info.counter, payload: input.payload };
}

/** Reads a bundle; the proofs in it are not checked yet. Throws `BundleError`. */
export function readBundle(file: Uint8Array): BundledProof[] {
  const end = file.length - CLOSING_BYTES;
  if (!isBundle(file) || end < HEAD_BYTES) throw malformed("", "too short, or not a bundle");
  if (file[end] !== BIN_8 || file[end + 1] !== HASH_BYTES) throw malformed("", "it does not end with a hash");
  const digest = blake2b256(file.subarray(0, end));
  if (Buffer.compare(digest, file.subarray(end + 2)) !== 0) {
    throw new BundleError(
      "pvm.bundle.bad_digest",
      "the bundle is damaged: its closing hash is not that of its contents",
    );
  }
  const [head, ...proofs] = decodeElements(file);
  const header = fieldsOf(head, "[0]", ["format", "version"]);
  if (header["format"] !== FORMAT) throw malformed("[0].format", `${JSON.stringify(FORMAT)} expected`);
  if (header["version"] !== FORMAT_VERSION) throw malformed("[0].version", `${FORMAT_VERSION} expected`);
  proofs.pop();
  return proofs.map((value, index) => readProof(value, `[${index + 1}]`));
}

/** Checks a proof of a bundle against what the bundle says of it, and against a claim of the caller's. Throws as `checkStep`. */
export function checkBundledProof(bundled: BundledProof, claim: StepClaim = {}): VerifiedStep {
  const { before, after, tick, version } = bundled;
  checkHashes(bundled, claim);
  return checkStep(bundled.proof, bundled.input, { before, after, tick, version });
}

type Fields = Readonly<Record<string, unknown>>;

function decodeElements(file: Uint8Array): unknown[] {
  const most = file.length;
  const limits = { maxStrLength: most, maxBinLength: most, maxArrayLength: most, maxMapLength: 16, maxExtLength: 0 };
  let value: unknown;
  try {
    value = decode(file, { useBigInt64: true, ...limits });
  } catch (error) {
    throw malformed("", error instanceof Error ? error.message : String(error));
  }
  if (!Array.isArray(value) || value.length < 2) throw malformed("", "array of a header, proofs and a hash expected");
  return value;
}

function malformed(place: string, why: string): BundleError {
  return new BundleError("pvm.bundle.malformed", `malformed bundle: ${place === "" ? "" : `${place}: `}${why}`);
}

const PROOF_FIELDS = ["tick", "before", "after", "input", "pvm_version", "kernel_hash", "proof"];

function readProof(value: unknown, place: string): BundledProof {
  const fields = fieldsOf(value, place, PROOF_FIELDS);
  const version = fields["pvm_version"];
  if (typeof version !== "string") throw malformed(`${place}.pvm_version`, "string expected");
  return {
    tick: naturalOf(fields["tick"], `${place}.tick`),
    before: hashOf(fields["before"], `${place}.before`),
    after: hashOf(fields["after"], `${place}.after`),
    input: fields["input"] === undefined ? null : readInput(fields["input"], `${place}.input`),
    version,
    kernelHash: hashOf(fields["kernel_hash"], `${place}.kernel_hash`),
    proof: bytesOf(fields["proof"], `${place}.proof`),
  };
}

function readInput(value: unknown, place: string): StepInput {
  const fields = fieldsOf(value, place, ["reveal", "level", "counter", "payload"]);
  if ("reveal" in fields) {
    if (Object.keys(fields).length > 1) throw malformed(place, "a reveal has no other fields");
    return { tag: "reveal", data: bytesOf(fields["reveal"], `${place}.reveal`) };
  }
  const level = Number(naturalOf(fields["level"], `${place}.level`));
  if (level > 0x7fff_ffff) throw malformed(`${place}.level`, "not a level");
  const counter = naturalOf(fields["counter"], `${place}.counter`);
  return { tag: "message", info: { level, counter }, payload: bytesOf(fields["payload"], `${place}.payload`) };
}

function fieldsOf(value: unknown, place: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw malformed(place, "map expected");
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformed(place, `unknown field ${JSON.stringify(unknown)}`);
  return value as Fields;
}

function naturalOf(value: unknown, place: string): bigint {
  if (typeof value === "bigint" && value >= 0n) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw malformed(place, "natural number expected");
}

function bytesOf(value: unknown, place: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed(place, "bytes expected");
  return new Uint8Array(value);
}

function hashOf(value: unknown, place: string): Uint8Array {
  const bytes = bytesOf(value, place);
  if (bytes.length !== HASH_BYTES) throw malformed(place, `${HASH_BYTES} bytes expected, got ${bytes.length}`);
  return bytes;
}
