// The public interface of the package `tickproof`: run a kernel to any tick, prove that tick, check proofs. All of it is
// synchronous but for reading kernel files. `tickproof/verify` is the part that checks proofs, for those who need no more.
//
//   const kernel = await readKernel(bytes, "kernel.wat");
//   const session = Session.start(kernel, ORIGINATION_VERSION, PROTOCOL_PARAMETERS, parseInputs(json));
//   session.goTo(1_000n);
//   const { bytes: proof } = session.prove();

export { blake2b256, type Hasher, setHasher } from "./crypto/blake2b.js";
export { KeyNotFound, MalformedState } from "./merkle/errors.js";
export { Directory, Leaf, type NodeSource, type TreeNode } from "./merkle/node.js";
export { Tree } from "./merkle/tree.js";
export { InputsError } from "./protocol/inputs/error.js";
export { type LevelMessages, parseInputs, type RollupInputs } from "./protocol/inputs/inputs.js";
export { frameLevel, type LevelFrame, type LevelInfo } from "./protocol/level-frame.js";
export { outboxMessages, readMessage } from "./pvm/buffers.js";
export { type BootParameters, bootTree, genesis, initialTree, PROTOCOL_PARAMETERS } from "./pvm/genesis.js";
export { KernelError, readKernel } from "./pvm/kernel-format.js";
export { Machine, type MachineOptions, type StepStatus } from "./pvm/machine.js";
export { BundleWriter } from "./pvm/proof-bundle.js";
export { type RevealSource, type RunOptions, run } from "./pvm/run.js";
export {
  PHASES,
  type Phase,
  Session,
  type SessionInputs,
  type SessionLevel,
  type SessionOptions,
  type SessionStatus,
  type Span,
} from "./pvm/session.js";
export type { PvmState, TickState } from "./pvm/state.js";
export { PatternError, StepPattern } from "./pvm/step-pattern.js";
export { proveStep, type StepProof, stepTransition } from "./pvm/step-proof.js";
export { type StopsOptions, stops } from "./pvm/stops.js";
export { printStuck, type StuckError } from "./pvm/stuck.js";
export { isPvmVersion, ORIGINATION_VERSION, PVM_VERSIONS, type PvmVersion } from "./pvm/versions.js";
export {
  type Base58Kind,
  type BundledProof,
  BundleError,
  ClaimRefused,
  checkBundledProof,
  checkStep,
  decodeBase58Check,
  decodeProof,
  encodeBase58Check,
  encodeProof,
  type InputInfo,
  type InputRequest,
  InvalidProof,
  isBundle,
  MalformedProof,
  MerkleError,
  type MerkleProof,
  MissingNode,
  type ProofEntry,
  type ProofExtender,
  type ProofInode,
  type ProofInodeTree,
  type ProofTree,
  PvmError,
  readBundle,
  type StepClaim,
  type StepInput,
  type StepOutcome,
  type VerifiedStep,
  verifyStep,
} from "./verify.js";
