// Processes that tests of the store start, kill and talk with by lines.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Child {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = "";

  constructor(script: string, ...args: readonly string[]) {
    this.process = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr } = this.process;
    if (stdout === null || stderr === null) throw new TypeError("pipes asked for");
    stderr.on("data", (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
    this.lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** The next line it prints. Raises what it has written as errors when it has ended. */
  async line(): Promise<string> {
    const next = await this.lines.next();
    if (next.done) throw new Error(`the process has ended: ${this.errors}`);
    return next.value;
  }

  /** Reads lines until none is left: what it managed to say before it died. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const next = await this.lines.next();
      if (next.done) return lines;
      lines.push(next.value);
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }
}
