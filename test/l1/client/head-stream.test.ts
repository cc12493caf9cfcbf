// Following heads through connections that break, fall silent and come back.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import type { BlockHeader } from "../../../src/l1/client/blocks.js";
import { type HeadEvent, HeadFollower } from "../../../src/l1/client/head-stream.js";
import { L1Client } from "../../../src/l1/client/l1-client.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { TestChain } from "../sandbox/chain.js";
import { FakeWaiting } from "./fake-waiting.js";

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** A sandbox behind a relay that can hang up on everybody, and refuse them. */
async function network() {
  const chain = new TestChain();
  chain.bake(2);
  const server = new RpcServer(chain.sandbox);
  const target = new URL(await server.listen());
  cleanUp.push(() => server.close());
  const sockets = new Set<Socket>();
  let isOpen = true;
  const net = await import("node:net");
  const relay: Server = createServer((socket) => {
    if (!isOpen) {
      socket.destroy();
      return;
    }
    const other = net.connect(Number(target.port), target.hostname);
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(two);
      one.on("error", () => two.destroy());
      one.on("close", () => two.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  cleanUp.push(async () => {
    hangUp();
    relay.close();
  });
  const client = new L1Client(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`, { retries: 0 });
  cleanUp.push(() => client.close());
  return {
    chain,
    client,
    hangUp,
    open: (open: boolean) => {
      isOpen = open;
    },
  };
}

function follow(client: L1Client, longest = 100_000) {
  const events: HeadEvent[] = [];
  const waiting = new FakeWaiting(longest);
  const follower = new HeadFollower(client, {
    waiting,
    onEvent: (event) => events.push(event),
    initialSilenceMs: 200_000,
  });
  cleanUp.push(() => follower.stop());
  return { follower, events, waiting, kinds: () => events.map(({ kind }) => kind) };
}

const name = ({ hash }: { readonly hash: Uint8Array }): string => encodeBase58Check("blockHash", hash);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it never came to that");
}

async function next(heads: AsyncGenerator<BlockHeader>): Promise<string> {
  const { value, done } = await heads.next();
  return done === true ? "end" : name(value);
}

describe("a follower of heads", () => {
  it("tells all who listen, newest head first", async () => {
    const { chain, client } = await network();
    const { follower, kinds } = follow(client);
    expect(follower.status).toBe("stopped");
    const [one, two] = [follower.heads(), follower.heads()];
    const first = name(chain.head);
    expect([await next(one), await next(two)]).toEqual([first, first]);
    expect(follower.status).toBe("connected");
    const second = name(chain.bake());
    expect([await next(one), await next(two)]).toEqual([second, second]);
    expect(await next(follower.heads())).toBe(second);
    expect(kinds()).toEqual(["connected", "new_head", "new_head"]);
    await follower.stop();
    expect([await next(one), follower.status]).toEqual(["end", "stopped"]);
  });

  it("comes back after a connection is lost", async () => {
    const { chain, client, hangUp, open } = await network();
    const { follower, kinds, waiting } = follow(client);
    const heads = follower.heads();
    await next(heads);
    open(false);
    hangUp();
    await until(() => kinds().filter((kind) => kind === "cannot_connect").length >= 2);
    expect(follower.status).toBe("connecting");
    chain.bake(2);
    open(true);
    expect(await next(heads)).toBe(name(chain.head));
    expect(kinds().slice(0, 6)).toEqual([
      ...["connected", "new_head", "connection_lost", "wait_reconnect", "cannot_connect", "wait_reconnect"],
    ]);
    expect(kinds()).toContain("reconnected");
    // Half as long again each time.
    expect(waiting.slept.filter((ms) => ms < 200_000).slice(0, 2)).toEqual([2000, 3000]);
  });

  it("does not tell the same head twice", async () => {
    const { chain, client, hangUp } = await network();
    const { follower, kinds } = follow(client);
    const heads = follower.heads();
    await next(heads);
    hangUp();
    await until(() => kinds().includes("reconnected"));
    const fresh = name(chain.bake());
    expect(await next(heads)).toBe(fresh);
    expect(kinds().filter((kind) => kind === "new_head")).toHaveLength(2);
  });

  it("hangs up on a node that falls silent", async () => {
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const client = new L1Client(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, { retries: 0 });
    const events: HeadEvent[] = [];
    const follower = new HeadFollower(client, { initialSilenceMs: 50, onEvent: (event) => events.push(event) });
    cleanUp.push(async () => {
      await follower.stop();
      await client.close();
      silent.close();
    });
    follower.start();
    await until(() => events.length >= 2);
    expect(events[0]).toEqual({ kind: "connection_timeout", afterMs: 50 });
    expect(events[1]).toMatchObject({ kind: "wait_reconnect" });
    expect(follower.lastHead).toBeUndefined();
  });

  it("lets slow listeners miss heads, never the newest", async () => {
    const { chain, client } = await network();
    const { follower } = follow(client);
    const [slow, quick] = [follower.heads(), follower.heads()];
    await next(slow);
    await next(quick);
    for (let i = 0; i < 30; i++) {
      chain.bake();
      await next(quick);
    }
    let last = "";
    for (let i = 0; i < 30; i++) last = await next(slow);
    expect(last).toBe(name(chain.head));
  });
});
