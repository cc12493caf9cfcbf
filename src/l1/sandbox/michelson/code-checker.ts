// The checker of code (reference: script_ir_translator.ml, parse_instr): from an expression and the types of a stack it finds the types that
// the code leaves, and makes code that can be run. Errors show no stacks, as the reference's do where gas is counted.

import { isSequence, type Micheline } from "../../../encoding/micheline.js";
import { ProtocolError, traced } from "../../../protocol/errors.js";
import type { GasCounter } from "../contract-runtime.js";
import type { CodeTools } from "./code-tools.js";
import { readData } from "./data-reader.js";
import { payForExpression, writeData } from "./data-writer.js";
import type { Parameter } from "./entrypoints.js";
import { GAS } from "./gas-costs.js";
import { findInstruction, INSTRUCTION_NAMES } from "./instructions/all.js";
import type { Code, Instruction as Compiled } from "./machine.js";
import { locate, type Node, type PrimNode, type SequenceNode, unexpectedNode, wrongArity } from "./nodes.js";
import {
  badStack,
  type CodeChecker,
  type Conclusion,
  FAILED,
  type Instruction,
  type Judgement,
  type Misfit,
  type Scope,
} from "./rules.js";
import type { Mode } from "./scalars.js";
import { illTypedContract, readParameter, readStorageType, splitSections } from "./sections.js";
import { onto, type StackType, topmost } from "./stack-types.js";
import { ALLOWED, parseType } from "./type-parser.js";
import { ATOMS, binary, expectSameType, type Type, type TypeOf, unary, writeType } from "./types.js";
import type { Lambda } from "./values.js";

/** How deep code may be nested; each instruction of a sequence counts as one deeper than the one before. */
const MAX_DEPTH = 10_000;

/** Instructions of former protocols. */
const DEPRECATED: ReadonlySet<string> = new Set(["CREATE_ACCOUNT", "STEPS_TO_QUOTA", "TICKET_DEPRECATED"]);

const IN_DATA: Scope = { parameter: undefined, isInLambda: false };

/** A script that was checked. */
export interface CheckedScript {
  readonly parameter: Parameter;
  readonly storageType: Type;
  /** Takes a pair of argument and storage, leaves one of operations and storage. */
  readonly code: Code;
}

export class Checker implements CodeChecker, CodeTools {
  readonly tools = this;
  #depth = 0;

  constructor(readonly gas: GasCounter) {}

  check(node: Node, stack: StackType, scope: Scope): Judgement {
    return this.#deeper(1, () => this.#checkHere(node, stack, scope));
  }

  #deeper<T>(levels: number, run: () => T): T {
    if (this.#depth > MAX_DEPTH) throw new ProtocolError("michelson_v1.typechecking_too_many_recursive_calls", {});
    this.#depth += levels;
    try {
      return run();
    } finally {
      this.#depth -= levels;
    }
  }

