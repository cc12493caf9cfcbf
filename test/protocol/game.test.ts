// Refutation games: their encodings, the rules of turns and time, and games of liars against an honest player.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";
import { NO_PREDECESSOR } from "../../src/protocol/commitment.js";
import { DAL_GENESIS, dalSnapshotForm } from "../../src/protocol/dal-history.js";
import {
  type Chunk,
  chunkOf,
  DEFAULT_DISSECTION_RULES,
  type DissectionRules,
  WASM_TICKS_PER_SNAPSHOT,
  wasmDissectionRules,
} from "../../src/protocol/dissection.js";
import { type ErrorId, ProtocolError } from "../../src/protocol/errors.js";
import {
  conflictForm,
  type Game,
  type GameStatus,
  gameForm,
  gameStatusForm,
  initialGame,
  initialTimeout,
  makeStakers,
  ongoingGameForm,
  playerOf,
  stakersForm,
  storedGameForm,
  timeoutAfterMove,
  timeoutForm,
} from "../../src/protocol/game.js";
import { applyMove, findSection, forfeitResult, timeoutResult } from "../../src/protocol/game-play.js";
import {
  comparePublicKeyHashes,
  type PublicKeyHash,
  publicKeyHash,
  type StateHash,
} from "../../src/protocol/identifiers.js";
import type { LevelCell } from "../../src/protocol/inbox.js";
import { refutationForm } from "../../src/protocol/refutation.js";
import { bytesOf, chunk, level, refutation, publicKeyHash as someKey } from "./arbitraries.js";
import {
  dissectionMove,
  faithfulMove,
  HONEST,
  LIAR,
  type LiarStrategy,
  MadeUpJudge,
  MadeUpMachine,
  play,
  type View,
} from "./made-up-game.js";

const snapshot: fc.Arbitrary<LevelCell> = fc.record({
  index: fc.nat(),
  content: fc.record({ hash: bytesOf<LevelCell["content"]["hash"]>(32), level }),
  backPointers: fc.array(bytesOf<LevelCell["backPointers"][number]>(32), { maxLength: 4 }),
});

const game: fc.Arbitrary<Game> = fc.record({
  turn: fc.constantFrom("alice" as const, "bob" as const),
  inboxSnapshot: snapshot,
  dalSnapshot: fc.constant(DAL_GENESIS),
  startLevel: level,
  inboxLevel: level,
  gameState: fc.oneof(
    fc.record({
      kind: fc.constant("dissecting" as const),
      dissection: fc.array(chunk, { maxLength: 34 }),
      defaultNumberOfSections: fc.nat({ max: 255 }),
    }),
    fc.record({ kind: fc.constant("finalMove" as const), agreedStartChunk: chunk, refutedStopChunk: chunk }),
  ),
});

