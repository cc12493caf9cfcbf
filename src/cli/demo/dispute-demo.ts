// `tickproof demo --dispute`: a refutation game. Two operators follow one rollup; one of them, in loser mode, reads another message than the
// one that was sent, and commits to what comes of it. The other one plays against it, alone, until the chain judges a single tick.
// Everything is read off the chain's own blocks: moves, proof, verdict, bonds.

import type { Block } from "../../l1/sandbox/block.js";
import { decodeProof } from "../../merkle/proof-encoding.js";
import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import { commitmentHash } from "../../protocol/commitment.js";
import { MAX_STEP_PROOF_BYTES } from "../../protocol/constants.js";
import { type Dissection, stateEquals } from "../../protocol/dissection.js";
import type { GameResult } from "../../protocol/game.js";
import type { RollupAddress, StateHash } from "../../protocol/identifiers.js";
import type { InputProof } from "../../protocol/input-proof.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { isDissection, type Refutation, type RefutationProof } from "../../protocol/refutation.js";
import { counted, grouped } from "../text.js";
import { KERNEL, originationOfEcho } from "./originate.js";
import { Checklist, shortCommitment, shortState, type Teller, tez } from "./teller.js";
import { addressOfAlias, type DemoNode, type DemoWorld, operationIn } from "./world.js";

export const DISPUTE_CONSTANTS = {
  smart_rollup_commitment_period_in_blocks: 3,
  smart_rollup_challenge_window_in_blocks: 40,
  smart_rollup_timeout_period_in_blocks: 20,
  smart_rollup_max_lookahead_in_blocks: 120,
  max_operations_time_to_live: 60,
};

/** More than the game ever takes; then something is wrong. */
const MAX_BLOCKS = 90;
const HONEST = "bootstrap2";
const LIAR = "bootstrap3";
const MESSAGE = "pay 10 to alice";
/** Place of the only message in its level: after the protocol's two. */
const MESSAGE_INDEX = 2;

const SIGHTS = {
  conflict: "two commitments for the same level",
  game: "a refutation game, started by a node on its own",
  narrowed: "the dispute narrowed down to one tick",
  proof: "the proof of that tick, within the limit of layer 1",
  won: "layer 1 judged, and the liar lost by it",
  slashed: "the liar's bond slashed, half of it given to the honest operator",
  kept: "the honest operator's bond still there, its node still running",
} as const;

export interface DisputePorts {
  readonly honest: number;
  readonly liar: number;
}

export class DisputeDemo {
  readonly #world: DemoWorld;
  readonly #teller: Teller;
  readonly #ports: DisputePorts;
  readonly #seen = new Checklist(SIGHTS);
  /** Commitments published, by inbox level: who stands by which. */
  readonly #published = new Map<number, Map<string, string>>();
  #lastDissection: Dissection = [];
  #moves = 0;
  #isOver = false;
  /** Of the operation that ended the game. */
  #transfers: readonly BalanceUpdate[] = [];

  constructor(world: DemoWorld, teller: Teller, ports: DisputePorts) {
    this.#world = world;
    this.#teller = teller;
    this.#ports = ports;
  }

  /** Goes on until the game is over, or for so many blocks. Whether all was seen. */
  async show(blocks: number = MAX_BLOCKS): Promise<boolean> {
    const teller = this.#teller;
    teller.line(teller.styled("bold", "tickproof: a refutation game, an honest operator against one that lies"));
    teller.line();
    teller.prose(
      "Whoever operates a rollup stakes 10,000 tez on its states. When two of them commit to different states, layer 1 lets them play: " +
        "they cut the run of the machine into sections, each time the first one that they do not agree about, until a single tick is left; " +
        "the proof of that tick decides.",
    );
    const honest = await this.#prepare();
    if (honest !== undefined) {
      for (let made = 2; made < blocks && !this.#isOver; made++) {
        const block = await this.#world.nextBlock();
        if (block === undefined) break;
        this.#look(block, honest);
      }
      this.#conclude(honest);
    }
    teller.title("What there was to see");
    this.#seen.tell(teller);
    return this.#seen.isComplete;
  }

  // ---- Before the game

