// Kernels that call host functions one after another, with hostile arguments: what they are made of, and their binaries.
import type { Source } from "../choices.js";
import { type Code, type Draft, emptyDraft, typeIndex, type ValueType } from "../module/draft.js";
import { encode, unsigned } from "../module/encode.js";
import { OP } from "../module/instructions.js";
import { constant, i32Const } from "../module/numbers.js";

/** What functions exist, from pvm.md §5.2: parameters, result, index of the first version that has it. */
export interface HostSignature {
  readonly name: string;
  readonly params: readonly ("i32" | "i64")[];
  readonly result: "i32" | "i64" | null;
  readonly since: number;
  /** What each parameter is, for choosing arguments. */
  readonly roles: readonly Role[];
}

type Role = "key" | "length" | "address" | "count" | "offset" | "size" | "index" | "number";

const ROLES: Readonly<Record<string, Role>> = {
  k: "key",
  K: "length",
  a: "address",
  n: "count",
  o: "offset",
  s: "size",
  i: "index",
  d: "number",
};

/** `parameters`: a letter each, of `ROLES`; i and d are i64. */
function signature(
  name: string,
  parameters: string,
  since = 0,
  result: HostSignature["result"] = "i32",
): HostSignature {
  const roles = [...parameters].map((letter) => ROLES[letter] ?? "number");
  const params = [...parameters].map((letter) => (letter === "i" || letter === "d" ? "i64" : "i32"));
  return { name, params, result, since, roles };
}

export const HOST_SIGNATURES: readonly HostSignature[] = [
  signature("store_write", "kKoan"),
  signature("store_read", "kKoan"),
  signature("store_has", "kK"),
  signature("store_delete", "kK"),
  signature("store_copy", "kKkK"),
  signature("store_move", "kKkK"),
  signature("store_value_size", "kK"),
  signature("store_list_size", "kK", 0, "i64"),
  signature("store_get_nth_key", "kKian"),
  signature("store_delete_value", "kK", 1),
  signature("store_create", "kKs", 1),
  signature("__internal_store_get_hash", "kKan", 1),
  signature("store_exists", "kK", 2),
  signature("read_input", "aan"),
  signature("write_output", "an"),
  signature("write_debug", "an", 0, null),
  signature("reveal_preimage", "anan"),
  signature("reveal_metadata", "an"),
  signature("reveal", "anan", 3),
  signature("nds_registry_resize", "d", 6),
  signature("nds_store_exists", "dkK", 6),
  signature("nds_database_get_hash", "dan", 6),
];

/** An argument: a number, or the result of an earlier call as it lies in memory. */
export type HostArgument =
  | { readonly tag: "number"; readonly type: "i32" | "i64"; readonly value: bigint }
  | { readonly tag: "result"; readonly call: number };

export interface HostCall {
  readonly signature: HostSignature;
  readonly args: readonly HostArgument[];
}

