// What the checker refuses, with which errors: stacks, types, branches, annotations, entrypoints, data.
import { describe, expect, it } from "vitest";
import type { Micheline } from "../../../../src/encoding/micheline.js";
import { Checker } from "../../../../src/l1/sandbox/michelson/code-checker.js";
import { ALICE, Gas, michelson, OTHER, RUNTIME, refusal, run, script, scriptOf, traceOf } from "./harness.js";

const check = (code: Micheline) => new Checker(new Gas()).checkWhole(code);

/** Ids behind "ill_typed_contract", for code that begins with a value of a type alone on the stack. */
function trouble(type: string, code: string): string {
  const whole = script("unit", "unit", `DROP; LAMBDA (${type}) unit { ${code} }; DROP; UNIT; NIL operation; PAIR`);
  const [first, ...ids] = traceOf(() => check(whole));
  expect(first).toBe("ill_typed_contract");
  return ids.join(" ");
}

const DROPPED = "DROP; UNIT";

describe("stacks", () => {
  it.each([
    ["unit", "DROP 2; UNIT", "bad_stack"],
    ["unit", "SWAP; DROP; UNIT", "bad_stack"],
    ["unit", "DUP 2; DROP 2; UNIT", "bad_dupn_stack bad_stack"],
    ["unit", "DUP 0", "bad_dupn_argument"],
    ["unit", "DIG 1; DROP", "bad_stack"],
    ["unit", "DUG 1; DROP", "bad_stack"],
    ["unit", "DIP 2 {}", "bad_stack"],
    ["unit", "CAR", "bad_stack"],
    ["unit", "UNPAIR", "bad_stack"],
    ["unit", "PAIR", "bad_stack"],
    ["pair nat nat", `UNPAIR 3; DROP 3; UNIT`, "bad_stack"],
    ["pair nat nat", `GET 5; ${DROPPED}`, "bad_stack"],
    ["unit", "PUSH nat 1; UPDATE 1", "bad_stack"],
    ["unit", "PAIR 1", "bad_pair_argument"],
    ["unit", "UNPAIR 1", "bad_unpair_argument"],
    ["unit", "IF {} {}", "bad_stack"],
    ["unit", "IF_NONE {} {}", "bad_stack"],
    ["unit", "IF_LEFT {} {}", "bad_stack"],
    ["unit", "IF_CONS {} {}", "bad_stack"],
    ["unit", "LOOP {}", "bad_stack"],
    ["unit", "LOOP_LEFT {}", "bad_stack"],
    ["unit", "MAP {}", "bad_stack"],
    ["set nat", `MAP {}; ${DROPPED}`, "bad_stack"],
    ["unit", "ITER {}", "bad_stack"],
    ["nat", `PUSH nat 1; CONS; ${DROPPED}`, "bad_stack"],
    ["list string", `PUSH nat 1; CONS; ${DROPPED}`, "bad_stack bad_stack_item inconsistent_types inconsistent_types"],
    ["unit", "SIZE", "undefined_unop"],
    ["unit", "NEG", "undefined_unop"],
    ["bool", "EQ", "undefined_unop"],
    ["unit", "NOT", "undefined_unop"],
    ["nat", 'PUSH string "a"; ADD', "undefined_binop"],
    ["timestamp", "DUP; ADD", "undefined_binop"],
    ["nat", "ADD", "bad_stack"],
    ["mutez", "DUP; SUB", "deprecated_instruction"],
    ["nat", "CONCAT", "undefined_unop"],
    ["nat", "DUP; CONCAT", "undefined_binop"],
    ["string", "PUSH nat 1; SLICE", "bad_stack"],
    ["int", "INT", "bad_stack"],
    ["int", "NAT", "invalid_primitive"],
    ["nat", "ISNAT", "bad_stack"],
    ["nat", 'PUSH string "a"; COMPARE', "bad_stack bad_stack_item inconsistent_types inconsistent_types"],
    ["list nat", "DUP; COMPARE", "comparable_type_expected"],
    [
      "map nat nat",
      `PUSH string "a"; MEM; ${DROPPED}`,
      "bad_stack bad_stack_item inconsistent_types inconsistent_types",
    ],
    [
      "map nat nat",
      `PUSH (option string) None; PUSH nat 1; UPDATE; ${DROPPED}`,
      "bad_stack bad_stack_item inconsistent_types inconsistent_types",
    ],
    ["nat", "GET", "bad_stack"],
    ["nat", "UPDATE", "bad_stack"],
    ["nat", "GET_AND_UPDATE", "invalid_primitive"],
    ["nat", "HASH_KEY", "bad_stack"],
    ["nat", "CHECK_SIGNATURE", "bad_stack"],
    ["nat", "SHA256", "bad_stack"],
    ["nat", "EXEC", "bad_stack"],
    ["nat", "APPLY", "invalid_primitive"],
    [
      "lambda (pair nat nat) nat",
      `PUSH string "a"; APPLY; ${DROPPED}`,
      "bad_stack bad_stack_item inconsistent_types inconsistent_types",
    ],
    ["nat", "ADDRESS", "bad_stack"],
    ["nat", "CONTRACT unit", "bad_stack"],
    ["nat", "TRANSFER_TOKENS", "bad_stack"],
    [
      "contract nat",
      `PUSH mutez 1; UNIT; TRANSFER_TOKENS; ${DROPPED}`,
      "bad_stack bad_stack_item inconsistent_types inconsistent_types",
    ],
    ["nat", "SET_DELEGATE", "bad_stack"],
    ["nat", "IMPLICIT_ACCOUNT", "bad_stack"],
    ["nat", "IS_IMPLICIT_ACCOUNT", "invalid_primitive"],
    ["nat", "TICKET", "bad_stack"],
    ["nat", "READ_TICKET", "bad_stack"],
    ["ticket nat", `SPLIT_TICKET; ${DROPPED}`, "bad_stack"],
    ["ticket nat", `JOIN_TICKETS; ${DROPPED}`, "bad_stack"],
    ["pair (ticket nat) (ticket string)", `JOIN_TICKETS; ${DROPPED}`, "inconsistent_types inconsistent_types"],
    ["nat", "NEVER", "bad_stack"],
    ["nat", "CAST string", "inconsistent_types inconsistent_types"],
    ["nat", "", "bad_return inconsistent_types inconsistent_types"],
    ["unit", "UNIT", "bad_return"],
    ["unit", "DROP", "bad_return"],
  ])("%s { %s }: %s", (type, code, ids) => {
    expect(trouble(type, code)).toBe(ids);
  });
});

