// Own states as a rollup node tells them over its RPC. Blocks and commitments are asked of any node; states inside a level only of ours
// (`/local/proof`): against an Octez node, a game is followed as far as its ticks are those between levels.

import { isJsonObject, JsonError } from "../../encoding/json.js";
import { HttpTransport } from "../../l1/client/http-transport.js";
import { isL1RpcError, L1RpcError } from "../../l1/client/rpc-error.js";
import {
  type CommitmentHash,
  commitmentHashForm,
  hashEquals,
  type StateHash,
  stateHashForm,
} from "../../protocol/identifiers.js";
import { type OwnStates, OwnStatesError } from "./own-states.js";

const TIMEOUT_MS = 60_000;
/** Levels of a period at most: more is no answer to believe. */
const MAX_PERIOD = 100_000;
/** Blocks kept, which do not change but by a reorganisation. */
const MAX_BLOCKS = 4096;

/** What matters of a block of the rollup. */
interface LevelEnd {
  readonly hash: string;
  readonly level: number;
  readonly predecessor: string;
  readonly ticks: bigint;
  readonly state: StateHash;
  readonly commitment: CommitmentHash | undefined;
}

export class RpcStates implements OwnStates {
  readonly #rpc: HttpTransport;
  /** By hash. */
  readonly #blocks = new Map<string, LevelEnd>();

  /** Raises TypeError for an address that is none. */
  constructor(readonly name: string) {
    this.#rpc = new HttpTransport(name, { timeoutMs: TIMEOUT_MS, retries: 1 });
  }

  async headLevel(): Promise<number | undefined> {
    const level = await this.#get("/global/tezos_level", (json) => json);
    return level === null ? undefined : integer(level);
  }

  async commitmentAt(inboxLevel: number): Promise<CommitmentHash | undefined> {
    const head = await this.headLevel();
    if (head === undefined || head < inboxLevel) return undefined;
    return (await this.#block(inboxLevel)).commitment;
  }

  async statesAt(inboxLevel: number, ticks: readonly bigint[]): Promise<readonly (StateHash | undefined)[]> {
    const levels = await this.#period(inboxLevel);
    const states: (StateHash | undefined)[] = [];
    for (const tick of ticks) states.push(await this.#stateAt(levels, tick));
    return states;
  }

  close(): Promise<void> {
    return this.#rpc.close();
  }

  /** The block before the period, then those of the period. */
  async #period(inboxLevel: number): Promise<readonly LevelEnd[]> {
    const last = await this.#block(inboxLevel);
    if (last.commitment === undefined) {
      throw new OwnStatesError("node.watch.unknown_states", `the node has no commitment for level ${inboxLevel}`);
    }
    const blocks = [last];
    for (let block = last; blocks.length <= MAX_PERIOD; ) {
      block = await this.#block(block.predecessor, block.level - 1);
      blocks.unshift(block);
      if (block.commitment !== undefined) return blocks;
    }
    throw new OwnStatesError("node.watch.bad_answer", `the period of level ${inboxLevel} has no beginning`);
  }

  async #stateAt(levels: readonly LevelEnd[], tick: bigint): Promise<StateHash | undefined> {
    let start = 0n;
    for (const [i, { ticks, state, level }] of levels.entries()) {
      // The first one is the end of the period before, where tick 0 is.
      const end = i === 0 ? 0n : start + ticks;
      if (tick === end) return state;
      if (tick < end) return this.#inside(level, tick - start);
      start = end;
    }
    return undefined;
  }

  async #inside(level: number, tick: bigint): Promise<StateHash> {
    return this.#get(`/local/proof/${level}/hash/${tick}`, (json) => {
      const { state_hash: state, tick: at } = object(json);
      if (at !== tick.toString()) throw new JsonError("encoding.json.bad_value", `tick ${tick} expected`, at);
      return stateHashForm.fromJson(state);
    });
  }

  /** The block of a level, or of a hash that should be at this level. */
  async #block(id: number | string, level = typeof id === "number" ? id : undefined): Promise<LevelEnd> {
    const known = typeof id === "string" ? this.#blocks.get(id) : undefined;
    const block = known ?? (await this.#get(`/global/block/${id}`, readLevelEnd));
    if (block.level !== level || (typeof id === "string" && block.hash !== id)) {
      const text = `${this.name}: asked for block ${id} of level ${level ?? "?"}, got that of level ${block.level}`;
      throw new OwnStatesError("node.watch.bad_answer", text);
    }
    this.#blocks.set(block.hash, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > MAX_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest);
    return block;
  }

  /** Raises OwnStatesError. */
  async #get<T>(path: string, read: (json: unknown) => T): Promise<T> {
    try {
      return read(await this.#rpc.get(path));
    } catch (error) {
      if (error instanceof JsonError) {
        const text = `${this.name}${path}: ${error.message}`;
        throw new OwnStatesError("node.watch.bad_answer", text, { cause: error });
      }
      if (!(error instanceof L1RpcError)) throw error;
      throw new OwnStatesError(codeOf(error), `${this.name}${path}: ${error.reason}`, { cause: error });
    }
  }
}

function codeOf(error: L1RpcError) {
  if (isL1RpcError(error, "l1.rpc.unreachable") || isL1RpcError(error, "l1.rpc.timeout")) return "node.watch.node_away";
  if (isL1RpcError(error, "l1.rpc.unexpected_content") || isL1RpcError(error, "l1.rpc.too_large")) {
    return "node.watch.bad_answer";
  }
  return "node.watch.unknown_states";
}

const NO_COMMITMENT = new Uint8Array(32);

function readLevelEnd(json: unknown): LevelEnd {
  const block = object(json);
  const commitment = block["commitment_hash"] ?? undefined;
  const hash = commitment === undefined ? undefined : commitmentHashForm.fromJson(commitment);
  return {
    hash: text(block["block_hash"]),
    level: integer(block["level"]),
    predecessor: text(block["predecessor"]),
    ticks: natural(block["num_ticks"]),
    state: stateHashForm.fromJson(block["state_hash"]),
    commitment: hash === undefined || hashEquals(hash, NO_COMMITMENT) ? undefined : hash,
  };
}

function object(json: unknown) {
  if (!isJsonObject(json)) throw new JsonError("encoding.json.bad_value", "an object expected", json);
  return json;
}

function text(json: unknown): string {
  if (typeof json !== "string") throw new JsonError("encoding.json.bad_value", "text expected", json);
  return json;
}

function integer(json: unknown): number {
  if (typeof json === "number" && Number.isSafeInteger(json) && json >= 0) return json;
  throw new JsonError("encoding.json.bad_value", "a level expected", json);
}

/** Octez prints large numbers as text. */
function natural(json: unknown): bigint {
  if (typeof json === "number" && Number.isSafeInteger(json) && json >= 0) return BigInt(json);
  if (typeof json === "string" && /^[0-9]{1,40}$/.test(json)) return BigInt(json);
  throw new JsonError("encoding.json.bad_value", "a natural number expected", json);
}
