// Someone who runs a rollup beside the sandbox chain: reads the chain's inbox, steps the real machine, commits, dissects and proves. With
// `tamper`, someone who reads another inbox than the chain's, and defends what comes of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { toHex } from "../../../src/encoding/hex.js";
import { LazyMicheline, type Micheline } from "../../../src/encoding/micheline.js";
import type { OngoingGame } from "../../../src/l1/sandbox/rollup-state.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import type { BalanceUpdate } from "../../../src/protocol/balance-updates.js";
import { type Commitment, commitmentHash, genesisCommitment } from "../../../src/protocol/commitment.js";
import {
  chunkOf,
  type Dissection,
  firstDisagreement,
  WASM_TICKS_PER_SNAPSHOT,
  wasmDissectionRules,
} from "../../../src/protocol/dissection.js";
import type { GameResult } from "../../../src/protocol/game.js";
import type { CommitmentHash, RollupAddress, StateHash } from "../../../src/protocol/identifiers.js";
import { hashLevelCell, type LevelCell } from "../../../src/protocol/inbox.js";
import { type InboxHistory, produceInboxProof, serializeInboxProof } from "../../../src/protocol/inbox-proof.js";
import type { InputProof } from "../../../src/protocol/input-proof.js";
import { encodeOutputProof } from "../../../src/protocol/output-proof.js";
import { PayloadList } from "../../../src/protocol/payload-list.js";
import type { Move } from "../../../src/protocol/refutation.js";
import { revealAnswerBytes, revealHash } from "../../../src/protocol/reveal.js";
import { proveOutput, wasmOutputReader } from "../../../src/protocol/wasm-output.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../../src/pvm/genesis.js";
import { Machine } from "../../../src/pvm/machine.js";
import { Session, type SessionLevel } from "../../../src/pvm/session.js";
import { repositoryRoot } from "../../shared-root.js";
import { type Account, said, type TestChain } from "./chain.js";

const assembler = await wabt();

/** The binary of a kernel of examples/kernels, or of a text. */
export function assemble(source: string): Uint8Array {
  const isName = /^[a-z]+$/.test(source);
  const text = isName ? readFileSync(join(repositoryRoot, "examples", "kernels", `${source}.wat`), "utf8") : source;
  const module = assembler.parseWat("kernel.wat", text);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

export const UNIT_TYPE: Micheline = { prim: "unit" };

export interface Rollup {
  readonly address: RollupAddress;
  readonly kernel: Uint8Array;
  readonly originationLevel: number;
  readonly genesisCommitment: CommitmentHash;
}

export function originate(
  chain: TestChain,
  sender: Account,
  kernel: Uint8Array,
  options: { readonly whitelist?: readonly Account[]; readonly type?: Micheline } = {},
): Rollup {
  const receipts = chain.apply(sender, {
    kind: "smart_rollup_originate",
    pvmKind: "wasm_2_0_0",
    kernel,
    parametersType: LazyMicheline.ofValue(options.type ?? UNIT_TYPE),
    ...(options.whitelist === undefined ? {} : { whitelist: options.whitelist.map(({ address }) => address) }),
  });
  const { address, genesisCommitmentHash } = said("smart_rollup_originate", receipts);
  return { address, kernel, originationLevel: chain.level, genesisCommitment: genesisCommitmentHash };
}

const RULES = wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT);

export interface OperatorOptions {
  /** Preimages by themselves: their hashes are computed. */
  readonly preimages?: readonly Uint8Array[];
  /** What the operator's machine reads instead of a level's messages. */
  readonly tamper?: (level: number, messages: readonly Uint8Array[]) => readonly Uint8Array[];
  /** From this tick of the first period on, the operator claims states that are none. */
  readonly lieFrom?: bigint;
  /** Ticks added to the first period's number in its commitment; negative: the machine is said to stop so much earlier. */
  readonly extraTicks?: bigint;
}

interface Checkpoint {
  readonly root: TreeNode;
  readonly tick: bigint;
}

export class Operator {
  readonly #ends = new Map<number, Checkpoint>();
  readonly #reveals = new Map<string, Uint8Array>();

  constructor(
    readonly chain: TestChain,
    readonly account: Account,
    readonly rollup: Rollup,
    readonly options: OperatorOptions = {},
  ) {
    const root = genesis(rollup.kernel, "2.0.0-r6", PROTOCOL_PARAMETERS);
    this.#ends.set(rollup.originationLevel, { root, tick: 0n });
    const { address, originationLevel } = rollup;
    this.#reveals.set("01", revealAnswerBytes({ kind: "metadata", metadata: { address, originationLevel } }));
    for (const page of options.preimages ?? []) this.#reveals.set(`00${toHex(revealHash(page))}`, page);
  }

