/**
 * The PVM: one tick at a time, exactly (pvm.md §1.4–§1.8). The transition table is `transition`, one case a row; what follows every tick is
 * `afterStep`. Running many ticks at once is `run.ts`; this file defines what they mean.
 *
 * A `Machine` is a loaded state being worked on. Its typed parts are immutable values that a tick replaces; the durable storage is a session
 * on its tree.
 */
import { CHUNK_BYTES, type ChunkedBytes } from "../merkle/chunked-bytes.js";
import { LazyVector } from "../merkle/lazy-vector.js";
import type { TreeNode } from "../merkle/node.js";
import { Tree } from "../merkle/tree.js";
import { decodedModule, decodeStep, initialDecodeState } from "../wasm/decode/machine.js";
import { decodeMany } from "../wasm/decode/many.js";
import type { Config } from "../wasm/eval/config.js";
import { evalStep, invokeConfig, pendingReveal, revealStep } from "../wasm/eval/machine.js";
import { EvalSession } from "../wasm/fast-eval/many.js";
import { GuestError } from "../wasm/guest-errors.js";
import { findExport, type InitRules, initStep, isInitialised } from "../wasm/init/machine.js";
import { initMany } from "../wasm/init/many.js";
import { initialInit } from "../wasm/init/state.js";
import { linkStep, startLinking } from "../wasm/link/link.js";
import type { Registry } from "../wasm/runtime.js";
import { type Buffers, enqueue, startLevel } from "./buffers.js";
import { Durable } from "./durable.js";
import { PvmError } from "./errors.js";
import { guestError } from "./guest-error.js";
import { KernelHost } from "./host/kernel-host.js";
import { inputKind } from "./input-kind.js";
import * as keys from "./keys.js";
import { type InputInfo, loadState, type PvmState, saveState, type TickState } from "./state.js";
import { interpreterError, invalidState, linkError, recoverableCause, type StuckError, unknownError } from "./stuck.js";
import { isPvmVersion, migrationTo, type PvmVersion, stackLimit } from "./versions.js";

/** What a step did to the run of the kernel. */
export type StepStatus = "running" | "failing" | "reboot" | "yielding" | "forcing_yield";

/** What the machine waits for. */
export type InputRequest =
  | { readonly tag: "none" }
  | { readonly tag: "input" }
  | { readonly tag: "reveal"; readonly request: Uint8Array };

const NO_INPUT: InputRequest = { tag: "none" };
const INPUT: InputRequest = { tag: "input" };
const SNAPSHOT: TickState = { tag: "snapshot" };
const COLLECT: TickState = { tag: "collect" };
const PADDING: TickState = { tag: "padding" };
const EMPTY = new Uint8Array(0);
/** The only module a kernel may import from. */
const HOST_MODULE = "smart_rollup_core";

export interface MachineOptions {
  /** Name of the exported function that is the kernel's entry. */
  readonly entrypoint?: string;
  /** Gets what the kernel writes with write_debug. */
  readonly writeDebug?: (text: Uint8Array) => void;
}

/** The state of the machine that is worked on. `currentTick` and the counters are exact at any size. */
export class Machine {
  lastInput: InputInfo | null;
  currentTick: bigint;
  rebootCounter: bigint;
  buffers: Buffers;
  tickState: TickState;
  lastTopLevelCall: bigint;
  maxTicks: bigint;
  maxReboots: bigint;
  outboxValidityPeriod: number;
  outboxMessageLimit: bigint;
  readonly durable: Durable;
  readonly entrypoint: string;
  readonly #tree: Tree;
  readonly #writeDebug: ((text: Uint8Array) => void) | undefined;
  readonly #evaluation = new EvalSession();
  #host: KernelHost | null = null;
  #kernel: { readonly node: TreeNode; readonly bytes: ChunkedBytes } | null = null;
  #version: PvmVersion | null = null;

