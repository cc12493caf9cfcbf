// `refute`, `dissect` and `judge` on a game of the sandbox chain, from a kernel and its inputs; the same from data directories is in
// test/node/games-offline.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import type { Json } from "../../src/encoding/json.js";
import { blockToJson } from "../../src/l1/sandbox/rpc/block-json.js";
import { allConstantsToJson } from "../../src/protocol/constants.js";
import { ongoingGameForm } from "../../src/protocol/game.js";
import { inboxForm } from "../../src/protocol/inbox.js";
import { type Move, refutationForm } from "../../src/protocol/refutation.js";
import { ALICE, BOB, CAROL, QUICK } from "../l1/sandbox/chain.js";
import { otherMessage, publishBoth, type Table, table } from "../l1/sandbox/random-liars.js";
import { play } from "../l1/sandbox/rollup.js";
import { blocksOf } from "../node/games-offline/random-games.js";
import { temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const file = (name: string): string => `${folder}/${name}`;

/** A game on the chain: the honest player's positions, with the moves that it made. */
interface HonestTurn {
  readonly games: Json;
  readonly move: Move;
}

let made: Table;
const turns: HonestTurn[] = [];
let rollup: string;
let honest: string;
let blocks: Json[];

beforeAll(() => {
  made = table("echo", [text("one"), text("two")]);
  const { chain } = made;
  const liar = made.liar({ tamper: otherMessage(made.honest, 3, "TWO") });
  publishBoth(made.honest, liar);
  play(made.honest, liar, (player, { stakers, game }) => {
    const move = player.move({ stakers, game } as never);
    if (player === made.honest) turns.push({ games: [ongoingGameForm.toJson({ game, ...stakers })], move });
    return move;
  });
  rollup = made.honest.rollup.address;
  honest = ALICE.address;
  blocks = blocksOf(chain).map((block) => blockToJson(block, chain.sandbox.predecessor(block), "always"));
  const inboxes = blocksOf(chain)
    .filter(({ inboxMessages }) => inboxMessages.length > 0)
    .map(({ shell, inboxMessages }) => ({ level: shell.level, messages: inboxMessages.map(toHex) }));
  const { originationLevel, kernel } = made.honest.rollup;
  write(folder, "kernel.wasm", kernel);
  write(folder, "constants.json", JSON.stringify(allConstantsToJson(QUICK)));
  write(folder, "inputs.json", JSON.stringify({ rollup, originationLevel, inboxes }));
  const own = inboxes.filter(({ level }) => level > originationLevel);
  write(folder, "own-inputs.json", JSON.stringify({ rollup, originationLevel, inboxes: own }));
  const origin = chain.sandbox.block(originationLevel) ?? expect.fail("no origination");
  write(folder, "inbox.json", JSON.stringify(inboxForm.toJson(origin.state.inbox)));
  write(folder, "blocks.json", JSON.stringify(blocks));
});

const COMMON = (inputs = "inputs.json"): string[] => [
  ...["--inputs", file(inputs)],
  ...["--constants", file("constants.json")],
];

function refute(games: unknown, ...args: readonly string[]) {
  write(folder, "games.json", typeof games === "string" ? games : JSON.stringify(games));
  const inputs = args.includes("--inputs") ? ["--constants", file("constants.json")] : COMMON();
  return tickproof(["refute", file("kernel.wasm"), ...inputs, "--game", file("games.json"), ...args]);
}

describe("tickproof refute", () => {
  it("makes every move of an honest player", async () => {
    expect(turns.length).toBeGreaterThan(4);
    for (const { games, move } of turns) {
      const { code, out, err } = await refute(games, "--as", honest);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(JSON.parse(out)).toEqual({
        kind: "smart_rollup_refute",
        source: honest,
        rollup,
        opponent: BOB.address,
        refutation: refutationForm.toJson(move),
      });
    }
  });

  it("takes a game by itself, and writes what RPCs take", async () => {
    const { games, move } = turns[0] ?? expect.fail("no moves");
    const [{ game }] = games as unknown as [{ game: Json }];
    const players = ["--as", honest, "--against", BOB.address];
    const fields = ["--fee", "1_000", "--counter", "7", "--gas-limit", "20000", "--storage-limit", "0"];
    const ran = await refute(game, ...players, ...fields, "-o", file("move.json"));
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain(`inject   tickproof client inject operations ${file("move.json")} from ${honest}\n`);
    expect(JSON.parse(readFileSync(file("move.json"), "utf8"))).toMatchObject({
      fee: "1000",
      counter: "7",
      gas_limit: "20000",
      storage_limit: "0",
      refutation: refutationForm.toJson(move),
    });
    const { out } = await refute(game, ...players, "--json", "-o", file("move.json"));
    expect(JSON.parse(out)).toMatchObject({ player: honest, opponent: BOB.address, move: "dissection" });
  });

  it("proves what comes next in the inbox from the rollup's own levels and the inbox before them", async () => {
    const { games, move } = turns.at(-1) ?? expect.fail("no moves");
    expect(move.step).toMatchObject({ inputProof: { kind: "inbox" } });
    const own = ["--inputs", file("own-inputs.json")];
    const { code, out } = await refute(games, ...own, "--inbox", file("inbox.json"));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ refutation: refutationForm.toJson(move) });
    const without = await refute(games, ...own);
    expect(without).toMatchObject({ code: 2, out: "" });
    expect(without.err).toContain("(node.offline.unknown_inbox)");
    expect(without.err).toContain("the inbox of the level before the first one");
  });

  it("says what is wrong", async () => {
    const [first] = turns;
    if (first === undefined) return expect.fail("no moves");
    const games = first.games as unknown as [Record<string, Json>];
    const [game] = games;
    const inner = game["game"] as Record<string, Json>;
    const fails = async (code: number, id: string, given: unknown, ...args: string[]): Promise<string> => {
      const ran = await refute(given, ...args);
      expect({ ...ran, err: ran.err.includes(`(${id})`) ? id : ran.err }).toEqual({ code, out: "", err: id });
      expect(ran.err.trimEnd().split("\n").length).toBe(1);
      return ran.err;
    };
    await fails(2, "node.offline.not_json", '{"game":');
    await fails(2, "node.offline.bad_game", [{ ...game, game: 1 }]);
    await fails(2, "node.offline.bad_game", [{ ...game, alice: "tz1" }]);
    await fails(2, "node.offline.no_game", []);
    await fails(2, "node.offline.no_game", games, "--as", CAROL.address);
    await fails(2, "node.offline.which_game", [game, game]);
    await fails(2, "node.offline.which_game", inner);
    const turn = await fails(4, "node.offline.not_our_turn", games, "--as", BOB.address);
    expect(turn).toContain(`it is the turn of ${honest}, not of ${BOB.address}`);
    await fails(2, "node.offline.missing_levels", [{ ...game, game: { ...inner, inbox_level: 9999 } }]);
    await fails(2, "node.offline.missing_levels", games, "--period-start", "0");
    await fails(2, "node.offline.other_rollup", games, "--rollup", "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57");
    // A period that starts elsewhere starts from another state.
    const later = String(made.honest.rollup.originationLevel + 1);
    const states = await fails(1, "node.offline.states_disagree", games, "--period-start", later);
    expect(states).toMatch(/at tick 0 .* the game stands on srs1\S+, and \S+inputs.json comes to srs1/);
    const inputs = JSON.parse(readFileSync(file("inputs.json"), "utf8")) as { inboxes: { level: number }[] };
    const level = made.honest.rollup.originationLevel + 2;
    write(
      folder,
      "gap.json",
      JSON.stringify({ ...inputs, inboxes: inputs.inboxes.filter((each) => each.level !== level) }),
    );
    await fails(2, "node.offline.missing_levels", games, "--inputs", file("gap.json"));
    expect((await refute(games, "--data-dir", folder)).code).toBe(2);
    const nothing = await tickproof(["refute", "--game", file("games.json")]);
    expect(nothing).toMatchObject({ code: 2, out: "" });
    expect(nothing.err).toContain("Give --data-dir, or a kernel and --inputs");
  });
});

