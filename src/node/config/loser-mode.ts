// Planned failures, for tests of refutation games (node.md §3.9): how command lines write them, and how configuration files do.

import { int64Form } from "../../encoding/form-leaves.js";
import { expectArray, expectObject, JsonError, wrongType } from "../../encoding/json.js";
import type { PlannedFailure } from "../engine/engine.js";
import type { DalPageFailure, LoserMode } from "./configuration.js";
import {
  fieldsForm,
  int31Json,
  int32Json,
  type JsonForm,
  listForm,
  optional,
  required,
  textForm,
  uint8Json,
  uint16Json,
} from "./json-fields.js";
import { ocamlInteger } from "./ocaml-integer.js";

// ---- The command line

/**
 * "LEVEL MSGINDEX TICK …", "reveal_dal_parameters SLOTS LAG SLOT_SIZE PAGE_SIZE" or "reveal_dal_page NAME:VALUE …".
 * Raises RangeError.
 */
export function parseLoserMode(text: string): LoserMode {
  const tokens = text.split(" ");
  const [head, ...others] = tokens;
  if (head === "reveal_dal_parameters" && others.length === 4) {
    const [numberOfSlots, attestationLag, slotSize, pageSize] = others.map((one) => ocamlInteger(one, 64)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ]; // four of them
    return { kind: "dal_parameters", parameters: { numberOfSlots, attestationLag, slotSize, pageSize } };
  }
  if (head === "reveal_dal_page") return { kind: "dal_page", page: parsePage(others) };
  return { kind: "failures", failures: parseFailures(tokens) };
}

function parseFailures(tokens: readonly string[]): readonly PlannedFailure[] {
  const failures: PlannedFailure[] = [];
  const used = tokens.at(-1) === "" ? tokens.slice(0, -1) : tokens;
  for (let i = 0; i < used.length; i += 3) {
    const [level, messageIndex, messageTick] = used.slice(i, i + 3);
    if (messageTick === undefined) throw new RangeError("Invalid syntax for failure points");
    failures.push({
      level: Number(ocamlInteger(level ?? "", 31)),
      messageIndex: Number(ocamlInteger(messageIndex ?? "", 31)),
      messageTick: ocamlInteger(messageTick, 64),
    });
  }
  return failures.sort(compareFailures);
}

function compareFailures(a: PlannedFailure, b: PlannedFailure): number {
  return a.level - b.level || a.messageIndex - b.messageIndex || (a.messageTick < b.messageTick ? -1 : 1);
}

function parsePage(parameters: readonly string[]): DalPageFailure {
  const pairs = parameters.map((parameter) => {
    const [name, value, ...more] = parameter.split(":");
    if (name === undefined || value === undefined || more.length > 0) {
      throw new RangeError(`Argument ${parameter} provided to reveal_dal_page is not of the shape NAME:VALUE`);
    }
    return { name, value };
  });
  const given = (name: string): string | undefined => {
    const value = pairs.find((pair) => pair.name === name)?.value;
    return value === "*" ? undefined : value;
  };
  const number = (name: string): number | undefined => {
    const value = given(name);
    return value === undefined ? undefined : Number(ocamlInteger(value, 32));
  };
  return withoutUndefined({
    inboxLevel: number("inbox_level"),
    publishedLevel: number("published_level"),
    slotIndex: number("slot_index"),
    pageIndex: number("page_index"),
    strategy: parseStrategy(given("strategy") ?? "flip"),
  });
}

function parseStrategy(text: string): "flip" | "alter" {
  const lower = text.toLowerCase();
  if (lower === "flip" || lower === "alter") return lower;
  throw new RangeError(`Unknown DAL content strategy ${lower}`);
}

function withoutUndefined(
  page: {
    readonly [K in keyof DalPageFailure]-?: DalPageFailure[K] | undefined;
  } & { readonly strategy: "flip" | "alter" },
): DalPageFailure {
  const { strategy, ...numbers } = page;
  return { ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)), strategy };
}

// ---- The configuration file

const int64Json: JsonForm<bigint> = { read: int64Form.fromJson, write: (value) => int64Form.toJson(value) };

const failuresForm = listForm(
  fieldsForm({
    level: required("level", int31Json),
    messageIndex: required("message_index", int31Json),
    messageTick: required("message_tick", int64Json),
  }),
);

const dalParametersForm = fieldsForm({
  numberOfSlots: required("number_of_slots", int64Json),
  attestationLag: required("attestation_lag", int64Json),
  slotSize: required("slot_size", int64Json),
  pageSize: required("page_size", int64Json),
});

const strategyForm: JsonForm<"flip" | "alter"> = {
  read: (json) => {
    const text = textForm.read(json);
    try {
      return parseStrategy(text);
    } catch (cause) {
      throw new JsonError("encoding.json.bad_value", cause instanceof Error ? cause.message : String(cause), json);
    }
  },
  write: (value) => value,
};

const dalPageForm = fieldsForm({
  inboxLevel: optional("inbox_level", int32Json),
  publishedLevel: optional("published_level", int32Json),
  slotIndex: optional("slot_index", uint8Json),
  pageIndex: optional("page_index", uint16Json),
  strategy: required("page_payload_strategy", strategyForm),
});

export const loserModeForm: JsonForm<LoserMode> = {
  read: (json) => {
    if (Array.isArray(json)) return { kind: "failures", failures: failuresForm.read(expectArray(json)) };
    if (typeof json !== "object" || json === null) throw wrongType("an array or an object", json);
    if (Object.hasOwn(expectObject(json), "page_payload_strategy")) {
      return { kind: "dal_page", page: dalPageForm.read(json) };
    }
    return { kind: "dal_parameters", parameters: dalParametersForm.read(json) };
  },
  write: (mode) => {
    switch (mode.kind) {
      case "failures":
        return failuresForm.write(mode.failures);
      case "dal_parameters":
        return dalParametersForm.write(mode.parameters);
      case "dal_page":
        return dalPageForm.write(mode.page);
    }
  },
};
