// Each host function: every error it can answer, what it does when it succeeds, and what it costs (pvm.md §5.2, §5.4).
import { describe, expect, it } from "vitest";
import { readMessage } from "../../src/pvm/buffers.js";
import { durableKey } from "../../src/pvm/durable.js";
import { GuestError } from "../../src/wasm/guest-errors.js";
import { Hosted } from "./hosted.js";

const MEMORY = 65536;
const TOO_LONG = `/${"a".repeat(240)}`;
const LONGEST = `/${"a".repeat(239)}`;

/** The ticks of a key of a length and of an access. */
const keyTicks = (length: number): number => 42 * length + 1;

/** A storage with values, sub-keys, and both at one key. */
function stocked(): Hosted {
  const machine = new Hosted(MEMORY);
  machine.value("/value", "hello");
  machine.value("/both", "x");
  machine.value("/both/below", "y");
  machine.value("/keys/a", "1");
  machine.value("/keys/b", "22");
  machine.value("/empty", "");
  machine.value("/readonly/kernel/boot.wasm", "kernel");
  return machine;
}

function guestError(run: () => unknown): GuestError {
  try {
    run();
  } catch (error) {
    if (error instanceof GuestError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

// The functions on one key, with arguments that are in order otherwise.
const ONE_KEY: readonly [name: string, rest: readonly (number | bigint)[]][] = [
  ["store_has", []],
  ["store_exists", []],
  ["store_list_size", []],
  ["store_get_nth_key", [0n, 2048, 64]],
  ["store_delete", []],
  ["store_delete_value", []],
  ["store_value_size", []],
  ["store_read", [0, 2048, 64]],
  ["store_write", [0, 2048, 4]],
  ["store_create", [10]],
  ["__internal_store_get_hash", [2048, 32]],
];

/** A result as an i64 when the function has one. */
function widened(name: string, result: number): number | bigint {
  return name === "store_list_size" ? BigInt(result) : result;
}

describe.each(ONE_KEY)("%s", (name, rest) => {
  function failsWith(code: number, call: (machine: Hosted) => unknown): void {
    const machine = stocked();
    const before = machine.durableHash;
    expect(call(machine)).toEqual({ result: widened(name, code), ticks: 0 });
    expect(machine.durableHash).toBe(before);
  }

  it("refuses a key that is too large before reading it (-1)", () => {
    failsWith(-1, (machine) => machine.onKey(name, TOO_LONG, ...rest));
    failsWith(-1, (machine) => machine.call(name, -1, 241, ...rest));
    failsWith(-1, (machine) => machine.call(name, -1, 0x7fff_ffff, ...rest));
  });

  it("refuses what is not a key (-2)", () => {
    for (const key of ["/", "a", "/a/", "//a", "/a//b", "/a b", "/a@", "/é", "/a\0", "/@", "/a\n"]) {
      failsWith(-2, (machine) => machine.onKey(name, key, ...rest));
    }
  });

  it("refuses a key outside the memory (-6)", () => {
    failsWith(-6, (machine) => machine.call(name, MEMORY - 3, 4, ...rest));
    failsWith(-6, (machine) => machine.call(name, -1, 4, ...rest));
    failsWith(-6, (machine) => machine.call(name, MEMORY, 1, ...rest));
  });

  it("refuses a negative length of a key (-8)", () => {
    failsWith(-8, (machine) => machine.call(name, 0, -1, ...rest));
    failsWith(-8, (machine) => machine.call(name, MEMORY + 1, -0x8000_0000, ...rest));
  });
});

describe("store_has", () => {
  it.each([
    ["/nothing", 0],
    ["/value/below", 0],
    ["/value", 1],
    ["/empty", 1],
    ["/keys", 2],
    ["/readonly", 2],
    ["", 2],
    ["/both", 3],
  ])("tells what is at %s", (key, result) => {
    expect(stocked().onKey("store_has", key)).toEqual({ result, ticks: keyTicks(key.length) });
  });

  it("takes the longest key", () => {
    expect(stocked().onKey("store_has", LONGEST)).toEqual({ result: 0, ticks: keyTicks(240) });
  });
});

describe("store_exists", () => {
  it.each([
    ["/nothing", 0],
    ["/value", 1],
    ["/keys", 1],
    ["/both", 1],
    ["", 1],
  ])("tells whether there is anything at %s", (key, result) => {
    expect(stocked().onKey("store_exists", key)).toEqual({ result, ticks: keyTicks(key.length) });
  });
});

describe("store_list_size", () => {
  it.each([
    ["/nothing", 0n],
    ["/value", 1n],
    ["/keys", 2n],
    ["/both", 2n],
    ["", 5n],
  ])("counts the children of %s, its value among them", (key, result) => {
    expect(stocked().onKey("store_list_size", key)).toEqual({ result, ticks: keyTicks(key.length) });
  });
});

describe("store_get_nth_key", () => {
  /** The names of all children, by index. */
  function names(machine: Hosted, key: string, count: number): string[] {
    return Array.from({ length: count }, (_, index) => {
      const { result } = machine.onKey("store_get_nth_key", key, BigInt(index), 2048, 64);
      return machine.text(2048, Number(result));
    });
  }

  it("gives every child once; the value has no name", () => {
    const machine = stocked();
    expect(names(machine, "/keys", 2).sort()).toEqual(["a", "b"]);
    expect(names(machine, "/both", 2).sort()).toEqual(["", "below"]);
    expect(names(machine, "", 5).sort()).toEqual(["both", "empty", "keys", "readonly", "value"]);
  });

  it("costs the key, not the name", () => {
    const machine = stocked();
    expect(machine.onKey("store_get_nth_key", "/both", 1n, 2048, 64)).toEqual({ result: 5, ticks: keyTicks(5) });
  });

  it("gives as much of the name as asked for", () => {
    const machine = stocked();
    machine.value("/long/abcdef", "");
    expect(machine.onKey("store_get_nth_key", "/long", 0n, 2048, 3).result).toBe(3);
    expect(machine.text(2048, 6)).toBe("abc\0\0\0");
    expect(machine.onKey("store_get_nth_key", "/long", 0n, -1, 0)).toEqual({ result: 0, ticks: keyTicks(5) });
  });

  it("stores nothing for the value, wherever that would be", () => {
    expect(stocked().onKey("store_get_nth_key", "/value", 0n, -1, 64)).toEqual({ result: 0, ticks: keyTicks(6) });
  });

  it("refuses an index past the end (-12), a missing key (-10), a negative index (-8)", () => {
    const machine = stocked();
    expect(machine.onKey("store_get_nth_key", "/keys", 2n, 2048, 64)).toEqual({ result: -12, ticks: 0 });
    expect(machine.onKey("store_get_nth_key", "/keys", 1n << 40n, 2048, 64)).toEqual({ result: -12, ticks: 0 });
    expect(machine.onKey("store_get_nth_key", "/nothing", 0n, 2048, 64)).toEqual({ result: -10, ticks: 0 });
    expect(machine.onKey("store_get_nth_key", "/nothing", -1n, 2048, 64)).toEqual({ result: -10, ticks: 0 });
    expect(machine.onKey("store_get_nth_key", "/keys", -1n, 2048, 64)).toEqual({ result: -8, ticks: 0 });
  });

  it("takes the low 63 bits of the index", () => {
    const machine = stocked();
    expect(machine.onKey("store_get_nth_key", "/keys", -(1n << 63n), 2048, 64).result).toBe(1);
    expect(machine.onKey("store_get_nth_key", "/keys", 1n << 62n, 2048, 64).result).toBe(-8);
  });

  it("writes what fits of the name and answers -6 when it does not", () => {
    const machine = stocked();
    expect(machine.onKey("store_get_nth_key", "/both", 1n, MEMORY - 2, 64)).toEqual({ result: -6, ticks: 0 });
    expect(machine.text(MEMORY - 2, 2)).toBe("be");
  });

  it("is stuck on a negative size, once the child is found", () => {
    const machine = stocked();
    const error = guestError(() => machine.onKey("store_get_nth_key", "/keys", 0n, 2048, -1));
    expect(error).toMatchObject({ raw: 'Invalid_argument("String.sub / Bytes.sub")', known: false });
    guestError(() => machine.onKey("store_get_nth_key", "/value", 0n, 2048, -1));
    expect(machine.onKey("store_get_nth_key", "/keys", 2n, 2048, -1).result).toBe(-12);
  });
});

describe("__internal_store_get_hash", () => {
  it("gives the hash of all that is at a key", () => {
    const machine = stocked();
    expect(machine.onKey("__internal_store_get_hash", "/both", 2048, 32)).toEqual({ result: 32, ticks: keyTicks(5) });
    expect(machine.bytes(2048, 32)).toEqual(machine.durable.treeHash(durableKey("/both")));
    machine.onKey("__internal_store_get_hash", "/both", 2048, 100);
    expect(machine.bytes(2080, 1)).toEqual(Uint8Array.of(0));
  });

  it("follows the contents", () => {
    const machine = stocked();
    machine.onKey("__internal_store_get_hash", "/keys", 2048, 32);
    machine.value("/keys/a", "2");
    machine.onKey("__internal_store_get_hash", "/keys", 2080, 32);
    expect(machine.text(2048, 32)).not.toBe(machine.text(2080, 32));
  });

  it("gives as much of the hash as asked for", () => {
    const machine = stocked();
    expect(machine.onKey("__internal_store_get_hash", "/both", 2048, 5).result).toBe(5);
    expect(machine.bytes(2053, 4)).toEqual(new Uint8Array(4));
    expect(machine.onKey("__internal_store_get_hash", "/both", -1, 0).result).toBe(0);
  });

  it("refuses a missing key (-10) and what does not fit (-6)", () => {
    const machine = stocked();
    expect(machine.onKey("__internal_store_get_hash", "/no", 2048, 32)).toEqual({ result: -10, ticks: 0 });
    expect(machine.onKey("__internal_store_get_hash", "/both", MEMORY - 31, 32)).toEqual({ result: -6, ticks: 0 });
  });

  it("is stuck on a negative size", () => {
    const error = guestError(() => stocked().onKey("__internal_store_get_hash", "/both", 2048, -1));
    expect(error.raw).toBe('Invalid_argument("String.sub / Bytes.sub")');
    expect(stocked().onKey("__internal_store_get_hash", "/no", 2048, -1).result).toBe(-10);
  });
});

describe("store_delete", () => {
  it("removes the key and all below it", () => {
    const machine = stocked();
    expect(machine.onKey("store_delete", "/both")).toEqual({ result: 0, ticks: keyTicks(5) });
    expect(machine.onKey("store_has", "/both").result).toBe(0);
    expect(machine.onKey("store_has", "/both/below").result).toBe(0);
  });

  it("does not mind a key that is not there", () => {
    const machine = stocked();
    const before = machine.durableHash;
    expect(machine.onKey("store_delete", "/nothing/at/all")).toEqual({ result: 0, ticks: keyTicks(15) });
    expect(machine.durableHash).toBe(before);
  });

  it("leaves no empty parent", () => {
    const machine = stocked();
    machine.value("/a/b/c", "");
    machine.onKey("store_delete", "/a/b/c");
    expect(machine.onKey("store_exists", "/a").result).toBe(0);
  });

  it("refuses what is read-only (-9)", () => {
    for (const key of ["", "/readonly", "/readonly/kernel", "/readonly/nothing"]) {
      expect(stocked().onKey("store_delete", key)).toEqual({ result: -9, ticks: 0 });
    }
    expect(stocked().onKey("store_delete", "/readonlyx").result).toBe(0);
    expect(stocked().onKey("store_delete", "/a/readonly").result).toBe(0);
  });
});

describe("store_delete_value", () => {
  it("removes the value alone", () => {
    const machine = stocked();
    expect(machine.onKey("store_delete_value", "/both")).toEqual({ result: 0, ticks: keyTicks(5) });
    expect(machine.onKey("store_has", "/both").result).toBe(2);
    expect(machine.read("/both/below")).toBe("y");
    machine.onKey("store_delete_value", "/value");
    expect(machine.onKey("store_exists", "/value").result).toBe(0);
    expect(machine.onKey("store_delete_value", "/keys").result).toBe(0);
  });

  it("refuses what is read-only (-9)", () => {
    expect(stocked().onKey("store_delete_value", "/readonly/wasm_version")).toEqual({ result: -9, ticks: 0 });
    expect(stocked().onKey("store_delete_value", "")).toEqual({ result: -9, ticks: 0 });
  });
});

describe.each(["store_copy", "store_move"])("%s", (name) => {
  const ticks = (from: string, to: string): number => 42 * (from.length + to.length) + 1;

  it("puts all that is at a key at another", () => {
    const machine = stocked();
    machine.value("/to", "old");
    machine.value("/to/old", "old");
    expect(machine.onKeys(name, "/both", "/to")).toEqual({ result: 0, ticks: ticks("/both", "/to") });
    expect(machine.read("/to")).toBe("x");
    expect(machine.read("/to/below")).toBe("y");
    expect(machine.read("/to/old")).toBeNull();
    expect(machine.onKey("store_exists", "/both").result).toBe(name === "store_copy" ? 1 : 0);
  });

  it("puts a key below itself", () => {
    const machine = stocked();
    expect(machine.onKeys(name, "/both", "/both/deep").result).toBe(0);
    expect(machine.read("/both/deep")).toBe("x");
    expect(machine.read("/both/deep/below")).toBe("y");
    expect(machine.read("/both/below")).toBe(name === "store_copy" ? "y" : null);
  });

  it("puts a key above itself", () => {
    const machine = stocked();
    expect(machine.onKeys(name, "/both/below", "/both").result).toBe(0);
    expect(machine.read("/both")).toBe("y");
    expect(machine.read("/both/below")).toBeNull();
  });

  it("puts a key where it is", () => {
    const machine = stocked();
    const before = machine.durableHash;
    expect(machine.onKeys(name, "/both", "/both").result).toBe(0);
    expect(machine.durableHash).toBe(before);
  });

  it("refuses a source that is not there (-10)", () => {
    expect(stocked().onKeys(name, "/nothing", "/to")).toEqual({ result: -10, ticks: 0 });
  });

  it("refuses a read-only target, whether the source is there or not (-9)", () => {
    for (const from of ["/both", "/nothing"]) {
      expect(stocked().onKeys(name, from, "/readonly/x")).toEqual({ result: -9, ticks: 0 });
      expect(stocked().onKeys(name, from, "")).toEqual({ result: -9, ticks: 0 });
    }
  });

  it("loads the source's key first", () => {
    const machine = stocked();
    machine.put(0, "x");
    machine.put(512, "/b");
    expect(machine.call(name, 0, 241, 512, 241).result).toBe(-1);
    expect(machine.call(name, 0, 1, 512, 241).result).toBe(-2);
    machine.put(0, "/b");
    expect(machine.call(name, 0, 2, 512, 241).result).toBe(-1);
    expect(machine.call(name, 0, 2, 512, -1).result).toBe(-8);
    expect(machine.call(name, 0, 2, -1, 1).result).toBe(-6);
    expect(machine.call(name, 0, -1, 512, 2).result).toBe(-8);
    machine.put(512, "/b/");
    expect(machine.call(name, 0, 2, 512, 3).result).toBe(-2);
  });
});

describe("store_copy", () => {
  it("copies from where it may not write, the whole storage too", () => {
    const machine = stocked();
    expect(machine.onKeys("store_copy", "/readonly/kernel", "/to").result).toBe(0);
    expect(machine.read("/to/boot.wasm")).toBe("kernel");
    expect(machine.onKeys("store_copy", "", "/all").result).toBe(0);
    expect(machine.read("/all/readonly/kernel/boot.wasm")).toBe("kernel");
    expect(machine.read("/all/all")).toBeNull();
  });
});

describe("store_move", () => {
  it("refuses a read-only source (-9)", () => {
    expect(stocked().onKeys("store_move", "/readonly/kernel", "/to")).toEqual({ result: -9, ticks: 0 });
    expect(stocked().onKeys("store_move", "", "/to")).toEqual({ result: -9, ticks: 0 });
    expect(stocked().onKeys("store_move", "/readonly/nothing", "/to").result).toBe(-9);
  });
});

describe("store_value_size", () => {
  it.each([
    ["/value", 5],
    ["/empty", 0],
    ["/both", 1],
    ["/readonly/kernel/boot.wasm", 6],
  ])("gives the length of %s", (key, result) => {
    expect(stocked().onKey("store_value_size", key)).toEqual({ result, ticks: keyTicks(key.length) });
  });

  it("refuses a key without a value (-3)", () => {
    for (const key of ["/nothing", "/keys", ""]) {
      expect(stocked().onKey("store_value_size", key)).toEqual({ result: -3, ticks: 0 });
    }
  });
});

describe("store_read", () => {
  it("reads a part of a value", () => {
    const machine = stocked();
    expect(machine.onKey("store_read", "/value", 1, 2048, 3)).toEqual({ result: 3, ticks: keyTicks(6) + 42 * 3 });
    expect(machine.text(2048, 4)).toBe("ell\0");
  });

  it("reads to the end at most", () => {
    const machine = stocked();
    expect(machine.onKey("store_read", "/value", 3, 2048, 2048)).toEqual({ result: 2, ticks: keyTicks(6) + 42 * 2 });
    expect(machine.onKey("store_read", "/value", 0, -1, 0)).toEqual({ result: 0, ticks: keyTicks(6) });
  });

  it("reads across chunks and through holes", () => {
    const machine = stocked();
    machine.onKey("store_create", "/hole", 3000);
    machine.put(2048, "abcdef");
    machine.onKey("store_write", "/hole", 1020, 2048, 6);
    expect(machine.onKey("store_read", "/hole", 0, 4096, 2048).result).toBe(2048);
    const expected = new Uint8Array(2048);
    expected.set(Buffer.from("abcdef"), 1020);
    expect(machine.bytes(4096, 2048)).toEqual(expected);
  });

  it("refuses more than 2048 bytes, whatever there is (-7)", () => {
    expect(stocked().onKey("store_read", "/nothing", -1, 2048, 2049)).toEqual({ result: -7, ticks: 0 });
  });

  it("refuses a key without a value (-3)", () => {
    expect(stocked().onKey("store_read", "/keys", 0, 2048, 1)).toEqual({ result: -3, ticks: 0 });
    expect(stocked().onKey("store_read", "/keys", -1, 2048, -1).result).toBe(-3);
  });

  it("refuses an offset outside the value (-4), any offset of an empty one", () => {
    expect(stocked().onKey("store_read", "/value", 5, 2048, 1)).toEqual({ result: -4, ticks: 0 });
    expect(stocked().onKey("store_read", "/value", -1, 2048, 1).result).toBe(-4);
    expect(stocked().onKey("store_read", "/empty", 0, 2048, 1).result).toBe(-4);
    expect(stocked().onKey("store_read", "/value", -1, 2048, -1).result).toBe(-4);
  });

  it("refuses a negative number of bytes (-8)", () => {
    expect(stocked().onKey("store_read", "/value", 1, 2048, -1)).toEqual({ result: -8, ticks: 0 });
    expect(stocked().onKey("store_read", "/value", 1, 2048, -0x8000_0000).result).toBe(-8);
  });

  it("writes what fits and answers -6 when it does not", () => {
    const machine = stocked();
    expect(machine.onKey("store_read", "/value", 0, MEMORY - 2, 5)).toEqual({ result: -6, ticks: 0 });
    expect(machine.text(MEMORY - 2, 2)).toBe("he");
    expect(machine.onKey("store_read", "/value", 0, -1, 5).result).toBe(-6);
  });
});

describe("store_write", () => {
  function write(machine: Hosted, key: string, offset: number, text: string): unknown {
    machine.put(4096, text);
    return machine.onKey("store_write", key, offset, 4096, text.length);
  }

  it("makes a value, appends to it, writes inside it", () => {
    const machine = stocked();
    expect(write(machine, "/new", 0, "abc")).toEqual({ result: 0, ticks: keyTicks(4) + 42 * 3 });
    write(machine, "/new", 3, "def");
    write(machine, "/new", 2, "XY");
    expect(machine.read("/new")).toBe("abXYef");
    expect(write(machine, "/empty", 0, "")).toEqual({ result: 0, ticks: keyTicks(6) });
    expect(write(machine, "/made.by/nothing", 0, "")).toEqual({ result: 0, ticks: keyTicks(16) });
    expect(machine.read("/made.by/nothing")).toBe("");
  });

  it("refuses values of more than 2^31 - 1 bytes, and negative numbers of bytes (-5)", () => {
    const machine = stocked();
    machine.onKey("store_create", "/huge", 0x7fff_fffe);
    expect(machine.onKey("store_write", "/huge", 0, 0, 2)).toEqual({ result: -5, ticks: 0 });
    expect(machine.onKey("store_write", "/huge", 0x7fff_fffe, 0, 1).result).toBe(0);
    expect(machine.onKey("store_value_size", "/huge").result).toBe(0x7fff_ffff);
    expect(machine.onKey("store_write", "/nothing", 0, -1, -1).result).toBe(-5);
    expect(machine.onKey("store_write", "/readonly/x", 0, -1, -0x8000_0000).result).toBe(-5);
  });

  it("refuses bytes outside the memory (-6)", () => {
    const machine = stocked();
    expect(machine.onKey("store_write", "/readonly/x", 0, MEMORY - 1, 2)).toEqual({ result: -6, ticks: 0 });
    expect(machine.onKey("store_write", "/x", 0, 0, MEMORY + 1).result).toBe(-6);
    expect(machine.onKey("store_write", "/x", 0, -1, 0x7fff_ffff).result).toBe(-6);
  });

  it("refuses a read-only key (-9), then too many bytes (-7), then an offset past the end (-4)", () => {
    const machine = stocked();
    expect(machine.onKey("store_write", "/readonly/x", 1, 0, 2049)).toEqual({ result: -9, ticks: 0 });
    expect(machine.onKey("store_write", "", 1, 0, 1).result).toBe(-9);
    expect(machine.onKey("store_write", "/value", 6, 0, 2049)).toEqual({ result: -7, ticks: 0 });
    expect(machine.onKey("store_write", "/value", 6, 0, 1)).toEqual({ result: -4, ticks: 0 });
    expect(machine.onKey("store_write", "/nothing", 1, 0, 0).result).toBe(-4);
    expect(machine.onKey("store_exists", "/nothing").result).toBe(0);
  });

  it("refuses a negative offset (-8)", () => {
    const machine = stocked();
    const before = machine.durableHash;
    expect(machine.onKey("store_write", "/value", -1, 0, 1)).toEqual({ result: -8, ticks: 0 });
    expect(machine.onKey("store_write", "/value", -1, 0, 0).result).toBe(-8);
    expect(machine.onKey("store_write", "/value", -0x8000_0000, 0, 2048).result).toBe(-8);
    expect(machine.durableHash).toBe(before);
  });
});

describe("store_create", () => {
  it("makes a value of zeros", () => {
    const machine = stocked();
    expect(machine.onKey("store_create", "/new", 600)).toEqual({ result: 0, ticks: keyTicks(4) });
    expect(machine.read("/new")).toBe("\0".repeat(600));
    expect(machine.onKey("store_create", "/keys", 0).result).toBe(0);
    expect(machine.onKey("store_has", "/keys").result).toBe(3);
  });

  it("makes no chunks", () => {
    const machine = stocked();
    machine.onKey("store_create", "/new", 600);
    expect(machine.durable.tree.list(["new", "@"]).map(({ step }) => step)).toEqual(["length"]);
  });

  it("refuses a negative size (-5), then a read-only key (-9), then a key with a value (-13)", () => {
    const machine = stocked();
    expect(machine.onKey("store_create", "/readonly/x", -1)).toEqual({ result: -5, ticks: 0 });
    expect(machine.onKey("store_create", "/readonly/wasm_version", 1)).toEqual({ result: -9, ticks: 0 });
    expect(machine.onKey("store_create", "/value", 1)).toEqual({ result: -13, ticks: 0 });
    expect(machine.onKey("store_create", "/empty", 1).result).toBe(-13);
  });
});

describe("read_input", () => {
  function fed(...payloads: string[]): Hosted {
    const machine = new Hosted(MEMORY);
    payloads.forEach((payload, index) => {
      machine.message(7, BigInt(index), Buffer.from(payload, "latin1"));
    });
    return machine;
  }

  it("gives the oldest message and where it stands in the inbox", () => {
    const machine = fed("first", "second");
    expect(machine.call("read_input", 100, 200, 4096)).toEqual({ result: 5, ticks: 42 * 5 });
    expect(machine.text(200, 5)).toBe("first");
    expect(machine.bytes(100, 8)).toEqual(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0));
    machine.call("read_input", 100, 200, 4096);
    expect(machine.text(200, 6)).toBe("second");
    expect(machine.bytes(100, 8)).toEqual(Uint8Array.of(7, 0, 0, 0, 1, 0, 0, 0));
  });

  it("answers 0 when there is none, and writes nothing", () => {
    const machine = fed();
    machine.put(100, "untouched");
    expect(machine.call("read_input", 100, 200, 4096)).toEqual({ result: 0, ticks: 0 });
    expect(machine.text(100, 9)).toBe("untouched");
  });

  it("gives what fits of a message and drops the rest", () => {
    const machine = fed("0123456789", "next");
    expect(machine.call("read_input", 100, 200, 4)).toEqual({ result: 4, ticks: 42 * 4 });
    expect(machine.text(200, 5)).toBe("0123\0");
    expect(machine.call("read_input", 100, 200, 4).result).toBe(4);
    expect(machine.text(200, 4)).toBe("next");
    expect(fed("abc").call("read_input", 100, 200, 0)).toEqual({ result: 0, ticks: 0 });
    expect(fed("").call("read_input", 100, 200, 10)).toEqual({ result: 0, ticks: 0 });
  });

  it("gives at most 4096 bytes", () => {
    const machine = fed("x".repeat(5000));
    expect(machine.call("read_input", 0, 200, 0x7fff_ffff)).toEqual({ result: 4096, ticks: 42 * 4096 });
    expect(machine.text(200 + 4095, 2)).toBe("x\0");
  });

  it("writes the place over the message", () => {
    const machine = fed("0123456789abcdef");
    machine.call("read_input", 202, 200, 4096);
    expect(machine.text(200, 16)).toBe("01\x07\0\0\0\0\0\0\0abcdef");
  });

  it("wants one byte more than it writes, and takes no message when it fails (-6)", () => {
    const machine = fed("abc");
    const refused = { result: -6, ticks: 0 };
    expect(machine.call("read_input", MEMORY - 8, 200, 10)).toEqual(refused);
    expect(machine.call("read_input", -1, 200, 10)).toEqual(refused);
    expect(machine.call("read_input", 100, MEMORY - 10, 10)).toEqual(refused);
    expect(machine.call("read_input", 100, MEMORY, 0)).toEqual(refused);
    expect(machine.call("read_input", 100, MEMORY - 4096, 5000)).toEqual(refused);
    expect(machine.call("read_input", 100, 200, -1)).toEqual(refused);
    expect(machine.buffers.input.length).toBe(1);
    expect(machine.call("read_input", MEMORY - 9, MEMORY - 11, 10).result).toBe(3);
  });

  it("wants room when there is no message, too (-6)", () => {
    expect(fed().call("read_input", MEMORY, 200, 10).result).toBe(-6);
  });

  it("answers -8 for an index that is no int32, with the message written and gone", () => {
    const machine = new Hosted(MEMORY);
    machine.message(0, 1n << 31n, Buffer.from("abc"));
    expect(machine.call("read_input", 100, 200, 10)).toEqual({ result: -8, ticks: 0 });
    expect(machine.text(200, 3)).toBe("abc");
    expect(machine.bytes(100, 8)).toEqual(new Uint8Array(8));
    expect(machine.buffers.input.length).toBe(0);
  });
});

describe("write_output", () => {
  function open(): Hosted {
    const machine = new Hosted(MEMORY);
    machine.startLevel(5);
    return machine;
  }

  it("appends to the outbox of the level, for nothing", () => {
    const machine = open();
    machine.put(10, "message");
    expect(machine.call("write_output", 10, 7)).toEqual({ result: 0, ticks: 0 });
    expect(machine.call("write_output", 12, 3)).toEqual({ result: 0, ticks: 0 });
    expect(Buffer.from(readMessage(machine.buffers.output, 5, 0) ?? []).toString()).toBe("message");
    expect(Buffer.from(readMessage(machine.buffers.output, 5, 1) ?? []).toString()).toBe("ssa");
    expect(machine.call("write_output", -1, 0).result).toBe(0);
  });

  it("keeps the message as it was", () => {
    const machine = open();
    machine.put(10, "before");
    machine.call("write_output", 10, 6);
    machine.put(10, "after!");
    expect(Buffer.from(readMessage(machine.buffers.output, 5, 0) ?? []).toString()).toBe("before");
  });

  it("refuses more than 4096 bytes (-7), then a negative number (-8), then what is outside the memory (-6)", () => {
    const machine = open();
    expect(machine.call("write_output", -1, 4097)).toEqual({ result: -7, ticks: 0 });
    expect(machine.call("write_output", -1, -1)).toEqual({ result: -8, ticks: 0 });
    expect(machine.call("write_output", MEMORY - 4095, 4096)).toEqual({ result: -6, ticks: 0 });
    expect(machine.call("write_output", MEMORY - 4096, 4096).result).toBe(0);
  });

  it("refuses a message when the outbox is full (-11)", () => {
    const machine = open();
    for (let index = 0; index < 3; index++) expect(machine.call("write_output", 0, 1).result).toBe(0);
    expect(machine.call("write_output", 0, 1)).toEqual({ result: -11, ticks: 0 });
    machine.startLevel(6);
    expect(machine.call("write_output", 0, 1).result).toBe(0);
  });

  it("takes one message with a limit of none", () => {
    const machine = open();
    machine.buffers = { ...machine.buffers, output: { ...machine.buffers.output, messageLimit: 0n } };
    expect(machine.call("write_output", 0, 1).result).toBe(0);
    expect(machine.call("write_output", 0, 1).result).toBe(-11);
  });

  it("refuses a message before the first level, and when no outbox is kept (-8)", () => {
    expect(new Hosted(MEMORY).call("write_output", 0, 1)).toEqual({ result: -8, ticks: 0 });
    const machine = open();
    machine.buffers = { ...machine.buffers, output: { ...machine.buffers.output, validityPeriod: 0 } };
    machine.startLevel(6);
    expect(machine.call("write_output", 0, 1)).toEqual({ result: -8, ticks: 0 });
  });
});

describe("write_debug", () => {
  it("changes nothing, whatever its arguments, and shows the text to the embedder", () => {
    const machine = new Hosted(MEMORY);
    machine.put(10, "hello");
    const before = machine.memory;
    expect(machine.call("write_debug", 10, 5)).toEqual({ result: null, ticks: 0 });
    expect(machine.call("write_debug", MEMORY - 1, 2)).toEqual({ result: null, ticks: 0 });
    expect(machine.call("write_debug", 0, -1)).toEqual({ result: null, ticks: 0 });
    expect(machine.debugged).toEqual(["hello", "Error code: -6", "Error code: -6"]);
    expect(machine.memory).toBe(before);
  });
});

describe.each([
  ["reveal_preimage", "\0"],
  ["reveal", ""],
])("%s", (name, tag) => {
  it("asks for data", () => {
    const machine = new Hosted(MEMORY);
    machine.put(10, "\x00hash");
    const request = Uint8Array.from(Buffer.from(`${tag}\0hash`, "latin1"));
    expect(machine.outcome(name, 10, 5, 300, 64)).toEqual({ tag: "reveal", request, base: 300, maxBytes: 64 });
    expect(machine.outcome(name, 10, 0, -1, -1)).toMatchObject({ tag: "reveal", base: -1, maxBytes: -1 });
    expect(machine.outcome(name, 0, 4096, 0, 0)).toMatchObject({ tag: "reveal" });
  });

  it("refuses a request of more than 4096 bytes (-7), a negative size (-8), what is outside the memory (-6)", () => {
    const machine = new Hosted(MEMORY);
    expect(machine.call(name, -1, 4097, 0, 0)).toEqual({ result: -7, ticks: 0 });
    expect(machine.call(name, -1, -1, 0, 0)).toEqual({ result: -8, ticks: 0 });
    expect(machine.call(name, MEMORY - 4, 5, 0, 0)).toEqual({ result: -6, ticks: 0 });
  });
});

describe("reveal_metadata", () => {
  it("asks for the metadata without looking at its arguments", () => {
    const machine = new Hosted(MEMORY);
    const request = Uint8Array.of(1);
    expect(machine.outcome("reveal_metadata", 300, 24)).toEqual({ tag: "reveal", request, base: 300, maxBytes: 24 });
    expect(machine.outcome("reveal_metadata", -1, -1)).toEqual({ tag: "reveal", request, base: -1, maxBytes: -1 });
  });
});
