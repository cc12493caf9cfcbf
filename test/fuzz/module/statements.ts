// Code that leaves nothing: what changes locals, globals, memories and tables, and what leads elsewhere.
import type { ValueType } from "./draft.js";
import { unsigned } from "./encode.js";
import {
  address,
  block,
  body,
  call,
  expression,
  expressions,
  small,
  someTypes,
  store,
  tableIndex,
} from "./expressions.js";
import { OP } from "./instructions.js";
import { i32Const, isReference, zero } from "./numbers.js";
import type { FunctionScope } from "./scope.js";

export type Statement = (scope: FunctionScope, depth: number) => void;

/** Takes the parameters of a block from the stack, or leaves some of them to be its results; then the rest of its code. */
export function fillBlock(
  scope: FunctionScope,
  params: readonly ValueType[],
  results: readonly ValueType[],
  depth: number,
): void {
  let kept = 0;
  while (kept < params.length && params[kept] === results[kept]) kept++;
  kept = scope.source.below(kept + 1);
  for (let index = params.length - 1; index >= kept; index--) {
    const type = params[index] ?? "i32";
    if (scope.source.below(2) === 0) scope.emit(OP.drop);
    else scope.emit(OP.localSet, scope.someLocal(type));
  }
  body(scope, results.slice(kept), depth);
}

/** Burns one of the fuel, leaving 1 if there is any left. */
function burn(scope: FunctionScope, fuel: number): void {
  scope.emit(OP.globalGet, fuel);
  scope.put(i32Const(1));
  scope.emit(OP.i32Sub);
  scope.emit(OP.globalSet, fuel);
  scope.emit(OP.globalGet, fuel);
  scope.put(i32Const(0));
  scope.put([0x4a]); // i32.gt_s
}

/** The beginning of a function: without fuel, it returns zeros. */
export function burnOrReturn(scope: FunctionScope): void {
  const { fuel } = scope.module;
  if (fuel === null) return;
  burn(scope, fuel);
  scope.emit(OP.i32Eqz);
  scope.put([...OP.if, 0x40]);
  for (const result of scope.type.results) scope.put(zero(result));
  scope.emit(OP.return);
  scope.emit(OP.end);
}

/** A loop that goes on as long as a condition holds, and there is fuel. */
const loop: Statement = (scope, depth) => {
  const { fuel } = scope.module;
  const params = scope.source.below(3) === 2 ? someTypes(scope, 2) : [];
  expressions(scope, params, depth - 1);
  scope.put([...OP.loop, ...scope.blockType(params, [])]);
  scope.labels.push(null);
  fillBlock(scope, params, [], depth - 1);
  expressions(scope, params, depth - 1);
  expression(scope, "i32", depth - 1);
  if (fuel !== null) {
    burn(scope, fuel);
    scope.emit(OP.i32And);
  }
  scope.emit(OP.brIf, 0);
  for (const _ of params) scope.emit(OP.drop);
  scope.labels.pop();
  scope.emit(OP.end);
};

const localSet: Statement = (scope, depth) => {
  const type = scope.source.pick(scope.module.valueTypes());
  expression(scope, type, depth - 1);
  scope.emit(OP.localSet, scope.someLocal(type));
};

const globalSet: Statement = (scope, depth) => {
  const { module, source } = scope;
  const targets = module.valueTypes().flatMap((type) => module.globalsOf(type, true));
  if (targets.length === 0) return localSet(scope, depth);
  const index = source.pick(targets);
  expression(scope, module.globals[index]?.type ?? "i32", depth - 1);
  scope.emit(OP.globalSet, index);
};

const dropped: Statement = (scope, depth) => {
  expression(scope, scope.source.pick(scope.module.valueTypes()), depth - 1);
  scope.emit(OP.drop);
};

const blockStatement: Statement = (scope, depth) => block(scope, [], depth);

const callStatement: Statement = (scope, depth) => {
  const results = call(scope, () => true, depth);
  for (const _ of results ?? []) scope.emit(OP.drop);
};

/** Something on the stack below what follows. */
const withOperandBelow: Statement = (scope, depth) => {
  expression(scope, scope.source.pick(scope.module.valueTypes()), depth - 1);
  statement(scope, depth - 1);
  scope.emit(OP.drop);
};

const branchIf: Statement = (scope, depth) => {
  const { labels, source } = scope;
  const depths = labels.flatMap((label, at) => (label === null ? [] : [labels.length - 1 - at]));
  if (depths.length === 0) return;
  const target = source.pick(depths);
  const types = labels[labels.length - 1 - target] ?? [];
  expressions(scope, types, depth - 1);
  expression(scope, "i32", depth - 1);
  scope.emit(OP.brIf, target);
  for (const _ of types) scope.emit(OP.drop);
};

const bulkMemory: Statement = (scope, depth) => {
  const { source, module } = scope;
  const { datas } = module.draft;
  const choice = source.below(datas.length > 0 ? 4 : 2);
  if (choice === 3) {
    scope.emit(OP.dataDrop, source.below(datas.length));
    return;
  }
  if (module.memoryBytes === null) return;
  address(scope, depth);
  if (choice === 0) expression(scope, "i32", depth - 1);
  else if (choice === 1) address(scope, depth);
  else small(scope, 4, depth);
  if (source.below(30) === 29) scope.put(i32Const(source.pick([-1, 65536, 1024])));
  else scope.put(i32Const(source.below(24)));
  if (choice === 0) scope.put(OP.memoryFill);
  else if (choice === 1) scope.put(OP.memoryCopy);
  else scope.put([...OP.memoryInit, ...unsigned(source.below(datas.length)), 0]);
};

