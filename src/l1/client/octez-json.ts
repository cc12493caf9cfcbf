// JSON as Octez prints it for people: in its key files, in the answers of `rpc get`, from `octez-codec decode`. Objects and
// arrays are filled lines, indented by two (text-boxes.ts does the breaking).

import type { Json } from "../../encoding/json.js";
import { TextBoxes } from "./text-boxes.js";

/** `json` in lines of at most 77 columns, without a line feed at the end. */
export function printOctezJson(json: Json): string {
  const boxes = new TextBoxes();
  putJson(boxes, json);
  return boxes.finish();
}

export function putJson(boxes: TextBoxes, json: Json): void {
  if (json === null || typeof json !== "object") {
    boxes.text(scalar(json));
  } else if (isList(json)) {
    putItems(boxes, "[", "]", json, (item) => putJson(boxes, item));
  } else {
    putItems(boxes, "{", "}", Object.entries(json), ([name, value]) => {
      boxes.box("hov", 2, () => {
        boxes.text(quoted(name)).text(":").space();
        putJson(boxes, value);
      });
    });
  }
}

function isList(json: readonly Json[] | { readonly [name: string]: Json }): json is readonly Json[] {
  return Array.isArray(json);
}

function putItems<T>(boxes: TextBoxes, open: string, close: string, items: readonly T[], put: (item: T) => void): void {
  if (items.length === 0) {
    boxes.text(open + close);
    return;
  }
  boxes.box("hov", 2, () => {
    boxes.text(`${open} `);
    boxes.list(items, put, () => boxes.text(",").space());
    boxes.text(` ${close}`);
  });
}

function scalar(json: string | number | boolean | null): string {
  return typeof json === "string" ? quoted(json) : String(json);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Control characters and the two that must be escaped; all others stand for themselves. */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be found
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (char) => {
    return ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