describe("branches and loops", () => {
  it.each([
    ["bool", "IF { UNIT } { PUSH nat 1 }", "unmatched_branches bad_stack_item inconsistent_types inconsistent_types"],
    ["bool", "IF { UNIT } { UNIT; UNIT }", "unmatched_branches inconsistent_stack_lengths"],
    ["bool", "LOOP { UNIT }", "unmatched_branches bad_stack_item inconsistent_types inconsistent_types"],
    [
      "or nat string",
      "LOOP_LEFT { LEFT nat }",
      "unmatched_branches bad_stack_item inconsistent_types inconsistent_types inconsistent_types",
    ],
    ["list nat", `ITER { DUP; DROP }; UNIT`, "invalid_iter_body inconsistent_stack_lengths"],
    ["list nat", `MAP { DROP }; ${DROPPED}`, "invalid_map_body"],
    ["list nat", `MAP { DUP }; ${DROPPED}`, "invalid_map_body inconsistent_stack_lengths"],
    ["list nat", `MAP { FAILWITH }; ${DROPPED}`, "invalid_map_block_fail"],
    ["option nat", `MAP { FAILWITH }; ${DROPPED}`, "invalid_map_block_fail"],
    ["unit", "FAILWITH; UNIT", "fail_not_in_tail_position"],
    ["unit", "UNIT; DIP { FAILWITH }", "fail_not_in_tail_position"],
    ["unit", "IF { FAILWITH } { FAILWITH }", "bad_stack"],
    ["bool", "IF { UNIT; FAILWITH } { UNIT; FAILWITH }; UNIT", "fail_not_in_tail_position"],
  ])("%s { %s }: %s", (type, code, ids) => {
    expect(trouble(type, code)).toBe(ids);
  });

  it.each([
    ["bool", "IF { UNIT; FAILWITH } { UNIT }"],
    ["bool", "IF { UNIT } { UNIT; FAILWITH }"],
    ["bool", "IF { UNIT; FAILWITH } { UNIT; FAILWITH }"],
    ["bool", "LOOP { UNIT; FAILWITH }; UNIT"],
    ["list nat", "ITER { FAILWITH }; UNIT"],
    ["never", "NEVER"],
    ["unit", "{ { {} } ; {} }"],
  ])("%s { %s } passes", (type, code) => {
    check(script("unit", "unit", `CDR; LAMBDA (${type}) unit { ${code} }; DROP; NIL operation; PAIR`));
  });
});

