// What is sent does not wait until everything that waits has its file, and what has been sent by then gets none.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/node/events.js";
import { KeptOperations } from "../../../src/node/injector-persistence.js";
import type { NamedOperation } from "../../../src/node/injectors.js";
import { type L1Operation, operationId } from "../../../src/node/rpc/l1-operation.js";
import { ALICE } from "../../l1/sandbox/chain.js";

const dataDir = mkdtempSync(join(tmpdir(), "tickproof-kept-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const WAITING = 200;

function named(n: number): NamedOperation {
  const operation: L1Operation = { kind: "add_messages", messages: [Uint8Array.of(n & 0xff, n >> 8)] };
  return { id: operationId(operation, BigInt(n)), operation, order: undefined };
}

it("what is sent goes before what waits", async () => {
  const events: NodeEvent[] = [];
  const kept = await KeptOperations.open(
    dataDir,
    (event) => events.push(event),
    () => 0,
  );
  const operations = Array.from({ length: WAITING }, (_, n) => named(n));
  for (const operation of operations) kept.waiting(operation);
  const sent = operations.slice(WAITING / 2);
  await kept.sending({
    hash: "oo1",
    signer: ALICE.address,
    level: 1,
    bytes: Uint8Array.of(1),
    firstIndex: 0,
    operations: sent,
  });
  const files = (): string[] =>
    readdirSync(join(dataDir, "injector", "operations_heap")).filter((name) => name.startsWith("iop"));
  expect(files().length).toBeLessThan(WAITING / 2);
  await kept.close();
  expect(files().sort()).toEqual(
    operations
      .slice(0, WAITING / 2)
      .map(({ id }) => id)
      .sort(),
  );
  expect(events).toEqual([]);
});
