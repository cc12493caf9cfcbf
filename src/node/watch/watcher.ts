// The watcher: looks at a rollup's games and commitments at each head, and holds them against its own states. It asks and never acts. What
// layer 1 cannot tell is raised (L1RpcError), and found out at the next head; what our own states cannot tell is reported as unknown.

import type { BlockHeader } from "../../l1/client/blocks.js";
import type { RollupConstants } from "../../l1/client/chain-constants.js";
import type { L1Client } from "../../l1/client/l1-client.js";
import { type ChainPoint, Predecessors } from "../../l1/client/reorganisation.js";
import { type Player, playerOf } from "../../protocol/game.js";
import { type CommitmentHash, hashEquals, type PublicKeyHash, type RollupAddress } from "../../protocol/identifiers.js";
import { alarmOfCementing, alarmsOfConflict, alarmsOfEnd, alarmsOfGame } from "./alarms.js";
import { ChainReader, type EndedGame, inParallel, type PublishedCommitment, type WatchedGame } from "./chain-reader.js";
import { type Forecast, forecast, ticksOf } from "./forecast.js";
import { type OwnStates, OwnStatesError } from "./own-states.js";
import type { Alarm, ConflictReport, EndReport, GameReport, WatchReport } from "./report.js";

export interface WatcherOptions {
  readonly client: L1Client;
  readonly rollup: RollupAddress;
  readonly own: OwnStates;
  /** Blocks that are few. */
  readonly alarmBlocks: number;
}