describe("what types may be used for", () => {
  it.each([
    ["ticket nat", `DUP; DROP; ${DROPPED}`, "non_dupable_type unexpected_ticket"],
    ["pair nat (list (ticket nat))", `DUP 1; DROP; ${DROPPED}`, "non_dupable_type unexpected_ticket"],
    ["unit", "PUSH operation 1", "unexpected_operation"],
    ["unit", 'PUSH (contract unit) "KT1"', "unexpected_contract"],
    ["unit", "PUSH (big_map nat nat) {}", "unexpected_lazy_storage"],
    ["unit", "PUSH (ticket nat) 1", "unexpected_ticket"],
    ["operation", "PACK", "unpackable_type unexpected_operation"],
    ["big_map nat nat", "PACK", "unpackable_type unexpected_lazy_storage"],
    ["ticket nat", "PACK", "unpackable_type unexpected_ticket"],
    ["contract nat", "FAILWITH", "unpackable_type unexpected_contract"],
    ["ticket nat", "FAILWITH", "unpackable_type unexpected_ticket"],
    ["operation", "EMIT", "unpackable_type unexpected_operation"],
    ["bytes", `UNPACK operation; ${DROPPED}`, "unexpected_operation"],
    ["bytes", `UNPACK (contract unit); ${DROPPED}`, "unexpected_contract"],
    ["unit", `EMPTY_BIG_MAP nat (big_map nat nat); ${DROPPED}`, "unexpected_lazy_storage"],
    ["unit", `EMPTY_BIG_MAP nat operation; ${DROPPED}`, "unexpected_operation"],
    ["unit", `EMPTY_SET (list nat); ${DROPPED}`, "comparable_type_expected"],
    ["unit", `EMPTY_MAP (ticket nat) nat; ${DROPPED}`, "unexpected_ticket"],
    ["address", `CONTRACT operation; ${DROPPED}`, "unexpected_operation"],
    ["lambda (pair operation nat) nat", `DIP { UNIT }; APPLY`, "invalid_primitive"],
    ["pair nat (list nat)", `UNPAIR; SWAP; TICKET; ${DROPPED}`, "comparable_type_expected"],
  ])("%s { %s }: %s", (type, code, ids) => {
    expect(trouble(type, code)).toBe(ids);
  });

  it.each([
    ["parameter", "operation", "unit", "unexpected_operation"],
    ["storage", "unit", "operation", "unexpected_operation"],
    ["storage", "unit", "contract unit", "unexpected_contract"],
    ["storage", "unit", "big_map nat (contract unit)", "unexpected_contract"],
    ["storage", "unit", "map nat (pair nat operation)", "unexpected_operation"],
    ["parameter", "set (list nat)", "unit", "comparable_type_expected"],
    ["parameter", "nat nat", "unit", "invalid_arity"],
    ["storage", "unit", "list", "invalid_arity"],
    ["storage", "unit", "pair nat", "invalid_arity"],
    ["storage", "unit", "bls12_381_g1", "invalid_primitive"],
    ["storage", "unit", "Unit", "invalid_primitive_namespace"],
    ["storage", "unit", "1", "invalid_expression_kind"],
  ])("of a %s: %s, %s: %s", (_, parameter, storage, id) => {
    const whole: Micheline = [
      {
        prim: "parameter",
        args: [parameter === "nat nat" ? { prim: "nat", args: [{ prim: "nat" }] } : michelson(parameter)],
      },
      { prim: "storage", args: [michelson(storage)] },
      { prim: "code", args: [[]] },
    ];
    expect(traceOf(() => check(whole))).toEqual(["ill_formed_type", id]);
  });

  it("are not too large", () => {
    const large = "PUSH nat 0; " + "DUP; PAIR; ".repeat(11);
    expect(trouble("unit", `${large} ${DROPPED}`)).toBe("type_too_large");
  });
});

