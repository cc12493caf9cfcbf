// Proof first: a node that runs a large kernel is asked for the step proof of random ticks of random levels, and `tickproof verify` judges what it
// answers. Without vitest: some ticks in proofs.test.ts, more as `npm run soak -- node-proofs`.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ALICE } from "../../l1/sandbox/chain.js";
import { Dice, type KernelName, openWorld, Player } from "./world.js";

export interface ProofOptions {
  /** The program's entry point. */
  readonly main: string;
  /** Must be there. */
  readonly folder: string;
  readonly kernel: KernelName;
  readonly levels: number;
  readonly ticks: number;
  readonly seed: number;
  readonly progress?: (done: number) => void;
}

export interface Proofs {
  /** Milliseconds from the request to the last byte, a proof each, in ascending order. */
  readonly times: readonly number[];
  readonly phases: ReadonlySet<string>;
  /** Bytes of the largest proof. */
  readonly largest: number;
  /** Ticks of the largest level that are not padding. */
  readonly busiest: bigint;
}

interface Phase {
  readonly phase: string;
  readonly first: string;
  readonly ticks: string;
}

interface Answer {
  readonly phase: string;
  readonly start_hash: string;
  readonly end_hash: string;
  readonly request: { readonly verify?: string };
  readonly size: number;
}

/** Raises an Error when a proof is refused, or leads elsewhere than the node says. */
export async function proofRounds(options: ProofOptions): Promise<Proofs> {
  const { main, folder, kernel, levels, ticks, seed, progress } = options;
  const world = await openWorld(main, kernel);
  const { chain, rollup, send } = world;
  const node = new Player(world, ALICE, join(folder, "data"));
  const dice = new Dice(seed);
  const times: number[] = [];
  const phases = new Set<string>();
  let largest = 0;
  let busiest = 0n;
  try {
    node.start();
    for (let i = 0; i < levels; i++) {
      send(dice);
      chain.bake();
      await node.caughtUp();
    }
    for (let done = 1; done <= ticks; done++) {
      const level = rollup.originationLevel + 1 + dice.below(chain.level - rollup.originationLevel);
      const spans = (await json<{ readonly phases: readonly Phase[] }>(`${node.url}/local/proof/${level}/phases`))
        .phases;
      const busy = spans.reduce((sum, one) => (one.phase === "padding" ? sum : sum + BigInt(one.ticks)), 0n);
      if (busy > busiest) busiest = busy;
      // Any phase, then any of its ticks: most ticks of a level are padding.
      const span = spans[dice.below(spans.length)] as Phase; // there are some
      const tick = BigInt(span.first) + (BigInt(dice.below(2 ** 32)) * BigInt(span.ticks)) / 2n ** 32n;
      const url = `${node.url}/local/proof/${level}/tick/${tick}`;
      const start = performance.now();
      const bytes = await answer(url, "application/octet-stream");
      times.push(performance.now() - start);
      largest = Math.max(largest, bytes.length);
      const said = await json<Answer>(url);
      phases.add(said.phase);
      const file = join(folder, "step.proof");
      writeFileSync(file, bytes);
      await verify(main, file, said, `tick ${tick} of level ${level} (${said.phase})`);
      progress?.(done);
    }
  } finally {
    if (node.isRunning) await node.stop();
    await world.close();
  }
  return { times: times.sort((a, b) => a - b), phases, largest, busiest };
}

async function answer(url: string, accept: string): Promise<Uint8Array> {
  const response = await fetch(url, { headers: { accept } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function json<T>(url: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await answer(url, "application/json"))) as T;
}

/** By the program's own command, with the hashes that the node has for the states before and after. */
async function verify(main: string, file: string, said: Answer, what: string): Promise<void> {
  const input = said.request.verify?.split(" ") ?? [];
  const args = ["verify", file, ...input, "--before", said.start_hash, "--after", said.end_hash];
  await promisify(execFile)(process.execPath, [main, ...args]).catch((cause: unknown) => {
    throw new Error(`${what}: refused`, { cause });
  });
}
