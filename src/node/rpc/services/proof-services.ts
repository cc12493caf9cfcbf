// Services that Octez has not: the phases of a level, the state at any of its ticks, and the proof of any step, which `tickproof verify` takes.
// Ticks are counted from the start of the level.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { MalformedProof } from "../../../merkle/errors.js";
import { decodeProof } from "../../../merkle/proof-encoding.js";
import { stateHashForm } from "../../../protocol/identifiers.js";
import type { Stretch, TickProof, TickRequest } from "../../engine/engine.js";
import type { L2Block } from "../../l2-block.js";
import { CodedAnswer, failure } from "../answer.js";
import { proofTreeJson } from "../json/proof-json.js";
import type { NodeView } from "../node-view.js";
import {
  anything,
  arrayOf,
  described,
  hex,
  int31,
  level,
  nullable,
  object,
  oneOf,
  oneOfTexts,
  titled,
} from "../schema.js";
import { BIG_NATURAL, BLOCK_HASH, STATE_HASH, TEXT } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { levelArgument, tickArgument } from "./arguments.js";
import { blockText, findBlock, getL2Block, withState } from "./blocks.js";

/** A level, as the machine ran it. */
interface LevelRun {
  readonly block: L2Block;
  readonly messages: readonly Uint8Array[];
  readonly stretch: Stretch;
}

async function levelRun(node: NodeView, at: number): Promise<LevelRun> {
  if (at <= node.genesis.level) throw failure(`The machine does not run before level ${node.genesis.level + 1}`);
  const block = await getL2Block(node, (await findBlock(node, { kind: "level", level: at })).hash);
  const before = await getL2Block(node, block.predecessor);
  const messages = await node.store.messages(block.inboxWitness);
  if (messages === undefined) throw failure(`The messages of level ${at} are not kept`);
  const failures = node.failures.filter((one) => one.level === at);
  const stretch = { before: before.stateHash, levels: [{ level: at, messages }], failures };
  return { block, messages, stretch };
}

/** Runs `ask` for a level whose states are kept. */
async function inLevel<T>(node: NodeView, at: number, ask: (run: LevelRun) => Promise<T>): Promise<T> {
  const run = await levelRun(node, at);
  return withState(node, { hash: run.block.predecessor }, () => ask(run));
}

function levelFields({ block }: LevelRun) {
  return {
    level: block.level,
    block_hash: blockText(block.hash),
    initial_tick: block.initialTick.toString(),
    num_ticks: block.numTicks.toString(),
  };
}

const LEVEL_FIELDS = { level, block_hash: BLOCK_HASH, initial_tick: BIG_NATURAL, num_ticks: BIG_NATURAL };

function checkTick(run: LevelRun, tick: bigint, last: bigint): void {
  if (tick <= last) return;
  throw failure(`Tick ${tick} is beyond the ${run.block.numTicks} ticks of level ${run.block.level}`);
}

// ---- Phases and states

async function phases(node: NodeView, at: number): Promise<Json> {
  return inLevel(node, at, async (run) => ({
    ...levelFields(run),
    phases: (await node.engine.phases(run.stretch)).map(({ phase, first, ticks }) => ({
      phase,
      first: first.toString(),
      last: (first + ticks - 1n).toString(),
      ticks: ticks.toString(),
    })),
  }));
}

async function stateAt(node: NodeView, at: number, tick: bigint): Promise<Json> {
  return inLevel(node, at, async (run) => {
    checkTick(run, tick, run.block.numTicks);
    const [view] = await node.engine.statesAt(run.stretch, [tick]);
    if (view === undefined) throw failure(`The machine does not reach tick ${tick} of level ${at}`);
    return {
      ...levelFields(run),
      tick: tick.toString(),
      state_hash: stateHashForm.toJson(view.state),
      phase: view.phase,
    };
  });
}

// ---- Proofs

/** What the machine is given at a tick at which it asks for a message. */
function inputOf(
  run: LevelRun,
  request: TickRequest,
): { readonly counter: number; readonly payload: Uint8Array } | null {
  if (request.tag !== "input") return null;
  const { after } = request;
  const counter = after !== null && after.level === run.block.level ? Number(after.counter) + 1 : 0;
  const payload = run.messages[counter];
  return payload === undefined ? null : { counter, payload };
}

