// The machine around the interpreter: transitions, flags and counters, inputs, stuck states (pvm.md §1.4–§1.8).
import { describe, expect, it } from "vitest";
import { END_OF_LEVEL, START_OF_LEVEL } from "../../src/protocol/level-frame.js";
import { outboxMessages } from "../../src/pvm/buffers.js";
import { durableKey } from "../../src/pvm/durable.js";
import { PvmError } from "../../src/pvm/errors.js";
import { NdsNotActivated } from "../../src/pvm/host/errors.js";
import { Machine } from "../../src/pvm/machine.js";
import { PVM_VERSIONS } from "../../src/pvm/versions.js";
import {
  assemble,
  boot,
  DO_NOTHING,
  external,
  feed,
  finish,
  give,
  has,
  hex,
  kernel,
  PARAMETERS,
  read,
  runTo,
  stuck,
} from "./machines.js";

const REBOOT_FLAG = "/kernel/env/reboot";
const COUNTER = "/readonly/kernel/env/reboot_counter";
const STUCK_FLAG = "/readonly/kernel/env/stuck";
const UPGRADE_FLAG = "/readonly/kernel/env/upgrade_error";
const TOO_MANY_FLAG = "/readonly/kernel/env/too_many_reboot";

/** Writes an empty value at the key that stands in memory. */
const write = (address: number, length: number): string =>
  `(drop (call $store_write (i32.const ${address}) (i32.const ${length}) (i32.const 0) (i32.const 0) (i32.const 0)))`;

const ASK_REBOOT = kernel(["store_write"], REBOOT_FLAG, write(0, REBOOT_FLAG.length));

function migration(protocol: string): Uint8Array {
  const name = Buffer.from(protocol);
  return Buffer.concat([Uint8Array.of(0, 4, 0, 0, 0, name.length), name]);
}

function counterOf(machine: Machine): number {
  return Buffer.from(read(machine, COUNTER) ?? expect.fail("a counter"), "latin1").readInt32LE();
}

describe("a new machine", () => {
  it.each(PVM_VERSIONS)("waits for an input, at version %s", (version) => {
    const machine = boot(DO_NOTHING, version);
    expect(machine.inputRequest()).toEqual({ tag: "input" });
    expect(machine.currentTick).toBe(0n);
    expect(machine.rebootCounter).toBe(6n);
    expect(machine.version()).toBe(version);
    expect(has(machine, REBOOT_FLAG)).toBe(true);
    expect(Buffer.from(read(machine, "/kernel/boot.wasm") ?? "", "latin1")).toEqual(Buffer.from(DO_NOTHING));
  });

  it("is stuck when it is made to compute", () => {
    const machine = boot(DO_NOTHING);
    expect(machine.computeStep()).toBe("failing");
    expect(stuck(machine)).toBe("invalid_state: Collect is a input tick");
    expect(machine.currentTick).toBe(1n);
    expect(machine.inputRequest()).toEqual({ tag: "input" });
  });

  it("does not compute without a version it knows", () => {
    for (const version of ["2.0.0-r7", "", "2.0.0 "]) {
      const machine = boot(DO_NOTHING);
      machine.durable.setValue(durableKey("/readonly/wasm_version"), Buffer.from(version));
      expect(() => machine.computeStep()).toThrow(PvmError);
      expect(() => machine.computeStep()).toThrow(JSON.stringify(version));
    }
    const machine = boot(DO_NOTHING);
    machine.durable.deleteTree(durableKey("/readonly"));
    expect(() => machine.computeStep()).toThrow("missing");
  });
});

