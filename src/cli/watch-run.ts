// What `tickproof watch` does: looks at each head, tells what it sees, raises alarms.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BlockHeader } from "../l1/client/blocks.js";
import { type HeadEvent, HeadFollower } from "../l1/client/head-stream.js";
import { L1Client } from "../l1/client/l1-client.js";
import { isL1RpcError, L1RpcError } from "../l1/client/rpc-error.js";
import { revealRulesOf } from "../node/node-context.js";
import { type OwnStates, OwnStatesError } from "../node/watch/own-states.js";
import type { Alarm, WatchReport } from "../node/watch/report.js";
import { alarmToJson } from "../node/watch/report-json.js";
import { Watcher } from "../node/watch/watcher.js";
import { postToWebhook, WebhookError } from "../node/watch/webhook.js";
import type { Context } from "./context.js";
import { badInput, CliError, EXIT } from "./errors.js";
import { packageVersion } from "./package-files.js";
import type { Terminal } from "./terminal.js";
import type { WatchOptions } from "./watch.js";
import { JsonOutput, LineOutput, LiveOutput, type WatchOutput } from "./watch-output.js";

/** For layer 1, once; the follower waits longer by itself. */
const L1_TIMEOUT_MS = 30_000;
const RECONNECTION = { initialMs: 1000, capMs: 30_000 };
/** The node's error for the address of a rollup that is none. */
const NO_ROLLUP = "smart_rollup_does_not_exist";
/** Between two looks whether an observer has caught up, or layer 1 is there. */
const LOOK_AGAIN_MS = 200;

export class Watch {
  readonly #context: Context;
  readonly #options: WatchOptions;
  readonly #stopping: AbortController;
  readonly #output: WatchOutput;
  readonly #client: L1Client;
  #hasLooked = false;
  /** Bugs and dead observers. */
  #failure: unknown;

  constructor(context: Context, options: WatchOptions, stopping: AbortController) {
    this.#context = context;
    this.#options = options;
    this.#stopping = stopping;
    this.#output = outputFor(context.terminal, options);
    this.#client = new L1Client(options.endpoint, { timeoutMs: L1_TIMEOUT_MS });
  }

