// One of the files of an octez-client directory: a JSON list of names and what they stand for, newest first. Files are read
// anew each time, since other programs write them too, and replaced whole. octez-client's lock on the directory (lockf) is left
// out: Node cannot take it.

import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expectArray, expectObject, expectString, type Json, JsonError } from "../../encoding/json.js";
import { field } from "./answers.js";
import { printOctezJson } from "./octez-json.js";

/** What the values of a file are. */
export interface AliasKind<T> {
  /** As octez-client calls it in its messages: "public key hash". */
  readonly name: string;
  readonly toJson: (value: T) => Json;
  /** Raises JsonError, or any error that says what is wrong. */
  readonly fromJson: (json: unknown) => T;
  readonly equal: (a: T, b: T) => boolean;
}

export interface Alias<T> {
  readonly name: string;
  readonly value: T;
}

export type WalletErrorCode =
  /** No such name. */
  | "l1.wallet.unknown_alias"
  /** The name stands for something else. */
  | "l1.wallet.alias_taken"
  /** What it stands for has another name. */
  | "l1.wallet.duplicate"
  /** The file cannot be read, or is not what it should be. */
  | "l1.wallet.bad_file"
  | "l1.wallet.cannot_write"
  /** The account has no key here. */
  | "l1.wallet.no_key"
  /** Keys kept by a program that we do not speak with. */
  | "l1.wallet.unknown_scheme"
  | "l1.wallet.wrong_password";

/** A fault of a key directory. The message is octez-client's. */
export class WalletError extends Error {
  override readonly name = "WalletError";

  constructor(
    readonly code: WalletErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const SECRET_FILE_MODE = 0o600;

export class AliasFile<T> {
  readonly path: string;

  constructor(
    directory: string,
    readonly kind: AliasKind<T>,
  ) {
    this.path = join(directory, `${kind.name.replaceAll(" ", "_")}s`);
  }

  /** Newest first; empty if there is no file. Raises WalletError "l1.wallet.bad_file". */
  async load(): Promise<readonly Alias<T>[]> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (isSystemError(error) && error.code === "ENOENT") return [];
      throw this.#badFile(`could not read the ${this.kind.name} alias file`, error);
    }
    return this.#parse(text);
  }

  #parse(text: string): readonly Alias<T>[] {
    try {
      return expectArray(JSON.parse(text)).map((item) => {
        const entry = expectObject(item);
        return { name: field(entry, "name", expectString), value: field(entry, "value", this.kind.fromJson) };
      });
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#badFile(`could not read the ${this.kind.name} alias file`, error);
      // The message of a JsonError, not its value, which may be a secret.
      const reason = error instanceof JsonError ? `${error.code} at ${error.path}` : String(error);
      throw this.#badFile(`did not understand the ${this.kind.name} alias file ${this.path} : ${reason}`, error);
    }
  }

  #badFile(message: string, cause: unknown): WalletError {
    return new WalletError("l1.wallet.bad_file", message, { cause });
  }

  /** Replaces the whole file. Raises WalletError "l1.wallet.cannot_write". */
  async save(aliases: readonly Alias<T>[]): Promise<void> {
    const text = printOctezJson(aliases.map(({ name, value }) => ({ name, value: this.kind.toJson(value) })));
    const temporary = `${this.path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      const file = await open(temporary, "wx", SECRET_FILE_MODE);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw new WalletError("l1.wallet.cannot_write", `could not write the ${this.kind.name} alias file.`, { cause });
    }
  }

  async find(name: string): Promise<T | undefined> {
    return (await this.load()).find((alias) => alias.name === name)?.value;
  }

  /** As `find`. Raises WalletError "l1.wallet.unknown_alias". */
  async get(name: string): Promise<T> {
    const found = await this.find(name);
    if (found === undefined) {
      throw new WalletError("l1.wallet.unknown_alias", `no ${this.kind.name} alias named ${name}`);
    }
    return found;
  }

  async has(name: string): Promise<boolean> {
    return (await this.find(name)) !== undefined;
  }

  /** The newest name of a value. */
  async nameOf(value: T): Promise<string | undefined> {
    return (await this.load()).find((alias) => this.kind.equal(alias.value, value))?.name;
  }

  /** Names a value. Without `force`, raises WalletError for a name that stands for another, or a value with another name. */
  async add(name: string, value: T, force = false): Promise<void> {
    const aliases = await this.load();
    if (!force) {
      for (const alias of aliases) {
        const same = this.kind.equal(alias.value, value);
        if (alias.name === name && same) return;
        if (alias.name === name) {
          const message = `another ${this.kind.name} is already aliased as ${name}, use --force to update`;
          throw new WalletError("l1.wallet.alias_taken", message);
        }
        if (same) {
          const message = `this ${this.kind.name} is already aliased as ${alias.name}, use --force to insert duplicate`;
          throw new WalletError("l1.wallet.duplicate", message);
        }
      }
    }
    await this.save([{ name, value }, ...aliases.filter((alias) => alias.name !== name)]);
  }

  async remove(name: string): Promise<void> {
    const aliases = await this.load();
    await this.save(aliases.filter((alias) => alias.name !== name));
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
