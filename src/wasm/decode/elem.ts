/** Element segments of the eight kinds (pvm.md §2.2, pvm-encodings.md §6.1). Items given as indices become blocks of one instruction. */
import { int32, text } from "../../merkle/leaves.js";
import { Leaf } from "../../merkle/node.js";
import { at, type LeafCodec, leaf, optionalLeaf, type Schema, tagged } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import { elemSegmentSchema, indexSchema, vector } from "../module-schema.js";
import type { ElemSegment, RefType, SegmentMode } from "../syntax.js";
import { refTypeLeaf, segmentModeLeaf } from "../syntax-leaves.js";
import { BLOCK_START, type BlockKont, blockKontSchema, blockStep } from "./block.js";
import type { ByteStream } from "./byte-stream.js";
import { emptyFilling, type Filling, fill, fillingSchema, isFull, positionSchema } from "./containers.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";
import { indexedInstruction } from "./instruction.js";
import { refType } from "./types.js";

/** How the items are given: function indices, or constant expressions. */
type ItemKind = "Indexed" | "Const";

interface Items {
  readonly mode: SegmentMode;
  readonly type: RefType;
  /** Labels of the items' blocks. */
  readonly items: Filling<number>;
}

export type ElemKont =
  | { readonly tag: "EKStart" }
  | {
      readonly tag: "EKMode";
      /** After the flags. */
      readonly left: number;
      readonly index: number;
      readonly itemKind: ItemKind;
      /** The type of the items, where the flags imply it. */
      readonly impliedType: RefType | null;
      /** Where the offset begins. */
      readonly offsetPos: number;
      readonly offset: BlockKont;
    }
  | ({ readonly tag: "EKInitIndexed" } & Items)
  | ({ readonly tag: "EKInitConst"; readonly itemPos: number; readonly item: BlockKont } & Items)
  | { readonly tag: "EKStop"; readonly segment: ElemSegment };

export const ELEM_START: ElemKont = { tag: "EKStart" };

const itemKindLeaf: LeafCodec<ItemKind> = {
  encode: (kind) => Leaf.of(Uint8Array.of(kind === "Indexed" ? 0 : 1)),
  decode(bytes) {
    if (bytes.length !== 1 || (bytes[0] as number) > 1) throw new Error("unknown kind of items");
    return bytes[0] === 0 ? "Indexed" : "Const";
  },
};

const items = {
  mode: at("mode", leaf(segmentModeLeaf)),
  type: at("ref_type", leaf(refTypeLeaf)),
  items: at("einit_vec", fillingSchema(vector(indexSchema))),
};

export const elemKontSchema: Schema<ElemKont> = tagged<ElemKont>(text, {
  EKStart: "unit",
  EKMode: {
    left: at("left", positionSchema),
    index: at("index", leaf(int32)),
    itemKind: at("index_kind", leaf(itemKindLeaf)),
    impliedType: at("early_ref_type", optionalLeaf(refTypeLeaf)),
    offsetPos: at("offset_kont", positionSchema),
    offset: at("offset_kont_code", blockKontSchema),
  },
  EKInitIndexed: items,
  EKInitConst: {
    ...items,
    itemPos: at("einit_kont_pos", positionSchema),
    item: at("einit_kont_block", blockKontSchema),
  },
  EKStop: { segment: elemSegmentSchema },
});

function elemKind(stream: ByteStream): RefType {
  if (stream.u8() !== 0) throw GuestError.withMessage("malformed element kind");
  return "funcref";
}

function itemsStart(stream: ByteStream, itemKind: ItemKind, mode: SegmentMode, type: RefType): ElemKont {
  const length = stream.count();
  if (itemKind === "Indexed") return { tag: "EKInitIndexed", mode, type, items: emptyFilling(length) };
  return { tag: "EKInitConst", mode, type, items: emptyFilling(length), itemPos: stream.position, item: BLOCK_START };
}

/** The kinds: bit 0, not active; bit 1, declarative if not active, else with a table index; bit 2, items are expressions. */
function startStep(stream: ByteStream): ElemKont {
  const flags = stream.unsigned(32);
  if (flags > 7) throw GuestError.withMessage("malformed elements segment kind");
  const itemKind: ItemKind = (flags & 4) === 0 ? "Indexed" : "Const";
  if ((flags & 1) !== 0) {
    const mode: SegmentMode = { tag: (flags & 2) === 0 ? "Passive" : "Declarative" };
    return itemsStart(stream, itemKind, mode, itemKind === "Indexed" ? elemKind(stream) : refType(stream));
  }
  const left = stream.position;
  const hasIndex = (flags & 2) !== 0;
  const index = hasIndex ? stream.index() : 0;
  return {
    tag: "EKMode",
    left,
    index,
    itemKind,
    impliedType: hasIndex ? null : "funcref",
    offsetPos: stream.position,
    offset: BLOCK_START,
  };
}

function modeStep(context: DecodeContext, kont: ElemKont & { tag: "EKMode" }): ElemKont {
  const { stream } = context;
  const { offset, itemKind } = kont;
  if (offset.tag !== "BlockStop") return { ...kont, offset: blockStep(context, offset) };
  stream.end();
  const mode: SegmentMode = { tag: "Active", index: kont.index, offset: offset.label };
  const type = kont.impliedType ?? (itemKind === "Indexed" ? elemKind(stream) : refType(stream));
  return itemsStart(stream, itemKind, mode, type);
}

export function elemStep(context: DecodeContext, kont: ElemKont): ElemKont {
  const { stream } = context;
  switch (kont.tag) {
    case "EKStart":
      return startStep(stream);
    case "EKMode":
      return modeStep(context, kont);
    case "EKInitIndexed": {
      if (isFull(kont.items)) return segmentOf(kont);
      const index = stream.index();
      const label = context.allocateBlock();
      context.addToBlock(label, indexedInstruction("RefFunc", index));
      return { ...kont, items: fill(kont.items, label) };
    }
    case "EKInitConst": {
      if (isFull(kont.items)) return segmentOf(kont);
      if (kont.item.tag !== "BlockStop") return { ...kont, item: blockStep(context, kont.item) };
      stream.end();
      const filled = fill(kont.items, kont.item.label);
      return { ...kont, items: filled, itemPos: stream.position, item: BLOCK_START };
    }
    case "EKStop":
      throw new StepError("Elem_step");
  }
}

function segmentOf({ type, items: { vector: init }, mode }: Items): ElemKont {
  return { tag: "EKStop", segment: { type, init, mode } };
}
