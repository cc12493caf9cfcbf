// Disputes about chosen ticks: the first and the last of every phase, host calls, reveals, reboots, fallbacks, stuck machines, migrations; and every
// kind of input. Whoever lies from exactly there on loses to a proof of exactly that tick, small enough for layer 1.
import { describe, expect, it } from "vitest";
import { revealHash } from "../../../src/protocol/reveal.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { disputeTick, lastTick, readingTick, spanOf, ticksOfKind } from "./disputes.js";
import { MOST_PROOF_BYTES } from "./simulate.js";
import { makeWorld, ORIGINATION_LEVEL, type World, type WorldOptions } from "./world.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const external = (payload: Uint8Array): Uint8Array => Uint8Array.of(1, ...payload);
const PAGE = text("a page that nobody has sent");

const IMPORTS = `
  (import "smart_rollup_core" "store_write" (func $store_write (param i32 i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "reveal" (func $reveal (param i32 i32 i32 i32) (result i32)))
  (memory 1) (export "memory" (memory 0))`;

/** At its first run replaces itself by what is no kernel, and asks for a reboot. */
const BAD_UPGRADE = `(module ${IMPORTS}
  (data (i32.const 0) "/kernel/boot.wasm") (data (i32.const 32) "/kernel/env/reboot") (data (i32.const 64) "no kernel")
  (func (export "kernel_run")
    (drop (call $store_write (i32.const 0) (i32.const 17) (i32.const 0) (i32.const 64) (i32.const 9)))
    (drop (call $store_write (i32.const 32) (i32.const 18) (i32.const 0) (i32.const 0) (i32.const 0)))))`;

const TRAP = `(module ${IMPORTS} (func (export "kernel_run") unreachable))`;
/** Reveals the DAL's parameters. */
const DAL_PARAMETERS = `(module ${IMPORTS} (data (i32.const 0) "\\03")
  (func (export "kernel_run") (drop (call $reveal (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 100)))))`;

const worlds = new Map<string, Promise<World>>();

function worldOf(name: string, options: () => Omit<WorldOptions, "name">): Promise<World> {
  const known = worlds.get(name) ?? makeWorld({ name, ...options() });
  worlds.set(name, known);
  return known;
}

const FIRST = ORIGINATION_LEVEL + 1;
const echo = () =>
  worldOf("echo", () => ({
    kernel: assemble("echo"),
    levels: [[external(text("hello")), external(text("world"))], [], [external(new Uint8Array(4094).fill(7))]],
  }));
const echoLater = () =>
  worldOf("echo, second period", () => ({
    kernel: assemble("echo"),
    before: [[external(text("before"))], []],
    levels: [[], [external(text("after"))]],
  }));
const manyEmpty = () =>
  worldOf("many empty levels", () => ({ kernel: assemble("echo"), levels: new Array(40).fill([]) }));
const manyMessages = () =>
  worldOf("many messages", () => ({
    kernel: assemble("counter"),
    levels: [Array.from({ length: 600 }, (_, i) => external(text(`message ${i}`)))],
  }));
const counter = () => worldOf("counter", () => ({ kernel: assemble("counter"), levels: [[], []] }));
const reveals = () =>
  worldOf("reveal", () => ({
    kernel: assemble("reveal"),
    levels: [[external(revealHash(PAGE))]],
    preimages: [PAGE],
  }));
const dal = () => worldOf("DAL parameters", () => ({ kernel: assemble(DAL_PARAMETERS), levels: [[]] }));
const badUpgrade = () => worldOf("bad upgrade", () => ({ kernel: assemble(BAD_UPGRADE), levels: [[], []] }));
const trap = () => worldOf("trap", () => ({ kernel: assemble(TRAP), levels: [[], [external(text("more"))]] }));
const noKernel = () => worldOf("no kernel", () => ({ kernel: text("no kernel"), levels: [[], [external(text("x"))]] }));
const migrating = () =>
  worldOf("migration", () => ({
    kernel: assemble("echo"),
    version: "2.0.0-r3",
    levels: [[], [external(text("new"))], []],
    protocols: { 1: "paris_020", 2: "alpha_current" },
  }));

const first =
  (world: () => Promise<World>, phase: string, n = 0) =>
  async () =>
    (await spanOf(await world(), phase, n)).first;
const last =
  (world: () => Promise<World>, phase: string, n = 0) =>
  async () =>
    lastTick(await spanOf(await world(), phase, n));
const reading = (world: () => Promise<World>, level: number, message: number) => async () =>
  readingTick(await world(), FIRST + level, message);

function evalTick(world: () => Promise<World>, kind: Parameters<typeof ticksOfKind>[2], n: number, offset = 0n) {
  return async () => {
    const made = await world();
    const ticks = ticksOfKind(made, await spanOf(made, "eval"), kind);
    const tick = ticks.at(n);
    if (tick === undefined) throw new Error(`${ticks.length} ticks of ${kind}`);
    return tick + offset;
  };
}

type Row = readonly [about: string, world: () => Promise<World>, tick: () => Promise<bigint>, input: string];

