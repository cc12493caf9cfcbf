// How `tickproof watch` tells what it sees: JSON, a line for whatever changes, or a view that is drawn anew at each head.

import { encodeBase58Check } from "../encoding/base58check.js";
import type { Json } from "../encoding/json.js";
import { chunksOf, type Outcome } from "../node/watch/forecast.js";
import type { Alarm, ConflictReport, EndReport, GameReport, WatchReport } from "../node/watch/report.js";
import { alarmToJson, endToJson, reportToJson } from "../node/watch/report-json.js";
import { type Style, styled, type Terminal } from "./terminal.js";
import { counted, grouped } from "./text.js";

export interface WatchOutput {
  start(rollup: string, ownStates: string): void;
  report(report: WatchReport): void;
  /** Something that keeps it from seeing. */
  trouble(text: string): void;
  end(): void;
}

export class JsonOutput implements WatchOutput {
  readonly #terminal: Terminal;
  #rollup = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  start(rollup: string): void {
    this.#rollup = rollup;
  }

  report(report: WatchReport): void {
    this.#line(reportToJson(report));
    for (const end of report.ended) this.#line(endToJson(end));
    for (const alarm of report.alarms) this.#line(alarmToJson(alarm, this.#rollup));
  }

  trouble(message: string): void {
    this.#line({ event: "trouble", message });
  }

  end(): void {
    // Each line is whole already.
  }

  #line(json: Json): void {
    this.#terminal.out(`${JSON.stringify(json)}\n`);
  }
}

// ---- Words

const SHORT = 10;

function shortKey(key: string): string {
  return `${key.slice(0, SHORT)}…`;
}

function outcomeText(report: GameReport, outcome: Outcome): string {
  if (outcome === "unknown") return "nobody knows who wins";
  return outcome === "draw" ? "a draw, both lose" : `${shortKey(report[outcome])} wins`;
}

/** "tick 12 to 13", "300,000 ticks from 5". */
function ticksText({ game, forecast }: GameReport): string {
  const chunks = chunksOf(game.gameState);
  const start = forecast.divergence?.start.tick ?? chunks[0]?.tick ?? 0n;
  const stop = forecast.divergence?.stop.tick ?? chunks.at(-1)?.tick ?? 0n;
  return `${counted2(stop - start)} from ${grouped(start)}`;
}

function counted2(ticks: bigint): string {
  return `${grouped(ticks)} tick${ticks === 1n ? "" : "s"}`;
}

function gameTexts(report: GameReport): readonly string[] {
  const { alice, bob, game, turn, blocksLeft, honest, forecast } = report;
  const phase = game.gameState.kind === "dissecting" ? "dissecting" : "last move";
  const side = honest === undefined ? "who is honest is not known" : `${shortKey(report[honest])} is honest`;
  return [
    `game ${shortKey(alice)} against ${shortKey(bob)} about level ${grouped(game.inboxLevel)}, since level ${grouped(game.startLevel)}`,
    `${phase}: ${ticksText(report)}; turn of ${shortKey(turn)}, ${counted(blocksLeft, "block")} left`,
    `${side}; ${outcomeText(report, forecast.outcome)}: ${forecast.reason}`,
  ];
}

function conflictText({ inboxLevel, hash, stakers, defenders, isFirst }: ConflictReport): string {
  const text = encodeBase58Check("commitmentHash", hash);
  const by = stakers.length === 0 ? "nobody" : stakers.map(shortKey).join(", ");
  const contested = !isFirst
    ? "follows another one"
    : defenders.length === 0
      ? "not contested"
      : `contested by ${defenders.map(shortKey).join(", ")}`;
  return `wrong commitment for level ${grouped(inboxLevel)}: ${text} of ${by}, ${contested}`;
}

function endText({ alice, bob, result, level, honest }: EndReport): string {
  const players = `${shortKey(alice)} against ${shortKey(bob)}`;
  const who = honest === undefined ? "" : `; ${shortKey(honest === "alice" ? alice : bob)} was honest`;
  if (result.kind === "draw") return `level ${grouped(level)}: the game ${players} has ended in a draw${who}`;
  const how = result.reason === "timeout" ? "by timeout" : "by a proof";
  return `level ${grouped(level)}: the game ${players} has ended: ${shortKey(result.player)} has lost, ${how}${who}`;
}

function alarmText({ level, message }: Alarm): string {
  return `ALARM at level ${grouped(level)}: ${message}`;
}

function headText({ head, ownLevel, cemented, games, conflicts }: WatchReport): string {
  const own = ownLevel === undefined ? "no states of our own yet" : `own states to level ${grouped(ownLevel)}`;
  const open = games.length === 0 ? "no game" : counted(games.length, "game");
  const wrong = conflicts.length === 0 ? "no conflict" : counted(conflicts.length, "wrong commitment");
  return `level ${grouped(head.level)}  ${own}  cemented to ${grouped(cemented.level)}  ${open}, ${wrong}`;
}

