// Plays a scenario: an honest node and its liars, from the rollup's origination until all games are over. Gives what is to be judged.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { revealHash } from "../../../src/protocol/reveal.js";
import type { Account } from "../../l1/sandbox/chain.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { sharedPath } from "../../shared-root.js";
import { Arena, bootstrap, freePort, type PlayerOptions } from "./arena.js";
import { DAL_PARAMETERS_KERNEL } from "./kernels.js";
import type { PlayedMove } from "./moves.js";
import type { NodeProcess, ToldEvent } from "./node-process.js";
import type { Scenario } from "./scenarios.js";

/** A dissection that the honest node computed. */
export interface PlayedDissection {
  readonly opponent: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly ticks: readonly bigint[];
}

export interface Outcome {
  readonly dissections: readonly PlayedDissection[];
  /** Of all games, those of liars against each other too, as layer 1 has them. */
  readonly moves: readonly PlayedMove[];
  /** Addresses. */
  readonly honest: string;
  readonly liars: readonly string[];
  /** Conflicts that the honest node told of, by opponent. */
  readonly conflicts: readonly string[];
  /** Timeouts it told of. */
  readonly timeouts: readonly string[];
  /** Hashes of commitments it published, and of those of its own that were in a conflict. */
  readonly published: readonly string[];
  readonly contested: readonly string[];
  /** Mutez; before the first stake and at the end. */
  readonly honestBond: bigint;
  readonly honestGain: bigint;
  readonly liarBonds: readonly bigint[];
  readonly liarLosses: readonly bigint[];
  /** Whether a liar has a bond where nobody can contest it (`Arena.isAdrift`). */
  readonly areAdrift: readonly boolean[];
  /** How the liars' processes ended. */
  readonly liarEnds: readonly (number | string)[];
  /** Whether the honest node answers its RPC at the end; in degraded mode too. */
  readonly answers: boolean;
  readonly wasDegraded: boolean;
  /** How often the honest node was killed. */
  readonly kills: number;
  /** Of the last block. */
  readonly level: number;
  /** Exit code of a honest node that bailed out. */
  readonly bailout?: number | string;
  readonly bondAfterBailout?: bigint;
}

const LAST_LEVEL = 200;
const HONEST = bootstrap(1);
const SENDER = bootstrap(5);
const MESSAGES_A_LEVEL = 5;
const CHALLENGE_WINDOW = 10;
export const ECHO = "vectors/kernels/echo.wasm";

export const CONSTANTS = {
  smart_rollup_commitment_period_in_blocks: 10,
  smart_rollup_challenge_window_in_blocks: CHALLENGE_WINDOW,
  smart_rollup_timeout_period_in_blocks: 60,
};

export interface PlayOptions {
  readonly program: string;
  readonly folder: string;
}

export async function play(scenario: Scenario, { program, folder }: PlayOptions): Promise<Outcome> {
  const arena = await Arena.open({
    program,
    folder: join(folder, scenario.name),
    constants: { ...CONSTANTS, smart_rollup_timeout_period_in_blocks: scenario.timeout ?? 60 },
    kernel: kernelOf(scenario),
  });
  try {
    return await new Play(arena, scenario).run();
  } catch (error) {
    throw new Error(
      `${scenario.name}: ${error instanceof Error ? error.message : String(error)}\n${arena.describe()}`,
      {
        cause: error,
      },
    );
  } finally {
    await arena.close();
  }
}

function kernelOf({ kernel }: Scenario): Uint8Array {
  if (kernel === undefined) return new Uint8Array(readFileSync(sharedPath(ECHO)));
  return assemble(kernel === "reveal" ? "reveal" : DAL_PARAMETERS_KERNEL);
}

class Play {
  readonly #arena: Arena;
  readonly #scenario: Scenario;
  readonly #liars: readonly Account[];
  readonly #told: ToldEvent[] = [];
  #hasPlayed = false;
  #hasStopped = false;
  #hasAsked = false;
  /** Events since the conflict, or the last kill after it. */
  #events = 0;
  #kills = 0;
  #revival: Promise<void> = Promise.resolve();
  #revive: () => Promise<void> = () => Promise.resolve();

