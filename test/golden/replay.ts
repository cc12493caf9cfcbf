// Replays golden traces on the engine and compares line by line. Knows files and the machine, but no terminal and no
// worker; run.ts and the tests share it.
import { readFileSync } from "node:fs";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { toHex } from "../../src/encoding/hex.js";
import { frameLevel } from "../../src/protocol/level-frame.js";
import { genesis } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { type RunOptions, run } from "../../src/pvm/run.js";
import { checkStep } from "../../src/pvm/step-check.js";
import { proveStep } from "../../src/pvm/step-proof.js";
import { printStuck } from "../../src/pvm/stuck.js";
import {
  type CorpusEntry,
  type RecordedTrace,
  type Setup,
  type Trace,
  traceLines,
  type WalkTrace,
} from "./trace-file.js";

export interface ReplayOptions {
  /** No shortcuts but over padding. */
  readonly singleSteps?: boolean;
  /** Of the proofs of proof traces, every n-th is verified; default 16. All are checked to lead from hash to hash. */
  readonly verifyEvery?: number;
  /** Called after every line. */
  readonly onLine?: () => void;
}

/** The first line that differs. */
export interface Difference {
  /** From 1. */
  readonly line: number;
  readonly tick: string;
  readonly phase: string;
  readonly expected: string;
  readonly got: string;
}

export interface TraceOutcome {
  /** Lines of the file. */
  readonly lines: number;
  /** Lines reproduced before the first difference. */
  readonly matched: number;
  readonly proofsVerified: number;
  /** BLAKE2b-256, in hex, of the lines reproduced, each ended by a line feed. */
  readonly digest: string;
  readonly difference: Difference | null;
}

const VERIFY_EVERY = 16;
/** More ticks than any run takes. */
const UNBOUNDED = 1n << 100n;

/** Collects what is reproduced, and stops at the first difference. */
class Comparison {
  readonly #expected: readonly string[];
  readonly #matched: string[] = [];
  readonly #onLine: (() => void) | undefined;
  proofsVerified = 0;
  difference: Difference | null = null;

  constructor(expected: readonly string[], onLine: (() => void) | undefined) {
    this.#expected = expected;
    this.#onLine = onLine;
  }

  /** Compares the next line; false from the first difference on. */
  line(machine: Machine, got: string): boolean {
    const expected = this.#expected[this.#matched.length];
    if (expected !== got) return this.differs(machine, expected ?? "(end of the trace)", got);
    this.#matched.push(got);
    this.#onLine?.();
    return true;
  }

  differs(machine: Machine, expected: string, got: string): false {
    this.difference = {
      line: this.#matched.length + 1,
      tick: String(machine.currentTick),
      phase: machine.tickState.tag,
      expected,
      got,
    };
    return false;
  }

  /** Ends the comparison: every line must have been compared. */
  end(machine: Machine): void {
    const expected = this.#expected[this.#matched.length];
    if (this.difference === null && expected !== undefined) this.differs(machine, expected, "(no more states)");
  }

