/**
 * What decoding, linking and initialising a kernel comes to (design §2, "Memo"): it depends only on the kernel's bytes and the version, so
 * the next run of the same kernel may start from there. Whoever asks for a tick inside gets it by the long way.
 */
import type { Config } from "../wasm/eval/config.js";
import type { Registry } from "../wasm/runtime.js";

/** The first state of the evaluation. */
export interface InitialisedKernel {
  /** Ticks from the Snapshot state to it. */
  readonly ticks: bigint;
  readonly config: Config;
  readonly registry: Registry;
}

const DEFAULT_KERNELS = 4;

/** Remembers the kernels used last. */
export class KernelMemo {
  readonly #kernels = new Map<string, InitialisedKernel>();
  readonly #limit: number;

  constructor(limit: number = DEFAULT_KERNELS) {
    this.#limit = limit;
  }

  get(key: string): InitialisedKernel | null {
    const known = this.#kernels.get(key);
    if (known === undefined) return null;
    this.#kernels.delete(key);
    this.#kernels.set(key, known);
    return known;
  }

  set(key: string, kernel: InitialisedKernel): void {
    this.#kernels.delete(key);
    this.#kernels.set(key, kernel);
    for (const oldest of this.#kernels.keys()) {
      if (this.#kernels.size <= this.#limit) break;
      this.#kernels.delete(oldest);
    }
  }
}
