/**
 * A machine driven over the inboxes of a rollup: fed level by level whenever it asks, its reveals answered, stopped at any tick. What
 * the command line, the debugger and the tests share; which steps of a walk are chosen is `stops.ts`.
 *
 * It feeds a message only when the machine asks for one, which is the behaviour that proofs can show.
 */
import { toHex } from "../encoding/hex.js";
import { type BootParameters, genesis } from "./genesis.js";
import { Machine, type MachineOptions } from "./machine.js";
import { type RevealSource, run } from "./run.js";
import type { TickState } from "./state.js";
import { proveStep, type StepInput, type StepProof } from "./step-proof.js";
import { printStuck } from "./stuck.js";
import type { PvmVersion } from "./versions.js";

/** The messages of a level, from its start to its end: a message's counter is its index. */
export interface SessionLevel {
  readonly level: number;
  readonly messages: readonly Uint8Array[];
}

/** What the machine reads. */
export interface SessionInputs {
  /** By increasing level. */
  readonly inboxes: readonly SessionLevel[];
  /** Answers to reveals: request in lower-case hex → data. */
  readonly reveals: ReadonlyMap<string, Uint8Array>;
}

export interface SessionOptions extends MachineOptions {
  /** No shortcuts but over padding. */
  readonly singleSteps?: boolean;
}

/** The phases of a machine: its tick states. */
export type Phase = TickState["tag"];

export const PHASES: readonly Phase[] = ["collect", "padding", "snapshot", "decode", "link", "init", "eval", "stuck"];

/** Some ticks in a row, all of one phase. */
export interface Span {
  readonly phase: Phase;
  /** Tick of the first state. */
  readonly first: bigint;
  readonly ticks: bigint;
}

export type SessionStatus =
  | { readonly tag: "running" }
  | { readonly tag: "waiting_for_input" }
  | { readonly tag: "waiting_for_reveal"; readonly request: Uint8Array }
  /** `text` as in `printStuck`. A stuck machine may still recover, or read on without effect. */
  | { readonly tag: "stuck"; readonly text: string };

/** Computing ticks between two returns of `advance`: some tens of milliseconds at least, so that progress can be shown. */
const TICKS_AT_ONCE = 2_000_000n;

export class Session {
  readonly machine: Machine;
  readonly #inputs: SessionInputs;
  readonly #singleSteps: boolean;
  readonly #reveal: RevealSource;
  readonly #ticks = new Map<Phase, bigint>(PHASES.map((phase) => [phase, 0n]));
  #inbox = 0;
  #message = 0;

  /** Goes on from the state of a machine that has read nothing of `inputs` yet. */
  constructor(machine: Machine, inputs: SessionInputs, options: SessionOptions = {}) {
    this.machine = machine;
    this.#inputs = inputs;
    this.#singleSteps = options.singleSteps === true;
    this.#reveal = (request) => inputs.reveals.get(toHex(request)) ?? null;
    this.skipEmptyInboxes();
  }

  /** Starts at tick 0 of a kernel. */
  static start(
    kernel: Uint8Array,
    version: PvmVersion,
    parameters: BootParameters,
    inputs: SessionInputs,
    options: SessionOptions = {},
  ): Session {
    return new Session(Machine.of(genesis(kernel, version, parameters), options), inputs, options);
  }

  get tick(): bigint {
    return this.machine.currentTick;
  }

  /** The phase of the present state. */
  get phase(): Phase {
    return this.machine.tickState.tag;
  }

  /** Level of the last message read; null before the first. */
  get level(): number | null {
    return this.machine.lastInput?.level ?? null;
  }

  /** Ticks done in each phase. */
  get ticksByPhase(): ReadonlyMap<Phase, bigint> {
    return this.#ticks;
  }

  /** Inboxes of which the machine has read everything. */
  get inboxesRead(): number {
    return this.#inbox;
  }

  /** What the next step is given: null when the machine asks for nothing, or for something that the inputs do not have. */
  nextInput(): StepInput | null {
    const request = this.machine.inputRequest();
    if (request.tag === "none") return null;
    if (request.tag === "input") return this.nextMessage();
    const data = this.#reveal(request.request);
    return data === null ? null : { tag: "reveal", data };
  }

  /** Whether the machine asks for something that the inputs do not have: there is no next step. */
  get isOver(): boolean {
    return this.machine.inputRequest().tag !== "none" && this.nextInput() === null;
  }

  status(): SessionStatus {
    const state = this.machine.tickState;
    if (state.tag === "stuck") return { tag: "stuck", text: printStuck(state.error) };
    const request = this.machine.inputRequest();
    if (request.tag === "input") return { tag: "waiting_for_input" };
    if (request.tag === "reveal") return { tag: "waiting_for_reveal", request: request.request };
    return { tag: "running" };
  }

  /**
   * Goes on in the present phase: to its end, to the tick `limit`, or for a while (`TICKS_AT_ONCE`), whichever comes first. Gives what
   * was done; null when there is no next step, or at the limit already.
   */
  advance(limit: bigint | null = null): Span | null {
    const phase = this.phase;
    const first = this.tick;
    if (limit !== null && first >= limit) return null;
    if (this.machine.inputRequest().tag === "input") this.feed(phase, limit);
    else this.compute(phase, limit);
    const ticks = this.tick - first;
    if (ticks === 0n) return null;
    this.#ticks.set(phase, (this.#ticks.get(phase) ?? 0n) + ticks);
    return { phase, first, ticks };
  }

  /** Goes to a tick not behind; false when the run ends before it. `onProgress` is called now and then. */
  goTo(tick: bigint, onProgress?: () => void): boolean {
    if (tick < this.tick) throw new RangeError(`tick ${tick} is behind tick ${this.tick}`);
    while (this.tick < tick) {
      if (this.advance(tick) === null) return false;
      onProgress?.();
    }
    return true;
  }

  /** Goes on until there is no next step. */
  goToEnd(onProgress?: () => void): void {
    while (this.advance() !== null) onProgress?.();
  }

  /** The proof of the next step; at the end of the run, of the step that is given no input. */
  prove(): StepProof {
    return proveStep(this.machine.root(), this.nextInput());
  }

  private nextMessage(): Extract<StepInput, { tag: "message" }> | null {
    const inbox = this.#inputs.inboxes[this.#inbox];
    const payload = inbox?.messages[this.#message];
    if (inbox === undefined || payload === undefined) return null;
    return { tag: "message", info: { level: inbox.level, counter: BigInt(this.#message) }, payload };
  }

  private feed(phase: Phase, limit: bigint | null): void {
    while (this.phase === phase && (limit === null || this.tick < limit)) {
      if (this.machine.inputRequest().tag !== "input") return;
      const message = this.nextMessage();
      if (message === null) return;
      this.machine.setInput(message.info, message.payload);
      this.#message += 1;
      this.skipEmptyInboxes();
    }
  }

  private skipEmptyInboxes(): void {
    const { inboxes } = this.#inputs;
    while (this.#inbox < inboxes.length && this.#message >= (inboxes[this.#inbox]?.messages.length ?? 0)) {
      this.#inbox += 1;
      this.#message = 0;
    }
  }

  private compute(phase: Phase, limit: bigint | null): void {
    // Padding is jumped over, and a level's may be 5 * 10^13 ticks long.
    const most = phase === "padding" ? this.machine.ticksToSnapshot() + 1n : TICKS_AT_ONCE;
    const left = limit === null ? most : limit - this.tick;
    const options = { reveal: this.#reveal, singleSteps: this.#singleSteps, stopAtPhaseEnd: true };
    run(this.machine, left < most ? left : most, options);
  }
}
