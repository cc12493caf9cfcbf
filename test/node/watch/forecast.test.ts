import { describe, expect, it } from "vitest";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { forecast, ticksOf } from "../../../src/node/watch/forecast.js";
import type { Chunk } from "../../../src/protocol/dissection.js";
import type { Game } from "../../../src/protocol/game.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";

const state = (name: string): StateHash => blake2b256(new TextEncoder().encode(name)) as StateHash;

/** "name@tick"; no name: no state. */
function chunk(text: string): Chunk {
  const [name = "", tick = "0"] = text.split("@");
  return name === "" ? { tick: BigInt(tick) } : { tick: BigInt(tick), state: state(name) };
}

function game(turn: "alice" | "bob", gameState: Game["gameState"]): Game {
  // Nothing else of a game is looked at.
  return { turn, gameState } as Game;
}

const dissecting = (...texts: readonly string[]): Game["gameState"] => ({
  kind: "dissecting",
  dissection: texts.map(chunk),
  defaultNumberOfSections: 32,
});

const ours = (...names: readonly string[]): (StateHash | undefined)[] =>
  names.map((name) => (name === "" ? undefined : state(name)));

describe("the forecast of a game", () => {
  it("is for who is on turn when the other one's dissection is wrong", () => {
    const found = forecast(game("bob", dissecting("a@0", "b@10", "x@20", "y@30")), ours("a", "b", "c", "d"));
    expect(found.outcome).toBe("bob");
    expect(found.divergence).toEqual({ start: chunk("b@10"), stop: chunk("x@20") });
    expect(found.reason).toBe("the last dissection is wrong at tick 20, and right at tick 10");
  });

  it("is against who is on turn when there is nothing to refute", () => {
    const found = forecast(game("alice", dissecting("a@0", "b@10", "c@20")), ours("a", "b", "c"));
    expect(found.outcome).toBe("bob");
    expect(found.divergence).toBeUndefined();
  });

  it("knows of ticks that a machine does not reach", () => {
    const right = dissecting("a@0", "b@10", "@11");
    expect(forecast(game("alice", right), ours("a", "b", "")).outcome).toBe("bob");
    expect(forecast(game("alice", dissecting("a@0", "b@10", "@11")), ours("a", "b", "c")).outcome).toBe("alice");
    expect(forecast(game("alice", dissecting("a@0", "b@10", "c@11")), ours("a", "b", "")).outcome).toBe("alice");
  });

  it("does not know when both agree about a state that is not ours", () => {
    for (const states of [ours("z", "b"), ours("", "")]) {
      const found = forecast(game("alice", dissecting("a@0", "b@10")), states);
      expect(found.outcome).toBe("unknown");
      expect(found.reason).toContain("tick 0");
    }
    expect(forecast(game("alice", dissecting()), []).outcome).toBe("unknown");
  });

  it("is a draw when a right tick was not refuted, and cannot be proved", () => {
    const final: Game["gameState"] = {
      kind: "finalMove",
      agreedStartChunk: chunk("a@4"),
      refutedStopChunk: chunk("b@5"),
    };
    expect(ticksOf(game("bob", final))).toEqual([4n, 5n]);
    expect(forecast(game("bob", final), ours("a", "b")).outcome).toBe("bob");
    expect(forecast(game("bob", final), ours("a", "c")).outcome).toBe("draw");
    expect(forecast(game("bob", final), ours("z", "b")).outcome).toBe("unknown");
  });
});
