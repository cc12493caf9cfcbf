// What a watcher reports at a head: games, commitments that are not ours, games that have ended, and what is alarming about all that.

import type { ChainPoint } from "../../l1/client/reorganisation.js";
import type { Player, Stakers } from "../../protocol/game.js";
import type { CommitmentHash, PublicKeyHash } from "../../protocol/identifiers.js";
import type { EndedGame, WatchedGame } from "./chain-reader.js";
import type { Forecast } from "./forecast.js";

export interface GameReport extends WatchedGame {
  readonly turn: PublicKeyHash;
  /** Blocks that the one on turn has left to move in; negative when its time is up. */
  readonly blocksLeft: number;
  /** Who stakes on our commitment; undefined when neither does, or when it is not known. */
  readonly honest?: Player;
  readonly forecast: Forecast;
}

/** Somebody's commitment that is not the one that we have for its level. */
export interface ConflictReport {
  readonly inboxLevel: number;
  readonly hash: CommitmentHash;
  readonly ours: CommitmentHash;
  /** Whether it follows one of ours: who contests it, contests all that follow it. */
  readonly isFirst: boolean;
  readonly stakers: readonly PublicKeyHash[];
  /** Who stakes on ours. */
  readonly defenders: readonly PublicKeyHash[];
  /** Blocks, at least, until it may be too late to contest it. */
  readonly blocksLeft: number;
}

/** A game that has ended, and who was honest in it as far as that was known. */
export interface EndReport extends EndedGame {
  readonly honest?: Player;
}

export type AlarmKind =
  /** The honest side is on turn and has few blocks left. */
  | "little_time"
  /** The honest side has made a wrong claim. */
  | "bad_position"
  /** The honest side has lost a game, or drawn it. */
  | "game_lost"
  /** Nobody contests a wrong commitment, and soon nobody can any more. */
  | "uncontested"
  /** A wrong commitment has been cemented. */
  | "wrong_commitment_cemented";

export interface Alarm {
  readonly kind: AlarmKind;
  /** The same for the same trouble: an alarm is raised once. */
  readonly key: string;
  readonly level: number;
  readonly message: string;
  readonly stakers?: Stakers;
  readonly inboxLevel?: number;
  readonly blocksLeft?: number;
}

export interface WatchReport {
  readonly head: ChainPoint;
  /** Level that our own states go to; undefined when they go nowhere yet. */
  readonly ownLevel: number | undefined;
  readonly cemented: { readonly hash: CommitmentHash; readonly level: number };
  readonly games: readonly GameReport[];
  readonly conflicts: readonly ConflictReport[];
  readonly ended: readonly EndReport[];
  /** Those that were not raised before. */
  readonly alarms: readonly Alarm[];
  /** What could not be found out about our own states, each once. */
  readonly troubles: readonly string[];
}
