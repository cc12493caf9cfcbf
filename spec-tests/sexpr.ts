// The concrete syntax of `.wast` scripts: nested lists of words and strings, with comments. Every node knows where it stands in the source,
// so that a module's text can be handed on as it was written.

interface Span {
  /** Offsets in the source, the end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface List extends Span {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A keyword, a number, a name `$x`. */
export interface Word extends Span {
  readonly kind: "word";
  readonly text: string;
}

/** A string, as the bytes it stands for. */
export interface Text extends Span {
  readonly kind: "string";
  readonly bytes: Uint8Array;
}

export type Node = List | Word | Text;

export class ScriptSyntaxError extends Error {
  readonly code = "wast.syntax";
  /** 1-based. */
  readonly line: number;
  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.name = "ScriptSyntaxError";
    this.line = line;
  }
}

/** The number of the line an offset is in, from 1. */
export function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at >= 0 && at < offset; at = source.indexOf("\n", at + 1)) line++;
  return line;
}

const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, "\\": 92 };
const HEX_BYTE = /^[0-9a-fA-F]{2}$/;
const WORD = /[^\s()";]+/y;

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node[] {
    const top: Node[] = [];
    const open: { readonly start: number; readonly items: Node[] }[] = [];
    for (this.skipSpace(); this.#at < this.#source.length; this.skipSpace()) {
      const items = open.at(-1)?.items ?? top;
      const char = this.#source.charAt(this.#at);
      const start = this.#at;
      if (char === "(") {
        this.#at++;
        open.push({ start, items: [] });
      } else if (char === ")") {
        const list = open.pop();
        if (list === undefined) throw this.error("nothing to close");
        this.#at++;
        (open.at(-1)?.items ?? top).push({ kind: "list", items: list.items, start: list.start, end: this.#at });
      } else if (char === '"') items.push(this.string());
      else items.push(this.word());
    }
    if (open.length > 0) throw this.error("a list is not closed");
    return top;
  }

  private error(message: string): ScriptSyntaxError {
    return new ScriptSyntaxError(message, lineAt(this.#source, this.#at));
  }

  private skipSpace(): void {
    const source = this.#source;
    for (;;) {
      const char = source.charCodeAt(this.#at);
      if (char === 0x20 || (char >= 0x09 && char <= 0x0d)) this.#at++;
      else if (source.startsWith(";;", this.#at)) this.skipLine();
      else if (source.startsWith("(;", this.#at)) this.skipBlock();
      else return;
    }
  }

  private skipLine(): void {
    while (this.#at < this.#source.length && !/[\n\r]/.test(this.#source.charAt(this.#at))) this.#at++;
  }

  private skipBlock(): void {
    const delimiter = /\(;|;\)/g;
    delimiter.lastIndex = this.#at;
    let depth = 0;
    do {
      const found = delimiter.exec(this.#source);
      if (found === null) throw this.error("a comment is not closed");
      depth += found[0] === "(;" ? 1 : -1;
    } while (depth > 0);
    this.#at = delimiter.lastIndex;
  }

  private word(): Word {
    const start = this.#at;
    WORD.lastIndex = start;
    const text = WORD.exec(this.#source)?.[0];
    if (text === undefined) throw this.error(`unexpected ${JSON.stringify(this.#source.charAt(start))}`);
    this.#at += text.length;
    return { kind: "word", text, start, end: this.#at };
  }

  private string(): Text {
    const source = this.#source;
    const start = this.#at++;
    const parts: Uint8Array[] = [];
    for (;;) {
      const from = this.#at;
      while (this.#at < source.length && !'"\\\n'.includes(source.charAt(this.#at))) this.#at++;
      parts.push(Buffer.from(source.slice(from, this.#at), "utf8"));
      const char = source.charAt(this.#at);
      if (char === '"') break;
      if (char !== "\\") throw this.error("a string is not closed");
      parts.push(this.escape());
    }
    this.#at++;
    return { kind: "string", bytes: Buffer.concat(parts), start, end: this.#at };
  }

  private escape(): Uint8Array {
    const source = this.#source;
    const char = source.charAt(this.#at + 1);
    const byte = ESCAPES[char];
    if (byte !== undefined) {
      this.#at += 2;
      return Uint8Array.of(byte);
    }
    if (char === "u") {
      const close = source.indexOf("}", this.#at);
      const digits = source.slice(this.#at + 3, close).replaceAll("_", "");
      const point = Number.parseInt(digits, 16);
      const isWellFormed = source.charAt(this.#at + 2) === "{" && /^[0-9a-fA-F]+$/.test(digits) && point < 0x11_0000;
      if (!isWellFormed) throw this.error("malformed escape");
      this.#at = close + 1;
      return Buffer.from(String.fromCodePoint(point), "utf8");
    }
    const hex = source.slice(this.#at + 1, this.#at + 3);
    if (!HEX_BYTE.test(hex)) throw this.error("malformed escape");
    this.#at += 3;
    return Uint8Array.of(Number.parseInt(hex, 16));
  }
}

/** The nodes of a source, in order. Throws `ScriptSyntaxError`. */
export function parseNodes(source: string): Node[] {
  return new Parser(source).parse();
}
