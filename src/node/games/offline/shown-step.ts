// What the proof of a step shows of the machine, whether or not it holds: where it stands, and what it leads to.

import { partialTree } from "../../../merkle/partial.js";
import { decodeProof, type MerkleProof } from "../../../merkle/proof-encoding.js";
import { Tree } from "../../../merkle/tree.js";
import type { StateHash } from "../../../protocol/identifiers.js";
import { Machine } from "../../../pvm/machine.js";

export interface ShownStep {
  readonly before: StateHash;
  readonly after: StateHash;
  /** Absent where the state shown is none. */
  readonly machine?: { readonly tick: bigint; readonly phase: string; readonly asksFor: "none" | "input" | "reveal" };
}

/** Undefined for bytes that are no proof. */
export function shownStep(bytes: Uint8Array): ShownStep | undefined {
  const proof = attempt(() => decodeProof(bytes));
  if (proof === undefined) return undefined;
  const machine = attempt(() => machineOf(proof));
  const { before, after } = proof;
  return {
    before: before as StateHash,
    after: after as StateHash,
    ...(machine === undefined ? {} : { machine }),
  };
}

function machineOf({ tree }: MerkleProof): ShownStep["machine"] {
  const machine = Machine.load(new Tree(partialTree(tree), { observer: null, exact: true }));
  return { tick: machine.currentTick, phase: machine.tickState.tag, asksFor: machine.inputRequest().tag };
}

/** A made-up state can lead into any assertion of the machine. Whether the proof holds is judged elsewhere. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
