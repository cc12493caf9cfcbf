/** Data segments: a mode, then the bytes, one a tick (pvm.md §2.2). */
import { int32, int64Length, text } from "../../merkle/leaves.js";
import { at, leaf, type Schema, tagged } from "../../merkle/schema.js";
import { GuestError } from "../guest-errors.js";
import { dataSegmentSchema } from "../module-schema.js";
import type { DataSegment, SegmentMode } from "../syntax.js";
import { segmentModeLeaf } from "../syntax-leaves.js";
import { BLOCK_START, type BlockKont, blockKontSchema, blockStep } from "./block.js";
import type { ByteStream } from "./byte-stream.js";
import { positionSchema } from "./containers.js";
import type { DecodeContext } from "./context.js";
import { StepError } from "./errors.js";

/** Bytes being stored in the data `label`; `pos` of `length` are. */
export type BytesKont =
  | { readonly tag: "VKStart" }
  | { readonly tag: "VKRead"; readonly label: number; readonly pos: number; readonly length: number }
  | { readonly tag: "VKStop"; readonly label: number };

export type DataKont =
  | { readonly tag: "DKStart" }
  | {
      readonly tag: "DKMode";
      /** After the flags. */
      readonly left: number;
      readonly index: number;
      /** Where the offset begins. */
      readonly offsetPos: number;
      readonly offset: BlockKont;
    }
  | { readonly tag: "DKInit"; readonly mode: SegmentMode; readonly bytes: BytesKont }
  | { readonly tag: "DKStop"; readonly segment: DataSegment };

export const DATA_START: DataKont = { tag: "DKStart" };
const BYTES_START: BytesKont = { tag: "VKStart" };

const label = at("data_label", leaf(int32));

const bytesKontSchema: Schema<BytesKont> = tagged<BytesKont>(text, {
  VKStart: "unit",
  VKRead: { label, pos: at("pos", leaf(int64Length)), length: at("length", leaf(int64Length)) },
  VKStop: { label },
});

const mode = at("dmode", leaf(segmentModeLeaf));

export const dataKontSchema: Schema<DataKont> = tagged<DataKont>(text, {
  DKStart: "unit",
  DKMode: {
    left: at("left", positionSchema),
    index: at("index", leaf(int32)),
    offsetPos: at("offset_kont", positionSchema),
    offset: at("offset_kont_code", blockKontSchema),
  },
  DKInit: { mode, bytes: at("init_kont", bytesKontSchema) },
  DKStop: { segment: dataSegmentSchema },
});

function startStep(stream: ByteStream): DataKont {
  const kind = stream.unsigned(32);
  if (kind > 2) throw GuestError.withMessage("malformed data segment kind");
  if (kind === 1) return { tag: "DKInit", mode: { tag: "Passive" }, bytes: BYTES_START };
  const left = stream.position;
  const index = kind === 2 ? stream.index() : 0;
  return { tag: "DKMode", left, index, offsetPos: stream.position, offset: BLOCK_START };
}

function bytesStep(context: DecodeContext, kont: BytesKont): BytesKont {
  const { stream } = context;
  switch (kont.tag) {
    case "VKStart": {
      const length = stream.count();
      return { tag: "VKRead", label: context.allocateData(length), pos: 0, length };
    }
    case "VKRead": {
      const { label: data, pos, length } = kont;
      if (pos >= length) return { tag: "VKStop", label: data };
      context.storeData(data, pos, Uint8Array.of(stream.u8()));
      return { tag: "VKRead", label: data, pos: pos + 1, length };
    }
    case "VKStop":
      throw new StepError("Byte_vector_step");
  }
}

export function dataStep(context: DecodeContext, kont: DataKont): DataKont {
  switch (kont.tag) {
    case "DKStart":
      return startStep(context.stream);
    case "DKMode": {
      const { offset } = kont;
      if (offset.tag !== "BlockStop") return { ...kont, offset: blockStep(context, offset) };
      context.stream.end();
      const active: SegmentMode = { tag: "Active", index: kont.index, offset: offset.label };
      return { tag: "DKInit", mode: active, bytes: BYTES_START };
    }
    case "DKInit": {
      const { bytes } = kont;
      if (bytes.tag === "VKStop") return { tag: "DKStop", segment: { init: bytes.label, mode: kont.mode } };
      return { tag: "DKInit", mode: kont.mode, bytes: bytesStep(context, bytes) };
    }
    case "DKStop":
      throw new StepError("Data_step");
  }
}
