// Which functions a version has, and what the host checks before a function runs (pvm.md §1.10, §5.2).
import { describe, expect, it } from "vitest";
import { LazyVector } from "../../src/merkle/lazy-vector.js";
import { NdsNotActivated } from "../../src/pvm/host/errors.js";
import { KernelHost } from "../../src/pvm/host/kernel-host.js";
import { HOST_FUNCTIONS, lookup } from "../../src/pvm/host/registry.js";
import { PVM_VERSIONS, type PvmVersion } from "../../src/pvm/versions.js";
import { GuestError } from "../../src/wasm/guest-errors.js";
import { i32, i64, type Memory, type Value } from "../../src/wasm/runtime.js";
import { Hosted, LATEST } from "./hosted.js";

const BASE = [
  "read_input",
  "write_output",
  "write_debug",
  "store_has",
  "store_list_size",
  "store_get_nth_key",
  "store_delete",
  "store_copy",
  "store_move",
  "store_value_size",
  "store_read",
  "store_write",
  "reveal_preimage",
  "reveal_metadata",
];
const SINCE_R1 = ["store_delete_value", "store_create", "__internal_store_get_hash"];
const SINCE_R2 = ["store_exists"];
const SINCE_R3 = ["reveal"];
const SINCE_R6 = [
  "nds_registry_resize",
  "nds_registry_copy",
  "nds_registry_move",
  "nds_registry_clear",
  "nds_store_exists",
  "nds_store_read",
  "nds_store_write",
  "nds_store_set",
  "nds_store_delete",
  "nds_store_value_size",
  "nds_database_get_hash",
];

function available(version: PvmVersion): string[] {
  const index = PVM_VERSIONS.indexOf(version);
  return [
    ...BASE,
    ...(index >= 1 ? SINCE_R1 : []),
    ...(index >= 2 ? SINCE_R2 : []),
    ...(index >= 3 ? SINCE_R3 : []),
    ...(index >= 6 ? SINCE_R6 : []),
  ];
}

// Import name, name in states, type: pvm.md §5.2 and §5.5. "l" is an i64.
const SIGNATURES = `
read_input tezos_read_input iii->i
write_output tezos_write_output ii->i
write_debug tezos_write_debug ii->
store_has tezos_store_has ii->i
store_list_size tezos_store_list_size ii->l
store_get_nth_key tezos_store_get_nth_key_list iilii->i
store_delete tezos_store_delete ii->i
store_delete_value tezos_store_delete_value ii->i
store_copy tezos_store_copy iiii->i
store_move tezos_store_move iiii->i
store_value_size tezos_store_value_size ii->i
store_read tezos_store_read iiiii->i
store_write tezos_write_read iiiii->i
store_create tezos_store_create iii->i
store_exists tezos_store_exists ii->i
__internal_store_get_hash tezos_internal_store_get_hash iiii->i
reveal_preimage tezos_reveal_preimage iiii->i
reveal_metadata tezos_reveal_metadata ii->i
reveal tezos_reveal iiii->i
nds_registry_resize nds_registry_resize l->i
nds_registry_copy nds_registry_copy ll->i
nds_registry_move nds_registry_move ll->i
nds_registry_clear nds_registry_clear l->i
nds_store_exists nds_store_exists lii->i
nds_store_read nds_store_read liilii->i
nds_store_write nds_store_write liilii->i
nds_store_set nds_store_set liiii->i
nds_store_delete nds_store_delete lii->i
nds_store_value_size nds_store_value_size lii->i
nds_database_get_hash nds_database_get_hash lii->i
`;

describe("the registry", () => {
  it.each(PVM_VERSIONS)("has the functions of version %s", (version) => {
    const found = HOST_FUNCTIONS.filter(({ importName }) => lookup(version, importName) !== null);
    expect(found.map(({ importName }) => importName).sort()).toEqual(available(version).sort());
  });

  it("gives them their names and types", () => {
    const letters = (types: LazyVector<string>): string =>
      types
        .toArray()
        .map((type) => (type === "i64" ? "l" : type === "i32" ? "i" : "?"))
        .join("");
    const lines = HOST_FUNCTIONS.map(({ importName }) => {
      const value = lookup("2.0.0-experimental", importName);
      return `${importName} ${value?.name} ${value && letters(value.type.params)}->${value && letters(value.type.results)}`;
    });
    expect(lines.sort()).toEqual(SIGNATURES.trim().split("\n").sort());
  });

  it("shares one object a function", () => {
    expect(lookup("2.0.0", "read_input")).toBe(lookup(LATEST, "read_input"));
  });

  it("does not know the names in states as imports", () => {
    expect(lookup(LATEST, "tezos_read_input")).toBeNull();
    expect(lookup(LATEST, "")).toBeNull();
    expect(lookup(LATEST, "toString")).toBeNull();
  });
});

