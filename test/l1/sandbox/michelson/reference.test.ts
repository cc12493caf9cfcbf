// The reference's own tests of its interpreter: scripts, inputs and the storages that must come out (tezt/tests/contract_opcodes.ml), scripts that
// are well-typed and scripts that are not (michelson_test_scripts).
import { describe, expect, it } from "vitest";
import { Checker } from "../../../../src/l1/sandbox/michelson/code-checker.js";
import { context, Gas, MemoryBigMaps, michelson, RUNTIME, refusal, run, scriptOf, textOf, traceOf } from "./harness.js";
import { casesIn, HAS_REFERENCE, referenceFile, referenceScript, referenceScripts } from "./reference-scripts.js";

if (!HAS_REFERENCE) console.warn("skipped: no clone of the reference's repository (TICKPROOF_OCTEZ_GIT)");

/** What the sandbox has not: README.md of the interpreter. */
const REFUSED =
  /bls12_381|pairing_check|voting_power|index_address|address_index|sapling|open_chest|\bview\b|\bVIEW\b|\bconstant\b|tx_rollup|VOTING_POWER|INDEX_ADDRESS|ADDRESS_INDEX/;

const CASES = HAS_REFERENCE
  ? casesIn(referenceFile("tezt/tests/contract_opcodes.ml")).filter(({ script }) => !REFUSED.test(script))
  : [];

function opcode(name: string) {
  return scriptOf(referenceScript(`opcodes/${name}`));
}

function normalized(type: Parameters<typeof RUNTIME.readable>[0], text: string): string {
  return textOf(RUNTIME.readable(type, RUNTIME.checkData(type, michelson(text), new Gas(), { tickets: true }).value));
}

describe.skipIf(!HAS_REFERENCE)("the reference's scripts", () => {
  it.each(CASES.map((each, i) => ({ ...each, i })))("$i $script: $storage, $input", (each) => {
    const code = opcode(each.script);
    const { shown } = run(code, each.storage, each.input);
    expect(textOf(shown)).toBe(normalized(RUNTIME.storageType(code), each.expected));
  });

  it("are many", () => {
    expect(CASES.length).toBeGreaterThanOrEqual(240);
  });

  it.each([
    ["shifts", "None", "(Left (Pair 1 257))", "script_overflow"],
    ["shifts", "None", "(Left (Pair 123 257))", "script_overflow"],
    ["shifts", "None", "(Right (Pair 1 257))", "script_overflow"],
    ["shifts", "None", "(Right (Pair 123 257))", "script_overflow"],
    ["mul_overflow", "Unit", "(Left Unit)", "script_overflow"],
    ["mul_overflow", "Unit", "(Right Unit)", "script_overflow"],
  ])("that overflow: %s %s %s", (name, storage, input, id) => {
    expect(traceOf(() => run(opcode(name), storage, input))).toEqual(["runtime_error", id]);
  });

  it.each([
    ["(Pair {} 0)", "10", "(Pair {} 0)"],
    ['(Pair { Elt "foo" 1 } 1)', "10", '(Pair { Elt "foo" 11 } 11)'],
    ['(Pair { Elt "bar" 5 ; Elt "foo" 1 } 6)', "15", '(Pair { Elt "bar" 20 ; Elt "foo" 16 } 36)'],
  ])("that map with a side effect: %s", (storage, input, expected) => {
    const code = opcode("map_map_sideeffect");
    expect(textOf(run(code, storage, input).shown)).toBe(normalized(RUNTIME.storageType(code), expected));
  });

  it("that pack", () => {
    const packed = "0x05070707070100000004746f746f020000000800030007000900010200000006000100020003";
    const input = (bytes: string) => `(Pair (Pair (Pair "toto" {3;7;9;1}) {1;2;3}) ${bytes})`;
    run(opcode("packunpack"), "Unit", input(packed));
    const failure = traceOf(() => run(opcode("packunpack"), "Unit", input(`${packed}04`)));
    expect(failure).toEqual(["runtime_error", "script_rejected"]);
  });

  it("that check signatures", () => {
    const signature =
      "edsigu3QszDjUpeqYqbvhyRxMpVFamEnvm9FYnt7YiiNt9nmjYfh8ZTbsybZ5WnBkhA7zfHsRVyuTnRsGLR6fNHt1Up1FxgyRtF";
    const key = '"edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav"';
    run(opcode("check_signature"), `(Pair "${signature}" "hello")`, key);
    const failure = traceOf(() => run(opcode("check_signature"), `(Pair "${signature}" "abcd")`, key));
    expect(failure).toEqual(["runtime_error", "script_rejected"]);
  });
});