describe("forms", () => {
  it.each([
    ["unit", [{ prim: "DUP", args: [{ int: "1" }, { int: "1" }] }], "invalid_arity"],
    ["unit", [{ prim: "DIP", args: [] }], "invalid_arity"],
    ["unit", [{ prim: "DIG" }], "invalid_arity"],
    ["unit", [{ prim: "DROP", args: [{ int: "1024" }] }], "invalid_syntactic_constant"],
    ["unit", [{ prim: "DROP", args: [{ int: "-1" }] }], "invalid_syntactic_constant"],
    ["unit", [{ prim: "PUSH", args: [{ prim: "nat" }] }], "invalid_arity"],
    ["unit", [{ prim: "LAMBDA", args: [{ prim: "nat" }, { prim: "nat" }] }], "invalid_arity"],
    ["bool", [{ prim: "IF", args: [{ prim: "UNIT" }, []] }], "invalid_expression_kind"],
    ["unit", [{ int: "1" }], "invalid_expression_kind"],
    ["unit", [{ prim: "Unit" }], "invalid_primitive_namespace"],
    ["unit", [{ prim: "VOTING_POWER" }], "invalid_primitive"],
    ["unit", [{ prim: "STEPS_TO_QUOTA" }], "deprecated_instruction"],
    ["unit", [{ prim: "DUP", annots: ["%a"] }], "unexpected_annotation"],
    ["unit", [{ prim: "DUP", annots: ["@a", "@b"] }], "unexpected_annotation"],
    ["unit", [{ prim: "UNIT", annots: ["@a", ":b", "@c"] }], "ungrouped_annotations"],
    ["unit", [{ prim: "DROP", annots: ["@a"] }], "unexpected_annotation"],
  ] as const)("%s, %j: %s", (type, code, id) => {
    const whole: Micheline = [
      { prim: "parameter", args: [{ prim: type }] },
      { prim: "storage", args: [{ prim: "unit" }] },
      { prim: "code", args: [[{ prim: "CAR" }, ...code]] },
    ];
    expect(traceOf(() => check(whole))).toEqual(["ill_typed_contract", id]);
  });

  it("say where, and what of the stack matters", () => {
    const { id, fields, causes } = refusal(() => check(script("unit", "unit", "CAR; CAR; DROP")));
    expect(id).toBe("michelson_v1.ill_typed_contract");
    expect(fields).toMatchObject({ typeMap: [] });
    expect(causes.map((cause) => cause.toJson())).toEqual([
      {
        kind: "permanent",
        id: "proto.alpha.michelson_v1.bad_stack",
        location: 8,
        primitive_name: "CAR",
        relevant_stack_portion: 1,
        wrong_stack_type: [],
      },
    ]);
  });

  it.each([
    ["a section that is missing", "parameter unit; storage unit", "missing_script_field"],
    ["a section twice", "parameter unit; storage unit; code {}; code {}", "duplicate_script_field"],
    [
      "a view",
      'parameter unit; storage unit; code { CDR; NIL operation; PAIR }; view "a" unit unit { CAR }',
      "invalid_primitive",
    ],
  ])("of scripts: %s", (_, text, id) => {
    expect(traceOf(() => check(michelson(`{ ${text} }`)))).toEqual(["ill_typed_contract", id]);
  });

  it("end with depth", () => {
    const long: Micheline = [
      { prim: "parameter", args: [{ prim: "unit" }] },
      { prim: "storage", args: [{ prim: "unit" }] },
      {
        prim: "code",
        args: [
          [
            { prim: "CDR" },
            ...Array.from({ length: 10_100 }, () => ({ prim: "RENAME" })),
            { prim: "NIL", args: [{ prim: "operation" }] },
            { prim: "PAIR" },
          ],
        ],
      },
    ];
    expect(traceOf(() => check(long))).toEqual(["ill_typed_contract", "typechecking_too_many_recursive_calls"]);
  });
});