describe("KernelHost.resolve", () => {
  it("knows one module", () => {
    const { host } = new Hosted();
    expect(host.resolve("smart_rollup_core", "read_input")).toMatchObject({ tag: "Host", name: "tezos_read_input" });
    expect(host.resolve("env", "read_input")).toBeNull();
    expect(host.resolve("smart_rollup_core", "no_such_function")).toBeNull();
  });

  it("knows what its version knows", () => {
    const old = new Hosted(65536, "2.0.0").host;
    expect(old.resolve("smart_rollup_core", "reveal")).toBeNull();
    expect(old.resolve("smart_rollup_core", "reveal_preimage")).not.toBeNull();
  });
});

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("KernelHost.call", () => {
  const machine = new Hosted();
  const one = LazyVector.of([machine.memory]);
  const none = LazyVector.empty<Memory>();
  const two = LazyVector.of([machine.memory, machine.memory]);
  const vector: Value = { tag: "vec", bytes: new Uint8Array(16) };
  const float: Value = { tag: "num", num: { type: "f32", value: 0 } };
  const reference: Value = { tag: "ref", ref: { tag: "NullRef", type: "funcref" } };

  it.each([
    ["too few", "tezos_store_has", [i32(0)]],
    ["too many", "tezos_store_has", [i32(0), i32(0), i32(0)]],
    ["none", "tezos_reveal_metadata", []],
    ["an i64 for an i32", "tezos_store_has", [i64(0n), i32(0)]],
    ["an i32 for an i64", "tezos_store_get_nth_key_list", [i32(0), i32(0), i32(0), i32(0), i32(0)]],
    ["a float", "tezos_store_has", [i32(0), float]],
    ["a vector", "tezos_reveal", [i32(0), i32(0), i32(0), vector]],
    ["a reference", "tezos_write_debug", [i32(0), reference]],
  ])("is stuck on wrong arguments: %s", (_what, name, args) => {
    const error = thrown(() => machine.host.call(name, args, one));
    expect(error).toBeInstanceOf(GuestError);
    expect(error).toMatchObject({ raw: "Tezos_scoru_wasm.Host_funcs.Bad_input", explanation: null, known: false });
  });

  const CALLS: readonly [string, Value[]][] = HOST_FUNCTIONS.filter(({ kind }) => kind !== "nds").map((spec) => [
    spec.stateName,
    spec.params.map((type) => (type === "i64" ? i64(0n) : i32(0))),
  ]);

  it.each(CALLS.filter(([name]) => name !== "tezos_reveal_metadata"))("%s needs one memory", (name, args) => {
    const during = "host functions must not access memory during initialisation";
    expect(thrown(() => machine.host.call(name, args, none))).toMatchObject({
      raw: `Error(_, "${during}")`,
      explanation: during,
      known: true,
    });
    const number = "caller module must have exactly 1 memory instance";
    expect(thrown(() => machine.host.call(name, args, two))).toMatchObject({
      raw: `Error(_, "${number}")`,
      explanation: number,
      known: true,
    });
  });

  it("lets reveal_metadata do without memory", () => {
    for (const memories of [none, two]) {
      expect(machine.host.call("tezos_reveal_metadata", [i32(0), i32(0)], memories).tag).toBe("reveal");
    }
  });

  it("looks at the arguments before the memory, except for write_debug", () => {
    expect(thrown(() => machine.host.call("tezos_store_has", [], none))).toMatchObject({ known: false });
    expect(thrown(() => machine.host.call("tezos_reveal", [], none))).toMatchObject({ known: false });
    expect(thrown(() => machine.host.call("tezos_write_debug", [], none))).toMatchObject({ known: true });
  });

  it.each(SINCE_R6)("fails on %s, out of the machine", (name) => {
    for (const memories of [none, one]) {
      const error = thrown(() => machine.host.call(name, [], memories));
      expect(error).toBeInstanceOf(NdsNotActivated);
      expect(error).not.toBeInstanceOf(GuestError);
      expect(error).toMatchObject({ code: "pvm.nds_not_activated", functionName: name });
    }
  });

  it("is stuck on a name its version does not have", () => {
    const old = new Hosted(65536, "2.0.0-r5").host;
    for (const name of ["nds_store_set", "store_has", "constructor"]) {
      expect(thrown(() => old.call(name, [], one))).toMatchObject({ raw: "Not_found", known: false });
    }
  });

  it("leaves the memory it was given alone", () => {
    const hosted = new Hosted();
    hosted.message(0, 0n, Buffer.from("message"));
    const before = hosted.memory;
    hosted.call("read_input", 0, 100, 4096);
    expect(hosted.memory).not.toBe(before);
    expect(before.chunks.bytes(100, 7)).toEqual(new Uint8Array(7));
    const after = hosted.memory;
    hosted.call("store_has", 0, 0);
    expect(hosted.memory).toBe(after);
  });
});

describe("the storage of a tick that fails", () => {
  it("has nothing to undo, unless the call had returned", () => {
    const machine = new Hosted();
    machine.host.beginStep();
    thrown(() => machine.host.call("tezos_store_has", [], LazyVector.of([machine.memory])));
    machine.host.restoreDurable();
    machine.call("store_has", 0, 0);
    expect(() => machine.host.restoreDurable()).toThrow("after its host call");
    machine.host.beginStep();
    machine.host.restoreDurable();
  });
});

describe("a host without an embedder's debug", () => {
  it("runs write_debug", () => {
    const machine = new Hosted();
    const host = new KernelHost(machine, LATEST);
    const outcome = host.call("tezos_write_debug", [i32(-1), i32(-1)], LazyVector.of([machine.memory]));
    expect(outcome).toEqual({ tag: "results", results: [], memory: null, ticks: 0 });
  });
});
