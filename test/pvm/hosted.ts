// A machine as host functions see it: a durable storage, buffers and one memory, and calls by the names kernels import.
import { ChunkedBytes } from "../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../src/merkle/lazy-vector.js";
import { Directory } from "../../src/merkle/node.js";
import { type Access, PLAIN_ACCESS, Tree } from "../../src/merkle/tree.js";
import { type Buffers, emptyBuffers, enqueue, startLevel } from "../../src/pvm/buffers.js";
import { Durable, durableKey } from "../../src/pvm/durable.js";
import type { HostType } from "../../src/pvm/host/function.js";
import { type HostedMachine, KernelHost } from "../../src/pvm/host/kernel-host.js";
import { HOST_FUNCTIONS } from "../../src/pvm/host/registry.js";
import type { PvmVersion } from "../../src/pvm/versions.js";
import type { HostOutcome } from "../../src/wasm/host.js";
import { i32, i64, type Memory, type Value } from "../../src/wasm/runtime.js";

export const LATEST: PvmVersion = "2.0.0-r6";

/** What a call answered: the number, the extra ticks. */
export interface Answer {
  readonly result: number | bigint | null;
  readonly ticks: number;
}

export class Hosted implements HostedMachine {
  readonly durable: Durable;
  buffers: Buffers;
  memory: Memory;
  readonly host: KernelHost;
  readonly debugged: string[] = [];

  constructor(memoryBytes = 65536, version: PvmVersion = LATEST, access: Access = PLAIN_ACCESS) {
    this.durable = new Durable(new Tree(Directory.empty, access));
    this.durable.setValue(durableKey("/readonly/wasm_version"), Buffer.from(version));
    this.buffers = emptyBuffers(10, 3n);
    this.memory = { min: Math.ceil(memoryBytes / 65536), max: null, chunks: ChunkedBytes.allocate(memoryBytes) };
    this.host = new KernelHost(this, version, (text) => this.debugged.push(Buffer.from(text).toString("latin1")));
  }

  /** Opens the outbox of a level. */
  startLevel(level: number): void {
    this.buffers = { ...this.buffers, output: startLevel(this.buffers.output, level) };
  }

  message(level: number, counter: bigint, payload: Uint8Array): void {
    this.buffers = { ...this.buffers, input: enqueue(this.buffers.input, { level, counter, payload }) };
  }

  /** Puts a text into memory. */
  put(address: number, text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    this.memory = { ...this.memory, chunks: this.memory.chunks.store(address, bytes) };
  }

  bytes(address: number, count: number): Uint8Array {
    return this.memory.chunks.bytes(address, count);
  }

  text(address: number, count: number): string {
    return Buffer.from(this.bytes(address, count)).toString("latin1");
  }

  /** Calls the function of an import name as the evaluator does. */
  outcome(importName: string, ...args: (number | bigint)[]): HostOutcome {
    const spec = HOST_FUNCTIONS.find((candidate) => candidate.importName === importName);
    if (spec === undefined) throw new Error(`no function ${importName}`);
    const values = args.map((arg, index) => toValue(spec.params[index], arg));
    const outcome = this.host.call(spec.stateName, values, LazyVector.of([this.memory]));
    if (outcome.tag === "results" && outcome.memory !== null) this.memory = outcome.memory;
    return outcome;
  }

  /** Calls a function that does not wait for an answer from outside. */
  call(importName: string, ...args: (number | bigint)[]): Answer {
    const outcome = this.outcome(importName, ...args);
    if (outcome.tag !== "results") throw new Error(`${importName} asks for a reveal`);
    const [value] = outcome.results;
    if (value === undefined) return { result: null, ticks: outcome.ticks };
    if (value.tag !== "num") throw new Error("a number expected");
    return { result: value.num.value, ticks: outcome.ticks };
  }

  /** Calls a function on a key, which is put at address 0 of the memory. */
  onKey(importName: string, key: string, ...args: (number | bigint)[]): Answer {
    this.put(0, key);
    return this.call(importName, 0, key.length, ...args);
  }

  /** Calls a function on two keys, put at addresses 0 and 512. */
  onKeys(importName: string, from: string, to: string): Answer {
    this.put(0, from);
    this.put(512, to);
    return this.call(importName, 0, from.length, 512, to.length);
  }

  /** Gives a key a value. */
  value(key: string, bytes: string | Uint8Array): void {
    this.durable.setValue(durableKey(key), typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** The value of a key as text; null if it has none. */
  read(key: string): string | null {
    const value = this.durable.findValue(durableKey(key));
    return value === null ? null : Buffer.from(value.toBytes()).toString("latin1");
  }

  get durableHash(): string {
    return Buffer.from(this.durable.tree.hash).toString("hex");
  }
}

function toValue(type: HostType | undefined, arg: number | bigint): Value {
  return type === "i64" ? i64(BigInt(arg)) : i32(Number(arg));
}