describe("encodings", () => {
  it("of games survive the round trip", () => {
    fc.assert(
      fc.property(game, (value) => {
        const bytes = encode(gameForm, value);
        expect(decode(gameForm, bytes)).toEqual(value);
        expect(gameForm.fromJson(JSON.parse(JSON.stringify(gameForm.toJson(value))))).toEqual(value);
        expect(toHex(encode(storedGameForm, { version: "v1", ...value }))).toBe(`00${toHex(bytes)}`);
      }),
      { seed: 21, numRuns: 200 },
    );
  });

  it("of refutations survive the round trip", () => {
    fc.assert(
      fc.property(refutation, (value) => {
        expect(decode(refutationForm, encode(refutationForm, value))).toEqual(value);
        expect(refutationForm.fromJson(JSON.parse(JSON.stringify(refutationForm.toJson(value))))).toEqual(value);
      }),
      { seed: 22, numRuns: 500 },
    );
  });

  it("refuse other bytes with DecodeError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const form of [gameForm, refutationForm, stakersForm, timeoutForm, gameStatusForm, dalSnapshotForm]) {
          try {
            decode<unknown>(form, bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { seed: 23, numRuns: 3000 },
    );
  });

  it("refuse other JSON with JsonError and nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const form of [gameForm, refutationForm, stakersForm, timeoutForm, gameStatusForm, conflictForm]) {
          try {
            form.fromJson(json);
          } catch (error) {
            expect(error).toBeInstanceOf(JsonError);
          }
        }
      }),
      { seed: 24, numRuns: 1000 },
    );
  });

  it("print the game of a staker as the RPC does", () => {
    const value = openedGame();
    const json = ongoingGameForm.toJson({ game: value, ...makeStakers(HONEST, LIAR) });
    expect(json).toMatchObject({
      alice: HONEST,
      bob: LIAR,
      game: {
        turn: "bob",
        dal_snapshot: {
          kind: "dal_skip_list",
          skip_list: { index: "0", content: { kind: "unpublished", level: 0, index: 0 }, back_pointers: [] },
        },
        start_level: 10,
        inbox_level: 5,
        game_state: {
          kind: "Dissecting",
          dissection: [{ tick: "0" }, { tick: "100" }, { tick: "101" }],
          default_number_of_sections: 32,
        },
      },
    });
    expect(ongoingGameForm.fromJson(json)).toEqual({ game: value, ...makeStakers(HONEST, LIAR) });
  });

  it.each<[GameStatus, unknown, string]>([
    [{ kind: "ongoing" }, "ongoing", "00"],
    [{ kind: "ended", result: { kind: "draw" } }, { result: { kind: "draw" } }, "0101"],
    [
      { kind: "ended", result: { kind: "loser", reason: "timeout", player: HONEST } },
      { result: { kind: "loser", reason: "timeout", player: HONEST } },
      "0100010002298c03ed7d454a101eb7022bc95f7e5f41ac78",
    ],
    [
      { kind: "ended", result: { kind: "loser", reason: "conflictResolved", player: HONEST } },
      { result: { kind: "loser", reason: "conflict_resolved", player: HONEST } },
      "0100000002298c03ed7d454a101eb7022bc95f7e5f41ac78",
    ],
  ])("of the status %j", (status, json, hex) => {
    expect(gameStatusForm.toJson(status)).toEqual(json);
    expect(gameStatusForm.fromJson(json)).toEqual(status);
    expect(toHex(encode(gameStatusForm, status))).toBe(hex);
    expect(decode(gameStatusForm, encode(gameStatusForm, status))).toEqual(status);
  });

  it("of the DAL's genesis cell", () => {
    expect(toHex(encode(dalSnapshotForm, DAL_GENESIS))).toBe("010002000000000000000000");
    const legacy = new Uint8Array(58);
    expect(decode(dalSnapshotForm, legacy)).toEqual(DAL_GENESIS);
    expect(dalSnapshotForm.fromJson({ kind: "dal_skip_list_legacy", skip_list: "00".repeat(57) })).toEqual(DAL_GENESIS);
  });

  it("of published DAL slots, with lag and without", () => {
    const id = { level: 7, index: 2 };
    const publication = { publisher: HONEST, is_proto_attested: true, attested_shards: 3, total_shards: 4 };
    const header = { version: "0", ...id, commitment: encodeBase58Check("slotHeader", new Uint8Array(48).fill(5)) };
    for (const content of [
      { kind: "published", ...publication, ...header },
      { kind: "published", ...publication, attestation_lag: 8, ...header },
      { kind: "unpublished", attestation_lag: 8, ...id },
    ]) {
      const json = { kind: "dal_skip_list", skip_list: { index: "1", content, back_pointers: [] } };
      const value = dalSnapshotForm.fromJson(json);
      expect(dalSnapshotForm.toJson(value)).toEqual(json);
      expect(decode(dalSnapshotForm, encode(dalSnapshotForm, value))).toEqual(value);
    }
  });
});

const MACHINE = new MadeUpMachine(100n);
const JUDGED = { dissection: DEFAULT_DISSECTION_RULES, judge: new MadeUpJudge(MACHINE) };
const STAKERS = makeStakers(HONEST, LIAR);
const ALL_STAKED = () => true;

/** The liar (bob) refutes a commitment of 100 ticks. */
function openedGame(): Game {
  const commitment = { inboxLevel: 5, predecessor: NO_PREDECESSOR, numberOfTicks: 100n };
  return initialGame({
    refuter: LIAR,
    defender: HONEST,
    parentCommitment: { ...commitment, compressedState: MACHINE.state(0, 0n) },
    defenderCommitment: { ...commitment, compressedState: MACHINE.state(0, 100n) },
    inboxSnapshot: { index: 0, content: { hash: new Uint8Array(32) as never, level: 9 }, backPointers: [] },
    dalSnapshot: DAL_GENESIS,
    startLevel: 10,
    defaultNumberOfSections: 32,
  });
}

function refusal(attempt: () => unknown): ErrorId | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.id;
    throw error;
  }
}

