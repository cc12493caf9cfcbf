// Link and init of the regression kernels against the golden traces: the hash of the whole state at every recorded tick, and the counts of
// ticks of pvm.md §3.3 and §4.5.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { natural, text } from "../../../src/merkle/leaves.js";
import { buildNode, type Schema, tagged, View } from "../../../src/merkle/schema.js";
import { EXACT_UNOBSERVED, Tree } from "../../../src/merkle/tree.js";
import { findExport, type InitRules, initialInit, initStep, isInitialised } from "../../../src/wasm/init/machine.js";
import { initMany } from "../../../src/wasm/init/many.js";
import { type InitState, initStateSchema } from "../../../src/wasm/init/state.js";
import { linkStep, startLinking } from "../../../src/wasm/link/link.js";
import { type LinkState, linkStateSchema } from "../../../src/wasm/link/state.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { HOST_MODULE, importHost } from "./import-host.js";
import { decodeKernel, outsideOf } from "./stored-states.js";

type Phase = { readonly tag: "link"; readonly state: LinkState } | { readonly tag: "init"; readonly state: InitState };

const phaseSchema: Schema<Phase> = tagged<Phase>(text, {
  link: { state: linkStateSchema },
  init: { state: initStateSchema },
});

interface Kernel {
  readonly name: string;
  readonly snapshot: number;
  /** Ticks from one recorded line to the next, and of those how many are recorded in a row. */
  readonly period: number;
  readonly listing: string;
  /** First ticks of link, init and evaluation. */
  readonly ticks: readonly [link: number, init: number, eval: number];
}

const KERNELS: readonly Kernel[] = [
  {
    name: "link_store_create",
    snapshot: 5000,
    period: 1,
    listing: "init-link_store_create-5135",
    ticks: [5133, 5135, 5177],
  },
  {
    name: "link_store_exists",
    snapshot: 5000,
    period: 1,
    listing: "decode-link_store_exists-5001",
    ticks: [5132, 5134, 5176],
  },
  { name: "echo", snapshot: 5000, period: 138, listing: "decode-echo-5232", ticks: [5524, 5528, 6881] },
  {
    name: "tx_no_verify",
    snapshot: 6_000_000,
    period: 10_038,
    listing: "decode-tx_no_verify-6000668",
    ticks: [6249189, 6249201, 7223898],
  },
];

/** The hashes a trace records, by tick. */
function goldenHashes(kernel: Kernel, version: number): Map<number, string> {
  const lines = readFileSync(sharedPath("vectors/pvm/traces", `${kernel.name}.v${version}.hash.txt`), "utf8")
    .trim()
    .split("\n");
  return new Map(
    lines.map((line, index) => [
      kernel.snapshot + index * kernel.period,
      toHex(decodeBase58Check("contextHash", line.trim())),
    ]),
  );
}

const VERSION_NAMES = ["2.0.0", "2.0.0-r1", "2.0.0-r2", "2.0.0-r3", "2.0.0-r4", "2.0.0-r5", "2.0.0-r6"];

class Run {
  readonly #tree: Tree;
  readonly #golden: Map<number, string>;
  tick: number;
  compared = 0;

  constructor(kernel: Kernel, version: number, tick: number) {
    this.#tree = outsideOf(kernel.listing, VERSION_NAMES[version] as string);
    this.#golden = goldenHashes(kernel, version);
    this.tick = tick;
  }