  constructor(arena: Arena, scenario: Scenario) {
    this.#arena = arena;
    this.#scenario = scenario;
    this.#liars = scenario.liars.map((_, i) => bootstrap(i + 2));
  }

  async run(): Promise<Outcome> {
    const { chain } = this.#arena;
    const wealth = [HONEST, ...this.#liars].map((account) => chain.balance(account));
    const rpcPort = await freePort();
    const { mode = "operator", priority } = this.#scenario;
    const options: PlayerOptions = {
      name: "honest",
      account: HONEST,
      mode,
      pays: priority === "honest",
      rpcPort,
      onEvent: (event) => this.#hear(event),
    };
    let honest = this.#arena.start(options);
    this.#revive = () => {
      honest.kill("SIGKILL");
      return honest.ended.then(() => {
        honest = this.#arena.start(options);
      });
    };
    const liars = this.#scenario.liars.map((loserMode, i) => this.#startLiar(loserMode, i));
    await this.#arena.settle();
    await this.#feed();
    const { restart } = this.#scenario;
    if (restart !== undefined) honest = await this.#restart(honest, options, restart);
    await this.#playOn(liars);
    await this.#revival;
    await this.#arena.settle();
    const conflicts = this.#fieldsOf(CONFLICT) as readonly ConflictFields[];
    const published = this.#fieldsOf("smart_rollup_node_commitment_publish_commitment") as readonly { hash: string }[];
    const gain = (account: Account, i: number): bigint =>
      chain.balance(account) + chain.bonds(account) - (wealth[i] as bigint); // one an account
    const outcome: Outcome = {
      kills: this.#kills,
      dissections: this.#dissections(),
      moves: this.#arena.moves,
      honest: HONEST.address,
      liars: this.#liars.map(({ address }) => address),
      conflicts: conflicts.map(({ other }) => other),
      timeouts: this.#fieldsOf("smart_rollup_node_timeout_detected").map(otherIn),
      published: published.map(({ hash }) => hash),
      contested: conflicts.map(({ our_commitment_hash: hash }) => hash),
      honestBond: chain.bonds(HONEST),
      honestGain: gain(HONEST, 0),
      liarBonds: this.#liars.map((liar) => chain.bonds(liar)),
      liarLosses: this.#liars.map((liar, i) => -gain(liar, i + 1)),
      areAdrift: this.#liars.map((liar) => this.#arena.isAdrift(liar)),
      liarEnds: await Promise.all(liars.map(({ ended }) => ended)),
      answers: await answers(rpcPort),
      wasDegraded: this.#fieldsOf("smart_rollup_node_daemon_degraded_mode").length > 0,
      level: chain.level,
    };
    return restart?.as === "bailout" ? { ...outcome, ...(await this.#bailOut(honest)) } : outcome;
  }

  #hear(event: ToldEvent): void {
    this.#told.push(event);
    const limit = this.#scenario.kills?.[this.#kills];
    if (limit === undefined || this.#fieldsOf(CONFLICT).length === 0 || ++this.#events < limit) return;
    this.#events = 0;
    this.#kills++;
    this.#revival = this.#revive();
  }

  #startLiar(loserMode: string, i: number): NodeProcess {
    const account = this.#liars[i] as Account; // one a loser mode
    const pays = this.#scenario.priority === "liar";
    return this.#arena.start({ name: `liar${i + 1}`, account, mode: "operator", loserMode, pays });
  }

  /** Five messages a level, but for the empty ones. */
  async #feed(): Promise<void> {
    const { chain } = this.#arena;
    for (let left = this.#scenario.inputs; left > 0; ) {
      if (this.#scenario.emptyLevels?.includes(chain.level) !== true) {
        const messages = Array.from({ length: MESSAGES_A_LEVEL }, (_, i) => Buffer.from(`${chain.level} ${i}`));
        this.#arena.send(SENDER, messages);
        left--;
      }
      await this.#bake();
    }
  }

