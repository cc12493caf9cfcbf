// A node's metrics filled from the node (node.md §8; reference: metrics.ml and where it is called): what it has is looked up when Prometheus
// asks, what passes is noted as it passes. Those of the DAL's queues stay at zero: nothing is published there.

import { performance } from "node:perf_hooks";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { isJsonObject } from "../../encoding/json.js";
import { playerOf } from "../../protocol/game.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import type { BatcherEvent } from "../batcher/batcher.js";
import { modeName } from "../config/modes.js";
import { nodeEvents } from "../events/node-events.js";
import { describeError } from "../events/trace.js";
import type { Emit, NodeEvent } from "../events.js";
import type { L2Block } from "../l2-block.js";
import type { RunningNode } from "../start-node.js";
import type { HistoryMode } from "../store/store.js";
import { Metrics } from "./metrics.js";
import type { InjectorMetric, NodeMetric } from "./names.js";
import { type PerformanceMetric, samplePerformance } from "./performance.js";

export interface NodeMetricsOptions {
  readonly version: string;
  /** What the program was built from, if that is known. */
  readonly commit?: { readonly hash: string; readonly date: string };
  readonly emit: Emit;
  /** Process whose load is sampled; absent: there are no metrics of it. */
  readonly pid?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds between two samples of the machine's load. */
const SAMPLE_EVERY_MS = 10_000;
/** Levels between two looks at the signers' balances. */
const BALANCES_EVERY = 5;
const MUTEZ_PER_TEZ = 1_000_000;

/** Octez's words. */
const UNKNOWN_COMMIT = { hash: "unknown", date: "not-available" } as const;

const STATE = { ours: 0, theirs: 1, timeout: -1 } as const;

interface KnownGame {
  readonly opponent: PublicKeyHash;
  readonly startLevel: number;
}

export class NodeMetrics {
  readonly #metrics: Metrics;
  readonly #options: NodeMetricsOptions;
  readonly #started = performance.now();
  #node: RunningNode | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void)[] = [];
  /** Of the head that is being processed. */
  #head: { readonly started: number; fetched?: number } | undefined;
  #gcStarted: number | undefined;
  #batches: { readonly started: number; cut?: number } | undefined;
  #games: readonly KnownGame[] = [];

