// The errors of Michelson's type checker and of its data (ids, categories and field names from the reference's
// script_tc_errors_registration.ml, script_string.ml, entrypoint_repr.ml, script_interpreter_defs.ml). Left out: those of views, sapling,
// global constants and zk rollups, which nothing here raises.

import { dft, type Fields, type Form, listOf, objectForm, req } from "../encoding/form.js";
import { enumForm, int31Form, textForm, zForm } from "../encoding/form-leaves.js";
import { michelineForm } from "../encoding/micheline.js";
import type { ErrorKind } from "./error-kinds.js";
import { destinationForm } from "./identifiers.js";

const permanent = <F extends Fields>(fields: F): ErrorKind<F> => ({ category: "permanent", fields });
const temporary = <F extends Fields>(fields: F): ErrorKind<F> => ({ category: "temporary", fields });

/** Where in an expression: the number of its node, counted from 0 in the order of writing. */
const location = req("location", int31Form);
const loc = req("loc", int31Form);
const type = (name: string) => req(name, michelineForm);
/** Top first. Empty where gas is counted, as in operations. */
const stackForm = listOf(michelineForm);
const stack = (name: string) => req(name, stackForm);
const primitives: Form<readonly string[]> = listOf(textForm);

const expressionKindForm = enumForm("expression kind", [
  "integer",
  "string",
  "bytes",
  "primitiveApplication",
  "sequence",
] as const);
const namespaceForm = enumForm("namespace of primitives", [
  "type",
  "constant",
  "instruction",
  "keyword",
  "constant_hash",
] as const);
const typeMapForm = listOf(
  objectForm("types at a place", { location, before: stack("stack_before"), after: stack("stack_after") }),
);

/** What expressions look like. */
const FORM_ERRORS = {
  "michelson_v1.invalid_arity": permanent({
    location,
    primitiveName: req("primitive_name", textForm),
    expectedArity: req("expected_arity", int31Form),
    wrongArity: req("wrong_arity", int31Form),
  }),
  "michelson_v1.invalid_seq_arity": permanent({
    location,
    minimalExpectedArity: req("minimal_expected_arity", int31Form),
    wrongArity: req("wrong_arity", int31Form),
  }),
  "michelson_v1.missing_script_field": permanent({ prim: req("prim", textForm) }),
  "michelson_v1.duplicate_script_field": permanent({ loc, prim: req("prim", textForm) }),
  "michelson_v1.invalid_primitive": permanent({
    location,
    expectedPrimitiveNames: dft("expected_primitive_names", primitives, []),
    wrongPrimitiveName: req("wrong_primitive_name", textForm),
  }),
  "michelson_v1.invalid_expression_kind": permanent({
    location,
    expectedKinds: req("expected_kinds", listOf(expressionKindForm)),
    wrongKind: req("wrong_kind", expressionKindForm),
  }),
  "michelson_v1.invalid_primitive_namespace": permanent({
    location,
    primitiveName: req("primitive_name", textForm),
    expectedNamespace: req("expected_namespace", namespaceForm),
    wrongNamespace: req("wrong_namespace", namespaceForm),
  }),
  "michelson_v1.unexpected_annotation": permanent({ location }),
  "michelson_v1.ungrouped_annotations": permanent({ location }),
  "michelson_v1.deprecated_instruction": permanent({ prim: req("prim", textForm) }),
  "michelson_v1.typechecking_too_many_recursive_calls": temporary({}),
  "michelson_v1.unparsing_stack_overflow": temporary({}),
} as const;

/** Types, and where they may stand. */
const TYPE_ERRORS = {
  "michelson_v1.unexpected_lazy_storage": permanent({ loc }),
  "michelson_v1.unexpected_operation": permanent({ loc }),
  "michelson_v1.unexpected_contract": permanent({ loc }),
  "michelson_v1.unexpected_ticket": permanent({ loc }),
  "michelson_v1.unpackable_type": permanent({ loc }),
  "michelson_v1.non_dupable_type": permanent({ loc, type: type("type") }),
  "michelson_v1.comparable_type_expected": permanent({ location, wrongType: type("wrong_type") }),
  "michelson_v1.type_too_large": permanent({ loc, maximumTypeSize: req("maximum_type_size", int31Form) }),
  "michelson_v1.inconsistent_types": permanent({
    loc,
    firstType: type("first_type"),
    otherType: type("other_type"),
  }),
  "michelson_v1.inconsistent_type_sizes": permanent({
    firstTypeSize: req("first_type_size", int31Form),
    otherTypeSize: req("other_type_size", int31Form),
  }),
  "michelson_v1.duplicate_entrypoint": permanent({ path: req("path", textForm) }),
  "michelson_v1.unreachable_entrypoint": permanent({ path: req("path", primitives) }),
  "michelson_v1.unexpected_default_entrypoint": permanent({ location }),
} as const;