describe("stakers", () => {
  it("are ordered by curve, then hash, however they are given", () => {
    expect(STAKERS).toEqual({ alice: HONEST, bob: LIAR });
    const first = publicKeyHash("tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU");
    expect(makeStakers(HONEST, first)).toEqual({ alice: first, bob: HONEST });
    fc.assert(
      fc.property(someKey, someKey, (a, b) => {
        const stakers = makeStakers(a, b);
        expect(makeStakers(b, a)).toEqual(stakers);
        expect(comparePublicKeyHashes(stakers.alice, stakers.bob)).toBeLessThanOrEqual(0);
        expect(stakersForm.fromJson({ alice: stakers.bob, bob: stakers.alice })).toEqual(stakers);
        expect(playerOf(stakers, stakers.alice)).toBe("alice");
      }),
      { seed: 25, numRuns: 200 },
    );
    expect(playerOf(STAKERS, first)).toBeUndefined();
  });
});

describe("moves", () => {
  const request = (mover: PublicKeyHash, state = openedGame()) => ({
    game: state,
    stakers: STAKERS,
    mover,
    move: faithfulMove(DEFAULT_DISSECTION_RULES, lie(50n), state),
    isStaked: ALL_STAKED,
  });

  it("are made in turn", () => {
    expect(refusal(() => applyMove(JUDGED, request(HONEST)))).toBe("smart_rollup_wrong_turn");
    const stranger = publicKeyHash("tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU");
    expect(refusal(() => applyMove(JUDGED, request(stranger)))).toBe("smart_rollup_wrong_turn");
    const outcome = applyMove(JUDGED, request(LIAR));
    expect(outcome).toMatchObject({ kind: "ongoing", game: { turn: "alice", startLevel: 10, inboxLevel: 5 } });
  });

  it("end games of players without stake", () => {
    const outcome = (staked: readonly PublicKeyHash[]) =>
      applyMove(JUDGED, { ...request(LIAR), isStaked: (staker) => staked.includes(staker) });
    const lost = (player: PublicKeyHash) => ({
      kind: "ended",
      result: { kind: "loser", reason: "conflictResolved", player },
    });
    expect(outcome([HONEST])).toEqual(lost(LIAR));
    expect(outcome([LIAR])).toEqual(lost(HONEST));
    expect(outcome([])).toEqual({ kind: "ended", result: { kind: "draw" } });
    expect(forfeitResult(STAKERS, ALL_STAKED)).toBeUndefined();
  });

  it("need a section that starts at the chosen tick", () => {
    const { gameState } = openedGame();
    if (gameState.kind !== "dissecting") throw new Error("a game starts with a dissection");
    expect(findSection(gameState.dissection, 100n).stop.tick).toBe(101n);
    expect(refusal(() => findSection(gameState.dissection, 101n))).toBe("Dissection_choice_not_found");
    const move = dissectionMove([chunkOf(1n, undefined)]);
    expect(refusal(() => applyMove(JUDGED, { ...request(LIAR), move }))).toBe("Dissection_choice_not_found");
  });

  it("go from a wrong proof to the final phase, where the opponent may prove the tick", () => {
    const garbage = { kind: "move", choice: 100n, step: { pvmStep: new Uint8Array(32) } } as const;
    const first = applyMove(JUDGED, { ...request(LIAR), move: garbage });
    if (first.kind !== "ongoing") throw new Error("a wrong first proof does not end the game");
    expect(first.verdict?.valid).toBe(false);
    expect(first.game.gameState).toMatchObject({
      kind: "finalMove",
      agreedStartChunk: { tick: 100n },
      refutedStopChunk: { tick: 101n },
    });
    const second = (move: typeof garbage | ReturnType<typeof dissectionMove>) =>
      applyMove(JUDGED, { ...request(HONEST, first.game), move });
    expect(refusal(() => second(dissectionMove([])))).toBe("Dissecting_during_final_move");
    expect(second(garbage)).toMatchObject({ kind: "ended", result: { kind: "draw" } });
    // The choice does not matter any more.
    const proof = { kind: "move", choice: 7n, step: { pvmStep: MACHINE.state(0, 100n) } } as never;
    expect(second(proof)).toMatchObject({ kind: "ended", result: { kind: "loser", player: LIAR } });
  });

  it("with a step that is no proof are refused", () => {
    const move = { kind: "move", choice: 100n, step: { pvmStep: new Uint8Array(3) } } as const;
    expect(refusal(() => applyMove(JUDGED, { ...request(LIAR), move }))).toBe("smart_rollup_proof_check");
  });
});

