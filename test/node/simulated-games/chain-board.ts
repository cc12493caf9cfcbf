// Games on a sandbox chain: real operations, real blocks, judged by the chain. Each move's outcome is compared with what the protocol's rules say
// of it, so that what is seen on boards without a chain holds on one.

import type { OngoingGame } from "../../../src/l1/sandbox/rollup-state.js";
import { type Commitment, commitmentHash } from "../../../src/protocol/commitment.js";
import { revealActivation } from "../../../src/protocol/constants.js";
import { ProtocolError } from "../../../src/protocol/errors.js";
import type { Game } from "../../../src/protocol/game.js";
import { applyMove } from "../../../src/protocol/game-play.js";
import type { PublicKeyHash } from "../../../src/protocol/identifiers.js";
import type { InboxHistory } from "../../../src/protocol/inbox-proof.js";
import type { ContentReceipt } from "../../../src/protocol/receipt.js";
import type { Move } from "../../../src/protocol/refutation.js";
import {
  type Account,
  ALICE,
  BOB,
  CAROL,
  DAVE,
  type Draft,
  EVE,
  failureOf,
  said,
  TestChain,
} from "../../l1/sandbox/chain.js";
import { historyOf, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { type Applied, type Board, type Claim, type Role, rulesOf } from "./board.js";
import { evaluateWorld, type World } from "./world.js";

const TIMEOUT = 60;
/** The liars of a chain, one a game. */
export const LIARS: readonly Account[] = [BOB, DAVE, EVE];

export interface ChainTable {
  readonly world: World;
  readonly rollup: Rollup;
  commitment(claim: Claim): Commitment;
  /** Commitments of the honest one and of the liars, in the order of LIARS; games can begin afterwards. */
  publish(claims: readonly Claim[]): void;
  /** Begins the game against a liar. */
  open(liar: Account, claim: Claim, refuter: Role): Board;
}

/** Lookups in the inbox of the chain as it is when they are made. */
function growingHistory(chain: TestChain): InboxHistory {
  let known: { readonly level: number; readonly history: InboxHistory } | undefined;
  const current = (): InboxHistory => {
    if (known === undefined || known.level !== chain.level) known = { level: chain.level, history: historyOf(chain) };
    return known.history;
  };
  return { levelCell: (hash) => current().levelCell(hash), payloads: (witness) => current().payloads(witness) };
}

export interface ChainOptions {
  readonly name: string;
  readonly kernel: Uint8Array;
  /** Messages of users, without their first byte, of the levels of the first period. */
  readonly levels: readonly (readonly Uint8Array[])[];
  readonly preimages: readonly Uint8Array[];
  /** Where; a new chain, soon done with everything, unless given. */
  readonly chain?: TestChain;
}

/** Raises Error when the chain does not take the kernel. */
export async function makeChainTable(options: ChainOptions): Promise<ChainTable> {
  const { name, kernel, levels, preimages, chain = new TestChain({ constants: quickConstants() }) } = options;
  chain.bake(2);
  const rollup = originate(chain, CAROL, kernel);
  const { constants } = chain.head.state;
  const period = constants.smartRollupCommitmentPeriodInBlocks;
  for (let i = 0; i < period; i++) {
    const messages = levels[i] ?? [];
    if (messages.length > 0) chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages });
    chain.bake();
  }
  const { numberOfSlots, attestationLag, slotSize, pageSize } = constants.dalParametric;
  const history = growingHistory(chain);
  const inboxLevel = rollup.originationLevel + period;
  const disputed = Array.from({ length: period }, (_, i) => {
    const level = rollup.originationLevel + 1 + i;
    return { level, messages: chain.sandbox.block(level)?.inboxMessages ?? [] };
  });
  const world = await evaluateWorld({
    name,
    kernel,
    metadata: { address: rollup.address, originationLevel: rollup.originationLevel },
    activation: revealActivation(constants),
    dalParameters: {
      numberOfSlots: BigInt(numberOfSlots),
      attestationLag: BigInt(attestationLag),
      slotSize: BigInt(slotSize),
      pageSize: BigInt(pageSize),
    },
    levelsBefore: [],
    levels: disputed,
    inboxLevel,
    history,
    snapshot: chain.head.state.inbox.oldLevelsMessages,
    preimages,
  });
  return new Table(chain, rollup, world);
}

function quickConstants() {
  const { constants } = new TestChain().head.state;
  return { ...constants, smartRollupTimeoutPeriodInBlocks: TIMEOUT };
}