/** Values. */
const DATA_ERRORS = {
  "michelson_v1.invalid_never_expr": permanent({ location }),
  "michelson_v1.invalid_syntactic_constant": permanent({
    location,
    expectedForm: req("expected_form", textForm),
    wrongExpression: type("wrong_expression"),
  }),
  "michelson_v1.unordered_map_literal": permanent({ location, item: type("item") }),
  "michelson_v1.duplicate_map_keys": permanent({ location, item: type("item") }),
  "michelson_v1.unordered_set_literal": permanent({ location, value: type("value") }),
  "michelson_v1.duplicate_set_values_in_literal": permanent({ location, value: type("value") }),
  "michelson_v1.unexpected_forged_value": permanent({ location }),
  "michelson_v1.unexpected_ticket_owner": permanent({ ticketer: req("ticketer", destinationForm) }),
  "michelson_v1.forbidden_zero_amount_ticket": permanent({}),
  "michelson_v1.invalid_big_map": permanent({ location, bigMap: req("big_map", zForm) }),
  "michelson_v1.non_printable_character": permanent({
    position: req("position", int31Form),
    string: req("string", textForm),
  }),
  "destination_repr.invalid_b58check": permanent({ input: req("input", textForm) }),
} as const;

/** Code. */
const CODE_ERRORS = {
  "michelson_v1.ill_typed_contract": permanent({
    illTypedCode: type("ill_typed_code"),
    typeMap: req("type_map", typeMapForm),
  }),
  "michelson_v1.bad_stack": permanent({
    location,
    primitiveName: req("primitive_name", textForm),
    relevantStackPortion: req("relevant_stack_portion", int31Form),
    wrongStackType: stack("wrong_stack_type"),
  }),
  "michelson_v1.bad_stack_item": permanent({ itemLevel: req("item_level", int31Form) }),
  "michelson_v1.bad_return": permanent({
    location,
    expectedReturnType: type("expected_return_type"),
    wrongStackType: stack("wrong_stack_type"),
  }),
  "michelson_v1.inconsistent_stack_lengths": permanent({}),
  "michelson_v1.unmatched_branches": permanent({
    location,
    firstStackType: stack("first_stack_type"),
    otherStackType: stack("other_stack_type"),
  }),
  "michelson_v1.undefined_binop": permanent({
    location,
    operatorName: req("operator_name", textForm),
    wrongLeftOperandType: type("wrong_left_operand_type"),
    wrongRightOperandType: type("wrong_right_operand_type"),
  }),
  "michelson_v1.undefined_unop": permanent({
    location,
    operatorName: req("operator_name", textForm),
    wrongOperandType: type("wrong_operand_type"),
  }),
  "michelson_v1.fail_not_in_tail_position": permanent({ location }),
  "michelson_v1.invalid_map_body": permanent({ loc, bodyType: stack("body_type") }),
  "michelson_v1.invalid_map_block_fail": permanent({ loc }),
  "michelson_v1.invalid_iter_body": permanent({
    loc,
    befStack: stack("bef_stack"),
    aftStack: stack("aft_stack"),
  }),
  "michelson_v1.bad_pair_argument": permanent({ loc }),
  "michelson_v1.bad_unpair_argument": permanent({ loc }),
  "michelson_v1.bad_dupn_argument": permanent({ loc }),
  "michelson_v1.bad_dupn_stack": permanent({ loc }),
  "michelson_v1.forbidden_instr_in_context": permanent({
    location,
    context: req("context", enumForm("context of an instruction", ["Lambda", "View"] as const)),
    forbiddenInstruction: req("forbidden_instruction", textForm),
  }),
} as const;

/** Running. */
const RUN_ERRORS = {
  "operation.rollup_invalid_transaction_amount": permanent({}),
  "operation.rollup_invalid_entrypoint": permanent({}),
} as const;

export const MICHELSON_ERRORS = {
  ...FORM_ERRORS,
  ...TYPE_ERRORS,
  ...DATA_ERRORS,
  ...CODE_ERRORS,
  ...RUN_ERRORS,
} as const;
