import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import type { NodeEvent } from "../../../src/node/events.js";
import { DataDirectory, type DataDirectoryOptions } from "../../../src/node/store/data-directory.js";
import { acquireLock } from "../../../src/node/store/file-lock.js";
import {
  checkStoreVersion,
  type Metadata,
  readMetadata,
  STORAGE_VERSION_FILE,
} from "../../../src/node/store/metadata.js";
import type { RollupAddress } from "../../../src/protocol/identifiers.js";
import { sampleBlock, sampleCommitment, sampleHash } from "./samples.js";

const address = (n: number) => encodeBase58Check("rollupAddress", new Uint8Array(20).fill(n)) as RollupAddress;

const METADATA: Metadata = {
  rollupAddress: address(1),
  kind: "wasm_2_0_0",
  genesisInfo: { level: 2, commitmentHash: sampleHash("commitment", 2) },
};

let dir: string;
const open: DataDirectory[] = [];

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "tickproof-data-dir-")), "data");
});

afterEach(async () => {
  for (const directory of open.splice(0)) await directory.close();
  rmSync(join(dir, ".."), { recursive: true, force: true });
});

const events: NodeEvent[] = [];

async function opened(options: Partial<DataDirectoryOptions> = {}): Promise<DataDirectory> {
  events.length = 0;
  const emit = (event: NodeEvent) => events.push(event);
  const directory = await DataDirectory.open(dir, { metadata: METADATA, synchronous: "NORMAL", emit, ...options });
  open.push(directory);
  return directory;
}

const metadataJson = () => JSON.parse(readFileSync(join(dir, "metadata"), "utf8"));

describe("a data directory", () => {
  it("is made, and says for which rollup", async () => {
    const directory = await opened();
    expect(events[0]).toMatchObject({ name: "acquiring_lock", message: "Acquiring lock on data directory." });
    expect(directory.historyMode).toBe("full");
    expect(metadataJson()).toEqual({
      rollup_address: METADATA.rollupAddress,
      context_version: 0,
      kind: "wasm_2_0_0",
      genesis_info: { level: 2, commitment_hash: encodeBase58Check("commitmentHash", sampleHash("commitment", 2)) },
    });
    expect(await readMetadata(dir)).toEqual(METADATA);
    for (const file of ["lock", "store.sqlite"]) expect(existsSync(join(dir, file))).toBe(true);
  });

  it("is not opened twice, but again", async () => {
    const first = await opened();
    await expect(opened()).rejects.toMatchObject({ code: "could_not_acquire_lock" });
    await first.close();
    await opened();
  });

  it("of another rollup is refused, and left as it was", async () => {
    await (await opened()).close();
    const before = readFileSync(join(dir, "metadata"), "utf8");
    const error = await opened({ metadata: { ...METADATA, rollupAddress: address(2) } }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "sc_rollup.node.unexpected_rollup",
      message:
        `This rollup node was already set up for rollup ${address(1)}, it cannot be run for a different rollup ` +
        `${address(2)}.`,
      fields: { rollup_address: address(2), saved_address: address(1) },
    });
    expect(readFileSync(join(dir, "metadata"), "utf8")).toBe(before);
    await opened();
  });

  it("of an older node is completed", async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, "metadata"), JSON.stringify({ rollup_address: address(1), context_version: 0 }));
    expect(await readMetadata(dir)).toEqual({ rollupAddress: address(1) });
    await opened();
    expect(await readMetadata(dir)).toEqual(METADATA);
  });

  it("with metadata that are none is refused", async () => {
    mkdirSync(dir);
    const good = { rollup_address: address(1), context_version: 0 };
    const bad = [
      "",
      "{",
      "[]",
      JSON.stringify({ ...good, context_version: 1 }),
      JSON.stringify({ ...good, rollup_address: "sr1x" }),
      JSON.stringify({ ...good, more: 1 }),
      JSON.stringify({ ...good, kind: "wasm_2_0_0" }),
      JSON.stringify({ ...good, kind: "evm", genesis_info: {} }),
    ];
    for (const text of bad) {
      writeFileSync(join(dir, "metadata"), text);
      const expected = { code: "node.data_dir.bad_file", path: join(dir, "metadata") };
      await expect(opened(), text).rejects.toMatchObject(expected);
    }
  });

  it("of a layer 1 node is refused before anything is made in it", async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, "identity.json"), "{}");
    await expect(opened()).rejects.toThrow(
      "Invalid data directory. This is a data directory for an Octez node, please choose a different directory for the smart rollup node data.",
    );
    expect(existsSync(join(dir, "lock"))).toBe(false);
  });

  it("with a store of another version is refused", async () => {
    mkdirSync(join(dir, "storage"), { recursive: true });
    const cases = [
      [5, undefined],
      [0, "Retired store version 0, recover from snapshot"],
      [4, "Retired store version 4, recover from snapshot"],
      [6, "Unsupported store version 6"],
    ] as const;
    for (const [version, message] of cases) {
      for (const file of ["version", STORAGE_VERSION_FILE]) {
        writeFileSync(join(dir, file), JSON.stringify({ store_version: version }));
        const check = checkStoreVersion(dir, file);
        if (message === undefined) await check;
        else await expect(check).rejects.toMatchObject({ code: "node.data_dir.store_version", message });
      }
    }
    await expect(opened()).rejects.toThrow("Unsupported store version 6");
    rmSync(join(dir, "version"));
    await opened();
  });

  it("keeps its history mode, and becomes full but not an archive", async () => {
    await (await opened({ historyMode: "archive" })).close();
    expect((await opened()).historyMode).toBe("archive");
    await open.pop()?.close();
    expect((await opened({ historyMode: "full" })).historyMode).toBe("full");
    expect(events.at(-1)).toMatchObject({
      name: "convert_history_mode",
      message: "Converting the archive rollup node into a full rollup node",
      fields: { old_history_mode: "archive", new_history_mode: "full" },
    });
    await open.pop()?.close();
    const refused = { message: "Cannot transform a full rollup node into an archive one." };
    await expect(opened({ historyMode: "archive" })).rejects.toMatchObject(refused);
    expect((await opened({ historyMode: "full" })).historyMode).toBe("full");
  });

  it("goes back to the last committed block when it is opened", async () => {
    const directory = await opened();
    for (const level of [2, 3]) {
      const block = sampleBlock(level);
      const hash = block.commitmentHash ?? block.previousCommitmentHash;
      const commitment = sampleCommitment(0);
      await directory.store.write({
        block,
        levels: [{ hash: block.hash, level }],
        commitment: { hash, commitment },
        state: { head: { hash: block.hash, level } },
      });
    }
    await directory.close();
    const reopened = await opened();
    expect((await reopened.store.state()).head?.level).toBe(2);
    expect(events.map(({ name }) => name)).toEqual([
      "acquiring_lock",
      "smart_rollup_node_store_reset_to_last_committed",
    ]);
  });

  it("has locks for blocks and garbage collection, in turn", async () => {
    const directory = await opened();
    const order: string[] = [];
    const outside = await acquireLock(join(dir, "processing_lock"), { wait: false });
    const block = directory.processing(async () => order.push("block"));
    await directory.collecting(async () => order.push("collection"));
    order.push("copied");
    await outside.release();
    await block;
    expect(order).toEqual(["collection", "copied", "block"]);
  });

  it.skipIf(process.getuid?.() === 0)("tells when it may not be written", async () => {
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    await expect(opened()).rejects.toMatchObject({ code: "node.data_dir.io" });
    chmodSync(dir, 0o700);
  });
});
