// The reference's tests of tickets on a chain (tezt/tests/tickets.ml and its expected outputs): the same contracts take the same bytes, change the same
// big maps, and leave the same tickets.
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { fromHex } from "../../../../src/encoding/hex.js";
import { LazyMicheline } from "../../../../src/encoding/micheline.js";
import { inReceiptOrder } from "../../../../src/l1/sandbox/tickets.js";
import type { ContractHash } from "../../../../src/protocol/identifiers.js";
import type { ContentReceipt } from "../../../../src/protocol/receipt.js";
import { ALICE, BOB, failureOf, said, TestChain } from "../chain.js";
import { assemble, originate } from "../rollup.js";
import { RUNTIME } from "../toy-contracts.js";
import { michelson, scriptOf } from "./harness.js";
import { HAS_REFERENCE, referenceScript } from "./reference-scripts.js";

if (!HAS_REFERENCE) console.warn("skipped: no clone of the reference's repository (TICKPROOF_OCTEZ_GIT)");

function newChain(): TestChain {
  const chain = new TestChain({ contracts: RUNTIME });
  chain.bake();
  return chain;
}

function deploy(chain: TestChain, name: string, storage: string) {
  const script = {
    code: LazyMicheline.ofValue(scriptOf(referenceScript(`mini_scenarios/${name}`))),
    storage: LazyMicheline.ofValue(michelson(storage)),
  };
  const result = said("origination", chain.apply(ALICE, { kind: "origination", balance: 200_000_000n, script }));
  return { ...result, address: result.originatedContracts[0] as ContractHash };
}

function transfer(chain: TestChain, destination: ContractHash, argument: string, entrypoint = "default") {
  const parameters = { entrypoint, value: LazyMicheline.ofValue(michelson(argument)) };
  const draft = {
    kind: "transaction",
    amount: 0n,
    destination,
    parameters,
    gasLimit: 1_000_000n,
    fee: 200_000n,
  } as const;
  return chain.send(BOB, draft);
}

const result = ([receipt]: readonly ContentReceipt[]) => receipt?.metadata.operationResult;
const internal = ([receipt]: readonly ContentReceipt[]) => receipt?.metadata.internalOperationResults ?? [];

describe.skipIf(!HAS_REFERENCE)("the reference's tickets", () => {
  it("travel in a big map", () => {
    const chain = newChain();
    const receiver = deploy(chain, "receive_tickets_in_big_map", "{}");
    expect(receiver).toMatchObject({
      storageSize: 83n,
      paidStorageSizeDiff: 83n,
      lazyStorageDiff: [{ id: 4n, diff: { action: "alloc", updates: [] } }],
    });
    const sender = deploy(chain, "send_tickets_in_big_map", "Unit");
    expect(sender).toMatchObject({ storageSize: 320n, paidStorageSizeDiff: 320n });
    const receipts = transfer(chain, sender.address, `"${receiver.address}"`);
    expect(failureOf(receipts)).toEqual([]);
    const outer = result(receipts) as unknown as {
      applied: { lazyStorageDiff: { diff: { updates: { key: { int: string } }[] } }[] };
    };
    expect(outer).toMatchObject({
      applied: {
        storageSize: 320n,
        paidStorageSizeDiff: 67n,
        lazyStorageDiff: [{ id: -1n, diff: { action: "alloc" } }],
      },
    });
    // As the client prints them: turned around.
    const keys = outer.applied.lazyStorageDiff[0]?.diff.updates.map(({ key }) => key.int).reverse() ?? [];
    expect(keys).toHaveLength(100);
    expect(keys.slice(0, 12).join(" ")).toBe("22 48 20 67 30 33 42 13 50 84 44 41");
    expect(keys.slice(-5).join(" ")).toBe("91 61 34 57 40");
    expect(internal(receipts)).toMatchObject([
      {
        parameters: { value: LazyMicheline.ofValue({ int: "-1" }) },
        result: {
          applied: {
            storage: { int: "5" },
            lazyStorageDiff: [
              { id: 4n, diff: { action: "remove" } },
              { id: 5n, diff: { action: "copy", source: -1n, updates: [] } },
            ],
            storageSize: 10_783n,
            paidStorageSizeDiff: 10_700n,
            ticketUpdates: [
              { ticketToken: { content: { string: "BLUE" } }, updates: [{ account: receiver.address, amount: 100n }] },
            ],
          },
        },
      },
    ]);
  });

  it("are minted into a storage and sent to a rollup", () => {
    const chain = newChain();
    const contract = deploy(chain, "send_tickets_from_storage", "{}");
    const type = michelson("list (ticket string)");
    const rollup = originate(chain, ALICE, assemble("echo"), { type });
    const minted = transfer(chain, contract.address, "Unit", "mint");
    expect(result(minted)).toMatchObject({
      applied: {
        storage: [
          { args: [{}, { args: [{ string: "Ticket2" }, { int: "1" }] }] },
          { args: [{}, { args: [{ string: "Ticket" }, { int: "1" }] }] },
        ],
        storageSize: 309n,
        paidStorageSizeDiff: 221n,
        ticketUpdates: [{ updates: [{ account: contract.address, amount: 1n }] }, { updates: [{ amount: 1n }] }],
      },
    });
    const sent = transfer(chain, contract.address, `"${rollup.address}"`, "send");
    expect(failureOf(sent)).toEqual([]);
    expect(result(sent)).toMatchObject({
      applied: {
        storage: [],
        storageSize: contract.storageSize,
        paidStorageSizeDiff: 0n,
        ticketUpdates: [{ updates: [{ account: contract.address, amount: -1n }] }, { updates: [{ amount: -1n }] }],
      },
    });
    expect(internal(sent)).toMatchObject([
      {
        destination: rollup.address,
        result: { applied: { ticketUpdates: [{ updates: [{ account: rollup.address, amount: 1n }] }, {}] } },
      },
    ]);
  });
});

describe("tickets of a receipt", () => {
  it.each([
    ["f6719dc3bd86b5c531d6551553c467a31a547178", ["Ticket", "Ticket2"]],
    ["7a22a4e42f88383dbb327d548e263b53f4f3b911", ["Ticket2", "Ticket"]],
  ])("of %s stand in the reference's order", (hash, expected) => {
    const ticketer = encodeBase58Check("KT1", fromHex(hash)) as ContractHash;
    const tickets = ["Ticket2", "Ticket"].map((string) => ({
      token: { ticketer, contentType: { prim: "string" }, content: { string } },
      amount: 1n,
    }));
    expect(inReceiptOrder(tickets).map(({ token }) => token.content)).toEqual(expected.map((string) => ({ string })));
    expect(inReceiptOrder([...tickets].reverse())).toEqual(inReceiptOrder(tickets));
  });
});
