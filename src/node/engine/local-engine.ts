// The engine, in place: what the node asks of the machine, on a store of states. It computes synchronously, and waits only for preimages that
// have to be fetched. Reads of states are in state-reads.ts.

import type { TreeNode } from "../../merkle/node.js";
import type { StateHash } from "../../protocol/identifiers.js";
import { outboxMessages } from "../../pvm/buffers.js";
import { KernelMemo } from "../../pvm/kernel-memo.js";
import { proveStep, type StepInput, verifyStep } from "../../pvm/step-proof.js";
import type { PvmVersion } from "../../pvm/versions.js";
import { Checkpoints } from "./checkpoints.js";
import { durableDump, durableLength, durableSubkeys, durableValue, durableValues } from "./durable-reads.js";
import type {
  Engine,
  EngineNews,
  Evaluated,
  Evaluation,
  PhaseSpan,
  PlannedFailure,
  PvmPatch,
  Simulated,
  Simulation,
  Stretch,
  TickProof,
  TickRequest,
  TickView,
} from "./engine.js";
import { EngineError } from "./errors.js";
import { patchedGenesis } from "./patches.js";
import { type RevealRules, type RevealSettings, Reveals } from "./reveals.js";
import { currentLevelOf, insightOf, outboxOf, outputProofOf, statusOfRoot, treeValueOf } from "./state-reads.js";
import type { StateStore } from "./state-store.js";
import { statusOf } from "./status.js";
import { StretchWalk } from "./stretch-walk.js";
import { Walk, type WalkOptions } from "./walk.js";

export interface LocalEngineOptions {
  readonly store: StateStore;
  readonly reveals: RevealSettings;
  readonly onNews?: (news: EngineNews) => void;
  /** States kept for questions about the same stretch. */
  readonly checkpoints?: number;
}

/** Ticks between two news of progress: some tens of milliseconds at least. */
const TICKS_AT_ONCE = 4_000_000n;

export class LocalEngine implements Engine {
  readonly #store: StateStore;
  readonly #onNews: (news: EngineNews) => void;
  readonly #memo = new KernelMemo();
  readonly #checkpoints: Checkpoints;
  readonly #reveals: Reveals;
  #rules: RevealRules;

  constructor(options: LocalEngineOptions) {
    this.#store = options.store;
    this.#onNews = options.onNews ?? (() => undefined);
    this.#checkpoints = new Checkpoints(options.checkpoints);
    this.#rules = options.reveals.rules;
    this.#reveals = new Reveals(options.reveals, (event) => this.#onNews(event));
  }

  async setRevealRules(rules: RevealRules): Promise<void> {
    this.#rules = rules;
    this.#reveals.setRules(rules);
  }

  async close(): Promise<void> {
    this.#store.close();
  }

  // ---- Running

  async genesis(kernel: Uint8Array, version: PvmVersion, patches: readonly PvmPatch[]): Promise<StateHash> {
    return this.#store.save(patchedGenesis(kernel, version, patches));
  }