describe("a top-level call", () => {
  it("takes exactly its ticks, whatever it does", () => {
    const machine = boot(DO_NOTHING);
    feed(machine, 0);
    expect(machine.tickState.tag).toBe("padding");
    expect(machine.currentTick).toBe(3n);
    runTo(machine, "snapshot");
    expect(machine.currentTick).toBe(20_000n);
    expect(machine.lastTopLevelCall).toBe(20_000n);
    runTo(machine, "eval");
    runTo(machine, "padding");
    runTo(machine, "collect");
    expect(machine.currentTick).toBe(40_000n);
  });

  it("moves the flags as the reference does", () => {
    const machine = boot(DO_NOTHING);
    feed(machine, 0);
    expect(has(machine, COUNTER)).toBe(false);
    runTo(machine, "snapshot");
    expect(has(machine, REBOOT_FLAG)).toBe(false);
    expect(machine.rebootCounter).toBe(5n);
    expect(counterOf(machine)).toBe(5);
    expect(machine.buffers.input.length).toBe(3);
    expect(has(machine, "/readonly/kernel/boot.wasm")).toBe(false);
    runTo(machine, "eval");
    expect(read(machine, "/readonly/kernel/boot.wasm")).toBe(read(machine, "/kernel/boot.wasm"));
    runTo(machine, "collect");
    expect(has(machine, REBOOT_FLAG)).toBe(true);
    expect(machine.rebootCounter).toBe(6n);
    expect(counterOf(machine)).toBe(6);
    expect(machine.buffers.input.length).toBe(0);
    expect(machine.buffers.input.head).toBe(0);
  });

  it("is repeated when the kernel asks for it, until a yield is forced", () => {
    const machine = boot(ASK_REBOOT);
    feed(machine, 0);
    const counters: number[] = [];
    while (machine.inputRequest().tag === "none") {
      runTo(machine, "snapshot");
      counters.push(counterOf(machine));
      expect(has(machine, TOO_MANY_FLAG)).toBe(false);
      runTo(machine, "padding");
      finish(machine, { stopAtSnapshot: true });
    }
    expect(counters).toEqual([5, 4, 3, 2, 1, 0]);
    expect(machine.tickState.tag).toBe("collect");
    expect(has(machine, TOO_MANY_FLAG)).toBe(true);
    expect(has(machine, REBOOT_FLAG)).toBe(true);
    expect(machine.currentTick).toBe(20_000n * 7n);
    // The next level starts over; a yield of the kernel's own takes the flag away.
    machine.durable.setValue(durableKey("/kernel/boot.wasm"), DO_NOTHING);
    feed(machine, 1);
    finish(machine);
    expect(machine.tickState.tag).toBe("collect");
    expect(has(machine, TOO_MANY_FLAG)).toBe(false);
  });

  it("that takes too many ticks is the end", () => {
    const machine = boot(kernel([], "", "(loop $l (br $l))"));
    feed(machine, 0);
    finish(machine);
    expect(stuck(machine)).toBe("too_many_ticks");
    expect(machine.currentTick).toBe(40_000n);
    expect(machine.rebootCounter).toBe(6n);
    expect(machine.computeStep()).toBe("failing");
    expect(stuck(machine)).toBe("too_many_ticks");
    expect(machine.currentTick).toBe(40_001n);
  });
});

describe("a trap", () => {
  const ONCE = kernel(
    ["read_input"],
    "",
    `(loop $next
       (local.set $i (call $read_input (i32.const 512) (i32.const 1024) (i32.const 4096)))
       (br_if $next (i32.and (i32.ne (local.get $i) (i32.const 0)) (i32.ne (i32.load8_u (i32.const 1024)) (i32.const 1))))
       (if (local.get $i) (then unreachable)))`,
  );

  it("sets a flag, which the next run that ends well takes away with the one of upgrades", () => {
    const machine = boot(ONCE);
    feed(machine, 0, external("trap"));
    finish(machine);
    expect(machine.tickState.tag).toBe("collect");
    expect(has(machine, STUCK_FLAG)).toBe(true);
    machine.durable.setValue(durableKey(UPGRADE_FLAG), new Uint8Array(0));
    feed(machine, 1, external("again"));
    finish(machine);
    expect(has(machine, STUCK_FLAG)).toBe(true);
    expect(has(machine, UPGRADE_FLAG)).toBe(true);
    feed(machine, 2);
    finish(machine);
    expect(has(machine, STUCK_FLAG)).toBe(false);
    expect(has(machine, UPGRADE_FLAG)).toBe(false);
    expect(read(machine, COUNTER)).not.toBeNull();
  });

  it("keeps what was written before it", () => {
    const machine = boot(kernel(["store_write"], "/kept", `${write(0, 5)} unreachable`));
    feed(machine, 0);
    finish(machine);
    expect(has(machine, STUCK_FLAG)).toBe(true);
    expect(has(machine, "/kept")).toBe(true);
  });
});

