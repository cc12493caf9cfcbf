// What layer 1 refuses of rollups: Octez's error ids, the whole trace. Games are played on claims here: no machine is run.
import { describe, expect, it } from "vitest";
import { LazyMicheline, type Micheline } from "../../../src/encoding/micheline.js";
import { BlockDraft } from "../../../src/l1/sandbox/block-draft.js";
import { overrideConstants } from "../../../src/protocol/constants.js";
import type { Dissection } from "../../../src/protocol/dissection.js";
import { ProtocolError } from "../../../src/protocol/errors.js";
import type { RollupAddress } from "../../../src/protocol/identifiers.js";
import { MAX_MESSAGES_PER_LEVEL } from "../../../src/protocol/level-builder.js";
import { whitelistForm } from "../../../src/protocol/whitelist.js";
import {
  ALICE,
  BOB,
  CAROL,
  DAVE,
  type Draft,
  EVE,
  failureOf,
  freshAccount,
  QUICK,
  refusalOf,
  TestChain,
} from "./chain.js";
import { type Claims, cement, chainWithRollup, publish, recoverBond, startGame, stateOf, timeout } from "./claims.js";
import type { Rollup } from "./rollup.js";

type World = ReturnType<typeof chainWithRollup>;
type Case = readonly [name: string, ids: readonly string[], run: (world: World) => readonly string[]];

const NOWHERE = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress;
const nowhere = (rollup: Rollup): Rollup => ({ ...rollup, address: NOWHERE });

/** ALICE and BOB stand by claims that contradict each other, and a game may be started. */
function conflict({ chain, rollup, claims }: World): void {
  chain.apply(ALICE, publish(rollup, claims.commitment("a")));
  chain.apply(BOB, publish(rollup, claims.commitment("b")));
  chain.bakeTo(claims.levelOf(2));
}

const start = (rollup: Rollup, claims: Claims) => startGame(rollup, claims.hash("a"), BOB, claims.hash("b"));

const failing =
  (prepare: (world: World) => void, sender: typeof ALICE, draft: (world: World) => Draft) =>
  (world: World): string[] => {
    prepare(world);
    return failureOf(world.chain.send(sender, draft(world)));
  };

const nothing = (): void => undefined;

