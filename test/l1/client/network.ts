// A sandbox chain with its RPC over HTTP, and clients of it.
import { afterAll } from "vitest";
import { sign } from "../../../src/crypto/keys.js";
import { L1Client, type L1ClientOptions } from "../../../src/l1/client/l1-client.js";
import type { Signer } from "../../../src/l1/client/wallet.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { type Account, TestChain } from "../sandbox/chain.js";

export interface TestNetwork {
  readonly chain: TestChain;
  readonly endpoint: string;
  readonly client: L1Client;
}

/** Closed after the tests. The first three blocks are there. */
export async function startNetwork(
  options: ConstructorParameters<typeof TestChain>[0] = {},
  clientOptions: L1ClientOptions = {},
): Promise<TestNetwork> {
  const chain = new TestChain(options);
  chain.bake(2);
  const bugs: unknown[] = [];
  const server = new RpcServer(chain.sandbox, { onBug: (error) => bugs.push(error) });
  const endpoint = await server.listen();
  const client = new L1Client(endpoint, { retries: 0, ...clientOptions });
  afterAll(async () => {
    await client.close();
    await server.close();
    if (bugs.length > 0) throw new AggregateError(bugs, "bugs of the sandbox");
  });
  return { chain, endpoint, client };
}

export function signerOf(account: Account): Signer {
  const { alias, address, key } = account;
  return { name: alias, hash: address, publicKey: key.publicKey, sign: async (bytes) => sign(key, bytes) };
}
