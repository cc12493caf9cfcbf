// Text in boxes with break hints, laid out as OCaml's Format does, because that is what octez-client's files and output are
// laid out with: its key files, JSON answers and receipts come out byte for byte only with the same breaks. Left out: semantic
// tags, tabulations, ellipsis. Widths count UTF-8 bytes, as OCaml does.
//
// Tokens wait in a queue until their size is known, or until what waits cannot fit on the line any more. The second rule is
// not a mere short cut: a piece that would fill the line to its last column counts as one that does not fit.

/**
 * How a box breaks at its hints: "h" nowhere, "v" everywhere, "hv" everywhere or nowhere, "hov" where the next piece does not
 * fit, "b" as "hov" and where a new line would start further left.
 */
export type BoxKind = "h" | "v" | "hv" | "hov" | "b";

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "break"; readonly spaces: number; readonly offset: number }
  | { readonly kind: "open"; readonly box: BoxKind; readonly indent: number }
  | { readonly kind: "close" }
  | { readonly kind: "newline" };

interface QueueItem {
  readonly token: Token;
  /** Own width. */
  readonly length: number;
  /** Of a hint: up to and with the next hint of its box; of an opening: of the whole box. Undefined until known. */
  size: number | undefined;
}

/** A hint or an opening whose size is to be told. */
interface Unsettled {
  readonly item: QueueItem;
  /** Total width queued before it, and with it. */
  readonly before: number;
  readonly after: number;
}

interface OpenBox {
  /** "fits": all on this line. */
  readonly kind: BoxKind | "fits";
  /** Space from where the box's lines start to the right margin. */
  readonly width: number;
}

/** Where OCaml's formatters break unless told otherwise. */
export const DEFAULT_MARGIN = 78;
/** Boxes start at least this far from the margin. */
const MIN_SPACE = 10;
/** Printed items kept in the queue before it is shortened. */
const QUEUE_SLACK = 1024;

export class TextBoxes {
  readonly #margin: number;
  readonly #maxIndent: number;
  readonly #queue: QueueItem[] = [];
  #queueHead = 0;
  #unsettled: Unsettled[] = [];
  /** Boxes open for the caller. */
  #depth = 0;
  /** Boxes open where printing stands. */
  readonly #boxes: OpenBox[] = [];
  #out = "";
  #spaceLeft: number;
  #indent = 0;
  #atLineStart = true;
  #queuedTotal = 0;
  #printedTotal = 0;

  constructor(margin: number = DEFAULT_MARGIN) {
    this.#margin = margin;
    this.#maxIndent = margin - MIN_SPACE;
    this.#spaceLeft = margin;
    // Everything stands in a box that is never closed: a last hint outside of the caller's boxes so breaks.
    this.#enqueue({ kind: "open", box: "hov", indent: 0 }, 0, undefined);
  }

  text(text: string): this {
    const length = widthOf(text);
    this.#enqueue({ kind: "text", text }, length, length);
    this.#advance();
    return this;
  }

  /** Text that takes no room: an escape sequence, a mark for whoever reads the output. */
  mark(text: string): this {
    this.#enqueue({ kind: "text", text }, 0, 0);
    this.#advance();
    return this;
  }

  /** A space, or a new line. */
  space(): this {
    return this.hint(1, 0);
  }

  /** Nothing, or a new line. */
  cut(): this {
    return this.hint(0, 0);
  }

  /** `spaces` spaces, or a new line indented by `offset` more than the box. */
  hint(spaces: number, offset: number): this {
    const before = this.#queuedTotal;
    const item = this.#enqueue({ kind: "break", spaces, offset }, spaces, undefined);
    this.#settle("break");
    this.#unsettled.push({ item, before, after: this.#queuedTotal });
    return this;
  }

  /** A new line, whatever the box. */
  newline(): this {
    this.#enqueue({ kind: "newline" }, 0, 0);
    this.#advance();
    return this;
  }

  open(box: BoxKind, indent = 0): this {
    this.#depth++;
    const total = this.#queuedTotal;
    const item = this.#enqueue({ kind: "open", box, indent }, 0, undefined);
    this.#unsettled.push({ item, before: total, after: total });
    return this;
  }

