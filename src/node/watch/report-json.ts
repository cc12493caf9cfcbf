// Reports as JSON: what `tickproof watch --json` prints, one object a line, and what webhooks get. Ticks are text, since they may exceed 2^53.

import type { Json } from "../../encoding/json.js";
import type { Section } from "../../protocol/dissection.js";
import { gameResultForm } from "../../protocol/game.js";
import { blockHashForm, commitmentHashForm, type PublicKeyHash, stateHashForm } from "../../protocol/identifiers.js";
import { chunksOf, type Outcome } from "./forecast.js";
import type { Alarm, ConflictReport, EndReport, GameReport, WatchReport } from "./report.js";

/** {"event": "level", …}. */
export function reportToJson({ head, ownLevel, cemented, games, conflicts, troubles }: WatchReport): Json {
  return {
    event: "level",
    level: head.level,
    block: blockHashForm.toJson(head.hash),
    own_level: ownLevel ?? null,
    last_cemented: { level: cemented.level, commitment: commitmentHashForm.toJson(cemented.hash) },
    games: games.map(gameToJson),
    conflicts: conflicts.map(conflictToJson),
    troubles,
  };
}

function gameToJson(report: GameReport): Json {
  const { alice, bob, game, turn, blocksLeft, honest, forecast } = report;
  const chunks = chunksOf(game.gameState);
  return {
    alice,
    bob,
    turn,
    blocks_left: blocksLeft,
    start_level: game.startLevel,
    inbox_level: game.inboxLevel,
    phase: game.gameState.kind === "dissecting" ? "dissecting" : "final_move",
    disputed_ticks: {
      start: (chunks[0]?.tick ?? 0n).toString(),
      stop: (chunks.at(-1)?.tick ?? 0n).toString(),
      sections: Math.max(0, chunks.length - 1),
    },
    honest: honest === undefined ? null : report[honest],
    forecast: {
      outcome: outcomeText(report, forecast.outcome),
      reason: forecast.reason,
      divergence: forecast.divergence === undefined ? null : sectionToJson(forecast.divergence),
    },
  };
}

/** The winner, "draw" or "unknown". */
function outcomeText(report: GameReport, outcome: Outcome): PublicKeyHash | "draw" | "unknown" {
  return outcome === "draw" || outcome === "unknown" ? outcome : report[outcome];
}

function sectionToJson({ start, stop }: Section): Json {
  const chunk = ({ tick, state }: Section["start"]): Json => ({
    tick: tick.toString(),
    state: state === undefined ? null : stateHashForm.toJson(state),
  });
  return { start: chunk(start), stop: chunk(stop) };
}

function conflictToJson({ inboxLevel, hash, ours, isFirst, stakers, defenders, blocksLeft }: ConflictReport): Json {
  return {
    inbox_level: inboxLevel,
    commitment: commitmentHashForm.toJson(hash),
    our_commitment: commitmentHashForm.toJson(ours),
    is_first: isFirst,
    stakers,
    defenders,
    blocks_left: blocksLeft,
  };
}

/** {"event": "game_ended", …}. */
export function endToJson({ alice, bob, level, result, honest }: EndReport): Json {
  return {
    event: "game_ended",
    level,
    alice,
    bob,
    result: gameResultForm.toJson(result),
    honest: honest === undefined ? null : honest === "alice" ? alice : bob,
  };
}

/** {"event": "alarm", …}: also what a webhook gets, with the rollup's address. */
export function alarmToJson({ kind, level, message, stakers, inboxLevel, blocksLeft }: Alarm, rollup: string): Json {
  return {
    event: "alarm",
    rollup,
    kind,
    level,
    message,
    ...(stakers === undefined ? {} : { alice: stakers.alice, bob: stakers.bob }),
    ...(inboxLevel === undefined ? {} : { inbox_level: inboxLevel }),
    ...(blocksLeft === undefined ? {} : { blocks_left: blocksLeft }),
  };
}
