// Liars of all kinds that a seed makes up, against an honest player, on a chain with real kernels and real proofs. Without vitest: a dozen in
// games.test.ts, hundreds as `npm run soak -- sandbox-games`.
import fc from "fast-check";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import type { OngoingGame } from "../../../src/l1/sandbox/rollup-state.js";
import {
  chunkOf,
  type Dissection,
  WASM_TICKS_PER_SNAPSHOT,
  wasmDissectionRules,
} from "../../../src/protocol/dissection.js";
import type { GameResult } from "../../../src/protocol/game.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import { serializeExternal } from "../../../src/protocol/inbox-message.js";
import type { Move } from "../../../src/protocol/refutation.js";
import { type Account, ALICE, BOB, CAROL, DAVE, said, TestChain } from "./chain.js";
import { assemble, gameOf, moveDraft, Operator, type OperatorOptions, originate, startDraft } from "./rollup.js";

/** Ticks of a call of the kernel. */
export const CALL_TICKS = WASM_TICKS_PER_SNAPSHOT;

/**
 * A start; a dissection into calls; in a call, ten into 32 sections, since 32^10 exceeds its ticks; two proofs at most.
 */
export const MOST_MOVES = 1 + 1 + 10 + 2;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export interface Table {
  readonly chain: TestChain;
  readonly honest: Operator;
  /** Whoever lies as the options say. */
  liar(options: OperatorOptions, account?: Account): Operator;
}

/** A chain with a rollup that got some messages, far enough for a commitment of the first period. */
export function table(kernel: string, messages: readonly Uint8Array[], preimages: readonly Uint8Array[] = []): Table {
  const chain = new TestChain();
  chain.bake(2);
  const rollup = originate(chain, CAROL, assemble(kernel));
  if (messages.length > 0) chain.apply(CAROL, { kind: "smart_rollup_add_messages", messages });
  chain.bakeTo(rollup.originationLevel + 3);
  return {
    chain,
    honest: new Operator(chain, ALICE, rollup, { preimages }),
    liar: (options, account = BOB) => new Operator(chain, account, rollup, { preimages, ...options }),
  };
}

export function publishBoth(honest: Operator, liar: Operator): void {
  honest.publish(1);
  liar.publish(1);
  honest.chain.bakeTo(honest.rollup.originationLevel + 2 * honest.period);
}

/** Changes message `index` of the rollup's first level. */
export const otherMessage =
  (honest: Operator, index: number, message: string): NonNullable<OperatorOptions["tamper"]> =>
  (level, messages) =>
    level !== honest.rollup.originationLevel + 1
      ? messages
      : messages.map((each, i) => (i === index ? serializeExternal(text(message)) : each));

/** A lie, and how it is defended. */
export interface Lie {
  readonly kernel: string;
  readonly about:
    | { readonly kind: "state"; readonly tick: bigint }
    | { readonly kind: "ticks"; readonly extra: bigint }
    | { readonly kind: "message"; readonly index: number };
  /** Sticks to it; or says something else at every turn, about whatever section the numbers pick. */
  readonly fickle: readonly number[] | undefined;
  /** Moves after which it falls silent. */
  readonly silentAfter: number | undefined;
  readonly honestStarts: boolean;
}

const early = fc.tuple(fc.bigInt(0n, 2n), fc.bigInt(0n, 30_000n)).map(([call, tick]) => call * CALL_TICKS + tick + 1n);
const anywhere = fc.bigInt(1n, 3n * CALL_TICKS);

export const lie: fc.Arbitrary<Lie> = fc.record({
  kernel: fc.constantFrom("echo", "counter", "storage"),
  about: fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("state" as const), tick: fc.oneof(early, anywhere) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("ticks" as const),
        extra: fc.oneof(
          fc.bigInt(-1000n, -1n),
          fc.bigInt(1n, 1000n),
          fc.bigInt(-CALL_TICKS, -1n),
          fc.bigInt(1n, CALL_TICKS),
        ),
      }),
    },
    // The first messages of users in the level: after its start and its information.
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("message" as const), index: fc.integer({ min: 2, max: 3 }) }),
    },
  ),
  fickle: fc.option(fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), { nil: undefined }),
  silentAfter: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(6) }),
  honestStarts: fc.boolean(),
});

export interface Outcome {
  readonly result: GameResult;
  /** Moves that were made, the start included. */
  readonly moves: number;
  readonly honest: Operator;
}

/** Hears of each move of the honest player, before it is made. */
export type OnHonestMove = (honest: Operator, game: OngoingGame, move: Move) => void;