  #level(level: number): SessionLevel {
    const block = this.chain.sandbox.block(level);
    if (block === undefined) throw new Error(`no block ${level}`);
    return { level, messages: this.options.tamper?.(level, block.inboxMessages) ?? block.inboxMessages };
  }

  /** A run of the machine from the end of a level to the end of another. */
  #session(from: number, to: number): Session {
    const inboxes = Array.from({ length: to - from }, (_, i) => this.#level(from + 1 + i));
    return new Session(Machine.of(this.end(from).root), { inboxes, reveals: this.#reveals });
  }

  /** The state after a level. */
  end(level: number): Checkpoint {
    const known = this.#ends.get(level);
    if (known !== undefined) return known;
    this.end(level - 1);
    const session = this.#session(level - 1, level);
    session.goToEnd();
    if (session.status().tag !== "waiting_for_input") throw new Error(`stopped in level ${level}`);
    const end = { root: session.machine.root(), tick: session.tick };
    this.#ends.set(level, end);
    return end;
  }

  // ---- Commitments

  get period(): number {
    return this.chain.head.state.constants.smartRollupCommitmentPeriodInBlocks;
  }

  /** The commitment of the n-th period. */
  commitment(n: number): Commitment {
    const level = this.rollup.originationLevel + n * this.period;
    if (n === 0) return genesisCommitment(this.end(level).root.hash as StateHash, level);
    const start = this.end(level - this.period);
    const end = this.end(level);
    const numberOfTicks = end.tick - start.tick + (n === 1 ? (this.options.extraTicks ?? 0n) : 0n);
    const [state] = this.#states(level - this.period, level, [numberOfTicks]);
    return {
      compressedState: state as StateHash,
      inboxLevel: level,
      predecessor: commitmentHash(this.commitment(n - 1)),
      numberOfTicks,
    };
  }

  publish(n: number) {
    const commitment = this.commitment(n);
    const draft = { kind: "smart_rollup_publish", rollup: this.rollup.address, commitment } as const;
    return said("smart_rollup_publish", this.chain.apply(this.account, draft));
  }

  // ---- Outbox

  /** The proof of a message in the outbox of a level, in the state after another. */
  outputProof(endLevel: number, outboxLevel: number, index: number): Uint8Array {
    return encodeOutputProof(wasmOutputReader, proveOutput(this.end(endLevel).root, outboxLevel, index));
  }

  // ---- Games

  /** States at ticks, counted from the end of a level; undefined where the machine does not get. */
  #states(from: number, to: number, ticks: readonly bigint[]): (StateHash | undefined)[] {
    const base = this.end(from).tick;
    const session = this.#session(from, to);
    const { lieFrom, extraTicks = 0n } = this.options;
    const end = this.end(to).tick - base;
    return ticks.map((tick) => {
      if (tick > end + extraTicks) return undefined;
      // Whoever claims more ticks than there are says that the machine stays where it is for as long.
      session.goTo(base + (tick > end ? end : tick));
      const state = session.machine.root().hash as StateHash;
      return lieFrom !== undefined && tick >= lieFrom ? this.#madeUp(state) : state;
    });
  }

  /** A state that no machine was ever in. */
  #madeUp(state: StateHash): StateHash {
    return blake2b256(Buffer.concat([Buffer.from(this.account.alias), state])) as StateHash;
  }

  /** The honest next move (honest about what this operator has read) in a game. */
  move({ game }: OngoingGame): Move {
    const { inboxLevel, gameState } = game;
    const from = inboxLevel - this.period;
    if (gameState.kind === "finalMove") return this.#proof(from, game, gameState.agreedStartChunk.tick);
    const { dissection, defaultNumberOfSections } = gameState;
    const ours = this.#states(
      from,
      inboxLevel,
      dissection.map(({ tick }) => tick),
    );
    const parted = firstDisagreement(dissection, ours);
    if (parted === null) throw new Error("there is nothing to disagree with");
    const { agreed } = parted;
    if (parted.ours.tick - agreed.tick === 1n) return this.#proof(from, game, agreed.tick);
    const ticks = RULES.chooseTicks(agreed.tick, parted.ours.tick, defaultNumberOfSections);
    const states = this.#states(from, inboxLevel, ticks);
    const step: Dissection = ticks.map((tick, i) => chunkOf(tick, states[i]));
    return { kind: "move", choice: agreed.tick, step };
  }

  /** A proof of the step after a tick of the disputed period. */
  proofAt(game: OngoingGame["game"], tick: bigint): Move {
    return this.#proof(game.inboxLevel - this.period, game, tick);
  }

  #proof(from: number, game: OngoingGame["game"], tick: bigint): Move {
    const session = this.#session(from, game.inboxLevel);
    if (!session.goTo(this.end(from).tick + tick) && this.options.extraTicks === undefined) {
      throw new Error(`the machine does not get to tick ${tick}`);
    }
    const { bytes } = session.prove();
    const inputProof = this.#inputProof(session, game.inboxSnapshot);
    const proof = inputProof === undefined ? { pvmStep: bytes } : { pvmStep: bytes, inputProof };
    return { kind: "move", choice: tick, step: proof };
  }

  #inputProof({ machine }: Session, snapshot: LevelCell): InputProof | undefined {
    const request = machine.inputRequest();
    if (request.tag === "none") return undefined;
    if (request.tag === "reveal") {
      const data = this.#reveals.get(toHex(request.request)) ?? new Uint8Array(0);
      const isMetadata = request.request[0] === 1;
      return { kind: "reveal", proof: isMetadata ? { kind: "metadata" } : { kind: "rawData", rawData: data } };
    }
    const { lastInput } = machine;
    if (lastInput === null) return { kind: "firstInput" };
    const { level, counter } = lastInput;
    const position = { level, counter: counter + 1n };
    const { proof } = produceInboxProof(historyOf(this.chain), snapshot, position);
    return { kind: "inbox", level, messageCounter: counter, serializedProof: serializeInboxProof(proof) };
  }
}