describe("publishing, cementing, bonds", () => {
  it.each<Case>([
    [
      "publish: no rollup",
      ["smart_rollup_does_not_exist"],
      failing(nothing, ALICE, ({ rollup, claims }) => publish(nowhere(rollup), claims.commitment("a"))),
    ],
    [
      "publish: no ticks",
      ["smart_rollup_zero_tick_commitment"],
      failing(nothing, ALICE, ({ rollup, claims }) =>
        publish(rollup, { ...claims.commitment("a"), numberOfTicks: 0n }),
      ),
    ],
    [
      "publish: no stake to give",
      ["smart_rollup_staker_funds_too_low", "contract.balance_too_low", "tez.subtraction_underflow"],
      (world) => {
        const poor = freshAccount("poor");
        world.chain.apply(ALICE, { kind: "transaction", destination: poor.address, amount: 9_999_000_000n });
        world.chain.apply(poor, { kind: "reveal", publicKey: poor.publicKey });
        return failing(nothing, poor, ({ rollup, claims }) => publish(rollup, claims.commitment("a")))(world);
      },
    ],
    [
      "publish: too old",
      ["smart_rollup_commitment_too_old"],
      failing(nothing, ALICE, ({ rollup, claims }) =>
        publish(rollup, { ...claims.commitment("a"), inboxLevel: rollup.originationLevel }),
      ),
    ],
    [
      "publish: too far ahead",
      ["smart_rollup_too_far_ahead"],
      failing(nothing, ALICE, ({ rollup, claims }) =>
        publish(rollup, { ...claims.commitment("a"), inboxLevel: claims.levelOf(21) }),
      ),
    ],
    [
      "publish: unknown predecessor",
      ["smart_rollup_unknown_commitment"],
      failing(nothing, ALICE, ({ rollup, claims }) => publish(rollup, claims.commitment("never", "a"))),
    ],
    [
      "publish: between periods",
      ["smart_rollup_bad_inbox_level"],
      failing(nothing, ALICE, ({ rollup, claims }) =>
        publish(rollup, { ...claims.commitment("a"), inboxLevel: claims.levelOf(1) - 1 }),
      ),
    ],
    [
      "publish: after the curfew",
      ["smart_rollup_commitment_past_curfew"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
          chain.bake(5);
        },
        BOB,
        ({ rollup, claims }) => publish(rollup, claims.commitment("b")),
      ),
    ],
    [
      "publish: about the future",
      ["smart_rollup_commitment_from_future"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        ALICE,
        ({ rollup, claims }) => publish(rollup, claims.commitment("a", "a")),
      ),
    ],
    [
      "publish: twice",
      ["smart_rollup_double_publish"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        ALICE,
        ({ rollup, claims }) => publish(rollup, claims.commitment("a")),
      ),
    ],
    [
      "publish: two of a level",
      ["smart_rollup_staker_double_stake"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        ALICE,
        ({ rollup, claims }) => publish(rollup, claims.commitment("b")),
      ),
    ],
    [
      "cement: no rollup",
      ["smart_rollup_does_not_exist"],
      failing(nothing, ALICE, ({ rollup }) => cement(nowhere(rollup))),
    ],
    [
      "cement: nothing there",
      ["smart_rollup_no_valid_commitment_to_cement"],
      failing(nothing, ALICE, ({ rollup }) => cement(rollup)),
    ],
    [
      "cement: a dispute",
      ["smart_rollup_commitment_disputed"],
      failing(conflict, ALICE, ({ rollup }) => cement(rollup)),
    ],
    [
      "cement: too soon",
      ["smart_rollup_commitment_too_recent"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        BOB,
        ({ rollup }) => cement(rollup),
      ),
    ],
    [
      "bond: no rollup",
      ["smart_rollup_does_not_exist"],
      failing(nothing, ALICE, ({ rollup }) => recoverBond(nowhere(rollup), ALICE)),
    ],
    ["bond: no staker", ["smart_rollup_not_staked"], failing(nothing, ALICE, ({ rollup }) => recoverBond(rollup, BOB))],
    [
      "bond: still at stake",
      ["smart_rollup_not_staked_on_lcc_or_ancestor"],
      failing(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        BOB,
        ({ rollup }) => recoverBond(rollup, ALICE),
      ),
    ],
  ])("%s: %j", (_, ids, run) => {
    expect(run(chainWithRollup())).toEqual(ids);
  });
});

const refused = (prepare: (world: World) => void, draft: (world: World) => Draft) => (world: World) => {
  prepare(world);
  return refusalOf(() => world.chain.inject(ALICE, draft(world)));
};

const started = (world: World): void => {
  conflict(world);
  world.chain.apply(ALICE, start(world.rollup, world.claims));
};

/** A dissection of ALICE's against the claim of BOB: [0, 1000], which is disputed, in 32 sections. */
function sections(world: World): Dissection {
  const { genesisCommitment } = world.rollup;
  const parent = world.chain.sandbox
    .context(world.chain.head)
    .rollup(world.rollup.address)
    .commitment(genesisCommitment);
  return Array.from({ length: 33 }, (_, i) => {
    const tick = i === 32 ? 1000n : BigInt(i * 31);
    return i === 0 ? { state: parent.compressedState, tick } : { state: stateOf(`ours ${i}`), tick };
  });
}

const dissected =
  (change: (dissection: Dissection) => Dissection, choice = 0n) =>
  (world: World) => {
    started(world);
    const refutation = { kind: "move", choice, step: change(sections(world)) } as const;
    const draft = {
      kind: "smart_rollup_refute",
      rollup: world.rollup.address,
      opponent: BOB.address,
      refutation,
    } as const;
    return failureOf(world.chain.send(ALICE, draft));
  };

const replace = (index: number, chunk: Partial<Dissection[number]>) => (dissection: Dissection) =>
  dissection.map((each, i) => (i === index ? { ...each, ...chunk } : each));

