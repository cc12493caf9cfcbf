import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { acquireLock, type FileLock, withLock } from "../../../src/node/store/file-lock.js";
import { Child } from "./children.js";
import { compileForChild } from "./compiled.js";

let dir: string;
let script: string;
let path: string;
const children: Child[] = [];
const locks: FileLock[] = [];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "tickproof-lock-"));
  script = compileForChild("test/node/store/lock-child.ts", join(dir, "compiled"));
  path = join(dir, "lock");
});

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  for (const lock of locks.splice(0)) await lock.release();
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function child(how: "wait" | "fail"): Child {
  const made = new Child(script, path, how);
  children.push(made);
  return made;
}

async function locked(...options: Partial<Parameters<typeof acquireLock>[1]>[]): Promise<FileLock> {
  const lock = await acquireLock(path, Object.assign({ wait: false }, ...options));
  locks.push(lock);
  return lock;
}

describe("a lock", () => {
  it("keeps other processes out until it is released", async () => {
    const lock = await locked();
    expect(await child("fail").line()).toBe("could_not_acquire_lock");
    const waiting = child("wait");
    await lock.release();
    expect(await waiting.line()).toBe("locked");
    await expect(locked()).rejects.toMatchObject({ code: "could_not_acquire_lock", fields: { lock_file: path } });
  });

  it("goes when its process is killed", async () => {
    const other = child("fail");
    expect(await other.line()).toBe("locked");
    await expect(locked()).rejects.toThrow(
      "Could not acquire lock on data directory, another rollup node may already be running with this data.",
    );
    const waiting = locked({ wait: true, retryEvery: 5 });
    await other.kill();
    await waiting;
  });

  it("keeps others in the same process out too", async () => {
    const order: string[] = [];
    const lock = await locked();
    await expect(locked()).rejects.toMatchObject({ code: "could_not_acquire_lock" });
    // The failure must not have let the lock go: POSIX would, had the file been opened and closed.
    expect(await child("fail").line()).toBe("could_not_acquire_lock");
    const work = ["a", "b", "c"].map((name) =>
      withLock(path, { wait: true }, async () => {
        order.push(`${name} in`);
        await new Promise((done) => setImmediate(done));
        order.push(`${name} out`);
      }),
    );
    order.push("released");
    await lock.release();
    await lock.release();
    await Promise.all(work);
    expect(order).toEqual(["released", "a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  it("need not be waited for to the end", async () => {
    const lock = await locked();
    const controller = new AbortController();
    const here = locked({ wait: true, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(here).rejects.toThrow("enough");
    await lock.release();
    const other = child("fail");
    expect(await other.line()).toBe("locked");
    const there = locked({ wait: true, signal: AbortSignal.abort(new Error("at once")) });
    await expect(there).rejects.toThrow("at once");
  });

  it("is taken over whatever an older program has left in the file, and leaves nothing", async () => {
    writeFileSync(path, "12345");
    const lock = await locked();
    expect(await child("fail").line()).toBe("could_not_acquire_lock");
    await lock.release();
    expect(readFileSync(path).length).toBe(0);
  });

  it("tells when the file cannot be made", async () => {
    const error = await acquireLock(join(dir, "no", "lock"), { wait: false }).catch((raised: unknown) => raised);
    expect(error).toMatchObject({ code: "node.data_dir.io", path: join(dir, "no", "lock") });
  });

  const hasPython = spawnSync("python3", ["-c", "import fcntl"]).status === 0;
  it.skipIf(!hasPython)("is one with the locks that Octez takes (lockf)", async () => {
    const attempt = `
import fcntl, sys
f = open(sys.argv[1], "w")
try:
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("locked", flush=True)
    if len(sys.argv) > 2: sys.stdin.read()
except OSError as e:
    print("refused", flush=True)
`;
    const lock = await locked();
    expect(spawnSync("python3", ["-c", attempt, path]).stdout.toString()).toBe("refused\n");
    await lock.release();
    expect(spawnSync("python3", ["-c", attempt, path]).stdout.toString()).toBe("locked\n");
  });
});