/** Storage before, input, storage after, and what became of big maps: as `run_code` does it, which keeps the storage as it is given. */
const BIG_MAP_CASES: readonly (readonly [string, string, string, string, readonly string[]])[] = [
  [
    "opcodes/get_big_map_value",
    '(Pair { Elt "1" "one" ; Elt "2" "two" } None)',
    '"1"',
    '(Pair 4 (Some "one"))',
    ["new 4", '4 "2" "two"', '4 "1" "one"'],
  ],
  [
    "opcodes/update_big_map",
    '(Pair { Elt "1" "one" ; Elt "2" "two" } Unit)',
    '{ Elt "3" (Some "three") }',
    "(Pair 4 Unit)",
    ["new 4", '4 "2" "two"', '4 "3" "three"', '4 "1" "one"'],
  ],
  [
    "opcodes/update_big_map",
    '(Pair { Elt "1" "one" ; Elt "2" "two" } Unit)',
    '{ Elt "3" None }',
    "(Pair 4 Unit)",
    ["new 4", '4 "2" "two"', '4 "3"', '4 "1" "one"'],
  ],
  [
    "opcodes/get_and_update_big_map",
    '(Pair (Some 5) { Elt "hello" 4 })',
    '"hi"',
    "(Pair None 4)",
    ["new 4", '4 "hello" 4', '4 "hi" 5'],
  ],
  [
    "opcodes/get_and_update_big_map",
    '(Pair None { Elt "1" 1 ; Elt "2" 2 })',
    '"1"',
    "(Pair (Some 1) 4)",
    ["new 4", '4 "2" 2', '4 "1"'],
  ],
  [
    "mini_scenarios/big_map_magic",
    '(Left (Pair { Elt "1" "one" } { Elt "2" "two" }))',
    "(Left Unit)",
    "(Left (Pair 4 5))",
    ["new 5", '5 "1" "one"', "new 4", '4 "2" "two"'],
  ],
  [
    "mini_scenarios/big_map_magic",
    '(Left (Pair { Elt "1" "one" } { Elt "2" "two" }))',
    '(Right (Left (Left (Pair { Elt "3" "three" } { Elt "4" "four" }))))',
    "(Left (Pair 4 5))",
    ["new 5", '5 "4" "four"', "new 4", '4 "3" "three"'],
  ],
  [
    "mini_scenarios/big_map_magic",
    '(Left (Pair { Elt "1" "one" } { Elt "2" "two" }))',
    "(Right (Left (Right Unit)))",
    "(Right Unit)",
    [],
  ],
];

describe.skipIf(!HAS_REFERENCE)("the reference's scripts with big maps", () => {
  it.each(BIG_MAP_CASES)("%s: %s, %s", (name, storage, input, expected, changes) => {
    const code = scriptOf(referenceScript(name));
    const outcome = RUNTIME.call({
      script: { code, storage: michelson(storage) },
      entrypoint: "default",
      parameter: michelson(input),
      internal: true,
      context: context({ bigMaps: new MemoryBigMaps() }),
    });
    const type = RUNTIME.storageType(code);
    expect(textOf(RUNTIME.readable(type, outcome.storage))).toBe(normalized(type, expected));
    // The reference's client, whose output these are, turns the updates of receipts around.
    const said = (outcome.bigMapDiffs ?? []).flatMap(({ id, action, updates }) => [
      `${action.kind === "alloc" ? "new" : action.kind} ${id}`,
      ...updates
        .toReversed()
        .map(({ key, value }) => [id, textOf(key), ...(value === undefined ? [] : [textOf(value)])].join(" ")),
    ]);
    expect(said).toEqual(changes);
  });
});

// ---- The checker

/** Scripts that were replaced by others for later protocols. */
function isOld(name: string): boolean {
  return !/_\d{3}$/.test(name) && [...referenceScripts().keys()].some((other) => other.startsWith(`${name}_0`));
}

const SCRIPTS = HAS_REFERENCE ? [...referenceScripts()].filter(([name]) => !isOld(name)) : [];
const isIllTyped = (name: string) => /^(ill_typed|legacy)\//.test(name);
/** Whose indentation, which only the reference's parser minds, is what is wrong. */
const BADLY_INDENTED = "ill_typed/badly_indented";
const WELL_TYPED = SCRIPTS.filter(([name, text]) => !isIllTyped(name) && !REFUSED.test(text));
const UNSUPPORTED = SCRIPTS.filter(([name, text]) => !isIllTyped(name) && REFUSED.test(text));

