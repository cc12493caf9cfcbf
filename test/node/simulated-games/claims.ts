// What liars claim about a machine, as the engine that they would play from: made-up states, another number of ticks, or what a machine
// says that has read another inbox, got other answers to its reveals, or was tampered with on its way.
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import type { Engine, LevelInput, Stretch, TickProof, TickView } from "../../../src/node/engine/engine.js";
import { EngineError } from "../../../src/node/engine/errors.js";
import { Walk } from "../../../src/node/engine/walk.js";
import type { PlayerView } from "../../../src/node/games/next-move.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import type { InboxHistory } from "../../../src/protocol/inbox-proof.js";
import { PayloadList, type PayloadLookup } from "../../../src/protocol/payload-list.js";
import { revealAnswerBytes, revealHash } from "../../../src/protocol/reveal.js";
import { KernelMemo } from "../../../src/pvm/kernel-memo.js";
import type { Machine } from "../../../src/pvm/machine.js";
import type { RevealSource } from "../../../src/pvm/run.js";
import { proveStep, type StepInput } from "../../../src/pvm/step-proof.js";
import type { Claim } from "./board.js";
import { asyncHistory, honestView, type World } from "./world.js";

type PlayerEngine = Pick<Engine, "statesAt" | "prove">;

/** A view to play from, and what it commits to. */
export interface Claims {
  readonly claim: Claim;
  readonly view: PlayerView;
}

/** From a tick on, states that no machine was ever in; at the ticks of the true ones. */
export async function madeUpStates(world: World, from: bigint, salt: number): Promise<Claims> {
  const madeUp = (state: StateHash): StateHash => blake2b256(Buffer.concat([Buffer.of(salt), state])) as StateHash;
  const engine: PlayerEngine = {
    statesAt: async (stretch, ticks) => {
      const views = await world.engine.statesAt(stretch, ticks);
      return views.map((view) => (view.tick >= from ? { ...view, state: madeUp(view.state) } : view));
    },
    prove: (stretch, tick) => world.engine.prove(stretch, tick),
  };
  const { ticks } = world.end;
  return { claim: { state: madeUp(world.end.state), ticks }, view: { ...honestView(world), engine } };
}

/** The true states, but more or fewer of them: the machine is said to stay at its end, or to stop before it. */
export async function otherTicks(world: World, extra: bigint): Promise<Claims> {
  const end = world.end.ticks;
  const last = end + extra;
  const actual = (tick: bigint): bigint => (tick > end ? end : tick);
  const engine: PlayerEngine = {
    statesAt: async (stretch, ticks) => {
      const wanted = ticks.filter((tick) => tick <= last);
      const unique = [...new Set(wanted.map(actual))];
      const views = new Map((await world.engine.statesAt(stretch, unique)).map((view) => [view.tick, view]));
      return wanted.flatMap((tick) => {
        const view = views.get(actual(tick));
        return view === undefined ? [] : [{ ...view, tick }];
      });
    },
    prove: (stretch, tick) => world.engine.prove(stretch, actual(tick)),
  };
  const [view] = await engine.statesAt(world.stretch, [last]);
  if (view === undefined) throw new Error(`no state at tick ${last}`);
  return { claim: { state: view.state, ticks: last }, view: { ...honestView(world), engine } };
}

/** Something done to a machine when it stands at a tick of the stretch. */
export interface Deviation {
  readonly tick: bigint;
  readonly change: (machine: Machine) => void;
  /** By how much the machine's own count of ticks runs ahead of the claimed one afterwards. */
  readonly ahead?: bigint;
}

export interface MachineOptions {
  readonly levels?: readonly LevelInput[];
  /** What replaces the data of a reveal. */
  readonly reveal?: (request: Uint8Array, answer: Uint8Array) => Uint8Array;
  readonly deviation?: Deviation;
  /** Shows the levels it has read in its inbox proofs, instead of the chain's. */
  readonly forgesInbox?: boolean;
}

interface Kept {
  readonly tick: bigint;
  readonly root: TreeNode;
}

const MOST_KEPT = 100;
/** Ticks and a bit of any world: beyond, a machine is given up. */
const FAR = 1n << 62n;

/** A real machine, only not fed with what it should be. */
class LyingMachine implements PlayerEngine {
  readonly #world: World;
  readonly #options: MachineOptions;
  readonly #memo = new KernelMemo();
  readonly #reveal: RevealSource;
  readonly #start: bigint;
  /** By increasing tick. */
  #kept: Kept[];

  constructor(world: World, options: MachineOptions) {
    this.#world = world;
    this.#options = options;
    this.#reveal = (request) => this.#answer(request);
    const root = world.store.open(world.stretch.before);
    this.#kept = [{ tick: 0n, root }];
    this.#start = this.#walk(root).tick;
  }

