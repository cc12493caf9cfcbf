/** Function types: one value type a tick (pvm.md §2.2). */
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { text } from "../../merkle/leaves.js";
import { at, type Schema, tagged } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import { funcTypeSchema, valueTypes } from "../module-schema.js";
import type { FuncType, ValueType } from "../syntax.js";
import { emptyFilling, type Filling, fill, fillingSchema, isFull } from "./containers.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";
import { valueType } from "./types.js";

export type FuncTypeKont =
  | { readonly tag: "FKStart" }
  | { readonly tag: "FKIns"; readonly params: Filling<ValueType> }
  | { readonly tag: "FKOut"; readonly params: LazyVector<ValueType>; readonly results: Filling<ValueType> }
  | { readonly tag: "FKStop"; readonly type: FuncType };

export const FUNC_TYPE_START: FuncTypeKont = { tag: "FKStart" };

const filling = fillingSchema(valueTypes);

export const funcTypeKontSchema: Schema<FuncTypeKont> = tagged<FuncTypeKont>(text, {
  FKStart: "unit",
  FKIns: { params: at("ins_kont", filling) },
  FKOut: { params: at("params", valueTypes), results: at("lazy_kont", filling) },
  FKStop: { type: funcTypeSchema },
});

const FUNCTION_FORM = -0x20;

export function funcTypeStep({ stream, level }: DecodeContext, kont: FuncTypeKont): FuncTypeKont {
  switch (kont.tag) {
    case "FKStart": {
      // The count is read before the form is looked at: its errors come first.
      const form = stream.signed(7);
      const count = stream.count();
      if (form !== FUNCTION_FORM) throw GuestError.withMessage("malformed function type");
      return { tag: "FKIns", params: emptyFilling(count) };
    }
    case "FKIns":
      if (isFull(kont.params)) {
        return { tag: "FKOut", params: kont.params.vector, results: emptyFilling(stream.count()) };
      }
      return { tag: "FKIns", params: fill(kont.params, valueType(stream, level)) };
    case "FKOut": {
      const { params, results } = kont;
      if (isFull(results)) return { tag: "FKStop", type: { params, results: results.vector } };
      return { tag: "FKOut", params, results: fill(results, valueType(stream, level)) };
    }
    case "FKStop":
      throw new StepError("Func_type_step");
  }
}
