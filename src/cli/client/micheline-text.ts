// Micheline as octez-client prints it in receipts and errors. What is short enough stands on one line; the rest goes down, an
// argument a line, without regard to the margin. Left out: macros are printed as what they expand to, where Octez folds them
// back.

import { isSequence, type Micheline, type MichelinePrim } from "../../encoding/micheline.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";

/** Expressions of this size, as `sizeOf` reckons it, are broken. */
const LONG = 80;
/** Longest name whose arguments stand beside it when they go down. */
const SHORT_NAME = 4;
/** As good as no margin. */
const NO_MARGIN = 200_000;

/** Width of an expression on one line, roughly: it is what decides. */
function sizeOf(node: Micheline): number {
  if (isSequence(node)) return node.reduce((sum, item) => sum + 3 + sizeOf(item), 4);
  if ("int" in node) return node.int.length;
  if ("string" in node) return Buffer.byteLength(node.string, "utf8");
  if ("bytes" in node) return node.bytes.length + 2;
  const annots = node.annots === undefined ? 0 : node.annots.join(" ").length + 2;
  return (node.args ?? []).reduce((sum, arg) => sum + 1 + sizeOf(arg), node.prim.length + annots);
}

/** Prints expressions into boxes; what is to happen around each of them is up to whoever prints. */
class Printer {
  readonly #boxes: TextBoxes;
  readonly #around: Around;

  constructor(boxes: TextBoxes, around: Around) {
    this.#boxes = boxes;
    this.#around = around;
  }

  unwrapped(node: Micheline): void {
    this.#around(node, () => this.#inside(node));
  }

  /** In parentheses where an application would not be one argument. */
  argument(node: Micheline): void {
    if (isSequence(node) || !("prim" in node) || (node.args === undefined && node.annots === undefined)) {
      this.unwrapped(node);
      return;
    }
    this.#around(node, () => {
      this.#boxes.text("(");
      this.#application(node);
      this.#boxes.text(")");
    });
  }

  #inside(node: Micheline): void {
    if (isSequence(node)) this.#sequence(node);
    else if ("prim" in node) this.#application(node);
    else if ("int" in node) this.#boxes.text(node.int);
    else if ("string" in node) this.#boxes.text(quoted(node.string));
    else this.#boxes.text(`0x${node.bytes}`);
  }

  #application(node: MichelinePrim): void {
    const boxes = this.#boxes;
    const { prim, args = [], annots = [] } = node;
    const name = [prim, ...annots].join(" ");
    if (args.length === 0) {
      boxes.text(name);
    } else if (sizeOf(node) < LONG) {
      boxes.box("h", 0, () => {
        boxes.text(`${name} `).list(
          args,
          (arg) => this.argument(arg),
          () => boxes.space(),
        );
      });
    } else if (name.length <= SHORT_NAME) {
      boxes.text(`${name} `).box("v", 0, () => boxes.list(args, (arg) => this.argument(arg)));
    } else {
      boxes.box("v", 2, () => {
        boxes
          .text(name)
          .cut()
          .list(args, (arg) => this.argument(arg));
      });
    }
  }

  #sequence(items: readonly Micheline[]): void {
    const boxes = this.#boxes;
    if (items.length === 0) {
      boxes.text("{}");
      return;
    }
    boxes.text("{ ").box(sizeOf(items) < LONG ? "h" : "v", 0, () => {
      boxes.list(
        items,
        (item) => this.unwrapped(item),
        () => boxes.text(" ;").space(),
      );
    });
    boxes.text(" }");
  }
}

type Around = (node: Micheline, put: () => void) => void;

const NOTHING_AROUND: Around = (_node, put) => put();

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function quoted(text: string): string {
  return `"${text.replace(/["\\\b\n\r\t]/g, (char) => ESCAPES[char] ?? char)}"`;
}

/** An expression, as an argument would be written. */
export function printMicheline(node: Micheline): string {
  const boxes = new TextBoxes(NO_MARGIN);
  new Printer(boxes, NOTHING_AROUND).argument(node);
  return boxes.finish();
}

/** As `printMicheline`, without parentheses around the whole. */
export function printMichelineUnwrapped(node: Micheline): string {
  const boxes = new TextBoxes(NO_MARGIN);
  new Printer(boxes, NOTHING_AROUND).unwrapped(node);
  return boxes.finish();
}

/** As `printMichelineUnwrapped`, with `before` and `after` around each expression, which take no room. */
export function printMarkedMicheline(node: Micheline, before: string, after: string): string {
  const boxes = new TextBoxes(NO_MARGIN);
  const around: Around = (_node, put) => {
    boxes.mark(before);
    put();
    boxes.mark(after);
  };
  new Printer(boxes, around).unwrapped(node);
  return boxes.finish();
}

/** An expression inside other text, its lines starting where the box's do. */
export function putMicheline(boxes: TextBoxes, node: Micheline): void {
  putLines(boxes, printMicheline(node));
}

export function putLines(boxes: TextBoxes, text: string): void {
  boxes.list(
    text.split("\n"),
    (line) => boxes.text(line),
    () => boxes.newline(),
  );
}
