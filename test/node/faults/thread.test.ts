// The engine's thread, dying: whoever waits for it hears so, and so does everybody who asks later.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { EngineThread } from "../../../src/node/engine/engine-thread.js";
import type { RevealSettings } from "../../../src/node/engine/reveals.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-thread-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REVEALS = {} as RevealSettings; // no reveal is asked for

/** A thread that is ready, and does `what` when it is asked for anything. */
function script(name: string, what: string): URL {
  const path = join(folder, `${name}.mjs`);
  const ready = 'parentPort.postMessage({ kind: "ready" });';
  writeFileSync(
    path,
    `import { parentPort } from "node:worker_threads";\nparentPort.on("message", () => { ${what} });\n${ready}\n`,
  );
  return pathToFileURL(path);
}

describe("the engine's thread", () => {
  it.each([
    { name: "throws", what: 'throw new Error("a bug")', message: /has died: a bug/ },
    { name: "exits", what: "process.exit(3)", message: /has died: it has ended with 3/ },
    {
      name: "needs too much memory",
      what: "const all = []; for (;;) all.push(new Array(1e6).fill(all.length + 0.5));",
      message: /has died: .*memory limit.*heap out of memory/i,
    },
  ])("tells of its death when it $name", { timeout: 120_000 }, async ({ name, what, message }) => {
    const path = join(folder, "states.sqlite");
    const thread = await EngineThread.start({
      path,
      readOnly: false,
      reveals: REVEALS,
      script: script(name.replaceAll(" ", "-"), what),
      ...(name === "needs too much memory" ? { resourceLimits: { maxOldGenerationSizeMb: 32 } } : {}),
    });
    const asked = [
      thread.status(new Uint8Array(32) as StateHash),
      thread.currentLevel(new Uint8Array(32) as StateHash),
    ];
    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({ code: "node.engine.died", about: path, message });
    }
    await expect(thread.status(new Uint8Array(32) as StateHash)).rejects.toMatchObject({ code: "node.engine.died" });
    await thread.close();
  });

  it("is closed while it computes without end", async () => {
    const path = join(folder, "states.sqlite");
    const thread = await EngineThread.start({
      path,
      readOnly: false,
      reveals: REVEALS,
      script: script("endless", "for (;;);"),
    });
    const answer = expect(thread.status(new Uint8Array(32) as StateHash)).rejects.toMatchObject({
      code: "node.engine.closed",
    });
    await thread.close();
    await answer;
  });
});