function requestJson(run: LevelRun, request: TickRequest): Json {
  switch (request.tag) {
    case "none":
      return { kind: "none" };
    case "input": {
      const input = inputOf(run, request);
      const at = run.block.level;
      if (input === null) return { kind: "input", message: null };
      const payload = toHex(input.payload);
      const message = { level: at, counter: input.counter, payload };
      return { kind: "input", message, verify: `--input ${at}:${input.counter}:${payload}` };
    }
    case "reveal": {
      const { data } = request;
      const answer = data === null ? null : toHex(data);
      return {
        kind: "reveal",
        request: toHex(request.request),
        data: answer,
        ...(answer === null ? {} : { verify: `--reveal ${answer}` }),
      };
    }
  }
}

function proofJson(run: LevelRun, tick: bigint, proof: TickProof): Json {
  return {
    ...levelFields(run),
    tick: tick.toString(),
    phase: proof.phase,
    start_hash: stateHashForm.toJson(proof.before),
    end_hash: stateHashForm.toJson(proof.after),
    start_context: encodeBase58Check("contextHash", proof.before),
    end_context: encodeBase58Check("contextHash", proof.after),
    request: requestJson(run, proof.request),
    size: proof.proof.length,
    proof: toHex(proof.proof),
    tree: decodedTree(proof.proof),
  };
}

function decodedTree(bytes: Uint8Array): Json {
  try {
    return proofTreeJson(decodeProof(bytes).tree);
  } catch (error) {
    if (error instanceof MalformedProof) return null;
    throw error;
  }
}

async function prove(node: NodeView, at: number, tick: bigint): Promise<CodedAnswer> {
  return inLevel(node, at, async (run) => {
    checkTick(run, tick, run.block.numTicks - 1n);
    const proof = await node.engine.prove(run.stretch, tick);
    return new CodedAnswer(proofJson(run, tick, proof), () => proof.proof, true);
  });
}

const REQUEST = oneOf(
  titled("none", object({ kind: oneOfTexts("none") })),
  titled(
    "input",
    object({
      kind: oneOfTexts("input"),
      message: nullable(object({ level, counter: int31, payload: hex })),
      "verify?": described("What `tickproof verify` is given beside the proof", { type: "string" }),
    }),
  ),
  titled(
    "reveal",
    object({ kind: oneOfTexts("reveal"), request: hex, data: nullable(hex), "verify?": { type: "string" } }),
  ),
);

export const PROOF_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: ["local", "proof", levelArgument, "phases"],
    description: "Phases of the machine in a level, with the ticks of each",
    output: object({
      ...LEVEL_FIELDS,
      phases: arrayOf(object({ phase: TEXT, first: BIG_NATURAL, last: BIG_NATURAL, ticks: BIG_NATURAL })),
    }),
    isHeavy: true,
    serve: ({ node, args: [at] }) => phases(node, at),
  }),
  service({
    method: "GET",
    path: ["local", "proof", levelArgument, "hash", tickArgument],
    description: "Hash of the state before a tick of a level; after the last one, of the state that the level leads to",
    output: object({ ...LEVEL_FIELDS, tick: BIG_NATURAL, state_hash: STATE_HASH, phase: TEXT }),
    isHeavy: true,
    serve: ({ node, args: [at, tick] }) => stateAt(node, at, tick),
  }),
  service({
    method: "GET",
    path: ["local", "proof", levelArgument, "tick", tickArgument],
    description:
      "Step proof of a tick of a level: what the refutation game asks for. As application/octet-stream, its bytes alone",
    output: object({
      ...LEVEL_FIELDS,
      tick: BIG_NATURAL,
      phase: TEXT,
      start_hash: STATE_HASH,
      end_hash: STATE_HASH,
      start_context: TEXT,
      end_context: TEXT,
      request: REQUEST,
      size: int31,
      proof: hex,
      tree: described("What the proof shows of the state", anything),
    }),
    isHeavy: true,
    serve: ({ node, args: [at, tick] }) => prove(node, at, tick),
  }),
];