describe("tickproof dissect", () => {
  it("prints the dissection that was submitted", async () => {
    const { move } = turns[0] ?? expect.fail("no moves");
    const step = refutationForm.toJson(move) as { step: { tick: string }[]; choice: string };
    const level = String(made.honest.rollup.originationLevel + made.honest.period);
    const range = ["--from", step.choice, "--to", step.step.at(-1)?.tick ?? ""];
    const args = ["dissect", file("kernel.wasm"), ...COMMON(), "--inbox-level", level, ...range];
    const { code, out } = await tickproof([...args, "--json"]);
    expect(code).toBe(0);
    const printed = JSON.parse(out) as { dissection: Json; levels: Json; phases: Json[] };
    expect(printed.dissection).toEqual(step.step);
    expect(printed.levels).toEqual([Number(level) - 2, Number(level)]);
    expect(printed.phases.length).toBe(step.step.length);
    const lines = (await tickproof(args)).out.trimEnd().split("\n");
    expect(lines.length).toBe(2 + step.step.length);
    expect(lines[1]).toBe(`sections  ${step.step.length - 1}`);
    expect(lines[2]).toMatch(/^ *0 {2}srs1\S+ {2}collect$/);
  });

  it("dissects a whole run, and says when there is nothing to", async () => {
    const args = ["dissect", file("kernel.wasm"), ...COMMON()];
    const { code, out } = await tickproof([...args, "--sections", "2"]);
    expect(code).toBe(0);
    expect(out).toContain("sections  2\n");
    const none = await tickproof([...args, "--from", "5", "--to", "5"]);
    expect(none).toMatchObject({ code: 2, out: "" });
    expect(none.err).toContain("(node.offline.no_such_tick)");
    const beyond = await tickproof([
      ...args,
      "--from",
      "9_000_000_000_000_000_000",
      "--to",
      "9_100_000_000_000_000_000",
    ]);
    expect(beyond.err).toContain("(node.offline.no_such_tick)");
    const last = await tickproof([...args, "--from", "0", "--to", "9_000_000_000_000_000_000", "--sections", "2"]);
    expect(last.out).toContain("none: the machine does not get there");
  });
});