describe("SELF", () => {
  it.each([
    ["in a lambda", "LAMBDA unit address { DROP; SELF; ADDRESS }; DROP", "forbidden_instr_in_context"],
    [
      "in a lambda that is pushed",
      "PUSH (lambda unit address) { DROP; SELF; ADDRESS }; DROP",
      "invalid_constant forbidden_instr_in_context",
    ],
    ["of an entrypoint that is not there", "SELF %nothing; DROP", "no_such_entrypoint"],
    ["of a name that is too long", `SELF %${"a".repeat(32)}; DROP`, "entrypoint_name_too_long"],
  ])("%s is refused", (_, code, ids) => {
    const whole = script("unit", "unit", `CDR; ${code}; NIL operation; PAIR`);
    expect(traceOf(() => check(whole)).join(" ")).toBe(`ill_typed_contract ${ids}`);
  });
});

describe("entrypoints", () => {
  const withParameter = (parameter: string) => script(parameter, "unit", "CDR; NIL operation; PAIR");

  it.each([
    ["or (nat %a) (string %a)", "duplicate_entrypoint"],
    ["or (or (nat %default) string) (string %b)", "unreachable_entrypoint"],
  ])("%s: %s", (parameter, id) => {
    expect(traceOf(() => check(withParameter(parameter)))).toEqual(["ill_formed_type", id]);
  });

  it.each([
    ["or (nat %a) (string %b)", ["default", "a", "b"]],
    ["or (nat %a) (string %default)", ["a", "default"]],
    [`or (nat %${"a".repeat(32)}) string`, ["default"]],
    ["or (or %inner (nat %a) string) nat", ["default", "inner", "a"]],
    ["nat", ["default"]],
  ])("of %s", (parameter, names) => {
    expect([...RUNTIME.entrypoints(withParameter(parameter)).keys()]).toEqual(names);
  });

  it("take what is theirs", () => {
    const code = script(
      "or (nat %a) (or (string %b) (unit %default))",
      "string",
      'CAR; IF_LEFT { DROP; PUSH string "a" } { IF_LEFT {} { DROP; PUSH string "default" } }; NIL operation; PAIR',
    );
    const at = (entrypoint: string, input: string) => run(code, '""', input, { entrypoint }).storage;
    expect([at("a", "1"), at("b", '"x"'), at("default", "Unit")]).toEqual([
      { string: "a" },
      { string: "x" },
      { string: "default" },
    ]);
    expect(traceOf(() => at("a", '"x"'))).toEqual([
      "bad_contract_parameter",
      "invalid_constant",
      "invalid_expression_kind",
    ]);
    expect(traceOf(() => at("root", "Unit"))).toEqual(["bad_contract_parameter", "no_such_entrypoint"]);
  });

  it("called root are the whole", () => {
    const code = script("or %root (nat %a) (string %default)", "unit", "CDR; NIL operation; PAIR");
    run(code, "Unit", "Left 1", { entrypoint: "root" });
    run(code, "Unit", '"x"', { entrypoint: "default" });
  });
});

