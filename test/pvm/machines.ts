// Machines with kernels given as WebAssembly text.
import wabt from "wabt";
import { END_OF_LEVEL, infoPerLevel, START_OF_LEVEL, ZERO_LEVEL_INFO } from "../../src/protocol/level-frame.js";
import { Durable, durableKey } from "../../src/pvm/durable.js";
import { type BootParameters, genesis } from "../../src/pvm/genesis.js";
import { Machine, type MachineOptions } from "../../src/pvm/machine.js";
import type { RunOptions } from "../../src/pvm/run.js";
import { run } from "../../src/pvm/run.js";
import { printStuck } from "../../src/pvm/stuck.js";
import type { PvmVersion } from "../../src/pvm/versions.js";

const assembler = await wabt();

export const PARAMETERS: BootParameters = {
  ticksPerSnapshot: 20_000n,
  outboxValidityPeriod: 10,
  outboxMessageLimit: 100n,
  maxReboots: 5n,
};

export function assemble(text: string): Uint8Array {
  const module = assembler.parseWat("kernel.wat", text);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

const TYPES: Readonly<Record<string, string>> = {
  read_input: "(param i32 i32 i32) (result i32)",
  write_output: "(param i32 i32) (result i32)",
  write_debug: "(param i32 i32)",
  store_has: "(param i32 i32) (result i32)",
  store_delete: "(param i32 i32) (result i32)",
  store_copy: "(param i32 i32 i32 i32) (result i32)",
  store_move: "(param i32 i32 i32 i32) (result i32)",
  store_write: "(param i32 i32 i32 i32 i32) (result i32)",
  store_read: "(param i32 i32 i32 i32 i32) (result i32)",
  store_create: "(param i32 i32 i32) (result i32)",
  store_value_size: "(param i32 i32) (result i32)",
  store_list_size: "(param i32 i32) (result i64)",
  store_get_nth_key: "(param i32 i32 i64 i32 i32) (result i32)",
  __internal_store_get_hash: "(param i32 i32 i32 i32) (result i32)",
  reveal_metadata: "(param i32 i32) (result i32)",
  nds_registry_clear: "(param i64) (result i32)",
};

/** A kernel that imports host functions, has data from address 0 on and runs `body`. Functions are called by their names. */
export function kernel(imports: readonly string[], data: string, body: string, more = ""): Uint8Array {
  const lines = imports.map((name) => `(import "smart_rollup_core" "${name}" (func $${name} ${TYPES[name]}))`);
  return assemble(`(module ${lines.join("\n")}
    (memory (export "mem") 1)
    (data (i32.const 0) "${data}")
    (func (export "kernel_run") (local $i i32) ${body})
    ${more})`);
}

export const DO_NOTHING = kernel([], "", "nop");

export function boot(
  binary: Uint8Array,
  version: PvmVersion = "2.0.0-r6",
  parameters: BootParameters = PARAMETERS,
  options: MachineOptions = {},
): Machine {
  return Machine.of(genesis(binary, version, parameters), options);
}

/** Gives a message, with the next counter of its level. */
export function give(machine: Machine, message: Uint8Array, level?: number): void {
  const last = machine.lastInput;
  const at = level ?? last?.level ?? 0;
  const counter = last !== null && last.level === at ? last.counter + 1n : 0n;
  machine.setInput({ level: at, counter }, message);
}

export function external(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`\x01${text}`, "latin1"));
}

/** Feeds a whole level. */
export function feed(machine: Machine, level: number, ...messages: Uint8Array[]): void {
  give(machine, START_OF_LEVEL, level);
  for (const message of [infoPerLevel(ZERO_LEVEL_INFO), ...messages, END_OF_LEVEL]) give(machine, message);
}

/** Runs until the machine waits for something. */
export function finish(machine: Machine, options: RunOptions = {}): void {
  run(machine, 10n ** 9n, options);
}

/** Runs to the next state of a phase. */
export function runTo(machine: Machine, phase: Machine["tickState"]["tag"]): void {
  for (let steps = 0; steps < 200_000; steps++) {
    if (machine.tickState.tag === phase) return;
    if (machine.inputRequest().tag !== "none") break;
    if (machine.tickState.tag === "padding" && !machine.isTimeForSnapshot()) {
      run(machine, machine.ticksToSnapshot(), { singleSteps: true });
    } else machine.computeStep();
  }
  throw new Error(`no ${phase} state from ${machine.tickState.tag}`);
}

export function has(machine: Machine, key: string): boolean {
  return machine.durable.hasValue(durableKey(key));
}

/** The value of a key as text; null if it has none. */
export function read(machine: Machine, key: string): string | null {
  const value = new Durable(machine.durable.tree).findValue(durableKey(key));
  return value === null ? null : Buffer.from(value.toBytes()).toString("latin1");
}

/** What a stuck machine is stuck on. */
export function stuck(machine: Machine): string {
  const state = machine.tickState;
  return state.tag === "stuck" ? printStuck(state.error) : `not stuck but ${state.tag}`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