  async #bake(): Promise<void> {
    this.#disturb();
    await this.#arena.bake();
    this.#hasPlayed ||= this.#arena.games(HONEST) > 0;
  }

  /** What goes wrong at its time. */
  #disturb(): void {
    const { badReveal, stopLiarsAfter } = this.#scenario;
    const dissections = this.#fieldsOf(DISSECTION).length;
    const { level } = this.#arena.chain;
    if (stopLiarsAfter !== undefined && dissections >= stopLiarsAfter && !this.#hasStopped) {
      this.#hasStopped = true;
      for (const liar of this.#arena.nodes.slice(1)) liar.kill("SIGKILL");
    }
    if (badReveal === undefined || this.#hasAsked) return;
    if ("level" in badReveal ? level < badReveal.level : dissections < badReveal.dissections) return;
    this.#hasAsked = true;
    this.#arena.send(SENDER, [revealHash(Buffer.from("nobody has this"))]);
  }

  async #restart(
    honest: NodeProcess,
    options: PlayerOptions,
    { blocks, as }: NonNullable<Scenario["restart"]>,
  ): Promise<NodeProcess> {
    const isTold = (): boolean => this.#fieldsOf(CONFLICT).length > 0;
    while (!isTold() && this.#arena.chain.level < LAST_LEVEL) await this.#bake();
    const { level } = this.#arena.chain;
    while (this.#arena.chain.level < level + blocks) await this.#bake();
    honest.kill("SIGTERM");
    await honest.ended;
    const again = this.#arena.start(as === undefined ? options : { ...options, mode: as });
    await this.#arena.settle();
    return again;
  }

  async #playOn(liars: readonly NodeProcess[]): Promise<void> {
    const { chain } = this.#arena;
    const isOver = (): boolean =>
      this.#hasPlayed &&
      this.#arena.games(HONEST) === 0 &&
      this.#liars.every((liar) => chain.bonds(liar) === 0n || this.#arena.isAdrift(liar));
    while (!isOver()) {
      if (chain.level >= LAST_LEVEL) throw new Error("the games are not over");
      await this.#bake();
    }
    // Who does not get to the block in which it has lost does not know it.
    if (this.#scenario.badReveal !== undefined) for (const liar of liars) liar.kill("SIGTERM");
    await this.#arena.until(() => liars.every(({ isRunning }) => !isRunning));
  }

  async #bailOut(honest: NodeProcess): Promise<Pick<Outcome, "bailout" | "bondAfterBailout">> {
    const { chain } = this.#arena;
    await this.#arena.bakeUntil(() => !honest.isRunning, chain.level + 3 * CHALLENGE_WINDOW);
    return { bailout: honest.isRunning ? "still running" : await honest.ended, bondAfterBailout: chain.bonds(HONEST) };
  }

  #fieldsOf(name: string): readonly unknown[] {
    return this.#told.filter((event) => event.name === name).map(({ fields }) => fields);
  }

  #dissections(): readonly PlayedDissection[] {
    return (this.#fieldsOf(DISSECTION) as readonly DissectionFields[]).map((fields) => ({
      opponent: fields.opponent,
      start: BigInt(fields.start_tick),
      end: BigInt(fields.end_tick),
      ticks: fields.dissection.map(({ tick }) => BigInt(tick)),
    }));
  }
}

const CONFLICT = "smart_rollup_node_conflict_detected";
const DISSECTION = "smart_rollup_node_computed_dissection";

interface ConflictFields {
  readonly other: string;
  readonly our_commitment_hash: string;
}

interface DissectionFields {
  readonly opponent: string;
  readonly start_tick: string;
  readonly end_tick: string;
  readonly dissection: readonly { readonly tick: string }[];
}

/** Events of one field are that field. */
function otherIn(fields: unknown): string {
  return typeof fields === "string" ? fields : (fields as { readonly other: string }).other;
}

async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/global/block/head/state_hash`);
  return answer.ok && /^srs1/.test((await answer.json()) as string);
}