describe("data", () => {
  it.each([
    ["nat", "-1", "invalid_syntactic_constant"],
    ["nat", '"1"', "invalid_expression_kind"],
    ["mutez", "9223372036854775808", "invalid_syntactic_constant"],
    ["bool", "Unit", "invalid_primitive"],
    ["bool", "(True 1)", "invalid_arity"],
    ["string", "0x00", "invalid_expression_kind"],
    ["address", '"tz1nothing"', "destination_repr.invalid_b58check"],
    ["address", `"${OTHER}%default"`, "unexpected_default_entrypoint"],
    ["address", `"${OTHER}%${"a".repeat(32)}"`, "entrypoint_name_too_long"],
    ["key_hash", '"tz1nothing"', "invalid_syntactic_constant"],
    ["key", `"${ALICE}"`, "invalid_syntactic_constant"],
    ["signature", "0x00", "invalid_syntactic_constant"],
    ["chain_id", "0x00", "invalid_syntactic_constant"],
    ["timestamp", '"yesterday"', "invalid_syntactic_constant"],
    ["never", "Unit", "invalid_never_expr"],
    ["pair nat nat", "Pair 1", "invalid_arity"],
    ["pair nat nat", "Pair 1 2 3", "invalid_arity"],
    ["pair nat nat nat", "{ 1 }", "invalid_seq_arity"],
    ["or nat nat", "Some 1", "invalid_primitive"],
    ["option nat", "None 1", "invalid_arity"],
    ["set nat", "{ 2 ; 1 }", "unordered_set_literal"],
    ["set nat", "{ 1 ; 1 }", "duplicate_set_values_in_literal"],
    ["map nat nat", "{ Elt 2 1 ; Elt 1 1 }", "unordered_map_literal"],
    ["map nat nat", "{ Elt 1 1 ; Elt 1 1 }", "duplicate_map_keys"],
    ["map nat nat", "{ 1 }", "invalid_constant"],
    ["lambda nat nat", "{ DROP }", "bad_return"],
    ["lambda nat nat", "Unit", "invalid_expression_kind"],
    ["big_map nat nat", "{ Elt 2 1 ; Elt 1 1 }", "unordered_map_literal"],
    ["big_map nat nat", "7", "unexpected_forged_value"],
    ["ticket nat", `Pair "${OTHER}" 1 1`, "unexpected_forged_value"],
  ])("of %s: %s: %s", (type, data, id) => {
    const whole = script("unit", type, "CDR; NIL operation; PAIR");
    const trace = traceOf(() => RUNTIME.originate({ code: whole, storage: michelson(data) }, new Gas()));
    expect(trace[0]).toBe("ill_typed_data");
    expect(trace.at(-1)).toBe(id);
  });

  it("of nested types say what it was taken for on the way in", () => {
    const whole = script("unit", "list (pair nat string)", "CDR; NIL operation; PAIR");
    const { causes } = refusal(() => RUNTIME.originate({ code: whole, storage: michelson("{ Pair 1 2 }") }, new Gas()));
    expect(causes.map(({ id, fields }) => [id.slice(13), (fields as { readonly location: number }).location])).toEqual([
      ["invalid_constant", 0],
      ["invalid_constant", 1],
      ["invalid_constant", 3],
      ["invalid_expression_kind", 3],
    ]);
  });
});

describe("CREATE_CONTRACT", () => {
  const creating = (inner: string, storage = "unit") =>
    scriptOf(`parameter (${storage}); storage unit;
      code { CAR; PUSH mutez 0; NONE key_hash; CREATE_CONTRACT { ${inner} }; DIP { DROP }; UNIT; NIL operation; DIG 2; CONS; PAIR }`);

  it("checks the script inside", () => {
    check(creating("parameter nat; storage unit; code { CDR; NIL operation; PAIR }"));
    expect(traceOf(() => check(creating("parameter nat; storage unit; code { CDR; PAIR }")))).toEqual([
      "ill_typed_contract",
      "ill_typed_contract",
      "bad_stack",
    ]);
    expect(traceOf(() => check(creating("parameter operation; storage unit; code { FAILWITH }")))).toEqual([
      "ill_typed_contract",
      "ill_formed_type",
      "unexpected_operation",
    ]);
    expect(
      traceOf(() => check(creating("parameter nat; storage unit; code { CDR; NIL operation; PAIR }", "nat"))),
    ).toEqual(["ill_typed_contract", "inconsistent_types", "inconsistent_types"]);
  });
});
