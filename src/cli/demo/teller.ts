// How the demonstrations say things: lines with a margin, values as short as they can be told apart, and what had to be seen.

import { encodeBase58Check } from "../../encoding/base58check.js";
import type { NodeEvent } from "../../node/events.js";
import type { CommitmentHash, StateHash } from "../../protocol/identifiers.js";
import { type Style, styled, type Terminal } from "../terminal.js";
import { grouped } from "../text.js";

const SHORT = 14;
const MUTEZ_PER_TEZ = 1_000_000n;
const WIDTH = 110;

export class Teller {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  line(text = ""): void {
    this.#terminal.out(`${text}\n`);
  }

  title(text: string): void {
    this.line();
    this.line(this.styled("bold", text));
  }

  styled(style: Style, text: string): string {
    return styled(this.#terminal, style, text);
  }

  /** A paragraph, in lines that fit. */
  prose(text: string): void {
    let line = "";
    for (const word of text.split(/\s+/)) {
      if (line !== "" && line.length + 1 + word.length > WIDTH) {
        this.line(line);
        line = "";
      }
      line = line === "" ? word : `${line} ${word}`;
    }
    this.line(line);
  }

  /** Commands that can be typed. */
  commands(commands: readonly string[]): void {
    for (const command of commands) this.line(`  ${this.styled("cyan", command)}`);
  }

  errors(errors: readonly NodeEvent[]): void {
    for (const { message } of errors) {
      const [first = ""] = message.split("\n");
      this.line(this.styled("red", `  a node says: ${first}`));
    }
  }
}

/** What a demonstration is to show; it has succeeded when all of it was seen. */
export class Checklist<Name extends string> {
  readonly #texts: Readonly<Record<Name, string>>;
  readonly #seen = new Set<Name>();

  constructor(texts: Readonly<Record<Name, string>>) {
    this.#texts = texts;
  }

  see(name: Name): void {
    this.#seen.add(name);
  }

  /** For what turns out not to be so after all. */
  unsee(name: Name): void {
    this.#seen.delete(name);
  }

  has(name: Name): boolean {
    return this.#seen.has(name);
  }

  get isComplete(): boolean {
    return this.#seen.size === Object.keys(this.#texts).length;
  }

  tell(teller: Teller): void {
    for (const [name, text] of Object.entries(this.#texts) as [Name, string][]) {
      const isSeen = this.#seen.has(name);
      const mark = isSeen ? teller.styled("green", "seen    ") : teller.styled("red", "not seen");
      teller.line(`  ${mark}  ${text}`);
    }
  }
}

// ---- Values

export function shortState(hash: StateHash): string {
  return `${encodeBase58Check("stateHash", hash).slice(0, SHORT)}…`;
}

export function shortCommitment(hash: CommitmentHash): string {
  return `${encodeBase58Check("commitmentHash", hash).slice(0, SHORT)}…`;
}

/** "10,000 tez", "0.35 tez". */
export function tez(mutez: bigint): string {
  const sign = mutez < 0n ? "-" : "";
  const size = mutez < 0n ? -mutez : mutez;
  const decimals = String(size % MUTEZ_PER_TEZ)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${sign}${grouped(size / MUTEZ_PER_TEZ)}${decimals === "" ? "" : `.${decimals}`} tez`;
}