describe("time", () => {
  it("is taken from the one who moves", () => {
    const start = initialTimeout(10, 20);
    expect(start).toEqual({ alice: 20, bob: 20, lastTurnLevel: 10 });
    const later = timeoutAfterMove(start, "bob", 17);
    expect(later).toEqual({ alice: 20, bob: 13, lastTurnLevel: 17 });
    expect(timeoutForm.toJson(later)).toEqual({ alice: 20, bob: 13, last_turn_level: 17 });
  });

  it("is up one level after the last block left", () => {
    const timeout = initialTimeout(10, 20);
    const state = openedGame();
    try {
      timeoutResult(state, STAKERS, timeout, 30);
      expect.fail("level 30 is in time");
    } catch (error) {
      expect(error).toMatchObject({
        id: "smart_rollup_timeout_level_not_reached",
        fields: { blocksLeft: 0, staker: LIAR },
      });
    }
    expect(timeoutResult(state, STAKERS, timeout, 31)).toEqual({ kind: "loser", reason: "timeout", player: LIAR });
    const final = {
      ...state,
      gameState: { kind: "finalMove", agreedStartChunk: { tick: 1n }, refutedStopChunk: { tick: 2n } },
    } as const;
    expect(timeoutResult(final, STAKERS, timeout, 31)).toEqual({ kind: "draw" });
  });
});

// ---- Liars

const LIE = 9;

/** The true history up to a tick, another one from there on, for ever or up to `ticks`. */
function lie(from: bigint, ticks = MACHINE.length, machine = MACHINE): View {
  return (tick) => {
    if (tick > ticks) return undefined;
    return machine.state(tick < from ? 0 : LIE, tick);
  };
}

/** Honest dissections of `ticks` ticks in 32 sections each, and a few for remainders. */
function mostDissections(ticks: bigint): number {
  return Math.ceil(Math.log(Number(ticks)) / Math.log(32)) + 3;
}

const SMALL_CALL = 1000n;
const settings: fc.Arbitrary<{ readonly rules: DissectionRules; readonly ticks: bigint }> = fc.oneof(
  fc.bigInt({ min: 2n, max: 100n }).map((ticks) => ({ rules: DEFAULT_DISSECTION_RULES, ticks })),
  fc.bigInt({ min: 2n, max: 2n ** 62n }).map((ticks) => ({ rules: DEFAULT_DISSECTION_RULES, ticks })),
  fc.bigInt({ min: 2n, max: 200_000n }).map((ticks) => ({ rules: wasmDissectionRules(SMALL_CALL), ticks })),
  fc.tuple(fc.bigInt({ min: 1n, max: 1000n }), fc.bigInt({ min: 0n, max: 3n })).map(([calls, rest]) => ({
    rules: wasmDissectionRules(WASM_TICKS_PER_SNAPSHOT),
    ticks: calls * WASM_TICKS_PER_SNAPSHOT + rest,
  })),
);

/** A tick of [0, limit], often near the ends. */
function tickUpTo(limit: bigint, choice: number, offset: bigint): bigint {
  const wrapped = offset % (limit + 1n);
  const near = wrapped % 3n;
  if (choice === 0) return near < limit ? near : limit;
  if (choice === 1) return limit - (near < limit ? near : limit);
  return wrapped;
}

