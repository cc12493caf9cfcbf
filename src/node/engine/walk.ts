// A machine walked over the levels of a stretch: fed message by message as it asks, its reveals answered, stopped at any tick. Where a failure
// is planned (loser mode, node.md §3.9; reference: fueled_pvm.ml), the payload of a message is replaced, or the state is marked from the
// tick after the message on: the mark is nothing that the machine reads, so the ticks stay the same and only the hashes differ.

import type { TreeNode } from "../../merkle/node.js";
import { Tree } from "../../merkle/tree.js";
import type { KernelMemo } from "../../pvm/kernel-memo.js";
import { type InputRequest, Machine } from "../../pvm/machine.js";
import { type RevealSource, type RunOptions, run } from "../../pvm/run.js";
import type { LevelInput, PlannedFailure } from "./engine.js";
import { EngineError } from "./errors.js";

/** What replaces the payload of a message that is to fail: an external message. */
const SPOILED_PAYLOAD = Buffer.from("\u0001to the cheater we promise pain and misery", "latin1");

export interface WalkOptions {
  readonly failures?: readonly PlannedFailure[];
  readonly memo?: KernelMemo;
  readonly writeDebug?: (text: Uint8Array) => void;
  readonly onFailure?: (failure: PlannedFailure) => void;
}

/** Why a walk stands. */
export type Halt =
  /** At the tick that was asked for. */
  | { readonly tag: "tick" }
  /** At the end: the machine asks for a message after the last of the stretch. */
  | { readonly tag: "end" }
  /** At a reveal that nobody answers. */
  | { readonly tag: "reveal"; readonly request: Uint8Array };

/** Told on the way, while the machine stands there. */
export interface WalkHooks {
  /** A message was fed. */
  readonly onMessage?: () => void;
  /** An evaluation is over, and padding begins. */
  readonly onPadding?: () => void;
}

const AT_TICK: Halt = { tag: "tick" };
const AT_END: Halt = { tag: "end" };
/** More ticks than any stretch has. */
const UNBOUNDED = 1n << 80n;

export class Walk {
  readonly #levels: readonly LevelInput[];
  readonly #options: WalkOptions;
  #machine: Machine;
  #reveal: RevealSource;
  /** The level and message that are next. */
  #level = 0;
  #message = 0;
  /** A mark that the state gets as soon as the machine goes on. */
  #mark: PlannedFailure | null = null;

  constructor(root: TreeNode, levels: readonly LevelInput[], reveal: RevealSource, options: WalkOptions = {}) {
    this.#levels = levels;
    this.#options = options;
    this.#reveal = reveal;
    this.#machine = this.#load(root);
    this.#seek();
  }

  get machine(): Machine {
    return this.#machine;
  }

  get tick(): bigint {
    return this.#machine.currentTick;
  }

  /** The message that the machine gets when it asks for one; undefined at the end. */
  get nextMessage(): { readonly level: number; readonly counter: bigint; readonly payload: Uint8Array } | undefined {
    const level = this.#levels[this.#level];
    const payload = level?.messages[this.#message];
    if (level === undefined || payload === undefined) return undefined;
    const spoiled = this.#failureHere(level.level)?.messageTick === 0n;
    return { level: level.level, counter: BigInt(this.#message), payload: spoiled ? SPOILED_PAYLOAD : payload };
  }

  /** Goes to a tick of the machine, or as far as it can. */
  advance(tick: bigint | null = null, hooks: WalkHooks = {}): Halt {
    for (;;) {
      if (tick !== null && this.tick >= tick) return AT_TICK;
      const request = this.#machine.inputRequest();
      if (request.tag === "input") {
        if (!this.#feed()) return AT_END;
        hooks.onMessage?.();
      } else {
        const wasPadding = this.#machine.tickState.tag === "padding";
        const halt = this.#compute(request, tick, { stopAtPadding: hooks.onPadding !== undefined });
        if (halt !== null) return halt;
        if (!wasPadding && this.#machine.tickState.tag === "padding") hooks.onPadding?.();
      }
    }
  }

  /** Goes on in the present phase, by a message or to its end; gives why there is no going on, or null. */
  advancePhase(): Halt | null {
    const request = this.#machine.inputRequest();
    if (request.tag === "input") return this.#feed() ? null : AT_END;
    return this.#compute(request, null, { stopAtPhaseEnd: true });
  }

  /** The state, as a tree that later ticks do not change. */
  root(): TreeNode {
    return this.#machine.root();
  }

  #load(root: TreeNode): Machine {
    const { writeDebug } = this.#options;
    return Machine.of(root, writeDebug === undefined ? {} : { writeDebug });
  }

  /** Finds the message after the machine's last one. */
  #seek(): void {
    const last = this.#machine.lastInput;
    if (last === null) return;
    while (this.#level < this.#levels.length) {
      const level = this.#levels[this.#level] as LevelInput; // in bounds
      if (level.level > last.level) break;
      if (level.level === last.level) this.#message = Number(last.counter) + 1;
      if (level.level === last.level && this.#message < level.messages.length) break;
      this.#nextLevel();
    }
    // In the evaluation of a failing message: the mark is on the state already, or comes with the next tick.
    if (this.#machine.inputRequest().tag === "input") return;
    const failure = this.#plannedAt(last.level, Number(last.counter));
    if (failure !== undefined && failure.messageTick > 0n && !this.#isMarked()) this.#mark = failure;
  }

  #isMarked(): boolean {
    return new Tree(this.#machine.root()).has(["failures"]);
  }

  #nextLevel(): void {
    this.#level++;
    this.#message = 0;
  }

  #plannedAt(level: number, messageIndex: number): PlannedFailure | undefined {
    return this.#options.failures?.find((failure) => failure.level === level && failure.messageIndex === messageIndex);
  }

  #failureHere(level: number): PlannedFailure | undefined {
    return this.#plannedAt(level, this.#message);
  }

  #feed(): boolean {
    const next = this.nextMessage;
    if (next === undefined) return false;
    const failure = this.#failureHere(next.level);
    this.#machine.setInput({ level: next.level, counter: next.counter }, next.payload);
    if (failure?.messageTick === 0n) this.#options.onFailure?.(failure);
    // A message that leaves the machine asking for the next one has no evaluation to fail in.
    else if (failure !== undefined && this.#machine.inputRequest().tag !== "input") this.#mark = failure;
    this.#message++;
    if (this.#message >= (this.#levels[this.#level]?.messages.length ?? 0)) this.#nextLevel();
    return true;
  }

  #settleMark(): void {
    if (this.#mark === null) return;
    this.#options.onFailure?.(this.#mark);
    this.#mark = null;
    const tree = new Tree(this.#machine.root());
    tree.add(["failures", String(tree.length(["failures"]))], new Uint8Array(0));
    this.#machine = this.#load(tree.root);
  }

  #compute(
    request: InputRequest,
    tick: bigint | null,
    stops: Pick<RunOptions, "stopAtPhaseEnd" | "stopAtPadding">,
  ): Halt | null {
    this.#settleMark();
    const { memo } = this.#options;
    const left = tick === null ? UNBOUNDED : tick - this.tick;
    const before = this.tick;
    run(this.#machine, left, {
      reveal: this.#reveal,
      ...stops,
      ...(memo === undefined ? {} : { memo }),
    });
    if (this.tick !== before) return null;
    if (request.tag === "reveal") return { tag: "reveal", request: request.request };
    throw new EngineError("node.engine.inconsistent", "the machine does not go on", String(this.tick));
  }
}