describe("a kernel that cannot be run", () => {
  function started(binary: Uint8Array, entrypoint?: string): Machine {
    const machine = boot(binary, "2.0.0-r6", PARAMETERS, entrypoint === undefined ? {} : { entrypoint });
    feed(machine, 0);
    finish(machine, { singleSteps: true });
    return machine;
  }

  it("stops the machine for want of another", () => {
    expect(stuck(started(Buffer.from("no kernel")))).toBe(
      'no_fallback_kernel: decode: Error(_, "magic header not detected") | magic header not detected',
    );
    const unlinkable = assemble('(module (import "env" "f" (func)) (memory (export "mem") 1))');
    expect(stuck(started(unlinkable))).toBe("no_fallback_kernel: link: Unexpected module import: env");
    const unknown = assemble('(module (import "smart_rollup_core" "f\\n" (func)) (memory (export "mem") 1))');
    expect(stuck(started(unknown))).toBe("no_fallback_kernel: link: Unexpected import: smart_rollup_core.f\n");
    const raw = "Tezos_webassembly_interpreter.Eval.Missing_memory_0_export | Module must export memory 0";
    expect(stuck(started(assemble("(module (memory 1))")))).toBe(`no_fallback_kernel: init: ${raw}`);
  });

  it("stops it for good without an entry", () => {
    // What a proof of the tick shows (pvm.md §1.4.1): the text for a key missing in a state that was loaded.
    const missing = "unknown_error: Tezos_tree_encoding__Decoding.Key_not_found(_)";
    const nothing = assemble('(module (memory (export "mem") 1) (func (export "kernel_ran")))');
    expect(stuck(started(nothing))).toBe(missing);
    expect(started(nothing, "kernel_ran").tickState.tag).toBe("collect");
    expect(stuck(started(DO_NOTHING, "other"))).toBe(missing);
    expect(stuck(started(DO_NOTHING, "mem"))).toBe(missing);
    const shortcut = boot(nothing);
    feed(shortcut, 0);
    finish(shortcut);
    expect(stuck(shortcut)).toBe(missing);
  });

  it("is replaced by the last one that could", () => {
    const machine = started(DO_NOTHING);
    machine.durable.setValue(durableKey("/kernel/boot.wasm"), Buffer.from("no kernel"));
    feed(machine, 1);
    runTo(machine, "stuck");
    expect(stuck(machine)).toBe('decode_error: Error(_, "magic header not detected") | magic header not detected');
    expect(machine.inputRequest()).toEqual({ tag: "none" });
    expect(machine.rebootCounter).toBe(6n);
    expect(machine.computeStep()).toBe("running");
    expect(machine.tickState.tag).toBe("padding");
    expect(read(machine, "/kernel/boot.wasm")).toBe(read(machine, "/readonly/kernel/boot.wasm"));
    expect(has(machine, UPGRADE_FLAG)).toBe(true);
    finish(machine);
    expect(machine.tickState.tag).toBe("collect");
    expect(has(machine, UPGRADE_FLAG)).toBe(true);
    feed(machine, 2);
    finish(machine);
    expect(has(machine, UPGRADE_FLAG)).toBe(false);
  });

  it("is replaced when the kernel deletes itself", () => {
    const path = "/kernel/boot.wasm";
    const rebooting = `(drop (call $store_delete (i32.const 0) (i32.const ${path.length})))
      ${write(path.length, REBOOT_FLAG.length)}`;
    const machine = boot(kernel(["store_delete", "store_write"], path + REBOOT_FLAG, rebooting));
    feed(machine, 0);
    runTo(machine, "stuck");
    expect(stuck(machine)).toBe("decode_error: Tezos_scoru_wasm.Durable.Value_not_found | Value not found");
    expect(has(machine, path)).toBe(false);
    machine.computeStep();
    expect(has(machine, path)).toBe(true);
    expect(machine.tickState.tag).toBe("padding");
  });
});

