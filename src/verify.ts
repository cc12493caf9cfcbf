// `tickproof/verify`: what it takes to check step proofs, and nothing else. No kernel, no store, no network.

export { type Base58Kind, decodeBase58Check, encodeBase58Check } from "./encoding/base58check.js";
export { InvalidProof, MalformedProof, MerkleError, MissingNode } from "./merkle/errors.js";
export type { ProofEntry, ProofExtender, ProofInode, ProofInodeTree, ProofTree } from "./merkle/proof.js";
export { decodeProof, encodeProof, type MerkleProof } from "./merkle/proof-encoding.js";
export { PvmError } from "./pvm/errors.js";
export type { InputRequest } from "./pvm/machine.js";
export {
  type BundledProof,
  BundleError,
  checkBundledProof,
  isBundle,
  readBundle,
} from "./pvm/proof-bundle.js";
export type { InputInfo } from "./pvm/state.js";
export { ClaimRefused, checkStep, type StepClaim } from "./pvm/step-check.js";
export { type StepInput, type StepOutcome, type VerifiedStep, verifyStep } from "./pvm/step-proof.js";