describe("an honest player", () => {
  const place = fc.tuple(fc.nat({ max: 3 }), fc.bigInt({ min: 0n, max: 2n ** 63n }));

  it("beats whoever lies about a state and sticks to it, within the bound", () => {
    fc.assert(
      fc.property(settings, place, fc.boolean(), ({ rules, ticks }, [choice, offset], honestStarts) => {
        const machine = new MadeUpMachine(ticks);
        const from = 1n + tickUpTo(ticks - 1n, choice, offset);
        const view = lie(from, ticks, machine);
        const state = view(ticks) as StateHash;
        const strategy: LiarStrategy = (state) => faithfulMove(rules, view, state);
        const played = play({ rules, machine, lie: { state, ticks }, honestStarts, strategy });
        expect(played.result).toEqual({ kind: "loser", reason: "conflictResolved", player: LIAR });
        expect(played.refusedMoves).toEqual([]);
        expect(played.dissections).toBeLessThanOrEqual(mostDissections(ticks));
      }),
      { seed: 31, numRuns: 600 },
    );
  });

  it("beats whoever lies about the number of ticks", () => {
    fc.assert(
      fc.property(settings, place, fc.boolean(), ({ rules, ticks }, [choice, offset], honestStarts) => {
        const machine = new MadeUpMachine(ticks);
        const claimed = 1n + tickUpTo(2n * ticks, choice, offset);
        fc.pre(claimed !== ticks);
        // Too few: the machine stops before its time. Too many: it goes on where it cannot.
        const view = claimed < ticks ? lie(claimed + 1n, claimed, machine) : lie(ticks + 1n, claimed, machine);
        const state = view(claimed) as StateHash;
        const strategy: LiarStrategy = (current) => faithfulMove(rules, view, current);
        const played = play({ rules, machine, lie: { state, ticks: claimed }, honestStarts, strategy });
        expect(played.result).toEqual({ kind: "loser", reason: "conflictResolved", player: LIAR });
        expect(played.dissections).toBeLessThanOrEqual(mostDissections(2n * ticks));
      }),
      { seed: 32, numRuns: 600 },
    );
  });

  it("beats whoever plays at random, or is drawn into a draw by a proof of more than one tick", () => {
    const results = { wins: 0, timeouts: 0, draws: 0 };
    fc.assert(
      fc.property(
        settings,
        fc.boolean(),
        fc.array(fc.record({ what: fc.nat({ max: 9 }), where: fc.nat(), seed: fc.nat({ max: 1000 }) }), {
          minLength: 1,
          maxLength: 60,
        }),
        ({ rules, ticks }, honestStarts, whims) => {
          const machine = new MadeUpMachine(ticks);
          const state = machine.state(LIE, ticks);
          let turn = 0;
          const strategy: LiarStrategy = (current) => {
            const whim = whims[turn++];
            return whim === undefined ? null : whimsicalMove(rules, machine, current, whim);
          };
          const played = play({ rules, machine, lie: { state, ticks }, honestStarts, strategy });
          expect(played.honestDissections).toBeLessThanOrEqual(mostDissections(ticks));
          if (played.result.kind === "draw") {
            expect(played.earlyProof).toBe(true);
            results.draws += 1;
            return;
          }
          expect(played.result.player).toBe(LIAR);
          if (played.result.reason === "timeout") results.timeouts += 1;
          else results.wins += 1;
        },
      ),
      { seed: 33, numRuns: 1000 },
    );
    expect(results.wins).toBeGreaterThan(100);
    expect(results.timeouts).toBeGreaterThan(50);
    expect(results.draws).toBeGreaterThan(20);
  });
});

interface Whim {
  readonly what: number;
  readonly where: number;
  readonly seed: number;
}

/** Mostly well-formed dissections into states of nowhere; malformed ones; proofs of nothing, seldom before their time. */
function whimsicalMove(
  rules: DissectionRules,
  machine: MadeUpMachine,
  { gameState }: Game,
  { what, where, seed }: Whim,
): ReturnType<typeof dissectionMove> | null {
  const garbage = new Uint8Array(32).fill(seed % 256);
  if (gameState.kind === "finalMove") {
    return { kind: "move", choice: 0n, step: { pvmStep: gameState.agreedStartChunk.state ?? garbage } };
  }
  const { dissection } = gameState;
  const at = where % (dissection.length - 1);
  const start = dissection[at] as Chunk;
  const stop = dissection[at + 1] as Chunk;
  const isTick = stop.tick - start.tick === 1n;
  if (what === 0) return null;
  if (isTick || what === 1) {
    const pvmStep = seed % 2 === 0 ? garbage : (start.state ?? garbage);
    return { kind: "move", choice: start.tick, step: { pvmStep: seed % 7 === 0 ? garbage.subarray(3) : pvmStep } };
  }
  const ticks = rules.chooseTicks(start.tick, stop.tick, gameState.defaultNumberOfSections);
  const made = ticks.map((tick, i) =>
    i === 0 ? start : chunkOf(tick, seed % 5 === 0 && i > where % 33 ? undefined : machine.state(100 + seed, tick)),
  );
  if (what === 2) return dissectionMove(made.slice(0, -1));
  if (what === 3) return dissectionMove(made.map((item, i) => (i === 1 ? start : item)));
  return dissectionMove(made);
}
