// Refutation games end to end: real kernels, real proofs, judged by the chain. Honest players win whatever a liar has made up.
import { describe, expect, it } from "vitest";
import type { GameResult } from "../../../src/protocol/game.js";
import { isDissection, type Move } from "../../../src/protocol/refutation.js";
import { revealHash } from "../../../src/protocol/reveal.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../../src/pvm/genesis.js";
import { Machine } from "../../../src/pvm/machine.js";
import { run } from "../../../src/pvm/run.js";
import { type Account, ALICE, BOB, DAVE, failureOf, said } from "./chain.js";
import { CALL_TICKS, MOST_MOVES, otherMessage, publishBoth, randomLiars, table } from "./random-liars.js";
import { gameOf, moveDraft, type Operator, play, startDraft } from "./rollup.js";

const STAKE = 10_000_000_000n;
const SEED = Number(process.env["SEED"] ?? 20_260_821);
const S = CALL_TICKS;

const text = (value: string) => new TextEncoder().encode(value);
const lostBy = ({ address }: Account): GameResult => ({ kind: "loser", reason: "conflictResolved", player: address });

const ROLES = ["refuter", "defender"] as const;

function settle(honest: Operator, liar: Operator, role: (typeof ROLES)[number]) {
  publishBoth(honest, liar);
  return role === "refuter" ? play(honest, liar) : play(liar, honest);
}

describe.each(ROLES)("an honest %s", (role) => {
  it("beats someone who has read another message, and is paid half the stake", () => {
    const { chain, honest, liar } = table("echo", [text("one"), text("two")]);
    const other = liar({ tamper: otherMessage(honest, 3, "TWO") });
    const before = chain.balance(ALICE);
    const { result, balanceUpdates } = settle(honest, other, role);
    expect(result).toEqual(lostBy(BOB));
    expect(balanceUpdates).toMatchObject([
      { kind: "frozenBonds", contract: BOB.address, change: -STAKE },
      { kind: "refutationPunishments", change: STAKE },
      { kind: "refutationRewards", change: -STAKE / 2n },
      { kind: "contract", contract: ALICE.address, change: STAKE / 2n },
    ]);
    expect(chain.bonds(ALICE)).toBe(STAKE);
    expect(chain.bonds(BOB)).toBe(0n);
    const fees = before + STAKE / 2n - STAKE - chain.balance(ALICE);
    expect(fees > 0n && fees < 1_000_000n).toBe(true);
    expect(chain.sandbox.context(chain.head).rollup(honest.rollup.address).stakers()).toEqual([ALICE.address]);
    expect(honest.publish(2).publishedAtLevel).toBe(chain.level);
  });

  it("beats someone who claims a tick more than there is", () => {
    const { honest, liar } = table("counter", []);
    expect(settle(honest, liar({ extraTicks: 1n }), role).result).toEqual(lostBy(BOB));
  });

  it("beats someone who claims fewer ticks", () => {
    const { honest, liar } = table("counter", []);
    expect(settle(honest, liar({ extraTicks: -7n }), role).result).toEqual(lostBy(BOB));
  });

  const PAGE = text("a page that nobody has sent");
  it.each([
    ["echo", "the first input", 1n, [text("hello")]],
    ["echo", "a message", 3n, [text("hello")]],
    ["echo", "the last message of the level", 4n, [text("hello")]],
    ["echo", "padding", S - 12_345n, [text("hello")]],
    ["echo", "the snapshot", S, [text("hello")]],
    ["echo", "decoding", S + 700n, [text("hello")]],
    ["echo", "the kernel's run", S + 9_000n, [text("hello")]],
    ["echo", "the end of the run", 2n * S - 1n, [text("hello")]],
    ["echo", "the next level's start", 2n * S, [text("hello")]],
    ["counter", "a run after a reboot", 3n * S + 8_000n, []],
    ["reveal", "the run that reveals", S + 12_000n, [revealHash(PAGE)]],
    ["storage", "the durable storage", S + 10_000n, [text("x")]],
  ] as const)("beats a lie about %s in %s", (kernel, _, tick, messages) => {
    const { honest, liar } = table(kernel, messages, [PAGE]);
    const { result, moves } = settle(honest, liar({ lieFrom: tick }), role);
    expect(result).toEqual(lostBy(BOB));
    expect(moves).toBeLessThanOrEqual(MOST_MOVES);
  });
});