export interface Program {
  readonly calls: readonly HostCall[];
  readonly pages: number;
  /** Of which pieces the memory consists at the start. */
  readonly data: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** Where the results are put, eight bytes each. */
const RESULTS = 0xf000;
const KEY_BYTES = 256;

const SHORT_KEYS = [
  "/a",
  "/a/b",
  "/a/b/c",
  "/a/c",
  "/b",
  "/k/0",
  "/k/1",
  "/k/2",
  "/k/3",
  "",
  "/readonly/wasm_version",
  "/readonly/x",
  "/kernel/boot.wasm",
  "/kernel/env/reboot",
  "/readonlyX",
  "/A.b_c-9",
  "/",
  "/a/",
  "//",
  "a",
  "/a//b",
  "/@",
  "/a/@",
  "/\u00e9",
  "/a\0",
  "/a b",
];

function longKey(length: number): string {
  return `/${"x".repeat(length - 1)}`;
}

const KEYS: readonly string[] = [...SHORT_KEYS, longKey(240), longKey(241)];

/** Keys lie at the beginning of memory, one each 256 bytes. */
function keyAddress(key: number): number {
  return key * KEY_BYTES;
}

const DATA_FROM = KEYS.length * KEY_BYTES;
const EDGES = [0, 1, 2, 8, 31, 32, 33, 100, 511, 512, 513, 1024, 2047, 2048, 2049, 4095, 4096, 4097];
const EXTREMES = [-1, -(2 ** 31), 2 ** 31 - 1, -4096, 65536, 0x0100_0000];

function address(source: Source, pages: number): number {
  switch (source.below(8)) {
    case 6:
      return pages * 65536 - source.pick([0, 1, 7, 8, 9, 31, 32, 2048, 4096]);
    case 7:
      return source.pick([...EXTREMES, 0, RESULTS]);
    default:
      return DATA_FROM + source.below(0x4000);
  }
}

function number(source: Source, edges: readonly number[]): number {
  const choice = source.below(12);
  if (choice < 6) return source.below(40);
  return choice < 11 ? source.pick(edges) : source.pick(EXTREMES);
}

function argumentsFor(
  source: Source,
  signature: HostSignature,
  pages: number,
  earlier: readonly HostCall[],
): HostArgument[] {
  let key = 0;
  return signature.roles.map((role, at): HostArgument => {
    const type = signature.params[at] ?? "i32";
    const loadable = earlier.flatMap(({ signature: { result } }, call) => (result === type ? [call] : []));
    if (loadable.length > 0 && source.below(24) === 23) return { tag: "result", call: source.pick(loadable) };
    let value = 0;
    if (role === "key") {
      key = source.below(6) < 4 ? source.below(9) : source.below(KEYS.length);
      value = source.below(40) === 39 ? address(source, pages) : keyAddress(key);
    } else if (role === "length") {
      const length = (KEYS[key] ?? "").length;
      value = source.below(16) === 15 ? source.pick([length - 1, length + 1, 0, 240, 241, ...EXTREMES]) : length;
    } else if (role === "address") value = address(source, pages);
    else if (role === "index") value = source.below(10) === 9 ? source.pick(EXTREMES) : source.below(5);
    else value = number(source, EDGES);
    // Of an index, bits beyond the 63rd are not seen.
    const high = role === "index" && source.below(12) === 11 ? source.pick([1n << 63n, 1n << 62n, -1n << 63n]) : 0n;
    return { tag: "number", type, value: BigInt.asIntN(type === "i32" ? 32 : 64, BigInt(value) + high) };
  });
}

const MOST_CALLS = 40;
const MORE_OFTEN = 12;

/** Functions in one of which the run surely ends are taken less often. */
function pickSignature(source: Source, version: number): HostSignature {
  const possible = HOST_SIGNATURES.filter(({ since }) => since <= version);
  if (source.below(3) === 0) return source.pick(possible.slice(0, MORE_OFTEN));
  const chosen = source.pick(possible);
  return chosen.name.startsWith("nds_") && source.below(6) < 5 ? source.pick(possible.slice(0, MORE_OFTEN)) : chosen;
}

export function makeProgram(source: Source, version: number): Program {
  const pages = source.below(5) === 4 ? 2 : 1;
  const calls: HostCall[] = [];
  source.list(MOST_CALLS, () => {
    const signature = pickSignature(source, version);
    calls.push({ signature, args: argumentsFor(source, signature, pages, calls) });
  });
  const keys = KEYS.map((key, index) => ({ at: keyAddress(index), bytes: Buffer.from(key, "latin1") }));
  const noise = Uint8Array.from({ length: 4200 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
  return { calls, pages, data: [...keys.filter(({ bytes }) => bytes.length > 0), { at: DATA_FROM, bytes: noise }] };
}

export function resultAddress(call: number): number {
  return RESULTS + 8 * call;
}

function argumentCode(argument: HostArgument, program: Program): Code[] {
  if (argument.tag === "number") return [constant(argument.type, argument.value)];
  const { result } = program.calls[argument.call]?.signature ?? { result: "i32" };
  return [i32Const(resultAddress(argument.call)), [result === "i64" ? 0x29 : 0x28, 0, 0]];
}

/** Instructions that push the arguments, and those around the call: each takes as long as any other. */
export function instructionsAround(call: HostCall): { readonly before: number; readonly after: number } {
  const args = call.args.reduce((sum, { tag }) => sum + (tag === "number" ? 1 : 2), 0);
  return call.signature.result === null ? { before: args, after: 0 } : { before: args + 1, after: 1 };
}

/** The kernel of a program. */
export function kernelOf(program: Program): Uint8Array {
  const draft: Draft = emptyDraft();
  const names = [...new Set(program.calls.map(({ signature: { name } }) => name))];
  for (const name of names) {
    const found = HOST_SIGNATURES.find((candidate) => candidate.name === name);
    const results: ValueType[] = found?.result === null || found === undefined ? [] : [found.result];
    const type = typeIndex(draft, { params: found?.params ?? [], results });
    draft.imports.push({ module: "smart_rollup_core", name, what: { kind: "func", type } });
  }
  draft.memories.push({ min: program.pages, max: null });
  for (const { at, bytes } of program.data) {
    draft.datas.push({ mode: { tag: "active", index: 0, offset: [i32Const(at)] }, bytes });
  }
  const code = program.calls.flatMap((call, index): Code[] => {
    const { name, result } = call.signature;
    const args = call.args.flatMap((argument) => argumentCode(argument, program));
    const run: Code[] = [...args, [...OP.call, ...unsigned(names.indexOf(name))]];
    if (result === null) return run;
    return [i32Const(resultAddress(index)), ...run, [result === "i64" ? 0x37 : 0x36, 0, 0]];
  });
  draft.functions.push({ type: typeIndex(draft, { params: [], results: [] }), locals: [], code });
  draft.exports.push({ name: "mem", kind: "memory", index: 0 });
  draft.exports.push({ name: "kernel_run", kind: "func", index: names.length });
  return encode(draft);
}

export function printHostCall({ signature, args }: HostCall): string {
  const printed = args.map((argument) =>
    argument.tag === "number" ? String(argument.value) : `result ${argument.call}`,
  );
  return `${signature.name}(${printed.join(", ")})`;
}
