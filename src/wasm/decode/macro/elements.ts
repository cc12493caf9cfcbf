/** Many ticks at once of the sections whose elements are short: function indices, indexed element items, bytes of data (pvm.md §2.2). */
import { LazyVector } from "../../../merkle/lazy-vector.js";
import { GuestError } from "../../guest-errors.js";
import { ByteStream } from "../byte-stream.js";
import { indexedInstruction } from "../instruction.js";
import type { DecodeState } from "../state.js";
import { fillMany, type Progress } from "./progress.js";

/** Reads up to `count` indices; stops before one that is wrong. */
function readIndices(stream: ByteStream, count: number): number[] {
  const indices: number[] = [];
  let position = stream.position;
  try {
    for (; indices.length < count; position = stream.position) indices.push(stream.index());
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
  }
  stream.position = position;
  return indices;
}

export function runFunctionIndices(state: DecodeState, bytes: Uint8Array, budget: number): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKField" || kont.section.tag !== "FuncField") return null;
  const { elements } = kont.section;
  const stream = ByteStream.ofBytes(bytes, state.streamPos);
  const indices = readIndices(stream, Math.min(budget, elements.vector.length - elements.offset));
  if (indices.length === 0) return null;
  const section = { tag: "FuncField", elements: fillMany(elements, indices) } as const;
  return { state: { ...state, kont: { ...kont, section }, streamPos: stream.position }, ticks: indices.length };
}

export function runElemItems(state: DecodeState, bytes: Uint8Array, budget: number): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKElem" || kont.kont.tag !== "EKInitIndexed") return null;
  const { items } = kont.kont;
  const stream = ByteStream.ofBytes(bytes, state.streamPos);
  const indices = readIndices(stream, Math.min(budget, items.vector.length - items.offset));
  if (indices.length === 0) return null;
  let { blocks } = state.allocations;
  const labels: number[] = [];
  for (const index of indices) {
    labels.push(blocks.length);
    blocks = blocks.append(LazyVector.of([indexedInstruction("RefFunc", index)]));
  }
  return {
    state: {
      ...state,
      kont: { ...kont, kont: { ...kont.kont, items: fillMany(items, labels) } },
      allocations: { blocks, datas: state.allocations.datas },
      streamPos: stream.position,
    },
    ticks: indices.length,
  };
}

export function runDataBytes(state: DecodeState, bytes: Uint8Array, budget: number): Progress | null {
  const { kont } = state;
  if (kont.tag !== "MKData" || kont.kont.tag !== "DKInit" || kont.kont.bytes.tag !== "VKRead") return null;
  const read = kont.kont.bytes;
  const end = Math.min(state.streamPos + Math.min(budget, read.length - read.pos), bytes.length);
  const ticks = end - state.streamPos;
  if (ticks <= 0) return null;
  const { datas, blocks } = state.allocations;
  const data = datas.get(read.label).store(read.pos, bytes.subarray(state.streamPos, end));
  return {
    state: {
      ...state,
      kont: { ...kont, kont: { ...kont.kont, bytes: { ...read, pos: read.pos + ticks } } },
      allocations: { blocks, datas: datas.set(read.label, data) },
      streamPos: end,
    },
    ticks,
  };
}
