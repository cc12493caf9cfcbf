// The sandbox that runs by itself, under a clock that the test moves.
import { afterEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import type { Block } from "../../../src/l1/sandbox/block.js";
import { BLOCKS_AT_START, type Clock, SandboxService, type ServeOptions } from "../../../src/l1/sandbox/serve.js";
import { type Account, ALICE, BOB, CAROL, TestChain } from "./chain.js";

class TestClock implements Clock {
  seconds = 1_800_000_000n;
  readonly #waiting = new Set<{ readonly at: number; readonly tick: () => void }>();
  #elapsed = 0;

  now(): bigint {
    return this.seconds;
  }

  after(milliseconds: number, tick: () => void): () => void {
    const entry = { at: this.#elapsed + milliseconds, tick };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets time go by. */
  pass(seconds: number): void {
    this.#elapsed += seconds * 1000;
    this.seconds += BigInt(Math.floor(seconds));
    for (const entry of [...this.#waiting]) {
      if (entry.at <= this.#elapsed && this.#waiting.delete(entry)) entry.tick();
    }
  }
}

const services: SandboxService[] = [];

async function start(options: Omit<ServeOptions, "clock">) {
  const clock = new TestClock();
  const blocks: Block[] = [];
  const { service, endpoint } = await SandboxService.start({
    ...options,
    clock,
    onBlock: (block) => blocks.push(block),
  });
  services.push(service);
  return { clock, blocks, service, endpoint };
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

/** A transfer by an account on a service's chain. */
function transferOn(service: SandboxService, account: Account): string {
  const signer = new TestChain();
  const [content] = signer.contents(account, [{ kind: "transaction", amount: 1n, destination: BOB.address }]);
  if (content === undefined) throw new Error("no content");
  return toHex(signer.forge(account, [content], { branch: service.sandbox.head.hash }));
}

async function inject(endpoint: string, hex: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${endpoint}/injection/operation`, {
    method: "POST",
    headers,
    body: JSON.stringify(hex),
  });
  await response.text();
  return response.status;
}

describe("a sandbox that runs by itself", () => {
  it("starts with blocks to branch from, in the present", async () => {
    const { service, blocks, clock } = await start({ blockTime: 5 });
    expect(service.sandbox.head.shell.level).toBe(1 + BLOCKS_AT_START);
    expect(service.sandbox.head.shell.timestamp).toBe(clock.seconds);
    expect(service.sandbox.block("head~2")?.shell.level).toBe(1);
    expect(blocks).toEqual([]);
  });

  it("makes blocks by the clock", async () => {
    const { service, blocks, clock } = await start({ blockTime: 5 });
    for (let i = 0; i < 4; i++) clock.pass(5);
    clock.pass(4);
    expect(blocks.map(({ shell }) => shell.level)).toEqual([4, 5, 6, 7]);
    expect(blocks.map(({ shell }) => shell.timestamp - 1_800_000_000n)).toEqual([5n, 10n, 15n, 20n]);
    expect(service.sandbox.head).toBe(blocks.at(-1));
  });

  it("keeps the protocol's least delay when blocks come faster", async () => {
    const { blocks, clock } = await start({ blockTime: 0.25 });
    for (let i = 0; i < 4; i++) clock.pass(0.25);
    expect(blocks.map(({ shell }) => shell.timestamp - 1_800_000_000n)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("makes a block when operations arrive", async () => {
    const { service, endpoint, blocks, clock } = await start({ blockTime: 0 });
    clock.pass(100);
    expect(blocks).toEqual([]);
    expect(await inject(endpoint, transferOn(service, ALICE))).toBe(200);
    expect(await inject(endpoint, transferOn(service, CAROL))).toBe(200);
    expect(await inject(endpoint, "00")).toBe(500);
    expect(clock.waiting).toBe(1);
    clock.pass(0);
    expect(blocks.map(({ operations }) => operations.length)).toEqual([2]);
    clock.pass(100);
    expect(blocks).toHaveLength(1);
  });

  it("makes no block for operations that are in one already", async () => {
    const { service, endpoint, blocks, clock } = await start({ blockTime: 0 });
    expect(await inject(endpoint, transferOn(service, ALICE))).toBe(200);
    service.sandbox.bake();
    clock.pass(0);
    expect(blocks).toEqual([]);
  });

  it("stops after so many blocks", async () => {
    const { service, endpoint, blocks, clock } = await start({ blockTime: 1, blocks: 3 });
    for (let i = 0; i < 10; i++) clock.pass(1);
    await service.stopped;
    expect(blocks).toHaveLength(3);
    await expect(fetch(`${endpoint}/version`)).rejects.toThrow();
  });

  it("stops at once after no block", async () => {
    const { service } = await start({ blockTime: 0, blocks: 0 });
    await service.stopped;
  });

  it("stops when asked, twice as well", async () => {
    const { service, clock } = await start({ blockTime: 1 });
    await Promise.all([service.stop(), service.stop()]);
    await service.stopped;
    expect(clock.waiting).toBe(0);
  });

  it("says when its port is taken", async () => {
    const { endpoint } = await start({ blockTime: 0 });
    const port = Number(new URL(endpoint).port);
    await expect(start({ blockTime: 0, rpc: { port } })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
