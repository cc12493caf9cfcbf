// The moves of real games, made again offline: from the data directories of both sides, and from kernel and inputs.
import { beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../src/encoding/json.js";
import { readChainConstants } from "../../../src/l1/client/chain-constants.js";
import { openDataDirectoryRollup } from "../../../src/node/games/offline/data-directory-rollup.js";
import { readGame } from "../../../src/node/games/offline/game-file.js";
import { moveOperation } from "../../../src/node/games/offline/move-operation.js";
import { offlineMove } from "../../../src/node/games/offline/offline-move.js";
import type { OfflineRollup } from "../../../src/node/games/offline/offline-rollup.js";
import { RecordedRollup } from "../../../src/node/games/offline/recorded-rollup.js";
import { revealRulesOf } from "../../../src/node/node-context.js";
import { allConstantsToJson } from "../../../src/protocol/constants.js";
import { QUICK } from "../../l1/sandbox/chain.js";
import { chainLevels, type PlayedGame, type Position, playGame, recordsThread, type Side } from "./played-game.js";

const constants = readChainConstants(allConstantsToJson(QUICK));
const rules = revealRulesOf(constants);

describe.each([
  ["a message that is not there", { messageIndex: 2, messageTick: 0n }],
  ["an evaluation gone wrong", { messageIndex: 4, messageTick: 11_000_000_001n }],
])("a game about %s", (_name, lie) => {
  let played: PlayedGame;
  beforeAll(async () => {
    played = await playGame({ kernel: "echo", messages: ["hello", "world"], lie });
  }, 120_000);

  function openDirectory({ dataDir, failures }: Side): Promise<OfflineRollup> {
    return openDataDirectoryRollup(dataDir, { rules, failures, script: recordsThread() });
  }

  function openInputs({ failures }: Side): OfflineRollup {
    const { network, rollup } = played;
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

  /** Every move of one side, as it was made and as it is made here. */
  async function checkMoves(side: Side, rollup: OfflineRollup): Promise<void> {
    const positions = played.positions.filter(({ mover }) => mover === side.account.address);
    expect(positions.length).toBeGreaterThan(1);
    for (const position of positions) expect(await moveAt(rollup, position)).toEqual(position.move);
    await rollup.close();
  }

  async function moveAt(rollup: OfflineRollup, { games, mover, move }: Position): Promise<Json> {
    const ongoing = readGame(JSON.stringify(games), "games", { self: mover });
    const made = await offlineMove(rollup, ongoing, mover);
    const number = (name: string): bigint => BigInt(move[name] as string);
    return moveOperation(rollup.metadata.address, made, {
      fee: number("fee"),
      counter: number("counter"),
      gasLimit: number("gas_limit"),
      storageLimit: number("storage_limit"),
    });
  }

  it("is played again from the honest node's data directory", async () => {
    await checkMoves(played.honest, await openDirectory(played.honest));
  });

  it("is played again from the liar's data directory, by who knows how it lies", async () => {
    await checkMoves(played.liar, await openDirectory(played.liar));
  });

  it("is played again from the kernel and what it has read", async () => {
    await checkMoves(played.honest, openInputs(played.honest));
    await checkMoves(played.liar, openInputs(played.liar));
  });
});
