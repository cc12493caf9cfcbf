// Operations that wait in the node's pool: others take their place for a higher fee.
import { afterAll, beforeAll, expect, it } from "vitest";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { TestChain } from "../../l1/sandbox/chain.js";
import { TestClient } from "./harness.js";

let chain: TestChain;
let client: TestClient;
beforeAll(async () => {
  chain = new TestChain();
  chain.bake(2);
  const server = new RpcServer(chain.sandbox);
  client = new TestClient(await server.listen());
  await client.addBootstrapKeys();
  afterAll(() => server.close());
});

const fees = (): bigint[] =>
  chain.sandbox
    .pending()
    .flatMap(({ operation }) => operation.contents.map((content) => ("fee" in content ? content.fee : 0n)));

it("an operation is replaced by one that pays five per cent more", async () => {
  await client.ok("-w none transfer 1 from bootstrap1 to bootstrap2");
  const [fee = 0n] = fees();
  expect(await client.fails("-w none transfer 2 from bootstrap1 to bootstrap2")).toMatch(
    /^The operation o\w{50} cannot be added because the mempool already contains a conflicting operation\. To replace the latter, this particular operation would need a total fee of at least \d+ mutez\.\nFatal error:\n/,
  );
  const low = "-w none transfer 2 from bootstrap1 to bootstrap2 --replace --fee 0.00047";
  expect(await client.fails(low)).toContain("The fee provided by the user is lower than the expected replacement fee.");
  await client.ok("-w none transfer 2 from bootstrap1 to bootstrap2 --replace");
  expect(fees()).toEqual([(fee * 105n + 99n) / 100n]);
  expect(chain.bake().operations).toHaveLength(1);
  expect(await client.ok("get balance for bootstrap2")).toBe("4000002 ꜩ\n");
});