  #checkHere(node: Node, stack: StackType, scope: Scope): Judgement {
    this.gas.consume(GAS.checkedNode);
    if (node.kind === "sequence") return this.#checkSequence(node, stack, scope);
    if (node.kind !== "prim") throw unexpectedNode(node, ["sequence"], "instruction", INSTRUCTION_NAMES);
    const { location, prim } = node;
    const instruction = findInstruction(prim);
    if (instruction === undefined) throw unknownInstruction(node);
    for (const _ of node.args) this.gas.consume(GAS.checkedNode);
    const conclusion = instruction.rule({ node, stack, scope, checker: this });
    if (conclusion === undefined) throw misfitError(node, instruction, stack);
    return { location, code: compiled(location, conclusion), after: conclusion.after };
  }

  #checkSequence({ location, items }: SequenceNode, stack: StackType, scope: Scope): Judgement {
    const code: Compiled[] = [];
    let after: Judgement["after"] = stack;
    let last: Judgement | undefined;
    for (const [i, item] of items.entries()) {
      if (after === FAILED) {
        const failing = items[i - 1] as Node; // the one before
        throw new ProtocolError("michelson_v1.fail_not_in_tail_position", { location: failing.location });
      }
      const before: StackType = after;
      last = this.#deeper(i, () => this.check(item, before, scope));
      code.push(...last.code);
      after = last.after;
    }
    // A sequence of one stands for its item.
    return { location: items.length === 1 && last !== undefined ? last.location : location, code, after };
  }

  checkFunction(node: Node, before: StackType, result: Type, scope: Scope): Code {
    const { location, code, after } = this.check(node, before, scope);
    if (after === FAILED) return code;
    const wrong = () =>
      new ProtocolError("michelson_v1.bad_return", {
        location,
        expectedReturnType: writeType(result),
        wrongStackType: [],
      });
    if (after === undefined || after.rest !== undefined) throw wrong();
    traced(wrong, () => expectSameType(location, after.type, result));
    return code;
  }

  checkScript(node: Node): Type {
    return this.#deeper(1, () => this.checkWhole(node.source).storageType);
  }

  /** Checks a script: its sections, their types, its code. Raises ProtocolError. */
  checkWhole(expression: Micheline): CheckedScript {
    const script = locate(expression);
    const sections = splitSections(script);
    this.#payForNodes(expression);
    const parameter = readParameter(script, sections, { strict: true });
    const storageType = readStorageType(script, sections);
    const { location } = sections.storage;
    const taken = binary("pair", parameter.type, storageType, location);
    const given = binary("pair", unary("list", ATOMS.operation, location), storageType, location);
    const code = traced(
      () => illTypedContract(expression),
      () => this.checkFunction(sections.code, onto(undefined, taken), given, { parameter, isInLambda: false }),
    );
    return { parameter, storageType, code };
  }

  #payForNodes(expression: Micheline): void {
    this.gas.consume(GAS.checkedNode);
    const inner = isSequence(expression) ? expression : "prim" in expression ? (expression.args ?? []) : [];
    for (const node of inner) this.#payForNodes(node);
  }

  // ---- Code in data

  checkLambda(type: TypeOf<"lambda">, body: SequenceNode, isRecursive: boolean): Lambda {
    const { left: argument, right: result } = type;
    const before = onto(isRecursive ? onto(undefined, type) : undefined, argument);
    const code = this.checkFunction(body, before, result, IN_DATA);
    return {
      kind: "lambda",
      code,
      body: this.rewrite(body.source, "Optimized"),
      isRecursive,
      argument,
      result,
    };
  }

  rewrite(code: Micheline, mode: Mode): Micheline {
    this.gas.consume(GAS.checkedNode);
    if (isSequence(code)) return code.map((item) => this.rewrite(item, mode));
    if (!("prim" in code) || code.args === undefined) return code;
    const [type, data, ...others] = code.args;
    if (code.prim === "PUSH" && type !== undefined && data !== undefined && others.length === 0) {
      return { ...code, args: [type, this.#rewriteData(type, data, mode)] };
    }
    return { ...code, args: code.args.map((item) => this.rewrite(item, mode)) };
  }

  #rewriteData(typeExpression: Micheline, data: Micheline, mode: Mode): Micheline {
    const { gas } = this;
    const type = parseType(locate(typeExpression), ALLOWED.packable);
    const reading = { gas, tools: this, tickets: false, bigMaps: undefined, chain: "unchecked" } as const;
    const written = writeData(type, readData(type, locate(data), reading), { mode, tools: this });
    payForExpression(gas, written);
    return written;
  }
}

function compiled(location: number, { step }: Conclusion): Code {
  return step === undefined ? [] : [{ location, step }];
}

function unknownInstruction(node: PrimNode): ProtocolError {
  if (DEPRECATED.has(node.prim)) {
    return new ProtocolError("michelson_v1.deprecated_instruction", { prim: node.prim });
  }
  return unexpectedNode(node, ["sequence"], "instruction", INSTRUCTION_NAMES);
}

/** What is said of an instruction whose rule found nothing to apply to. */
function misfitError(node: PrimNode, { arity, arities, misfit }: Instruction, stack: StackType): ProtocolError {
  const given = node.args.length;
  if (arity !== undefined && given !== arity && arities?.includes(given) !== true) return wrongArity(node, arity);
  return stackMisfit(node, misfit, topmost(stack, 2)?.types ?? topmost(stack, 1)?.types ?? []);
}

function stackMisfit(node: PrimNode, misfit: Misfit, [top, below]: readonly Type[]): ProtocolError {
  const { location, prim: operatorName } = node;
  if (typeof misfit === "number") return badStack(node, misfit);
  const isUnary = misfit === "unary" || misfit === "unary or binary";
  const isBinary = misfit === "binary" || misfit === "unary or binary";
  if (isBinary && top !== undefined && below !== undefined) {
    return new ProtocolError("michelson_v1.undefined_binop", {
      location,
      operatorName,
      wrongLeftOperandType: writeType(top),
      wrongRightOperandType: writeType(below),
    });
  }
  if (isUnary && top !== undefined) {
    return new ProtocolError("michelson_v1.undefined_unop", {
      location,
      operatorName,
      wrongOperandType: writeType(top),
    });
  }
  if (misfit === "unary") return badStack(node, 1);
  if (misfit === "binary") return badStack(node, 2);
  return unexpectedNode(node, ["sequence"], "instruction", INSTRUCTION_NAMES);
}
