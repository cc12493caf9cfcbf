// Running on, and storing and loading the state at every tick, plainly or exactly as the reference does, lead to the same states.
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { at, buildNode, record, type Schema, View } from "../../../src/merkle/schema.js";
import { type Access, EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../../src/merkle/tree.js";
import { type Config, configSchema } from "../../../src/wasm/eval/config.js";
import { i32, type Registry, registrySchema } from "../../../src/wasm/runtime.js";
import {
  assemble,
  type HostDefinition,
  hostOf,
  hostResult,
  isOver,
  next,
  type Run,
  startKernel,
} from "./kernel-run.js";

interface Stored {
  readonly config: Config;
  readonly registry: Registry;
}

const schema: Schema<Stored> = record<Stored>({
  config: at("config", configSchema),
  registry: at("modules", registrySchema),
});

const host = hostOf({
  add: {
    name: "add",
    params: ["i32", "i32"],
    results: ["i32"],
    call: ([a, b]) => {
      if (a?.tag !== "num" || b?.tag !== "num") throw new Error("numbers expected");
      return hostResult([i32(Number(a.num.value) - Number(b.num.value))], 3);
    },
  } satisfies HostDefinition,
});

function again(run: Run, access: Access): { run: Run; hash: string } {
  const node = buildNode(schema, { config: run.config, registry: run.registry }, access.exact) as TreeNode;
  const hash = toHex(node.hash);
  return { run: { ...schema.load(View.of(node, access)), tick: run.tick }, hash };
}

const KERNELS: Readonly<Record<string, string>> = {
  "memory and tables": `(module
    (memory (export "mem") 1)
    (table $t 5 funcref) (elem $e func $f $f) (data $d "abc")
    (global $g (mut v128) (v128.const i32x4 1 2 3 4))
    (func $f)
    (func (export "kernel_run")
      (memory.init $d (i32.const 510) (i32.const 0) (i32.const 3)) (data.drop $d)
      (memory.copy (i32.const 511) (i32.const 510) (i32.const 3))
      (memory.fill (i32.const 3) (i32.const 7) (i32.const 2))
      (table.init $t $e (i32.const 1) (i32.const 0) (i32.const 2)) (elem.drop $e)
      (table.copy $t $t (i32.const 2) (i32.const 1) (i32.const 2))
      (table.fill $t (i32.const 0) (ref.func $f) (i32.const 2))
      (drop (table.grow $t (ref.null func) (i32.const 2))) (drop (memory.grow (i32.const 1)))
      (global.set $g (v128.load (i32.const 505)))
      (v128.store (i32.const 600) (i8x16.add (global.get $g) (global.get $g)))
      (call_indirect $t (i32.const 0))
      (i64.store (i32.const 1000) (i64.const -1))
      (v128.store (i32.const 131065) (global.get $g))))`,
  "control and calls": `(module
    (import "smart_rollup_core" "add" (func $add (param i32 i32) (result i32)))
    (memory (export "mem") 1)
    (type $pair (func (param i32 i32) (result i32 i32)))
    (func $swap (type $pair) (local i64 v128 externref) (local.get 1) (local.get 0))
    (func $down (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (i32.const 100) (i32.const 5) (return))
        (else (call $down (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "kernel_run") (local $n i32)
      (i32.const 1) (i32.const 2) (i32.const 3)
      (block (type $pair) (call $swap) (br 0)) (drop)
      (call $add) (drop)
      (local.set $n (i32.const 3))
      (block $out (loop $again
        (br_table $out $again (i32.eqz (i32.eqz (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))
      (drop (call $down (i32.const 3)))
      (drop (select (i32.const 1) (i32.const 2) (i32.const 0)))
      (block $b (result i32) (i32.const 9) (i32.const 8) (br_if $b (i32.const 1)) (drop)) (drop)
      (unreachable)))`,
};

describe.each(Object.entries(KERNELS))("%s", (_name, wat) => {
  it("gives the same states in every mode", () => {
    let straight = startKernel(assemble(wat), host);
    let plain = straight;
    let exact = straight;
    for (let ticks = 0; ; ticks++) {
      const expected = again(straight, PLAIN_ACCESS).hash;
      const plainly = again(plain, PLAIN_ACCESS);
      const exactly = again(exact, EXACT_UNOBSERVED);
      expect([plainly.hash, exactly.hash], `tick ${straight.tick}`).toEqual([expected, expected]);
      if (isOver(straight)) break;
      expect(ticks).toBeLessThan(5000);
      straight = next(straight, host);
      plain = next(plainly.run, host);
      exact = next(exactly.run, host);
    }
    expect(straight.config.stepKont.tag).toBe("SK_Trapped");
  });
});
