// What the commands of the client work with: the node, the key directory, and somewhere to print.

import { readFile } from "node:fs/promises";
import type { BlockPath } from "../../l1/client/block-id.js";
import type { L1Client } from "../../l1/client/l1-client.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import { Wallet } from "../../l1/client/wallet.js";
import { fail } from "./failures.js";
import type { ClientHost } from "./host.js";

export interface ClientSettings {
  readonly baseDir: string;
  readonly l1: L1Client;
  /** The block that commands are about. */
  readonly block: BlockPath;
  /** Blocks to wait for on top of an injected operation; undefined: do not wait at all. */
  readonly confirmations: number | undefined;
  readonly passwordFile: string | undefined;
}

/** How often a password may be entered wrong. */
const PASSWORD_TRIES = 3;

export class ClientContext {
  readonly wallet: Wallet;

  constructor(
    readonly host: ClientHost,
    readonly settings: ClientSettings,
  ) {
    this.wallet = new Wallet(settings.baseDir, (keyName) => this.#passwords(keyName));
  }

  get l1(): L1Client {
    return this.settings.l1;
  }

  /** Results and progress, a line or more. */
  message(text: string): void {
    this.host.out(`${text}\n`);
  }

  /** As `message`, laid out. */
  messageBoxes(put: (boxes: TextBoxes) => void): void {
    const boxes = new TextBoxes();
    put(boxes);
    this.message(boxes.finish());
  }

  warning(text: string): void {
    this.host.err(`${text}\n`);
  }

  /** Raises TraceFailure in octez-client's words. */
  async readFile(path: string): Promise<Buffer> {
    try {
      return await readFile(path);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "EUNKNOWNERR";
      return fail(`cannot read file (Unix.Unix_error(Unix.${code}, "open", ${JSON.stringify(path)}))`, { cause });
    }
  }

  async readText(path: string): Promise<string> {
    return (await this.readFile(path)).toString("utf8");
  }

  async *#passwords(keyName: string | undefined): AsyncGenerator<string, void, undefined> {
    const { passwordFile } = this.settings;
    if (passwordFile !== undefined) {
      const lines = (await this.readText(passwordFile)).split("\n");
      if (lines.at(-1) === "") lines.pop();
      yield* lines.reverse();
    }
    const name = keyName === undefined ? "" : ` "${keyName}"`;
    for (let i = 0; i < PASSWORD_TRIES; i++) {
      const password = await this.host.askSecret(`Enter password for encrypted key${name}: `);
      if (password === undefined) return;
      yield password;
      this.message("Sorry, try again.");
    }
  }
}
