// Random walks of a session: step, back, goto, continue, reverse continue. The state at a tick is that of a run straight to it, by a
// machine that knows nothing of the debugger. FULL=1 walks ten times as often.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BreakpointKind } from "../../src/debugger/breakpoints.js";
import { DebuggerError } from "../../src/debugger/errors.js";
import type { DebugSession } from "../../src/debugger/session.js";
import { encode } from "../../src/encoding/binary.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseInputs, type RollupInputs } from "../../src/protocol/inputs/inputs.js";
import { revealHash, revealRequestForm } from "../../src/protocol/reveal.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { readKernel } from "../../src/pvm/kernel-format.js";
import { Session } from "../../src/pvm/session.js";
import { StepPattern } from "../../src/pvm/step-pattern.js";
import { repositoryRoot } from "../shared-root.js";
import { NAMED_KERNEL, openSession, TICKS_PER_SNAPSHOT, TRAP_KERNEL } from "./support.js";

const SEED = 20261124;
const WALKS = process.env["FULL"] === "1" ? 200 : 20;
const MOVES = 25;

const PREIMAGE = Buffer.from("what was asked for");
const REQUEST = encode(revealRequestForm, { kind: "rawData", hash: revealHash(PREIMAGE) });
const REVEALS = `(module (import "smart_rollup_core" "reveal_preimage" (func $reveal (param i32 i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "store_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "${toHex(revealHash(PREIMAGE)).replace(/../g, "\\$&")}")
  (data (i32.const 200) "/kernel/env/reboot/a")
  (func $leaf (result i32) (call $reveal (i32.const 0) (i32.const 33) (i32.const 100) (i32.const 100)))
  (func (export "kernel_run")
    (i32.store (i32.const 200) (i32.const 0x72656b2f)) (drop (call $leaf))
    (drop (call $write (i32.const 218) (i32.const 2) (i32.const 0) (i32.const 100) (i32.const 18)))))`;

const inputs: RollupInputs = {
  ...parseInputs(JSON.stringify([[], [{ external: "aabb" }, { payload: "Pair Unit False" }], [{ external: "" }]])),
  reveals: new Map([[toHex(REQUEST), PREIMAGE]]),
};

const example = (name: string): Uint8Array => readFileSync(join(repositoryRoot, "examples", "kernels", name));
const KERNELS: readonly Uint8Array[] = [
  Buffer.from(NAMED_KERNEL),
  Buffer.from(TRAP_KERNEL),
  Buffer.from(REVEALS),
  example("counter.wat"),
  example("sum.wasm"),
];
const PLACES = ["start", "end", "snapshot", "decode", "link", "init", "eval", "result", "padding"];

const breakpoint = fc.oneof(
  fc.constantFrom<BreakpointKind>(
    { tag: "host", stateName: "tezos_store_read" },
    { tag: "host", stateName: "tezos_write_debug" },
    { tag: "key", key: "/", isPrefix: true, mode: "write" },
    { tag: "memory", range: { address: 200, length: 4 } },
    { tag: "phase", phase: "init" },
    { tag: "phase", phase: "result" },
    { tag: "trap" },
  ),
  fc.integer({ min: 50, max: 5000 }).map((period): BreakpointKind => {
    const text = `%${period}`;
    return { tag: "tick", text, pattern: StepPattern.parse(text) };
  }),
);

const move = fc.oneof(
  fc.tuple(fc.constant("tick" as const), fc.bigInt(1n, 4000n)),
  fc.tuple(fc.constantFrom("result" as const, "kernel_run" as const, "inbox" as const), fc.constant(0n)),
  fc.tuple(fc.constant("back" as const), fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 30_000n))),
  fc.tuple(fc.constant("goto" as const), fc.bigInt(0n, 8n * TICKS_PER_SNAPSHOT)),
  fc.tuple(fc.constant("place" as const), fc.bigInt(0n, BigInt(PLACES.length - 1))),
  fc.tuple(fc.constantFrom("continue" as const, "reverse" as const), fc.constant(0n)),
);

async function go(session: DebugSession, [kind, by]: readonly [string, bigint]): Promise<void> {
  switch (kind) {
    case "back":
      await session.back(by);
      break;
    case "goto":
      await session.goTo(by);
      break;
    case "place":
      await session.goTo(session.tickOf(PLACES[Number(by)] ?? "start"));
      break;
    case "continue":
      await session.continue();
      break;
    case "reverse":
      await session.reverseContinue();
      break;
    default:
      await session.step(kind as "tick" | "result" | "kernel_run" | "inbox", by);
  }
}

/** The hashes of a run that only goes forward, in single steps of the tick machine. */
async function freshHashes(kernel: Uint8Array, ticks: Iterable<bigint>): Promise<Map<bigint, string>> {
  const parameters = { ...PROTOCOL_PARAMETERS, ticksPerSnapshot: TICKS_PER_SNAPSHOT };
  const binary = await readKernel(Buffer.from(kernel), "kernel");
  const session = Session.start(binary, "2.0.0-r6", parameters, inputs, { singleSteps: true });
  const hashes = new Map<bigint, string>();
  for (const tick of [...ticks].sort((a, b) => (a < b ? -1 : 1))) {
    session.goTo(tick);
    hashes.set(tick, toHex(session.machine.hash()));
  }
  return hashes;
}

describe.each(KERNELS.map((kernel, index) => [index, kernel] as const))("kernel %i", (index, kernel) => {
  it("has at every tick one state, however walks come there", { timeout: 600_000 }, async () => {
    const walks = fc.sample(
      fc.record({
        bounds: fc.record({ maxStates: fc.integer({ min: 2, max: 60 }), spacing: fc.bigInt(50n, 20_000n) }),
        breakpoints: fc.array(breakpoint, { maxLength: 3 }),
        moves: fc.array(move, { minLength: MOVES, maxLength: MOVES }),
      }),
      { numRuns: WALKS / KERNELS.length, seed: SEED + index },
    );
    const seen = new Map<bigint, string>();
    let visits = 0;
    for (const { bounds, breakpoints, moves } of walks) {
      const session = await openSession(kernel, undefined, { ...bounds, inputs });
      for (const kind of breakpoints) session.addBreakpoint(kind);
      for (const one of moves) {
        try {
          await go(session, one);
        } catch (error) {
          if (!(error instanceof DebuggerError)) throw error;
        }
        const hash = session.hashText;
        expect(seen.get(session.tick) ?? hash).toBe(hash);
        seen.set(session.tick, hash);
        visits++;
      }
    }
    expect(visits).toBe(walks.length * MOVES);
    const expected = await freshHashes(kernel, seen.keys());
    expect(seen).toEqual(expected);
  });
});
