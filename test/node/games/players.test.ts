// Players side by side: one that is held up (a long period, a preimage that is missing) holds up no other, and is not set to work twice.
import { describe, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/node/events.js";
import { RefutationCoordinator } from "../../../src/node/games/coordinator.js";
import type { Injectors } from "../../../src/node/injectors.js";
import type { NodeContext } from "../../../src/node/node-context.js";
import { NO_PREDECESSOR } from "../../../src/protocol/commitment.js";
import { DAL_GENESIS } from "../../../src/protocol/dal-history.js";
import { initialGame, makeStakers } from "../../../src/protocol/game.js";
import { type PublicKeyHash, publicKeyHash, type StateHash } from "../../../src/protocol/identifiers.js";
import type { LevelCell } from "../../../src/protocol/inbox.js";

const SELF = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
const HELD_UP = publicKeyHash("tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb");
const OTHER = publicKeyHash("tz2Q3yRaczTqZVf3ZQvwiiTqKjhJFyDzeRSz");
/** Nothing ever comes of asking the store for this level. */
const SILENT_LEVEL = 100;

const commitment = (inboxLevel: number) => ({
  compressedState: new Uint8Array(32) as StateHash,
  inboxLevel,
  predecessor: NO_PREDECESSOR,
  numberOfTicks: 1000n,
});

function ongoing(opponent: PublicKeyHash, inboxLevel: number) {
  const inboxSnapshot = { index: 0n, content: { hash: new Uint8Array(32), level: 1 }, backPointers: [] };
  const game = initialGame({
    refuter: SELF,
    defender: opponent,
    parentCommitment: commitment(inboxLevel - 10),
    defenderCommitment: commitment(inboxLevel),
    inboxSnapshot: inboxSnapshot as unknown as LevelCell, // never looked at
    dalSnapshot: DAL_GENESIS,
    startLevel: inboxLevel + 20,
    defaultNumberOfSections: 32,
  });
  return { game, ...makeStakers(SELF, opponent) };
}

function start() {
  const events: NodeEvent[] = [];
  const asked: number[] = [];
  const node = {
    operator: SELF,
    emit: (event: NodeEvent) => void events.push(event),
    rollupAt: () => ({
      conflicts: async () => [],
      games: async () => [ongoing(HELD_UP, SILENT_LEVEL), ongoing(OTHER, 50)],
    }),
    protocol: { constants: { rollup: { commitmentPeriod: 10 } } },
    store: {
      blockAt(level: number) {
        asked.push(level);
        return level === SILENT_LEVEL ? new Promise(() => undefined) : Promise.resolve(undefined);
      },
    },
    failures: [],
  } as unknown as NodeContext; // what a player without its period comes to
  const coordinator = new RefutationCoordinator(
    node,
    {} as unknown as Injectors,
    {} as unknown as NodeContext["player"],
  );
  return { coordinator, asked, events };
}

/** Lets everything go on that can. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a player that is held up", () => {
  it("holds up no other, and is set to work once", async () => {
    const { coordinator, asked } = start();
    const hash = new Uint8Array(32) as unknown as Parameters<RefutationCoordinator["onHead"]>[0]["hash"];
    for (const level of [130, 131, 132]) {
      await coordinator.onHead({ hash, level });
      await turn();
    }
    expect(asked.filter((level) => level === SILENT_LEVEL)).toHaveLength(1);
    expect(asked.filter((level) => level === 50)).toHaveLength(3);
  });

  it("is waited for by those who wait for all", async () => {
    const { coordinator } = start();
    const hash = new Uint8Array(32) as unknown as Parameters<RefutationCoordinator["onHead"]>[0]["hash"];
    await coordinator.onHead({ hash, level: 130 });
    const first = await Promise.race([coordinator.settled().then(() => "settled"), turn().then(() => "not yet")]);
    expect(first).toBe("not yet");
  });
});
