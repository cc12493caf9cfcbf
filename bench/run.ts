/**
 * `npm run bench [-- --only engine|hash|proof|blake2b|games|sandbox|node]`: the engine's speed, as figures and as ratios to Octez's own interpreter where that was
 * measured (issue 1: 2.4 M executed ticks/s in the whole run, on a machine of this kind). Needs shared data (TICKPROOF_SHARED).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Benchmark from "benchmark";
import { blake2b256, nobleHasher } from "../src/crypto/blake2b.js";
import { KernelMemo } from "../src/pvm/kernel-memo.js";
import { run } from "../src/pvm/run.js";
import { proveStep, verifyStep } from "../src/pvm/step-proof.js";
import { games } from "./games.js";
import { bootTransactionKernel, timeHashes, timeRun } from "./kernel-run.js";
import { node } from "./node.js";
import { sandbox } from "./sandbox.js";

const shared = process.env.TICKPROOF_SHARED ?? fileURLToPath(new URL("../../../shared", import.meta.url));
/** Executed ticks a second of Octez's interpreter, in all and by phase. */
const OCTEZ = { all: 2.4e6, decode: 0.8e6, init: 3.0e6, eval: 2.7e6 } as const;
const EXECUTED_TICKS = 14_145_245;
const ROUNDS = 3;

function line(what: string, figure: string, note = ""): void {
  console.log(`${what.padEnd(44)} ${figure.padStart(16)}  ${note}`);
}

function perSecond(ticks: number, milliseconds: number): string {
  return `${((ticks / milliseconds) * 1e-3).toFixed(1)} M ticks/s`;
}

function engine(): void {
  console.log("\nThe whole run of tx_no_verify, memo off, no hashes");
  for (let round = 1; round <= ROUNDS; round++) {
    const time = timeRun(bootTransactionKernel(shared));
    const ratio = time.executedTicks / time.milliseconds / 1e-3 / OCTEZ.all;
    line(
      `round ${round}`,
      `${time.milliseconds.toFixed(0)} ms`,
      `${perSecond(time.executedTicks, time.milliseconds)}, ${ratio.toFixed(1)} x Octez`,
    );
    if (time.executedTicks !== EXECUTED_TICKS)
      console.log(`  executed ${time.executedTicks} ticks, ${EXECUTED_TICKS} expected`);
    for (const phase of ["decode", "link", "init", "eval"] as const) {
      const { milliseconds, ticks } = time.phases.get(phase) ?? { milliseconds: 0, ticks: 0 };
      const reference = phase === "link" ? undefined : OCTEZ[phase];
      const factor = reference === undefined ? "" : `, ${(ticks / milliseconds / 1e-3 / reference).toFixed(1)} x Octez`;
      line(`  ${phase}`, `${milliseconds.toFixed(1)} ms`, `${ticks} ticks, ${perSecond(ticks, milliseconds)}${factor}`);
    }
  }
  const memo = new KernelMemo();
  timeRun(bootTransactionKernel(shared), memo);
  const again = timeRun(bootTransactionKernel(shared), memo);
  line("memo on, kernel known", `${again.milliseconds.toFixed(0)} ms`, "the same 36 M ticks");
}

function hashes(): void {
  console.log("\nThe same run with the state hashes of its golden trace");
  for (let round = 1; round <= ROUNDS; round++) {
    const time = timeHashes(bootTransactionKernel(shared));
    line(
      `round ${round}`,
      `${time.milliseconds.toFixed(0)} ms`,
      `${time.hashes} hashes, ${(time.milliseconds / time.hashes).toFixed(2)} ms each with the ticks between`,
    );
  }
  const memory = process.memoryUsage();
  line(
    "memory",
    `${(memory.rss / 2 ** 20).toFixed(0)} MiB`,
    `heap ${(memory.heapUsed / 2 ** 20).toFixed(0)} MiB; peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
  );
}

/** Ticks at which proofs are made: spread over all phases of the second kernel run. */
function proofTicks(): bigint[] {
  const ticks: bigint[] = [];
  for (let tick = 12_000_001n; tick < 14_400_000n; tick += 24_007n) ticks.push(tick);
  return ticks;
}

function proofs(): void {
  console.log("\nStep proofs of loaded states, at 100 ticks of every phase");
  const machine = bootTransactionKernel(shared);
  let proving = 0;
  let verifying = 0;
  let largest = 0;
  let count = 0;
  for (const tick of proofTicks()) {
    run(machine, tick - machine.currentTick);
    const root = machine.root();
    // A copy of the state as a store would hold it: hashed, nothing typed loaded.
    root.ensureHash();
    const from = process.hrtime.bigint();
    const { bytes } = proveStep(root);
    const middle = process.hrtime.bigint();
    verifyStep(bytes);
    const to = process.hrtime.bigint();
    proving += Number(middle - from) / 1e6;
    verifying += Number(to - middle) / 1e6;
    largest = Math.max(largest, bytes.length);
    count++;
  }
  line("prove", `${(proving / count).toFixed(2)} ms`, `average of ${count}; largest proof ${largest} bytes`);
  line("verify", `${(verifying / count).toFixed(2)} ms`, "average");
}

function hashing(): void {
  console.log("\nBLAKE2b-256");
  const suite = new Benchmark.Suite();
  for (const size of [9, 72, 520]) {
    const input = new Uint8Array(size).fill(7);
    const out = new Uint8Array(32);
    suite.add(`hash-wasm, ${size} bytes`, () => blake2b256(input));
    suite.add(`noble, ${size} bytes`, () => nobleHasher.hash(input, 0, size, out, 0));
  }
  suite.on("cycle", (event: Benchmark.Event) => {
    const { name, hz } = event.target;
    line(name ?? "", `${((1 / (hz ?? 1)) * 1e9).toFixed(0)} ns`);
  });
  suite.run();
}

const sections = {
  engine,
  hash: hashes,
  proof: proofs,
  blake2b: hashing,
  games: () => games(shared),
  sandbox,
  node,
} as const;
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt < 0 ? Object.keys(sections) : (process.argv[onlyAt + 1] ?? "").split(",");

if (!existsSync(join(shared, "vectors"))) {
  console.error(`no shared data at ${shared}: set TICKPROOF_SHARED`);
  process.exitCode = 3;
} else {
  for (const [name, section] of Object.entries(sections)) if (only.includes(name)) await section();
}
