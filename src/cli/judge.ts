// `tickproof judge`: replays refutation games from their operations, and says who is right.
import { Command } from "commander";
import { jsonOfText } from "../node/games/offline/game-file.js";
import { GameRecord } from "../node/games/offline/game-record.js";
import { type JudgedMove, type JudgedProof, resultText } from "../node/games/offline/game-replay.js";
import { type JudgedGame, judgeGames } from "../node/games/offline/judge.js";
import { OfflineError } from "../node/games/offline/offline-error.js";
import type { FalseClaim } from "../node/games/offline/own-ruling.js";
import { revealRulesOf } from "../node/node-context.js";
import { gameResultForm, opponentOf, type Player } from "../protocol/game.js";
import type { Context } from "./context.js";
import { badInput, EXIT } from "./errors.js";
import { readText } from "./json-input.js";
import {
  blocks,
  constantsOf,
  namesRollup,
  openRollup,
  type RollupOptions,
  tellingErrors,
  withRollupOptions,
} from "./rollup-options.js";
import { grouped, stateHashText } from "./text.js";

interface JudgeOptions extends RollupOptions {
  readonly kernel?: string;
  readonly originationLevel?: number;
  readonly json: boolean;
}

export function judgeCommand(context: Context): Command {
  return withRollupOptions(new Command("judge"))
    .description("replay refutation games from their operations: who is right, at which tick, and why")
    .argument(
      "<file...>",
      "JSON of blocks or operations, commitments, inboxes, games, as RPCs print them; - for standard input",
    )
    .option("--kernel <file>", "with --inputs: the kernel, to judge by its states too")
    .option("--origination-level <level>", "level of the rollup's origination, where nothing else tells it", blocks)
    .option("--json", "print one JSON object", false)
    .action((files: readonly string[], options: JudgeOptions) => tellingErrors(() => judge(context, files, options)));
}

async function judge(context: Context, files: readonly string[], options: JudgeOptions): Promise<void> {
  const { terminal } = context;
  const record = readRecord(files);
  const constants = constantsOf(options);
  const opened = namesRollup(options.kernel, options) ? await openRollup(options.kernel, options) : undefined;
  try {
    const { rollup, originationLevel } = options;
    const games = await judgeGames({
      record,
      rules: revealRulesOf(constants),
      sections: constants.rollup.numberOfSectionsInDissection,
      ...(opened === undefined ? {} : { own: opened.rollup }),
      ...(rollup === undefined ? {} : { rollup }),
      ...(originationLevel === undefined ? {} : { originationLevel }),
    });
    if (games.length === 0) throw badInput(`${files.join(", ")}: no game is started in what these files have`);
    if (games.some(isBad)) context.exitCode = EXIT.negativeVerdict;
    terminal.out(options.json ? `${JSON.stringify({ games: games.map(summary) })}\n` : games.map(describe).join("\n"));
  } finally {
    await opened?.rollup.close();
  }
}

/** Whether something went wrong in a game, other than that somebody lied. */
function isBad({ isJust, isContradiction, replay }: JudgedGame): boolean {
  return isJust === false || isContradiction || replay.moves.some(({ fault }) => fault !== undefined);
}

function readRecord(files: readonly string[]): GameRecord {
  const record = new GameRecord();
  for (const file of files) {
    for (const { json, where } of jsonValues(readText(file), file)) record.add(json, where);
  }
  return record;
}

/** A JSON value, or one a line. */
function jsonValues(text: string, file: string): { readonly json: unknown; readonly where: string }[] {
  try {
    return [{ json: jsonOfText(text, file), where: file }];
  } catch (error) {
    if (!(error instanceof OfflineError)) throw error;
    const lines = text.split("\n").map((line, i) => ({ line, where: `${file}, line ${i + 1}` }));
    const full = lines.filter(({ line }) => line.trim() !== "");
    if (full.length < 2) throw error;
    return full.map(({ line, where }) => ({ json: jsonOfText(line, where), where }));
  }
}

