// The same calls in both engines, and what differs.
import type { Source } from "../choices.js";
import type { Instrumented, PlainFunction, PlainType } from "../module/instrument.js";
import { bitsOf } from "../module/numbers.js";
import { Difference, type Result } from "../target.js";
import { type Argument, EXTERNS, printArgument, printOutcome, type Running, type Started } from "./engine.js";

export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
}

function randomArgument(source: Source, type: PlainType, functions: readonly PlainFunction[]): Argument {
  switch (type) {
    case "i32":
      return { type, value: Number(bitsOf(source, source.below(3) === 2 ? "f32" : "i32")) | 0 };
    case "i64":
      return { type, value: BigInt.asIntN(64, bitsOf(source, source.below(3) === 2 ? "f64" : "i64")) };
    case "funcref":
      return { type, export: source.below(2) === 0 ? null : source.pick(functions).name };
    case "externref":
      return { type, value: source.below(2) === 0 ? null : source.below(EXTERNS) };
  }
}

export function randomCall(source: Source, functions: readonly PlainFunction[]): Call {
  const { name, params } = source.pick(functions);
  return { name, args: params.map((type) => randomArgument(source, type, functions)) };
}

export function printCall({ name, args }: Call): string {
  return `${name}(${args.map(printArgument).join(", ")})`;
}

/** The names of the two. */
type Names = readonly [ours: string, theirs: string];

function compareTexts(what: string, ours: readonly string[], theirs: readonly string[], [a, b]: Names): void {
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }).findIndex((_, i) => ours[i] !== theirs[i]);
  if (at >= 0) throw new Difference(`${what} ${at}: ${a} ${ours[at] ?? "none"}, ${b} ${theirs[at] ?? "none"}`);
}

function compareMemories(ours: Uint8Array | null, theirs: Uint8Array | null, [a, b]: Names): void {
  if (ours === null || theirs === null) return;
  if (ours.length !== theirs.length) throw new Difference(`memory size: ${a} ${ours.length}, ${b} ${theirs.length}`);
  if (Buffer.compare(ours, theirs) === 0) return;
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  throw new Difference(`memory at ${at}: ${a} ${ours[at]}, ${b} ${theirs[at]}`);
}

function compareStates(module: Instrumented, ours: Running, theirs: Running, names: Names): void {
  compareMemories(ours.memory(), theirs.memory(), names);
  for (const { name } of module.globals) {
    const [mine, other] = [printOutcome(ours.call(name, [])), printOutcome(theirs.call(name, []))];
    if (mine !== other) throw new Difference(`global ${name}: ${names[0]} ${mine}, ${names[1]} ${other}`);
  }
  for (const name of module.tables) compareTexts(`table ${name}, element`, ours.table(name), theirs.table(name), names);
}

/** Compares runs: of the start, of the calls one by one, and what is left at the end. Throws `Difference`. */
export function compareRuns(
  module: Instrumented,
  calls: readonly Call[],
  startOurs: () => Started,
  startTheirs: () => Started,
  names: Names = ["ours", "V8"],
): Result {
  const ours = startOurs();
  if (ours.outcome.tag === "limit") return "undecided";
  const theirs = startTheirs();
  const compare = (what: string, a: Started["outcome"], b: Started["outcome"]): void => {
    const [mine, other] = [printOutcome(a), printOutcome(b)];
    if (mine !== other) throw new Difference(`${what}: ${names[0]} ${mine}, ${names[1]} ${other}`);
    compareTexts(`${what}: call of an import`, ours.log, theirs.log, names);
  };
  if (theirs.outcome.tag === "limit") return "undecided";
  compare("instantiation", ours.outcome, theirs.outcome);
  if (ours.running === null || theirs.running === null) return "passed";
  for (const call of calls) {
    const mine = ours.running.call(call.name, call.args);
    if (mine.tag === "limit") return "undecided";
    const other = theirs.running.call(call.name, call.args);
    if (other.tag === "limit") return "undecided";
    compare(printCall(call), mine, other);
  }
  compareStates(module, ours.running, theirs.running, names);
  return "passed";
}