const tableStatement: Statement = (scope, depth) => {
  const { source, module } = scope;
  if (module.tables.length === 0) return;
  const table = source.below(module.tables.length);
  const type = module.tables[table]?.type ?? "funcref";
  const elems = module.elemsOf(type);
  const choice = source.below(elems.length > 0 ? 5 : 3);
  if (choice === 4) {
    scope.emit(OP.elemDrop, source.pick(elems));
    return;
  }
  const from = source.pick(module.tablesOf(type));
  tableIndex(scope, table, depth);
  if (choice < 2) expression(scope, type, depth - 1);
  else if (choice === 2) tableIndex(scope, from, depth);
  else small(scope, 1, depth);
  if (choice > 0) scope.put(i32Const(source.pick([0, 1, 1, 2, 2, 3, 4, 5, -1])));
  if (choice === 0) scope.emit(OP.tableSet, table);
  else if (choice === 1) scope.emit(OP.tableFill, table);
  else if (choice === 2) scope.emit(OP.tableCopy, table, from);
  else scope.emit(OP.tableInit, source.pick(elems), table);
};

const nop: Statement = (scope) => scope.emit(OP.nop);

/** In a branch of its own, something that never comes back. */
const sometimesDiverge: Statement = (scope, depth) => {
  expression(scope, "i32", depth - 1);
  scope.put([...OP.if, 0x40]);
  scope.labels.push([]);
  diverge(scope, depth - 1);
  scope.labels.pop();
  scope.emit(OP.end);
};

const STATEMENTS: readonly (readonly [number, Statement])[] = [
  [1, nop],
  [6, localSet],
  [4, globalSet],
  [2, dropped],
  [4, blockStatement],
  [4, loop],
  [4, callStatement],
  [2, withOperandBelow],
  [2, branchIf],
  [3, sometimesDiverge],
];

const MEMORY_STATEMENTS: readonly (readonly [number, Statement])[] = [
  [8, store],
  [2, bulkMemory],
];

function statement(scope: FunctionScope, depth: number): void {
  if (depth <= 0 || scope.isFull) return;
  const { memoryBytes, tables } = scope.module;
  const possible = [...STATEMENTS];
  if (memoryBytes !== null) possible.push(...MEMORY_STATEMENTS);
  if (tables.length > 0) possible.push([3, tableStatement]);
  scope.source.weighted(possible)(scope, depth);
}

export function statements(scope: FunctionScope, depth: number): void {
  const count = scope.source.below(depth > 2 ? 5 : 3);
  for (let index = 0; index < count; index++) statement(scope, depth);
}

/** Instructions whose operands nobody has pushed: behind one that never returns, they may be of any type. */
function consumeNothing(scope: FunctionScope): void {
  const { source } = scope;
  const type = source.pick(scope.module.valueTypes());
  switch (source.below(5)) {
    case 0:
      scope.emit(OP.drop);
      return;
    case 1:
      scope.emit(OP.localSet, scope.someLocal(type));
      return;
    case 2:
      scope.emit(OP.i32And);
      scope.emit(OP.drop);
      return;
    case 3:
      scope.emit(OP.select);
      scope.emit(OP.drop);
      return;
    default:
      scope.put(isReference(type) ? zero(type) : i32Const(0));
      scope.emit(OP.drop);
  }
}

/** Something that never comes back, with operands left on the stack now and then: what follows may have any type. */
export function diverge(scope: FunctionScope, depth: number): void {
  const { source, labels } = scope;
  const junk = source.below(4) === 3 ? someTypes(scope, 2) : [];
  for (const type of junk) expression(scope, type, depth - 1);
  const depths = labels.flatMap((label, at) => (label === null ? [] : [labels.length - 1 - at]));
  const choice = source.below(12);
  if (choice < 5 && depths.length > 0) {
    const target = source.pick(depths);
    expressions(scope, labels[labels.length - 1 - target] ?? [], depth - 1);
    scope.emit(OP.br, target);
  } else if (choice < 8 && depths.length > 0) {
    branchTable(scope, depths, depth);
  } else if (choice < 11) {
    expressions(scope, scope.type.results, depth - 1);
    scope.emit(OP.return);
  } else scope.emit(OP.unreachable);
  for (let count = source.below(3); count > 0; count--) consumeNothing(scope);
}

function branchTable(scope: FunctionScope, depths: readonly number[], depth: number): void {
  const { source, labels } = scope;
  const typesAt = (target: number): readonly ValueType[] => labels[labels.length - 1 - target] ?? [];
  const otherwise = source.pick(depths);
  const types = typesAt(otherwise);
  const possible = depths.filter((target) => typesAt(target).join() === types.join());
  const targets = source.list(4, () => source.pick(possible));
  expressions(scope, types, depth - 1);
  small(scope, 2, depth);
  const bytes = [...unsigned(targets.length), ...[...targets, otherwise].flatMap((target) => unsigned(target))];
  scope.put([...OP.brTable, ...bytes]);
}