describe("games", () => {
  it.each<Case>([
    [
      "start: an opponent without stake",
      ["smart_rollup_wrong_staker_for_conflict_commitment"],
      refused(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
        },
        ({ rollup, claims }) => start(rollup, claims),
      ),
    ],
    [
      "start: a claim of someone else",
      ["smart_rollup_wrong_staker_for_conflict_commitment"],
      refused(conflict, ({ rollup, claims }) => startGame(rollup, claims.hash("b"), BOB, claims.hash("b"))),
    ],
    [
      "start: no rollup",
      ["smart_rollup_wrong_staker_for_conflict_commitment"],
      refused(conflict, ({ rollup, claims }) => start(nowhere(rollup), claims)),
    ],
    [
      "start: the same claim",
      ["smart_rollup_no_conflict"],
      refused(
        ({ chain, rollup, claims }) => {
          chain.apply(ALICE, publish(rollup, claims.commitment("a")));
          chain.apply(BOB, publish(rollup, claims.commitment("a")));
        },
        ({ rollup, claims }) => startGame(rollup, claims.hash("a"), BOB, claims.hash("a")),
      ),
    ],
    [
      "start: claims about different pasts",
      ["smart_rollup_not_valid_commitments_conflict"],
      refused(
        (world) => {
          conflict(world);
          world.chain.apply(ALICE, publish(world.rollup, world.claims.commitment("a", "x")));
          world.chain.apply(BOB, publish(world.rollup, world.claims.commitment("b", "x")));
        },
        ({ rollup, claims }) => startGame(rollup, claims.hash("a", "x"), BOB, claims.hash("b", "x")),
      ),
    ],
    [
      "start: too early",
      ["validate.operation.sc_rollup_refutation_game_start_too_early"],
      refused(
        ({ chain, rollup, claims }) => {
          chain.sandbox.bake({
            operations: [
              chain.forge(ALICE, [publish(rollup, claims.commitment("a"))]),
              chain.forge(BOB, [publish(rollup, claims.commitment("b"))]),
            ],
          });
        },
        ({ rollup, claims }) => start(rollup, claims),
      ),
    ],
    [
      "start: a game that is on",
      ["smart_rollup_game_already_started"],
      failing(started, ALICE, ({ rollup, claims }) => start(rollup, claims)),
    ],
    [
      "start: an opponent slashed in the same block",
      ["smart_rollup_not_staked"],
      (world) => {
        const { chain, rollup, claims } = world;
        chain.apply(CAROL, publish(rollup, claims.commitment("c")));
        started(world);
        const dissection = { kind: "move", choice: 0n, step: sections(world) } as const;
        chain.apply(ALICE, {
          kind: "smart_rollup_refute",
          rollup: rollup.address,
          opponent: BOB.address,
          refutation: dissection,
        });
        chain.bake(11);
        const against = startGame(rollup, claims.hash("c"), BOB, claims.hash("b"));
        const operations = [chain.forge(DAVE, [timeout(rollup, ALICE, BOB)]), chain.forge(CAROL, [against])];
        const [, second] = chain.sandbox.bake({ operations }).operations;
        return failureOf(second?.receipts ?? []);
      },
    ],
    [
      "move: no game",
      ["smart_rollup_no_game"],
      failing(conflict, ALICE, ({ rollup }) => ({
        kind: "smart_rollup_refute",
        rollup: rollup.address,
        opponent: BOB.address,
        refutation: { kind: "move", choice: 0n, step: [] },
      })),
    ],
    [
      "move: out of turn",
      ["smart_rollup_wrong_turn"],
      failing(started, BOB, ({ rollup }) => ({
        kind: "smart_rollup_refute",
        rollup: rollup.address,
        opponent: ALICE.address,
        refutation: { kind: "move", choice: 0n, step: [] },
      })),
    ],
    [
      "move: no proof at all",
      ["smart_rollup_proof_check"],
      failing(started, ALICE, ({ rollup }) => ({
        kind: "smart_rollup_refute",
        rollup: rollup.address,
        opponent: BOB.address,
        refutation: { kind: "move", choice: 0n, step: { pvmStep: Uint8Array.of(1, 2, 3) } },
      })),
    ],
    [
      "timeout: no game",
      ["smart_rollup_no_game"],
      failing(conflict, DAVE, ({ rollup }) => timeout(rollup, ALICE, BOB)),
    ],
    [
      "timeout: too soon",
      ["smart_rollup_timeout_level_not_reached"],
      failing(started, DAVE, ({ rollup }) => timeout(rollup, ALICE, BOB)),
    ],
    ["dissection: a tick that is none of the choices", ["Dissection_choice_not_found"], dissected((d) => d, 7n)],
    ["dissection: the last tick chosen", ["Dissection_choice_not_found"], dissected((d) => d, 1001n)],
    [
      "dissection: a section of one tick",
      ["smart_rollup_dissection_invalid_number_of_sections"],
      dissected((d) => d, 1000n),
    ],
    [
      "dissection: too few sections",
      ["smart_rollup_dissection_number_of_sections_mismatch"],
      dissected((d) => d.filter((_, i) => i !== 5)),
    ],
    [
      "dissection: another start",
      ["smart_rollup_dissection_start_hash_mismatch"],
      dissected(replace(0, { state: stateOf("elsewhere") })),
    ],
    [
      "dissection: the same end",
      ["smart_rollup_dissection_stop_hash_mismatch"],
      (world) => dissected(replace(32, { state: world.claims.commitment("b").compressedState }))(world),
    ],
    [
      "dissection: another last tick",
      ["smart_rollup_dissection_edge_ticks_mismatch"],
      dissected(replace(32, { tick: 999n })),
    ],
    [
      "dissection: a state after none",
      ["smart_rollup_dissection_invalid_successive_states_shape"],
      dissected((d) => d.map((each, i) => (i === 8 ? { tick: each.tick } : each))),
    ],
    [
      "dissection: ticks that stand still",
      ["smart_rollup_dissection_ticks_not_increasing"],
      dissected(replace(5, { tick: 4n * 31n })),
    ],
    [
      "dissection: a section of more than half",
      ["smart_rollup_dissection_invalid_distribution"],
      dissected((d) => d.map((each, i) => (i < 32 ? { ...each, tick: BigInt(i) } : each))),
    ],
  ])("%s: %j", (_, ids, run) => {
    expect(run(chainWithRollup())).toEqual(ids);
  });

  it("are limited in number", () => {
    const constants = overrideConstants(QUICK, { smart_rollup_max_number_of_parallel_games: 1 });
    const world = chainWithRollup({ constants });
    world.chain.apply(CAROL, publish(world.rollup, world.claims.commitment("c")));
    started(world);
    const { chain, rollup, claims } = world;
    const more = startGame(rollup, claims.hash("c"), BOB, claims.hash("b"));
    expect(failureOf(chain.send(CAROL, more))).toEqual(["smart_rollup_maximal_number_of_parallel_games_reached"]);
  });
});

