// Code of a type: instructions that leave one value, or some, or none.
import { isSameType, type ValueType } from "./draft.js";
import { unsigned } from "./encode.js";
import { LOADS, type MemoryAccess, OP, OPERATORS, type Operator, STORES } from "./instructions.js";
import { anyBits, constant, i32Const, isReference, nullOf, zero } from "./numbers.js";
import type { FunctionScope } from "./scope.js";
import { diverge, fillBlock, statements } from "./statements.js";

/** Code that leaves one value of a type. */
type Maker = (scope: FunctionScope, type: ValueType, depth: number) => void;

function leaf(scope: FunctionScope, type: ValueType): void {
  const { source, module } = scope;
  const choice = source.below(4);
  const locals = scope.localsOf(type);
  if ((choice === 1 || choice === 2) && locals.length > 0) {
    scope.emit(OP.localGet, source.pick(locals));
    return;
  }
  const globals = module.globalsOf(type, null);
  if (choice === 3 && globals.length > 0) {
    scope.emit(OP.globalGet, source.pick(globals));
    return;
  }
  if (!isReference(type)) scope.put(constant(type, anyBits(source, type)));
  else if (type === "funcref" && module.functions.length > 0 && choice !== 0) {
    scope.emit(OP.refFunc, source.below(module.functions.length));
  } else scope.put(nullOf(type));
}

const EQUALS = { f32: OP.f32Eq, f64: OP.f64Eq, f32x4: OP.f32x4Eq, f64x2: OP.f64x2Eq } as const;
const CANONICAL = {
  f32: 0x7fc0_0000n,
  f64: 0x7ff8_0000_0000_0000n,
  f32x4: 0x7fc0_0000_7fc0_0000_7fc0_0000_7fc0_0000n,
  f64x2: 0x7ff8_0000_0000_0000_7ff8_0000_0000_0000n,
} as const;

/** Makes the canonical NaN of any NaN in the value on the stack: which NaN an operator gives is up to the engine. */
function canonicalise(scope: FunctionScope, type: ValueType, nan: keyof typeof EQUALS): void {
  if (isReference(type)) return;
  const local = scope.hiddenLocal(type);
  scope.emit(OP.localTee, local);
  scope.put(constant(type, CANONICAL[nan]));
  scope.emit(OP.localGet, local);
  scope.emit(OP.localGet, local);
  scope.emit(EQUALS[nan]);
  scope.emit(type === "v128" ? OP.v128Bitselect : OP.select);
}

/** The operators that code of these features may have, by type of the result. */
function operatorsFor({ module }: FunctionScope, type: ValueType): readonly Operator[] {
  const { floats, vectors } = module.features;
  return OPERATORS.filter(({ result, params, float }) => {
    if (result !== type || (float && !floats)) return false;
    return vectors || (!params.includes("v128") && result !== "v128");
  });
}

const operatorCache = new Map<string, readonly Operator[]>();

function operators(scope: FunctionScope, type: ValueType): readonly Operator[] {
  const { floats, vectors } = scope.module.features;
  const key = `${type} ${floats} ${vectors}`;
  const known = operatorCache.get(key) ?? operatorsFor(scope, type);
  operatorCache.set(key, known);
  return known;
}

function operate(scope: FunctionScope, type: ValueType, depth: number): void {
  const { source } = scope;
  const operator = source.pick(operators(scope, type));
  for (const param of operator.params) expression(scope, param, depth - 1);
  // Traps end a call: most operands that trap are kept away.
  if (operator.traps && operator.params.length === 2 && source.below(4) > 0) {
    scope.put(constant(operator.result === "i64" ? "i64" : "i32", BigInt(source.pick([1, 2, 3, 16]))));
    scope.emit(operator.result === "i64" ? OP.i64Or : OP.i32Or);
  }
  const { immediate } = operator;
  const lanes = Array.from({ length: immediate?.count ?? 0 }, () => source.below(immediate?.lanes ?? 1));
  scope.emit(operator.bytes, ...lanes);
  if (operator.nan !== null) canonicalise(scope, type, operator.nan);
}

/** An i32 below a power of two, but once in a while. */
export function small(scope: FunctionScope, bits: number, depth: number): void {
  const { source } = scope;
  const choice = source.below(30);
  if (choice < 10) scope.put(i32Const(source.below(2 ** bits)));
  else expression(scope, "i32", depth - 1);
  if (choice < 10 || choice === 29) return;
  scope.put(i32Const(2 ** bits - 1));
  scope.emit(OP.i32And);
}

/** An index at which a table has something, mostly. */
export function tableIndex(scope: FunctionScope, table: number, depth: number): void {
  const { source, module } = scope;
  const { min } = module.tables[table]?.limits ?? { min: 0 };
  if (min > 0 && source.below(4) < 3) scope.put(i32Const(source.below(min)));
  else small(scope, 2, depth);
}