const PHASES: readonly Row[] = [
  ...(["decode", "link", "init", "eval", "padding"] as const).flatMap((phase): Row[] => [
    [`the first tick of ${phase}`, echo, first(echo, phase), "none"],
    [`the last tick of ${phase}`, echo, last(echo, phase), "none"],
  ]),
  ["the snapshot", echo, first(echo, "snapshot"), "none"],
  ["the last decoding of the period", echo, last(echo, "decode", -1), "none"],
  ["a run of the second period", echoLater, first(echoLater, "eval", 1), "none"],
  ["a host call", echo, evalTick(echo, "host call", 0), "none"],
  ["the first tick of a host call that goes on", echo, evalTick(echo, "host call going on", 0), "none"],
  ["the last tick of a host call that goes on", echo, evalTick(echo, "host call going on", -1), "none"],
  ["the run before a reboot", counter, last(counter, "eval"), "none"],
  ["the reboot", counter, last(counter, "padding"), "none"],
  ["the first tick after a reboot", counter, first(counter, "snapshot", 1), "none"],
  ["the last padding of a level of reboots", counter, last(counter, "padding", 3), "none"],
  ["the bad kernel's decoding", badUpgrade, last(badUpgrade, "decode", 1), "none"],
  ["the fallback", badUpgrade, first(badUpgrade, "stuck"), "none"],
  ["the first run of the fallback kernel", badUpgrade, first(badUpgrade, "eval", 1), "none"],
  ["a trap", trap, last(trap, "eval"), "none"],
  ["the padding after a trap", trap, first(trap, "padding"), "none"],
  ["a kernel that does not decode", noKernel, last(noKernel, "decode"), "none"],
  ["the first tick of a stuck machine", noKernel, first(noKernel, "stuck"), "none"],
  ["the last tick of a stuck machine", noKernel, last(noKernel, "stuck"), "inbox"],
  ["the first snapshot after a migration", migrating, first(migrating, "snapshot", 1), "none"],
  ["the evaluation after a migration", migrating, last(migrating, "eval", 1), "none"],
];

const INPUTS: readonly Row[] = [
  ["the first input", echo, reading(echo, 0, 0), "firstInput"],
  ["information on the level", echo, reading(echo, 0, 1), "inbox"],
  ["a message", echo, reading(echo, 0, 2), "inbox"],
  ["the last message of a level", echo, reading(echo, 0, 4), "inbox"],
  ["the start of the next level", echo, reading(echo, 1, 0), "inbox"],
  ["a message of 4096 bytes", echo, reading(echo, 2, 2), "inbox"],
  ["the start of the second period", echoLater, async () => 0n, "inbox"],
  ["the thirtieth of many empty levels", manyEmpty, reading(manyEmpty, 29, 0), "inbox"],
  ["the end of the last of many empty levels", manyEmpty, reading(manyEmpty, 39, 2), "inbox"],
  ["one of many messages", manyMessages, reading(manyMessages, 0, 313), "inbox"],
  ["the end of a level of many messages", manyMessages, reading(manyMessages, 0, 602), "inbox"],
  ["a migration", migrating, reading(migrating, 1, 2), "inbox"],
  ["the migration of a later level", migrating, reading(migrating, 2, 2), "inbox"],
  ["a message to a stuck machine", noKernel, reading(noKernel, 1, 2), "inbox"],
  ["the tick before metadata", reveals, evalTick(reveals, "reveal", 0, -1n), "none"],
  ["metadata", reveals, evalTick(reveals, "reveal", 0), "reveal metadata"],
  ["the tick after metadata", reveals, evalTick(reveals, "reveal", 0, 1n), "none"],
  ["raw data", reveals, evalTick(reveals, "reveal", 1), "reveal rawData"],
  ["the tick after raw data", reveals, evalTick(reveals, "reveal", 1, 1n), "none"],
  ["the DAL's parameters", dal, evalTick(dal, "reveal", 0), "reveal dalParameters"],
];

const ROLES = ["honest", "liar"] as const;

async function check([, world, tick, input]: Row, refuter: (typeof ROLES)[number]): Promise<void> {
  const at = await tick();
  const { result, liar, proved, proof, proofBytes } = await disputeTick(await world(), at, refuter);
  expect(result).toEqual({ kind: "loser", reason: "conflictResolved", player: liar });
  expect(proved).toBe(at);
  expect(proofBytes).toBeLessThan(MOST_PROOF_BYTES);
  const kind = proof?.inputProof?.kind ?? "none";
  expect(proof?.inputProof?.kind === "reveal" ? `reveal ${proof.inputProof.proof.kind}` : kind).toBe(input);
}

describe("a lie about", () => {
  [...PHASES, ...INPUTS].forEach((row, i) => {
    // Half of them are found out by the one who refutes, half by the one who defends.
    const refuter = ROLES[i % 2] as (typeof ROLES)[number]; // of two
    it(`${row[0]} is proved wrong, the ${refuter} one refuting`, () => check(row, refuter));
  });
});
