// The judge itself: what it lets pass, and that it sees each thing that must not be.
import { describe, expect, it } from "vitest";
import type { PublicKeyHash } from "../../../src/protocol/identifiers.js";
import { faultsOf } from "./judge.js";
import type { PlayedMove } from "./moves.js";
import type { Outcome } from "./play.js";
import type { Scenario } from "./scenarios.js";

const STAKE = 10_000_000_000n;
const HONEST = "tz1honest" as PublicKeyHash;
const LIAR = "tz1liar" as PublicKeyHash;
const OTHER = "tz1other" as PublicKeyHash;

const move = (
  source: string,
  opponent: string,
  kind: PlayedMove["kind"],
  more: Partial<PlayedMove> = {},
): PlayedMove => ({
  level: 30,
  source,
  stakers: [source, opponent],
  kind,
  isApplied: true,
  ...more,
});
const lostBy = (player: PublicKeyHash): Partial<PlayedMove> => ({
  end: { kind: "loser", reason: "conflictResolved", player },
});

const scenario: Scenario = { name: "one", liars: ["3 0 0"], inputs: 10, priority: "honest" };
const won: Outcome = {
  dissections: [],
  moves: [
    move(HONEST, LIAR, "start"),
    move(LIAR, HONEST, "start", { isApplied: false }),
    move(HONEST, LIAR, "dissection"),
    move(HONEST, LIAR, "proof", lostBy(LIAR)),
  ],
  honest: HONEST,
  liars: [LIAR],
  conflicts: [LIAR],
  timeouts: [],
  published: ["a", "b"],
  contested: ["a"],
  honestBond: STAKE,
  honestGain: STAKE / 2n - 20_000n,
  liarBonds: [0n],
  liarLosses: [STAKE + 13_000n],
  areAdrift: [false],
  liarEnds: [1],
  answers: true,
  wasDegraded: false,
  kills: 0,
  level: 40,
};

describe("the judge of scenarios", () => {
  it("lets a won game pass", () => {
    expect(faultsOf(scenario, won)).toEqual([]);
  });

  it.each<[string, Partial<Outcome>]>([
    ["no bond left", { honestBond: 0n }],
    ["nothing gained", { honestGain: -20_000n }],
    ["all of the liar's bond gained", { honestGain: STAKE - 20_000n }],
    ["fees beyond all measure", { honestGain: STAKE / 2n - 2_000_000n }],
    ["half of the liar's bond lost", { liarLosses: [STAKE / 2n + 13_000n] }],
    ["a bond of the liar that is left", { liarBonds: [STAKE] }],
    ["a game lost", { moves: [...won.moves, move(LIAR, HONEST, "proof", lostBy(HONEST))] }],
    ["a game drawn", { moves: [...won.moves, move(LIAR, HONEST, "proof", { end: { kind: "draw" } })] }],
    ["a gain without a game", { moves: won.moves.slice(0, -1) }],
    ["a move refused", { moves: [...won.moves, move(HONEST, LIAR, "dissection", { isApplied: false })] }],
    ["the liar's opening", { moves: [move(LIAR, HONEST, "start"), ...won.moves.slice(2)] }],
    ["no conflict told of", { conflicts: [] }],
    ["a timeout claimed", { timeouts: [LIAR] }],
    ["a liar's node that ended well", { liarEnds: [0] }],
    ["an honest node that does not answer", { answers: false }],
    ["degraded mode", { wasDegraded: true }],
  ])("sees %s", (_, wrong) => {
    expect(faultsOf(scenario, { ...won, ...wrong })).not.toEqual([]);
  });

  it("lets pass a bond that nobody can contest, beside the one that is lost", () => {
    expect(faultsOf(scenario, { ...won, liarBonds: [STAKE], areAdrift: [true] })).toEqual([]);
    expect(faultsOf(scenario, { ...won, liarBonds: [STAKE], areAdrift: [true], liarLosses: [13_000n] })).toHaveLength(
      1,
    );
  });

  it("sees commitments of an accuser that nobody contests, and a bond that a bailout leaves", () => {
    expect(faultsOf({ ...scenario, mode: "accuser" }, won)).toHaveLength(1);
    expect(faultsOf({ ...scenario, mode: "accuser" }, { ...won, published: ["a"] })).toEqual([]);
    const bailout: Scenario = { ...scenario, restart: { blocks: 3, as: "bailout" } };
    expect(faultsOf(bailout, { ...won, bailout: 0, bondAfterBailout: 0n })).toEqual([]);
    expect(faultsOf(bailout, { ...won, bailout: 1, bondAfterBailout: STAKE })).toHaveLength(2);
  });

  describe("of two liars", () => {
    const two: Scenario = { ...scenario, liars: ["4 0 0", "5 0 0"] };
    const both: Outcome = {
      ...won,
      liars: [LIAR, OTHER],
      conflicts: [LIAR, OTHER],
      moves: [...won.moves, move(HONEST, OTHER, "proof", lostBy(OTHER))],
      honestGain: STAKE - 20_000n,
      liarBonds: [0n, 0n],
      liarLosses: [STAKE + 13_000n, STAKE + 13_000n],
      areAdrift: [false, false],
      liarEnds: [1, 1],
    };

    it("lets pass that both lose to the honest side, or one to the other first", () => {
      expect(faultsOf(two, both)).toEqual([]);
      const beaten = { honestGain: STAKE / 2n - 20_000n, liarLosses: [STAKE + 13_000n, STAKE / 2n + 13_000n] };
      expect(faultsOf(two, { ...both, ...beaten })).toEqual([]);
    });

    it.each<[string, Partial<Outcome>]>([
      ["one that loses nothing", { liarLosses: [STAKE + 13_000n, 13_000n] }],
      ["more gained than lost bonds give", { honestGain: STAKE + STAKE / 2n - 20_000n }],
      ["less burnt than a half of each bond", { liarLosses: [STAKE + 13_000n, STAKE / 2n + 13_000n] }],
      ["a gain without a game", { moves: won.moves }],
      ["a game lost", { moves: [...both.moves, move(OTHER, HONEST, "proof", lostBy(HONEST))] }],
      ["one conflict not told of", { conflicts: [LIAR] }],
    ])("sees %s", (_, wrong) => {
      expect(faultsOf(two, { ...both, ...wrong })).not.toEqual([]);
    });
  });
});
