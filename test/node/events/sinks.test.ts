import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { oneLine, rfc5424, short } from "../../../src/node/events/layout.js";
import { parseLogRules, parseSection, passes } from "../../../src/node/events/levels.js";
import { parseSink, SinkError } from "../../../src/node/events/sink-uri.js";
import { EventSinks, type SinkHost } from "../../../src/node/events/sinks.js";
import { events } from "../../../src/node/events/table.js";
import type { BlockHash } from "../../../src/protocol/identifiers.js";

const BLOCK = new Uint8Array(32).fill(1) as BlockHash;
/** 2023-04-27, 08:29:09.777 UTC. */
const AT = 1682584149777;
const plain = { hostname: "host", advertiseLevels: false, colors: false };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tickproof-sinks-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function host(env: Record<string, string>, clock = { at: AT }) {
  const texts = { out: "", err: "" };
  const sinkHost: SinkHost = {
    env,
    hostname: "host",
    pid: 42,
    now: () => clock.at,
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
    },
  };
  return { sinkHost, texts };
}

describe("layouts", () => {
  const head = { event: events.daemonProcessHead({ hash: BLOCK, level: 7 }), at: AT };

  it("are JSON for programs", () => {
    expect(JSON.parse(oneLine(head, plain))).toEqual({
      "fd-sink-item.v0": {
        hostname: "host",
        time_stamp: 1682584149.777,
        section: ["smart_rollup_node", "daemon"],
        event: { "smart_rollup_node_daemon_process_head.v0": { hash: expect.any(String), level: 7 } },
      },
    });
    const only = { event: events.kernelDebug({ log: "hello" }), at: AT };
    expect(JSON.parse(oneLine(only, { ...plain, advertiseLevels: true }))).toMatchObject({
      "fd-sink-item.v0": { level: "info", event: { "kernel_debug.v0": "hello" } },
    });
    const none = { event: events.daemonDegradedMode(), at: AT };
    expect(oneLine(none, plain)).toContain('"event":{"smart_rollup_node_daemon_degraded_mode.v0":{}}');
  });

  it("are lines for people", () => {
    expect(rfc5424(head, plain)).toBe(
      "2023-04-27T08:29:09.777-00:00 [smart_rollup_node.daemon.smart_rollup_node_daemon_process_head] " +
        "Processing head BKiiym5cWWUE at level 7\n",
    );
    expect(rfc5424(head, { ...plain, advertiseLevels: true })).toMatch(/^<005> 2023/);
    expect(short(head, plain)).toMatch(/^Apr 2[678] \d\d:\d\d:09\.777: Processing head BKiiym5cWWUE at level 7\n$/);
    expect(short(head, { ...plain, advertiseLevels: true })).toMatch(/09\.777 NOTICE │ Processing/);
    const warning = { event: events.dalEnabledNoNode(), at: AT };
    const lines = short(warning, { ...plain, advertiseLevels: true }).split("\n");
    expect(lines.slice(0, -1)).toEqual([
      expect.stringMatching(/ {3}WARN │ \[Warning\]: DAL is enabled in the protocol but no DAL node was provided for$/),
      expect.stringMatching(/ {3}WARN │ {3}the rollup node$/),
    ]);
    expect(short(warning, { ...plain, advertiseLevels: true, colors: true, columns: 200 })).toMatch(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
      /^\u001b\[1mApr .*\u001b\[33mWARN\u001b\[0m │ \u001b\[0m\u001b\[33m\[Warning\].*node\u001b\[0m\n$/,
    );
  });
});

describe("rules", () => {
  it("are those of TEZOS_LOG", () => {
    expect(parseLogRules("smart_rollup_node.daemon -> debug; * -> error")).toEqual([
      { prefix: ["smart_rollup_node", "daemon"], level: "Debug" },
      { prefix: [], level: "Error" },
    ]);
    expect(parseLogRules(" info ;")).toEqual([{ prefix: [], level: "Info" }]);
    for (const wrong of ["-> info", "a ->", "a -> b -> info", "a -> loud"]) {
      expect(() => parseLogRules(wrong), wrong).toThrow(RangeError);
    }
  });

  it("go by section, then name", () => {
    const event = events.lccUpdated({ hash: BLOCK as Uint8Array as never, level: 1 });
    expect(passes([], event)).toBe(false);
    expect(passes(parseLogRules("smart_rollup_node.*.smart_rollup_node_commitment_lcc_updated -> debug"), event)).toBe(
      true,
    );
    expect(passes(parseLogRules("smart_rollup_node.daemon -> debug"), event)).toBe(false);
    expect(passes(parseLogRules("smart_rollup_node -> none; debug"), event)).toBe(false);
    expect(passes([{ prefix: ["l1_crawler", "connected"], level: "Debug" }], events.l1Connected({ name: "x" }))).toBe(
      true,
    );
    expect(parseSection("a b.c")).toEqual(["a_b", "c"]);
  });
});

describe("URIs", () => {
  it("say what a sink is", () => {
    expect(
      parseSink(
        "file-descriptor-path:///tmp/a%20b?level-at-least=debug&section-prefix=x.y:error,z&create-dirs=true&chmod=0o644",
      ),
    ).toMatchObject({
      kind: "path",
      path: "/tmp/a b",
      format: "one-per-line",
      rules: [
        { prefix: ["x", "y"], level: "Error" },
        { prefix: ["z"], level: "Info" },
        { prefix: [], level: "Debug" },
      ],
      createDirs: true,
      mode: 0o644,
    });
    expect(parseSink("file-descriptor-stdout://?format=pp-short")).toMatchObject({
      kind: "stdout",
      format: "pp-short",
    });
  });

  it("may be wrong", () => {
    for (const wrong of [
      "nope",
      "ftp://x",
      "file-descriptor-path://",
      "unix-files:///",
      "file-descriptor-stdout://?format=xml",
      "file-descriptor-stdout://?level-at-least=loud",
      "file-descriptor-stdout://?level-at-least=none",
      "file-descriptor-stdout://?section-prefix=a:b:c",
      "file-descriptor-path:///x?daily-logs=week",
      "unix-files:///x?name-matches=(",
    ]) {
      expect(() => parseSink(wrong), wrong).toThrow(SinkError);
    }
  });
});

describe("sinks", () => {
  it("are the console, from notices on", () => {
    const { sinkHost, texts } = host({});
    const sinks = new EventSinks(sinkHost);
    sinks.emit(events.daemonProcessHead({ hash: BLOCK, level: 7 }));
    sinks.emit(events.acquiringLock());
    expect(texts.out).toBe("");
    expect(texts.err.split("\n")).toHaveLength(2);
    expect(texts.err).toContain("NOTICE │ Processing head");
  });

  it("listen to TEZOS_LOG", () => {
    const { sinkHost, texts } = host({ TEZOS_LOG: "smart_rollup_node -> info" });
    new EventSinks(sinkHost).emit(events.acquiringLock());
    expect(texts.err).toContain("INFO │ Acquiring lock on data directory.");
    expect(() => new EventSinks(host({ TEZOS_LOG: "x -> y" }).sinkHost)).toThrow(/Incorrect log rules/);
  });

  it("listen to TEZOS_EVENTS_CONFIG", () => {
    const events1 = join(directory, "a", "events");
    const list = join(directory, "sinks.json");
    writeFileSync(list, JSON.stringify({ active_sinks: ["file-descriptor-stdout://?level-at-least=fatal"] }));
    const { sinkHost, texts } = host({
      TEZOS_EVENTS_CONFIG: `file-descriptor-path://${events1}?create-dirs=true&level-at-least=debug ${list}`,
      TEZOS_EVENT_HOSTNAME: "other",
    });
    const sinks = new EventSinks(sinkHost);
    sinks.emit(events.lccUpdated({ hash: BLOCK as Uint8Array as never, level: 1 }));
    const lines = readFileSync(events1, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines.map((line) => Object.values(line)[0])).toMatchObject([
      { hostname: "other", event: { "uri_loaded_from_env.v0": { variable: "TEZOS_EVENTS_CONFIG" } } },
      {
        section: ["smart_rollup_node", "commitment"],
        event: { "smart_rollup_node_commitment_lcc_updated.v0": { level: 1 } },
      },
    ]);
    sinks.emit(events.daemonError({ error: { json: [{ id: "x" }], text: "x" } }));
    expect(JSON.parse(texts.out)).toMatchObject({
      "fd-sink-item.v0": { event: { "smart_rollup_node_daemon_error.v0": [{ id: "x" }] } },
    });
    sinks.close();
    sinks.emit(events.acquiringLock());
    expect(() => new EventSinks(host({ TEZOS_EVENTS_CONFIG: join(directory, "absent") }).sinkHost)).toThrow(SinkError);
    expect(
      () => new EventSinks(host({ TEZOS_EVENTS_CONFIG: `file-descriptor-path://${directory}/x/y` }).sinkHost),
    ).toThrow(/Cannot open/);
  });

  it("keep a week of daily logs", () => {
    const clock = { at: AT };
    const { sinkHost } = host({}, clock);
    const sinks = new EventSinks(sinkHost);
    sinks.addDailyLogs(directory);
    for (let day = 0; day < 9; day++) {
      clock.at = AT + day * 86_400_000;
      sinks.emit(events.acquiringLock());
    }
    sinks.emit(events.daemonProcessingHeads({ number: 1, from: 1, to: 1 }));
    const files = readdirSync(join(directory, "daily_logs"));
    expect(files).toEqual(
      ["29", "30"]
        .map((day) => `daily-202304${day}.log`)
        .concat(["01", "02", "03", "04", "05"].map((day) => `daily-202305${day}.log`)),
    );
    expect(readFileSync(join(directory, "daily_logs", "daily-20230505.log"), "utf8")).toBe(
      "2023-05-05T08:29:09.777-00:00 [smart_rollup_node.acquiring_lock] Acquiring lock on data directory.\n",
    );
    sinks.close();
  });

  it("write a file for every event", () => {
    const { sinkHost } = host({
      TEZOS_EVENTS_CONFIG: `unix-files://${directory}/e?name-matches=lock$&level-at-least=error`,
    });
    const sinks = new EventSinks(sinkHost);
    sinks.emit(events.acquiringLock());
    sinks.emit(events.callingGc({ gc_level: 1, head_level: 2 }));
    expect(readdirSync(join(directory, "e"))).toEqual(["smart_rollup_node"]);
    const path = join(directory, "e", "smart_rollup_node", "acquiring_lock", "20230427", "082909-777000");
    const [file = "", ...more] = readdirSync(path);
    expect(more).toEqual([]);
    expect(file).toMatch(/^20230427_082909-777000_[0-9a-f]{8}\.json$/);
    expect(JSON.parse(readFileSync(join(path, file), "utf8"))).toEqual({
      "file-event-sink-item.v0": {
        time_stamp: "1682584149777000",
        section: ["smart_rollup_node"],
        event: { "acquiring_lock.v0": {} },
      },
    });
  });

  it("never make the node fail", () => {
    const { sinkHost, texts } = host({});
    const broken = new EventSinks({
      ...sinkHost,
      err: (text) => {
        if (text.includes("│")) throw new Error("closed");
        texts.err += text;
      },
    });
    broken.emit(events.startingNode());
    broken.emit(events.startingNode());
    expect(texts.err).toBe("Failed to send event 'starting_smart_rollup_node': closed\n");
  });
});
