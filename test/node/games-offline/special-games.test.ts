// Games on the sandbox chain, seen from outside: those of random liars, about reveals, and some that end badly.
import { describe, expect, it } from "vitest";
import { judgeGames } from "../../../src/node/games/offline/judge.js";
import { offlineMove } from "../../../src/node/games/offline/offline-move.js";
import { isDissection, type Move } from "../../../src/protocol/refutation.js";
import { revealAnswerBytes, revealHash } from "../../../src/protocol/reveal.js";
import { PROTOCOL_PARAMETERS } from "../../../src/pvm/genesis.js";
import { Session } from "../../../src/pvm/session.js";
import { ALICE } from "../../l1/sandbox/chain.js";
import { publishBoth, table } from "../../l1/sandbox/random-liars.js";
import { gameOf, type Operator, play } from "../../l1/sandbox/rollup.js";
import { randomGames, recordedRollup, recordOf, rules, sections } from "./random-games.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const SEED = Number(process.env["SEED"] ?? 20_261_124);
const PAGE = text("a page that nobody has sent");

/** Plays a game, and gives the moves of the honest side, as it has made them and as they are made offline. */
async function played(honest: Operator, liar: Operator, ofLiar: (liar: Operator) => Move = (l) => l.move(gameOf(l))) {
  const turns: { readonly game: ReturnType<typeof gameOf>; readonly move: Move }[] = [];
  publishBoth(honest, liar);
  const { result } = play(liar, honest, (player, ongoing) => {
    if (player === liar) return ofLiar(player);
    const move = player.move(ongoing);
    turns.push({ game: gameOf(player), move });
    return move;
  });
  const own = recordedRollup(honest);
  const offline: Move[] = [];
  for (const { game } of turns) {
    const made = await offlineMove(own, { game: game.game, ...game.stakers }, ALICE.address);
    offline.push(made.move);
  }
  const [game] = await judgeGames({ record: recordOf(honest.chain), rules, sections, own });
  await own.close();
  if (game === undefined) return expect.fail("no game");
  const right = game.right == null ? game.right : game.replay.opening.stakers[game.right];
  return { result, moves: turns.map(({ move }) => move), offline, game, right };
}

describe("a game about what a kernel reveals", () => {
  it.each([
    ["metadata", 0],
    ["rawData", 1],
  ] as const)("is played and judged with %s", async (kind, index) => {
    const { honest, liar } = table("reveal", [revealHash(PAGE)], [PAGE]);
    const asks = revealTicks(honest);
    expect(asks.length).toBe(2);
    const { moves, offline, game, right } = await played(honest, liar({ lieFrom: (asks[index] ?? 0n) + 1n }));
    expect(offline).toEqual(moves);
    expect(right).toBe(ALICE.address);
    expect(game).toMatchObject({ isJust: true, isContradiction: false });
    expect(game.byProof?.tick).toBe(asks[index]);
    expect(game.byProof?.proof).toMatchObject({ input: "reveal", shown: { machine: { asksFor: "reveal" } } });
    const proofs = moves.flatMap(({ step }) => (isDissection(step) ? [] : [step.inputProof]));
    expect(proofs).toMatchObject([{ kind: "reveal", proof: { kind } }]);
  });

  /** Ticks of the first level at which the machine asks for a reveal. */
  function revealTicks({ chain, rollup }: Operator): bigint[] {
    const level = rollup.originationLevel + 1;
    const messages = chain.sandbox.block(level)?.inboxMessages ?? [];
    const { address, originationLevel } = rollup;
    const metadata = revealAnswerBytes({ kind: "metadata", metadata: { address, originationLevel } });
    // It stops at the first request that is not answered.
    return [new Map<string, Uint8Array>(), new Map([["01", metadata]])].map((reveals) => {
      const inputs = { inboxes: [{ level, messages }], reveals };
      const session = Session.start(rollup.kernel, "2.0.0-r6", PROTOCOL_PARAMETERS, inputs);
      session.goToEnd();
      expect(session.status().tag).toBe("waiting_for_reveal");
      return session.tick;
    });
  }
});

describe("a game that both lose", () => {
  it("is told to be unjust when the liar has made it end in a draw", async () => {
    const { honest, liar } = table("echo", [text("one")]);
    // A proof about a section of many ticks fails, and cannot be answered.
    const { result, moves, offline, game, right } = await played(honest, liar({ lieFrom: 2n }), (player) =>
      player.proofAt(gameOf(player).game, 0n),
    );
    expect(result).toEqual({ kind: "draw" });
    expect(offline).toEqual(moves);
    expect(right).toBe(ALICE.address);
    expect(game.byProof?.right).toBeNull();
    expect(game.isJust).toBe(false);
    const [, refute, validate] = game.replay.moves;
    expect(refute?.proof?.verdict).toMatchObject({ reason: { id: "Dissection_unexpected_section_size" } });
    expect(validate?.proof?.verdict).toMatchObject({ reason: { id: "Proof_stop_state_hash_failed_to_validate" } });
  });
});

it("makes the honest moves and the right judgement in games of random liars", async () => {
  const { games, moves } = await randomGames({ seed: SEED, rounds: 3 });
  expect(games).toBe(3);
  expect(moves).toBeGreaterThan(3);
}, 300_000);
