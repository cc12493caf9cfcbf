/** What the steps of the decoder work on within a tick: the stream, and what they may replace of the state beside the continuation. */
import { ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import type { Allocations, Block, Instruction } from "../syntax.js";
import type { ByteStream } from "./byte-stream.js";
import type { BuildingState } from "./sections.js";
import type { DecodeState, ModuleKont } from "./state.js";
import type { DecodeLevel } from "./types.js";

export class DecodeContext {
  readonly stream: ByteStream;
  readonly level: DecodeLevel;
  building: BuildingState;
  allocations: Allocations;

  constructor(stream: ByteStream, level: DecodeLevel, { building, allocations }: DecodeState) {
    this.stream = stream;
    this.level = level;
    this.building = building;
    this.allocations = allocations;
  }

  /** The state in which a tick that ends with this continuation leaves the decoder. */
  stateWith(kont: ModuleKont, streamName: string): DecodeState {
    const { building, allocations, stream } = this;
    return { building, kont, allocations, streamPos: stream.position, streamName };
  }

  /** Adds an empty block to the table; gives its label. */
  allocateBlock(): number {
    const { blocks, datas } = this.allocations;
    this.allocations = { blocks: blocks.append(LazyVector.empty<Instruction>()), datas };
    return blocks.length;
  }

  block(label: number): Block {
    return this.allocations.blocks.get(label);
  }

  /** Adds an instruction at the end of a block. */
  addToBlock(label: number, instruction: Instruction): void {
    const { blocks, datas } = this.allocations;
    const block = blocks.get(label).append(instruction);
    this.allocations = { blocks: blocks.set(label, block), datas };
  }

  /** Adds a data of `length` zeros to the table, without chunks; gives its label. */
  allocateData(length: number): number {
    const { blocks, datas } = this.allocations;
    this.allocations = { blocks, datas: datas.append(ChunkedBytes.allocate(length)) };
    return datas.length;
  }

  /** Stores bytes in a data. */
  storeData(label: number, offset: number, bytes: Uint8Array): void {
    const { blocks, datas } = this.allocations;
    const data = datas.get(label).store(offset, bytes);
    this.allocations = { blocks, datas: datas.set(label, data) };
  }
}
