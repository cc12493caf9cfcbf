// The moves of real games, made again offline: from the data directories of both sides, and from kernel and inputs; and the same games, judged.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/encoding/json.js";
import { readChainConstants } from "../../../src/l1/client/chain-constants.js";
import type { OngoingGame } from "../../../src/l1/client/rollup-rpc.js";
import { STATES_FILE } from "../../../src/node/engine/state-files.js";
import { SyncRecords } from "../../../src/node/engine/sync-records.js";
import { openDataDirectoryRollup } from "../../../src/node/games/offline/data-directory-rollup.js";
import { readGame } from "../../../src/node/games/offline/game-file.js";
import { GameRecord } from "../../../src/node/games/offline/game-record.js";
import { judgeGames } from "../../../src/node/games/offline/judge.js";
import { moveOperation } from "../../../src/node/games/offline/move-operation.js";
import { offlineMove } from "../../../src/node/games/offline/offline-move.js";
import type { OfflineRollup } from "../../../src/node/games/offline/offline-rollup.js";
import { RecordedRollup } from "../../../src/node/games/offline/recorded-rollup.js";
import { revealRulesOf } from "../../../src/node/node-context.js";
import { writeMetadata } from "../../../src/node/store/metadata.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import { allConstantsToJson } from "../../../src/protocol/constants.js";
import type { CommitmentHash, RollupAddress, StateHash } from "../../../src/protocol/identifiers.js";
import { DEFAULT_ROLLUP } from "../../../src/protocol/inputs/michelson-payload.js";
import { compiledProgram } from "../../compiled-program.js";
import { QUICK } from "../../l1/sandbox/chain.js";
import { temporaryDirectory } from "../test-node.js";
import {
  chainLevels,
  inboxBefore,
  type PlayedGame,
  type Position,
  playGame,
  recordsThread,
  refutations,
  type Side,
} from "./played-game.js";

/** The long form of the tests: `FULL=1 npm test`. */
const FULL = process.env["FULL"] === "1";

const constants = readChainConstants(allConstantsToJson(QUICK));
const rules = revealRulesOf(constants);
const sections = constants.rollup.numberOfSectionsInDissection;

function openDirectory({ dataDir, failures }: Pick<Side, "dataDir" | "failures">): Promise<OfflineRollup> {
  return openDataDirectoryRollup(dataDir, { rules, failures, script: recordsThread() });
}

function openInputs({ network, rollup }: PlayedGame, { failures }: Pick<Side, "failures">): OfflineRollup {
  return new RecordedRollup({
    name: "the inputs",
    kernel: rollup.kernel,
    version: "2.0.0-r6",
    metadata: { address: rollup.address, originationLevel: rollup.originationLevel },
    rules,
    levels: chainLevels(network),
    reveals: new Map(),
    commitmentPeriod: constants.rollup.commitmentPeriod,
    failures,
  });
}

function gameOf({ games, mover }: Position): OngoingGame {
  return readGame(JSON.stringify(games), "games", { self: mover });
}

const GAMES = [
  ["an evaluation gone wrong", { messageIndex: 4, messageTick: 11_000_000_001n }],
  ["a message that is not there", { messageIndex: 2, messageTick: 0n }],
] as const;

