// The file to which a kernel's debug output goes (node.md §8, `--log-kernel-debug`; reference: make_kernel_logger in node_context.ml): what the
// kernel writes, byte for byte and nothing between, after what is there already.

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

export const KERNEL_LOG = "kernel.log";
/** Directory, in the data directory, of what kernels write while games are played. */
export const REFUTATION_LOGS = "refutation";

export class KernelLog {
  readonly #descriptor: number;
  #isOpen = true;

  /** Makes the file, and its directory, if need be. Raises what opening does. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, "a", 0o644);
  }

  /** `text`: a byte a character. */
  write(text: string): void {
    if (!this.#isOpen) return;
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

/** Where the node's own goes. */
export function kernelLogPath(dataDir: string, file: string | undefined): string {
  return file ?? join(dataDir, KERNEL_LOG);
}

/** Where that of games goes. */
export function refutationLogPath(dataDir: string): string {
  return join(dataDir, REFUTATION_LOGS, KERNEL_LOG);
}