/** Alarms and ends of games remembered. */
const MAX_REMEMBERED = 10_000;

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #reader: ChainReader;
  readonly #predecessors: Predecessors;
  /** Commitments that are not cemented, by inbox level. */
  readonly #commitments = new Map<number, readonly PublishedCommitment[]>();
  /** Who was honest in the games that were last seen open. */
  readonly #honest = new Map<string, Player>();
  readonly #raised = new Set<string>();
  #constants: { readonly proto: number; readonly rollup: RollupConstants } | undefined;
  #last: ChainPoint | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#reader = new ChainReader(options.client, options.rollup);
    this.#predecessors = new Predecessors(options.client);
  }

  /** Looks at the chain as it is at a head. Raises L1RpcError; then all that is new since the last look is looked at the next time. */
  async look(header: BlockHeader): Promise<WatchReport> {
    const head: ChainPoint = { hash: header.hash, level: header.level };
    const own = new GuardedStates(this.#options.own);
    const constants = await this.#rollupConstants(header);
    this.#predecessors.learn(header.hash, header.predecessor);
    const cemented = await this.#reader.lastCemented(head.hash);
    const stakers = await this.#reader.stakers(head.hash);
    const { ended, changed } = await this.#newsSince(head);
    const unseen = await this.#honestInUnseen(ended, own);
    await this.#scan(head, cemented.level, constants.commitmentPeriod, stakers, changed);
    const openGames = await this.#reader.games(head.hash, stakers);
    // Nothing more is asked of layer 1: from here on, what was new counts as seen.
    this.#last = head;
    const games: GameReport[] = [];
    for (const game of openGames) games.push(await this.#game(game, head.level, own));
    const ends = ended.map((end) => this.#end(end, unseen));
    this.#rememberHonest(games);
    const conflicts = await this.#conflicts(head.level, constants, own);
    const settings = { level: head.level, alarmBlocks: this.#options.alarmBlocks };
    const alarms = [
      ...games.flatMap((game) => alarmsOfGame(game, settings)),
      ...ends.flatMap((end) => alarmsOfEnd(end)),
      ...conflicts.flatMap((conflict) => alarmsOfConflict(conflict, settings)),
      ...(await this.#cementing(cemented, head.level, own)),
    ].filter((alarm) => this.#isNew(alarm));
    const ownLevel = await own.headLevel();
    return { head, ownLevel, cemented, games, conflicts, ended: ends, alarms, troubles: own.troubles };
  }

  async #rollupConstants({ hash, proto }: BlockHeader): Promise<RollupConstants> {
    if (this.#constants?.proto !== proto) this.#constants = { proto, rollup: await this.#reader.constants(hash) };
    return this.#constants.rollup;
  }

  // ---- Layer 1

  /** What happened in the blocks since the last look; all inbox levels have changed after a reorganisation, and at the first look. */
  async #newsSince(
    head: ChainPoint,
  ): Promise<{ readonly ended: readonly EndedGame[]; readonly changed: ReadonlySet<number> | "all" }> {
    if (this.#last === undefined) return { ended: [], changed: "all" };
    const { removed, added } = await this.#predecessors.reorganisation(this.#last, head);
    const news = await inParallel(added, (point) => this.#reader.news(point));
    const ended = news.flatMap((one) => one.ended);
    if (removed.length > 0 || ended.length > 0) return { ended, changed: "all" };
    return { ended, changed: new Set(news.flatMap(({ published }) => published)) };
  }

  /** Brings the commitments up to date. */
  async #scan(
    { hash, level: head }: ChainPoint,
    cemented: number,
    period: number,
    stakers: readonly PublicKeyHash[],
    changed: ReadonlySet<number> | "all",
  ): Promise<void> {
    const levels: number[] = [];
    for (let level = cemented + period; level <= head; level += period) {
      if (changed === "all" || changed.has(level)) levels.push(level);
    }
    const found = await inParallel(levels, (level) => this.#reader.commitments(hash, level, stakers));
    for (const level of this.#commitments.keys()) {
      if (level <= cemented || changed === "all") this.#commitments.delete(level);
    }
    for (const [i, level] of levels.entries()) {
      const commitments = found[i] ?? [];
      if (commitments.length > 0) this.#commitments.set(level, commitments);
    }
  }

  // ---- Held against our own states

  async #game(watched: WatchedGame, level: number, own: GuardedStates): Promise<GameReport> {
    const { game, timeout } = watched;
    const ours = await own.commitmentAt(game.inboxLevel);
    const honest = ours === undefined ? undefined : this.#standingBy(watched, ours);
    return {
      ...watched,
      turn: watched[game.turn],
      blocksLeft: timeout[game.turn] - (level - timeout.lastTurnLevel),
      ...(honest === undefined ? {} : { honest }),
      forecast: await this.#forecast(watched, own),
    };
  }

  /** The player who stakes on our commitment. */
  #standingBy({ game, alice, bob }: WatchedGame, ours: CommitmentHash): Player | undefined {
    const commitments = this.#commitments.get(game.inboxLevel) ?? [];
    const right = commitments.find(({ hash }) => hashEquals(hash, ours));
    const players = (right?.stakers ?? []).flatMap((staker) => playerOf({ alice, bob }, staker) ?? []);
    return players.length === 1 ? players[0] : undefined;
  }

  async #forecast({ game }: WatchedGame, own: GuardedStates): Promise<Forecast> {
    const states = await own.statesAt(game.inboxLevel, ticksOf(game));
    if (typeof states === "string") return { outcome: "unknown", reason: states };
    return forecast(game, states);
  }

  #end(end: EndedGame, unseen: ReadonlyMap<string, Player>): EndReport {
    const honest = this.#honest.get(gameName(end)) ?? unseen.get(gameName(end));
    return { ...end, ...(honest === undefined ? {} : { honest }) };
  }

  /** Who was honest in games that began and ended since the last look: the two were apart already, at the first level where they differ. */
  async #honestInUnseen(ended: readonly EndedGame[], own: GuardedStates): Promise<ReadonlyMap<string, Player>> {
    const found = new Map<string, Player>();
    for (const end of ended) {
      if (this.#honest.has(gameName(end))) continue;
      for (const [level, commitments] of [...this.#commitments].sort(([a], [b]) => a - b)) {
        const of = (staker: PublicKeyHash) => commitments.find(({ stakers }) => stakers.includes(staker))?.hash;
        const [alice, bob] = [of(end.alice), of(end.bob)];
        if (alice === undefined || bob === undefined || hashEquals(alice, bob)) continue;
        const ours = await own.commitmentAt(level);
        if (ours !== undefined && hashEquals(alice, ours)) found.set(gameName(end), "alice");
        if (ours !== undefined && hashEquals(bob, ours)) found.set(gameName(end), "bob");
        break;
      }
    }
    return found;
  }

  /** Once it is known who is honest, it stays known: own states that are away for a while do not change it. */
  #rememberHonest(games: readonly GameReport[]): void {
    const before = new Map(this.#honest);
    this.#honest.clear();
    for (const game of games) {
      const name = gameName(game);
      const honest = game.honest ?? before.get(name);
      if (honest !== undefined) this.#honest.set(name, honest);
    }
  }

  async #conflicts(
    level: number,
    { challengeWindow, commitmentPeriod }: RollupConstants,
    own: GuardedStates,
  ): Promise<readonly ConflictReport[]> {
    const conflicts: ConflictReport[] = [];
    for (const [inboxLevel, commitments] of [...this.#commitments].sort(([a], [b]) => a - b)) {
      const ours = await own.commitmentAt(inboxLevel);
      if (ours === undefined) continue;
      const defenders = commitments.find(({ hash }) => hashEquals(hash, ours))?.stakers ?? [];
      for (const { hash, predecessor, stakers } of commitments) {
        if (hashEquals(hash, ours)) continue;
        const before = await own.commitmentAt(inboxLevel - commitmentPeriod);
        const isFirst = before !== undefined && hashEquals(before, predecessor);
        // It may have been published a block after its inbox level.
        const blocksLeft = inboxLevel + 1 + challengeWindow - level;
        conflicts.push({ inboxLevel, hash, ours, isFirst, stakers, defenders, blocksLeft });
      }
    }
    return conflicts;
  }

  async #cementing(cemented: WatchReport["cemented"], level: number, own: GuardedStates): Promise<readonly Alarm[]> {
    const ours = await own.commitmentAt(cemented.level);
    if (ours === undefined || hashEquals(ours, cemented.hash)) return [];
    return [alarmOfCementing(cemented, ours, level)];
  }

  #isNew({ key }: Alarm): boolean {
    if (this.#raised.has(key)) return false;
    this.#raised.add(key);
    const [oldest] = this.#raised;
    if (this.#raised.size > MAX_REMEMBERED && oldest !== undefined) this.#raised.delete(oldest);
    return true;
  }
}

function gameName({ alice, bob }: { readonly alice: PublicKeyHash; readonly bob: PublicKeyHash }): string {
  return `${alice} ${bob}`;
}

/** Own states that may not be had: notes why, each reason once, and does not ask one that is away again. */
class GuardedStates {
  readonly #own: OwnStates;
  readonly #troubles = new Set<string>();
  #isAway = false;

  constructor(own: OwnStates) {
    this.#own = own;
  }

  get troubles(): readonly string[] {
    return [...this.#troubles];
  }

  async headLevel(): Promise<number | undefined> {
    const level = await this.#ask(() => this.#own.headLevel());
    return typeof level === "string" ? undefined : level;
  }

  async commitmentAt(inboxLevel: number): Promise<CommitmentHash | undefined> {
    const hash = await this.#ask(() => this.#own.commitmentAt(inboxLevel));
    return typeof hash === "string" ? undefined : hash;
  }

  /** Why there are none, if so. */
  async statesAt(inboxLevel: number, ticks: readonly bigint[]) {
    const level = await this.headLevel();
    if (level !== undefined && level < inboxLevel) return `our own states only go to level ${level}`;
    return this.#ask(() => this.#own.statesAt(inboxLevel, ticks));
  }

  async #ask<T>(ask: () => Promise<T>): Promise<T | string> {
    if (this.#isAway) return "our own node is away";
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OwnStatesError)) throw error;
      this.#isAway = error.code === "node.watch.node_away";
      this.#troubles.add(error.message);
      return error.message;
    }
  }
}