const check = (text: string) => new Checker(new Gas()).checkWhole(scriptOf(text));

const ILL_TYPED: Readonly<Record<string, string>> = {
  big_dip: "invalid_syntactic_constant",
  big_drop: "invalid_syntactic_constant",
  big_map_arity: "invalid_arity",
  comb0: "bad_pair_argument",
  comb1: "bad_pair_argument",
  contract_annotation_default: "unexpected_default_entrypoint",
  create_contract_rootname: "ill_typed_contract unexpected_annotation",
  dip_failwith: "fail_not_in_tail_position",
  dup0: "bad_dupn_argument",
  failwith_big_map: "unpackable_type unexpected_lazy_storage",
  invalid_self_entrypoint: "no_such_entrypoint",
  map_failwith: "invalid_map_block_fail",
  missing_only_code_field: "missing_script_field",
  missing_only_parameter_field: "missing_script_field",
  missing_only_storage_field: "missing_script_field",
  missing_parameter_and_storage_fields: "missing_script_field",
  multiple_code_field: "duplicate_script_field",
  multiple_parameter_field: "duplicate_script_field",
  multiple_storage_and_code_fields: "duplicate_script_field",
  multiple_storage_field: "duplicate_script_field",
  never_literal: "invalid_constant invalid_never_expr",
  pack_big_map: "unpackable_type unexpected_lazy_storage",
  pack_operation: "unpackable_type unexpected_operation",
  push_big_map_with_id_with_parens: "unexpected_lazy_storage",
  push_big_map_with_id_without_parens: "invalid_arity",
  set_update_non_comparable: "bad_stack bad_stack_item inconsistent_types inconsistent_types",
  stack_bottom_undig2able: "bad_stack",
  stack_bottom_undigable: "bad_stack",
  stack_bottom_undip2able: "bad_stack",
  stack_bottom_undipable: "bad_stack",
  stack_bottom_undropable: "bad_stack",
  stack_bottom_undug2able: "bad_stack",
  stack_bottom_undugable: "bad_stack",
  stack_bottom_undup2able: "bad_dupn_stack bad_stack",
  stack_bottom_unfailwithable: "bad_stack",
  stack_bottom_ungetable: "bad_stack",
  stack_bottom_unleftable: "bad_stack",
  stack_bottom_unpairable: "bad_stack",
  stack_bottom_unpopable: "bad_stack",
  stack_bottom_unpopable_in_lambda: "bad_stack",
  stack_bottom_unrightable: "bad_stack",
  ticket_apply: "unpackable_type unexpected_ticket",
  ticket_dup: "non_dupable_type unexpected_ticket",
  ticket_in_ticket: "comparable_type_expected",
  ticket_unpack: "unexpected_ticket",
  uncomb0: "bad_unpair_argument",
  uncomb1: "bad_unpair_argument",
};

describe.skipIf(!HAS_REFERENCE)("checking the reference's scripts", () => {
  it.each(WELL_TYPED)("%s is well-typed", (_name, text) => {
    check(text);
  });

  it("has many of them", () => {
    expect(WELL_TYPED.length).toBeGreaterThanOrEqual(340);
  });

  it.each(UNSUPPORTED)("%s uses what there is not, and is refused by name", (_name, text) => {
    const { causes } = refusal(() => check(text));
    const last = causes.at(-1);
    expect(last?.id).toMatch(/invalid_primitive|invalid_primitive_namespace|invalid_expression_kind/);
    if (last?.id === "michelson_v1.invalid_primitive") {
      expect(text).toContain((last.fields as { readonly wrongPrimitiveName: string }).wrongPrimitiveName);
    }
  });

  it.each(Object.entries(ILL_TYPED))("%s is refused", (name, ids) => {
    expect(traceOf(() => check(referenceScript(`ill_typed/${name}`)))).toEqual([
      "ill_typed_contract",
      ...ids.split(" "),
    ]);
  });

  it("refuses every script that is not well-typed", () => {
    const illTyped = SCRIPTS.filter(([name]) => isIllTyped(name) && name !== BADLY_INDENTED);
    const refused = illTyped.map(([, text]) => traceOf(() => check(text)));
    expect(refused.length).toBeGreaterThanOrEqual(80);
  });
});
