/**
 * A debugging session as a library: `import { DebugSession } from "tickproof/debugger"`. It loads a kernel with its inputs, goes forward and
 * back, stops at breakpoints, shows and proves. The commands of the terminal are thin words around it (commands/).
 */
import { toHex } from "../encoding/hex.js";
import type { RollupInputs } from "../protocol/inputs/inputs.js";
import { DEFAULT_ROLLUP } from "../protocol/inputs/michelson-payload.js";
import { type BootParameters, genesis, PROTOCOL_PARAMETERS } from "../pvm/genesis.js";
import { ENTRY_POINT } from "../pvm/kernel-check.js";
import * as keys from "../pvm/keys.js";
import { Machine, type MachineOptions } from "../pvm/machine.js";
import { proveStep, type StepInput, type StepProof } from "../pvm/step-proof.js";
import { ORIGINATION_VERSION, type PvmVersion } from "../pvm/versions.js";
import type { Breakpoint, BreakpointKind, Condition } from "./breakpoints.js";
import { type CallListener, CallWatch, type HostCall } from "./call-watch.js";
import { importName } from "./durable-access.js";
import { DebuggerError } from "./errors.js";
import type { HistoryOptions } from "./history.js";
import { type Instruction, install } from "./installer-config.js";
import { loadKernel } from "./kernel.js";
import { ModuleMap, type Names, readNames } from "./module-map.js";
import { isSectionCall, type ProfiledRun, type ProfiledSection, Profiler } from "./profile.js";
import { type AskForData, type RevealOptions, Reveals, type Tell } from "./reveals.js";
import { type Motion, notNow, phaseOf, type Stop, Timeline } from "./timeline.js";

export type { Breakpoint, BreakpointHit, BreakpointKind, Condition } from "./breakpoints.js";
export type { HostCall } from "./call-watch.js";
export { DebuggerError } from "./errors.js";
export type { ProfiledRun, ProfileNode } from "./profile.js";
export type { Mark, Stop } from "./timeline.js";

export interface DebugSessionOptions extends HistoryOptions {
  /** Contents of a kernel file: binary, text or hexadecimal. */
  readonly kernel: Uint8Array;
  /** How the kernel is called in messages. */
  readonly kernelName?: string;
  readonly inputs?: RollupInputs;
  readonly version?: PvmVersion;
  readonly parameters?: BootParameters;
  readonly reveals?: Partial<RevealOptions>;
  /** Followed before the first tick. */
  readonly installerConfig?: readonly Instruction[];
  /** Gets what the kernel writes with write_debug. */
  readonly onDebug?: (text: Uint8Array) => void;
  /** Gets warnings and other lines that are nobody's result. */
  readonly onTell?: Tell;
  /** Asks a person for data that no source has. */
  readonly ask?: AskForData;
  readonly onProgress?: (session: DebugSession) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

export type StepKind = "tick" | "result" | "kernel_run" | "inbox";

/** What a motion came to. */
export interface Moved {
  /** Ticks from where the evaluation began, backwards negative. */
  readonly ticks: bigint;
  readonly stop: Stop;
}

export type LoadOutcome = "loaded" | "no_more_inputs" | "busy" | "reveal";

const EMPTY_INPUTS: RollupInputs = { originationLevel: 0, inboxes: [], reveals: new Map() };
/** Host calls remembered by `trace`. */
const MAX_TRACED = 100_000;

export class DebugSession {
  readonly timeline: Timeline;
  readonly reveals: Reveals;
  readonly inputs: RollupInputs;
  readonly kernelWarnings: readonly string[];
  readonly #options: DebugSessionOptions;
  readonly #names: Names;
  readonly #now: () => number;
  #breakpoints: Breakpoint[] = [];
  #nextBreakpoint = 1;
  #map: { readonly node: unknown; readonly map: ModuleMap } | null = null;
  #isProfiling = false;