describe("reveals", () => {
  /** Ticks at which the machine asks for a reveal in the first level's run. */
  function revealTicks({ chain, rollup }: Operator, page: Uint8Array): bigint[] {
    const machine = Machine.of(genesis(rollup.kernel, "2.0.0-r6", PROTOCOL_PARAMETERS));
    const level = rollup.originationLevel + 1;
    const messages = chain.sandbox.block(level)?.inboxMessages ?? [];
    for (const [i, payload] of messages.entries()) machine.setInput({ level, counter: BigInt(i) }, payload);
    const ticks: bigint[] = [];
    for (;;) {
      run(machine, 4n * S);
      const request = machine.inputRequest();
      if (request.tag !== "reveal") return ticks;
      ticks.push(machine.currentTick);
      machine.reveal(request.request[0] === 1 ? new Uint8Array(24) : page);
    }
  }

  it.each([0, 1])("are proven with what they reveal: reveal %i of the kernel", (index) => {
    const page = text("a page that nobody has sent");
    const { honest, liar } = table("reveal", [revealHash(page)], [page]);
    const ticks = revealTicks(honest, page);
    expect(ticks).toHaveLength(2);
    const kinds: unknown[] = [];
    const other = liar({ lieFrom: (ticks[index] as bigint) + 1n });
    publishBoth(honest, other);
    const { result } = play(honest, other, (player, ongoing) => {
      const move = player.move(ongoing);
      if (player === honest && !isDissection(move.step)) kinds.push(move.step.inputProof);
      return move;
    });
    expect(result).toEqual(lostBy(BOB));
    expect(kinds).toMatchObject([{ kind: "reveal", proof: { kind: index === 0 ? "metadata" : "rawData" } }]);
  });
});

describe("random liars", () => {
  it(`lose wherever and however they lie (seed ${SEED})`, () => {
    const { resolved, timeouts, mostMoves } = randomLiars({ seed: SEED, rounds: 20 });
    console.log(`${resolved} lost by proof, ${timeouts} by timeout; ${mostMoves} moves at most`);
    expect(resolved).toBeGreaterThan(5);
  });
});

describe("final moves", () => {
  /** Proves the step of another tick than the one disputed. */
  const wrongProof = (player: Operator): Move => {
    const { game } = gameOf(player);
    const move = player.proofAt(game, 0n);
    return game.gameState.kind === "dissecting" ? { ...move, choice: lastChoice(player) } : move;
  };
  const lastChoice = (player: Operator): bigint => {
    const { gameState } = gameOf(player).game;
    return gameState.kind === "dissecting" ? (gameState.dissection.at(-2)?.tick ?? 0n) : 0n;
  };

  it("lets the honest player validate what a liar fails to refute", () => {
    const { chain, honest, liar } = table("echo", [text("one")]);
    const other = liar({ lieFrom: 2n });
    publishBoth(honest, other);
    let isFinal = false;
    const played = play(other, honest, (player, ongoing) => {
      isFinal ||= ongoing.game.gameState.kind === "finalMove";
      return player === other ? wrongProof(player) : player.move(ongoing);
    });
    expect(isFinal).toBe(true);
    expect(played.moves).toBe(3);
    expect(played.result).toEqual(lostBy(BOB));
    expect(chain.bonds(ALICE)).toBe(STAKE);
  });

  it("ends in a draw when both fail: both lose their stakes", () => {
    const { chain, honest, liar } = table("echo", [text("one")]);
    const other = liar({ lieFrom: 2n });
    publishBoth(honest, other);
    const played = play(other, honest, (player) => wrongProof(player));
    expect(played.result).toEqual({ kind: "draw" });
    expect(played.balanceUpdates.map(({ change }) => change)).toEqual([-STAKE, STAKE, -STAKE, STAKE]);
    expect([chain.bonds(ALICE), chain.bonds(BOB)]).toEqual([0n, 0n]);
    expect(chain.sandbox.context(chain.head).rollup(honest.rollup.address).stakers()).toEqual([]);
  });

  it("refuses a dissection then", () => {
    const { chain, honest, liar } = table("echo", [text("one")]);
    const other = liar({ lieFrom: 2n });
    publishBoth(honest, other);
    chain.apply(BOB, startDraft(other, honest));
    chain.apply(BOB, moveDraft(other, ALICE, wrongProof(other)));
    const dissection: Move = { kind: "move", choice: 0n, step: [] };
    expect(isDissection(dissection.step)).toBe(true);
    expect(failureOf(chain.send(ALICE, moveDraft(honest, BOB, dissection)))).toEqual(["Dissecting_during_final_move"]);
  });
});

