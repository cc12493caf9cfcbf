// Commitments: what a staker claims about a rollup's state (protocol.md §3). Encodings, hash, the genesis commitment. The rules
// of publishing and cementing are the sandbox's.

import { blake2b256 } from "../crypto/blake2b.js";
import { encode } from "../encoding/binary.js";
import { type FormValue, objectForm, req, variant, variantsForm } from "../encoding/form.js";
import { positiveInt64Form } from "../encoding/form-leaves.js";
import { type CommitmentHash, commitmentHashForm, levelForm, type StateHash, stateHashForm } from "./identifiers.js";

const commitmentFields = {
  /** State after all inbox levels up to `inboxLevel`. */
  compressedState: req("compressed_state", stateHashForm),
  inboxLevel: req("inbox_level", levelForm),
  predecessor: req("predecessor", commitmentHashForm),
  /** Ticks since the predecessor's state. */
  numberOfTicks: req("number_of_ticks", positiveInt64Form),
};

/** 76 bytes: `smart_rollup.commmitment` (sic) of octez-codec. */
export const commitmentForm = objectForm("commitment", commitmentFields);

export type Commitment = FormValue<typeof commitmentForm>;

/** A commitment as the protocol stores it: version byte first. */
export const storedCommitmentForm = variantsForm("versioned commitment", "version", {
  v1: variant(0, {}, commitmentFields),
});

/** BLAKE2b-256 of the 76 bytes. */
export function commitmentHash(commitment: Commitment): CommitmentHash {
  return blake2b256(encode(commitmentForm, commitment)) as CommitmentHash;
}

/** Predecessor of every genesis commitment: 32 zero bytes. */
export const NO_PREDECESSOR = new Uint8Array(32) as CommitmentHash;

/** The commitment that a rollup's origination makes. */
export function genesisCommitment(state: StateHash, originationLevel: number): Commitment {
  return { compressedState: state, inboxLevel: originationLevel, predecessor: NO_PREDECESSOR, numberOfTicks: 0n };
}

/** Where a rollup started: answer of `…/genesis_info`. */
export const genesisInfoForm = objectForm("genesis info", {
  level: req("level", levelForm),
  commitmentHash: req("commitment_hash", commitmentHashForm),
});

export type GenesisInfo = FormValue<typeof genesisInfoForm>;

/** Answer of `…/last_cemented_commitment_hash_with_level`. */
export const commitmentHashWithLevelForm = objectForm("commitment hash with level", {
  hash: req("hash", commitmentHashForm),
  level: req("level", levelForm),
});

/** Answer of `…/staked_on_commitment`: a commitment and its hash. */
export const hashedCommitmentForm = objectForm("hashed commitment", {
  hash: req("hash", commitmentHashForm),
  ...commitmentFields,
});