class Table implements ChainTable {
  constructor(
    readonly chain: TestChain,
    readonly rollup: Rollup,
    readonly world: World,
  ) {}

  commitment({ state, ticks }: Claim): Commitment {
    const { inboxLevel } = this.world;
    return {
      compressedState: state,
      inboxLevel,
      predecessor: this.rollup.genesisCommitment,
      numberOfTicks: ticks,
    };
  }

  publish(claims: readonly Claim[]): void {
    const { chain, world } = this;
    const rollup = this.rollup.address;
    const all = [world.end, ...claims].map((claim) => this.commitment(claim));
    for (const [i, commitment] of all.entries()) {
      const account = [ALICE, ...LIARS][i];
      if (account === undefined) throw new Error("more claims than liars");
      chain.inject(account, { kind: "smart_rollup_publish", rollup, commitment });
    }
    chain.bake();
    const period = chain.head.state.constants.smartRollupCommitmentPeriodInBlocks;
    chain.bakeTo(world.inboxLevel + period);
  }

  open(liar: Account, claim: Claim, refuter: Role): Board {
    const board = new ChainBoard(this, liar);
    const [ours, theirs] = [this.commitment(this.world.end), this.commitment(claim)].map(commitmentHash);
    if (ours === undefined || theirs === undefined) throw new Error("two commitments have two hashes");
    const refutation =
      refuter === "honest"
        ? ({ kind: "start", playerCommitmentHash: ours, opponentCommitmentHash: theirs } as const)
        : ({ kind: "start", playerCommitmentHash: theirs, opponentCommitmentHash: ours } as const);
    const other = refuter === "honest" ? "liar" : "honest";
    const start: Draft<"smart_rollup_refute"> = {
      kind: "smart_rollup_refute",
      rollup: this.rollup.address,
      opponent: board.address(other),
      refutation,
    };
    this.chain.apply(board.account(refuter), start);
    const [again] = failureOf(this.chain.send(board.account(refuter), start));
    if (again !== "smart_rollup_game_already_started") throw new Error(`a second start is refused with ${again}`);
    return board;
  }
}

class ChainBoard implements Board {
  constructor(
    readonly table: Table,
    readonly liar: Account,
  ) {}

  get #ongoing(): OngoingGame {
    const { chain, rollup } = this.table;
    const games = chain.sandbox.context(chain.head).rollup(rollup.address).games(this.liar.address);
    const [game] = games;
    if (game === undefined || games.length > 1) throw new Error(`${games.length} games instead of one`);
    return game;
  }

  get game(): Game {
    return this.#ongoing.game;
  }

  get turn(): Role {
    const { game, stakers } = this.#ongoing;
    return stakers[game.turn] === this.liar.address ? "liar" : "honest";
  }

  account(role: Role): Account {
    return role === "honest" ? ALICE : this.liar;
  }

  address(role: Role): PublicKeyHash {
    return this.account(role).address;
  }

  move(by: Role, move: Move): Applied {
    const { chain, rollup, world } = this.table;
    const opponent = this.address(by === "honest" ? "liar" : "honest");
    const expected = predicted(() => {
      const { game, stakers } = this.#ongoing;
      return applyMove(rulesOf(world), { game, stakers, mover: this.address(by), move, isStaked: () => true });
    });
    const refutation = { kind: "smart_rollup_refute", rollup: rollup.address, opponent, refutation: move } as const;
    const applied = outcomeOf(chain.send(this.account(by), refutation), "smart_rollup_refute");
    const got = applied.kind === "refused" ? applied.id : applied.kind;
    if (got !== expected) throw new Error(`the chain says ${got}, the rules say ${expected}`);
    return applied;
  }

  timeout(): Applied {
    const { chain, rollup } = this.table;
    const draft = { kind: "smart_rollup_timeout", rollup: rollup.address, stakers: this.#ongoing.stakers } as const;
    return outcomeOf(chain.send(CAROL, draft), "smart_rollup_timeout");
  }

  pass(): void {
    this.table.chain.bake();
  }
}

function predicted(apply: () => { readonly kind: string }): string {
  try {
    return apply().kind;
  } catch (error) {
    if (error instanceof ProtocolError) return error.id;
    throw error;
  }
}

function outcomeOf(receipts: readonly ContentReceipt[], kind: "smart_rollup_refute" | "smart_rollup_timeout"): Applied {
  const [id] = failureOf(receipts);
  if (id !== undefined) return { kind: "refused", id };
  const { gameStatus } = said(kind, receipts);
  return gameStatus.kind === "ended" ? { kind: "ended", result: gameStatus.result } : { kind: "ongoing" };
}
