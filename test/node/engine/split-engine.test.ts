// An engine that computes in one thread and reads in another: reads do not wait, threads are started when they are needed, and again when they die.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { EngineThread } from "../../../src/node/engine/engine-thread.js";
import { SplitEngine } from "../../../src/node/engine/split-engine.js";
import { openEngineThreads } from "../../../src/node/engine-threads.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import { settings } from "./setup.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-split-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STATE = new Uint8Array(32) as StateHash;
const STRETCH = { before: STATE, levels: [] };

/** A thread that answers what it is asked with what it says it is, but for the calls that `does` says more of. */
function start(name: string, does = ""): Promise<EngineThread> {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `import { parentPort } from "node:worker_threads";
     parentPort.on("message", ({ id, method, args }) => {
       ${does}
       parentPort.postMessage({ kind: "result", id, value: [${JSON.stringify(name)}, method, ...args] });
     });
     parentPort.postMessage({ kind: "ready" });`,
  );
  const script = pathToFileURL(path);
  return EngineThread.start({ path: join(folder, "states.sqlite"), readOnly: true, reveals: settings(), script });
}

it("gives every thread the bound on its states, and opens no more than it needs", async () => {
  const path = join(folder, "bounds.mjs");
  writeFileSync(
    path,
    `import { parentPort, workerData } from "node:worker_threads";
     parentPort.on("message", ({ id }) => parentPort.postMessage({ kind: "result", id, value: workerData }));
     parentPort.postMessage({ kind: "ready" });`,
  );
  const hear = { engine: () => undefined };
  const engines = await openEngineThreads(folder, settings(), hear, { script: pathToFileURL(path), checkpoints: 9 });
  const asked = [
    engines.engine.status(STATE),
    engines.reader.status(STATE),
    engines.reader.phases(STRETCH),
    engines.player.status(STATE),
  ];
  const read = { path: join(folder, "states.sqlite"), checkpoints: 9, readOnly: true };
  for (const [i, given] of (await Promise.all(asked)).entries()) {
    expect(given).toMatchObject({ ...read, readOnly: i > 0 });
  }
  for (const engine of Object.values(engines)) await engine.close();
});

it("reads while it computes without end", async () => {
  let started = 0;
  const engine = new SplitEngine(await start("reads"), () => {
    started++;
    return start("computes", 'if (method === "prove") for (;;);');
  });
  expect(await engine.durableValue(STATE, "/a")).toEqual(["reads", "durableValue", STATE, "/a"]);
  expect(started).toBe(0);
  expect(await engine.phases(STRETCH)).toEqual(["computes", "phases", STRETCH]);
  const proof = engine.prove(STRETCH, 5n).catch((error: unknown) => error);
  const states = engine.statesAt(STRETCH, [1n]).catch((error: unknown) => error);
  expect(await engine.durableValue(STATE, "/b")).toEqual(["reads", "durableValue", STATE, "/b"]);
  expect(await engine.outbox(STATE, 3)).toEqual(["reads", "outbox", STATE, 3]);
  expect(started).toBe(1);
  await engine.close();
  for (const cut of [proof, states]) expect(await cut).toMatchObject({ code: "node.engine.closed" });
  await expect(engine.phases(STRETCH)).rejects.toMatchObject({ code: "node.engine.closed" });
});

it("computes in a new thread after one that has died, by the newest rules, and reads all the while", async () => {
  const rules: unknown[] = [];
  let started = 0;
  const engine = new SplitEngine(await start("reads"), async () => {
    const thread = await start("dies", 'if (method === "prove") throw new Error("no memory left");');
    started++;
    const set = thread.setRevealRules.bind(thread);
    thread.setRevealRules = (one) => {
      rules.push(one);
      return set(one);
    };
    return thread;
  });
  const newest = settings().rules;
  await engine.setRevealRules(newest);
  expect(rules).toEqual([]);
  await expect(engine.prove(STRETCH, 5n)).rejects.toMatchObject({ code: "node.engine.died" });
  expect(await engine.status(STATE)).toEqual(["reads", "status", STATE]);
  expect(await engine.simulate({} as never)).toEqual(["dies", "simulate", {}]);
  expect(started).toBe(2);
  expect(rules).toEqual([newest, newest]);
  await engine.close();
});