describe("originations and messages", () => {
  const typed = (type: Micheline): Draft => ({
    kind: "smart_rollup_originate",
    pvmKind: "wasm_2_0_0",
    kernel: new Uint8Array(0),
    parametersType: LazyMicheline.ofValue(type),
  });
  const listed = (whitelist: readonly (typeof ALICE)[]): Draft => ({
    ...(typed({ prim: "unit" }) as Draft<"smart_rollup_originate">),
    whitelist: whitelistForm.fromJson(whitelist.map(({ address }) => address)),
  });
  const unit: Micheline = { prim: "unit" };
  const bad = (draft: Draft) => failing(nothing, ALICE, () => draft);
  it.each<Case>([
    [
      "a type with big maps",
      ["smart_rollup_invalid_parameters_type"],
      bad(typed({ prim: "big_map", args: [unit, unit] })),
    ],
    [
      "a type with tez",
      ["smart_rollup_invalid_parameters_type"],
      bad(typed({ prim: "pair", args: [unit, { prim: "mutez" }] })),
    ],
    [
      "a type with code",
      ["smart_rollup_invalid_parameters_type"],
      bad(typed({ prim: "option", args: [{ prim: "lambda", args: [unit, unit] }] })),
    ],
    [
      "a type with entrypoints",
      ["smart_rollup_invalid_parameters_type"],
      bad(typed({ prim: "or", args: [{ prim: "nat", annots: ["%a"] }, unit] })),
    ],
    ["a type that is none", ["michelson_v1.ill_formed_type"], bad(typed({ prim: "pair", args: [unit] }))],
    [
      "a set of what cannot be compared",
      ["michelson_v1.ill_formed_type"],
      bad(typed({ prim: "set", args: [{ prim: "list", args: [unit] }] })),
    ],
    [
      "a type that is no expression",
      ["invalid_binary_format"],
      bad({
        ...(typed(unit) as Draft<"smart_rollup_originate">),
        parametersType: LazyMicheline.ofBytes(Uint8Array.of(0xff)),
      }),
    ],
    ["a whitelist of nobody", ["smart_rollup_empty_whitelist"], bad(listed([]))],
    ["a whitelist with someone twice", ["smart_rollup_duplicated_key_in_whitelist"], bad(listed([ALICE, BOB, ALICE]))],
    [
      "a message that is too long",
      ["smart_rollup_inbox_message_encoding"],
      bad({ kind: "smart_rollup_add_messages", messages: [new Uint8Array(4096)] }),
    ],
  ])("%s: %j", (_, ids, run) => {
    expect(run(chainWithRollup())).toEqual(ids);
  });

  it("know no whitelists where private rollups are not enabled", () => {
    const chain = new TestChain({ constants: overrideConstants(QUICK, { smart_rollup_private_enable: false }) });
    expect(failureOf(chain.send(ALICE, listed([ALICE])))).toEqual(["smart_rollup_whitelist_disabled"]);
  });

  it("take a million messages a level", () => {
    const { chain, rollup } = chainWithRollup();
    void rollup;
    const { head } = chain;
    const draft = new BlockDraft({
      state: head.state,
      chainId: head.chainId,
      protocol: head.nextProtocol,
      level: head.shell.level + 1,
      predecessor: head.hash,
      predecessorTimestamp: head.shell.timestamp,
      contracts: undefined,
    });
    const message = new Uint8Array(1);
    draft.addMessages(new Array<Uint8Array>(MAX_MESSAGES_PER_LEVEL).fill(message));
    expect(() => draft.addMessages([message])).toThrow(ProtocolError);
  });
});

