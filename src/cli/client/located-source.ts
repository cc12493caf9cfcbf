// Code as it is shown when something is wrong with it: lines with their numbers, and where in them an expression stands. The chain
// names expressions by number: each comes before those inside it.

import type { Micheline } from "../../encoding/micheline.js";
import { printMarkedMicheline } from "./micheline-text.js";

const BEGIN = "\u{f0010}";
const END = "\u{f0011}";

interface Position {
  /** From 1. */
  readonly line: number;
  /** Characters before it in its line. */
  readonly column: number;
}

export class LocatedSource {
  readonly lines: readonly string[];
  readonly #places: readonly (readonly [start: Position, stop: Position])[];

  private constructor(lines: readonly string[], places: readonly (readonly [Position, Position])[]) {
    this.lines = lines;
    this.#places = places;
  }

  static of(node: Micheline): LocatedSource {
    const starts: Position[] = [];
    const stops: Position[] = [];
    /** Numbers of the expressions that are open. */
    const open: number[] = [];
    const lines: string[] = [""];
    for (const piece of printMarkedMicheline(node, BEGIN, END).split(/([\u{f0010}\u{f0011}\n])/u)) {
      const line = lines.length;
      const column = [...(lines[line - 1] ?? "")].length;
      if (piece === BEGIN) open.push(starts.push({ line, column }) - 1);
      else if (piece === END) stops[open.pop() ?? 0] = { line, column };
      else if (piece === "\n") lines.push("");
      else lines[line - 1] += piece;
    }
    return new LocatedSource(
      lines,
      starts.map((start, i) => [start, stops[i] ?? start]),
    );
  }

  /** "1: …", all numbers equally wide. */
  numbered(): readonly string[] {
    const width = String(this.lines.length).length;
    return this.lines.map((line, i) => `${String(i + 1).padStart(width, "0")}: ${line}`);
  }

  /** "At line 3 characters 31 to 42"; undefined for a number that no expression has. */
  placeOf(location: number): string | undefined {
    const [start, stop] = this.#places[location] ?? [];
    if (start === undefined || stop === undefined) return undefined;
    if (start.line !== stop.line) {
      return `From line ${start.line} character ${start.column} to line ${stop.line} character ${stop.column}`;
    }
    const columns =
      start.column === stop.column ? `character ${start.column}` : `characters ${start.column} to ${stop.column}`;
    return `At line ${start.line} ${columns}`;
  }
}
