// Single operators on numbers at the edges, each in a function of its own, our engine against V8's. Where an operator may give one of several
// NaNs, ours must be of the right class.
import { built, type Source } from "../choices.js";
import { type Argument, printArgument, printOutcome } from "../engines/engine.js";
import { type Start, startHere } from "../engines/ours.js";
import { startInV8 } from "../engines/v8.js";
import { emptyDraft, typeIndex } from "../module/draft.js";
import { encode, unsigned } from "../module/encode.js";
import { type NanShape, OP, OPERATORS, type Operator } from "../module/instructions.js";
import { type Instrumented, instrument, plainTypes } from "../module/instrument.js";
import { anyBits, isReference } from "../module/numbers.js";
import { type Described, Difference, type Result, type Target } from "../target.js";

const MAX_TICKS = 10_000;
const FUNCTIONS = 24;
const CALLS = 4;

interface OperatorCall {
  readonly operator: Operator;
  readonly name: string;
  /** Of each operand. */
  readonly bits: readonly bigint[];
}

interface Case {
  readonly engine: "ticks" | "fast";
  readonly module: Instrumented;
  readonly calls: readonly OperatorCall[];
}

function makeCase(source: Source): Case {
  const engine = source.below(2) === 0 ? "ticks" : "fast";
  const draft = emptyDraft();
  const calls: OperatorCall[] = [];
  source.list(FUNCTIONS, (index) => {
    const operator = source.pick(OPERATORS);
    const { params, result, immediate, bytes } = operator;
    const lanes = Array.from({ length: immediate?.count ?? 0 }, () => source.below(immediate?.lanes ?? 1));
    const gets = params.map((_, at) => [...OP.localGet, ...unsigned(at)]);
    const type = typeIndex(draft, { params, results: [result] });
    draft.functions.push({ type, locals: [], code: [...gets, [...bytes, ...lanes]] });
    for (let count = 1 + source.below(CALLS); count > 0; count--) {
      const bits = params.map((param) => (isReference(param) ? 0n : anyBits(source, param)));
      calls.push({ operator, name: `#f${index}`, bits });
    }
  });
  return { engine, module: instrument(encode(draft), null), calls };
}

function argumentsOf({ operator, bits }: OperatorCall): Argument[] {
  return operator.params.flatMap((type, index) =>
    plainTypes(type).map((plain, half): Argument => {
      const part = (bits[index] ?? 0n) >> BigInt(64 * half);
      if (plain === "i32") return { type: "i32", value: Number(BigInt.asIntN(32, part)) };
      return { type: "i64", value: BigInt.asIntN(64, part) };
    }),
  );
}

const WIDTHS = { f32: [32, 1], f64: [64, 1], f32x4: [32, 4], f64x2: [64, 2] } as const;

/** The shape of the operands: a conversion's is not the result's. */
function operandShape({ bytes, params, nan }: Operator): NanShape | null {
  if (bytes[0] === 0xfd && bytes[1] === 94) return "f64x2";
  if (bytes[0] === 0xfd && bytes[1] === 95) return "f32x4";
  const [param] = params;
  return param === "f32" || param === "f64" ? param : nan;
}

function lanesOf(bits: bigint, shape: NanShape): bigint[] {
  const [width, count] = WIDTHS[shape];
  return Array.from({ length: count }, (_, lane) => BigInt.asUintN(width, bits >> BigInt(lane * width)));
}

function nanClass(lane: bigint, shape: NanShape): "number" | "canonical" | "arithmetic" | "signalling" {
  const [width] = WIDTHS[shape];
  const canonical = width === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  const infinity = width === 32 ? 0x7f80_0000n : 0x7ff0_0000_0000_0000n;
  const magnitude = BigInt.asUintN(width - 1, lane);
  if (magnitude <= infinity) return "number";
  if (magnitude === canonical) return "canonical";
  return (magnitude & canonical) === canonical ? "arithmetic" : "signalling";
}

/** Whether the specification allows a NaN in a lane of the result. */
function isAllowed(call: OperatorCall, lane: bigint, index: number): boolean {
  const { nan } = call.operator;
  const shape = operandShape(call.operator);
  if (nan === null || shape === null) return false;
  const isLanewise = shape === nan;
  const operands = call.bits.flatMap((bits) =>
    lanesOf(bits, shape).filter((_, operand) => !isLanewise || operand === index),
  );
  const mustBeCanonical = operands.every((operand) => /number|canonical/.test(nanClass(operand, shape)));
  const found = nanClass(lane, nan);
  return found === "canonical" || (found === "arithmetic" && !mustBeCanonical);
}

function bitsOfTexts(texts: readonly string[]): bigint {
  return texts.reduceRight((bits, text) => (bits << 64n) | BigInt.asUintN(64, BigInt(text.split(" ")[1] ?? 0)), 0n);
}

function compare(call: OperatorCall, ours: readonly string[], theirs: readonly string[]): void {
  const { nan } = call.operator;
  const isSame =
    nan !== null &&
    lanesOf(bitsOfTexts(ours), nan).every((lane, index) => {
      const other = lanesOf(bitsOfTexts(theirs), nan)[index] ?? 0n;
      return nanClass(other, nan) === "number" ? lane === other : isAllowed(call, lane, index);
    });
  if (isSame || (nan === null && ours.join() === theirs.join())) return;
  throw new Difference(`${printCall(call)}: ours [${ours.join(", ")}], V8 [${theirs.join(", ")}]`);
}

function printCall(call: OperatorCall): string {
  const opcode = call.operator.bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${call.name}(${argumentsOf(call).map(printArgument).join(", ")}), opcode ${opcode}`;
}

export function operatorsTarget(start: Start = startHere): Target<Case> {
  return {
    name: "operators",
    title: "single operators on numbers at the edges: results, classes of NaNs",
    share: 1,
    cases: built(makeCase, 4000),
    check({ engine, module, calls }): Result {
      const ours = start(module, engine, MAX_TICKS).running;
      const theirs = startInV8(module).running;
      for (const call of calls) {
        const args = argumentsOf(call);
        const mine = ours?.call(call.name, args);
        const other = theirs?.call(call.name, args);
        if (mine === undefined || other === undefined) throw new Difference(`${call.name} cannot be called`);
        if (mine.tag === "values" && other.tag === "values") compare(call, mine.values, other.values);
        else if (printOutcome(mine) !== printOutcome(other)) {
          throw new Difference(`${printCall(call)}: ours ${printOutcome(mine)}, V8 ${printOutcome(other)}`);
        }
      }
      return "passed";
    },
    describe({ engine, module, calls }): Described {
      return { module: module.binary, lines: [`engine: ${engine}`, ...calls.map(printCall)] };
    },
  };
}
