// An engine that reads in one place and computes in another: what may run for long (ticks, proofs, simulations) has an engine of its own, opened when
// it is first asked for, so that reads of states never wait for it.

import type { StateHash } from "../../protocol/identifiers.js";
import type { PvmVersion } from "../../pvm/versions.js";
import type {
  Engine,
  Evaluated,
  Evaluation,
  PhaseSpan,
  PvmPatch,
  Simulated,
  Simulation,
  Stretch,
  TickProof,
  TickView,
} from "./engine.js";
import { EngineError } from "./errors.js";
import type { RevealRules } from "./reveals.js";

export class SplitEngine implements Engine {
  readonly #reads: Engine;
  readonly #openLong: () => Promise<Engine>;
  #long: Promise<Engine> | undefined;
  #rules: RevealRules | undefined;
  #isClosed = false;

  /** `openLong` opens the other one; again after that has died, or could not be opened. */
  constructor(reads: Engine, openLong: () => Promise<Engine>) {
    this.#reads = reads;
    this.#openLong = openLong;
  }

  async #compute<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new EngineError("node.engine.closed", "the engine is closed", "compute");
    this.#long ??= this.#open();
    const opened = this.#long;
    try {
      return await work(await opened);
    } catch (error) {
      if (error instanceof EngineError && error.code === "node.engine.died" && this.#long === opened) {
        this.#long = undefined;
      }
      throw error;
    }
  }

  #open(): Promise<Engine> {
    const opened = this.#openLong().then(async (engine) => {
      if (this.#rules !== undefined) await engine.setRevealRules(this.#rules);
      return engine;
    });
    opened.catch(() => {
      if (this.#long === opened) this.#long = undefined;
    });
    return opened;
  }

  genesis(kernel: Uint8Array, version: PvmVersion, patches: readonly PvmPatch[]): Promise<StateHash> {
    return this.#compute((engine) => engine.genesis(kernel, version, patches));
  }
  evaluate(evaluation: Evaluation): Promise<Evaluated> {
    return this.#compute((engine) => engine.evaluate(evaluation));
  }
  statesAt(stretch: Stretch, ticks: readonly bigint[]): Promise<readonly TickView[]> {
    return this.#compute((engine) => engine.statesAt(stretch, ticks));
  }
  prove(stretch: Stretch, tick: bigint): Promise<TickProof> {
    return this.#compute((engine) => engine.prove(stretch, tick));
  }
  phases(stretch: Stretch): Promise<readonly PhaseSpan[]> {
    return this.#compute((engine) => engine.phases(stretch));
  }
  simulate(simulation: Simulation): Promise<Simulated> {
    return this.#compute((engine) => engine.simulate(simulation));
  }
  treeValue(state: StateHash, key: readonly string[]): Promise<Uint8Array | null> {
    return this.#reads.treeValue(state, key);
  }
  durableValue(state: StateHash, key: string): Promise<Uint8Array | null> {
    return this.#reads.durableValue(state, key);
  }
  durableLength(state: StateHash, key: string): Promise<bigint | null> {
    return this.#reads.durableLength(state, key);
  }
  durableSubkeys(state: StateHash, key: string): Promise<readonly string[]> {
    return this.#reads.durableSubkeys(state, key);
  }
  durableValues(state: StateHash, key: string): ReturnType<Engine["durableValues"]> {
    return this.#reads.durableValues(state, key);
  }
  durableDump(state: StateHash): ReturnType<Engine["durableDump"]> {
    return this.#compute((engine) => engine.durableDump(state));
  }
  currentLevel(state: StateHash): Promise<number | null> {
    return this.#reads.currentLevel(state);
  }
  status(state: StateHash): Promise<string> {
    return this.#reads.status(state);
  }
  outbox(state: StateHash, outboxLevel: number): Promise<readonly Uint8Array[]> {
    return this.#reads.outbox(state, outboxLevel);
  }
  proveOutput(state: StateHash, outboxLevel: number, index: number): Promise<Uint8Array> {
    return this.#reads.proveOutput(state, outboxLevel, index);
  }

  /** Does not wait for what is being computed: what is asked for later goes by the new rules. */
  async setRevealRules(rules: RevealRules): Promise<void> {
    this.#rules = rules;
    this.#long?.then((engine) => engine.setRevealRules(rules)).catch(() => undefined); // a dead one is opened anew, with them
    await this.#reads.setRevealRules(rules);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const long = await this.#long?.catch(() => undefined);
    await Promise.all([this.#reads.close(), long?.close()]);
  }
}