describe("an exception in a host call", () => {
  it("is the end, with the storage as it was before the tick", () => {
    const key = "/dir/a";
    const machine = boot(
      kernel(
        ["store_write", "store_get_nth_key"],
        key,
        `${write(0, key.length)}
         (drop (call $store_get_nth_key (i32.const 0) (i32.const 4) (i64.const 0) (i32.const 100) (i32.const -1)))`,
      ),
    );
    feed(machine, 0);
    finish(machine);
    expect(stuck(machine)).toBe('unknown_error: Invalid_argument("String.sub / Bytes.sub")');
    expect(has(machine, key)).toBe(true);
    expect(machine.inputRequest()).toEqual({ tag: "input" });
    const tick = machine.currentTick;
    give(machine, START_OF_LEVEL, 1);
    expect(machine.currentTick).toBe(tick + 1n);
    expect(machine.lastInput).toEqual({ level: 1, counter: 0n });
    expect(stuck(machine)).toContain("Invalid_argument");
  });

  it("of the new durable storage leaves the machine", () => {
    const machine = boot(kernel(["nds_registry_clear"], "", "(drop (call $nds_registry_clear (i64.const 0)))"));
    feed(machine, 0);
    expect(() => finish(machine)).toThrow(NdsNotActivated);
    const single = boot(kernel(["nds_registry_clear"], "", "(drop (call $nds_registry_clear (i64.const 0)))"));
    feed(single, 0);
    expect(() => finish(single, { singleSteps: true })).toThrow(NdsNotActivated);
  });

  it("during initialisation is that of a host function without memory", () => {
    const during = "host functions must not access memory during initialisation";
    const machine = boot(
      kernel(
        ["store_has"],
        "",
        "nop",
        "(func $start (drop (call $store_has (i32.const 0) (i32.const 0)))) (start $start)",
      ),
    );
    feed(machine, 0);
    finish(machine);
    expect(stuck(machine)).toBe(`no_fallback_kernel: init: Error(_, "${during}") | ${during}`);
  });
});