/** The start of a game between two operators about their commitments of the first period. */
export function startDraft(refuter: Operator, defender: Operator) {
  return {
    kind: "smart_rollup_refute",
    rollup: refuter.rollup.address,
    opponent: defender.account.address,
    refutation: {
      kind: "start",
      playerCommitmentHash: commitmentHash(refuter.commitment(1)),
      opponentCommitmentHash: commitmentHash(defender.commitment(1)),
    },
  } as const;
}

export function moveDraft(player: Operator, opponent: Account, refutation: Move) {
  return {
    kind: "smart_rollup_refute",
    rollup: player.rollup.address,
    opponent: opponent.address,
    refutation,
  } as const;
}

/** The game that an operator plays. */
export function gameOf({ chain, rollup, account }: Operator): OngoingGame {
  const [game] = chain.sandbox.context(chain.head).rollup(rollup.address).games(account.address);
  if (game === undefined) throw new Error("there is no game");
  return game;
}

export interface Played {
  readonly result: GameResult;
  readonly balanceUpdates: readonly BalanceUpdate[];
  /** The start included. */
  readonly moves: number;
}

const MOST_MOVES = 40;

/** Plays a game out; `choose` may make moves other than a player's honest one. */
export function play(
  refuter: Operator,
  defender: Operator,
  choose: (player: Operator, game: OngoingGame) => Move = (player, game) => player.move(game),
): Played {
  const { chain } = refuter;
  let outcome = said("smart_rollup_refute", chain.apply(refuter.account, startDraft(refuter, defender)));
  let [player, other] = [refuter, defender];
  for (let moves = 1; moves < MOST_MOVES; moves++) {
    const { gameStatus, balanceUpdates } = outcome;
    if (gameStatus.kind === "ended") return { result: gameStatus.result, balanceUpdates, moves };
    const draft = moveDraft(player, other.account, choose(player, gameOf(player)));
    outcome = said("smart_rollup_refute", chain.apply(player.account, draft));
    [player, other] = [other, player];
  }
  throw new Error(`the game has not ended after ${MOST_MOVES} moves`);
}

/** The inbox of the chain, with all its messages. */
export function historyOf(chain: TestChain): InboxHistory {
  const cells = new Map<string, LevelCell>();
  const payloads = new Map<string, PayloadList>();
  for (let level = 1; level <= chain.level; level++) {
    const block = chain.sandbox.block(level);
    if (block === undefined) continue;
    const cell = block.state.inbox.oldLevelsMessages;
    cells.set(toHex(hashLevelCell(cell)), cell);
    payloads.set(toHex(cell.content.hash), PayloadList.of(block.inboxMessages));
  }
  return {
    levelCell: (hash) => cells.get(toHex(hash)),
    payloads: (witness) => payloads.get(toHex(witness))?.lookup,
  };
}
