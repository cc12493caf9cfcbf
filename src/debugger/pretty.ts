/**
 * Line breaking as OCaml's Format does it (debugger.md §5), for the three places where Octez's debugger leaves it to that engine: transfers
 * in `show inbox`, records of `show outbox`, stuck states. Boxes, breaks, a margin of 78 and a greatest indentation of 68.
 */
import type { Json } from "../encoding/json.js";

export type BoxKind = "hov" | "hv" | "v" | "box";

type Token =
  | { readonly tag: "text"; readonly text: string }
  | { readonly tag: "open"; readonly kind: BoxKind; readonly indent: number; size: number }
  | { readonly tag: "close" }
  | { readonly tag: "break"; readonly spaces: number; readonly indent: number; size: number };

const MARGIN = 78;
const MAX_INDENT = 68;
const UNKNOWN = Number.POSITIVE_INFINITY;

/** A document being written; `print` lays it out. */
export class Doc {
  readonly #tokens: Token[] = [];

  text(text: string): this {
    this.#tokens.push({ tag: "text", text });
    return this;
  }

  /** A place where the line may break: else `spaces` spaces. */
  break(spaces = 1, indent = 0): this {
    this.#tokens.push({ tag: "break", spaces, indent, size: UNKNOWN });
    return this;
  }

  box(kind: BoxKind, indent: number, inside: (doc: this) => void): this {
    this.#tokens.push({ tag: "open", kind, indent, size: UNKNOWN });
    inside(this);
    this.#tokens.push({ tag: "close" });
    return this;
  }

  print(): string {
    measure(this.#tokens);
    return layOut(this.#tokens);
  }
}

/** A box is as long as all in it, a break as long as what follows up to the next one of its box; outside of boxes the last has no end. */
function measure(tokens: readonly Token[]): void {
  let total = 0;
  const open: {
    readonly box: Extract<Token, { tag: "open" }> | null;
    readonly at: number;
    last: { token: Extract<Token, { tag: "break" }>; at: number } | null;
  }[] = [{ box: null, at: 0, last: null }];
  const top = () => open[open.length - 1] as (typeof open)[number]; // the outermost is never closed
  for (const token of tokens) {
    if (token.tag === "text") total += [...token.text].length;
    else if (token.tag === "open") open.push({ box: token, at: total, last: null });
    else if (token.tag === "break") {
      const { last } = top();
      if (last !== null) last.token.size = total - last.at;
      top().last = { token, at: total };
      total += token.spaces;
    } else {
      const closed = open.pop();
      if (closed?.last != null) closed.last.token.size = total - closed.last.at;
      if (closed?.box != null) closed.box.size = total - closed.at;
    }
  }
}

function layOut(tokens: readonly Token[]): string {
  let out = "";
  let left = MARGIN;
  let indent = 0;
  let atLineStart = true;
  // The engine's own box around everything never fits.
  const boxes: { readonly kind: BoxKind | "fits"; readonly width: number }[] = [{ kind: "hov", width: MARGIN }];
  const newLine = (width: number, offset: number): void => {
    indent = Math.min(MAX_INDENT, MARGIN - width + offset);
    left = MARGIN - indent;
    atLineStart = true;
    out += `\n${" ".repeat(indent)}`;
  };
  for (const token of tokens) {
    const { kind, width } = boxes[boxes.length - 1] as (typeof boxes)[number]; // the outermost is never closed
    if (token.tag === "text") {
      out += token.text;
      left -= [...token.text].length;
      atLineStart = false;
    } else if (token.tag === "open") {
      if (MARGIN - left > MAX_INDENT && width > left && kind !== "fits") newLine(width, 0);
      const inner = token.kind === "v" ? "v" : token.size > left ? token.kind : "fits";
      boxes.push({ kind: inner, width: left - token.indent });
    } else if (token.tag === "close") boxes.pop();
    else {
      const breaks =
        kind === "v" ||
        kind === "hv" ||
        (kind === "hov" && token.size > left) ||
        (kind === "box" && !atLineStart && (token.size > left || indent > MARGIN - width + token.indent));
      if (breaks) newLine(width, token.indent);
      else {
        left -= token.spaces;
        out += " ".repeat(token.spaces);
      }
    }
  }
  return out;
}

/** Writes a JSON value as Octez's pretty printer does. */
export function writeJson(doc: Doc, json: Json): void {
  if (Array.isArray(json)) {
    if (json.length === 0) doc.text("[]");
    else {
      doc.box("hov", 2, () => {
        doc.text("[ ");
        for (const [index, item] of (json as readonly Json[]).entries()) {
          if (index > 0) doc.text(",").break();
          writeJson(doc, item);
        }
        doc.text(" ]");
      });
    }
  } else if (typeof json === "object" && json !== null) {
    const fields = Object.entries(json as { readonly [name: string]: Json });
    if (fields.length === 0) doc.text("{}");
    else {
      doc.box("hov", 2, () => {
        doc.text("{ ");
        for (const [index, [name, value]] of fields.entries()) {
          if (index > 0) doc.text(",").break();
          doc.box("hov", 2, () => {
            doc.text(`${quoted(name)}:`).break();
            writeJson(doc, value);
          });
        }
        doc.text(" }");
      });
    }
  } else doc.text(typeof json === "string" ? quoted(json) : String(json));
}

/** Only these characters are escaped, by a backslash before them. */
function quoted(text: string): string {
  return `"${text.replace(/["\\\n\r\b\t]/g, (character) => `\\${character}`)}"`;
}