describe("tickproof judge", () => {
  /** The blocks before the first proof. */
  function withoutProofs(): Json[] {
    const first = blocks.findIndex((block) => JSON.stringify(block).includes('"pvm_step"'));
    return blocks.slice(0, first);
  }

  const inboxAt = (level: number): Json => {
    const block = made.chain.sandbox.block(level) ?? expect.fail("no such block");
    return inboxForm.toJson(block.state.inbox);
  };
  const startLevel = (): number => Number(blocks.findIndex((each) => JSON.stringify(each).includes('"start"'))) + 1;

  it("finds for the honest player, by the proof and by states", async () => {
    write(folder, "inbox-at-start.json", JSON.stringify(inboxAt(startLevel() - 1)));
    const files = [file("blocks.json"), file("inbox-at-start.json")];
    const common = ["--constants", file("constants.json")];
    const told = await tickproof(["judge", ...files, ...common]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toContain(`game      ${honest} against ${BOB.address}, about the commitment for level `);
    expect(told.out).toContain(`result    ${BOB.address} loses (conflict resolved), as it should\n`);
    expect(told.out).toContain(`right     ${honest}\n`);
    expect(told.out).toMatch(
      /^reason {4}tick 3: the step \(collect\) from srs1\S+ leads to srs1\S+, as claimed, after a proof that fails$/m,
    );
    const own = ["--kernel", file("kernel.wasm"), "--inputs", file("inputs.json")];
    const { code, out } = await tickproof(["judge", file("blocks.json"), ...common, ...own, "--json"]);
    expect(code).toBe(0);
    const proof = turns.at(-1)?.move.choice;
    const { games } = JSON.parse(out) as { games: Record<string, unknown>[] };
    expect(games).toMatchObject([
      {
        rollup,
        right: honest,
        verdict: "decided",
        tick: String(proof),
        result: { kind: "loser", reason: "conflict_resolved", player: BOB.address },
        byProof: { right: honest, role: "validate", holds: true, phase: "collect", input: "inbox" },
        byStates: { right: honest },
        just: true,
        contradiction: false,
      },
    ]);
    const [{ moves }] = games as unknown as [{ moves: Json[] }];
    expect(moves.length).toBe(2 * turns.length);
  });

  it("reads a value a line, and judges a game that goes on by states", async () => {
    const lines = withoutProofs().map((block) => JSON.stringify(block));
    write(folder, "blocks.jsonl", lines.join("\n"));
    const common = [file("blocks.jsonl"), "--constants", file("constants.json")];
    const alone = await tickproof(["judge", ...common]);
    expect(alone).toMatchObject({ code: 0 });
    expect(alone.out).toContain("result    the game goes on\nright     not known\n");
    const own = ["--kernel", file("kernel.wasm"), "--inputs", file("inputs.json")];
    const { code, out } = await tickproof(["judge", ...common, ...own]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^reason {4}tick [0-9,]+: claimed is srs1\S+, the machine comes to srs1\S+; they part after tick/m,
    );
    expect(out).toContain(`right     ${honest}\n`);
  });

  it("exits with 1 when the wrong one has lost, or layer 1 has judged otherwise", async () => {
    const common = [
      "--constants",
      file("constants.json"),
      "--kernel",
      file("kernel.wasm"),
      "--inputs",
      file("inputs.json"),
    ];
    const stakers = { alice: [honest, BOB.address].sort()[0], bob: [honest, BOB.address].sort()[1] };
    const timeout = { kind: "smart_rollup_timeout", source: BOB.address, rollup, stakers };
    // The last dissection is the honest player's.
    const cut = [...withoutProofs().slice(0, -1), { level: 5000, contents: [timeout] }];
    write(folder, "timeout.json", JSON.stringify(cut));
    const late = await tickproof(["judge", file("timeout.json"), ...common]);
    expect(late.code).toBe(1);
    expect(late.out).toContain(`result    ${honest} loses (timeout), and should not\n`);
    // A receipt that says something else.
    const lying = JSON.stringify(blocks).replace(
      `"reason":"conflict_resolved","player":"${BOB.address}"`,
      `"reason":"conflict_resolved","player":"${honest}"`,
    );
    write(folder, "lying.json", lying);
    const wrong = await tickproof(["judge", file("lying.json"), ...common]);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain(`BUT layer 1 says: ${honest} loses (conflict resolved)`);
  });

  it("says what it lacks", async () => {
    const fails = async (id: string, given: unknown, ...args: string[]): Promise<string> => {
      writeFileSync(file("record.json"), typeof given === "string" ? given : JSON.stringify(given));
      const ran = await tickproof(["judge", file("record.json"), "--constants", file("constants.json"), ...args]);
      expect({ ...ran, err: ran.err.includes(`(${id})`) ? id : ran.err }).toEqual({ code: 2, out: "", err: id });
      return ran.err;
    };
    await fails("node.offline.not_json", "{");
    await fails("node.offline.bad_record", { nothing: 1 });
    await fails("node.offline.bad_record", [1]);
    await fails("node.offline.bad_record", { kind: "smart_rollup_refute", source: honest, rollup });
    await fails("node.offline.bad_record", [blocks[3], { ...(blocks[3] as object), hash: "B" }]);
    expect(await fails("node.offline.unknown_inbox", blocks)).toContain(`blocks/${startLevel() - 1}/context`);
    const start = startLevel();
    // Without the blocks of the commitments, and with those of the moves alone.
    expect(await fails("node.offline.unknown_commitment", blocks.slice(start - 1))).toMatch(/commitment\/src1/);
    expect(await fails("node.offline.bad_record", blocks.slice(start))).toContain("whose start is not in the record");
    const none = await tickproof(["judge", write(folder, "none.json", "[]")]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("no game is started") as string });
  });
});
