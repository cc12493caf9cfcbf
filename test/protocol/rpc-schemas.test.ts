// What the forms print, against Octez's own schemas of the rollup RPCs (vectors/protocol/l1_rpc_schemas.json).
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Form, listOf, nullable } from "../../src/encoding/form.js";
import type { Json } from "../../src/encoding/json.js";
import { michelineForm } from "../../src/encoding/micheline.js";
import { MICHELSON_PRIMITIVES } from "../../src/encoding/michelson-primitives.js";
import {
  type Commitment,
  commitmentForm,
  commitmentHashWithLevelForm,
  genesisInfoForm,
  hashedCommitmentForm,
} from "../../src/protocol/commitment.js";
import { DAL_GENESIS } from "../../src/protocol/dal-history.js";
import { conflictForm, gameResultForm, ongoingGameForm, timeoutForm } from "../../src/protocol/game.js";
import { publicKeyHashForm, rollupAddressForm } from "../../src/protocol/identifiers.js";
import { inboxForm, type LevelCell } from "../../src/protocol/inbox.js";
import { pvmKindForm } from "../../src/protocol/manager-contents.js";
import { lastWhitelistUpdateForm, whitelistForm } from "../../src/protocol/whitelist.js";
import { describeShared, sharedPath } from "../shared-data.js";
import {
  bytesOf,
  chunk,
  commitmentHash,
  contract,
  level,
  micheline,
  mutez,
  publicKeyHash,
  rollupAddress,
  stateHash,
  tick,
} from "./arbitraries.js";
import { type JsonSchema, type Schemas, schemaFaults } from "./json-schema.js";

const FILE = "vectors/protocol/l1_rpc_schemas.json";
const PREFIX = "/chains/{chain}/blocks/{block}/context/smart_rollups";
const ROLLUP = `${PREFIX}/smart_rollup/{smart_rollup_address}`;
const STAKER = `${ROLLUP}/staker/{pkh}`;
const PAIR = `${ROLLUP}/staker1/{staker1_pkh}/staker2/{staker2_pkh}`;

const commitment: fc.Arbitrary<Commitment> = fc.record({
  compressedState: stateHash,
  inboxLevel: level,
  predecessor: commitmentHash,
  numberOfTicks: mutez,
});
const levelCell: fc.Arbitrary<LevelCell> = fc.record({
  index: fc.nat(),
  content: fc.record({ hash: bytesOf<LevelCell["content"]["hash"]>(32), level }),
  backPointers: fc.array(bytesOf<LevelCell["backPointers"][number]>(32), { maxLength: 3 }),
});
const ongoingGame = fc.record({
  game: fc.record({
    turn: fc.constantFrom("alice" as const, "bob" as const),
    inboxSnapshot: levelCell,
    dalSnapshot: fc.constant(DAL_GENESIS),
    startLevel: level,
    inboxLevel: level,
    gameState: fc.oneof(
      fc.record({
        kind: fc.constant("dissecting" as const),
        dissection: fc.array(chunk, { maxLength: 33 }),
        defaultNumberOfSections: fc.nat({ max: 255 }),
      }),
      fc.record({ kind: fc.constant("finalMove" as const), agreedStartChunk: chunk, refutedStopChunk: chunk }),
    ),
  }),
  alice: publicKeyHash,
  bob: publicKeyHash,
});
const gameResult = fc.oneof(
  fc.constant({ kind: "draw" as const }),
  fc.record({
    kind: fc.constant("loser" as const),
    reason: fc.constantFrom("conflictResolved" as const, "timeout" as const),
    player: publicKeyHash,
  }),
);
const int31 = fc.integer({ min: -0x40000000, max: 0x3fffffff });

interface Answer {
  readonly json: fc.Arbitrary<Json>;
  /** Reads what was printed, and prints it again. */
  readonly again: (json: Json) => Json;
}

function answer<T>(form: Form<T>, value: fc.Arbitrary<T>): Answer {
  return { json: value.map((given) => form.toJson(given)), again: (json) => form.toJson(form.fromJson(json)) };
}

