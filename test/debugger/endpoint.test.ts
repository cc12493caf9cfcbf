// Preimages fetched from an endpoint, and everything it may get wrong.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { toHex } from "../../src/encoding/hex.js";
import { revealHash } from "../../src/protocol/reveal.js";
import { openSession, optionsOf, script } from "./support.js";

const PREIMAGE = Buffer.from("Hello there!");
const HASH = toHex(revealHash(PREIMAGE));
const KERNEL = `(module (import "smart_rollup_core" "reveal_preimage" (func $r (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "${HASH.replace(/../g, "\\$&")}")
  (func (export "kernel_run") (drop (call $r (i32.const 0) (i32.const 33) (i32.const 100) (i32.const 100)))))`;

const folder = mkdtempSync(join(tmpdir(), "tickproof-endpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const optionsFor = (preimageEndpoint: string) => ({
  ...optionsOf(KERNEL, [[], []]),
  reveals: { preimageDir: folder, preimageEndpoint },
});
const LOOK = ["load inputs", "step result", "show memory at 100 for 12 bytes as string"];

describe("an endpoint of preimages", () => {
  it("is asked for what the folder lacks, once", async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url);
      response.end(PREIMAGE);
    });
    // With and without a slash behind.
    for (const endpoint of [`${url}/v1/preimages`, `${url}/v1/preimages/`]) {
      const { out, err } = await script(LOOK, optionsFor(endpoint));
      expect(err).toBe("");
      expect(out.endsWith("Hello there!\n")).toBe(true);
    }
    expect(asked).toEqual([`/v1/preimages/${HASH}`]);
    expect(readFileSync(join(folder, HASH))).toEqual(PREIMAGE);
  });

  it("that has none says so, and a person is asked", async () => {
    const url = await serve((_request, response) => {
      response.statusCode = 404;
      response.end();
    });
    const [load = "", step = "", look = ""] = LOOK;
    const { out, err } = await script([load, step, toHex(PREIMAGE), look], optionsFor(`${url}/p`));
    expect(err).toBe(`Could not fetch ${HASH} from /p. Response status code 404\n`);
    expect(out).toContain(
      `Preimage ${HASH} not found in ${folder}, or there was a reading error. Please provide it manually.\n`,
    );
    expect(out.endsWith("Hello there!\n")).toBe(true);
  });

  it.each([
    [
      "other data",
      (response: ServerResponse) => response.end("Hello, you!"),
      /gave a preimage of hash [0-9a-f]{66} instead of /,
    ],
    ["nothing", (response: ServerResponse) => response.end(), /gave a preimage of hash /],
  ])("that gives %s is not believed", async (_what, answer, message) => {
    const url = await serve((_request, response) => void answer(response));
    const { out, failures } = await script(["load inputs", "step result", "show status"], optionsFor(url));
    expect(out).toMatch(message);
    expect(out).toMatch(/Status: Waiting for reveal: scrrh1\w+\nInternal_status: Eval\n$/);
    expect(failures).toBe(1);
    expect(existsSync(join(folder, HASH))).toBe(false);
  });

  it.each([
    ["breaks off", (response: ServerResponse) => response.destroy(), /Could not fetch .*: fetch failed: /],
    [
      "sends without end",
      (response: ServerResponse) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65536)));
        };
        response.on("drain", more);
        more();
      },
      /Could not fetch .*: more than 1048576 bytes\n/,
    ],
  ])("that %s is told of", async (_what, answer, message) => {
    const url = await serve((_request, response) => void answer(response));
    const { out, err } = await script([...LOOK.slice(0, 2), toHex(PREIMAGE), LOOK[2] ?? ""], optionsFor(url));
    expect(err).toMatch(message);
    expect(out.endsWith("Hello there!\n")).toBe(true);
  });

  it("that is not there is told of", async () => {
    const { err } = await script([...LOOK.slice(0, 2), toHex(PREIMAGE)], optionsFor("http://127.0.0.1:1"));
    expect(err).toMatch(/^Could not fetch .* from http:\/\/127\.0\.0\.1:1: fetch failed: /);
  });

  it("that never answers is given up with Ctrl-C", async () => {
    let session: Awaited<ReturnType<typeof openSession>> | null = null;
    const url = await serve(() => session?.interrupt());
    session = await openSession(KERNEL, [[]], { reveals: { preimageDir: folder, preimageEndpoint: url } });
    await session.loadInputs();
    const { stop } = await session.step("result");
    expect(stop.tag).toBe("interrupted");
    expect(session.machine.inputRequest().tag).toBe("reveal");
    session.answerReveal(PREIMAGE);
    expect((await session.step("result")).stop.tag).toBe("goal");
  });
});
