/** Function bodies: declarations of locals, the locals they stand for one by one, then the block (pvm.md §2.2, pvm-encodings.md §6.1). */
import { int64 } from "../../encoding/codecs.js";
import type { LazyVector } from "../../merkle/lazy-vector.js";
import { int32, leafOf, text } from "../../merkle/leaves.js";
import { at, leaf, option, record, type Schema, tagged } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import { funcSchema, valueTypes, vector } from "../module-schema.js";
import type { Func, ValueType } from "../syntax.js";
import { valueTypeLeaf } from "../syntax-leaves.js";
import { BLOCK_START, type BlockKont, blockKontSchema, blockStep } from "./block.js";
import {
  checkSize,
  emptyFilling,
  type Filling,
  fill,
  fillingSchema,
  isFull,
  positionSchema,
  readSize,
  type Size,
  sizeSchema,
} from "./containers.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";
import { valueType } from "./types.js";

/** So many locals of a type. The count is unsigned, kept as an int32. */
export interface LocalDeclaration {
  readonly count: number;
  readonly type: ValueType;
}

/** Where a body began: `left` before its size, `pos` at the number of declarations. */
interface BodyStart {
  readonly left: number;
  readonly size: Size;
  readonly pos: number;
}

export type CodeKont =
  | { readonly tag: "CKStart" }
  /** `total`: locals declared so far; up to 2^32 for each declaration. */
  | ({
      readonly tag: "CKLocalsParse";
      readonly declarations: Filling<LocalDeclaration>;
      readonly total: bigint;
    } & BodyStart)
  | ({
      readonly tag: "CKLocalsAccumulate";
      readonly declarations: Filling<LocalDeclaration>;
      /** What is left of the declaration being unfolded; null before the first. */
      readonly current: LocalDeclaration | null;
      readonly locals: Filling<ValueType>;
    } & BodyStart)
  | {
      readonly tag: "CKBody";
      readonly left: number;
      readonly size: Size;
      readonly locals: LazyVector<ValueType>;
      readonly block: BlockKont;
    }
  | { readonly tag: "CKStop"; readonly func: Func };

export const CODE_START: CodeKont = { tag: "CKStart" };

/** The type index of a function until the function section's is put in its place. */
export const UNKNOWN_TYPE = -1;

const declarationSchema: Schema<LocalDeclaration> = record<LocalDeclaration>({
  count: at("occurences", leaf(int32)),
  type: at("type", leaf(valueTypeLeaf)),
});
const declarations = fillingSchema(vector(declarationSchema));
const position = at("pos", positionSchema);
const left = at("left", positionSchema);
const size = at("size", sizeSchema);

export const codeKontSchema: Schema<CodeKont> = tagged<CodeKont>(text, {
  CKStart: "unit",
  CKLocalsParse: {
    left,
    size,
    pos: position,
    declarations: at("vec_kont", declarations),
    total: at("locals_size", leaf(leafOf(int64))),
  },
  CKLocalsAccumulate: {
    left,
    size,
    pos: position,
    declarations: at("type_vec", declarations),
    current: at("curr_type", option(text, declarationSchema)),
    locals: at("vec_kont", fillingSchema(valueTypes)),
  },
  CKBody: { left, size, locals: at("locals", valueTypes), block: at("const_kont", blockKontSchema) },
  CKStop: { func: funcSchema },
});

const LOCALS_LIMIT = 0x1_0000_0000n;

function localsParseStep({ stream, level }: DecodeContext, kont: CodeKont & { tag: "CKLocalsParse" }): CodeKont {
  const { declarations: declared, total } = kont;
  if (!isFull(declared)) {
    const count = stream.index();
    const declaration = { count, type: valueType(stream, level) };
    return { ...kont, declarations: fill(declared, declaration), total: total + BigInt(count >>> 0) };
  }
  if (total >= LOCALS_LIMIT) throw GuestError.withMessage("too many locals");
  return {
    tag: "CKLocalsAccumulate",
    left: kont.left,
    size: kont.size,
    pos: kont.pos,
    declarations: { offset: 0, vector: declared.vector },
    current: null,
    locals: emptyFilling(Number(total)),
  };
}

function localsAccumulateStep(kont: CodeKont & { tag: "CKLocalsAccumulate" }): CodeKont {
  const { locals, current, declarations: declared } = kont;
  if (isFull(locals))
    return { tag: "CKBody", left: kont.left, size: kont.size, locals: locals.vector, block: BLOCK_START };
  if (current === null || current.count === 0) {
    const next = declared.vector.get(declared.offset);
    return { ...kont, current: next, declarations: { offset: declared.offset + 1, vector: declared.vector } };
  }
  const { count, type } = current;
  return { ...kont, locals: fill(locals, type), current: { count: (count - 1) | 0, type } };
}

export function codeStep(context: DecodeContext, kont: CodeKont): CodeKont {
  const { stream } = context;
  switch (kont.tag) {
    case "CKStart": {
      const start = stream.position;
      const body = readSize(stream);
      const pos = stream.position;
      const count = stream.count();
      return { tag: "CKLocalsParse", left: start, size: body, pos, declarations: emptyFilling(count), total: 0n };
    }
    case "CKLocalsParse":
      return localsParseStep(context, kont);
    case "CKLocalsAccumulate":
      return localsAccumulateStep(kont);
    case "CKBody": {
      const { block, locals } = kont;
      if (block.tag !== "BlockStop") return { ...kont, block: blockStep(context, block) };
      stream.end();
      checkSize(kont.size, stream);
      return { tag: "CKStop", func: { type: UNKNOWN_TYPE, locals, body: block.label } };
    }
    case "CKStop":
      throw new StepError("Code_step");
  }
}