function orNull<T>(form: Form<T>, value: fc.Arbitrary<T>): Answer {
  return answer(nullable(form), fc.option(value, { nil: null, freq: 3 }));
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  [`${PREFIX}/all`]: answer(listOf(rollupAddressForm), fc.array(rollupAddress)),
  [`${PREFIX}/all/inbox`]: answer(inboxForm, fc.record({ level, oldLevelsMessages: levelCell })),
  [`${ROLLUP}/kind`]: answer(pvmKindForm, fc.constantFrom("arith", "wasm_2_0_0", "riscv")),
  [`${ROLLUP}/genesis_info`]: answer(genesisInfoForm, fc.record({ level, commitmentHash })),
  [`${ROLLUP}/last_cemented_commitment_hash_with_level`]: answer(
    commitmentHashWithLevelForm,
    fc.record({ hash: commitmentHash, level }),
  ),
  [`${ROLLUP}/commitment/{smart_rollup_commitment_hash}`]: answer(commitmentForm, commitment),
  [`${ROLLUP}/whitelist`]: orNull(whitelistForm, fc.array(publicKeyHash)),
  [`${ROLLUP}/last_whitelist_update`]: orNull(
    lastWhitelistUpdateForm,
    fc.record({ messageIndex: tick, outboxLevel: level }),
  ),
  [`${ROLLUP}/stakers`]: answer(listOf(publicKeyHashForm), fc.array(publicKeyHash)),
  [`${STAKER}/staked_on_commitment`]: orNull(
    hashedCommitmentForm,
    fc.tuple(commitmentHash, commitment).map(([hash, fields]) => ({ hash, ...fields })),
  ),
  [`${STAKER}/conflicts`]: answer(
    listOf(conflictForm),
    fc.array(
      fc.record({
        other: publicKeyHash,
        theirCommitment: commitment,
        ourCommitment: commitment,
        parentCommitment: commitmentHash,
      }),
    ),
  ),
  [`${STAKER}/games`]: answer(listOf(ongoingGameForm), fc.array(ongoingGame, { maxLength: 3 })),
  [`${PAIR}/timeout`]: orNull(timeoutForm, fc.record({ alice: int31, bob: int31, lastTurnLevel: level })),
  [`${PAIR}/timeout_reached`]: orNull(gameResultForm, gameResult),
};

/** Answers of plain strings, numbers and booleans, and lists of them: nothing for a form to do. */
const PLAIN = [
  `${ROLLUP}/commitment/{smart_rollup_commitment_hash}/can_be_cemented`,
  `${ROLLUP}/commitment/{smart_rollup_commitment_hash}/stakers_indexes`,
  `${ROLLUP}/consumed_outputs/{block_level}`,
  `${ROLLUP}/inbox_level/{block_level}/commitments`,
  `${ROLLUP}/ticket_balance`,
  `${STAKER}/index`,
];

describeShared("l1_rpc_schemas.json", FILE, () => {
  const { paths, schemas } = JSON.parse(readFileSync(sharedPath(FILE), "utf8")) as {
    readonly paths: Readonly<Record<string, { readonly response: JsonSchema; readonly request?: JsonSchema }>>;
    readonly schemas: Schemas;
  };

  it("has the paths counted here", () => {
    expect(Object.keys(paths)).toHaveLength(20);
    console.log(`${FILE}: 20 paths`);
    expect(Object.keys(paths).sort()).toEqual([...Object.keys(ANSWERS), ...PLAIN].sort());
  });

  it.each(Object.entries(ANSWERS))("%s", (path, { json, again }) => {
    const schema = paths[path]?.response ?? {};
    fc.assert(
      fc.property(json, (printed) => {
        expect(schemaFaults(schema, printed, schemas)).toEqual([]);
        expect(again(JSON.parse(JSON.stringify(printed)) as Json)).toEqual(printed);
      }),
      { seed: 51, numRuns: 60 },
    );
  });

  it("asks for ticket balances with Micheline", () => {
    const schema = paths[`${ROLLUP}/ticket_balance`]?.request ?? {};
    fc.assert(
      fc.property(contract, micheline, micheline, (ticketer, type, content) => {
        const request = { ticketer, content_type: michelineForm.toJson(type), content: michelineForm.toJson(content) };
        expect(schemaFaults(schema, request, schemas)).toEqual([]);
      }),
      { seed: 52, numRuns: 60 },
    );
  });

  it("knows the same primitives", () => {
    const names = schemas["alpha.michelson.v1.primitives"]?.enum ?? [];
    expect([...names].sort()).toEqual([...MICHELSON_PRIMITIVES].sort());
  });
});

describe("the schema checker", () => {
  it("finds faults", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["a"],
      properties: {
        a: { type: "integer", minimum: 0 },
        b: { type: "array", items: { type: "string", pattern: "^x" } },
      },
    };
    expect(schemaFaults(schema, { a: 1, b: ["x"] }, {})).toEqual([]);
    expect(schemaFaults(schema, { a: -1, b: ["y", 1], c: 1 }, {})).toHaveLength(4);
    expect(schemaFaults(schema, {}, {})).toEqual([": no a"]);
    expect(schemaFaults({ oneOf: [{ enum: ["a"] }, { type: "boolean" }] }, "b", {})).not.toEqual([]);
    expect(schemaFaults({ nullable: true, type: "string" }, null, {})).toEqual([]);
  });
});
