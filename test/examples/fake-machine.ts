// A make-believe rollup for the example kernels: the host functions they import (reference pvm.md §5) on the JavaScript
// engine's own WebAssembly, just enough to see what a kernel does. No ticks, no state, no /readonly protection beyond
// write errors. It is a second opinion, independent of src/: what the real machine makes of the kernels is its own test.

export interface Machine {
  /** Values by key. */
  readonly storage: Map<string, Uint8Array>;
  /** Preimages by hash in hexadecimal. */
  readonly preimages: Map<string, Uint8Array>;
  readonly debug: string[];
  /** Metadata reveals so far. */
  metadataReveals: number;
  /** Feeds an inbox (the internal messages around `external` are added) and runs the level; returns its outbox. */
  runLevel(external: readonly Uint8Array[]): { runs: number; outbox: Uint8Array[] };
}

export const METADATA: Uint8Array = Uint8Array.from({ length: 24 }, (_, at) => at);

const MAX_KEY_SIZE = 240;
const MAX_WRITE_SIZE = 2048;
const MAX_REBOOTS = 1000;
const FIRST_COUNTER = MAX_REBOOTS;
const REBOOT_FLAG = "/kernel/env/reboot";
const REBOOT_COUNTER = "/readonly/kernel/env/reboot_counter";

const ERROR = {
  keyTooLarge: -1,
  invalidKey: -2,
  notAValue: -3,
  invalidAccess: -4,
  ioTooLarge: -7,
  readonly: -9,
  notANode: -10,
} as const;

type HostFunction = (...args: number[]) => number;

const below = (key: string, root: string): boolean => key === root || key.startsWith(`${root}/`);

class FakeMachine implements Machine {
  readonly storage = new Map<string, Uint8Array>();
  readonly preimages = new Map<string, Uint8Array>();
  readonly debug: string[] = [];
  metadataReveals = 0;
  readonly #module: WebAssembly.Module;
  #memory = new Uint8Array();
  #inbox: Uint8Array[] = [];
  #outbox: Uint8Array[] = [];

  constructor(binary: Uint8Array<ArrayBuffer>) {
    this.#module = new WebAssembly.Module(binary);
  }

  runLevel(external: readonly Uint8Array[]): { runs: number; outbox: Uint8Array[] } {
    const info = Uint8Array.of(0, 3, ...new Uint8Array(40));
    const messages = external.map((payload) => Uint8Array.of(1, ...payload));
    this.#inbox = [Uint8Array.of(0, 1), info, ...messages, Uint8Array.of(0, 2)];
    this.#outbox = [];
    let runs = 0;
    for (let rebootsLeft = FIRST_COUNTER; rebootsLeft >= 0; rebootsLeft--) {
      this.storage.delete(REBOOT_FLAG);
      const counter = new Uint8Array(4);
      new DataView(counter.buffer).setInt32(0, rebootsLeft, true);
      this.storage.set(REBOOT_COUNTER, counter);
      this.#runKernel();
      runs++;
      if (!this.storage.has(REBOOT_FLAG)) break;
    }
    return { runs, outbox: this.#outbox };
  }

  #runKernel(): void {
    const instance = new WebAssembly.Instance(this.#module, { smart_rollup_core: this.#hostFunctions() });
    const { memory, kernel_run: kernelRun } = instance.exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof kernelRun !== "function") throw new Error("not a kernel");
    this.#memory = new Uint8Array(memory.buffer);
    kernelRun();
  }

  #load(at: number, size: number): Uint8Array {
    if (at < 0 || size < 0 || at + size > this.#memory.length) throw new RangeError(`memory ${at}+${size}`);
    return this.#memory.slice(at, at + size);
  }

