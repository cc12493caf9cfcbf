/**
 * What is wrong with a module that decodes but is not valid, and where. The first words of a reason are those of the WebAssembly
 * specification's test suite ("type mismatch", "unknown local 3").
 */

/** A block of the enclosing one, and the index of an instruction in it; the index after the last stands for the block's end. */
export interface PathStep {
  readonly block: "body" | "then" | "else";
  readonly index: number;
}

/** An instruction, or the end of a block, within one sequence of instructions (a function's body or a constant expression). */
export interface CodePlace {
  /** From the outermost block inwards; never empty. */
  readonly path: readonly PathStep[];
  /** Text name of the instruction; null: the end of the block. */
  readonly instruction: string | null;
  /**
   * How many instructions begin before it, counted through all nested blocks. For the end of a block: of the instruction that opened the
   * block, or -1 for the outermost.
   */
  readonly ordinal: number;
}

export type ModulePart =
  | "type"
  | "import"
  | "function"
  | "table"
  | "memory"
  | "global"
  | "export"
  | "start function"
  | "element segment"
  | "data segment"
  | "module";

/** Which of a part's constant expressions: a segment's offset, or an item of an element segment. */
export type Expression = "offset" | { readonly item: number };

export interface Place {
  readonly part: ModulePart;
  /** In the part's index space, imports included; null where the part is only one. */
  readonly index: number | null;
  /** A function's first export name, an import's two names, an export's name; null: none. */
  readonly name: string | null;
  readonly expression: Expression | null;
  readonly code: CodePlace | null;
}

/** A path longer than this is shown without its middle. */
const MAX_SHOWN_STEPS = 12;

function printPath(path: readonly PathStep[]): string {
  const steps = path.map(({ block, index }) => `${block}[${index}]`);
  const half = MAX_SHOWN_STEPS / 2;
  if (steps.length > MAX_SHOWN_STEPS) steps.splice(half, steps.length - MAX_SHOWN_STEPS, "..");
  return steps.join(".");
}

function printPlace({ part, index, name, expression, code }: Place, offset: number | null): string {
  const words: string[] = [part];
  if (index !== null) words.push(String(index));
  if (name !== null) words.push(JSON.stringify(name));
  if (expression !== null) words.push(expression === "offset" ? "offset" : `item ${expression.item}`);
  if (code !== null) words.push(code.instruction ?? "end", "at", printPath(code.path));
  const bytes = offset === null ? "" : ` (byte ${offset})`;
  return words.join(" ") + bytes;
}

/** What is wrong, without the place; types where types are what is wrong. */
export interface Complaint {
  readonly reason: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

/** A module that is not valid. */
export class ValidationError extends Error {
  readonly code = "wasm.invalid";
  readonly place: Place;
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Types that should be on the operand stack, where types are what is wrong. */
  readonly expected: string | null;
  /** Types that are there. */
  readonly actual: string | null;
  /** Byte of the binary at which the instruction begins; null if there is none, or the binary was not given. */
  readonly offset: number | null;

  constructor(place: Place, { reason, expected, actual }: Complaint, offset: number | null = null) {
    const types = expected === null ? "" : `: expected ${expected}, found ${actual ?? "nothing"}`;
    super(`${printPlace(place, offset)}: ${reason}${types}`);
    this.name = "ValidationError";
    this.place = place;
    this.reason = reason;
    this.expected = expected;
    this.actual = actual;
    this.offset = offset;
  }

  /** The same error, with the byte of the binary it is at. */
  atOffset(offset: number): ValidationError {
    return new ValidationError(this.place, this, offset);
  }
}

/** What is wrong, of which the place is told by who knows it. Never leaves this folder. */
export class Fault extends Error implements Complaint {
  readonly reason: string;
  readonly expected: string | null;
  readonly actual: string | null;

  constructor(reason: string, expected: string | null = null, actual: string | null = null) {
    super(reason);
    this.reason = reason;
    this.expected = expected;
    this.actual = actual;
  }
}

/** An index outside an index space. */
export function unknown(what: string, index: number): Fault {
  return new Fault(`unknown ${what} ${index >>> 0}`);
}
