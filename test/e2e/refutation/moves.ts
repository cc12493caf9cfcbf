// What layer 1 has of the games: their moves, as operations of its blocks, and what became of each.
import type { AppliedOperation } from "../../../src/l1/sandbox/block.js";
import type { GameResult } from "../../../src/protocol/game.js";
import { isDissection, type Refutation } from "../../../src/protocol/refutation.js";

export interface PlayedMove {
  /** Of its block. */
  readonly level: number;
  readonly source: string;
  /** Between whom: its source is one of them, unless it is a timeout that a third one claims. */
  readonly stakers: readonly [string, string];
  readonly kind: "start" | "dissection" | "proof" | "timeout";
  /** Whether layer 1 took it: an operation may be in a block and fail. */
  readonly isApplied: boolean;
  /** How it ended the game; absent when it did not. */
  readonly end?: GameResult;
}

/** Who has published a commitment, and so staked on it. */
export function publishersIn(operations: readonly AppliedOperation[]): string[] {
  return operations.flatMap(({ receipts }) =>
    receipts.flatMap(({ content, metadata }) =>
      content.kind === "smart_rollup_publish" && metadata.operationResult.status === "applied" ? [content.source] : [],
    ),
  );
}

export function movesIn(level: number, operations: readonly AppliedOperation[]): PlayedMove[] {
  return operations.flatMap(({ receipts }) =>
    receipts.flatMap(({ content, metadata }): PlayedMove[] => {
      if (content.kind !== "smart_rollup_refute" && content.kind !== "smart_rollup_timeout") return [];
      const { source } = content;
      const isRefute = content.kind === "smart_rollup_refute";
      const { alice, bob } = isRefute ? { alice: source, bob: content.opponent } : content.stakers;
      const kind = isRefute ? kindOf(content.refutation) : "timeout";
      const end = endIn(metadata.operationResult);
      const isApplied = metadata.operationResult.status === "applied";
      return [{ level, source, stakers: [alice, bob], kind, isApplied, ...(end === undefined ? {} : { end }) }];
    }),
  );
}

function kindOf(refutation: Refutation): PlayedMove["kind"] {
  if (refutation.kind === "start") return "start";
  return isDissection(refutation.step) ? "dissection" : "proof";
}

function endIn(result: { readonly status: string; readonly applied?: unknown }): GameResult | undefined {
  if (result.status !== "applied") return undefined;
  const { gameStatus } = result.applied as {
    readonly gameStatus: { kind: "ongoing" } | { kind: "ended"; result: GameResult };
  };
  return gameStatus.kind === "ended" ? gameStatus.result : undefined;
}
