// The reference's own record of its RPC (tezt: "RPC API should work and be stable", wasm): the same kernel, messages and questions, and
// the same answers. Read from the mirror of the reference's repository where there is one.
import { describe, expect, it } from "vitest";
import { fromHex } from "../../../src/encoding/hex.js";
import { HAS_REFERENCE, referenceFile } from "../../reference.js";
import { NodeModel } from "./node-model.js";
import { ask, serve } from "./setup.js";

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
  return referenceFile(path);
}

/** Whether an answer is the recorded one, in which hashes are replaced by their names. */
function expected(answer: unknown): unknown {
  return typeof answer === "string" && answer.startsWith("[") ? expect.stringMatching(/^(sr1|srs1|B)/) : answer;
}

/** What the record's test puts into the storage by the command `patch durable storage`; here, from the start. */
const NUMBERS = Array.from({ length: 30 }, (_, i) => ({
  kind: "patch_durable_storage" as const,
  key: `/numbers/number${String(i).padStart(2, "0")}`,
  value: Uint8Array.of(i),
}));

/** The record's chain: the kernel that it reads back, one empty level, and the messages of each injection as a level. */
async function recordedNode(all: readonly Exchange[]): Promise<NodeModel> {
  const kernel = all.find(({ path }) => path.endsWith("/value?key=/kernel/boot.wasm"))?.answer;
  const node = await NodeModel.start(fromHex(String(kernel)), NUMBERS);
  await node.level();
  for (const { body } of all) {
    if (Array.isArray(body)) await node.level(...body.map((hex) => fromHex(String(hex))));
  }
  return node;
}

describe.skipIf(!HAS_REFERENCE)("the reference's record", () => {
  for (const protocol of ["Alpha", "U025-"]) {
    it(`is answered word for word: ${protocol}`, async () => {
      const all = exchanges(read(protocol));
      expect(all.length).toBeGreaterThan(25);
      const served = await serve(await recordedNode(all));
      for (const { method, path, body, status, answer } of all) {
        const headers = { "content-type": "application/json" };
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const reply = await ask(served, path, { method, headers, ...sent });
        expect([path, reply.status, reply.json]).toEqual([path, status, expected(answer)]);
      }
    }, 120_000);
  }
});
