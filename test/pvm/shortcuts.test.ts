// Shortcuts are exact: one go, random chunks, and single ticks with the state saved and loaded in between give equal hashes at every stop.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/encoding/hex.js";
import { genesis } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import type { PvmVersion } from "../../src/pvm/versions.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { assemble, external, feed, hex } from "./machines.js";

const SEED = 20261124;

interface Case {
  readonly name: string;
  readonly kernel: Uint8Array;
  readonly ticksPerSnapshot: bigint;
  readonly version?: PvmVersion;
  readonly messages: readonly Uint8Array[];
}

function start({ kernel, ticksPerSnapshot, version, messages }: Case): Machine {
  const parameters = { ticksPerSnapshot, outboxValidityPeriod: 10, outboxMessageLimit: 100n, maxReboots: 2n };
  const machine = Machine.of(genesis(kernel, version ?? "2.0.0-r6", parameters));
  feed(machine, 0, ...messages);
  run(machine, 10n ** 12n, { stopAtSnapshot: true });
  return machine;
}

/**
 * Runs the case in chunks, comparing with single ticks at every stop. `reload`: the ticked machine is saved and loaded at each stop. A third
 * machine runs the same chunks, but starts each from a loaded state: often in the middle of an instruction, of a block, of a call.
 */
function compare(which: Case, chunks: readonly number[], reload: boolean): void {
  const quick = start(which);
  let ticked = start(which);
  let loaded = start(which);
  for (const chunk of chunks) {
    const done = run(quick, BigInt(chunk));
    expect(run(ticked, BigInt(chunk), { singleSteps: true })).toBe(done);
    expect(`${quick.currentTick} ${quick.tickState.tag} ${hex(quick.hash())}`).toBe(
      `${ticked.currentTick} ${ticked.tickState.tag} ${hex(ticked.hash())}`,
    );
    expect(run(loaded, BigInt(chunk))).toBe(done);
    expect(hex(loaded.hash())).toBe(hex(ticked.hash()));
    loaded = Machine.of((chunk % 2 === 0 ? ticked : loaded).root());
    if (reload) ticked = Machine.of(ticked.root());
    if (done === 0n) break;
  }
}

function check(which: Case, runs: number, largest: number): void {
  const chunk = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: largest }));
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 3, maxLength: 25 }), fc.boolean(), (chunks, reload) =>
      compare(which, chunks, reload),
    ),
    { seed: SEED, numRuns: runs },
  );
}

const EXAMPLES = new URL("../../examples/kernels/", import.meta.url);
const examples: Case[] = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith(".wat"))
  .map((file) => ({
    name: file,
    kernel: assemble(readFileSync(new URL(file, EXAMPLES), "utf8")),
    ticksPerSnapshot: 20_000n,
    messages: [external("hello"), external("\x02/kvalue")],
  }));

describe("the example kernels", () => {
  it.each(examples)("$name", (which) => check(which, 30, 4000));
});

describeShared("kernels of the walks and the regressions", ["vectors/pvm/walks", "vectors/kernels/regression"], () => {
  const names = ["control", "memory", "tables", "arith", "simd", "traps", "calls-v3", "reboot"];
  const cases: Case[] = names.map((name) => ({
    name,
    kernel: readFileSync(sharedPath("vectors", "pvm", "walks", `${name}.wasm`)),
    ticksPerSnapshot: 60_000n,
    messages: [external("\x00"), external("\x01\x02\x03")],
  }));
  cases.push({
    name: "echo",
    kernel: readFileSync(sharedPath("vectors", "kernels", "regression", "echo.wasm")),
    ticksPerSnapshot: 20_000n,
    messages: [external("hello")],
  });
  it.each(cases)("$name", (which) => check(which, 25, 9000));
});

describeShared("generated kernels", ["vectors/pvm/fuzz-corpus.jsonl"], () => {
  interface Sample {
    readonly kernel: string;
    readonly kind: string;
    readonly version: PvmVersion;
    readonly ticksPerSnapshot: number;
  }
  const samples = readFileSync(sharedPath("vectors", "pvm", "fuzz-corpus.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Sample)
    .filter(({ kind }) => kind !== "mutant");

  it(`${samples.length} of them, one run each`, () => {
    let seed = SEED;
    for (const { kernel, version, ticksPerSnapshot } of samples) {
      const which = {
        name: "",
        kernel: fromHex(kernel),
        version,
        ticksPerSnapshot: BigInt(ticksPerSnapshot),
        messages: [],
      };
      const chunks: number[] = [];
      for (let count = 0; count < 20; count++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        chunks.push(1 + (seed % (count % 2 === 0 ? 9 : 2500)));
      }
      compare(which, chunks, seed % 2 === 0);
    }
  });
});
