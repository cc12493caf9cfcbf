// Two nodes on one chain, in this process but for their engines' threads, on data directories of their own: one goes on and on, the other is stopped
// and started at random, at times while blocks come. At the end every level is the same in both stores, and `tickproof run` comes to the
// same states over what `tickproof node export inputs` writes. Without vitest: 50 levels in agreement.test.ts, 500 as
// `npm run soak -- node-agreement`.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { SqliteStore } from "../../../src/node/store/sqlite-store.js";
import type { StoredBlock } from "../../../src/node/store/store.js";
import { ALICE, DAVE } from "../../l1/sandbox/chain.js";
import type { Rollup } from "../../l1/sandbox/rollup.js";
import { Dice, type KernelName, openWorld, Player, type Sender, type World } from "./world.js";

export interface AgreementOptions {
  /** The program's entry point; the other parts of it are found from there. */
  readonly main: string;
  /** Empty, or not there. */
  readonly folder: string;
  readonly kernel: KernelName;
  readonly levels: number;
  readonly seed: number;
  readonly progress?: (done: number) => void;
}

export interface Agreement {
  /** Compared, in the two stores. */
  readonly levels: number;
  readonly restarts: number;
  readonly messages: number;
  readonly commitments: number;
  readonly cementedLevel: number;
  /** States that `tickproof run` was held against. */
  readonly replayed: number;
}

// ---- The rounds

/** Raises an Error that says where the nodes, or `tickproof run`, differ. */
export async function agreementRounds(options: AgreementOptions): Promise<Agreement> {
  const { main, folder, kernel, levels, seed, progress } = options;
  const world = await openWorld(main, kernel);
  const { chain, rollup, endpoint, send } = world;
  const steady = new Player(world, ALICE, join(folder, "steady"));
  const restarted = new Player(world, DAVE, join(folder, "restarted"));
  try {
    const counts = await play(world, steady, restarted, send, new Dice(seed), levels, progress);
    const compared = await compare(rollup, chain.level, steady.dataDir, restarted.dataDir);
    const cementedLevel = chain.sandbox.context(chain.head).rollup(rollup.address).lastCemented().level;
    const replayed = await replay(main, folder, endpoint, restarted.dataDir, compared.blocks, new Dice(seed + 1));
    return { levels: compared.blocks.length, commitments: compared.commitments, cementedLevel, replayed, ...counts };
  } finally {
    await Promise.allSettled([steady, restarted].filter(({ isRunning }) => isRunning).map((player) => player.stop()));
    await world.close();
  }
}

async function play(
  { chain }: World,
  steady: Player,
  restarted: Player,
  send: Sender,
  dice: Dice,
  levels: number,
  progress?: (done: number) => void,
): Promise<{ readonly restarts: number; readonly messages: number }> {
  let restarts = 0;
  let messages = 0;
  steady.start();
  restarted.start();
  for (let done = 1; done <= levels; done++) {
    messages += send(dice);
    chain.bake();
    await steady.caughtUp();
    // Mostly after a level, at times in the middle of one; away for some blocks, or for none.
    if (!restarted.isRunning) {
      if (dice.below(2) === 0) restarted.start();
    } else {
      if (dice.below(4) !== 0) await restarted.caughtUp();
      if (dice.below(12) === 0) {
        await restarted.stop();
        restarts += 1;
      }
    }
    progress?.(done);
  }
  if (!restarted.isRunning) restarted.start();
  await Promise.all([steady.caughtUp(), restarted.caughtUp()]);
  await Promise.all([steady.stop(), restarted.stop()]);
  return { restarts, messages };
}

// ---- What came of it

interface Compared {
  readonly blocks: readonly StoredBlock[];
  readonly commitments: number;
}

/** What a block says, byte for byte: state hash, inbox hash, commitment and all the rest. */
function printed(block: StoredBlock | undefined): string {
  return JSON.stringify(block, (_name, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    return typeof value === "bigint" ? String(value) : value;
  });
}

async function compare(rollup: Rollup, head: number, one: string, other: string): Promise<Compared> {
  const stores = await Promise.all([one, other].map((dataDir) => SqliteStore.open(dataDir, {})));
  const blocks: StoredBlock[] = [];
  let commitments = 0;
  try {
    for (let level = rollup.originationLevel; level <= head; level++) {
      const [a, b] = await Promise.all(stores.map((store) => fullBlock(store, level)));
      if (a === undefined || printed(a) !== printed(b)) {
        throw new Error(`level ${level} differs:\n${printed(a)}\n${printed(b)}`);
      }
      blocks.push(a);
      if (a.commitment !== undefined) commitments += 1;
    }
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
  return { blocks, commitments };
}

async function fullBlock(store: SqliteStore, level: number): Promise<StoredBlock | undefined> {
  const block = await store.blockAt(level);
  return block === undefined ? undefined : await store.fullBlock(block.hash);
}

/** States of levels that `tickproof run` is held against, beside the last. */
const SAMPLES = 2;

/** Exports the inputs of a data directory and runs the kernel over them, by the program's own commands. Gives the number of states compared. */
async function replay(
  main: string,
  folder: string,
  endpoint: string,
  dataDir: string,
  blocks: readonly StoredBlock[],
  dice: Dice,
): Promise<number> {
  const [inputs, kernel] = [join(folder, "inputs.json"), join(folder, "kernel.wasm")];
  const tickproof = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, ...args], { maxBuffer: 2 ** 26 })).stdout;
  const words = ["export", "inputs", "into", inputs, "--data-dir", dataDir, "--kernel", kernel];
  await tickproof("node", "-E", endpoint, ...words);
  const last = blocks.length - 1;
  const samples = [last, ...Array.from({ length: SAMPLES }, () => 1 + dice.below(last - 1))];
  for (const index of samples) {
    const block = blocks[index] as StoredBlock; // one of them
    const tick = block.initialTick + block.numTicks;
    const until = index === last ? [] : ["--until", `=${tick}`, "--padding"];
    const { stateHash } = JSON.parse(await tickproof("run", kernel, "--inputs", inputs, "--json", ...until)) as {
      readonly stateHash: string;
    };
    const expected = encodeBase58Check("stateHash", block.stateHash);
    if (stateHash !== expected) {
      throw new Error(`tickproof run: ${stateHash} after level ${block.level} (tick ${tick}), the node: ${expected}`);
    }
  }
  return samples.length;
}