  async run(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "tickproof-watch-"));
    let own: OwnStates | undefined;
    const { signal } = this.#stopping;
    // Calls under way are not waited for.
    signal.addEventListener("abort", () => void this.#client.close(), { once: true });
    try {
      own = await this.#ownStates(folder);
      const { rollup, alarmBlocks } = this.#options;
      const watcher = new Watcher({ client: this.#client, rollup, own, alarmBlocks });
      this.#output.start(rollup, own.name);
      if (this.#options.once === true) await this.#once(watcher, own);
      else await this.#follow(watcher);
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      // What fails because it was stopped has not failed.
      if (!signal.aborted || this.#failure !== undefined) throw told(error);
    } finally {
      this.#output.end();
      await own?.close();
      await this.#client.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  // ---- Own states

  async #ownStates(folder: string): Promise<OwnStates> {
    const { dataDir, node, rollup, endpoint } = this.#options;
    // Loaded here, so that the other commands do not wait for a database that they do not need.
    if (node !== undefined) return new (await import("../node/watch/rpc-states.js")).RpcStates(node);
    if (dataDir !== undefined) {
      const { openDataDirectoryStates } = await import("../node/watch/store-states.js");
      const rules = revealRulesOf(await this.#patiently(() => this.#client.block().constants()));
      return openDataDirectoryStates(dataDir, rollup, { rules });
    }
    const { startOwnObserver } = await import("../node/watch/own-observer.js");
    // A node that starts waits for layer 1 for ever, and cannot be stopped meanwhile.
    await this.#patiently(() => this.#client.block().header());
    return startOwnObserver({
      endpoint,
      rollup,
      dataDir: join(folder, "observer"),
      version: `tickproof ${packageVersion()}`,
      now: () => Date.now(),
      emit: (event) => {
        if (event.level === "Fatal") this.#output.trouble(event.message);
      },
      signal: this.#stopping.signal,
      onFailure: (error) => this.#fail(error),
    });
  }

  /** What layer 1 answers once it is there. Looking once is not patient. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof L1RpcError) || this.#options.once === true || this.#stopping.signal.aborted) throw error;
        this.#output.trouble(`layer 1 is away: ${error.message}`);
        await delay(RECONNECTION.initialMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#failure ??= error;
    this.#stopping.abort();
  }

  // ---- Watching

  async #once(watcher: Watcher, own: OwnStates): Promise<void> {
    const header = await this.#client.block().header();
    await this.#caughtUp(own, header.level);
    if (this.#stopping.signal.aborted) return;
    const report = await this.#lookAt(watcher, header);
    this.#output.report(report);
    if (report.alarms.length > 0) this.#context.exitCode = EXIT.negativeVerdict;
    for (const alarm of report.alarms) await this.#post(alarm);
  }

  /** An observer that has just been started has the whole chain before it. */
  async #caughtUp(own: OwnStates, level: number): Promise<void> {
    if (this.#options.node !== undefined || this.#options.dataDir !== undefined) return;
    const { signal } = this.#stopping;
    while (!signal.aborted && ((await own.headLevel()) ?? 0) < level) await delay(LOOK_AGAIN_MS);
  }

  async #follow(watcher: Watcher): Promise<void> {
    const follower = new HeadFollower(this.#client, {
      backOff: RECONNECTION,
      onEvent: (event) => this.#tellConnection(event),
    });
    const stop = (): void => void follower.stop();
    const { signal } = this.#stopping;
    signal.addEventListener("abort", stop, { once: true });
    try {
      for await (const head of follower.heads()) {
        await this.#look(watcher, head);
        if (signal.aborted) return;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      await follower.stop();
    }
  }

  async #look(watcher: Watcher, head: BlockHeader): Promise<void> {
    let report: WatchReport;
    try {
      report = await this.#lookAt(watcher, head);
    } catch (error) {
      if (!(error instanceof L1RpcError)) throw error;
      if (this.#stopping.signal.aborted) return;
      this.#output.trouble(`level ${head.level}: ${error.message}`);
      return;
    }
    this.#output.report(report);
    await this.#raise(report.alarms);
  }

  async #lookAt(watcher: Watcher, head: BlockHeader): Promise<WatchReport> {
    try {
      const report = await watcher.look(head);
      this.#hasLooked = true;
      return report;
    } catch (error) {
      const isMissing = isL1RpcError(error) && (error.code === "l1.rpc.not_found" || error.has(NO_ROLLUP));
      if (this.#hasLooked || !isMissing) throw error;
      throw badInput(`there is no rollup ${this.#options.rollup} on layer 1 (${error.message})`, error);
    }
  }

  #tellConnection(event: HeadEvent): void {
    if (event.kind === "cannot_connect") this.#output.trouble(`layer 1 is away: ${event.error.message}`);
    else if (event.kind === "connection_lost") this.#output.trouble("the connection to layer 1 is lost");
    else if (event.kind === "connection_timeout") this.#output.trouble("layer 1 has fallen silent");
    else if (event.kind === "reconnected") this.#output.trouble("layer 1 is there again");
  }

  // ---- Alarms

  /** An alarm that no webhook takes ends the watch: its exit code is then what is heard. */
  async #raise(alarms: readonly Alarm[]): Promise<void> {
    let isHeard = true;
    for (const alarm of alarms) isHeard = (await this.#post(alarm)) && isHeard;
    if (isHeard) return;
    this.#context.exitCode = EXIT.negativeVerdict;
    this.#stopping.abort();
  }

  /** Whether a webhook has taken it. */
  async #post(alarm: Alarm): Promise<boolean> {
    const { webhook: address, rollup } = this.#options;
    if (address === undefined) return false;
    try {
      await postToWebhook(address, alarmToJson(alarm, rollup), { signal: this.#stopping.signal });
      return true;
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error;
      this.#output.trouble(error.message);
      return false;
    }
  }
}

function outputFor(terminal: Terminal, { json, plain, once }: WatchOptions): WatchOutput {
  if (json === true) return new JsonOutput(terminal);
  return terminal.outIsTty && plain !== true && once !== true ? new LiveOutput(terminal) : new LineOutput(terminal);
}

/** What is the surroundings' trouble, and what is a bug. */
function told(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  if (error instanceof OwnStatesError) return badInput(error.message, error);
  if (error instanceof CliError || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(error.code)) return error;
  return new CliError(EXIT.environment, error.message, { cause: error });
}