// ---- Lines

/** A line for whatever has changed since the report before. */
export class LineOutput implements WatchOutput {
  readonly #terminal: Terminal;
  #seen: ReadonlySet<string> = new Set();
  #hasReported = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  start(rollup: string, ownStates: string): void {
    this.#line(`watching ${rollup}, with the states of ${ownStates}`);
  }

  report(report: WatchReport): void {
    const texts = new Map<string, string>();
    for (const game of report.games) {
      const { timeout, alice, bob, game: value } = game;
      const key = `${alice} ${bob} ${value.startLevel} ${timeout.lastTurnLevel} ${game.forecast.outcome}`;
      texts.set(key, gameTexts(game).join("\n  "));
    }
    for (const conflict of report.conflicts) texts.set(conflictText(conflict), conflictText(conflict));
    for (const trouble of report.troubles) texts.set(trouble, `own states: ${trouble}`);
    const news = [...texts].filter(([key]) => !this.#seen.has(key));
    const hasNews = news.length > 0 || report.ended.length > 0 || report.alarms.length > 0;
    if (hasNews || !this.#hasReported) this.#line(headText(report));
    this.#hasReported = true;
    for (const [, text] of news) this.#line(`  ${text}`);
    for (const end of report.ended) this.#line(`  ${endText(end)}`);
    for (const alarm of report.alarms) this.#line(styled(this.#terminal, "red", alarmText(alarm)));
    this.#seen = new Set(texts.keys());
  }

  trouble(text: string): void {
    this.#terminal.err(`tickproof: ${text}\n`);
  }

  end(): void {
    // Each line is whole already.
  }

  #line(text: string): void {
    this.#terminal.out(`${text}\n`);
  }
}

// ---- Live

const CLEAR = "\u001b[H\u001b[2J";
const OTHER_SCREEN = "\u001b[?1049h\u001b[?25l";
const FIRST_SCREEN = "\u001b[?25h\u001b[?1049l";
/** Lines about the past that are shown. */
const MAX_PAST = 12;

/** The present, drawn anew at each head; below it, what has happened. */
export class LiveOutput implements WatchOutput {
  readonly #terminal: Terminal;
  readonly #past: string[] = [];
  #title = "";
  #report: WatchReport | undefined;
  #trouble: string | undefined;
  #isShown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  start(rollup: string, ownStates: string): void {
    this.#title = `tickproof watch ${rollup}, with the states of ${ownStates}`;
    this.#isShown = true;
    this.#terminal.out(OTHER_SCREEN);
    this.#draw();
  }

  report(report: WatchReport): void {
    this.#report = report;
    this.#trouble = undefined;
    for (const end of report.ended) this.#remember(endText(end));
    for (const alarm of report.alarms) this.#remember(this.#styled("red", alarmText(alarm)));
    this.#draw();
  }

  trouble(text: string): void {
    this.#trouble = text;
    this.#draw();
  }

  /** What has happened stays on the screen that was there before. */
  end(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#terminal.out(FIRST_SCREEN);
    for (const line of this.#past) this.#terminal.out(`${line}\n`);
    if (this.#trouble !== undefined) this.#terminal.err(`tickproof: ${this.#trouble}\n`);
  }

  #remember(line: string): void {
    this.#past.push(line);
    if (this.#past.length > MAX_PAST) this.#past.shift();
  }

  #styled(style: Style, text: string): string {
    return styled(this.#terminal, style, text);
  }

  #draw(): void {
    const report = this.#report;
    const lines = [this.#styled("bold", this.#title), ""];
    if (report === undefined) lines.push("waiting for layer 1 …");
    else {
      lines.push(headText(report), "");
      for (const game of report.games) lines.push(...this.#gameLines(game), "");
      for (const conflict of report.conflicts) lines.push(this.#styled("red", conflictText(conflict)));
      for (const trouble of report.troubles) lines.push(this.#styled("dim", `own states: ${trouble}`));
    }
    if (this.#trouble !== undefined) lines.push("", this.#styled("red", this.#trouble));
    if (this.#past.length > 0) lines.push("", ...this.#past);
    lines.push("", this.#styled("dim", "Ctrl-C stops"));
    this.#terminal.out(`${CLEAR}${lines.join("\n")}\n`);
  }

  #gameLines(game: GameReport): readonly string[] {
    const [first = "", ...others] = gameTexts(game);
    return [this.#styled("bold", first), ...others.map((line) => `  ${line}`)];
  }
}
