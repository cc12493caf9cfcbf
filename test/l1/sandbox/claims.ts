// Commitments that are claims only: layer 1 takes any state for a rollup's, so the rules about commitments need no machine.
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import type { SandboxOptions } from "../../../src/l1/sandbox/sandbox.js";
import { type Commitment, commitmentHash } from "../../../src/protocol/commitment.js";
import { makeStakers } from "../../../src/protocol/game.js";
import type { CommitmentHash, StateHash } from "../../../src/protocol/identifiers.js";
import { type Account, CAROL, TestChain } from "./chain.js";
import { originate, type Rollup } from "./rollup.js";

/** A state named by a text. */
export function stateOf(name: string): StateHash {
  return blake2b256(new TextEncoder().encode(name)) as StateHash;
}

/** Any kernel: none is ever run here. */
const KERNEL = Uint8Array.of(0, 0x61, 0x73, 0x6d);

/** A chain with a rollup, on which commitments of the first period can be published. */
export function chainWithRollup(options: SandboxOptions & { readonly whitelist?: readonly Account[] } = {}): {
  readonly chain: TestChain;
  readonly rollup: Rollup;
  readonly claims: Claims;
} {
  const { whitelist, ...rest } = options;
  const chain = new TestChain(rest);
  chain.bake();
  const rollup = originate(chain, CAROL, KERNEL, whitelist === undefined ? {} : { whitelist });
  const claims = new Claims(chain, rollup);
  chain.bakeTo(claims.levelOf(1));
  return { chain, rollup, claims };
}

export class Claims {
  constructor(
    readonly chain: TestChain,
    readonly rollup: Rollup,
  ) {}

  get period(): number {
    return this.chain.head.state.constants.smartRollupCommitmentPeriodInBlocks;
  }

  /** Inbox level of the n-th period. */
  levelOf(n: number): number {
    return this.rollup.originationLevel + n * this.period;
  }

  /** A commitment along a path of claims: the first period's, the second's on top of it, … */
  commitment(...path: readonly string[]): Commitment {
    const before = path.slice(0, -1);
    const predecessor = before.length === 0 ? this.rollup.genesisCommitment : this.hash(...before);
    return {
      compressedState: stateOf(path.join("/")),
      inboxLevel: this.levelOf(path.length),
      predecessor,
      numberOfTicks: 1000n,
    };
  }

  hash(...path: readonly string[]): CommitmentHash {
    return commitmentHash(this.commitment(...path));
  }
}

// ---- What one sends

export function publish(rollup: Rollup, commitment: Commitment) {
  return { kind: "smart_rollup_publish", rollup: rollup.address, commitment } as const;
}

export function cement(rollup: Rollup) {
  return { kind: "smart_rollup_cement", rollup: rollup.address } as const;
}

export function recoverBond(rollup: Rollup, staker: Account) {
  return { kind: "smart_rollup_recover_bond", rollup: rollup.address, staker: staker.address } as const;
}

export function timeout(rollup: Rollup, a: Account, b: Account) {
  return { kind: "smart_rollup_timeout", rollup: rollup.address, stakers: makeStakers(a.address, b.address) } as const;
}

export function startGame(rollup: Rollup, ours: CommitmentHash, opponent: Account, theirs: CommitmentHash) {
  return {
    kind: "smart_rollup_refute",
    rollup: rollup.address,
    opponent: opponent.address,
    refutation: { kind: "start", playerCommitmentHash: ours, opponentCommitmentHash: theirs },
  } as const;
}