describe("private rollups", () => {
  it("let only those listed publish", () => {
    const { chain, rollup, claims } = chainWithRollup({ whitelist: [ALICE, EVE] });
    expect(failureOf(chain.send(BOB, publish(rollup, claims.commitment("a"))))).toEqual([
      "smart_rollup_staker_not_in_whitelist",
    ]);
    chain.apply(EVE, publish(rollup, claims.commitment("a")));
    const view = chain.sandbox.context(chain.head).rollup(rollup.address);
    expect(new Set(view.whitelist())).toEqual(new Set([ALICE.address, EVE.address]));
    expect(view.lastWhitelistUpdate()).toEqual({ messageIndex: 0n, outboxLevel: rollup.originationLevel });
  });
});

describe("the order of checks", () => {
  it("of a publication is the protocol's: each fault hides those behind it", () => {
    const { chain, rollup, claims } = chainWithRollup({ whitelist: [ALICE] });
    const poor = freshAccount("poor");
    chain.apply(ALICE, { kind: "transaction", destination: poor.address, amount: 5_000_000n });
    chain.apply(poor, { kind: "reveal", publicKey: poor.publicKey });
    const good = claims.commitment("a");
    const unknown = { ...good, predecessor: claims.hash("never") };
    const faults = [
      [poor, { ...unknown, numberOfTicks: 0n, inboxLevel: 0 }, "smart_rollup_staker_not_in_whitelist"],
      [ALICE, { ...unknown, numberOfTicks: 0n, inboxLevel: 0 }, "smart_rollup_zero_tick_commitment"],
      [ALICE, { ...unknown, inboxLevel: 0 }, "smart_rollup_commitment_too_old"],
      [ALICE, { ...unknown, inboxLevel: 1000 }, "smart_rollup_too_far_ahead"],
      [ALICE, { ...unknown, inboxLevel: chain.level + 20 }, "smart_rollup_unknown_commitment"],
      [ALICE, { ...good, inboxLevel: chain.level + 20 }, "smart_rollup_bad_inbox_level"],
    ] as const;
    for (const [sender, commitment, id] of faults) {
      expect(failureOf(chain.send(sender, publish(rollup, commitment)))[0]).toBe(id);
    }
    chain.apply(ALICE, publish(rollup, good));
  });
});
