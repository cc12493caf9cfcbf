// Instances that share: what one changes the others see at once, in the middle of a call too.
import { describe, expect, it } from "vitest";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import { ArgumentError, type External, type Instance, Store, Trap } from "../../../src/wasm/embedding/store.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import type { Host, HostOutcome } from "../../../src/wasm/host.js";
import { type HostFunction, i32, type Value } from "../../../src/wasm/runtime.js";
import { assemble } from "../validate/support.js";

/** A host of one function, which writes a byte to its caller's memory. */
class PokeHost implements Host {
  readonly func: HostFunction = {
    tag: "Host",
    type: { params: LazyVector.of(["i32" as const, "i32" as const]), results: LazyVector.empty() },
    name: "poke",
  };

  resolve(): null {
    return null;
  }

  call(_: string, args: readonly Value[], memories: Parameters<Host["call"]>[2]): HostOutcome {
    const [address, byte] = args.map((value) => (value.tag === "num" ? Number(value.num.value) : 0));
    const memory = memories.get(0);
    const chunks = memory.chunks.store(address ?? 0, Uint8Array.of(byte ?? 0));
    return { tag: "results", results: [], memory: { ...memory, chunks }, ticks: 3 };
  }
}

function instantiate(store: Store, text: string, ...imports: External[]): Instance {
  return store.instantiate(decodeModule(assemble(text), "full"), imports);
}

function exported(instance: Instance, name: string): External {
  const external = instance.exports.get(name);
  if (external === undefined) throw new Error(`no export ${name}`);
  return external;
}

function call(store: Store, instance: Instance, name: string, ...args: number[]): unknown[] {
  const external = exported(instance, name);
  if (external.kind !== "Func") throw new Error(`${name} is no function`);
  return store
    .invoke(instance, external.func, args.map(i32))
    .map((value) => (value.tag === "num" ? value.num.value : value));
}

const OWNER = `(module
  (memory (export "memory") 1 4) (table (export "table") 4 funcref) (global (export "global") (mut i32) (i32.const 1))
  (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "get") (result i32) (global.get 0))
  (func (export "set") (param i32) (global.set 0 (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func $nine (result i32) (i32.const 9)) (elem declare func $nine)
  (func (export "enter") (param i32) (table.set 0 (local.get 0) (ref.func $nine)))
  (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))`;

const USER = `(module
  (import "o" "memory" (memory 1)) (import "o" "table" (table 4 funcref)) (import "o" "global" (global (mut i32)))
  (import "o" "poke" (func $poke (param i32 i32))) (import "o" "set" (func $set (param i32)))
  (import "o" "enter" (func $enter (param i32))) (import "o" "size" (func $size (result i32)))
  (func (export "memory in a call") (result i32) (call $poke (i32.const 5) (i32.const 77)) (i32.load8_u (i32.const 5)))
  (func (export "global in a call") (result i32) (call $set (i32.const 12)) (global.get 0))
  (func (export "table in a call") (result i32) (call $enter (i32.const 2)) (call_indirect (result i32) (i32.const 2)))
  (func (export "grow") (result i32) (drop (memory.grow (i32.const 2))) (call $size))
  (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "set") (param i32) (global.set 0 (local.get 0)))
  (func $three (result i32) (i32.const 3)) (elem (i32.const 1) $three))`;

const IMPORTS = ["memory", "table", "global", "poke", "set", "enter", "size"];

function pair(): { store: Store; owner: Instance; user: Instance } {
  const store = new Store(new PokeHost(), 300);
  const owner = instantiate(store, OWNER);
  const user = instantiate(store, USER, ...IMPORTS.map((name) => exported(owner, name)));
  return { store, owner, user };
}