  #put(at: number, bytes: Uint8Array, maxSize: number): number {
    const part = bytes.subarray(0, maxSize);
    this.#memory.set(part, at);
    return part.length;
  }

  /** Calls `use` with the key, or returns the error code of one that is no key. */
  #withKey(at: number, size: number, use: (key: string) => number): number {
    if (size > MAX_KEY_SIZE) return ERROR.keyTooLarge;
    const key = Buffer.from(this.#load(at, size)).toString("latin1");
    return /^(\/[-._0-9A-Za-z]+)*$/.test(key) ? use(key) : ERROR.invalidKey;
  }

  #withWriteable(at: number, size: number, use: (key: string) => number): number {
    return this.#withKey(at, size, (key) => (key === "" || below(key, "/readonly") ? ERROR.readonly : use(key)));
  }

  #deleteTree(root: string): void {
    for (const key of [...this.storage.keys()]) if (below(key, root)) this.storage.delete(key);
  }

  #transfer(from: string, to: string, keep: boolean): number {
    const tree = [...this.storage].filter(([key]) => below(key, from));
    if (tree.length === 0) return ERROR.notANode;
    if (!keep) this.#deleteTree(from);
    this.#deleteTree(to);
    for (const [key, value] of tree) this.storage.set(to + key.slice(from.length), value);
    return 0;
  }

  #write(key: string, offset: number, bytes: Uint8Array): number {
    const old = this.storage.get(key) ?? new Uint8Array();
    if (bytes.length > MAX_WRITE_SIZE) return ERROR.ioTooLarge;
    if (offset > old.length) return ERROR.invalidAccess;
    const value = new Uint8Array(Math.max(old.length, offset + bytes.length));
    value.set(old);
    value.set(bytes, offset);
    this.storage.set(key, value);
    return 0;
  }

  #read(key: string, offset: number, destination: number, maxSize: number): number {
    const value = this.storage.get(key);
    if (value === undefined) return ERROR.notAValue;
    if (offset >= value.length) return ERROR.invalidAccess;
    return this.#put(destination, value.subarray(offset), maxSize);
  }

  #has(key: string): number {
    const hasKeysBelow = [...this.storage.keys()].some((other) => other.startsWith(`${key}/`));
    return (this.storage.has(key) ? 1 : 0) + (hasKeysBelow ? 2 : 0);
  }

  #hostFunctions(): Record<string, HostFunction> {
    const store = (use: (key: string) => number) => (at: number, size: number) => this.#withWriteable(at, size, use);
    const transfer = (keep: boolean) => (from: number, fromSize: number, to: number, toSize: number) =>
      this.#withKey(from, fromSize, (source) =>
        this.#withWriteable(to, toSize, (target) => this.#transfer(source, target, keep)),
      );
    const functions = {
      read_input: (_info, destination, maxSize) => {
        const message = this.#inbox.shift();
        return message === undefined ? 0 : this.#put(destination, message, maxSize);
      },
      write_output: (source, size) => {
        this.#outbox.push(this.#load(source, size));
        return 0;
      },
      write_debug: (source, size) => this.debug.push(Buffer.from(this.#load(source, size)).toString("latin1")),
      store_has: (at, size) => this.#withKey(at, size, (key) => this.#has(key)),
      store_read: (at, size, offset, destination, maxSize) =>
        this.#withKey(at, size, (key) => this.#read(key, offset, destination, maxSize)),
      store_write: (at, size, offset, source, count) =>
        this.#withWriteable(at, size, (key) => this.#write(key, offset, this.#load(source, count))),
      store_delete: store((key) => {
        this.#deleteTree(key);
        return 0;
      }),
      store_delete_value: store((key) => {
        this.storage.delete(key);
        return 0;
      }),
      store_copy: transfer(true),
      store_move: transfer(false),
      reveal_preimage: (hash, size, destination, maxSize) => {
        const page = this.preimages.get(Buffer.from(this.#load(hash, size)).toString("hex"));
        if (page === undefined) throw new Error("a node would wait for this page");
        return this.#put(destination, page, maxSize);
      },
      reveal_metadata: (destination, maxSize) => {
        this.metadataReveals++;
        return this.#put(destination, METADATA, maxSize);
      },
    } satisfies Record<string, HostFunction>;
    return functions;
  }
}

/** A machine which has just been given the kernel `binary`. */
export function createMachine(binary: Uint8Array<ArrayBuffer>): Machine {
  return new FakeMachine(binary);
}
