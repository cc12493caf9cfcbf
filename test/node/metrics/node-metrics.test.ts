// Metrics filled from a node at work: a game of refutation from its start to its end, and batches of messages; and from the machine.
import { describe, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/node/events.js";
import { NodeMetrics } from "../../../src/node/metrics/node-metrics.js";
import { canSample, samplePerformance } from "../../../src/node/metrics/performance.js";
import { startNetwork } from "../../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate } from "../../l1/sandbox/rollup.js";
import { startTestNode, temporaryDirectory } from "../test-node.js";

const NODE = "octez_sc_rollup_node_";

async function values(metrics: NodeMetrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, "").replace(NODE, ""), Number(/\S+$/.exec(line))]));
}

describe("a node's metrics", () => {
  it("follow a game to its end", async () => {
    const network = await startNetwork();
    const { chain } = network;
    const rollup = originate(chain, CAROL, assemble("echo"));
    const failures = [{ level: chain.level + 2, messageIndex: 2, messageTick: 0n }];
    const events: NodeEvent[] = [];
    const emit = (event: NodeEvent): void => void events.push(event);
    const metrics = new NodeMetrics({ version: "0", emit, now: () => 0 });
    const honest = await startTestNode(network, rollup, { account: ALICE });
    await metrics.attach(honest, "full");
    const liar = await startTestNode(network, rollup, {
      account: BOB,
      config: { loserMode: { kind: "failures", failures } },
    });
    let isOver = false;
    liar.finished.catch(() => {
      isOver = true;
    });
    chain.bake();
    chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("hello")] });
    const states = new Set<number>();
    const game = (name: string, of: ReadonlyMap<string, number>): number | undefined =>
      [...of].find(([key]) => key.startsWith(`${name}{opponent="${BOB.address}",start_level=`))?.[1];
    for (let i = 0; i < 60 && !isOver; i++) {
      await honest.settled();
      await liar.settled().catch(() => undefined);
      const now = await values(metrics);
      const state = game("state_of_refutation_game", now);
      if (state !== undefined) {
        states.add(state);
        expect(game("block_timeout", now)).toBeGreaterThan(0);
      }
      chain.bake();
    }
    // Whose turn it is: ours, theirs.
    expect([...states].sort()).toEqual([0, 1]);
    await honest.settled();
    await expect.poll(async () => game("state_of_refutation_game", await values(metrics))).toBeUndefined();
    expect((await values(metrics)).get("number_of_conflicts")).toBe(0);
    expect(events).toEqual([]);
    metrics.stop();
  }, 120_000);

  it("say what the program was built from, or that nobody knows", async () => {
    const common = { version: "tickproof 9.9", emit: () => undefined, now: () => 0 };
    const unknown = new NodeMetrics(common);
    expect([...(await values(unknown)).keys()]).toContain(
      'node_info{version="tickproof 9.9",commit_hash="unknown",commit_date="not-available"}',
    );
    const known = new NodeMetrics({ ...common, commit: { hash: "0123abcd", date: "2026-11-24 21:42:21 +0000" } });
    expect([...(await values(known)).keys()]).toContain(
      'node_info{version="tickproof 9.9",commit_hash="0123abcd",commit_date="2026-11-24 21:42:21 +0000"}',
    );
  });

  it("count batches", () => {
    const metrics = new NodeMetrics({ version: "0", emit: () => undefined, now: () => 7000 });
    metrics.hearBatcher({ name: "cutting" });
    metrics.hearBatcher({ name: "cut", batches: 2, messages: 30, left: 4 });
    metrics.hearBatcher({ name: "batched", batches: 2, messages: 30, left: 4 });
    return expect(values(metrics).then((now) => Object.fromEntries(now))).resolves.toMatchObject({
      batcher_batches_size: 2,
      batcher_messages_size: 30,
      batcher_message_queue_size: 4,
      batcher_last_batch_time: 7,
    });
  });
});

describe("the machine's load", async () => {
  const { pid } = process;
  it.skipIf(!(await canSample(pid)))("is sampled", async () => {
    const sample = await samplePerformance(pid, temporaryDirectory());
    expect(sample.performance_resident).toBeGreaterThan(0.01);
    expect(sample.performance_virtual).toBeGreaterThan(sample.performance_resident ?? 0);
    expect(sample.performance_file_descriptors).toBeGreaterThan(3);
    expect(sample.performance_disk_percentage).toBeGreaterThanOrEqual(0);
    expect(sample.performance_data).toBe(0);
  });

  it("is not known of a process that is not there", async () => {
    expect(await canSample(2 ** 22 + 1)).toBe(false);
  });
});