/** An address at which there is memory, mostly; sometimes near its end. */
export function address(scope: FunctionScope, depth: number): void {
  const { source, module } = scope;
  const end = module.memoryBytes ?? 0;
  if (source.below(16) === 15) scope.put(i32Const(end - source.below(20)));
  else small(scope, end > 0 ? 15 : 4, depth);
}

function offset({ source }: FunctionScope): number {
  switch (source.below(30)) {
    case 28:
      return source.below(65600);
    case 29:
      return source.pick([0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0x1_0000, 0xffff]);
    default:
      return source.below(40);
  }
}

function memoryImmediates(scope: FunctionScope, { align, lanes }: MemoryAccess): number[] {
  const { source } = scope;
  const immediates = [source.below(3) < 2 ? align : source.below(align + 1), offset(scope)];
  if (lanes > 0) immediates.push(source.below(lanes));
  return immediates;
}

function load(scope: FunctionScope, type: ValueType, depth: number): void {
  const access = scope.source.pick(LOADS.filter((candidate) => candidate.type === type));
  address(scope, depth);
  if (access.lanes > 0) expression(scope, "v128", depth - 1);
  scope.emit(access.bytes, ...memoryImmediates(scope, access));
}

/** A statement. (A function, as statements.ts and this file import each other.) */
export function store(scope: FunctionScope, depth: number): void {
  const { floats, vectors } = scope.module.features;
  const possible = STORES.filter(({ type }) =>
    type === "v128" ? vectors : floats || type === "i32" || type === "i64",
  );
  const access = scope.source.pick(possible);
  address(scope, depth);
  expression(scope, access.type, depth - 1);
  scope.emit(access.bytes, ...memoryImmediates(scope, access));
}

/** A block, a loop or an `if` that takes nothing or a few values and leaves these. */
export function block(scope: FunctionScope, results: readonly ValueType[], depth: number): void {
  const { source } = scope;
  const opcode = source.pick([OP.block, OP.if, OP.loop]);
  const params = source.below(3) === 2 ? someTypes(scope, 2) : [];
  for (const param of params) expression(scope, param, depth - 1);
  if (opcode === OP.if) expression(scope, "i32", depth - 1);
  scope.put([...opcode, ...scope.blockType(params, results)]);
  // Back to a loop goes only its own last branch, while there is fuel: see statements.ts.
  scope.labels.push(opcode === OP.loop ? null : results);
  fillBlock(scope, params, results, depth - 1);
  const isSame = params.join() === results.join();
  if (opcode === OP.if && (!isSame || source.below(2) === 0)) {
    scope.emit(OP.else);
    fillBlock(scope, params, results, depth - 1);
  }
  scope.labels.pop();
  scope.emit(OP.end);
}

export function someTypes(scope: FunctionScope, most: number): ValueType[] {
  const types = scope.module.valueTypes();
  return scope.source.list(most, () => scope.source.pick(types));
}

function tee(scope: FunctionScope, type: ValueType, depth: number): void {
  expression(scope, type, depth - 1);
  scope.emit(OP.localTee, scope.someLocal(type));
}

function select(scope: FunctionScope, type: ValueType, depth: number): void {
  expression(scope, type, depth - 1);
  expression(scope, type, depth - 1);
  expression(scope, "i32", depth - 1);
  if (isReference(type) || scope.source.below(3) === 2) {
    scope.put([...OP.selectTyped, 1, ...unsigned(blockByte(type))]);
  } else scope.emit(OP.select);
}

function blockByte(type: ValueType): number {
  return { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70, externref: 0x6f }[type];
}

/** Of the values that a call left, keeps one of this type. */
function keepOne(scope: FunctionScope, results: readonly ValueType[], type: ValueType): void {
  const at = results.lastIndexOf(type);
  for (let index = results.length - 1; index > at; index--) scope.emit(OP.drop);
  if (at === 0) return;
  const local = scope.newLocal(type);
  scope.emit(OP.localSet, local);
  for (let index = at - 1; index >= 0; index--) scope.emit(OP.drop);
  scope.emit(OP.localGet, local);
}

/** A call of a host function, of numbers that often are an address, or the length of a key. */
function hostCall(scope: FunctionScope, index: number, params: readonly ValueType[], depth: number): void {
  for (const param of params) {
    if (param !== "i32" || scope.source.below(6) === 5) expression(scope, param, depth - 1);
    else small(scope, scope.source.pick([3, 5, 8, 13]), depth);
  }
  scope.emit(OP.call, index);
}

