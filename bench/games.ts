/**
 * What a refutation game costs the honest side, over the transaction kernel's levels: time of each of its moves, CPU in all and as a multiple of
 * one plain evaluation of the disputed levels, sizes of proofs, memory.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "../src/encoding/binary.js";
import { LocalEngine } from "../src/node/engine/local-engine.js";
import { nextMove } from "../src/node/games/next-move.js";
import { isDissection, refutationProofForm } from "../src/protocol/refutation.js";
import { ProtocolBoard } from "../test/node/simulated-games/board.js";
import { madeUpStates } from "../test/node/simulated-games/claims.js";
import { seededSource } from "../test/node/simulated-games/rounds.js";
import { honestView, makeWorld, type World } from "../test/node/simulated-games/world.js";

const SEED = 20_261_124;
const GAMES = 8;
/** Levels of a period, and those before it. */
const LEVELS = 3;
const MOST_PROOF_BYTES = 30_000;

function line(what: string, figure: string, note = ""): void {
  console.log(`${what.padEnd(44)} ${figure.padStart(16)}  ${note}`);
}

/** CPU time of this process so far, all threads, in milliseconds: what else runs on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** An engine that knows nothing but the states in the store: as a player's, when its first game begins. */
function freshEngine({ store, metadata, activation, dalParameters }: World): LocalEngine {
  return new LocalEngine({ store, reveals: { metadata, rules: { activation, dalParameters } } });
}

/** CPU of the disputed levels, evaluated as the node does when their blocks come in. */
async function plainEvaluation(world: World): Promise<number> {
  const engine = freshEngine(world);
  const from = cpu();
  let { before } = world.stretch;
  for (const level of world.stretch.levels) before = (await engine.evaluate({ before, ...level })).after;
  return cpu() - from;
}

interface GameCost {
  readonly dissections: readonly number[];
  readonly proof: number;
  readonly proofBytes: number;
  readonly total: number;
}

async function playGame(world: World, tick: bigint, honestRefutes: boolean): Promise<GameCost> {
  // The liar has an engine of its own, and is not timed.
  const claims = await madeUpStates({ ...world, engine: freshEngine(world) }, tick + 1n, 1);
  const refuter = honestRefutes ? "honest" : "liar";
  const board = new ProtocolBoard({ world, claim: claims.claim, refuter, honestIsFirst: true });
  const view = { ...honestView(world), engine: freshEngine(world) };
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

export async function games(shared: string): Promise<void> {
  const at = (...parts: string[]): Uint8Array => readFileSync(join(shared, "vectors", ...parts));
  const transfer = (name: string): Uint8Array => Uint8Array.of(0, 0, ...at("messages", name));
  const levels = Array.from({ length: LEVELS }, () => [transfer("deposit.out"), transfer("withdrawal.out")]);
  const kernel = new Uint8Array(at("kernels", "regression", "tx_no_verify.wasm"));
  const world = await makeWorld({ name: "tx", kernel, before: levels, levels });
  console.log(`\nRefutation games about ${LEVELS} levels of tx_no_verify; CPU time of the honest side`);
  const plain = Math.min(await plainEvaluation(world), await plainEvaluation(world), await plainEvaluation(world));
  line("plain evaluation of the levels", `${plain.toFixed(0)} ms`);
  const source = seededSource(SEED, 1000);
  const before = process.memoryUsage().rss;
  let worst = 0;
  let largest = 0;
  for (let game = 0; game < GAMES; game++) {
    const tick = await randomTick(world, (bound) => source.u64() % bound);
    const cost = await playGame(world, tick, game % 2 === 0);
    const ratio = cost.total / plain;
    worst = Math.max(worst, ratio);
    largest = Math.max(largest, cost.proofBytes);
    const each = cost.dissections.map((ms) => ms.toFixed(0)).join(" + ");
    line(`lie at tick ${tick}`, `${ratio.toFixed(2)} x plain`, `${each} + proof ${cost.proof.toFixed(0)} ms`);
  }
  line("worst", `${worst.toFixed(2)} x plain`, "4 at most");
  line("largest proof", `${largest} bytes`, `of ${MOST_PROOF_BYTES}`);
  const peak = process.resourceUsage().maxRSS / 1024;
  line("memory", `${peak.toFixed(0)} MiB`, `peak; ${(before / 2 ** 20).toFixed(0)} MiB before the games`);
  await world.dispose();
}