describe.each(FULL ? GAMES : GAMES.slice(0, 1))("a game about %s", (_name, lie) => {
  let played: PlayedGame;
  beforeAll(async () => {
    played = await playGame({ kernel: "echo", messages: ["hello", "world"], lie });
  }, 300_000);

  /** Every move of one side, as it was made and as it is made here. */
  async function checkMoves(side: Side, rollup: OfflineRollup): Promise<void> {
    const positions = movesOf(side);
    expect(positions.length).toBeGreaterThan(1);
    for (const position of positions) expect(await moveAt(rollup, position)).toEqual(position.move);
    await rollup.close();
  }

  function movesOf({ account }: Side): readonly Position[] {
    return played.positions.filter(({ mover }) => mover === account.address);
  }

  async function moveAt(rollup: OfflineRollup, position: Position): Promise<Json> {
    const { mover, move } = position;
    const made = await offlineMove(rollup, gameOf(position), mover);
    const number = (name: string): bigint => BigInt(move[name] as string);
    return moveOperation(rollup.metadata.address, made, {
      fee: number("fee"),
      counter: number("counter"),
      gasLimit: number("gas_limit"),
      storageLimit: number("storage_limit"),
    });
  }

  async function failureAt(rollup: OfflineRollup, position: Position, change: (game: OngoingGame["game"]) => object) {
    const { game, ...stakers } = gameOf(position);
    const changed = { ...stakers, game: { ...game, ...change(game) } };
    return offlineMove(rollup, changed, position.mover).then(
      () => expect.fail("a move was made"),
      (error: unknown) => error,
    );
  }

  function recordOf(blocks: readonly JsonObject[], ...more: readonly unknown[]): GameRecord {
    const record = new GameRecord();
    record.add(blocks, "blocks");
    for (const json of more) record.add(json, "more");
    return record;
  }

  /** The blocks before the first proof. */
  function blocksWithoutProofs(): readonly JsonObject[] {
    const isProof = ({ content }: { readonly content: JsonObject }): boolean => {
      const step = (content["refutation"] as JsonObject)["step"];
      return step !== undefined && !Array.isArray(step);
    };
    const first = played.blocks.findIndex((block) => refutations(block).some(isProof));
    expect(first).toBeGreaterThan(0);
    return played.blocks.slice(0, first);
  }

  /** The tick of the last proof. */
  function provedTick(): bigint {
    const { move } = played.positions.at(-1) ?? expect.fail("no moves");
    return BigInt((move["refutation"] as JsonObject)["choice"] as string);
  }

  it("is played again from the honest node's data directory", async () => {
    await checkMoves(played.honest, await openDirectory(played.honest));
  });

  it("is played again from the liar's data directory, by who knows how it lies", async () => {
    await checkMoves(played.liar, await openDirectory(played.liar));
  });

  it("is played again from the kernel and what it has read", async () => {
    await checkMoves(played.honest, openInputs(played, played.honest));
    await checkMoves(played.liar, openInputs(played, played.liar));
  });

  it("is judged by its proof", async () => {
    const record = recordOf(played.blocks, await inboxBefore(played));
    const [game, ...others] = await judgeGames({ record, rules, sections });
    expect(others).toEqual([]);
    if (game?.byProof === undefined) return expect.fail("no ruling");
    const { stakers } = game.replay.opening;
    expect(stakers[game.right ?? "bob"]).toBe(played.honest.account.address);
    expect(game).toMatchObject({
      rollup: played.rollup.address,
      isJust: true,
      isContradiction: false,
      result: { kind: "loser", reason: "conflictResolved", player: played.liar.account.address },
    });
    expect(game.byProof.tick).toBe(provedTick());
    expect(game.byProof.proof.verdict).toEqual({ valid: true });
    expect(game.replay.moves.filter(({ fault }) => fault !== undefined)).toEqual([]);
    // All that was applied has been played, nothing else.
    const applied = game.replay.moves.filter(({ refused, skipped }) => refused === undefined && skipped === undefined);
    expect(applied.length).toBe(played.positions.length + 1);
    const proved = game.replay.moves.find(({ proof }) => proof?.verdict.valid);
    expect(proved?.proof?.shown?.machine?.phase).toMatch(/^[a-z]+$/);
  });

  it("is judged by own states where no proof has been played", async () => {
    const record = recordOf(blocksWithoutProofs());
    const [unknown] = await judgeGames({ record, rules, sections });
    expect(unknown).toMatchObject({ right: undefined, result: undefined, isJust: undefined });
    for (const own of [await openDirectory({ ...played.honest }), openInputs(played, { failures: [] })]) {
      const [game] = await judgeGames({ record, rules, sections, own });
      const { stakers } = game?.replay.opening ?? expect.fail("no game");
      expect(stakers[game?.right ?? expect.fail("no verdict")]).toBe(played.honest.account.address);
      const liar = stakers.alice === played.liar.account.address ? "alice" : "bob";
      const lieAt = game?.byStates?.falseClaims[liar] ?? expect.fail("no false claim");
      // What the liar says is true up to the tick that the proof is about, and false after it.
      expect(lieAt.trueUntil).toBeLessThanOrEqual(provedTick());
      expect(lieAt.claim.tick).toBeGreaterThan(provedTick());
      await own.close();
    }
  });

  it("is unjust when the honest side runs out of time", async () => {
    const blocks = blocksWithoutProofs();
    const { address: honest } = played.honest.account;
    const { address: liar } = played.liar.account;
    const [alice, bob] = [honest, liar].sort();
    const moves = blocks.flatMap(refutations);
    const isHonestTurn = moves.at(-1)?.content["source"] === liar;
    const timeout = {
      kind: "smart_rollup_timeout",
      source: liar,
      rollup: played.rollup.address,
      stakers: { alice, bob },
    };
    const own = await openDirectory({ ...played.honest });
    const level = 1000;
    const [game] = await judgeGames({ record: recordOf(blocks, { level, contents: [timeout] }), rules, sections, own });
    expect(game?.result).toEqual({ kind: "loser", reason: "timeout", player: isHonestTurn ? honest : liar });
    expect(game?.isJust).toBe(!isHonestTurn);
    await own.close();
  });

  it("says what keeps a move from being made", async () => {
    const rollup = await openDirectory(played.honest);
    const [first] = movesOf(played.honest);
    const [theirs] = movesOf(played.liar);
    if (first === undefined || theirs === undefined) return expect.fail("no moves");
    const code = async (position: Position, change: (game: OngoingGame["game"]) => object) =>
      ((await failureAt(rollup, position, change)) as { readonly code?: string }).code;
    const same = (): object => ({});
    const other = (game: OngoingGame["game"]) => (game.turn === "alice" ? "bob" : "alice");
    expect(await code(first, (game) => ({ turn: other(game) }))).toBe("node.offline.not_our_turn");
    // The liar's turn, with honest states.
    expect(await code(theirs, same)).toBe("node.offline.nothing_to_refute");
    expect(await code({ ...first, mover: theirs.mover }, same)).toBe("node.offline.not_our_turn");
    expect(await code(first, ({ inboxLevel }) => ({ inboxLevel: inboxLevel - 1 }))).toBe(
      "node.offline.unknown_commitment",
    );
    expect(await code(first, () => ({ inboxLevel: 1_000_000 }))).toBe("node.offline.missing_levels");
    expect(
      await code(first, ({ inboxSnapshot }) => ({
        inboxSnapshot: { ...inboxSnapshot, content: { ...inboxSnapshot.content, hash: new Uint8Array(32) } },
      })),
    ).toBe("node.offline.other_chain");
    const elsewhere = await failureAt(rollup, first, ({ gameState }) => {
      if (gameState.kind !== "dissecting") return expect.fail("no dissection");
      const [start, ...rest] = gameState.dissection;
      return { gameState: { ...gameState, dissection: [{ ...start, state: new Uint8Array(32) }, ...rest] } };
    });
    expect(elsewhere).toMatchObject({ code: "node.offline.states_disagree" });
    expect(String(elsewhere)).toMatch(/stands on srs1\S+, and \S+ comes to srs1/);
    await rollup.close();
  });

  it.runIf(lie.messageTick === 0n)(
    "is played by the command, while the node runs",
    async () => {
      const { honest, liar } = played;
      const { games, move } = movesOf(honest).at(-1) ?? expect.fail("no moves");
      const limits = ["fee", "counter", "gas-limit", "storage-limit"].flatMap((name) => [
        `--${name}`,
        String(move[name.replace("-", "_")]),
      ]);
      // Whose node it is does not matter to a machine that does not lie.
      const ran = await refute(games, "--data-dir", liar.dataDir, "--as", honest.account.address, ...limits);
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(JSON.parse(ran.out)).toEqual(move);
      const late = await refute(games, "--data-dir", honest.dataDir, "--as", liar.account.address);
      const text = `it is the turn of ${honest.account.address}, not of ${liar.account.address}`;
      expect(late).toEqual({ code: 4, out: "", err: `tickproof: ${text} (node.offline.not_our_turn)\n` });
    },
    120_000,
  );
});

