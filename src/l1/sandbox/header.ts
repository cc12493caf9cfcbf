// Block headers (fields and order of the reference's block_header.ml, block_header_repr.ml of alpha, data.ml of genesis): the shell's
// part, the same for every protocol, and what the protocol adds. A block's hash is BLAKE2b of the whole, signature included.
// Left out: commitments to seed nonces, which no block here makes; test chains.

import { blake2b256 } from "../../crypto/blake2b.js";
import { ByteWriter, encode } from "../../encoding/binary.js";
import { fixedBytes, variableBytes } from "../../encoding/codecs.js";
import { type Form, type FormValue, formOf, listOf, objectForm, opt, req } from "../../encoding/form.js";
import { base58Form, bytesForm, enumForm, hexForm, int32Form, uint8Form } from "../../encoding/form-leaves.js";
import {
  type BlockHash,
  blockHashForm,
  type ChainId,
  levelForm,
  protocolHashForm,
  SIGNATURE_BYTES,
  type Signature,
} from "../../protocol/identifiers.js";
import { signatureForm } from "../../protocol/operation.js";
import { timestampForm } from "../../protocol/timestamp.js";

/** Fitness: a list of byte strings; in binary behind its own size, as a field. */
const fitnessForm: Form<readonly Uint8Array[]> = listOf(bytesForm);

/** What every header has. */
export const shellHeaderForm = objectForm("shell header", {
  level: req("level", levelForm),
  /** Number of protocols activated so far, in this block included. */
  protoLevel: req("proto", uint8Form),
  predecessor: req("predecessor", blockHashForm),
  /** Seconds since 1970-01-01T00:00:00Z. */
  timestamp: req("timestamp", timestampForm),
  /** Lists of operations: 4, none in the first two blocks. */
  validationPasses: req("validation_pass", uint8Form),
  /** Root of the operations' hashes: "LLo…". */
  operationsHash: req("operations_hash", base58Form<Uint8Array>("operationListListHash")),
  fitness: req("fitness", fitnessForm),
  /** Digest of the state: "Co…". */
  context: req("context", base58Form<Uint8Array>("contextHash")),
});

export type ShellHeader = FormValue<typeof shellHeaderForm>;

/** Bytes a baker varies until the header's hash is small enough. */
export const PROOF_OF_WORK_NONCE_BYTES = 8;

/** "on", "off", "pass": 0, 1, 2. */
const perBlockVoteForm = enumForm("per block vote", ["on", "off", "pass"]);

/** In binary, the nonce's hash comes after the proof of work, as in JSON; both are in the reference's order. */
const contentsFields = {
  payloadHash: req("payload_hash", base58Form<Uint8Array>("blockPayloadHash")),
  payloadRound: req("payload_round", int32Form),
  proofOfWorkNonce: req("proof_of_work_nonce", hexForm(fixedBytes(PROOF_OF_WORK_NONCE_BYTES))),
  seedNonceHash: opt("seed_nonce_hash", base58Form<Uint8Array>("nonceHash")),
  liquidityBakingToggleVote: req("liquidity_baking_toggle_vote", perBlockVoteForm),
};

/** What is signed, and stamped, of the protocol's part. */
export const unsignedProtocolDataForm = objectForm("unsigned protocol data", contentsFields);

/** The protocol's part of a header. */
export const protocolDataForm = objectForm("protocol data", {
  ...contentsFields,
  signature: req("signature", signatureForm),
});

export type ProtocolData = FormValue<typeof protocolDataForm>;
export type UnsignedProtocolData = FormValue<typeof unsignedProtocolDataForm>;

const activationForm = objectForm(
  "activation command",
  {
    hash: req("hash", protocolHashForm),
    fitness: req("fitness", fitnessForm),
    /** Whatever the protocol starts from: the last field, without a size. */
    protocolParameters: req("protocol_parameters", hexForm(variableBytes)),
  },
  { command: "activate" },
);

export type Activation = FormValue<typeof activationForm>;

const ACTIVATE_TAG = 0;

const activationJsonForm = objectForm("genesis protocol data", {
  content: req("content", activationForm),
  signature: req("signature", signatureForm),
});

export type ActivationData = FormValue<typeof activationJsonForm>;

/** What the genesis protocol adds to a header: the activation of the first real protocol. */
export const activationDataForm: Form<ActivationData> = formOf<ActivationData>(
  {
    name: "genesis protocol data",
    size: "variable",
    write(w, { content, signature }) {
      w.u8(ACTIVATE_TAG);
      activationForm.write(w, content);
      w.raw(signature);
    },
    read(r) {
      r.u8();
      const content = r.within(r.remaining - SIGNATURE_BYTES, (inner) => activationForm.read(inner));
      return { content, signature: r.raw(SIGNATURE_BYTES) as Signature };
    },
  },
  (data) => activationJsonForm.toJson(data),
  (json) => activationJsonForm.fromJson(json),
);

/** The bytes of a header: what is hashed, and what `…/header/raw` gives. */
export function encodeHeader(shell: ShellHeader, protocolData: Uint8Array): Uint8Array {
  const w = new ByteWriter();
  shellHeaderForm.write(w, shell);
  w.raw(protocolData);
  return w.finish();
}

export function hashHeader(shell: ShellHeader, protocolData: Uint8Array): BlockHash {
  return blake2b256(encodeHeader(shell, protocolData)) as BlockHash;
}

/** What the baker's signature is over, without the watermark. */
export function unsignedHeaderBytes(shell: ShellHeader, contents: UnsignedProtocolData): Uint8Array {
  return encodeHeader(shell, encode(unsignedProtocolDataForm, contents));
}

const BLOCK_WATERMARK = 0x11;

/** Watermark of block signatures: a byte and the chain id. */
export function blockWatermark(chainId: ChainId): Uint8Array {
  return Uint8Array.of(BLOCK_WATERMARK, ...chainId);
}

// ---- Fitness

const FITNESS_VERSION = 0x02;

function int32Bytes(value: number): Uint8Array {
  const w = new ByteWriter(4);
  w.i32(value);
  return w.finish();
}

/** Version, level, no locked round, the predecessor's round (the smaller the better: as -1 - round), round. */
export function makeFitness(level: number, predecessorRound: number, round: number): readonly Uint8Array[] {
  return [
    Uint8Array.of(FITNESS_VERSION),
    int32Bytes(level),
    new Uint8Array(0),
    int32Bytes(-1 - predecessorRound),
    int32Bytes(round),
  ];
}

/** Negative, zero, positive: longer lists win, then longer strings, then the first greater byte. */
export function compareFitness(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? new Uint8Array(0);
    const order = left.length - right.length || Buffer.compare(left, right);
    if (order !== 0) return order;
  }
  return 0;
}