  #answer(request: Uint8Array): Uint8Array {
    const { metadata, dalParameters, preimages } = this.#world;
    const truth = (): Uint8Array => {
      if (request[0] === 1) return revealAnswerBytes({ kind: "metadata", metadata });
      if (request[0] === 3) return revealAnswerBytes({ kind: "dalParameters", parameters: dalParameters });
      const hash = request.subarray(1);
      return preimages.find((page) => Buffer.compare(revealHash(page), hash) === 0) ?? new Uint8Array(0);
    };
    return this.#options.reveal?.(request, truth()) ?? truth();
  }

  #walk(root: TreeNode): Walk {
    const { levels = this.#world.stretch.levels } = this.#options;
    return new Walk(root, levels, this.#reveal, { memo: this.#memo });
  }

  /** A walk that stands at a tick; undefined where the machine does not get there. */
  #at(tick: bigint): Walk | undefined {
    const { deviation } = this.#options;
    const kept = this.#kept.findLast((each) => each.tick <= tick) as Kept; // the first one is at 0
    let walk = this.#walk(kept.root);
    const ahead = deviation?.ahead ?? 0n;
    if (deviation !== undefined && tick >= deviation.tick) {
      if (kept.tick < deviation.tick || kept.tick === 0n) {
        if (walk.advance(this.#start + deviation.tick).tag !== "tick") return undefined;
        deviation.change(walk.machine);
        walk = this.#walk(walk.root());
      }
      if (walk.advance(this.#start + tick + ahead).tag !== "tick") return undefined;
    } else if (walk.advance(this.#start + tick).tag !== "tick") return undefined;
    this.#keep({ tick, root: walk.root() });
    return walk;
  }

  #keep(kept: Kept): void {
    if (this.#kept.some(({ tick }) => tick === kept.tick)) return;
    this.#kept = [...this.#kept, kept].sort((a, b) => (a.tick < b.tick ? -1 : 1));
    if (this.#kept.length > MOST_KEPT) this.#kept.splice(1 + (Number(kept.tick % 97n) % (MOST_KEPT - 1)), 1);
  }

  /** Where it stops. */
  claim(): Claim {
    const { deviation } = this.#options;
    const from = deviation === undefined ? undefined : this.#at(deviation.tick);
    const walk = from ?? this.#walk((this.#kept[0] as Kept).root);
    walk.advance(FAR);
    const ahead = from === undefined ? 0n : (deviation?.ahead ?? 0n);
    return { state: walk.machine.hash() as StateHash, ticks: walk.tick - this.#start - ahead };
  }

  async statesAt(_: Stretch, ticks: readonly bigint[]): Promise<readonly TickView[]> {
    const views: TickView[] = [];
    for (const tick of ticks) {
      const walk = this.#at(tick);
      if (walk === undefined) break;
      views.push({ tick, state: walk.machine.hash() as StateHash, phase: walk.machine.tickState.tag });
    }
    return views;
  }

  async prove(_: Stretch, tick: bigint): Promise<TickProof> {
    const walk = this.#at(tick);
    if (walk === undefined)
      throw new EngineError("node.engine.no_such_tick", `it does not get to tick ${tick}`, String(tick));
    const { machine, nextMessage } = walk;
    const asked = machine.inputRequest();
    let input: StepInput | null = null;
    let request: TickProof["request"] = { tag: "none" };
    if (asked.tag === "input") {
      request = { tag: "input", after: machine.lastInput };
      if (nextMessage !== undefined) {
        const { level, counter, payload } = nextMessage;
        input = { tag: "message", info: { level, counter }, payload };
      }
    } else if (asked.tag === "reveal") {
      const data = this.#answer(asked.request);
      request = { tag: "reveal", request: asked.request, level: machine.lastInput?.level, data };
      input = { tag: "reveal", data };
    }
    const { proof, bytes } = proveStep(walk.root(), input);
    const phase = machine.tickState.tag;
    return { before: proof.before as StateHash, after: proof.after as StateHash, proof: bytes, phase, request };
  }
}

/** The chain's cells, over other messages: the head that the chain has of a level is taken for that of the messages read. */
function forgedHistory({ history, stretch }: World, levels: readonly LevelInput[]): InboxHistory {
  const lists = new Map<string, PayloadLookup>();
  for (const [i, { messages }] of stretch.levels.entries()) {
    const witness = toHex(PayloadList.of(messages).witness);
    const forged = PayloadList.of(levels[i]?.messages ?? messages);
    lists.set(witness, (hash) => forged.lookup(toHex(hash) === witness ? forged.witness : hash));
  }
  return {
    levelCell: history.levelCell,
    payloads: (witness) => lists.get(toHex(witness)) ?? history.payloads(witness),
  };
}

export async function lyingMachine(world: World, options: MachineOptions): Promise<Claims> {
  const engine = new LyingMachine(world, options);
  const levels = options.levels ?? world.stretch.levels;
  const history = options.forgesInbox === true ? forgedHistory(world, levels) : world.history;
  return { claim: engine.claim(), view: { ...honestView(world), engine, history: asyncHistory(history) } };
}
