// Why a command that works on a node's data directory, without the node, cannot do what it is asked.

export type ToolErrorCode =
  /** No data directory of a rollup node. */
  | "node.tool.bad_data_dir"
  /** Nothing has been processed yet. */
  | "node.tool.no_head"
  /** Levels that make no range, or not one that the directory can have. */
  | "node.tool.bad_range"
  /** A block that is named in a way that only layer 1 understands. */
  | "node.tool.bad_block"
  /** A block that is not, or no more, in the store. */
  | "node.tool.unknown_block"
  /** The chain has changed while it was read. */
  | "node.tool.reorganised"
  /** What a block refers to is not in the store. */
  | "node.tool.incomplete_block"
  /** A file that cannot be written. */
  | "node.tool.io"
  /** A block evaluated again does not give what the store has. */
  | "node.tool.replay_differs"
  /** The protocol of a block is not known. */
  | "node.tool.unknown_protocol"
  /** A command of Octez that this program does not have. */
  | "node.tool.not_served";

export class ToolError extends Error {
  override readonly name = "ToolError";

  constructor(
    readonly code: ToolErrorCode,
    message: string,
    /** What it is about: a path, a level, a hash. */
    readonly about: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