describe("shared memories, tables and globals", () => {
  it("change for the importer while it waits for a call", () => {
    const { store, user } = pair();
    expect(call(store, user, "memory in a call")).toEqual([77]);
    expect(call(store, user, "global in a call")).toEqual([12]);
    expect(call(store, user, "table in a call")).toEqual([9]);
    expect(call(store, user, "grow")).toEqual([3]);
  });

  it("change for the exporter", () => {
    const { store, owner, user } = pair();
    call(store, user, "poke", 40, 8);
    call(store, user, "set", -3);
    expect(call(store, owner, "peek", 40)).toEqual([8]);
    expect(call(store, owner, "get")).toEqual([-3]);
    expect(call(store, owner, "call", 1)).toEqual([3]); // the user's element segment
  });

  it("can be looked at from outside", () => {
    const { store, owner, user } = pair();
    call(store, user, "set", 5);
    const global = exported(owner, "global");
    expect(global.kind === "Global" && global.cell.value).toEqual({ mutable: true, value: i32(5) });
  });

  it("may be imported twice by one module", () => {
    const { store, owner } = pair();
    const twice = instantiate(
      store,
      `(module (import "o" "table" (table $a 4 funcref)) (import "o" "table" (table $b 4 funcref))
        (import "o" "global" (global $g (mut i32))) (import "o" "global" (global $h (mut i32)))
        (func $f (result i32) (i32.const 6)) (elem declare func $f)
        (func (export "table") (result i32) (table.set $a (i32.const 0) (ref.func $f)) (call_indirect $b (result i32) (i32.const 0)))
        (func (export "global") (result i32) (global.set $h (i32.const 21)) (global.get $g)))`,
      ...["table", "table", "global", "global"].map((name) => exported(owner, name)),
    );
    expect(call(store, twice, "table")).toEqual([6]);
    expect(call(store, twice, "global")).toEqual([21]);
    expect(call(store, owner, "call", 0)).toEqual([6]);
    call(store, owner, "set", 4);
    expect(call(store, owner, "get")).toEqual([4]);
  });

  it("keep what a module wrote before its instantiation failed", () => {
    const { store, owner } = pair();
    const text = `(module (import "o" "memory" (memory 1)) (import "o" "table" (table 4 funcref))
      (func $f (result i32) (i32.const 30)) (elem (i32.const 3) $f) (data (i32.const 9) "z") (data (i32.const 300000) "q"))`;
    const imports = [exported(owner, "memory"), exported(owner, "table")];
    expect(() => instantiate(store, text, ...imports)).toThrow("out of bounds memory access");
    expect(call(store, owner, "peek", 9)).toEqual([0x7a]);
    expect(call(store, owner, "call", 3)).toEqual([30]);
  });

  it("are changed by host functions", () => {
    const host = new PokeHost();
    const store = new Store(host, 300);
    const owner = instantiate(store, OWNER);
    const user = instantiate(
      store,
      `(module (import "o" "memory" (memory 1)) (import "h" "poke" (func $poke (param i32 i32))) (func (export "go") (call $poke (i32.const 2) (i32.const 3))))`,
      exported(owner, "memory"),
      { kind: "Func", func: host.func },
    );
    call(store, user, "go");
    expect(call(store, owner, "peek", 2)).toEqual([3]);
  });
});

describe.each(["ticks", "fast"] as const)("calls with the engine %s", (engine) => {
  const text = `(module (memory (export "memory") 1) (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
    (func (export "trap") (unreachable)) (func $deep (export "deep") (call $deep))
    (table 1 funcref) (func (export "null") (call_indirect (i32.const 0)))
    (func (export "return") (result i32) (i32.const 1) (i32.const 2) (return) )
    (func (export "sum") (param i32) (result i32) (local i32)
      (loop (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.store (i32.const 8) (local.get 1)) (local.get 1)))`;
  const make = (): { store: Store; instance: Instance } => {
    const store = new Store(new PokeHost(), 300, engine);
    return { store, instance: instantiate(store, text) };
  };

  it("take arguments in order and give results", () => {
    const { store, instance } = make();
    expect(call(store, instance, "sub", 7, 2)).toEqual([5]);
    expect(call(store, instance, "return")).toEqual([2]);
    expect(call(store, instance, "sum", 1000)).toEqual([500_500]);
    const memory = exported(instance, "memory");
    expect(memory.kind === "Memory" && memory.cell.value.chunks.bytes(8, 4)).toEqual(Uint8Array.of(0x14, 0xa3, 7, 0));
  });

  it("end in traps and exhaustion, and go on after them", () => {
    const { store, instance } = make();
    expect(() => call(store, instance, "trap")).toThrow(new Trap("unreachable executed"));
    expect(() => call(store, instance, "null")).toThrow(new Trap("uninitialized element 0"));
    expect(() => call(store, instance, "deep")).toThrow(GuestError);
    expect(() => call(store, instance, "deep")).toThrow("call stack exhausted");
    expect(() => call(store, instance, "sub", 1)).toThrow(ArgumentError);
    expect(call(store, instance, "sub", 7, 3)).toEqual([4]);
  });
});

it("refuses a second module beside one of the fast evaluator", () => {
  const store = new Store(new PokeHost(), 300, "fast");
  instantiate(store, "(module)");
  expect(() => instantiate(store, "(module)")).toThrow("one module only");
});