  private constructor(options: DebugSessionOptions, kernel: Uint8Array, names: Names, warnings: readonly string[]) {
    this.#options = options;
    this.#names = names;
    this.#now = options.now ?? (() => performance.now());
    this.kernelWarnings = warnings;
    this.inputs = options.inputs ?? EMPTY_INPUTS;
    const rollup = options.reveals?.rollup ?? this.inputs.rollup ?? DEFAULT_ROLLUP;
    const originationLevel = options.reveals?.originationLevel ?? this.inputs.originationLevel;
    this.reveals = new Reveals(
      { recorded: this.inputs.reveals, ...options.reveals, rollup, originationLevel },
      options.onTell,
    );
    const root = genesis(kernel, options.version ?? ORIGINATION_VERSION, options.parameters ?? PROTOCOL_PARAMETERS);
    const start = (machineOptions: MachineOptions): Machine => {
      const machine = Machine.of(root, machineOptions);
      install(machine.durable, options.installerConfig ?? [], (hash) =>
        this.reveals.known(Buffer.from(`00${hash}`, "hex")),
      );
      return machine;
    };
    this.timeline = new Timeline(start, {
      ...(options.maxStates === undefined ? {} : { maxStates: options.maxStates }),
      ...(options.spacing === undefined ? {} : { spacing: options.spacing }),
      writeDebug: (text) => {
        if (!this.#isProfiling || !isSectionCall(text)) options.onDebug?.(text);
      },
      onProgress: () => options.onProgress?.(this),
      now: this.#now,
    });
  }

  /** Loads and checks the kernel. Throws `DebuggerError`. */
  static async open(options: DebugSessionOptions): Promise<DebugSession> {
    const version = options.version ?? ORIGINATION_VERSION;
    const { bytes, names, warnings } = await loadKernel(options.kernel, options.kernelName ?? "kernel", version);
    return new DebugSession(
      options,
      bytes,
      names,
      warnings.map(({ message }) => message),
    );
  }

  /** How the kernel is called in messages. */
  get kernelName(): string {
    return this.#options.kernelName ?? "kernel";
  }

  get machine(): Machine {
    return this.timeline.machine;
  }

  get tick(): bigint {
    return this.timeline.tick;
  }

  /** The hash of the present state. */
  get stateHash(): Uint8Array {
    return this.machine.hash();
  }

  /** The level that the next inbox is loaded at. */
  get nextLevel(): number {
    const loaded = this.timeline.history.levelsBefore(this.tick);
    const next = this.inputs.inboxes[loaded.length];
    return next?.level ?? (loaded.at(-1)?.level ?? (this.inputs.inboxes[0]?.level ?? 0) - 1) + 1;
  }

  /** Names and places of the kernel that is installed at present. */
  get moduleMap(): ModuleMap {
    const node = this.machine.durable.valueNode(keys.KERNEL);
    if (this.#map !== null && this.#map.node === node) return this.#map.map;
    const bytes = this.machine.durable.findValue(keys.KERNEL)?.toBytes() ?? new Uint8Array(0);
    const own = readNames(bytes);
    // Text was assembled without its names; they hold as long as that kernel is installed.
    const isFirst = this.#map === null || this.#map.map.kernel.length === bytes.length;
    const map = new ModuleMap(bytes, own.functions.size === 0 && isFirst ? this.#names : own);
    this.#map = { node, map };
    return map;
  }

  /** Ends the motion under way; the session goes on from where it has come to. */
  interrupt(): void {
    this.timeline.interrupt();
    this.reveals.interrupt();
  }

  // Inputs

  /** Feeds the next inbox and goes to the snapshot before its evaluation. */
  async loadInputs(): Promise<LoadOutcome> {
    const request = this.machine.inputRequest();
    if (request.tag === "none") return "busy";
    if (request.tag === "reveal") return "reveal";
    const { history } = this.timeline;
    const isPast = (machine: Machine) => machine.tickState.tag !== "padding" && machine.tickState.tag !== "collect";
    if (history.inputAt(this.tick) !== undefined) {
      await this.timeline.forward({ isGoal: isPast });
      return "loaded";
    }
    const inbox = this.inputs.inboxes[history.levelsBefore(this.tick).length];
    if (inbox === undefined) return "no_more_inputs";
    const { tick } = this;
    for (const [index, payload] of inbox.messages.entries()) {
      this.timeline.give({ tag: "message", info: { level: inbox.level, counter: BigInt(index) }, payload });
    }
    history.noteLevel(tick, inbox.level);
    this.timeline.keep();
    await this.timeline.forward({ isGoal: isPast });
    this.timeline.keep();
    return "loaded";
  }

  /** Answers the pending reveal. Throws `RevealEscape` where the machine has no next state. */
  answerReveal(data: Uint8Array): void {
    if (this.machine.inputRequest().tag !== "reveal") throw notNow("Not in a reveal step");
    this.timeline.give({ tag: "reveal", data });
  }

  // Forward

  /** Goes forward; with breakpoints, at most up to the first that is met. `count` is for ticks. */
  async step(kind: StepKind, count = 1n): Promise<Moved> {
    const request = this.machine.inputRequest();
    if (kind === "inbox") {
      if (request.tag === "input" && (await this.loadInputs()) === "no_more_inputs")
        return { ticks: 0n, stop: { tag: "input" } };
    } else if (request.tag === "input" && this.timeline.history.inputAt(this.tick) === undefined) {
      throw notNow("The PVM is waiting for inputs: a step would leave it stuck. `load inputs` or `step inbox` go on.");
    }
    const from = this.tick;
    if (kind === "tick") return this.stepTicks(from, count);
    const isGoal = (machine: Machine): boolean => {
      if (kind === "result") return phaseOf(machine) === "result";
      return kind === "kernel_run" && machine.tickState.tag === "snapshot" && machine.currentTick > from;
    };
    const stop = await this.move({ isGoal });
    return { ticks: this.tick - from, stop };
  }

  /** Goes on through all the inputs, up to a breakpoint. */
  async continue(): Promise<Moved> {
    const from = this.tick;
    for (;;) {
      const stop = await this.move({});
      if (stop.tag !== "input") return { ticks: this.tick - from, stop };
      if ((await this.loadInputs()) !== "loaded") return { ticks: this.tick - from, stop };
    }
  }

  private async stepTicks(from: bigint, count: bigint): Promise<Moved> {
    if (this.machine.inputRequest().tag === "reveal") {
      if (this.timeline.history.inputAt(from) === undefined) {
        throw notNow("The PVM is waiting for a reveal: `reveal preimage` or `reveal metadata` answer it.");
      }
    }
    const stop = await this.timeline.forward({ ...this.motion({ limit: from + count }), answer: null });
    return { ticks: this.tick - from, stop };
  }

  private move(motion: Motion): Promise<Stop> {
    return this.timeline.forward(this.motion(motion));
  }

  private motion(motion: Motion): Motion {
    const answer = (request: Uint8Array) => this.reveals.answer(request, this.#options.ask ?? null);
    return { breakpoints: this.#breakpoints.filter(({ isEnabled }) => isEnabled), answer, ...motion };
  }

  // Back

  /** Goes to a tick, on either side of the present one; inputs beyond those already loaded are not. */
  async goTo(tick: bigint): Promise<Moved> {
    const from = this.tick;
    const answer = (request: Uint8Array) => this.reveals.answer(request, this.#options.ask ?? null);
    let stop = await this.timeline.goTo(tick, { answer });
    while (stop.tag === "input" && this.tick < tick && (await this.loadInputs()) === "loaded") {
      stop = await this.timeline.goTo(tick, { answer });
    }
    return { ticks: this.tick - from, stop };
  }

  /** What `action` gives at a tick; the session then stands where it stood. Throws `DebuggerError` for a tick out of reach. */
  async at<T>(tick: bigint, action: () => T): Promise<T> {
    const present = this.tick;
    try {
      const { stop } = tick === present ? { stop: null } : await this.goTo(tick);
      if (stop?.tag === "interrupted") throw interrupted();
      if (this.tick !== tick) throw new DebuggerError("debugger.out_of_reach", `tick ${tick} is out of reach`);
      return action();
    } finally {
      if (this.tick !== present) await this.goTo(present);
    }
  }

  async back(count = 1n): Promise<Moved> {
    const { start } = this.timeline.history;
    return this.goTo(this.tick - count < start ? start : this.tick - count);
  }

  /** Goes back to the last hit of a breakpoint, or to the start. */
  async reverseContinue(): Promise<Moved> {
    const from = this.tick;
    const stop = await this.timeline.backward(this.#breakpoints.filter(({ isEnabled }) => isEnabled));
    return { ticks: this.tick - from, stop };
  }

  /** The first tick of a phase of the kernel run under way (`start`, `end` of what was run, `snapshot`, `decode`, …, `result`, `padding`). */
  tickOf(name: string): bigint {
    const { history, marks } = this.timeline;
    if (name === "start") return history.start;
    if (name === "end") return history.furthest;
    const snapshots = marks.filter(({ phase }) => phase === "snapshot");
    const run = snapshots.findLast(({ tick }) => tick <= this.tick) ?? snapshots[0];
    const next = snapshots.find(({ tick }) => run !== undefined && tick > run.tick);
    const isInRun = (tick: bigint): boolean =>
      run !== undefined && tick >= run.tick && (next === undefined || tick < next.tick);
    const found = marks.find(({ tick, phase }) => phase === name && isInRun(tick));
    if (found === undefined) throw notNow(`This kernel run has not come to \`${name}\` yet, or has no such place.`);
    return found.tick;
  }

  // Breakpoints

  get breakpoints(): readonly Breakpoint[] {
    return this.#breakpoints;
  }

  addBreakpoint(kind: BreakpointKind, conditions: readonly Condition[] = []): Breakpoint {
    const breakpoint: Breakpoint = { id: this.#nextBreakpoint++, kind, conditions, isEnabled: true };
    this.#breakpoints.push(breakpoint);
    return breakpoint;
  }

  /** The breakpoint on functions of a name or index. Throws `DebuggerError` when there are none. */
  functionBreakpoint(text: string): BreakpointKind {
    const map = this.moduleMap;
    const found = map.find(text);
    const imported = found.find(({ index }) => index < map.imports.length);
    if (imported !== undefined)
      throw new DebuggerError(
        "debugger.bad_argument",
        `${imported.name} is a host function: \`break host ${imported.name}\``,
      );
    const funcs = map.module?.funcs;
    const bodies = new Set(
      found.flatMap(({ index }) => (funcs === undefined ? [] : [funcs.get(index - map.imports.length).body])),
    );
    if (bodies.size === 0) throw new DebuggerError("debugger.bad_argument", `no function ${JSON.stringify(text)}`);
    return { tag: "function", name: found.map(({ name }) => name).join(", "), bodies };
  }

  /** False when there is none of the number. */
  removeBreakpoint(id: number): boolean {
    const before = this.#breakpoints.length;
    this.#breakpoints = this.#breakpoints.filter((breakpoint) => breakpoint.id !== id);
    return this.#breakpoints.length < before;
  }

  enableBreakpoint(id: number, isEnabled: boolean): boolean {
    const found = this.#breakpoints.some((breakpoint) => breakpoint.id === id);
    this.#breakpoints = this.#breakpoints.map((one) => (one.id === id ? { ...one, isEnabled } : one));
    return found;
  }

  // Proofs

  /** What the next step is given; null when it needs nothing, or nobody has what it needs. */
  nextInput(): StepInput | null {
    const request = this.machine.inputRequest();
    if (request.tag === "none") return null;
    const known = this.timeline.history.inputAt(this.tick);
    if (known !== undefined) return known;
    if (request.tag === "reveal") {
      const data = this.reveals.known(request.request);
      return data === null ? null : { tag: "reveal", data };
    }
    const inbox = this.inputs.inboxes[this.timeline.history.levelsBefore(this.tick).length];
    const payload = inbox?.messages[0];
    if (inbox === undefined || payload === undefined) return null;
    return { tag: "message", info: { level: inbox.level, counter: 0n }, payload };
  }

  /** The proof of the next step. */
  prove(): { readonly proof: StepProof; readonly input: StepInput | null } {
    const input = this.nextInput();
    return { proof: proveStep(this.machine.root(), input), input };
  }

  // Observation

  /** The host calls between two ticks that were both reached. The last MAX_TRACED are given. */
  async trace(from: bigint, to: bigint): Promise<HostCall[]> {
    const calls: HostCall[] = [];
    const listener: CallListener = {
      hostCall: (call) => {
        if (calls.length >= MAX_TRACED) calls.shift();
        calls.push(call);
      },
    };
    const stop = await this.timeline.observe(from, to, new CallWatch(listener));
    if (stop.tag === "interrupted") throw interrupted();
    return calls;
  }

  /** Loads the next inbox if the machine waits for it; gives whether there is one. Throws `DebuggerError` where a profile cannot begin. */
  async prepareProfile(): Promise<boolean> {
    const { tickState } = this.machine;
    const isFirstDecode = tickState.tag === "decode" && this.timeline.marks.some(({ tick }) => tick === this.tick);
    if (tickState.tag !== "collect" && tickState.tag !== "snapshot" && !isFirstDecode) {
      throw notNow(
        "Profiling can only be done from a snapshotable state or when waiting for input. You can use `step kernel_run` to go to the next snapshotable state.",
      );
    }
    return tickState.tag !== "collect" || (await this.loadInputs()) !== "no_more_inputs";
  }

  /** Runs to the next request for input (or one kernel run) and tells what the ticks went into. See `prepareProfile`. */
  async profile(
    options: { readonly noReboot?: boolean; readonly onSection?: (section: ProfiledSection) => void } = {},
  ): Promise<ProfileResult> {
    await this.prepareProfile();
    const from = this.tick;
    const profiler = new Profiler({
      nameOf: (func) => this.moduleMap.symbolOf(func, importName),
      now: this.#now,
      entrypoint: ENTRY_POINT,
      ...(options.onSection === undefined ? {} : { onSection: options.onSection }),
    });
    this.#isProfiling = true;
    let stop: Stop;
    try {
      stop = await this.move({
        breakpoints: [],
        watch: new CallWatch(profiler),
        isGoal: (machine) => {
          profiler.lookAt(machine);
          return options.noReboot === true && machine.tickState.tag === "snapshot" && machine.currentTick > from;
        },
      });
    } finally {
      this.#isProfiling = false;
    }
    profiler.end(this.machine);
    return { runs: profiler.runs, ticks: this.tick - from, stop };
  }

  /** The present state hash in hexadecimal, for comparing. */
  get hashText(): string {
    return toHex(this.stateHash);
  }
}

function interrupted(): DebuggerError {
  return new DebuggerError("debugger.interrupted", "Interrupted");
}

export interface ProfileResult {
  readonly runs: readonly ProfiledRun[];
  /** Padding included. */
  readonly ticks: bigint;
  readonly stop: Stop;
}