/** A call, direct or through a table, to a function with these results; null: any. Gives the results. */
export function call(
  scope: FunctionScope,
  isWanted: (results: readonly ValueType[]) => boolean,
  depth: number,
): readonly ValueType[] | null {
  const { source, module } = scope;
  const callees = module.functions.flatMap(({ results }, index) => (isWanted(results) ? [index] : []));
  if (callees.length === 0) return null;
  const index = source.pick(callees);
  const type = module.functions[index] ?? { params: [], results: [] };
  if (index < module.hostFunctions) {
    hostCall(scope, index, type.params, depth);
    return type.results;
  }
  expressions(scope, type.params, depth - 1);
  const tables = module.tablesOf("funcref");
  if (tables.length === 0 || source.below(3) < 2) {
    scope.emit(OP.call, index);
    return type.results;
  }
  const table = source.pick(tables);
  tableIndex(scope, table, depth);
  const types = module.draft.types.flatMap((candidate, at) => (isSameType(candidate, type) ? [at] : []));
  scope.emit(OP.callIndirect, source.pick(types), table);
  return type.results;
}

function callForOne(scope: FunctionScope, type: ValueType, depth: number): void {
  const results = call(scope, (candidate) => candidate.includes(type), depth);
  if (results === null) leaf(scope, type);
  else keepOne(scope, results, type);
}

/** A value that a branch takes along if it is taken. */
function branchIf(scope: FunctionScope, type: ValueType, depth: number): void {
  const { labels, source } = scope;
  const depths = labels.flatMap((label, at) =>
    label?.length === 1 && label[0] === type ? [labels.length - 1 - at] : [],
  );
  expression(scope, type, depth - 1);
  if (depths.length === 0) return;
  expression(scope, "i32", depth - 1);
  scope.emit(OP.brIf, source.pick(depths));
}

function tableGet(scope: FunctionScope, type: "funcref" | "externref", depth: number): void {
  const tables = scope.module.tablesOf(type);
  if (tables.length === 0) leaf(scope, type);
  else {
    const table = scope.source.pick(tables);
    tableIndex(scope, table, depth);
    scope.emit(OP.tableGet, table);
  }
}

/** What only gives an i32. */
function measure(scope: FunctionScope, depth: number): void {
  const { source, module } = scope;
  const table = module.tables.length === 0 ? null : source.below(module.tables.length);
  const choice = source.below(5);
  if (choice === 0 && module.memoryBytes !== null) scope.emit(OP.memorySize.slice(0, 1), 0);
  else if (choice === 1 && module.memoryBytes !== null) {
    // Growth that surely fails, or is small.
    scope.put(i32Const(source.pick([0, 1, 2, 65536, -1, 0x1_0001])));
    scope.emit(OP.memoryGrow.slice(0, 1), 0);
  } else if (choice === 2 && table !== null) scope.emit(OP.tableSize, table);
  else if (choice === 3 && table !== null) {
    expression(scope, module.tables[table]?.type ?? "funcref", depth - 1);
    scope.put(i32Const(source.pick([0, 1, 3, -1])));
    scope.emit(OP.tableGrow, table);
  } else {
    expression(scope, source.pick(["funcref", "externref"] as const), depth - 1);
    scope.emit(OP.refIsNull);
  }
}

const blockOfOne: Maker = (scope, type, depth) => block(scope, [type], depth);
const divergeFor: Maker = (scope, _type, depth) => diverge(scope, depth);

function makers(scope: FunctionScope, type: ValueType): (readonly [number, Maker])[] {
  const common: (readonly [number, Maker])[] = [
    [5, leaf],
    [2, tee],
    [2, select],
    [2, blockOfOne],
    [2, callForOne],
    [1, branchIf],
    [1, divergeFor],
  ];
  if (isReference(type)) return [...common, [3, (inner, _type, depth) => tableGet(inner, type, depth)]];
  common.push([type === "v128" ? 14 : 10, operate]);
  if (scope.module.memoryBytes !== null) common.push([2, load]);
  if (type === "i32") common.push([2, (inner, _type, depth) => measure(inner, depth)]);
  return common;
}

/** Code that leaves one value of a type. */
export function expression(scope: FunctionScope, type: ValueType, depth: number): void {
  if (scope.source.isExhausted) scope.put(zero(type));
  else if (depth <= 0 || scope.isFull) leaf(scope, type);
  else scope.source.weighted(makers(scope, type))(scope, type, depth);
}

/** Code that leaves values of these types: one after another, or all of a call or a block. */
export function expressions(scope: FunctionScope, types: readonly ValueType[], depth: number): void {
  if (types.length > 1 && depth > 0 && !scope.isFull) {
    const choice = scope.source.below(6);
    if (choice === 4) {
      block(scope, types, depth);
      return;
    }
    if (choice === 5 && call(scope, (results) => results.join() === types.join(), depth) !== null) return;
  }
  for (const type of types) expression(scope, type, depth);
}

/** Statements, then code that leaves values of these types. */
export function body(scope: FunctionScope, results: readonly ValueType[], depth: number): void {
  statements(scope, depth);
  expressions(scope, results, depth);
}
