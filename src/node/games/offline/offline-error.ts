// Why a tool that works on games without a node cannot do what it is asked.

export type OfflineErrorCode =
  /** A file that is not JSON. */
  | "node.offline.not_json"
  /** JSON that is no game, or no list of them. */
  | "node.offline.bad_game"
  /** No game of these players is in the file. */
  | "node.offline.no_game"
  /** Several are. */
  | "node.offline.which_game"
  | "node.offline.not_a_player"
  | "node.offline.not_our_turn"
  /** Our states say that the opponent is right. */
  | "node.offline.nothing_to_refute"
  /** The game stands on a state that none of ours is. */
  | "node.offline.states_disagree"
  /** The game, or what it names, is about another rollup. */
  | "node.offline.other_rollup"
  /** The inbox of the game is not the one that we have read. */
  | "node.offline.other_chain"
  /** No commitment that is known is the one that the game is about. */
  | "node.offline.unknown_commitment"
  /** Levels that are needed and not there. */
  | "node.offline.missing_levels"
  /** Ticks that the period does not have. */
  | "node.offline.no_such_tick"
  /** What a proof about the inbox needs of it. */
  | "node.offline.unknown_inbox"
  /** Where the rollup began is not known. */
  | "node.offline.unknown_origin"
  /** No data directory of a rollup node. */
  | "node.offline.bad_data_dir"
  /** A record of operations that cannot be read. */
  | "node.offline.bad_record";

export class OfflineError extends Error {
  override readonly name = "OfflineError";

  constructor(
    readonly code: OfflineErrorCode,
    message: string,
    /** What it is about: a tick, a level, a hash, a place in a file. */
    readonly about: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