  constructor(options: NodeMetricsOptions) {
    this.#options = options;
    const { commit = UNKNOWN_COMMIT } = options;
    this.#metrics = new Metrics(options.pid !== undefined);
    this.#metrics.describe("octez_sc_rollup_node_node_info", {
      version: options.version,
      commit_hash: commit.hash,
      commit_date: commit.date,
    });
    for (const kind of ["immutable", "mutable"]) this.#set("riscv_states", 0, { kind });
  }

  /** The node runs. Raises StoreError. */
  async attach(node: RunningNode, historyMode: HistoryMode): Promise<void> {
    this.#node = node;
    const { config, genesis, rollup, store } = node.context;
    this.#metrics.describe("octez_sc_rollup_node_rollup_node_info", {
      rollup_address: rollup,
      mode: modeName(config.mode),
      genesis_level: String(genesis.level),
      genesis_hash: encodeBase58Check("commitmentHash", genesis.commitmentHash),
      pvm_kind: "wasm_2_0_0",
      history_mode: historyMode,
    });
    this.#set("genesis_level", genesis.level);
    const { head } = await store.state();
    if (head !== undefined) this.#set("inbox_level", head.level);
    this.#unsubscribe = [
      node.context.onHead((block) => this.#onHead(block)),
      ...(node.games === undefined ? [] : [node.games.onLevel(() => this.#trying(() => this.#lookAtGames()))]),
    ];
    if (this.#options.pid !== undefined) this.#sampleForEver(this.#options.pid, node.context.dataDir);
    this.#trying(() => this.#lookAtBalances());
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#node = undefined;
  }

  /** Text format 0.0.4, as things stand. */
  async text(): Promise<string> {
    if (this.#node !== undefined) await this.#lookAtNode(this.#node);
    return this.#metrics.text();
  }

  #set(name: NodeMetric, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.#metrics.set(`octez_sc_rollup_node_${name}`, value, labels);
  }

  #setInjector(name: InjectorMetric, value: number, labels: Readonly<Record<string, string>>): void {
    this.#metrics.set(`octez_injector_${name}`, value, labels);
  }

  /** Metrics stop nobody. */
  #trying(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (this.#node !== undefined) this.#options.emit(nodeEvents.metricsError({ error: describeError(error).text }));
    });
  }

  // ---- What passes

  /** Hears of every event that the node tells. */
  hear({ name }: NodeEvent): void {
    const now = performance.now();
    switch (name) {
      case "smart_rollup_node_daemon_process_head":
        this.#head = { started: now };
        return;
      case "smart_rollup_node_layer_1_get_messages":
        if (this.#head !== undefined) this.#head.fetched = now;
        return;
      case "smart_rollup_node_daemon_new_head_processed":
        this.#onProcessed(now);
        return;
      case "calling_gc":
        this.#gcStarted = now;
        return;
      case "gc_finished":
        if (this.#gcStarted !== undefined) this.#set("gc_process_time", (now - this.#gcStarted) / 1000);
        return;
    }
  }

  #onProcessed(now: number): void {
    if (this.#head === undefined) return;
    const { started, fetched = started } = this.#head;
    this.#head = undefined;
    this.#set("inbox_fetch_time", (fetched - started) / 1000);
    this.#set("inbox_process_time", (now - fetched) / 1000);
    this.#set("inbox_total_time", (now - started) / 1000);
  }

  /** Hears of what the batcher does. */
  hearBatcher(event: BatcherEvent): void {
    const now = performance.now();
    switch (event.name) {
      case "cutting":
        this.#batches = { started: now };
        return;
      case "cut":
        if (this.#batches === undefined) return;
        this.#batches.cut = now;
        this.#set("batcher_message_queue_size", event.left);
        this.#set("batcher_messages_size", event.messages);
        this.#set("batcher_batches_size", event.batches);
        this.#set("batcher_get_time", (now - this.#batches.started) / 1000);
        if (event.batches === 0) return;
        this.#set("batcher_last_batch_time", this.#options.now() / 1000);
        this.#set("batcher_last_batch_level", this.#node?.daemon.progress.processedLevel ?? 0);
        return;
      case "batched":
        if (this.#batches?.cut !== undefined) this.#set("batcher_inject_time", (now - this.#batches.cut) / 1000);
        return;
    }
  }

  #onHead(block: L2Block): void {
    this.#set("inbox_level", block.level);
    // A head that was processed before: nothing was fetched.
    if (this.#head === undefined) {
      for (const name of ["inbox_fetch_time", "inbox_process_time", "inbox_total_time"] as const) this.#set(name, 0);
    }
    this.#trying(() => this.#countMessages(block));
    if (block.level % BALANCES_EVERY === 0) this.#trying(() => this.#lookAtBalances());
  }

  async #countMessages({ inboxWitness }: L2Block): Promise<void> {
    const messages = (await this.#node?.context.store.messages(inboxWitness)) ?? [];
    const internal = messages.filter(([first]) => first === 0).length;
    this.#set("inbox_internal_messages_number", internal);
    this.#set("inbox_external_messages_number", messages.length - internal);
  }

  // ---- What there is

  async #lookAtNode({ context, injectors }: RunningNode): Promise<void> {
    const { lcc, lpc, store, protocol } = context;
    const { rollup, dalIsEnabled, json } = protocol.constants;
    const dal = isJsonObject(json["dal_parametric"]) ? json["dal_parametric"] : {};
    const stored = await store.state();
    const first = await store.firstAvailableLevel();
    this.#metrics.describe("octez_sc_rollup_node_protocol", {
      protocol: encodeBase58Check("protocolHash", protocol.hash),
    });
    this.#set("challenge_window", rollup.challengeWindow);
    this.#set("commitment_period", rollup.commitmentPeriod);
    this.#set("dal_enabled", dalIsEnabled ? 1 : 0);
    this.#set("dal_attestation_lag", Number(dal["attestation_lag"] ?? 0));
    this.#set("dal_number_of_slots", Number(dal["number_of_slots"] ?? 0));
    this.#set("lcc_level_l1", lcc.level);
    this.#set("lcc_level_local", stored.lcc?.level ?? lcc.level);
    this.#set("lpc_level_l1", Math.max(context.publishedLevel, lpc?.level ?? 0));
    this.#set("lpc_level_local", lpc?.level ?? 0);
    this.#set("gc_oldest_available_level", first ?? context.genesis.level);
    for (const { tags, index, sizes } of injectors.load()) {
      const labels = { tags: tags.join(", "), index: String(index) };
      this.#setInjector("queue_size", sizes.pending, labels);
      this.#setInjector("injected_size", sizes.injected, labels);
      this.#setInjector("included_size", sizes.included, labels);
    }
    const elapsed = (performance.now() - this.#started) / 1000;
    if (this.#options.pid !== undefined) {
      this.#metrics.count("octez_sc_rollup_node_performance_elapsed_time", elapsed);
    }
  }

  async #lookAtBalances(): Promise<void> {
    if (this.#node === undefined) return;
    const { context, injectors } = this.#node;
    for (const { tags, index, signers } of injectors.load()) {
      for (const pkh of signers) {
        const balance = Number(await context.client.block().balance(pkh)) / MUTEZ_PER_TEZ;
        this.#setInjector("signer_balance", balance, { tags: tags.join(", "), index: String(index), pkh });
      }
    }
  }

  async #lookAtGames(): Promise<void> {
    const { context } = this.#node ?? {};
    const operator = context?.operator;
    if (context === undefined || operator === undefined) return;
    const rollup = context.rollupAt();
    const games = await rollup.games(operator);
    this.#set("number_of_conflicts", games.length);
    const known: KnownGame[] = [];
    for (const { game, alice, bob } of games) {
      const opponent = alice === operator ? bob : alice;
      const labels = { opponent, start_level: String(game.startLevel) };
      known.push({ opponent, startLevel: game.startLevel });
      const isOurTurn = playerOf({ alice, bob }, operator) === game.turn;
      const [timeout, reached] = await Promise.all([
        rollup.timeout(operator, opponent),
        isOurTurn ? undefined : rollup.timeoutReached(operator, opponent),
      ]);
      if (timeout !== undefined) this.#set("block_timeout", timeout[game.turn], labels);
      const state = isOurTurn ? "ours" : reached === undefined ? "theirs" : "timeout";
      this.#set("state_of_refutation_game", STATE[state], labels);
    }
    for (const { opponent, startLevel } of this.#games) {
      const goesOn = known.some((game) => game.opponent === opponent && game.startLevel === startLevel);
      if (!goesOn) this.#metrics.forgetGame(opponent, startLevel);
    }
    this.#games = known;
  }

  #sampleForEver(pid: number, dataDir: string): void {
    this.#trying(async () => {
      const sample = await samplePerformance(pid, dataDir);
      if (this.#node === undefined) return;
      for (const [name, value] of Object.entries(sample)) this.#set(name as PerformanceMetric, value);
      this.#timer = setTimeout(() => this.#sampleForEver(pid, dataDir), SAMPLE_EVERY_MS);
      this.#timer.unref();
    });
  }
}