  /** Ticks to the next one of which the trace has a hash. */
  get ticksToGolden(): number {
    const next = [...this.#golden.keys()].find((tick) => tick > this.tick);
    return next === undefined ? 2 ** 50 : next - this.tick;
  }

  /** Compares the hash of the whole state where the trace has one. */
  check(phase: Phase): void {
    const expected = this.#golden.get(this.tick);
    if (expected === undefined) return;
    const tree = new Tree(this.#tree.root);
    tree.add(["wasm", "current_tick"], natural.encode(BigInt(this.tick)).bytes);
    const node = buildNode(phaseSchema, phase, false);
    if (node === undefined || node.kind === "leaf") throw new Error("nothing saved");
    const saved = new Tree(node);
    for (const key of ["tag", "value"]) tree.addTree(["wasm", key], saved.findTree([key]) ?? node);
    expect(`${this.tick} ${toHex(tree.hash)}`).toBe(`${this.tick} ${expected}`);
    this.compared++;
  }
}

function reload(phase: Phase): Phase {
  const node = buildNode(phaseSchema, phase, true);
  return phaseSchema.load(View.of(node, EXACT_UNOBSERVED));
}

interface Mode {
  /** Initialise from one recorded tick to the next at once. */
  readonly many: boolean;
  /** What is done to the state before every tick, or every run of ticks. */
  readonly between: (phase: Phase) => Phase;
}

const SINGLE_TICKS: Mode = { many: false, between: (phase) => phase };
const MANY_TICKS: Mode = { many: true, between: (phase) => phase };
const RELOADED: Mode = { many: false, between: reload };

/** Runs a kernel from its first Link state to the end of its initialisation. */
function runKernel({ many, between }: Mode, kernel: Kernel, version: number): Run {
  const host = importHost(version);
  const rules: InitRules = { level: "pvm", stackLimit: version === 0 ? 300 : 60000 };
  const { module, ticks } = decodeKernel(sharedPath("vectors/kernels/regression", `${kernel.name}.wasm`));
  const run = new Run(kernel, version, kernel.snapshot + ticks + 2);
  expect(run.tick).toBe(kernel.ticks[0]);
  let phase: Phase = { tag: "link", state: startLinking(module) };
  for (;;) {
    run.check(phase);
    phase = between(phase);
    if (phase.tag === "link") {
      const outcome = linkStep(phase.state, host, HOST_MODULE);
      if (outcome.tag === "error") throw new Error(outcome.text);
      if (outcome.tag === "next") phase = { tag: "link", state: outcome.state };
      else {
        phase = { tag: "init", state: initialInit(outcome.module, outcome.externs) };
        expect(run.tick + 1).toBe(kernel.ticks[1]);
      }
    } else {
      if (isInitialised(phase.state)) break;
      if (many) {
        const { state, ticks } = initMany(phase.state, host, rules, run.ticksToGolden);
        phase = { tag: "init", state };
        run.tick += ticks;
        continue;
      }
      phase = { tag: "init", state: initStep(phase.state, host, rules) };
    }
    run.tick++;
  }
  expect(findExport(phase.state.registry, "kernel_run")?.tag).toBe("Native");
  expect(run.tick + 1).toBe(kernel.ticks[2]);
  return run;
}

describeShared("golden traces", ["vectors/pvm/traces", "vectors/pvm/states", "vectors/kernels/regression"], () => {
  const kernelOf = (name: string): Kernel => KERNELS.find((kernel) => kernel.name === name) as Kernel;

  describe.each([
    ["link_store_create", 1, 44],
    ["link_store_create", 6, 44],
    ["link_store_exists", 2, 44],
    ["echo", 0, 10],
    ["echo", 6, 10],
    ["tx_no_verify", 0, 97],
    ["tx_no_verify", 6, 97],
  ] as const)("%s at version %i: %i hashes", (name, version, hashes) => {
    it("tick by tick", () => {
      expect(runKernel(SINGLE_TICKS, kernelOf(name), version).compared).toBe(hashes);
    });

    it("many ticks at once", () => {
      expect(runKernel(MANY_TICKS, kernelOf(name), version).compared).toBe(hashes);
    });
  });

  it.each([
    ["link_store_create", 1, 44],
    ["echo", 0, 10],
  ] as const)("%s at version %i, saved and loaded exactly before every tick", (name, version, hashes) => {
    expect(runKernel(RELOADED, kernelOf(name), version).compared).toBe(hashes);
  });

  it("stops at an unknown import", () => {
    const { module } = decodeKernel(sharedPath("vectors/kernels/regression/link_store_create.wasm"));
    const outcome = linkStep(startLinking(module), importHost(0), HOST_MODULE);
    expect(outcome).toEqual({ tag: "error", text: "Unexpected import: smart_rollup_core.store_create" });
    const elsewhere = linkStep(startLinking(module), importHost(6), "env");
    expect(elsewhere).toEqual({ tag: "error", text: "Unexpected module import: smart_rollup_core" });
  });
});