/** Runs the program with a game on its standard input. */
async function refute(game: Json, ...args: readonly string[]) {
  const running = promisify(execFile)(process.execPath, [compiledProgram(), "refute", "--game", "-", ...args]);
  running.child.stdin?.end(JSON.stringify(game));
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({
      code,
      out: stdout,
      err: stderr,
    }),
  );
}

describe("a data directory", () => {
  it("is refused when it is none, or has nothing in it", async () => {
    const dataDir = temporaryDirectory();
    const open = (): Promise<OfflineRollup> => openDirectory({ dataDir, failures: [] });
    await expect(open()).rejects.toMatchObject({ code: "node.offline.bad_data_dir" });
    const rollupAddress = DEFAULT_ROLLUP as RollupAddress;
    const genesisInfo = { level: 1, commitmentHash: new Uint8Array(32) as CommitmentHash };
    await writeMetadata(dataDir, { rollupAddress, kind: "wasm_2_0_0", genesisInfo });
    await expect(open()).rejects.toMatchObject({ code: "node.store.unavailable" });
    await (await SqliteStore.open(dataDir)).close();
    await expect(open()).rejects.toMatchObject({ code: "node.engine.store" });
    new SyncRecords(join(dataDir, STATES_FILE), { script: recordsThread() }).close();
    const rollup = await open();
    await expect(rollup.period(10)).rejects.toMatchObject({ code: "node.offline.missing_levels" });
    const before = new Uint8Array(32) as StateHash;
    await expect(rollup.engine.statesAt({ before, levels: [] }, [0n])).rejects.toMatchObject({
      code: "node.engine.missing_state",
    });
    await rollup.close();
  });
});