  private constructor(tree: Tree, state: PvmState, options: MachineOptions) {
    this.#tree = tree;
    this.lastInput = state.lastInput;
    this.currentTick = state.currentTick;
    this.rebootCounter = state.rebootCounter;
    this.buffers = state.buffers;
    this.tickState = state.tickState;
    this.lastTopLevelCall = state.lastTopLevelCall;
    this.maxTicks = state.maxTicks;
    this.maxReboots = state.maxReboots;
    this.outboxValidityPeriod = state.outboxValidityPeriod;
    this.outboxMessageLimit = state.outboxMessageLimit;
    this.durable = new Durable(new Tree(state.durable, tree.access));
    this.entrypoint = options.entrypoint ?? "kernel_run";
    this.#writeDebug = options.writeDebug;
  }

  /** Loads the state in a tree. With an exact tree, reads what the reference reads. */
  static load(tree: Tree, options: MachineOptions = {}): Machine {
    return new Machine(tree, loadState(tree), options);
  }

  /** Loads the state rooted at a node, for running. */
  static of(root: TreeNode, options: MachineOptions = {}): Machine {
    return Machine.load(new Tree(root), options);
  }

  /** Writes the state into the tree it was loaded from. */
  save(): void {
    saveState(this.#tree, this.state());
  }

  /** The tree of the present state. */
  root(): TreeNode {
    this.save();
    return this.#tree.root;
  }

  /** The hash of the present state. */
  hash(): Uint8Array {
    this.save();
    return this.#tree.hash;
  }

  state(): PvmState {
    return {
      lastInput: this.lastInput,
      currentTick: this.currentTick,
      rebootCounter: this.rebootCounter,
      durable: this.durable.tree.root,
      buffers: this.buffers,
      tickState: this.tickState,
      lastTopLevelCall: this.lastTopLevelCall,
      maxTicks: this.maxTicks,
      maxReboots: this.maxReboots,
      outboxValidityPeriod: this.outboxValidityPeriod,
      outboxMessageLimit: this.outboxMessageLimit,
    };
  }

  get isExact(): boolean {
    return this.#tree.access.exact;
  }

  /** The version in the durable storage. Throws `PvmError` when there is none or it is unknown. */
  version(): PvmVersion {
    if (this.#version !== null && !this.isExact) return this.#version;
    const value = this.durable.findValue(keys.VERSION);
    // A length that no version has is that of a made-up state, and could be anything.
    const isShort = value !== null && value.length <= CHUNK_BYTES;
    const name = isShort ? Buffer.from(value.toBytes()).toString("latin1") : null;
    if (name === null || !isPvmVersion(name)) {
      throw new PvmError("pvm.unknown_version", `PVM version ${name === null ? "missing" : JSON.stringify(name)}`);
    }
    if (this.#version !== name) this.#host = null;
    this.#version = name;
    return name;
  }

  /** The host functions of the present version. */
  host(): KernelHost {
    const version = this.version();
    this.#host ??= new KernelHost(this, version, this.#writeDebug);
    return this.#host;
  }

  /** The kernel's bytes; outside exact sessions the same object as long as the kernel is the same. */
  kernel(): ChunkedBytes {
    const { durable } = this;
    if (!this.isExact) {
      const node = durable.valueNode(keys.KERNEL);
      if (this.#kernel !== null && node === this.#kernel.node) return this.#kernel.bytes;
      const bytes = durable.findValue(keys.KERNEL);
      if (node !== undefined && bytes !== null) {
        this.#kernel = { node, bytes };
        return bytes;
      }
    }
    const kernel = durable.findValue(keys.KERNEL);
    if (kernel === null) throw new GuestError("Tezos_scoru_wasm.Durable.Value_not_found", "Value not found", true);
    return kernel;
  }

  /** Ticks left before the top-level call must be over; the last is the one of the snapshot or the yield. */
  ticksToSnapshot(): bigint {
    return this.maxTicks - 1n - (this.currentTick - this.lastTopLevelCall);
  }

  isTimeForSnapshot(): boolean {
    return this.ticksToSnapshot() <= 0n;
  }

  inputRequest(): InputRequest {
    const state = this.tickState;
    if (state.tag === "stuck") return recoverableCause(state.error) === null ? INPUT : NO_INPUT;
    if (state.tag === "collect") return INPUT;
    if (state.tag !== "eval") return NO_INPUT;
    const request = pendingReveal(state.config);
    return request === null ? NO_INPUT : { tag: "reveal", request };
  }

  /** One tick of computation, whatever the machine waits for. */
  computeStep(): StepStatus {
    const version = this.version();
    const host = this.host();
    const durable = this.isExact ? this.durable.tree.root : null;
    host.beginStep();
    let status: StepStatus;
    try {
      status = this.transition(version);
    } catch (error) {
      const stuck = this.stuckBy(error);
      if (durable !== null) this.durable.tree.replaceRoot(durable);
      else host.restoreDurable();
      this.tickState = { tag: "stuck", error: stuck };
      status = "failing";
    }
    this.afterStep(status);
    return status;
  }

  /** The table of pvm.md §1.4; the first row that matches wins. */
  private transition(version: PvmVersion): StepStatus {
    const state = this.tickState;
    switch (state.tag) {
      case "stuck":
        return this.recover(state.error);
      case "snapshot":
        this.tickState = { tag: "decode", decode: initialDecodeState() };
        return "running";
      case "collect":
        this.tickState = { tag: "stuck", error: invalidState("Collect is a input tick") };
        return "failing";
      case "padding":
        if (this.isTimeForSnapshot()) return this.endTopLevelCall();
        return "running";
      default:
        break;
    }
    if (this.isTimeForSnapshot()) {
      this.tickState = { tag: "stuck", error: { tag: "too_many_ticks" } };
      return "failing";
    }
    switch (state.tag) {
      case "decode": {
        const module = decodedModule(state.decode);
        this.tickState =
          module === null
            ? { tag: "decode", decode: decodeStep(state.decode, this.kernel(), "pvm") }
            : { tag: "link", link: startLinking(module) };
        return "running";
      }
      case "link":
        return this.link(state);
      case "init":
        return this.initialise(state, version);
      case "eval":
        this.evaluate(state);
        return "running";
    }
  }

  private recover(error: StuckError): StepStatus {
    const cause = recoverableCause(error);
    if (cause === null) return "failing";
    const { durable } = this;
    const kernelHash = durable.valueHash(keys.KERNEL);
    const fallbackHash = durable.valueHash(keys.FALLBACK_KERNEL);
    if (fallbackHash === null || (kernelHash !== null && Buffer.compare(kernelHash, fallbackHash) === 0)) {
      this.tickState = { tag: "stuck", error: { tag: "no_fallback_kernel", cause } };
      return "failing";
    }
    durable.copyTree(keys.FALLBACK_KERNEL, keys.KERNEL);
    durable.writeValue(keys.UPGRADE_ERROR_FLAG, 0, EMPTY);
    this.tickState = PADDING;
    return "running";
  }

  private endTopLevelCall(): StepStatus {
    if (!this.durable.hasLoadedValue(keys.REBOOT_FLAG)) {
      this.tickState = COLLECT;
      return "yielding";
    }
    if (this.rebootCounter <= 0n) {
      this.tickState = COLLECT;
      return "forcing_yield";
    }
    this.tickState = SNAPSHOT;
    return "reboot";
  }

  private link(state: Extract<TickState, { tag: "link" }>): StepStatus {
    const outcome = linkStep(state.link, this.host(), HOST_MODULE);
    if (outcome.tag === "error") {
      this.tickState = { tag: "stuck", error: linkError(outcome.text) };
      return "failing";
    }
    this.tickState =
      outcome.tag === "next"
        ? { tag: "link", link: outcome.state }
        : { tag: "init", init: initialInit(outcome.module, outcome.externs) };
    return "running";
  }

  private initialise(state: Extract<TickState, { tag: "init" }>, version: PvmVersion): StepStatus {
    const limit = stackLimit(version);
    if (!isInitialised(state.init)) {
      this.tickState = { tag: "init", init: initStep(state.init, this.host(), { level: "pvm", stackLimit: limit }) };
      return "running";
    }
    const func = findExport(state.init.registry, this.entrypoint);
    if (func === null) {
      const text = `Invalid_module: no \`${this.entrypoint}\` function exported`;
      this.tickState = { tag: "stuck", error: invalidState(text) };
      return "failing";
    }
    this.startEvaluation(invokeConfig(func, limit), state.init.registry);
    return "running";
  }

  /** The kernel, now known to be good, becomes the fallback, and its evaluation begins. */
  startEvaluation(config: Config, registry: Registry): void {
    this.saveFallbackKernel();
    this.tickState = { tag: "eval", config, registry };
  }

  /** What decides how the kernel is decoded and initialised: its hash, the version, the entry. Null without a kernel. */
  kernelKey(): string | null {
    const hash = this.durable.valueHash(keys.KERNEL);
    return hash === null ? null : `${Buffer.from(hash).toString("hex")} ${this.version()} ${this.entrypoint}`;
  }

  private saveFallbackKernel(): void {
    const { durable } = this;
    const kernelHash = durable.valueHash(keys.KERNEL);
    const fallbackHash = durable.valueHash(keys.FALLBACK_KERNEL);
    const same =
      kernelHash === null || fallbackHash === null
        ? kernelHash === fallbackHash
        : Buffer.compare(kernelHash, fallbackHash) === 0;
    if (!same) durable.copyTree(keys.KERNEL, keys.FALLBACK_KERNEL);
  }

  private evaluate(state: Extract<TickState, { tag: "eval" }>): void {
    const { durable } = this;
    switch (state.config.stepKont.tag) {
      case "SK_Trapped":
        durable.writeValue(keys.STUCK_FLAG, 0, EMPTY);
        this.tickState = PADDING;
        break;
      case "SK_Result":
        if (durable.hasLoadedValue(keys.STUCK_FLAG)) durable.deleteTree(keys.STUCK_FLAG);
        if (durable.hasLoadedValue(keys.UPGRADE_ERROR_FLAG)) durable.deleteTree(keys.UPGRADE_ERROR_FLAG);
        this.tickState = PADDING;
        break;
      default: {
        const { config, registry } = evalStep(state.config, state.registry, this.host(), { init: false, level: "pvm" });
        this.tickState = { tag: "eval", config, registry };
      }
    }
  }

  /** The stuck state an exception of a tick makes; exceptions that are not the guest's go on. */
  private stuckBy(error: unknown): StuckError {
    const guest = guestError(error);
    if (guest === null) throw error;
    if (!guest.known) return unknownError(guest.raw);
    switch (this.tickState.tag) {
      case "decode":
        return { tag: "decode_error", error: interpreterError(guest) };
      case "link":
        return linkError(guest.raw);
      case "init":
        return { tag: "init_error", error: interpreterError(guest) };
      case "eval":
        return { tag: "eval_error", error: interpreterError(guest) };
      default:
        return unknownError(guest.raw);
    }
  }

  /** Counters and flags after a step: pvm.md §1.5, in its order. */
  private afterStep(status: StepStatus): void {
    this.currentTick += 1n;
    if (status === "running") return;
    if (status === "failing") {
      this.rebootCounter = this.maxReboots + 1n;
      return;
    }
    this.lastTopLevelCall = this.currentTick;
    this.rebootCounter = status === "reboot" ? this.rebootCounter - 1n : this.maxReboots + 1n;
    const { durable } = this;
    if (status === "yielding") durable.deleteTree(keys.TOO_MANY_REBOOT_FLAG);
    if (status === "forcing_yield") durable.writeValue(keys.TOO_MANY_REBOOT_FLAG, 0, EMPTY);
    if (status === "reboot") durable.deleteTree(keys.REBOOT_FLAG);
    else durable.writeValue(keys.REBOOT_FLAG, 0, EMPTY);
    durable.deleteTree(keys.REBOOT_COUNTER);
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setInt32(0, Number(BigInt.asIntN(32, this.rebootCounter)), true);
    durable.writeValue(keys.REBOOT_COUNTER, 0, counter);
    if (status !== "reboot") this.buffers = { ...this.buffers, input: LazyVector.empty() };
  }

  /**
   * Does at most `budget` ticks of the present phase at once; gives the ticks done, which the caller counts, 0 when the next one must be a
   * step of its own. The budget must end before the top-level call does.
   */
  runPhase(budget: number): number {
    const state = this.tickState;
    if (state.tag === "eval") {
      const { config, registry, ticks } = this.#evaluation.run(state, this.host(), budget);
      if (ticks > 0) this.tickState = { tag: "eval", config, registry };
      return ticks;
    }
    if (state.tag === "init") {
      const rules: InitRules = { level: "pvm", stackLimit: stackLimit(this.version()) };
      const done = initMany(state.init, this.host(), rules, budget);
      if (done.ticks > 0) this.tickState = { tag: "init", init: done.state };
      return done.ticks;
    }
    if (state.tag === "decode") {
      const done = decodeMany(state.decode, this.kernel(), budget, "pvm");
      if (done.ticks > 0) this.tickState = { tag: "decode", decode: done.state };
      return done.ticks;
    }
    return 0;
  }

  /** Gives the machine an inbox message (its bytes with header): one tick, whether the machine waits for it or not. */
  setInput(info: InputInfo, message: Uint8Array): void {
    try {
      this.takeInput(info, message);
    } catch (error) {
      this.tickState = { tag: "stuck", error: this.stuckBy(error) };
    }
    this.currentTick += 1n;
    this.lastInput = info;
  }

  private takeInput(info: InputInfo, message: Uint8Array): void {
    const tag = this.tickState.tag;
    if (tag === "stuck") return;
    if (tag !== "collect") {
      const during = PHASE_NAMES[tag];
      this.tickState = { tag: "stuck", error: invalidState(`No input required during ${during}`) };
      return;
    }
    const { level, counter } = info;
    this.buffers = {
      ...this.buffers,
      input: enqueue(this.buffers.input, { level, counter, payload: message.slice() }),
    };
    const kind = inputKind(message);
    if (kind.tag === "end_of_level") this.tickState = PADDING;
    else if (kind.tag === "start_of_level") {
      this.buffers = { ...this.buffers, output: startLevel(this.buffers.output, info.level) };
    } else if (kind.tag === "protocol_migration") this.migrate(kind.version);
  }

  /** Changes the version as a protocol migration does. */
  migrate(version: PvmVersion): void {
    this.durable.setValue(keys.VERSION, Buffer.from(version, "latin1"));
    this.#version = null;
    this.#host = null;
    const migration = migrationTo(version);
    if (migration === null) return;
    this.maxTicks = migration.maxTicks;
    const output = { ...this.buffers.output, validityPeriod: migration.outboxValidityPeriod };
    this.buffers = { ...this.buffers, output };
  }

  /** Answers a reveal: one tick. Throws `RevealEscape` where the reference raises out of the machine. */
  reveal(payload: Uint8Array): void {
    const state = this.tickState;
    if (state.tag === "eval") {
      const { config, registry } = revealStep(state.config, state.registry, payload);
      this.tickState = { tag: "eval", config, registry };
    } else if (state.tag !== "stuck" && state.tag !== "padding") {
      const during = state.tag === "collect" ? "collecting" : PHASE_NAMES[state.tag];
      this.tickState = { tag: "stuck", error: invalidState(`No reveal expected during ${during}`) };
    }
    this.currentTick += 1n;
  }
}

const PHASE_NAMES = {
  snapshot: "start",
  decode: "decoding",
  link: "link",
  init: "initialization",
  eval: "evaluation",
  padding: "padding",
} as const;