describe("an input", () => {
  it.each([
    ["snapshot", "start"],
    ["decode", "decoding"],
    ["link", "link"],
    ["init", "initialization"],
    ["eval", "evaluation"],
    ["padding", "padding"],
  ] as const)("is not wanted in a %s state", (phase, name) => {
    const machine = boot(kernel(["store_has"], "", "nop"));
    feed(machine, 0);
    runTo(machine, phase);
    const tick = machine.currentTick;
    give(machine, START_OF_LEVEL, 1);
    expect(stuck(machine)).toBe(`invalid_state: No input required during ${name}`);
    expect(machine.currentTick).toBe(tick + 1n);
    expect(machine.lastInput).toEqual({ level: 1, counter: 0n });
    expect(machine.buffers.input.length).toBe(3);
  });

  it("is kept whole whatever it is", () => {
    const machine = boot(DO_NOTHING);
    const messages = ["", "00", "0001ff", "0002ff", "0009", "01", "02", "00050000", "0004"];
    for (const message of messages) give(machine, new Uint8Array(Buffer.from(message, "hex")));
    expect(machine.tickState.tag).toBe("collect");
    expect(machine.buffers.input.toArray().map(({ payload }) => hex(payload))).toEqual(messages);
    expect(machine.buffers.output.lastLevel).toBeNull();
    expect(machine.currentTick).toBe(BigInt(messages.length));
  });

  it("opens an outbox at the start of a level, one further each time", () => {
    const machine = boot(DO_NOTHING);
    give(machine, START_OF_LEVEL, 7);
    expect(machine.buffers.output.lastLevel).toBe(7);
    give(machine, START_OF_LEVEL, 20);
    expect(machine.buffers.output.lastLevel).toBe(8);
    give(machine, END_OF_LEVEL);
    expect(machine.tickState.tag).toBe("padding");
  });

  it("must come after the last that waits", () => {
    const machine = boot(DO_NOTHING);
    give(machine, external("a"), 4);
    machine.setInput({ level: 4, counter: 0n }, external("b"));
    const raw = "Tezos_webassembly_interpreter.Input_buffer.Cannot_store_an_earlier_message";
    expect(stuck(machine)).toBe(`unknown_error: ${raw}`);
    expect(machine.buffers.input.length).toBe(1);
    expect(machine.currentTick).toBe(2n);
    expect(machine.lastInput).toEqual({ level: 4, counter: 0n });
  });

  it("is not the caller's afterwards", () => {
    const machine = boot(DO_NOTHING);
    const message = external("before");
    give(machine, message);
    message.fill(0);
    expect(hex(machine.buffers.input.get(0).payload)).toBe(hex(external("before")));
  });
});

describe("a protocol migration", () => {
  it.each([
    ["nairobi_017", "2.0.0-r1"],
    ["oxford_018", "2.0.0-r2"],
    ["paris_019", "2.0.0-r4"],
    ["paris_020", "2.0.0-r4"],
    ["quebec_021", "2.0.0-r5"],
    ["r022_022", "2.0.0-r5"],
    ["s023_023", "2.0.0-r5"],
    ["t024_024", "2.0.0-r5"],
    ["u025_025", "2.0.0-r6"],
    ["alpha_current", "2.0.0-r6"],
  ])("to %s changes the version to %s", (protocol, version) => {
    const machine = boot(DO_NOTHING, "2.0.0");
    give(machine, migration(protocol));
    expect(machine.version()).toBe(version);
    expect(read(machine, "/readonly/wasm_version")).toBe(version);
    const isFourth = version === "2.0.0-r4";
    expect(machine.maxTicks).toBe(isFourth ? 50_000_000_000_000n : 20_000n);
    expect(machine.buffers.output.validityPeriod).toBe(isFourth ? 241_920 : 10);
    expect(machine.outboxValidityPeriod).toBe(10);
    expect(machine.tickState.tag).toBe("collect");
  });

  it("to a protocol it does not know, or to none, changes nothing", () => {
    for (const name of ["proto_unknown", "", "paris_019\0"]) {
      const machine = boot(DO_NOTHING, "2.0.0");
      give(machine, migration(name));
      expect(machine.version()).toBe("2.0.0");
      expect(machine.tickState.tag).toBe("collect");
    }
  });

  it.each([
    ["000400", "0"],
    ["0004000000", "0"],
    ["000400000005706172", "0"],
    ["00040000000161ff", "1"],
    ["00047fffffff61", "_"],
    ["0004ffffffff", "_"],
  ])("that is malformed is the end: %s", (message, argument) => {
    const machine = boot(DO_NOTHING);
    give(machine, new Uint8Array(Buffer.from(message, "hex")));
    expect(stuck(machine)).toBe(`unknown_error: Data_encoding__Binary_error_types.Read_error(${argument})`);
    expect(machine.buffers.input.length).toBe(1);
  });

  it("lets the kernel of the next run import more", () => {
    const binary = kernel(
      ["store_create"],
      "/new",
      "(drop (call $store_create (i32.const 0) (i32.const 4) (i32.const 3)))",
    );
    const machine = boot(binary, "2.0.0");
    feed(machine, 0, migration("nairobi_017"));
    finish(machine);
    expect(read(machine, "/new")).toBe("\0\0\0");
  });
});