  /** The rollup, the nodes, the message. */
  async #prepare(): Promise<DemoNode | undefined> {
    const teller = this.#teller;
    const { draft, kernelBytes } = await originationOfEcho();
    const origination = await this.#world.inject("bootstrap1", draft);
    const block = await this.#world.nextBlock();
    const rollup = block && rollupIn(block, origination);
    if (block === undefined || rollup === undefined) return undefined;
    const lieLevel = block.shell.level + 1;
    const honest = await this.#start("honest", rollup, HONEST, this.#ports.honest);
    const liar = await this.#start("liar", rollup, LIAR, this.#ports.liar, lieLevel);
    teller.title("Who is there");
    teller.line(`  layer 1  ${this.#world.endpoint}  a sandbox chain with the RPC of an Octez node`);
    teller.line(`  rollup   ${rollup}  (${KERNEL}, ${grouped(kernelBytes)} bytes)`);
    teller.line(`  honest   ${honest.endpoint}  an operator with the key ${HONEST}`);
    teller.line(
      `  liar     ${liar.endpoint}  an operator with the key ${LIAR}, --loser-mode "${lieLevel} ${MESSAGE_INDEX} 0":`,
    );
    teller.line(`           at level ${lieLevel} it reads another message than everybody else`);
    teller.title("What happens");
    await this.#world.inject("bootstrap1", {
      body: { kind: "smart_rollup_add_messages", messages: [Buffer.from(MESSAGE)] },
    });
    return honest;
  }

  #start(name: string, rollup: RollupAddress, operator: string, port: number, lieLevel?: number): Promise<DemoNode> {
    const failures = lieLevel === undefined ? [] : [{ level: lieLevel, messageIndex: MESSAGE_INDEX, messageTick: 0n }];
    return this.#world.startNode({
      name,
      mode: "operator",
      rollup,
      operator,
      port,
      config: { loserMode: { kind: "failures", failures } },
    });
  }

  // ---- Blocks

  #look(block: Block, honest: DemoNode): void {
    if (honest.failure !== undefined) throw honest.failure;
    for (const { receipts } of block.operations) {
      for (const receipt of receipts) {
        if (receipt.metadata.operationResult.status === "applied") this.#take(block, receipt);
      }
    }
  }

  #take(block: Block, receipt: ContentReceipt): void {
    const { content, metadata } = receipt;
    switch (content.kind) {
      case "smart_rollup_add_messages":
        this.#say(block, "", `the rollup gets a message: ${JSON.stringify(MESSAGE)}`);
        break;
      case "smart_rollup_publish":
        this.#takePublication(block, receipt);
        break;
      case "smart_rollup_refute": {
        this.#takeMove(block, nameOf(content.source), content.refutation);
        const { operationResult } = metadata;
        if (operationResult.status !== "applied" || !("gameStatus" in operationResult.applied)) break;
        const { gameStatus, balanceUpdates } = operationResult.applied;
        if (gameStatus.kind !== "ended") {
          this.#tellRefusal(content.refutation);
          break;
        }
        this.#transfers = balanceUpdates;
        this.#takeResult(block, gameStatus.result);
        break;
      }
      case "smart_rollup_timeout":
        this.#say(block, nameOf(content.source), "ends the game: the other one has let its time run out");
        this.#isOver = true;
        break;
      default:
    }
  }

  #takePublication(block: Block, { content }: ContentReceipt): void {
    if (content.kind !== "smart_rollup_publish") return;
    const { inboxLevel, compressedState } = content.commitment;
    const who = nameOf(content.source);
    const hash = shortCommitment(commitmentHash(content.commitment));
    const others = this.#published.get(inboxLevel) ?? new Map<string, string>();
    this.#published.set(inboxLevel, others.set(who, hash));
    this.#say(
      block,
      who,
      `publishes for level ${inboxLevel}: commitment ${hash}, state ${shortState(compressedState)}`,
    );
    if (new Set(others.values()).size > 1) {
      if (!this.#seen.has("conflict"))
        this.#say(block, "", this.#teller.styled("red", `two commitments for level ${inboxLevel}: a conflict`));
      this.#seen.see("conflict");
    }
  }

  // ---- The game

  #takeMove(block: Block, who: string, refutation: Refutation): void {
    if (refutation.kind === "start") {
      this.#seen.see("game");
      this.#say(block, who, "opens a refutation game; both have their bonds at stake");
      return;
    }
    this.#moves++;
    const { choice, step } = refutation;
    if (isDissection(step)) this.#takeDissection(block, who, step);
    else this.#takeProof(block, who, choice, step);
  }

  #takeDissection(block: Block, who: string, step: Dissection): void {
    const first = step[0]?.tick ?? 0n;
    const last = step.at(-1)?.tick ?? 0n;
    const isDone = step.every(({ tick }, i) => i === 0 || tick - (step[i - 1]?.tick ?? 0n) === 1n);
    this.#lastDissection = step;
    const width = `${grouped(last - first)} ticks`.padStart(27);
    const into = isDone ? "the single ticks" : counted(step.length - 1, "section");
    this.#say(block, who, `${width}  from ${grouped(first)}, into ${into}`);
  }

  #takeProof(block: Block, who: string, tick: bigint, proof: RefutationProof): void {
    const { start, stop } = this.#disputed(tick);
    if (start !== undefined && stop !== undefined && stop.tick - start.tick === 1n) this.#seen.see("narrowed");
    const { before, after } = decodeProof(proof.pvmStep);
    const inputBytes = sizeOfInput(proof.inputProof);
    const bytes = proof.pvmStep.length + inputBytes;
    const size = inputBytes === 0 ? "" : `, ${grouped(inputBytes)} of them about the input`;
    this.#say(
      block,
      who,
      `${"1 tick".padStart(27)}  tick ${grouped(tick)}, with its proof: ${grouped(bytes)} bytes${size}`,
    );
    if (bytes < MAX_STEP_PROOF_BYTES) this.#seen.see("proof");
    this.#detail(`from    ${shortState(before as StateHash)}, which both agree about`);
    this.#detail(`through ${inputText(proof.inputProof)}`);
    const claimed = stop?.state === undefined ? "no state" : shortState(stop.state);
    const isClaimed = stateEquals(stop?.state, after as StateHash);
    this.#detail(`to      ${shortState(after as StateHash)}, ${isClaimed ? "as was said" : `and not to ${claimed}`}`);
  }

  /** A proof that does not end the game has not convinced layer 1. */
  #tellRefusal(refutation: Refutation): void {
    if (refutation.kind === "start" || isDissection(refutation.step)) return;
    this.#detail(
      this.#teller.styled(
        "red",
        "layer 1 does the tick again, and does not come to this: the other one may prove its own",
      ),
    );
  }

  #detail(text: string): void {
    this.#teller.line(`${" ".repeat(20)}${text}`);
  }

  /** The section of the last dissection that begins at a tick. */
  #disputed(tick: bigint) {
    const i = this.#lastDissection.findIndex((chunk) => chunk.tick === tick);
    return { start: this.#lastDissection[i], stop: i < 0 ? undefined : this.#lastDissection[i + 1] };
  }

  #takeResult(block: Block, result: GameResult): void {
    this.#isOver = true;
    if (result.kind === "draw") {
      this.#say(block, "", "layer 1: a draw, both lose their bonds");
      return;
    }
    const loser = nameOf(result.player);
    const reason = result.reason === "timeout" ? "by timeout" : "by the proof";
    this.#say(
      block,
      "",
      this.#teller.styled(
        "bold",
        `layer 1 does the tick again, and comes to this: the ${loser} has lost, ${reason}, after ${counted(this.#moves, "move")}`,
      ),
    );
    if (loser === "liar" && result.reason === "conflictResolved") this.#seen.see("won");
  }

  #conclude(honest: DemoNode): void {
    const teller = this.#teller;
    const stake = this.#world.constants.smartRollupStakeAmount;
    const changed = (kind: BalanceUpdate["kind"]): bigint =>
      this.#transfers.reduce((sum, update) => (update.kind === kind ? sum + update.change : sum), 0n);
    const bonds = { honest: this.#world.bonds(HONEST), liar: this.#world.bonds(LIAR) };
    const slashed = changed("refutationPunishments");
    const reward = -changed("refutationRewards");
    teller.title("Bonds");
    const again = bonds.liar === 0n ? "" : `; it has staked ${tez(bonds.liar)} anew before it saw that`;
    teller.line(`  liar    ${tez(slashed)} slashed${again}`);
    teller.line(`  honest  ${tez(bonds.honest)} still there, and a reward of ${tez(reward)}`);
    if (slashed === stake && this.#lostBond() === stake && reward === stake / 2n) this.#seen.see("slashed");
    if (bonds.honest === stake && honest.failure === undefined) this.#seen.see("kept");
  }

  /** Mutez that the end of the game took from the liar's bond. */
  #lostBond(): bigint {
    const liar = addressOfAlias(LIAR);
    return this.#transfers.reduce(
      (sum, update) => (update.kind === "frozenBonds" && update.contract === liar ? sum - update.change : sum),
      0n,
    );
  }

  /** A line of the account: level, who, what. */
  #say(block: Block, who: string, text: string): void {
    const name =
      who === "liar" ? this.#teller.styled("red", who.padEnd(7)) : this.#teller.styled("green", who.padEnd(7));
    this.#teller.line(`  level ${String(block.shell.level).padStart(3)}  ${name} ${text}`);
  }
}

function rollupIn(block: Block, origination: Uint8Array): RollupAddress | undefined {
  for (const { metadata } of operationIn(block, origination)?.receipts ?? []) {
    const { operationResult } = metadata;
    if (operationResult.status === "applied" && "address" in operationResult.applied)
      return operationResult.applied.address;
  }
  return undefined;
}

function sizeOfInput(proof: InputProof | undefined): number {
  if (proof?.kind === "inbox") return proof.serializedProof.length;
  return proof?.kind === "reveal" && proof.proof.kind === "rawData" ? proof.proof.rawData.length : 0;
}

/** What the machine does in the tick. */
function inputText(proof: InputProof | undefined): string {
  if (proof === undefined) return "one step of the machine, which takes no input";
  if (proof.kind === "firstInput") return "the very first message";
  if (proof.kind === "reveal") return "data that it asks for by its hash";
  return `message ${proof.messageCounter + 1n} of level ${proof.level}, which is proved to be in the inbox of layer 1`;
}

function nameOf(address: string): string {
  if (address === addressOfAlias(HONEST)) return "honest";
  return address === addressOfAlias(LIAR) ? "liar" : address;
}
