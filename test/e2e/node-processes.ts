// A sandbox and nodes as processes of their own, for end-to-end tests.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { compiledProgram } from "../compiled-program.js";

const run = promisify(execFile);

export interface Running {
  readonly process: ChildProcess;
  /** Ends with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

export class ProcessWorld {
  readonly #program = compiledProgram();
  readonly #running: Running[] = [];
  #wake: () => void = () => undefined;
  endpoint = "";

  constructor(readonly folder: string) {}

  get baseDir(): string {
    return join(this.folder, "client");
  }

  start(name: string, ...args: readonly string[]): Running {
    const child = spawn(process.execPath, [this.#program, ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y" },
    });
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: "a" });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.pipe(log, { end: false });
      stream?.on("data", () => this.#wake());
    }
    child.on("exit", () => this.#wake());
    const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string); // one of them is set
    const running = { process: child, ended };
    this.#running.push(running);
    return running;
  }

  /** All that a process has said; nothing before it has begun to speak. */
  log(name: string): string {
    const path = join(this.folder, `${name}.log`);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  async startSandbox(constants: string): Promise<void> {
    const args = [
      "--rpc-port",
      "0",
      "--block-time",
      "1",
      "--base-dir",
      this.baseDir,
      "--protocol-constants",
      constants,
    ];
    const sandbox = this.start("sandbox", "sandbox", ...args);
    await this.until(() => this.log("sandbox").includes("head:"), sandbox);
    this.endpoint = /endpoint:\s*(\S+)/.exec(this.log("sandbox"))?.[1] ?? "";
  }

  async client(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(
      process.execPath,
      [this.#program, "client", "-d", this.baseDir, "-E", this.endpoint, ...args],
      { env: { ...process.env, TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y" } },
    );
    return stdout;
  }

  startNode(name: string, ...args: readonly string[]): Running {
    return this.start(name, "node", "-d", this.baseDir, "-E", this.endpoint, ...args);
  }

  /** Waits for something that other processes do: looks again whenever one of them says something. */
  async until(holds: () => boolean | Promise<boolean>, ...running: readonly Running[]): Promise<void> {
    for (;;) {
      const said = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (await holds()) return;
      for (const { process: child } of running) {
        if (child.exitCode !== null) throw new Error(`a process has ended with ${child.exitCode}`);
      }
      await said;
    }
  }

  async stopAll(): Promise<void> {
    for (const { process: child } of this.#running) if (child.exitCode === null) child.kill("SIGTERM");
    await Promise.all(this.#running.map(({ ended }) => ended));
  }
}