describe("a reveal", () => {
  const ASKING = kernel(
    ["reveal_metadata", "store_write"],
    "/answer",
    `(local.set $i (call $reveal_metadata (i32.const 100) (i32.const 24)))
     (drop (call $store_write (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 100) (local.get $i)))`,
  );

  it.each([
    ["collect", "collecting"],
    ["snapshot", "start"],
    ["decode", "decoding"],
    ["link", "link"],
    ["init", "initialization"],
  ] as const)("is not wanted in a %s state", (phase, name) => {
    const machine = boot(ASKING);
    if (phase !== "collect") {
      feed(machine, 0);
      runTo(machine, phase);
    }
    const tick = machine.currentTick;
    machine.reveal(Uint8Array.of(1));
    expect(stuck(machine)).toBe(`invalid_state: No reveal expected during ${name}`);
    expect(machine.currentTick).toBe(tick + 1n);
    machine.reveal(Uint8Array.of(1));
    expect(stuck(machine)).toContain(name);
    expect(machine.currentTick).toBe(tick + 2n);
  });

  it("is nothing but a tick in padding", () => {
    const machine = boot(ASKING);
    feed(machine, 0);
    const tick = machine.currentTick;
    machine.reveal(Uint8Array.of(1));
    expect(machine.tickState.tag).toBe("padding");
    expect(machine.currentTick).toBe(tick + 1n);
  });

  it("is asked for and answered", () => {
    const machine = boot(ASKING);
    feed(machine, 0);
    finish(machine);
    expect(machine.inputRequest()).toEqual({ tag: "reveal", request: Uint8Array.of(1) });
    machine.reveal(Buffer.from("metadata".repeat(4)));
    finish(machine);
    expect(machine.tickState.tag).toBe("collect");
    expect(read(machine, "/answer")).toBe("metadata".repeat(3));
  });

  it("that is computed on is the end", () => {
    const machine = boot(ASKING);
    feed(machine, 0);
    finish(machine);
    machine.computeStep();
    const message = "Invoke_step: The reveal tick cannot be evaluated as is";
    expect(stuck(machine)).toBe(`eval_error: Tezos_webassembly_interpreter.Eval.Evaluation_step_error(_) | ${message}`);
  });
});

describe("the outbox of a run", () => {
  it("holds what the kernel wrote, and survives the level", () => {
    const machine = boot(kernel(["write_output"], "out", "(drop (call $write_output (i32.const 0) (i32.const 3)))"));
    for (const level of [5, 6]) {
      feed(machine, level);
      finish(machine);
    }
    const texts = [4, 5, 6].map((level) =>
      outboxMessages(machine.buffers.output, level).map((message) => Buffer.from(message).toString()),
    );
    expect(texts).toEqual([[], ["out"], ["out"]]);
  });
});

describe("a machine that was saved", () => {
  it("goes on as if it had not been", () => {
    const binary = kernel(["store_write"], REBOOT_FLAG, write(0, REBOOT_FLAG.length));
    const straight = boot(binary);
    let reloaded = boot(binary);
    for (const machine of [straight, reloaded]) feed(machine, 0, external("message"));
    while (straight.currentTick < 45_000n) {
      const before = straight.currentTick;
      if (straight.tickState.tag === "padding" && !straight.isTimeForSnapshot()) {
        straight.currentTick += straight.ticksToSnapshot();
        reloaded.currentTick += reloaded.ticksToSnapshot();
      } else {
        straight.computeStep();
        reloaded.computeStep();
      }
      if (before % 7n === 0n) {
        reloaded = Machine.of(reloaded.root());
        expect(hex(reloaded.hash())).toBe(hex(straight.hash()));
      }
    }
  });
});
