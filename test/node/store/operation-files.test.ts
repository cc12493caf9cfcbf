import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeBase58Check, encodeBase58Check } from "../../../src/encoding/base58check.js";
import { decode, encode } from "../../../src/encoding/binary.js";
import type { L2Head } from "../../../src/node/l2-block.js";
import { type L1Operation, operationId } from "../../../src/node/rpc/l1-operation.js";
import {
  isPersisted,
  type PersistedOperation,
  persistedOperationCodec,
} from "../../../src/node/store/injector-operation.js";
import { OperationFiles, type UnreadableFile } from "../../../src/node/store/operation-files.js";
import { sampleHash } from "./samples.js";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-operations-"));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function sample(counter: number): PersistedOperation {
  const operation: L1Operation = { kind: "add_messages", messages: [Uint8Array.of(counter), new Uint8Array(0)] };
  return {
    id: decodeBase58Check("injectorOperationHash", operationId(operation, BigInt(counter))),
    order: counter % 2 === 0 ? BigInt(counter) : undefined,
    counter: BigInt(counter),
    operation,
    traceparent: undefined,
    errors: { count: 0, lastError: undefined },
  };
}

const nameOf = ({ id }: PersistedOperation) => encodeBase58Check("injectorOperationHash", id);

const opened = (now?: () => number) => OperationFiles.open(dir, persistedOperationCodec, now);
const heap = (...path: string[]) => join(dir, "injector", "operations_heap", ...path);

describe("operations of the injector", () => {
  it("come back in the order in which they were queued", async () => {
    let time = 1_700_000_000_123;
    const files = await opened(() => time);
    const samples = [5, 3, 9, 1, 7].map(sample);
    for (const [i, operation] of samples.entries()) {
      if (i % 2 === 1) time += 1000; // two of them at the same time
      await files.add(nameOf(operation), operation);
    }
    time += 1;
    const later = await opened(() => time);
    await later.add(nameOf(sample(4)), sample(4));
    const { operations, unreadable } = await later.load();
    expect(operations.map(({ operation }) => operation)).toEqual([...samples, sample(4)]);
    expect(operations.map(({ id }) => id)).toEqual([...samples, sample(4)].map(nameOf));
    expect(unreadable).toEqual([]);
  });

  it("go when they are removed, at once or all", async () => {
    const files = await opened();
    await Promise.all([files.add(nameOf(sample(1)), sample(1)), files.remove(nameOf(sample(1)))]);
    await files.remove(nameOf(sample(2)));
    expect(readdirSync(heap())).toEqual(["metadata"]);
    expect(readdirSync(heap("metadata"))).toEqual([]);
    for (const n of [1, 2, 3]) await files.add(nameOf(sample(n)), sample(n));
    await files.clear();
    expect((await files.load()).operations).toEqual([]);
    expect(readdirSync(heap("metadata"))).toEqual([]);
  });

  it("that cannot be read are left alone and told", async () => {
    const files = await opened();
    for (const n of [1, 2, 3, 4]) await files.add(nameOf(sample(n)), sample(n));
    writeFileSync(heap(nameOf(sample(1))), readFileSync(heap(nameOf(sample(1)))).subarray(0, 40));
    writeFileSync(heap("metadata", nameOf(sample(2))), "short");
    rmSync(heap("metadata", nameOf(sample(3))));
    writeFileSync(heap(`${nameOf(sample(5))}.partial`), "half");
    writeFileSync(heap("README"), "not ours");
    const { operations, unreadable } = await files.load();
    expect(operations.map(({ id }) => id)).toEqual([nameOf(sample(4))]);
    const expected = [
      heap(nameOf(sample(1))),
      heap("metadata", nameOf(sample(2))),
      heap("metadata", nameOf(sample(3))),
    ];
    expect(unreadable.map(({ file }) => file).sort()).toEqual(expected.sort());
    for (const { error } of unreadable) expect(error.code).toBe("node.data_dir.bad_file");
    expect(existsSync(heap(nameOf(sample(1))))).toBe(true);
  });

  it("have names that are no paths", async () => {
    const files = await opened();
    for (const id of ["../escape", "", "iop", nameOf(sample(1)).slice(1)]) {
      await expect(files.add(id, sample(1))).rejects.toMatchObject({ code: "node.data_dir.bad_file" });
      await expect(files.remove(id)).rejects.toMatchObject({ code: "node.data_dir.bad_file" });
    }
  });

  it("tell when they cannot be written", async () => {
    const files = await opened();
    rmSync(heap(), { recursive: true });
    await expect(files.add(nameOf(sample(1)), sample(1))).rejects.toMatchObject({ code: "node.data_dir.io" });
    await expect(files.load()).rejects.toMatchObject({ code: "node.data_dir.io" });
  });
});

describe("the last head", () => {
  it("comes back", async () => {
    const files = await opened();
    expect(await files.lastHead()).toBeUndefined();
    const head: L2Head = { hash: sampleHash("block", 7), level: 7 };
    await files.setLastHead(head);
    expect(await (await opened()).lastHead()).toEqual(head);
    const path = join(dir, "injector", "last_seen_head");
    expect(readFileSync(path)).toEqual(Buffer.concat([head.hash, Buffer.of(0, 0, 0, 7)]));
    writeFileSync(path, "damaged");
    const told: UnreadableFile[] = [];
    expect(await files.lastHead((file) => told.push(file))).toBeUndefined();
    expect(told).toMatchObject([{ file: path, error: { code: "node.data_dir.bad_file" } }]);
  });
});

describe("the form of a file", () => {
  it("is Octez's", () => {
    // id, order absent, counter, kind 0 with a list of two messages, no trace's parent, no errors.
    const bytes = Buffer.concat([
      sample(1).id,
      Buffer.of(0x00, 0x01, 0x00),
      Buffer.from("00000009" + "0000000101" + "00000000", "hex"),
      Buffer.of(0x00),
      Buffer.from("0000000000", "hex"),
    ]);
    expect(Buffer.from(encode(persistedOperationCodec, sample(1))).toString("hex")).toBe(bytes.toString("hex"));
    expect(encode(persistedOperationCodec, sample(300)).slice(32, 37)).toEqual(Uint8Array.of(0xff, 0xac, 2, 0xac, 2));
  });

  it("holds whatever an operation may have", () => {
    const full: PersistedOperation = {
      ...sample(2),
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      errors: { count: 3, lastError: [{ kind: "temporary", id: "proto.alpha.gas_exhausted.operation" }, { id: "x" }] },
    };
    expect(decode(persistedOperationCodec, encode(persistedOperationCodec, full))).toEqual(full);
  });

  it("is for operations that the node does not make again by itself", () => {
    const kinds = ["add_messages", "cement", "publish", "refute", "timeout", "recover", "execute_outbox_message"];
    expect(kinds.filter(isPersisted)).toEqual(["add_messages", "recover", "execute_outbox_message"]);
  });
});
