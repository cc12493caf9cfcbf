// What states cost the store: a level that changes k values writes O(k) nodes, whatever else there is; opening a state and reading or running on
// it reads a path, not the state. Nodes are counted, not timed.
import { beforeAll, describe, expect, it } from "vitest";
import type { NodeRecord } from "../../../src/merkle/stored-nodes.js";
import { LocalEngine } from "../../../src/node/engine/local-engine.js";
import { MemoryRecords, StateStore, type WritableRecords } from "../../../src/node/engine/state-store.js";
import type { StateHash } from "../../../src/protocol/identifiers.js";
import { frameLevel } from "../../../src/protocol/level-frame.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { settings } from "../engine/setup.js";

/** Writes, for each external message, its payload as a value of the key "/k/" and the payload. */
const KERNEL = `(module
  (import "smart_rollup_core" "read_input" (func $read_input (param i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "store_write" (func $store_write (param i32 i32 i32 i32 i32) (result i32)))
  (memory 1) (export "memory" (memory 0))
  (func (export "kernel_run") (local $size i32)
    (loop $next_message
      (local.set $size (call $read_input (i32.const 0) (i32.const 16) (i32.const 64)))
      (if (i32.gt_s (local.get $size) (i32.const 0))
        (then
          (if (i32.eq (i32.load8_u (i32.const 16)) (i32.const 1))
            (then
              (i32.store (i32.const 14) (i32.or (i32.const 0x2f6b2f) (i32.shl (i32.load8_u (i32.const 17)) (i32.const 24))))
              (drop (call $store_write
                (i32.const 14) (i32.add (local.get $size) (i32.const 2)) (i32.const 0)
                (i32.const 0) (i32.const 8)))))
          (br $next_message))))))`;

class CountedRecords implements WritableRecords {
  reads = 0;
  writes = 0;

  constructor(readonly inner: MemoryRecords) {}

  get(hash: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return this.inner.get(hash);
  }

  put(records: readonly NodeRecord[]): void {
    this.writes += records.length;
    this.inner.put(records);
  }

  close(): void {}
}

/** A message for a key: digits, so that keys are valid. */
function keyMessage(n: number): Uint8Array {
  return Uint8Array.from([1, ...Buffer.from(String(n).padStart(6, "0"))]);
}

/** A rollup with so many values, and what its levels cost. */
class Rollup {
  readonly records = new CountedRecords(new MemoryRecords());
  #engine = this.open();
  #state: StateHash | undefined;
  #level = 0;

  open(): LocalEngine {
    return new LocalEngine({ store: new StateStore(this.records), reveals: settings() });
  }

  get state(): StateHash {
    if (this.#state === undefined) throw new Error("not started");
    return this.#state;
  }

  async start(values: number): Promise<this> {
    this.#state = await this.#engine.genesis(assemble(KERNEL), "2.0.0-r6", []);
    await this.level(Array.from({ length: values }, (_, i) => i));
    // One more: what the first run of a kernel leaves behind is written once.
    await this.level([]);
    return this;
  }

  /** Nodes written by a level that sets these values. */
  async level(keys: readonly number[], engine = this.#engine): Promise<number> {
    const before = this.records.writes;
    this.#level++;
    const messages = frameLevel(keys.map(keyMessage));
    this.#state = (await engine.evaluate({ before: this.state, level: this.#level, messages })).after;
    return this.records.writes - before;
  }

  value(n: number, engine = this.#engine): Promise<Uint8Array | null> {
    return engine.durableValue(this.state, `/k/${String(n).padStart(6, "0")}`);
  }
}

const SMALL = 200;
const LARGE = 3200;
/** Nodes on the way to a value: a directory a step, the inodes of one with LARGE entries, the value's own. */
const PATH = 48;

describe("a state in the store", () => {
  let small: Rollup;
  let large: Rollup;

  beforeAll(async () => {
    small = await new Rollup().start(SMALL);
    large = await new Rollup().start(LARGE);
  }, 120_000);

  it("is written as far as a level changes it", async () => {
    const idle = await large.level([]);
    expect(idle).toBeLessThan(large.records.inner.size / 20);
    for (const count of [1, 10, 100]) {
      const keys = Array.from({ length: count }, (_, i) => (i * 31) % SMALL);
      const [ofSmall, ofLarge] = [await small.level(keys), await large.level(keys)];
      expect(ofLarge).toBeLessThan(idle + PATH * count);
      // Sixteen times as many values: four more inodes on the way to each.
      expect(ofLarge - ofSmall).toBeLessThan(10 * count + 10);
    }
  });

  it("costs the same at every level", async () => {
    const costs: number[] = [];
    for (let i = 0; i < 40; i++) costs.push(await small.level([i]));
    const [first = 0] = costs;
    expect(Math.max(...costs)).toBeLessThan(first + PATH);
  });

  it("is not read to be opened, nor for a value, nor for a level", async () => {
    const all = large.records.inner.size;
    expect(all).toBeGreaterThan(2 * LARGE);
    const engine = large.open();
    const before = large.records.reads;
    expect(await large.value(7, engine)).not.toBeNull();
    expect(large.records.reads - before).toBeLessThan(PATH);
    const middle = large.records.reads;
    await large.level([7], engine);
    expect(large.records.reads - middle).toBeLessThan(all / 10);
  });
});