  outcome(): TraceOutcome {
    return {
      lines: this.#expected.length,
      matched: this.#matched.length,
      proofsVerified: this.proofsVerified,
      digest: digestOfLines(this.#matched),
      difference: this.difference,
    };
  }
}

/** BLAKE2b-256, in hex, of lines each ended by a line feed. */
export function digestOfLines(lines: readonly string[]): string {
  return toHex(blake2b256(Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8")));
}

/** Replays a trace of a manifest. */
export function replayTrace(trace: Trace, options: ReplayOptions = {}): TraceOutcome {
  const expected = traceLines(readFileSync(trace.path, "utf8"));
  const comparison = new Comparison(expected, options.onLine);
  const machine = boot(new Uint8Array(readFileSync(trace.kernel)), trace.setup);
  guarded(comparison, machine, () => {
    if (trace.kind === "walk") {
      const ticks = expected.map((line) => parseWalkLine(line));
      followWalk(machine, trace, ticks, trace.end, comparison, options);
    } else recordTrace(machine, trace, comparison, options);
    if (comparison.difference === null && expected.length !== trace.lines) {
      comparison.differs(machine, `${trace.lines} lines (manifest)`, `${expected.length} lines (file)`);
    }
  });
  return comparison.outcome();
}

/** Replays an entry of a fuzz corpus. */
export function replayCorpusEntry(entry: CorpusEntry, options: ReplayOptions = {}): TraceOutcome {
  const { samples, final } = entry;
  const states = [...samples.map(([tick, hash]) => ({ tick, hash })), final];
  const lines = states.map(({ tick, hash }) => `${tick} ${hash}`);
  const comparison = new Comparison(lines, options.onLine);
  const machine = boot(entry.kernel, entry.setup);
  const walk = { inboxes: entry.inboxes, reveals: new Map<string, Uint8Array>() };
  guarded(comparison, machine, () => followWalk(machine, walk, states, final.status, comparison, options));
  return comparison.outcome();
}

function boot(kernel: Uint8Array, setup: Setup): Machine {
  return Machine.of(genesis(kernel, setup.pvmVersion, setup));
}

/** An exception out of the machine is a difference like any other. */
function guarded(comparison: Comparison, machine: Machine, replay: () => void): void {
  try {
    replay();
  } catch (error) {
    comparison.differs(machine, "(no exception)", printException(error));
  }
}

function printException(error: unknown): string {
  if (!(error instanceof Error)) return `exception: ${String(error)}`;
  const [place] = /\bat .*/.exec(error.stack ?? "") ?? [""];
  return `exception: ${error.name}: ${error.message} ${place}`;
}

export function contextHash(machine: Machine): string {
  return encodeBase58Check("contextHash", machine.hash());
}

/** All the inputs of a level, whether the machine asks for them or not. */
function feed(machine: Machine, level: number, messages: readonly Uint8Array[]): void {
  for (const [index, message] of frameLevel(messages).entries()) {
    machine.setInput({ level, counter: BigInt(index) }, message);
  }
}

function transfer(payload: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, ...payload]);
}

function asksForNothing(machine: Machine): boolean {
  return machine.inputRequest().tag === "none";
}

// ---- Hash and proof traces

function recordTrace(machine: Machine, trace: RecordedTrace, comparison: Comparison, options: ReplayOptions): void {
  const running: RunOptions = { singleSteps: options.singleSteps === true };
  const messages = trace.inputs.map((file) => transfer(new Uint8Array(readFileSync(file))));
  feed(machine, trace.level, messages);
  run(machine, UNBOUNDED, { ...running, stopAtSnapshot: true });
  const record = trace.kind === "hash" ? recordHash : recordProof;
  for (let index = 0; asksForNothing(machine); ) {
    for (let taken = 0; taken < trace.take && asksForNothing(machine); taken++) {
      if (!record(machine, comparison, options, index++)) return;
    }
    if (trace.skip > 0) run(machine, BigInt(trace.skip), running);
  }
  comparison.end(machine);
}

function recordHash(machine: Machine, comparison: Comparison): boolean {
  if (!comparison.line(machine, contextHash(machine))) return false;
  machine.computeStep();
  return true;
}

/** One line of a proof trace, and that the proof leads from this state to the next. */
function recordProof(machine: Machine, comparison: Comparison, options: ReplayOptions, index: number): boolean {
  const tick = machine.currentTick;
  const before = machine.hash();
  const { proof, bytes } = proveStep(machine.root());
  if (!comparison.line(machine, `${tick}, ${bytes.length}`)) return false;
  if (!sameHash(proof.before, before)) {
    return comparison.differs(machine, `a proof from ${toHex(before)}`, `a proof from ${toHex(proof.before)}`);
  }
  machine.computeStep();
  const after = machine.hash();
  if (!sameHash(proof.after, after)) {
    return comparison.differs(machine, `a proof to ${toHex(after)}`, `a proof to ${toHex(proof.after)}`);
  }
  if (index % (options.verifyEvery ?? VERIFY_EVERY) === 0) {
    checkStep(bytes, null, { before, after, tick });
    comparison.proofsVerified += 1;
  }
  return true;
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

// ---- Walks

interface WalkState {
  readonly tick: bigint;
  readonly hash: string;
}

function parseWalkLine(line: string): WalkState {
  const [tick, hash] = line.split(" ");
  if (tick === undefined || hash === undefined || !/^[0-9]+$/.test(tick)) return { tick: -1n, hash: line };
  return { tick: BigInt(tick), hash };
}

/** Goes to each state in turn, feeding the next inbox whenever an input is asked for; then compares the status at the end. */
function followWalk(
  machine: Machine,
  walk: Pick<WalkTrace, "inboxes" | "reveals">,
  states: readonly WalkState[],
  end: string,
  comparison: Comparison,
  options: ReplayOptions,
): void {
  const running: RunOptions = {
    singleSteps: options.singleSteps === true,
    reveal: (request) => walk.reveals.get(toHex(request)) ?? new Uint8Array(0),
  };
  let level = 0;
  for (const { tick, hash } of states) {
    while (machine.currentTick < tick) {
      if (run(machine, tick - machine.currentTick, running) > 0n) continue;
      const messages = walk.inboxes[level];
      if (messages === undefined) {
        comparison.differs(machine, `${tick} ${hash}`, `an input asked for at ${machine.currentTick}`);
        return;
      }
      feed(machine, level, messages);
      level += 1;
    }
    if (!comparison.line(machine, `${machine.currentTick} ${contextHash(machine)}`)) return;
  }
  const isOver = machine.inputRequest().tag === "input" && level === walk.inboxes.length;
  const got = isOver ? printStatus(machine) : "another state";
  if (!end.startsWith("cut:") && got !== end) comparison.differs(machine, end, got);
}

function printStatus(machine: Machine): string {
  const state = machine.tickState;
  return state.tag === "stuck" ? `stuck ${printStuck(state.error)}` : "waiting for input";
}
