/**
 * What a refutation game costs the honest side, over the transaction kernel's levels: CPU of each of its moves, in all, and as a multiple of
 * one plain evaluation of the disputed levels; sizes of proofs, memory. Both are done as the node does them, in engine threads over a
 * database: a thread's first evaluation with a thread's first game, and later ones (all compiled, the kernel known) with later ones.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "../src/encoding/binary.js";
import { EngineThread } from "../src/node/engine/engine-thread.js";
import { LocalEngine } from "../src/node/engine/local-engine.js";
import { SyncRecords } from "../src/node/engine/sync-records.js";
import { nextMove } from "../src/node/games/next-move.js";
import { isDissection, refutationProofForm } from "../src/protocol/refutation.js";
import { ProtocolBoard } from "../test/node/simulated-games/board.js";
import { madeUpStates } from "../test/node/simulated-games/claims.js";
import { seededSource } from "../test/node/simulated-games/rounds.js";
import { honestView, makeWorld, type World } from "../test/node/simulated-games/world.js";

const SEED = 20_261_124;
const FIRST_GAMES = 3;
const LATER_GAMES = 8;
/** Levels of a period, and those before it; the shorter, the dearer a game is in comparison. */
const PERIODS = [20, 3];
const MOST_TIMES_PLAIN = 4;
const MOST_PROOF_BYTES = 30_000;

function line(what: string, figure: string, note = ""): void {
  console.log(`${what.padEnd(44)} ${figure.padStart(16)}  ${note}`);
}

/** CPU time of this process so far, all threads, in milliseconds: what else runs on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface Table {
  readonly world: World;
  readonly path: string;
}

function startThread({ world, path }: Table, readOnly: boolean): Promise<EngineThread> {
  const { metadata, activation, dalParameters } = world;
  return EngineThread.start({ path, readOnly, reveals: { metadata, rules: { activation, dalParameters } } });
}

/** CPU of the disputed levels, evaluated as the node does when their blocks come in. */
async function evaluationOnce({ world }: Table, engine: EngineThread): Promise<number> {
  const from = cpu();
  let { before } = world.stretch;
  for (const level of world.stretch.levels) before = (await engine.evaluate({ before, ...level })).after;
  return cpu() - from;
}

/** The same: of a thread's first time, on average, and of the quickest later one. */
async function plainEvaluation(table: Table): Promise<{ readonly first: number; readonly later: number }> {
  let first = 0;
  let later = Number.POSITIVE_INFINITY;
  for (let i = 0; i < FIRST_GAMES; i++) {
    const engine = await startThread(table, false);
    first += (await evaluationOnce(table, engine)) / FIRST_GAMES;
    for (let again = 0; again < 3; again++) later = Math.min(later, await evaluationOnce(table, engine));
    await engine.close();
  }
  return { first, later };
}

interface GameCost {
  readonly dissections: readonly number[];
  readonly proof: number;
  readonly proofBytes: number;
  readonly total: number;
}

interface GameOptions {
  readonly table: Table;
  readonly player: EngineThread;
  readonly tick: bigint;
  readonly honestRefutes: boolean;
}

async function playGame({ table: { world }, player, tick, honestRefutes }: GameOptions): Promise<GameCost> {
  // The liar has an engine of its own, and is not timed.
  const { store, metadata, activation, dalParameters } = world;
  const engine = new LocalEngine({ store, reveals: { metadata, rules: { activation, dalParameters } } });
  const claims = await madeUpStates({ ...world, engine }, tick + 1n, 1);
  const refuter = honestRefutes ? "honest" : "liar";
  const board = new ProtocolBoard({ world, claim: claims.claim, refuter, honestIsFirst: true });
  const view = { ...honestView(world), engine: player };
  const dissections: number[] = [];
  for (;;) {
    const isHonest = board.turn === "honest";
    const from = cpu();
    const move = await nextMove(isHonest ? view : claims.view, board.game);
    const spent = cpu() - from;
    const applied = board.move(isHonest ? "honest" : "liar", move);
    if (applied.kind === "refused") throw new Error(`refused: ${applied.id}`);
    if (isHonest && isDissection(move.step)) dissections.push(spent);
    if (applied.kind !== "ended") continue;
    if (!isHonest || isDissection(move.step)) throw new Error("the honest player does not have the last word");
    const total = dissections.reduce((sum, each) => sum + each, spent);
    return { dissections, proof: spent, proofBytes: encode(refutationProofForm, move.step).length, total };
  }
}

