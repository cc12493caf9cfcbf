// A small model of the host functions, written from pvm.md §5: what a call answers, what it changes, and how many ticks it takes beside
// those of any call.
import { isReadonly, ModelNode, ModelValue, parseModelKey } from "./model-storage.js";

const TICKS_PER_BYTE = 42;
const PER_ACCESS = 1;
const MAX_KEY = 240;
const MAX_IO = 4096;
const MAX_STORE_IO = 2048;

/** How a call ends. */
export type Ending =
  | { readonly tag: "result"; readonly result: bigint; readonly ticks: number }
  /** Waited for an answer, and got it. */
  | { readonly tag: "revealed"; readonly result: bigint; readonly ticks: number }
  /** The machine is stuck. */
  | { readonly tag: "stuck"; readonly text: string }
  /** An error goes out of the machine: when the call is executed, or when its answer is given. */
  | { readonly tag: "escape"; readonly code: string; readonly atReveal: boolean };

export interface ModelMessage {
  readonly level: number;
  readonly counter: number;
  readonly payload: Uint8Array;
}

/** An error code. */
class Refused extends Error {
  readonly result: number;
  constructor(result: number) {
    super(`error ${result}`);
    this.result = result;
  }
}

const NEGATIVE_LENGTH = 'unknown_error: Invalid_argument("String.sub / Bytes.sub")';

/** The call gets the machine stuck. */
class Stuck extends Error {}

function i32(value: bigint | undefined): number {
  return Number(BigInt.asIntN(32, value ?? 0n));
}

export class HostModel {
  readonly memory: Uint8Array;
  storage: ModelNode;
  readonly inputs: ModelMessage[];
  readonly outbox: Uint8Array[] = [];
  readonly #outboxLimit: number | null;
  readonly #reveal: (request: Uint8Array) => Uint8Array;

  /** `outboxLimit`: null when no outbox is open. */
  constructor(
    memory: Uint8Array,
    storage: ModelNode,
    inputs: readonly ModelMessage[],
    outboxLimit: number | null,
    reveal: (request: Uint8Array) => Uint8Array,
  ) {
    this.memory = memory;
    this.storage = storage;
    this.inputs = [...inputs];
    this.#outboxLimit = outboxLimit;
    this.#reveal = reveal;
  }

  call(name: string, args: readonly bigint[]): Ending {
    if (name.startsWith("nds_")) return { tag: "escape", code: "pvm.nds_not_activated", atReveal: false };
    try {
      if (name.startsWith("reveal")) return this.reveal(name, args);
      const [result, ticks] = this.plain(name, args);
      return { tag: "result", result, ticks };
    } catch (error) {
      if (error instanceof Refused) return { tag: "result", result: BigInt(error.result), ticks: 0 };
      if (error instanceof Stuck) return { tag: "stuck", text: error.message };
      throw error;
    }
  }

  // Memory (§5.3)

  private load(address: number, count: number): Uint8Array {
    if (count < 0) throw new Refused(-8);
    const from = address >>> 0;
    if (count > 0 && from + count > this.memory.length) throw new Refused(-6);
    return this.memory.slice(from, from + count);
  }

  private store(address: number, bytes: Uint8Array): void {
    const from = address >>> 0;
    bytes.forEach((byte, index) => {
      if (from + index < this.memory.length) this.memory[from + index] = byte;
    });
    if (bytes.length > 0 && from + bytes.length > this.memory.length) throw new Refused(-6);
  }

  private key(address: number, length: number): string[] {
    if (length > MAX_KEY) throw new Refused(-1);
    const steps = parseModelKey(Buffer.from(this.load(address, length)).toString("latin1"));
    if (steps === null) throw new Refused(-2);
    return steps;
  }

  /** Gives at most so many bytes of a result. */
  private give(address: number, most: number, bytes: Uint8Array): bigint {
    if (most < 0) throw new Stuck(NEGATIVE_LENGTH);
    const given = bytes.subarray(0, most);
    this.store(address, given);
    return BigInt(given.length);
  }

  // Functions (§5.4): the result and its ticks.

  private plain(name: string, args: readonly bigint[]): [bigint, number] {
    const [a, b, c, d, e] = args.map(i32) as [number, number, number, number, number];
    switch (name) {
      case "read_input": {
        const size = this.readInput(a, b, c);
        return [BigInt(size), TICKS_PER_BYTE * size];
      }
      case "write_output":
        this.writeOutput(a, b);
        return [0n, 0];
      case "write_debug":
        return [0n, 0];
      case "store_copy":
      case "store_move":
        this.transfer(name === "store_move", [a, b], [c, d]);
        return [0n, TICKS_PER_BYTE * (b + d) + PER_ACCESS];
      default:
        break;
    }
    const steps = this.key(a, b);
    const ticks = TICKS_PER_BYTE * b + PER_ACCESS;
    switch (name) {
      case "store_get_nth_key":
        return [this.nthKey(steps, BigInt.asIntN(63, args[2] ?? 0n), d, e), ticks];
      case "store_read": {
        const count = this.read(steps, c, d, e);
        return [BigInt(count), ticks + TICKS_PER_BYTE * count];
      }
      case "store_write":
        this.write(steps, c, d, e);
        return [0n, ticks + TICKS_PER_BYTE * e];
      default:
        return [this.onKey(name, steps, c, d), ticks];
    }
  }