// ---- JSON

function summary(game: JudgedGame) {
  const { rollup, replay, right, isJust, isContradiction, result, byProof, byStates } = game;
  const { stakers, refuter, commitments } = replay.opening;
  return {
    rollup,
    ...stakers,
    refuter: stakers[refuter],
    inboxLevel: commitments[0].inboxLevel,
    startLevel: replay.startLevel ?? null,
    moves: replay.moves.map((move) => jsonMove(move, game)),
    result: result === undefined ? null : gameResultForm.toJson(result),
    right: right == null ? null : stakers[right],
    verdict: right === undefined ? "unknown" : right === null ? "neither" : "decided",
    ...ruling(game),
    byProof:
      byProof === undefined ? null : { right: byProof.right && stakers[byProof.right], ...jsonProof(byProof.proof) },
    byStates: byStates && {
      right: byStates.right && stakers[byStates.right],
      ...Object.fromEntries(Object.entries(byStates.falseClaims).map(([player, claim]) => [player, jsonClaim(claim)])),
    },
    just: isJust ?? null,
    contradiction: isContradiction,
  };
}

function jsonMove(move: JudgedMove, { replay }: JudgedGame) {
  const { level, player, kind, ticks, sections, proof, refused, skipped, chainErrors, fault } = move;
  return {
    ...(level === undefined ? {} : { level }),
    player: replay.opening.stakers[player],
    kind,
    ...(ticks === undefined ? {} : { from: String(ticks.start), to: String(ticks.stop) }),
    ...(sections === undefined ? {} : { sections }),
    ...(proof === undefined ? {} : { proof: jsonProof(proof) }),
    ...(refused === undefined ? {} : { refused: refused.id, reason: refused.message }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(chainErrors === undefined ? {} : { chainErrors }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function jsonProof({ role, section, bytes, input, verdict, weakness, shown }: JudgedProof) {
  const { start, stop } = section;
  return {
    role,
    tick: String(start.tick),
    bytes,
    input,
    holds: verdict.valid,
    ...(verdict.valid ? {} : { reason: verdict.reason.message }),
    ...(weakness === undefined ? {} : { weakness }),
    from: stateText(start.state),
    claimed: stateText(stop.state),
    ...(shown === undefined ? {} : { leadsTo: stateText(shown.after), phase: shown.machine?.phase ?? null }),
  };
}

function jsonClaim({ claim, own, trueUntil }: FalseClaim) {
  return { tick: String(claim.tick), claims: stateText(claim.state), own: stateText(own), after: String(trueUntil) };
}

function stateText(state: Uint8Array | undefined): string | null {
  return state === undefined ? null : stateHashText(state);
}

// ---- The verdict

/** Tick and reason of the verdict. */
function ruling(game: JudgedGame): { readonly tick?: string; readonly reason: string } {
  const { byProof, byStates, right, replay } = game;
  if (byProof?.right != null) return { tick: String(byProof.tick), reason: proofReason(byProof.proof) };
  if (byStates !== undefined && right != null) {
    const wrong = byStates.falseClaims[opponentOf(right)];
    if (wrong !== undefined) return { tick: String(wrong.claim.tick), reason: claimReason(wrong) };
  }
  if (byStates !== undefined) {
    const both = Object.keys(byStates.falseClaims).length === 2;
    return { reason: both ? "both have claimed states that the machine does not come to" : "all claims are true" };
  }
  if (byProof !== undefined) return { tick: String(byProof.tick), reason: "neither of two proofs holds" };
  const played = replay.moves.some(({ proof }) => proof !== undefined);
  const what = played ? "a proof fails, and none has answered it" : "no proof was played";
  return { reason: `${what}: states of one's own are needed (--data-dir, or --kernel and --inputs)` };
}

function proofReason({ role, section, shown }: JudgedProof): string {
  const claimed = section.stop.state === undefined ? "that there is no next state" : stateText(section.stop.state);
  const leads = stepText(shown);
  return role === "refute" ? `${leads}; claimed was ${claimed}` : `${leads}, as claimed, after a proof that fails`;
}

function stepText(shown: JudgedProof["shown"]): string {
  if (shown === undefined) return "nothing is shown";
  const phase = shown.machine === undefined ? "" : ` (${shown.machine.phase})`;
  return `the step${phase} from ${stateText(shown.before)} leads to ${stateText(shown.after)}`;
}

function claimReason({ claim, own, trueUntil }: FalseClaim): string {
  const claimed = stateText(claim.state) ?? "that there is no state";
  const found = stateText(own) ?? "none";
  return `claimed is ${claimed}, the machine comes to ${found}; they part after tick ${grouped(trueUntil)}`;
}

// ---- Text

function describe(game: JudgedGame): string {
  const { rollup, replay, byStates, isContradiction } = game;
  const { stakers, refuter, commitments } = replay.opening;
  const name = (player: Player): string => stakers[player];
  return [
    `rollup    ${rollup}`,
    `game      ${name(refuter)} against ${name(opponentOf(refuter))}, about the commitment for level ${commitments[0].inboxLevel}`,
    ...replay.moves.map((move) => `  ${moveText(move, name)}`),
    `result    ${game.result === undefined ? "the game goes on" : resultText(game.result)}${justiceText(game)}`,
    `right     ${rightText(game, name)}`,
    `reason    ${reasonText(game)}`,
    ...(byStates === undefined ? [] : [`states    ${statesText(game, name)}`]),
    ...(isContradiction ? ["warning   the proof and these states contradict each other"] : []),
    "",
  ].join("\n");
}

function justiceText({ isJust }: JudgedGame): string {
  if (isJust === undefined) return "";
  return isJust ? ", as it should" : ", and should not";
}

function rightText({ right }: JudgedGame, name: (player: Player) => string): string {
  if (right === undefined) return "not known";
  return right === null ? "neither" : name(right);
}

function reasonText(game: JudgedGame): string {
  const { tick, reason } = ruling(game);
  return tick === undefined ? reason : `tick ${grouped(BigInt(tick))}: ${reason}`;
}

function statesText({ byStates }: JudgedGame, name: (player: Player) => string): string {
  if (byStates === undefined) return "";
  if (byStates.right !== null) return `all that ${name(byStates.right)} claims is true`;
  return Object.keys(byStates.falseClaims).length === 2
    ? "both players' claims are false"
    : "nobody's claims are false";
}

const KIND_WIDTH = 10;

function moveText(move: JudgedMove, name: (player: Player) => string): string {
  const { level, player, kind, refused, skipped, chainErrors = [], fault } = move;
  const notes = [
    ...detail(move),
    ...(refused === undefined ? [] : [`refused: ${refused.message}`]),
    ...(skipped === undefined ? [] : [`not played: ${[skipped, ...chainErrors].join(", ")}`]),
    ...(fault === undefined ? [] : [`BUT ${fault}`]),
  ];
  const where = level === undefined ? "" : `level ${level}  `;
  return `${where}${name(player)}  ${kind.padEnd(KIND_WIDTH)}  ${notes.join("; ")}`.trimEnd();
}

function detail({ kind, ticks, sections, proof }: JudgedMove): string[] {
  if (ticks === undefined) return [];
  if (kind === "dissection") return [`ticks ${grouped(ticks.start)} to ${grouped(ticks.stop)} in ${sections} sections`];
  const tick = `tick ${grouped(ticks.start)}`;
  if (proof === undefined) return [tick];
  const { bytes, verdict, weakness, shown } = proof;
  const phase = shown?.machine === undefined ? "" : ` (${shown.machine.phase})`;
  const holds = verdict.valid ? "holds" : `fails: ${verdict.reason.message}`;
  const weak = weakness === undefined ? "" : `, and proves nothing: ${weakness}`;
  return [`${tick}${phase}, ${grouped(bytes)} bytes: ${holds}${weak}`];
}
