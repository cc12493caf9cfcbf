/**
 * The node under load: ten thousand messages in a level, straight and through the batcher, and its RPC (in a process of its own) under 200 clients
 * while kernel runs of 40 million ticks are evaluated. The same as `npm run soak -- node-load`, which also holds it to its bound.
 */
import { fileURLToPath } from "node:url";
import { assemble } from "../test/l1/sandbox/rollup.js";
import { largeLevelFigures } from "../test/node/load/large-level.js";
import { loadFigures, loadRounds } from "../test/node/load/load-rounds.js";

const MESSAGES = 10_000;
const CLIENTS = 200;
/** Requests a second of the load at a pace. */
const RATE = 400;
const TICKS = 40_000_000;
const LEVELS = 8;

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function node(): Promise<void> {
  console.log(`\nThe node: levels of ${MESSAGES} messages`);
  for (const line of await largeLevelFigures(assemble("echo"), MESSAGES)) console.log(line);
  console.log(`\nThe node: its RPC while kernel runs of ${TICKS / 1e6} M ticks are evaluated`);
  const rounds = await loadRounds({
    main: at("../src/cli/main.js"),
    probe: at("../test/node/load/probe.js"),
    clients: CLIENTS,
    ticks: TICKS,
    messages: MESSAGES,
    levels: LEVELS,
    rate: RATE,
  });
  for (const line of loadFigures(rounds)) console.log(line);
}