  /** The functions of one key and numbers. */
  private onKey(name: string, steps: readonly string[], c: number, d: number): bigint {
    const node = this.storage.at(steps) ?? ModelNode.empty;
    switch (name) {
      case "store_has":
        return (node.value === null ? 0n : 1n) + (node.children.size === 0 ? 0n : 2n);
      case "store_exists":
        return node.isEmpty ? 0n : 1n;
      case "store_list_size":
        return BigInt(node.count);
      case "store_delete":
        if (isReadonly(steps)) throw new Refused(-9);
        this.storage = this.storage.with(steps, null);
        return 0n;
      case "store_delete_value":
        if (isReadonly(steps)) throw new Refused(-9);
        this.storage = this.storage.withValue(steps, null);
        return 0n;
      case "store_value_size":
        if (node.value === null) throw new Refused(-3);
        return BigInt(node.value.length | 0);
      case "store_create":
        if (c < 0) throw new Refused(-5);
        if (isReadonly(steps)) throw new Refused(-9);
        if (node.value !== null) throw new Refused(-13);
        this.storage = this.storage.withValue(steps, new ModelValue(c));
        return 0n;
      case "__internal_store_get_hash":
        if (node.isEmpty) throw new Refused(-10);
        return this.give(c, d, node.hash());
      default:
        throw new Error(`no host function ${name}`);
    }
  }

  private readInput(info: number, address: number, most: number): number {
    const count = Math.min(MAX_IO, most);
    const size = this.memory.length;
    if ((info >>> 0) + 8 >= size || count < 0 || (address >>> 0) + count >= size) throw new Refused(-6);
    const message = this.inputs.shift();
    if (message === undefined) return 0;
    const given = message.payload.subarray(0, count);
    this.store(address, given);
    const head = Buffer.alloc(8);
    head.writeInt32LE(message.level, 0);
    head.writeInt32LE(message.counter, 4);
    this.store(info, head);
    return given.length;
  }

  private writeOutput(address: number, count: number): void {
    if (count > MAX_IO) throw new Refused(-7);
    const message = this.load(address, count);
    if (this.#outboxLimit === null) throw new Refused(-8);
    if (this.outbox.length >= this.#outboxLimit) throw new Refused(-11);
    this.outbox.push(message);
  }

  private transfer(isMove: boolean, from: [number, number], to: [number, number]): void {
    const source = this.key(...from);
    const target = this.key(...to);
    if ((isMove && isReadonly(source)) || isReadonly(target)) throw new Refused(-9);
    const node = this.storage.at(source) ?? ModelNode.empty;
    if (node.isEmpty) throw new Refused(-10);
    if (isMove) this.storage = this.storage.with(source, null);
    this.storage = this.storage.with(target, node);
  }

  private nthKey(steps: readonly string[], index: bigint, address: number, most: number): bigint {
    const node = this.storage.at(steps) ?? ModelNode.empty;
    if (node.isEmpty) throw new Refused(-10);
    if (index < 0n) throw new Refused(-8);
    const name = index < BigInt(node.count) ? node.names()[Number(index)] : undefined;
    if (name === undefined) throw new Refused(-12);
    return this.give(address, most, Buffer.from(name, "latin1"));
  }

  private read(steps: readonly string[], offset: number, address: number, most: number): number {
    if (most > MAX_STORE_IO) throw new Refused(-7);
    const value = this.storage.at(steps)?.value ?? null;
    if (value === null) throw new Refused(-3);
    if (offset < 0 || offset >= value.length) throw new Refused(-4);
    if (most < 0) throw new Refused(-8);
    const bytes = value.read(offset, Math.min(most, value.length - offset));
    this.store(address, bytes);
    return bytes.length;
  }

  private write(steps: readonly string[], offset: number, address: number, count: number): void {
    const value = this.storage.at(steps)?.value ?? new ModelValue(0);
    const size = value.length | 0;
    if (size > ((size + count) | 0)) throw new Refused(-5);
    const bytes = this.load(address, count);
    if (isReadonly(steps)) throw new Refused(-9);
    if (count > MAX_STORE_IO) throw new Refused(-7);
    if (offset > size) throw new Refused(-4);
    if (offset < 0) throw new Refused(-8);
    this.storage = this.storage.withValue(steps, value.write(offset, bytes));
  }

  private reveal(name: string, args: readonly bigint[]): Ending {
    const [a, b, c, d] = args.map(i32) as [number, number, number, number];
    if (name === "reveal_metadata") return this.answer(Uint8Array.of(1), a, b);
    if (b > MAX_IO) throw new Refused(-7);
    const bytes = this.load(a, b);
    return this.answer(name === "reveal" ? bytes : Uint8Array.of(0, ...bytes), c, d);
  }

  private answer(request: Uint8Array, address: number, most: number): Ending {
    const given = this.#reveal(request).subarray(0, Math.max(most, 0));
    const isOutside = given.length > 0 && (address >>> 0) + given.length > this.memory.length;
    // The step that would take the answer does not happen: the state stays what it was.
    if (most < 0 || isOutside) return { tag: "escape", code: "wasm.reveal_escape", atReveal: true };
    this.store(address, given);
    return { tag: "revealed", result: BigInt(given.length), ticks: TICKS_PER_BYTE * given.length };
  }
}
