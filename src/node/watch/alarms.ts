// What is alarming: signs that an honest side is about to lose, or has lost. Pure.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { opponentOf } from "../../protocol/game.js";
import type { CommitmentHash } from "../../protocol/identifiers.js";
import type { Alarm, ConflictReport, EndReport, GameReport } from "./report.js";

/** `level`: of the head. `alarmBlocks`: few blocks. */
export interface AlarmSettings {
  readonly level: number;
  readonly alarmBlocks: number;
}

export function alarmsOfGame(report: GameReport, { level, alarmBlocks }: AlarmSettings): readonly Alarm[] {
  const { game, honest, forecast, blocksLeft, alice, bob, timeout } = report;
  if (honest === undefined) return [];
  const stakers = { alice, bob };
  const name = report[honest];
  const about = { level, stakers, inboxLevel: game.inboxLevel, blocksLeft };
  const key = `${alice} ${bob} ${game.startLevel}`;
  const alarms: Alarm[] = [];
  if (game.turn === honest && blocksLeft <= alarmBlocks) {
    const left = blocksLeft < 0 ? "its time is up" : `it has ${blocksLeft} blocks left to move in`;
    const message = `${name} is about to lose against ${report[opponentOf(honest)]} by timeout: ${left}`;
    // Again for every turn.
    alarms.push({ ...about, kind: "little_time", key: `little_time ${key} ${timeout.lastTurnLevel}`, message });
  }
  if (forecast.outcome === opponentOf(honest) || forecast.outcome === "draw") {
    const end = forecast.outcome === "draw" ? "a draw, which costs its bond" : "a loss";
    const message = `${name} plays for the right commitment and is heading for ${end}: ${forecast.reason}`;
    alarms.push({ ...about, kind: "bad_position", key: `bad_position ${key}`, message });
  }
  return alarms;
}

export function alarmsOfEnd({ alice, bob, honest, result, level }: EndReport): readonly Alarm[] {
  if (honest === undefined) return [];
  const name = honest === "alice" ? alice : bob;
  if (result.kind === "loser" && result.player !== name) return [];
  const how = result.kind === "draw" ? "a draw" : result.reason === "timeout" ? "lost by timeout" : "lost";
  const message = `${name} stood by the right commitment and has lost its bond: ${how}`;
  return [{ kind: "game_lost", key: `game_lost ${alice} ${bob} ${level}`, level, message, stakers: { alice, bob } }];
}

export function alarmsOfConflict(conflict: ConflictReport, { level, alarmBlocks }: AlarmSettings): readonly Alarm[] {
  const { inboxLevel, hash, isFirst, stakers, defenders, blocksLeft } = conflict;
  if (!isFirst || stakers.length === 0 || defenders.length > 0 || blocksLeft > alarmBlocks) return [];
  const text = encodeBase58Check("commitmentHash", hash);
  const message = `nobody contests the wrong commitment ${text} for level ${inboxLevel}, and it may be too late in ${Math.max(0, blocksLeft)} blocks`;
  return [{ kind: "uncontested", key: `uncontested ${text}`, level, message, inboxLevel, blocksLeft }];
}

/** `ours`: our commitment for the level of the last cemented one. */
export function alarmOfCementing(
  cemented: { readonly hash: CommitmentHash; readonly level: number },
  ours: CommitmentHash,
  level: number,
): Alarm {
  const text = encodeBase58Check("commitmentHash", cemented.hash);
  const message = `a wrong commitment is cemented for level ${cemented.level}: ${text}, and not ${encodeBase58Check("commitmentHash", ours)}`;
  return { kind: "wrong_commitment_cemented", key: `cemented ${text}`, level, message, inboxLevel: cemented.level };
}
