// A chain with something of everything on it, good requests to its RPC, and clients that send mutated ones over plain sockets. Without vitest:
// soaks use it, too.
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { toHex } from "../../../../src/encoding/hex.js";
import type { Json } from "../../../../src/encoding/json.js";
import type { RpcServerOptions } from "../../../../src/l1/sandbox/rpc/server.js";
import { encodeOperation, operationToJson } from "../../../../src/protocol/operation.js";
import { ALICE, BOB, CAROL, TestChain } from "../chain.js";
import { assemble, Operator, originate } from "../rollup.js";
import { type HostileRequest, hostileRequest, type Samples } from "./mutated-requests.js";

export const MEBIBYTE = 1024 * 1024;

const BLOCK = "/chains/main/blocks/head";

/** Limits that a test reaches soon. */
export const TIGHT_LIMITS: RpcServerOptions = {
  requestTimeoutMs: 1500,
  maxBodyBytes: MEBIBYTE,
  maxBodyBytesInFlight: 8 * MEBIBYTE,
};

export interface Target {
  readonly chain: TestChain;
  readonly samples: Samples;
}

/** A chain with a rollup, a commitment and transfers. */
export function makeTarget(): Target {
  const chain = new TestChain();
  chain.bake(3);
  const rollup = originate(chain, ALICE, assemble("echo"));
  chain.bake(4);
  new Operator(chain, ALICE, rollup).publish(1);
  chain.apply(BOB, { kind: "transaction", amount: 1n, destination: CAROL.address });
  return { chain, samples: makeSamples(chain, rollup.address) };
}

function makeSamples(chain: TestChain, rollup: string): Samples {
  const { address } = ALICE;
  const rollups = `${BLOCK}/context/smart_rollups`;
  const one = `${rollups}/smart_rollup/${rollup}`;
  const contracts = `${BLOCK}/context/contracts/${address}`;
  const operation = chain.operation(CAROL, [
    { kind: "transaction", amount: 1n, destination: BOB.address },
    { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1, 2)] },
  ]);
  const json = operationToJson(operation) as { readonly [name: string]: Json };
  const { signature: _signature, ...unsigned } = json;
  const protocol = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
  const tried = JSON.stringify({ operation: json, chain_id: "NetXdQprcVkpaWU" });
  const token = { ticketer: address, content_type: { prim: "nat" }, content: { int: "1" } };
  return {
    gets: [
      "/version",
      "/chains/main/chain_id",
      "/chains/main/blocks?length=3",
      "/chains/main/protocols",
      "/monitor/heads/main",
      "/monitor/bootstrapped",
      "/chains/main/mempool/pending_operations",
      "/chains/main/mempool/monitor_operations",
      BLOCK,
      `${BLOCK}/header`,
      `${BLOCK}~1/operations/3/0?metadata=never`,
      `${BLOCK}/operation_hashes/3`,
      `${BLOCK}/metadata`,
      `${BLOCK}/live_blocks`,
      `${BLOCK}/context/constants`,
      `${BLOCK}/helpers/current_level?offset=2`,
      `${BLOCK}/context/delegates/${address}`,
      contracts,
      `${contracts}/balance`,
      `${contracts}/manager_key`,
      `${contracts}/entrypoints/default`,
      `${BLOCK}/context/big_maps/3`,
      `${rollups}/all/inbox`,
      `${one}/kind`,
      `${one}/stakers`,
      `${one}/staker/${address}/staked_on_commitment`,
      `${one}/staker1/${address}/staker2/${BOB.address}/timeout`,
      `${one}/consumed_outputs/3`,
      `${one}/inbox_level/8/commitments`,
    ],
    posts: [
      ["/injection/operation", JSON.stringify(toHex(encodeOperation(operation)))],
      [`${BLOCK}/helpers/forge/operations`, JSON.stringify(unsigned)],
      [`${BLOCK}/helpers/forge/signed_operations`, JSON.stringify(json)],
      [
        `${BLOCK}/helpers/parse/operations`,
        JSON.stringify({ operations: [{ branch: unsigned["branch"], data: "00ff" }] }),
      ],
      [`${BLOCK}/helpers/preapply/operations`, JSON.stringify([{ protocol, ...json }])],
      [`${BLOCK}/helpers/scripts/simulate_operation`, tried],
      [`${BLOCK}/helpers/scripts/run_operation`, tried],
      [`${BLOCK}/helpers/scripts/pack_data`, JSON.stringify({ data: { int: "1" }, type: { prim: "nat" } })],
      [
        `${BLOCK}/helpers/scripts/normalize_type`,
        JSON.stringify({ type: { prim: "pair", args: [{ prim: "nat" }, { prim: "nat" }] } }),
      ],
      [`${contracts}/big_map_get`, JSON.stringify({ key: { int: "1" }, type: { prim: "nat" } })],
      [`${contracts}/ticket_balance`, JSON.stringify(token)],
      [`${one}/ticket_balance`, JSON.stringify(token)],
    ],
  };
}

/** Connects to a server. */
export function dial(url: string): Promise<Socket> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes; gives the status that comes back, 0 if the connection ends without one. */
export async function statusOf(url: string, { bytes, streams }: HostileRequest): Promise<number> {
  const socket = await dial(url);
  return new Promise((resolve) => {
    let text = "";
    const done = (): void => {
      socket.destroy();
      resolve(Number(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0));
    };
    socket.on("data", (chunk) => {
      if (text.length < 64) text += chunk.toString("latin1");
      if (streams && text.length >= 12) done();
    });
    socket.on("error", () => undefined).on("close", done);
    socket.write(bytes);
  });
}

export interface Attack {
  readonly url: string;
  readonly samples: Samples;
  readonly seed: number;
  readonly requests: number;
  /** What the server has found to be bugs of its own so far. */
  readonly bugs: readonly string[];
  readonly progress?: (done: number) => void;
}

/** Sends mutated requests one after the other. Raises Error for a status that is not right, or a bug; gives how often each status came. */
export async function attack({ url, samples, seed, requests, bugs, progress }: Attack): Promise<string> {
  const counts = new Map<number, number>();
  let done = 0;
  const property = fc.asyncProperty(hostileRequest(samples), async (request) => {
    const status = await statusOf(url, request);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (!request.statuses.includes(status)) {
      throw new Error(`status ${status} for ${Buffer.from(request.bytes).toString("latin1").slice(0, 1000)}`);
    }
    if (bugs.length > 0) throw new Error(bugs.join("\n"));
    done++;
    progress?.(done);
  });
  await fc.assert(property, { seed, numRuns: requests, endOnFailure: true });
  const byStatus = [...counts].sort(([a], [b]) => a - b);
  return `statuses: ${byStatus.map(([status, count]) => `${status}: ${count}`).join(", ")}`;
}
