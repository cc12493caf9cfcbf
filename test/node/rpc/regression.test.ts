// The reference's own record of its RPC (tezt: "RPC API should work and be stable", wasm): the same questions, and the layout of the answers.
// Read from the mirror of the reference's repository where there is one.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { missingShared, repositoryRoot } from "../../shared-root.js";
import { kernel } from "../engine/setup.js";
import { NodeModel } from "./node-model.js";
import { ask, ECHO, type Served, serve } from "./setup.js";

const MIRROR =
  process.env["TICKPROOF_MIRROR"] ?? join(dirname(repositoryRoot), ".mirror", "tezos+tezos-mirror", "repo");
const FOLDER = "tezt/tests/expected/sc_rollup.ml";

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly answer: unknown;
}

function exchanges(text: string): readonly Exchange[] {
  const found: Exchange[] = [];
  for (const part of text.split(/^(?=(?:GET|POST) http:)/m).slice(1)) {
    const [, method = "", path = ""] = /^(\w+) http:\/\/\[HOST\]:\[PORT\](\S*)/.exec(part) ?? [];
    const [before = "", after = ""] = part.split(/^(?=\d{3} [A-Z])/m);
    const [statusLine = "", ...answer] = after.split("\n");
    const bodyText = before.split(/^Content-type: application\/json\n/m)[1];
    found.push({
      method,
      path,
      ...(bodyText === undefined ? {} : { body: JSON.parse(bodyText) }),
      status: Number(statusLine.slice(0, 3)),
      answer: JSON.parse(answer.join("\n")),
    });
  }
  return found;
}

function read(protocol: string): string {
  const path = `${FOLDER}/${protocol}- wasm_2_0_0 - RPC API should work and be stable.out`;
  return execFileSync("git", [`--git-dir=${MIRROR}`, "show", `HEAD:${path}`], { encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** The kind of a JSON value, with those of what is in it. */
function layout(json: unknown): unknown {
  if (Array.isArray(json)) return json.length === 0 ? [] : [layout(json[0])];
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, layout(value)]));
  }
  if (typeof json === "string") return /^-?\d+$/.test(json) ? "decimal text" : "text";
  return json === null ? null : typeof json;
}

const isHere = existsSync(MIRROR) && missingShared([ECHO]).length === 0;

describe.skipIf(!isHere)("the reference's record", () => {
  let served: Served;

  beforeAll(async () => {
    const node = await NodeModel.start(kernel(ECHO));
    for (let level = 3; level <= 18; level++) await node.level();
    served = await serve(node);
  }, 60_000);

  for (const protocol of ["Alpha", "U025-"]) {
    it(`is answered alike: ${protocol}`, async () => {
      const all = exchanges(read(protocol));
      expect(all.length).toBeGreaterThan(25);
      // A node counts its messages from its start.
      const fresh = protocol === "Alpha" ? served : await serve(await startedAgain());
      for (const { method, path, body, status, answer } of all) {
        const headers = { "content-type": "application/json" };
        const reply = await ask(fresh, path, {
          method,
          headers,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        expect([path, reply.status]).toEqual([path, status]);
        if (path === "/local/batcher/injection") expect(reply.json).toEqual(answer);
        else if (isOfTheirKernel(path)) expect([path, Array.isArray(reply.json)]).toEqual([path, true]);
        else if (path.endsWith("wasm_version")) expect(reply.json).toEqual(answer);
        else expect([path, layout(reply.json)]).toEqual([path, layout(answer)]);
      }
    }, 60_000);
  }

  async function startedAgain(): Promise<NodeModel> {
    const node = await NodeModel.start(kernel(ECHO));
    for (let level = 3; level <= 6; level++) await node.level();
    return node;
  }

  /** Their kernel wrote numbers; ours has none. */
  function isOfTheirKernel(path: string): boolean {
    return path.endsWith("/values?key=/numbers");
  }
});
