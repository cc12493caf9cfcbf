import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { headEvent } from "../../../src/node/events/layer1-events.js";
import { describeOperation } from "../../../src/node/events/operation-text.js";
import { events } from "../../../src/node/events/table.js";
import { describeError } from "../../../src/node/events/trace.js";
import type { BlockHash, CommitmentHash, OperationHash } from "../../../src/protocol/identifiers.js";
import { publicKeyHash } from "../../../src/protocol/identifiers.js";
import { HAS_REFERENCE, referenceFile } from "../../reference.js";

const BLOCK = new Uint8Array(32).fill(1) as BlockHash;
const COMMITMENT = new Uint8Array(32).fill(2) as CommitmentHash;

describe("events", () => {
  it("have Octez's fields and sentences", () => {
    expect(events.daemonProcessHead({ hash: BLOCK, level: 7 })).toEqual({
      name: "smart_rollup_node_daemon_process_head",
      level: "Notice",
      section: ["smart_rollup_node", "daemon"],
      fields: { hash: "BKiiym5cWWUEL6xzjK7FtMdP3RzHXYvGYGqmRLj5KvfhsCcaAQb", level: 7 },
      message: "Processing head BKiiym5cWWUE at level 7",
    });
    expect(events.newCommitment({ hash: COMMITMENT, level: 9 }).message).toMatch(
      /^New commitment src1[A-Za-z0-9]{10} for inbox level 9$/,
    );
    expect(events.startingNode()).toMatchObject({ fields: {}, message: "Starting the smart rollup node" });
    expect(events.daemonNewHeadProcessed({ hash: BLOCK, level: 1, process_time: 12.5 })).toMatchObject({
      fields: { process_time: 0.0125 },
      message: "Processed head BKiiym5cWWUE at level 1 in 12.5ms",
    });
    expect(
      events.injectorInjected({
        signers: ["a", "b"],
        tags: ["publish"],
        nb: 1,
        oph: BLOCK as Uint8Array as OperationHash,
      }),
    ).toMatchObject({
      section: ["smart_rollup_node", "injector"],
      fields: { signers: ["a", "b"], tags: ["publish"], nb: 1 },
      message: expect.stringMatching(/^\[a; b\] Injected 1 operations in o/),
    });
    expect(events.layer1GetMessages({ protocolName: "alpha", hash: BLOCK, level: 3, number_of_messages: 5 })).toEqual({
      name: "smart_rollup_node_layer_1_get_messages",
      level: "Notice",
      section: ["alpha", "smart_rollup_node", "inbox"],
      fields: { hash: expect.any(String), level: 3, number_of_messages: 5 },
      message: "Fetched 5 messages from block BKiiym5cWWUE at level 3",
    });
    expect(events.unusedOperators({ extra_purposes: ["cementing", "recovering"] })).toMatchObject({
      fields: { extra_purposes: ["cementing", "recovering"] },
      message: "[Warning]: Unused operators for cementing, recovering.",
    });
  });

  it("cut and quote text in sentences only", () => {
    const long = "x".repeat(70);
    expect(events.nodeKnowsItsRollup({ addr: long, kind: "" })).toMatchObject({
      fields: { addr: long, kind: "" },
      message: `The smart rollup node is interacting with rollup ${"x".repeat(59)}[...] of kind ""`,
    });
    expect(events.metricsEnded({ stacktrace: "a b" }).message).toBe('[Error]: Metrics server ended with error "a b"');
    expect(events.kernelDebug({ log: `${long} ${long}` }).message).toBe(`${long} ${long}`);
  });

  it("tell durations", () => {
    const told = (delay: number): string => events.daemonMainLoopRetry({ delay }).message.slice(36, -1);
    expect([0.25, 12.5, 1500, 61_000, 3_600_000, 90_061_000].map(told)).toEqual([
      "250us",
      "12.5ms",
      "1.5s",
      "1min1s",
      "1h",
      "1d1h",
    ]);
  });

  it("follow the stream of heads", () => {
    expect(headEvent("daemon", { kind: "wait_reconnect", delayMs: 1500 })).toMatchObject({
      name: "l1_crawler_wait_reconnect",
      section: ["l1_crawler"],
      fields: { name: "daemon", delay: 1.5 },
      message: "[daemon] Retrying to connect in 1.5s",
    });
  });

  it("describe operations", () => {
    const opponent = publicKeyHash("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
    expect(describeOperation({ kind: "add_messages", messages: [new Uint8Array([1, 2])] })).toEqual({
      json: { kind: "add_messages", message: ["0102"] },
      text: "publishing 1 messages to smart rollups' inbox",
    });
    const rollup = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as never;
    const start = { kind: "start", playerCommitmentHash: COMMITMENT, opponentCommitmentHash: COMMITMENT } as const;
    expect(describeOperation({ kind: "refute", rollup, opponent, refutation: start }).text).toBe(
      `start refutation game against ${opponent}`,
    );
  });
});

describe("traces", () => {
  it("are lists of errors, outermost first", () => {
    const coded = Object.assign(new Error("inner"), { code: "sc_rollup.node.lost_game" });
    expect(describeError(new Error("outer", { cause: coded }))).toEqual({
      json: [
        { kind: "generic", error: "outer" },
        { kind: "permanent", id: "sc_rollup.node.lost_game", error: "inner" },
      ],
      text: "outer\ninner",
    });
    expect(describeError("thrown")).toEqual({ json: [{ kind: "generic", error: "thrown" }], text: "thrown" });
  });
});

/** The declarations of a file of the reference: name, level, sentence. */
function declarations(path: string): readonly { name: string; level: string; message: string }[] {
  const source = referenceFile(path);
  const joined = source.replaceAll(/\\\n\s*/g, "");
  return [...joined.matchAll(/declare_\d\b[\s\S]*?(?=\n\n|\n {4}let |$)/g)].flatMap(([declaration]) => {
    const name = /~name:\s*"([a-z0-9_]+)"/.exec(declaration)?.[1];
    const level = /~level:\s*([A-Z][a-z]+)/.exec(declaration)?.[1];
    const message = /~msg:\s*"((?:[^"\\]|\\.)*)"/.exec(declaration)?.[1];
    return name === undefined || message === undefined ? [] : [{ name, level: level ?? "Info", message }];
  });
}