  /** Closes the last box opened; nothing if none is open. */
  close(): this {
    if (this.#depth === 0) return this;
    this.#depth--;
    this.#enqueue({ kind: "close" }, 0, 0);
    this.#settle("break");
    this.#settle("open");
    return this;
  }

  /** `inside` in a box. */
  box(kind: BoxKind, indent: number, inside: (boxes: this) => void): this {
    this.open(kind, indent);
    inside(this);
    return this.close();
  }

  /** Text whose blanks are break hints and whose line feeds are new lines. */
  words(text: string): this {
    for (const part of text.split(/( |\n)/)) {
      if (part === " ") this.space();
      else if (part === "\n") this.newline();
      else if (part !== "") this.text(part);
    }
    return this;
  }

  /** Items with a cut, or what `separate` puts, between them. */
  list<T>(
    items: readonly T[],
    print: (item: T, boxes: this) => void,
    separate: (boxes: this) => void = (boxes) => boxes.cut(),
  ): this {
    for (const [i, item] of items.entries()) {
      if (i > 0) separate(this);
      print(item, this);
    }
    return this;
  }

  /** Everything, with all boxes closed. The object is of no use after. */
  finish(): string {
    while (this.#depth > 0) this.close();
    this.#queuedTotal = Number.POSITIVE_INFINITY;
    this.#advance();
    return this.#out;
  }

  // ---- The queue

  #enqueue(token: Token, length: number, size: number | undefined): QueueItem {
    const item: QueueItem = { token, length, size };
    this.#queue.push(item);
    this.#queuedTotal += length;
    return item;
  }

  /** Tells the last unsettled item its size, if it is of the kind given: all that was queued since it. */
  #settle(kind: "break" | "open"): void {
    const last = this.#unsettled.at(-1);
    if (last === undefined) return;
    if (last.after < this.#printedTotal) {
      // It has been printed as one that does not fit, and so has all that stands below.
      this.#unsettled = [];
    } else if (last.item.token.kind === kind) {
      last.item.size = this.#queuedTotal - last.before;
      this.#unsettled.pop();
    }
  }

  /** Prints what has a size, and what is known not to fit. */
  #advance(): void {
    while (this.#queueHead < this.#queue.length) {
      const item = this.#queue[this.#queueHead] as QueueItem; // below the length
      if (item.size === undefined && this.#queuedTotal - this.#printedTotal < this.#spaceLeft) break;
      this.#queueHead++;
      this.#print(item.token, item.size ?? Number.POSITIVE_INFINITY);
      this.#printedTotal += item.length;
    }
    if (this.#queueHead > QUEUE_SLACK) {
      this.#queue.splice(0, this.#queueHead);
      this.#queueHead = 0;
    }
  }

  // ---- Printing

  #print(token: Token, size: number): void {
    switch (token.kind) {
      case "text":
        this.#out += token.text;
        this.#spaceLeft -= size;
        this.#atLineStart = false;
        return;
      case "open":
        this.#openBox(token.box, token.indent, size);
        return;
      case "close":
        this.#boxes.pop();
        return;
      case "newline":
        this.#breakLine(this.#boxes.at(-1)?.width ?? this.#margin, 0);
        return;
      case "break":
        this.#hint(token.spaces, token.offset, size);
    }
  }

  #openBox(kind: BoxKind, indent: number, size: number): void {
    if (this.#margin - this.#spaceLeft > this.#maxIndent) this.#returnToIndent();
    const fits = kind !== "v" && size <= this.#spaceLeft;
    this.#boxes.push({ kind: fits ? "fits" : kind, width: this.#spaceLeft - indent });
  }

  /** Goes to a line of its own when a box would start too far right. */
  #returnToIndent(): void {
    const box = this.#boxes.at(-1);
    if (box === undefined || box.width <= this.#spaceLeft) return;
    if (box.kind !== "fits" && box.kind !== "h") this.#breakLine(box.width, 0);
  }

  #hint(spaces: number, offset: number, size: number): void {
    const box = this.#boxes.at(-1);
    if (box === undefined) return;
    if (this.#breaks(box, offset, size)) {
      this.#breakLine(box.width, offset);
    } else {
      this.#out += " ".repeat(spaces);
      this.#spaceLeft -= spaces;
    }
  }

  #breaks({ kind, width }: OpenBox, offset: number, size: number): boolean {
    switch (kind) {
      case "h":
      case "fits":
        return false;
      case "v":
      case "hv":
        return true;
      case "hov":
        return size > this.#spaceLeft;
      case "b":
        if (this.#atLineStart) return false;
        return size > this.#spaceLeft || this.#indent > this.#margin - width + offset;
    }
  }

  #breakLine(width: number, offset: number): void {
    this.#indent = Math.min(this.#maxIndent, this.#margin - width + offset);
    this.#out += `\n${" ".repeat(this.#indent)}`;
    this.#spaceLeft = this.#margin - this.#indent;
    this.#atLineStart = true;
  }
}

const ENCODER = new TextEncoder();
const ASCII = /^[\0-\x7f]*$/;

/** Bytes of a text in UTF-8. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : ENCODER.encode(text).length;
}
