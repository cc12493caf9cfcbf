// The words for what can be wrong with scripts and data, kind by kind, and how they are laid out (script-error-text.ts).

import type { JsonObject } from "../../encoding/json.js";
import { michelineFromJson } from "../../encoding/micheline.js";
import type { TextBoxes } from "../../l1/client/text-boxes.js";
import { putMicheline } from "./micheline-text.js";

/** Where errors are told. */
export interface ScriptErrorPage {
  readonly boxes: TextBoxes;
  /** "At line …," of an expression of the code that is shown. */
  place(location: unknown): void;
  type(json: unknown): void;
  /** No more than `depth` types of it. */
  stack(json: unknown, depth?: number): void;
}

type Tell = (page: ScriptErrorPage, error: JsonObject) => void;

const locationOf = (error: JsonObject): unknown => error["location"] ?? error["loc"];
const textIn = (error: JsonObject, name: string): string => String(error[name]);

function expression(page: ScriptErrorPage, json: unknown): void {
  try {
    putMicheline(page.boxes, michelineFromJson(json));
  } catch {
    page.boxes.text(JSON.stringify(json) ?? "nothing");
  }
}

/** A place, and words. */
function at(words: string | ((error: JsonObject) => string)): Tell {
  return (page, error) => {
    page.place(locationOf(error));
    page.boxes.text(typeof words === "string" ? words : words(error));
  };
}

/** A place and something that fills lines; then, if it does not fit beside it, more on a line of its own. */
function filled(put: Tell, more?: Tell): Tell {
  return (page, error) => {
    page.boxes.box("hov", 0, (boxes) => {
      boxes.box("hov", 2, () => {
        page.place(locationOf(error));
        put(page, error);
      });
      if (more !== undefined) boxes.space().box("hov", 2, () => more(page, error));
    });
  };
}

/** Two stacks below each other. */
function twoStacks(
  title: string,
  kind: "v" | "hov",
  stacks: readonly (readonly [string, (error: JsonObject) => unknown])[],
): Tell {
  return (page, error) => {
    const { boxes } = page;
    boxes.box("v", 2, () => {
      page.place(locationOf(error));
      boxes.text(title);
      for (const [i, [name, of]] of stacks.entries()) {
        boxes
          .cut()
          .text("- ")
          .box(kind, 0, () => {
            boxes.text(`${name} stack type:`).space();
            page.stack(of(error));
            boxes.text(i + 1 < stacks.length ? "," : ".");
          });
      }
    });
  };
}