describe("time", () => {
  const timeout = (honest: Operator) =>
    ({
      kind: "smart_rollup_timeout",
      rollup: honest.rollup.address,
      stakers: gameOf(honest).stakers,
    }) as const;

  it("runs for the player to move, and whoever runs out of it loses", () => {
    const { chain, honest, liar } = table("echo", []);
    const other = liar({ lieFrom: 2n });
    publishBoth(honest, other);
    chain.apply(ALICE, startDraft(honest, other));
    const started = chain.level;
    const view = () => chain.sandbox.context(chain.head).rollup(honest.rollup.address);
    chain.bake(3);
    chain.apply(ALICE, moveDraft(honest, BOB, honest.move(gameOf(honest))));
    // ALICE is "bob" here: her key hash comes second or first, so look her up.
    const left = view().timeout(ALICE.address, BOB.address);
    const spent = chain.level - started;
    const [mine, theirs] = gameOf(honest).stakers.alice === ALICE.address ? ["alice", "bob"] : ["bob", "alice"];
    expect(left).toMatchObject({ [mine as "alice"]: 10 - spent, [theirs as "bob"]: 10, lastTurnLevel: chain.level });
    const moved = chain.level;
    chain.bakeTo(moved + 9);
    expect(view().timeoutReached(ALICE.address, BOB.address)).toBeNull();
    expect(failureOf(chain.send(DAVE, timeout(honest)))).toEqual(["smart_rollup_timeout_level_not_reached"]);
    expect(chain.level).toBe(moved + 10);
    const { gameStatus } = said("smart_rollup_timeout", chain.apply(DAVE, timeout(honest)));
    expect(gameStatus).toEqual({ kind: "ended", result: { kind: "loser", reason: "timeout", player: BOB.address } });
    expect(chain.bonds(BOB)).toBe(0n);
    expect(chain.bonds(ALICE)).toBe(STAKE);
    expect(view().games(ALICE.address)).toEqual([]);
  });

  it("ends final phases in a draw", () => {
    const { chain, honest, liar } = table("echo", []);
    const other = liar({ lieFrom: 2n });
    publishBoth(honest, other);
    chain.apply(BOB, startDraft(other, honest));
    chain.apply(BOB, moveDraft(other, ALICE, other.proofAt(gameOf(other).game, 0n)));
    chain.bake(11);
    expect(said("smart_rollup_timeout", chain.apply(DAVE, timeout(honest))).gameStatus).toMatchObject({
      result: { kind: "draw" },
    });
    expect([chain.bonds(ALICE), chain.bonds(BOB)]).toEqual([0n, 0n]);
  });
});

describe("a stake lost elsewhere", () => {
  it("loses the other games too, without a reward for the winner", () => {
    const { chain, honest, liar } = table("echo", []);
    const other = liar({ lieFrom: 2n });
    const third = liar({ lieFrom: 3n }, DAVE);
    third.publish(1);
    publishBoth(honest, other);
    chain.apply(DAVE, startDraft(third, other));
    expect(play(honest, other).result).toEqual(lostBy(BOB));
    const before = chain.balance(DAVE);
    const { gameStatus, balanceUpdates } = said(
      "smart_rollup_refute",
      chain.apply(DAVE, moveDraft(third, BOB, third.move(gameOf(third)))),
    );
    expect(gameStatus).toEqual({ kind: "ended", result: lostBy(BOB) });
    expect(balanceUpdates).toEqual([]);
    expect(before - chain.balance(DAVE)).toBe(10_000n);
  });
});

describe("the commitment that is left", () => {
  it("is cemented once its liars are gone", () => {
    const { chain, honest, liar } = table("echo", [text("one")]);
    const other = liar({ lieFrom: 5n });
    publishBoth(honest, other);
    const cement = { kind: "smart_rollup_cement", rollup: honest.rollup.address } as const;
    chain.bake(6);
    expect(failureOf(chain.send(DAVE, cement))).toEqual(["smart_rollup_commitment_disputed"]);
    play(honest, other);
    const { inboxLevel } = said("smart_rollup_cement", chain.apply(DAVE, cement));
    expect(inboxLevel).toBe(honest.commitment(1).inboxLevel);
  });
});