/** A tick of an evaluation, a decoding, an initialisation: of whatever is computed, at random. */
async function randomTick(world: World, draw: (bound: bigint) => bigint): Promise<bigint> {
  const busy = (await world.phases()).filter(({ phase }) => phase !== "padding");
  let at = draw(busy.reduce((sum, { ticks }) => sum + ticks, 0n));
  for (const { first, ticks } of busy) {
    if (at < ticks) return first + at;
    at -= ticks;
  }
  throw new RangeError("no such tick");
}

async function makeTable(shared: string, count: number, path: string): Promise<Table> {
  const at = (...parts: string[]): Uint8Array => readFileSync(join(shared, "vectors", ...parts));
  const transfer = (name: string): Uint8Array => Uint8Array.of(0, 0, ...at("messages", name));
  const levels = Array.from({ length: count }, () => [transfer("deposit.out"), transfer("withdrawal.out")]);
  const kernel = new Uint8Array(at("kernels", "regression", "tx_no_verify.wasm"));
  const records = new SyncRecords(path);
  return { path, world: await makeWorld({ name: "tx", kernel, before: levels.slice(0, 3), levels, records }) };
}

class Report {
  worst = 0;
  largest = 0;

  add(what: string, cost: GameCost, plain: number): void {
    const ratio = cost.total / plain;
    this.worst = Math.max(this.worst, ratio);
    this.largest = Math.max(this.largest, cost.proofBytes);
    const each = cost.dissections.map((ms) => ms.toFixed(0)).join(" + ");
    line(what, `${ratio.toFixed(2)} x plain`, `${each} + proof ${cost.proof.toFixed(0)} ms`);
  }
}

async function period(table: Table, report: Report): Promise<void> {
  const { world } = table;
  const plain = await plainEvaluation(table);
  line("plain evaluation, a thread's first", `${plain.first.toFixed(0)} ms`);
  line("later ones", `${plain.later.toFixed(0)} ms`);
  const source = seededSource(SEED, 1000);
  let games = 0;
  const play = async (player: EngineThread): Promise<readonly [tick: bigint, cost: GameCost]> => {
    const tick = await randomTick(world, (bound) => source.u64() % bound);
    return [tick, await playGame({ table, player, tick, honestRefutes: games++ % 2 === 0 })];
  };
  let player = await startThread(table, true);
  for (let game = 0; game < FIRST_GAMES; game++) {
    await player.close();
    player = await startThread(table, true);
    const [tick, cost] = await play(player);
    report.add(`first game, lie at tick ${tick}`, cost, plain.first);
  }
  for (let game = 0; game < LATER_GAMES; game++) {
    const [tick, cost] = await play(player);
    report.add(`later game, lie at tick ${tick}`, cost, plain.later);
  }
  await player.close();
}

export async function games(shared: string): Promise<void> {
  const report = new Report();
  for (const levels of PERIODS) {
    console.log(`\nRefutation games about ${levels} levels of tx_no_verify; CPU time of the honest side`);
    const folder = mkdtempSync(join(tmpdir(), "tickproof-bench-"));
    try {
      const table = await makeTable(shared, levels, join(folder, "states.sqlite"));
      await period(table, report);
      await table.world.dispose();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  line("worst", `${report.worst.toFixed(2)} x plain`, `${MOST_TIMES_PLAIN} at most`);
  line("largest proof", `${report.largest} bytes`, `of ${MOST_PROOF_BYTES}`);
  line("memory", `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`, "peak");
}
