/**
 * Compilers' names of functions, as people write them: Rust's old form (`_ZN5words5count17h…E`), its new one (`_RNvCs…_5words5count`), and
 * C++'s where it is a plain path. Left out: C++'s templates and parameters; in Rust's new form, types of functions and of traits' objects,
 * constants. Such names stay as they are.
 */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["SP", "@"],
  ["BP", "*"],
  ["RF", "&"],
  ["LT", "<"],
  ["GT", ">"],
  ["LP", "("],
  ["RP", ")"],
  ["C", ","],
]);

/** A name for people; the name itself where it is not mangled, or not in a form known here. */
export function demangle(name: string): string {
  try {
    if (name.startsWith("_R")) return new NewForm(name.slice(2)).read();
    return /^_Z[0-9N]/.test(name) ? oldForm(name.slice(2)) : name;
  } catch (error) {
    if (error instanceof NotThisForm) return name;
    throw error;
  }
}

class NotThisForm extends Error {}

const HASH = /^h[0-9a-f]{16}$/;

/** Parts with their lengths, between N and E or alone. */
function oldForm(text: string): string {
  const parts: string[] = [];
  const isNested = text.startsWith("N");
  let at = isNested ? 1 : 0;
  for (let digits = digitsAt(text, at); digits !== ""; digits = digitsAt(text, at)) {
    const start = at + digits.length;
    at = start + Number(digits);
    if (at > text.length) throw new NotThisForm();
    parts.push(text.slice(start, at));
    if (!isNested) break;
  }
  if (parts.length === 0 || (isNested && text[at] !== "E")) throw new NotThisForm();
  if (parts.length > 1 && HASH.test(parts.at(-1) ?? "")) parts.pop();
  return parts.map(unescaped).join("::");
}

function digitsAt(text: string, at: number): string {
  return /^[1-9][0-9]{0,4}/.exec(text.slice(at, at + 5))?.[0] ?? "";
}

function unescaped(part: string): string {
  return part
    .replace(/^_\$/, "$")
    .replace(/\$([A-Z]{1,2})\$/g, (whole, code: string) => ESCAPES.get(code) ?? whole)
    .replace(/\$u([0-9a-f]{1,5})\$/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replaceAll("..", "::");
}

/** Letters of types that are no paths. */
const BASIC: Readonly<Record<string, string>> = {
  a: "i8",
  b: "bool",
  c: "char",
  d: "f64",
  e: "str",
  f: "f32",
  h: "u8",
  i: "isize",
  j: "usize",
  l: "i32",
  m: "u32",
  n: "i128",
  o: "u128",
  p: "_",
  s: "i16",
  t: "u16",
  u: "()",
  v: "…",
  x: "i64",
  y: "u64",
  z: "!",
};
const PREFIXES: Readonly<Record<string, string>> = { R: "&", Q: "&mut ", P: "*const ", O: "*mut " };
/** Backward references could go on for ever. */
const MAX_STEPS = 1000;

class NewForm {
  readonly #text: string;
  #at = 0;
  #steps = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): string {
    return this.path();
  }

  private take(): string {
    const character = this.#text[this.#at++];
    if (character === undefined || ++this.#steps > MAX_STEPS) throw new NotThisForm();
    return character;
  }

  private takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  private base62(): number {
    if (this.takes("_")) return 0;
    let value = 0;
    for (let digit = this.take(); digit !== "_"; digit = this.take()) {
      const of = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".indexOf(digit);
      if (of < 0) throw new NotThisForm();
      value = value * 62 + of;
    }
    return value + 1;
  }

  private disambiguator(): number {
    return this.takes("s") ? this.base62() + 1 : 0;
  }

  private identifier(): { readonly name: string; readonly nth: number } {
    const nth = this.disambiguator();
    if (this.takes("u")) throw new NotThisForm();
    const digits = /^(0|[1-9][0-9]{0,4})/.exec(this.#text.slice(this.#at, this.#at + 5))?.[0] ?? "";
    if (digits === "") throw new NotThisForm();
    this.#at += digits.length;
    this.takes("_");
    const name = this.#text.slice(this.#at, this.#at + Number(digits));
    if (name.length !== Number(digits)) throw new NotThisForm();
    this.#at += name.length;
    return { name, nth };
  }

  private backwards(read: () => string): string {
    const to = this.base62();
    const back = this.#at;
    if (to >= back) throw new NotThisForm();
    this.#at = to;
    const found = read();
    this.#at = back;
    return found;
  }

  private path(): string {
    switch (this.take()) {
      case "C":
        return this.identifier().name;
      case "N":
        return this.nested();
      case "M":
        this.disambiguator();
        this.path();
        return `<${this.type()}>`;
      case "X":
        this.disambiguator();
        this.path();
        return `<${this.type()} as ${this.path()}>`;
      case "Y":
        return `<${this.type()} as ${this.path()}>`;
      case "I": {
        const path = this.path();
        const args: string[] = [];
        while (!this.takes("E")) args.push(this.type());
        return `${path}<${args.join(", ")}>`;
      }
      case "B":
        return this.backwards(() => this.path());
      default:
        throw new NotThisForm();
    }
  }

  private nested(): string {
    const space = this.take();
    const path = this.path();
    const { name, nth } = this.identifier();
    if (/[a-z]/.test(space)) return `${path}::${name}`;
    const kind = space === "C" ? "closure" : space === "S" ? "shim" : space;
    return `${path}::{${kind}${name === "" ? "" : `:${name}`}#${nth}}`;
  }

  private type(): string {
    const letter = this.take();
    const basic = BASIC[letter];
    if (basic !== undefined) return basic;
    const prefix = PREFIXES[letter];
    if (prefix !== undefined) {
      if (this.takes("L")) this.base62();
      return `${prefix}${this.type()}`;
    }
    if (letter === "S") return `[${this.type()}]`;
    if (letter === "B") return this.backwards(() => this.type());
    if (letter === "T") {
      const members: string[] = [];
      while (!this.takes("E")) members.push(this.type());
      return `(${members.join(", ")}${members.length === 1 ? "," : ""})`;
    }
    this.#at--;
    return this.path();
  }
}