  async evaluate({ before, level, messages, failures }: Evaluation): Promise<Evaluated> {
    const failed: PlannedFailure[] = [];
    const walk = this.#walk(
      this.#store.open(before),
      { before, levels: [{ level, messages }], ...plan(failures) },
      (failure) => {
        failed.push(failure);
        this.#onNews({ kind: "intended_failure", failure });
      },
    );
    const initialTick = walk.tick;
    await this.#toEnd(walk, this.#reveals, (phase, computed) => {
      this.#onNews({ kind: "progress", level, ticks: walk.tick - initialTick, computed, phase });
    });
    checkAllRead(walk, level, messages.length);
    const root = walk.root();
    const status = statusOf(walk.machine, this.#rules.activation);
    const outbox = outboxMessages(walk.machine.buffers.output, level);
    return { after: this.#store.save(root), ticks: walk.tick - initialTick, initialTick, status, outbox, failed };
  }

  async simulate({ before, level, messages, revealPages, insights }: Simulation): Promise<Simulated> {
    const debug: string[] = [];
    const reveals = this.#reveals.with(revealPages);
    const walk: Walk = new Walk(
      this.#store.open(before),
      [{ level, messages }],
      (request) => reveals.answer(request, walk.machine.lastInput?.level),
      { memo: this.#memo, writeDebug: (text) => debug.push(Buffer.from(text).toString("latin1")) },
    );
    const initialTick = walk.tick;
    await this.#toEnd(walk, reveals);
    const root = walk.root();
    return {
      after: root.hash as StateHash,
      ticks: walk.tick - initialTick,
      status: statusOf(walk.machine, this.#rules.activation),
      outbox: outboxMessages(walk.machine.buffers.output, level),
      insights: insights.map((insight) => insightOf(root, insight)),
      debug,
    };
  }

  // ---- Ticks of a stretch

  async statesAt(stretch: Stretch, ticks: readonly bigint[]): Promise<readonly TickView[]> {
    const views: TickView[] = [];
    const along = this.#along(stretch);
    for (const tick of ticks) {
      if (!(await along.goTo(tick))) break;
      const { machine } = along.walk;
      views.push({ tick, state: machine.hash() as StateHash, phase: machine.tickState.tag });
    }
    return views;
  }

  async prove(stretch: Stretch, tick: bigint): Promise<TickProof> {
    const along = this.#along(stretch);
    if (!(await along.goTo(tick))) {
      throw new EngineError("node.engine.no_such_tick", `the levels end before tick ${tick}`, String(tick));
    }
    const { walk } = along;
    const phase = walk.machine.tickState.tag;
    const { request, input } = await this.#inputOf(walk);
    const { proof, bytes } = proveStep(walk.root(), input);
    // What goes out has been checked as its reader will check it.
    verifyStep(bytes, input);
    return { before: proof.before as StateHash, after: proof.after as StateHash, proof: bytes, phase, request };
  }

  /** What the machine asks for, and gets. */
  async #inputOf(walk: Walk): Promise<{ readonly request: TickRequest; readonly input: StepInput | null }> {
    const { machine } = walk;
    const request = machine.inputRequest();
    if (request.tag === "none") return { request, input: null };
    if (request.tag === "reveal") {
      const level = machine.lastInput?.level;
      const data = this.#reveals.answer(request.request, level) ?? (await this.#reveals.fetch(request.request, level));
      return { request: { tag: "reveal", request: request.request, level, data }, input: { tag: "reveal", data } };
    }
    const next = walk.nextMessage;
    const input: StepInput | null =
      next === undefined
        ? null
        : { tag: "message", info: { level: next.level, counter: next.counter }, payload: next.payload };
    return { request: { tag: "input", after: machine.lastInput }, input };
  }

  async phases(stretch: Stretch): Promise<readonly PhaseSpan[]> {
    const spans: { phase: string; first: bigint; ticks: bigint }[] = [];
    const walk = this.#walk(this.#store.open(stretch.before), stretch, undefined, null);
    const start = walk.tick;
    for (;;) {
      const first = walk.tick - start;
      const phase = walk.machine.tickState.tag;
      const halt = walk.advancePhase();
      if (halt?.tag === "reveal") await this.#reveals.fetch(halt.request, walk.machine.lastInput?.level);
      const ticks = walk.tick - start - first;
      const last = spans.at(-1);
      if (last !== undefined && last.phase === phase) last.ticks += ticks;
      else if (ticks > 0n) spans.push({ phase, first, ticks });
      if (halt?.tag === "end") return spans;
    }
  }

  #along(stretch: Stretch): StretchWalk {
    return new StretchWalk(stretch, {
      checkpoints: this.#checkpoints,
      open: (state) => this.#store.open(state),
      walkFrom: (root) => this.#walk(root, stretch),
      fetch: (request, level) => this.#reveals.fetch(request, level),
    });
  }

  #walk(
    root: TreeNode,
    { levels, failures }: Stretch,
    onFailure?: (failure: PlannedFailure) => void,
    memo: KernelMemo | null = this.#memo,
  ): Walk {
    const options: WalkOptions = {
      ...plan(failures),
      ...(memo === null ? {} : { memo }),
      ...(onFailure === undefined ? {} : { onFailure }),
      writeDebug: (text) => this.#onNews({ kind: "kernel_debug", text: Buffer.from(text).toString("latin1") }),
    };
    const walk: Walk = new Walk(
      root,
      levels,
      (request) => this.#reveals.answer(request, walk.machine.lastInput?.level),
      options,
    );
    return walk;
  }

  async #toEnd(walk: Walk, reveals: Reveals, onProgress?: (phase: string, computed: bigint) => void): Promise<void> {
    let computed = 0n;
    for (;;) {
      const first = walk.tick;
      const isJump = walk.machine.tickState.tag === "padding";
      const halt = walk.advance(first + ticksAtOnce(walk));
      if (halt.tag === "end") return;
      if (halt.tag === "reveal") await reveals.fetch(halt.request, walk.machine.lastInput?.level);
      if (!isJump) computed += walk.tick - first;
      onProgress?.(walk.machine.tickState.tag, computed);
    }
  }

  // ---- Reading states

  async treeValue(state: StateHash, key: readonly string[]): Promise<Uint8Array | null> {
    return treeValueOf(this.#store.open(state), key);
  }

  async durableValue(state: StateHash, key: string): Promise<Uint8Array | null> {
    return durableValue(this.#store.open(state), key);
  }

  async durableLength(state: StateHash, key: string): Promise<bigint | null> {
    return durableLength(this.#store.open(state), key);
  }

  async durableSubkeys(state: StateHash, key: string): Promise<readonly string[]> {
    return durableSubkeys(this.#store.open(state), key);
  }

  async durableValues(
    state: StateHash,
    key: string,
  ): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    return durableValues(this.#store.open(state), key);
  }

  async durableDump(state: StateHash): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    return durableDump(this.#store.open(state));
  }

  async currentLevel(state: StateHash): Promise<number | null> {
    return currentLevelOf(this.#store.open(state));
  }

  async status(state: StateHash): Promise<string> {
    return statusOfRoot(this.#store.open(state), this.#rules.activation);
  }

  async outbox(state: StateHash, outboxLevel: number): Promise<readonly Uint8Array[]> {
    return outboxOf(this.#store.open(state), outboxLevel);
  }

  async proveOutput(state: StateHash, outboxLevel: number, index: number): Promise<Uint8Array> {
    return outputProofOf(this.#store.open(state), outboxLevel, index);
  }
}

function plan(failures: readonly PlannedFailure[] | undefined): { readonly failures?: readonly PlannedFailure[] } {
  return failures === undefined || failures.length === 0 ? {} : { failures };
}

/** Padding is jumped over, and a level's may be 5 * 10^13 ticks long. */
function ticksAtOnce({ machine }: Walk): bigint {
  return machine.tickState.tag === "padding" ? machine.ticksToSnapshot() + 1n : TICKS_AT_ONCE;
}

/** The machine is to have read the whole level: one that has not was given messages that are not the next ones. */
function checkAllRead(walk: Walk, level: number, count: number): void {
  const last = walk.machine.lastInput;
  if (last?.level === level && last.counter === BigInt(count - 1)) return;
  throw new EngineError(
    "node.engine.inconsistent",
    `the machine did not read level ${level} to its end`,
    String(level),
  );
}
