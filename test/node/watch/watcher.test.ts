// A watcher beside games that really are played: an honest node against one that lies; own states out of the store, and over the RPC.
import { afterAll, describe, expect, it } from "vitest";
import { RpcServer } from "../../../src/node/rpc/server.js";
import { viewOf } from "../../../src/node/running-view.js";
import type { WatchReport } from "../../../src/node/watch/report.js";
import { RpcStates } from "../../../src/node/watch/rpc-states.js";
import { StoreStates } from "../../../src/node/watch/store-states.js";
import { Watcher } from "../../../src/node/watch/watcher.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { ALICE, BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { startTestNode, type TestNode } from "../test-node.js";

interface Scene {
  readonly network: TestNetwork;
  readonly rollup: Rollup;
  readonly honest: TestNode;
  readonly liar: TestNode;
}

async function scene(): Promise<Scene> {
  const network = await startNetwork();
  const { chain } = network;
  const rollup = originate(chain, CAROL, assemble("echo"));
  const lie = { level: chain.level + 2, messageIndex: 2, messageTick: 0n };
  const honest = await startTestNode(network, rollup, { account: ALICE });
  const liar = await startTestNode(network, rollup, {
    account: BOB,
    config: { loserMode: { kind: "failures", failures: [lie] } },
  });
  chain.bake();
  chain.inject(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from("hello")] });
  return { network, rollup, honest, liar };
}

const statesOf = (node: TestNode): StoreStates => new StoreStates("honest", node.context.store, node.context.reader);

/** Bakes until a report shows something, at most so many blocks. The nodes given play on. */
async function watchUntil(
  { network }: Scene,
  watcher: Watcher,
  holds: (report: WatchReport) => boolean,
  ...nodes: readonly TestNode[]
): Promise<WatchReport[]> {
  const reports: WatchReport[] = [];
  for (let i = 0; i < 60; i++) {
    network.chain.bake();
    for (const node of nodes) await node.settled().catch(() => undefined);
    reports.push(await watcher.look(await network.client.block().header()));
    if (holds(reports.at(-1) as WatchReport)) return reports; // one was pushed
  }
  return expect.fail("not in 60 blocks");
}

const hasEnded = (report: WatchReport): boolean => report.ended.length > 0;

describe("a watcher", () => {
  it("sees conflict, game and end, and nothing alarming while the honest side plays", {
    timeout: 120_000,
  }, async () => {
    const here = await scene();
    const { network, rollup, honest, liar } = here;
    const { client } = network;
    const server = new RpcServer(viewOf(honest, { version: "test", historyMode: "full", now: () => 0 }));
    const rpcStates = new RpcStates(await server.listen());
    afterAll(async () => {
      await rpcStates.close();
      await server.close();
    });
    const options = { client, rollup: rollup.address, alarmBlocks: 2 };
    const watcher = new Watcher({ ...options, own: statesOf(honest) });
    const other = new Watcher({ ...options, own: rpcStates });
    const others: WatchReport[] = [];
    const isOver = (report: WatchReport): boolean => hasEnded(report);
    const reports: WatchReport[] = [];
    while (!reports.some(isOver)) {
      reports.push(...(await watchUntil(here, watcher, () => true, honest, liar)));
      if (reports.length % 4 === 0) others.push(await other.look(await client.block().header()));
    }
    expect(others.map(({ games }) => games)).toEqual(reports.flatMap(({ games }, i) => (i % 4 === 3 ? [games] : [])));
    expect(others.flatMap(({ games }) => games).length).toBeGreaterThan(1);
    expect(reports.flatMap(({ alarms, troubles }) => [alarms, troubles].flat())).toEqual([]);

    const withConflict = reports.find(({ conflicts }) => conflicts.length > 0);
    expect(withConflict?.conflicts[0]?.stakers).toEqual([BOB.address]);
    const games = reports.flatMap((report) => report.games);
    expect(games.length).toBeGreaterThan(8);
    for (const { forecast, honest: player, ...game } of games) {
      expect(player && game[player]).toBe(ALICE.address);
      expect(forecast.outcome).toBe(player);
      expect(game.blocksLeft).toBeGreaterThan(2);
    }
    expect(new Set(games.map(({ turn }) => turn))).toEqual(new Set([ALICE.address, BOB.address]));
    const last = games.at(-1)?.forecast.divergence;
    expect(last && last.stop.tick - last.start.tick).toBe(1n);
    const [end] = reports.at(-1)?.ended ?? [];
    expect(end?.result).toEqual({ kind: "loser", reason: "conflictResolved", player: BOB.address });
    expect(end?.honest && end[end.honest]).toBe(ALICE.address);
  });

  it("raises alarms when the honest side stops playing, and when it has lost", { timeout: 120_000 }, async () => {
    const here = await scene();
    const { network, rollup, honest, liar } = here;
    const own = statesOf(honest);
    const watcher = new Watcher({ client: network.client, rollup: rollup.address, own, alarmBlocks: 2 });
    await watchUntil(here, watcher, ({ games }) => games.length > 0, honest, liar);
    const observer = await startTestNode(network, rollup, { mode: "observer" });
    await honest.stop();
    // Own states of a node that does not play.
    const second = new Watcher({
      client: network.client,
      rollup: rollup.address,
      own: statesOf(observer),
      alarmBlocks: 2,
    });
    const reports = await watchUntil(here, second, hasEnded, liar, observer);
    const alarms = reports.flatMap((report) => report.alarms.map((alarm) => ({ ...alarm, seenAt: report.head.level })));
    // And then nobody is left to contest it.
    expect(alarms.map(({ kind }) => kind)).toEqual(["little_time", "game_lost", "uncontested"]);
    const [time, lost] = alarms;
    expect(time).toMatchObject({
      blocksLeft: 2,
      message: expect.stringContaining(`${ALICE.address} is about to lose`),
    });
    expect(lost?.message).toContain(
      `${ALICE.address} stood by the right commitment and has lost its bond: lost by timeout`,
    );
    // The states of the node that was stopped are gone; that is no reason to fail.
    const blind = await watcher.look(await network.client.block().header()).catch((error: unknown) => error);
    expect(blind).not.toBeInstanceOf(TypeError);
  });

  it("raises an alarm when nobody contests a wrong commitment", { timeout: 120_000 }, async () => {
    const here = await scene();
    const { network, rollup, honest, liar } = here;
    await honest.stop();
    const observer = await startTestNode(network, rollup, { mode: "observer" });
    const watcher = new Watcher({
      client: network.client,
      rollup: rollup.address,
      own: statesOf(observer),
      alarmBlocks: 2,
    });
    const raised = ({ alarms }: WatchReport): boolean =>
      alarms.some(({ kind }) => kind === "wrong_commitment_cemented");
    const reports = await watchUntil(here, watcher, raised, liar, observer);
    const kinds = reports.flatMap(({ alarms }) => alarms.map(({ kind }) => kind));
    expect(kinds[0]).toBe("uncontested");
    expect(kinds.at(-1)).toBe("wrong_commitment_cemented");
    const first = reports.find(({ alarms }) => alarms.length > 0);
    expect(first?.conflicts[0]).toMatchObject({ stakers: [BOB.address], defenders: [], blocksLeft: 2 });
  });
});