function enumeration(items: unknown, name: (item: string) => string): string {
  const names = (Array.isArray(items) ? (items as readonly unknown[]) : [items]).map((item) => name(String(item)));
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

const KINDS: Readonly<Record<string, string>> = {
  integer: "an int",
  string: "a string",
  bytes: "a byte sequence",
  primitiveApplication: "a primitive",
  sequence: "a sequence",
};
const NAMESPACES: Readonly<Record<string, string>> = {
  type: "a type name",
  constant: "a constant constructor",
  instruction: "an instruction",
  keyword: "a keyword",
  constant_hash: "a constant hash",
};

const named = (names: Readonly<Record<string, string>>, item: unknown): string => names[String(item)] ?? String(item);
const withoutArticle = (text: string): string => text.replace(/^an? /, "");

/** "…: " and the culprit below. */
function literal(title: string, field: string): Tell {
  return (page, error) => {
    page.boxes.box("v", 2, () => {
      page.boxes.text(title).cut();
      expression(page, error[field]);
    });
  };
}

const SHAPES: Readonly<Record<string, Tell>> = {
  invalid_arity: at(
    (e) =>
      `primitive ${textIn(e, "primitive_name")} expects ${textIn(e, "expected_arity")} arguments but is given ` +
      `${textIn(e, "wrong_arity")}.`,
  ),
  invalid_seq_arity: at(
    (e) =>
      `sequence expects at least ${textIn(e, "minimal_expected_arity")} elements but is given ${textIn(e, "wrong_arity")}.`,
  ),
  invalid_primitive: at(
    (e) =>
      `invalid primitive ${textIn(e, "wrong_primitive_name")}, only ` +
      `${enumeration(e["expected_primitive_names"], (name) => name)} can be used here.`,
  ),
  invalid_expression_kind: at(
    (e) =>
      `unexpected ${withoutArticle(named(KINDS, e["wrong_kind"]))}, only ` +
      `${enumeration(e["expected_kinds"], (kind) => named(KINDS, kind))} can be used here.`,
  ),
  invalid_primitive_namespace: at(
    (e) =>
      `unexpected ${withoutArticle(named(NAMESPACES, e["wrong_namespace"]))} ${textIn(e, "primitive_name")}, only ` +
      `${named(NAMESPACES, e["expected_namespace"])} can be used here.`,
  ),
  missing_script_field: ({ boxes }, e) => boxes.text(`Missing contract field: ${textIn(e, "prim")}`),
  duplicate_script_field: at((e) => `duplicate contract field: ${textIn(e, "prim")}`),
  deprecated_instruction: ({ boxes }, e) => boxes.text(`Use of deprecated instruction: ${textIn(e, "prim")}`),
  duplicate_entrypoint: ({ boxes }, e) => boxes.text(`Contract has two entrypoints named ${textIn(e, "path")}`),
  unreachable_entrypoint: ({ boxes }, e) => {
    const path = e["path"];
    const steps = Array.isArray(path) ? path.join("/") : String(path);
    boxes.text(`Entrypoint at path ${steps} is not reachable`);
  },
  no_such_entrypoint: ({ boxes }, e) => boxes.text(`Contract has no entrypoint named ${textIn(e, "entrypoint")}`),
  bad_contract_parameter: ({ boxes }, e) => boxes.text(`Invalid argument passed to contract ${textIn(e, "contract")}.`),
  unexpected_annotation: at("unexpected annotation."),
  ungrouped_annotations: at("Annotations of the same kind must be grouped."),
  unexpected_lazy_storage: at("big_map or sapling_state type not expected here"),
  unexpected_operation: at("operation type forbidden in parameter, storage and constants"),
  unexpected_contract: at("contract type forbidden in storage and constants"),
  unpackable_type: at("Value has a type that cannot be packed"),
  unexpected_ticket: at("Ticket in unauthorized position (type error)."),
  unexpected_forged_value: at("Unexpected forged value."),
  type_too_large: at((e) => `type exceeded maximum type size (${textIn(e, "maximum_type_size")}).`),
};

const DATA: Readonly<Record<string, Tell>> = {
  invalid_constant: filled(
    (page, e) => {
      page.boxes.text("value").space();
      expression(page, e["wrong_expression"]);
    },
    (page, e) => {
      page.boxes.words("is invalid for type").space();
      page.type(e["expected_type"]);
      page.boxes.text(".");
    },
  ),
  invalid_syntactic_constant: filled(
    (page, e) => {
      page.boxes.text("value").space();
      expression(page, e["wrong_expression"]);
    },
    (page, e) => {
      page.boxes.words("is invalid, expected").space().text(textIn(e, "expected_form"));
    },
  ),
  invalid_contract: at((e) => `invalid contract ${textIn(e, "contract")}.`),
  invalid_never_expr: at("this expression should have type never but type never has no inhabitant."),
  duplicate_map_keys: literal("Map literals cannot contain duplicate keys, however a duplicate key was found:", "item"),
  unordered_map_literal: literal(
    "Keys in a map literal must be in strictly ascending order, but they were unordered in literal:",
    "item",
  ),
  duplicate_set_values_in_literal: literal(
    "Set literals cannot contain duplicate values, however a duplicate value was found:",
    "value",
  ),
  unordered_set_literal: literal(
    "Values in a set literal must be in strictly ascending order, but they were unordered in literal:",
    "value",
  ),
};

const CODE: Readonly<Record<string, Tell>> = {
  bad_stack: filled((page, e) => {
    page.boxes.text(`wrong stack type for instruction ${textIn(e, "primitive_name")}:`).space();
    page.stack(e["wrong_stack_type"], Number(e["relevant_stack_portion"]));
    page.boxes.text(".");
  }),
  bad_stack_item: ({ boxes }, e) => boxes.text(`Bad stack item ${textIn(e, "item_level")}.`),
  inconsistent_stack_lengths: ({ boxes }) => boxes.text("Bad stack length."),
  bad_return: twoStacks("wrong stack type at end of body:", "v", [
    ["expected return", (e) => [e["expected_return_type"]]],
    ["actual", (e) => e["wrong_stack_type"]],
  ]),
  unmatched_branches: twoStacks("two branches don't end with the same stack type:", "hov", [
    ["first", (e) => e["first_stack_type"]],
    ["other", (e) => e["other_stack_type"]],
  ]),
  undefined_binop: filled(
    (page, e) => {
      page.boxes.text(`operator ${textIn(e, "operator_name")} is undefined between`).space();
      page.type(e["wrong_left_operand_type"]);
    },
    (page, e) => {
      page.boxes.text("and").space();
      page.type(e["wrong_right_operand_type"]);
      page.boxes.text(".");
    },
  ),
  undefined_unop: filled((page, e) => {
    page.boxes.text(`operator ${textIn(e, "operator_name")} is undefined on`).space();
    page.type(e["wrong_operand_type"]);
  }),
  inconsistent_types: filled(
    (page, e) => {
      page.boxes.text("Type").space();
      page.type(e["first_type"]);
    },
    (page, e) => {
      page.boxes.words("is not compatible with type").space();
      page.type(e["other_type"]);
      page.boxes.text(".");
    },
  ),
  inconsistent_type_sizes: ({ boxes }, e) =>
    boxes.text(
      `The two types have different sizes, the first one is of size ${textIn(e, "first_type_size")} while the other one ` +
        `is of size ${textIn(e, "other_type_size")}`,
    ),
  comparable_type_expected: (page, e) => {
    page.place(locationOf(e));
    page.boxes.text("comparable type expected.").box("hov", 0, () => {
      page.boxes.box("hov", 2, () => {
        page.boxes.text("Type").space();
        page.type(e["wrong_type"]);
      });
      page.boxes.space().words("is not comparable.");
    });
  },
  non_dupable_type: (page, e) => {
    page.place(locationOf(e));
    page.boxes.text("type ");
    page.type(e["type"]);
    page.boxes.text(
      " cannot be used here because it is not duplicable. Only duplicable types can be used with the DUP instruction and " +
        "as view inputs and outputs.",
    );
  },
  fail_not_in_tail_position: at("The FAIL instruction must appear in a tail position."),
  bad_pair_argument: at("PAIR expects an argument of at least 2."),
  bad_unpair_argument: at("UNPAIR expects an argument of at least 2."),
  bad_dupn_argument: at("DUP n expects an argument of at least 1 (passed 0)."),
};

const RUNS: Readonly<Record<string, Tell>> = {
  script_rejected: (page, e) => {
    page.place(locationOf(e));
    page.boxes.text("script reached FAILWITH instruction").space();
    page.boxes.box("hov", 2, () => {
      page.boxes.text("with").space();
      expression(page, e["with"]);
    });
  },
  script_overflow: at("unexpected arithmetic overflow"),
  cannot_serialize_storage: ({ boxes }) =>
    boxes.text("Cannot serialize the resulting storage value within the provided gas bounds."),
};

/** By id, without "proto.<protocol>.". */
export const REPORTED_ERRORS: Readonly<Record<string, Tell>> = Object.fromEntries(
  Object.entries({ ...SHAPES, ...DATA, ...CODE, ...RUNS }).map(([name, tell]) => [`michelson_v1.${name}`, tell]),
);