const FAMILIES: readonly (readonly [path: string, prefix: string])[] = [
  ["src/lib_smart_rollup_node/event.ml", ""],
  ["src/lib_smart_rollup_node/daemon_event.ml", ""],
  ["src/lib_smart_rollup_node/interpreter_event.ml", ""],
  ["src/lib_smart_rollup_node/commitment_event.ml", ""],
  ["src/lib_smart_rollup_node/refutation_game_event.ml", ""],
  ["src/lib_smart_rollup_node/batcher_events.ml", ""],
  ["src/lib_injector/injector_events.ml", ""],
  ["src/lib_smart_rollup_node/sql_store.ml", ""],
  ["src/lib_crawler/layer1_event.ml", "l1_crawler_"],
];

/** Of RISC-V, Etherlink, contexts kept at commitments only, and connections that we do not make in the same way. */
const LEFT_OUT = [
  /riscv/,
  /etherlink/,
  /no_committed_context|replaying_blocks/,
  /stopping_old_connection|l1_crawler_reconnect_/,
  // Several workers use these names: one sentence each.
  /^request_/,
];

describe.skipIf(!HAS_REFERENCE)("the reference's declarations", () => {
  it.each(FAMILIES)("%s", (path, prefix) => {
    const source = ours();
    for (const { name: bare, level, message } of declarations(path)) {
      const name = prefix + bare;
      if (LEFT_OUT.some((pattern) => pattern.test(name))) continue;
      const found = source.filter((event) => event.name === name || event.name === bare);
      expect(found.length, name).toBeGreaterThan(0);
      expect(
        found.map((event) => event.level),
        name,
      ).toContain(level);
      expect(
        found.map((event) => event.message.replace(/\[\{ticks\}\]/, "{ticks}")),
        name,
      ).toContain(message);
    }
  });
});

/** Our declarations, from our own sources: events themselves have values in the places of fields. */
function ours(): readonly { name: string; level: string; message: string }[] {
  const files = execFileSync("cat", ["-s", ...SOURCES], { encoding: "utf8" }).replaceAll(/" \+\n\s*"/g, "");
  return [...files.matchAll(/name: "([a-z0-9_]+)",\s*level: "([A-Za-z]+)",\s*message:\s*("(?:[^"\\]|\\.)*"),/g)].map(
    ([, name = "", level = "", message = '""']) => ({ name, level, message: JSON.parse(message) as string }),
  );
}

const SOURCES = [
  "node",
  "daemon",
  "interpreter",
  "commitment",
  "refutation",
  "batcher",
  "injector",
  "layer1",
  "store",
].map((family) => new URL(`../../../src/node/events/${family}-events.ts`, import.meta.url).pathname);