/** Plays the game of a lie to its end, on a chain of its own. */
export function playLie(
  { kernel, about, fickle, silentAfter, honestStarts }: Lie,
  onHonestMove: OnHonestMove = () => undefined,
): Outcome {
  // The others forget what they have read: no lie at all.
  const made = table(about.kind === "message" ? "echo" : kernel, [text("hello"), text("again")]);
  const { chain, honest } = made;
  const options: OperatorOptions =
    about.kind === "state"
      ? { lieFrom: about.tick }
      : about.kind === "ticks"
        ? { extraTicks: about.extra }
        : { tamper: otherMessage(honest, about.index, "another") };
  const liar = made.liar(options);
  publishBoth(honest, liar);
  let [player, other] = honestStarts ? [honest, liar] : [liar, honest];
  let outcome = said("smart_rollup_refute", chain.apply(player.account, startDraft(player, other)));
  let liarMoves = 0;
  for (let moves = 1; moves <= 2 * MOST_MOVES; moves++) {
    if (outcome.gameStatus.kind === "ended") return { result: outcome.gameStatus.result, moves, honest };
    const game = gameOf(player);
    if (player === liar && liarMoves++ === silentAfter) return { result: timedOut(chain, honest, game), moves, honest };
    const number = player === liar ? fickle?.[liarMoves] : undefined;
    const move = number === undefined ? player.move(game) : fickleMove(player, game, number);
    if (player === honest) onHonestMove(honest, game, move);
    outcome = said("smart_rollup_refute", chain.apply(player.account, moveDraft(player, other.account, move)));
    [player, other] = [other, player];
  }
  throw new Error(`the game has not ended after ${2 * MOST_MOVES} moves`);
}

function timedOut(chain: TestChain, { rollup }: Operator, { stakers }: OngoingGame): GameResult {
  chain.bake(chain.head.state.constants.smartRollupTimeoutPeriodInBlocks + 1);
  const draft = { kind: "smart_rollup_timeout", rollup: rollup.address, stakers } as const;
  const { gameStatus } = said("smart_rollup_timeout", chain.apply(DAVE, draft));
  if (gameStatus.kind !== "ended") throw new Error("a timeout ends the game");
  return gameStatus.result;
}

const RULES = wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT);

/** Another story at every turn: some section, states that no machine was ever in. */
function fickleMove(player: Operator, { game }: OngoingGame, number: number): Move {
  const { gameState } = game;
  if (gameState.kind === "finalMove") return player.proofAt(game, gameState.agreedStartChunk.tick);
  const { dissection, defaultNumberOfSections } = gameState;
  // A "proof" of a section that starts from no state cannot be answered, in Octez neither: whoever gives up the own stake so takes the
  // other's along (a draw). The bound is for those who want to win.
  const sections = dissection.slice(0, -1).filter(({ state }) => state !== undefined);
  const start = sections[number % sections.length];
  const stop = start === undefined ? undefined : dissection[dissection.indexOf(start) + 1];
  if (start === undefined || stop === undefined) throw new Error("a dissection starts from a state");
  if (stop.tick - start.tick === 1n) return player.proofAt(game, start.tick);
  const ticks = RULES.chooseTicks(start.tick, stop.tick, defaultNumberOfSections);
  const step: Dissection = ticks.map((tick, n) =>
    n === 0 ? start : chunkOf(tick, blake2b256(Buffer.from(`${number} ${tick}`)) as StateHash),
  );
  return { kind: "move", choice: start.tick, step };
}

export interface LiarsOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly progress?: (done: number) => void;
}

export interface LiarsFigures {
  readonly resolved: number;
  readonly timeouts: number;
  readonly mostMoves: number;
}

/** Raises Error, with the lie, when a liar does not lose within the bound. */
export function randomLiars({ seed, rounds, progress }: LiarsOptions): LiarsFigures {
  let [resolved, timeouts, mostMoves, done] = [0, 0, 0, 0];
  const property = fc.property(lie, (each) => {
    const { result, moves } = playLie(each);
    if (result.kind !== "loser" || result.player !== BOB.address)
      throw new Error(`it ends in ${JSON.stringify(result)}`);
    if (moves > MOST_MOVES) throw new Error(`${moves} moves, ${MOST_MOVES} at most`);
    if (result.reason === "timeout") timeouts++;
    else resolved++;
    mostMoves = Math.max(mostMoves, moves);
    done++;
    progress?.(done);
  });
  fc.assert(property, { seed, numRuns: rounds });
  return { resolved, timeouts, mostMoves };
}
