/** How instructions are stored: pvm-encodings.md §4.7. Tag spellings and key names are the reference's. */

import { MalformedState } from "../merkle/errors.js";
import { int32, text } from "../merkle/leaves.js";
import { Leaf } from "../merkle/node.js";
import { type LeafCodec, memoized, type Schema, type Slot, type View } from "../merkle/schema.js";
import {
  indexListLeaf,
  loadLeaf,
  numOpLeaf,
  selectLeaf,
  storeLeaf,
  vecBitsLeaf,
  vecExtractLeaf,
  vecLaneLeaf,
  vecLoadLeaf,
  vecOpLeaf,
  vecReplaceLeaf,
  vecStoreLeaf,
} from "./instruction-leaves.js";
import type { Instruction, InstructionTag, NumOpTag, VecBitsTag, VecOpTag } from "./syntax.js";
import { blockTypeLeaf, numLeaf, refTypeLeaf, vecLeaf } from "./syntax-leaves.js";

interface Form {
  save(slot: Slot, instruction: Instruction): void;
  load(view: View): Instruction;
}

/** The variant with a tag; variants that share their operands have several tags. */
type Of<K extends InstructionTag> = Instruction extends infer I
  ? I extends { readonly tag: infer T }
    ? K extends T
      ? I
      : never
    : never
  : never;
const EMPTY = Leaf.of(new Uint8Array(0));

/** No operand: an empty leaf. */
function plain(tag: InstructionTag): Form {
  const instruction = { tag } as Instruction;
  return {
    save: (slot) => slot.leaf(EMPTY),
    load(view) {
      view.leaf();
      return instruction;
    },
  };
}

/** All operands in the leaf `$1`. */
function single<K extends InstructionTag, T>(
  codec: LeafCodec<T>,
  get: (instruction: Of<K>) => T,
  make: (operand: T) => Of<K>,
): Form {
  return {
    save: (slot, instruction) => slot.at("$1").leaf(codec.encode(get(instruction as Of<K>))),
    load(view) {
      const place = view.at("$1");
      const bytes = place.leaf();
      try {
        return make(codec.decode(bytes));
      } catch (error) {
        throw new MalformedState(place.path, String(error));
      }
    },
  };
}

/** An operand that has its own field in the instruction. */
function whole<K extends InstructionTag>(tag: K, codec: LeafCodec<Omit<Of<K>, "tag">>): Form {
  return single<K, Omit<Of<K>, "tag">>(
    codec,
    (instruction) => instruction,
    (operand) => ({ tag, ...operand }) as unknown as Of<K>,
  );
}

/** Operands under `1/$1`, `2/$2`, … */
function several<K extends InstructionTag>(
  tag: K,
  operands: readonly (readonly [field: string, codec: LeafCodec<never>])[],
): Form {
  return {
    save(slot, instruction) {
      operands.forEach(([field, codec], index) => {
        const value = (instruction as unknown as Record<string, never>)[field] as never;
        slot
          .at(String(index + 1))
          .at(`$${index + 1}`)
          .leaf(codec.encode(value));
      });
    },
    load(view) {
      const instruction: Record<string, unknown> = { tag };
      operands.forEach(([field, codec], index) => {
        const place = view.at(String(index + 1)).at(`$${index + 1}`);
        const bytes = place.leaf();
        try {
          instruction[field] = codec.decode(bytes);
        } catch (error) {
          throw new MalformedState(place.path, String(error));
        }
      });
      return instruction as unknown as Instruction;
    },
  };
}

function indexed(tag: InstructionTag): Form {
  return single<"Br", number>(
    int32,
    ({ index }) => index,
    (index) => ({ tag, index }) as unknown as Of<"Br">,
  );
}

const forms = new Map<InstructionTag, Form>();

for (const tag of [
  "Unreachable",
  "Nop",
  "Drop",
  "Return",
  "MemorySize",
  "MemoryGrow",
  "MemoryFill",
  "MemoryCopy",
  "RefIsNull",
] as const) {
  forms.set(tag, plain(tag));
}
for (const tag of [
  "Br",
  "BrIf",
  "Call",
  "LocalGet",
  "LocalSet",
  "LocalTee",
  "GlobalGet",
  "GlobalSet",
  "TableGet",
  "TableSet",
  "TableSize",
  "TableGrow",
  "TableFill",
  "ElemDrop",
  "MemoryInit",
  "DataDrop",
  "RefFunc",
] as const) {
  forms.set(tag, indexed(tag));
}
for (const tag of ["Test", "Compare", "Unary", "Binary", "Convert"] as const satisfies readonly NumOpTag[]) {
  forms.set(
    tag,
    single<NumOpTag, Of<NumOpTag>["op"]>(
      numOpLeaf(tag),
      ({ op }) => op,
      (op) => ({ tag, op }),
    ),
  );
}
for (const tag of [
  "VecTest",
  "VecCompare",
  "VecUnary",
  "VecBinary",
  "VecConvert",
  "VecShift",
  "VecBitmask",
  "VecSplat",
] as const satisfies readonly VecOpTag[]) {
  forms.set(
    tag,
    single<VecOpTag, Of<VecOpTag>["op"]>(
      vecOpLeaf(tag),
      ({ op }) => op,
      (op) => ({ tag, op }),
    ),
  );
}
for (const tag of ["VecTestBits", "VecUnaryBits", "VecBinaryBits", "VecTernaryBits"] as const) {
  forms.set(
    tag,
    single<VecBitsTag, Of<VecBitsTag>["name"]>(
      vecBitsLeaf(tag),
      ({ name }) => name,
      (name) => ({ tag, name }),
    ),
  );
}
forms.set(
  "Select",
  single<"Select", Of<"Select">["types"]>(
    selectLeaf,
    ({ types }) => types,
    (types) => ({ tag: "Select", types }),
  ),
);
const blockOperands = [
  ["type", blockTypeLeaf],
  ["body", int32],
] as const;
forms.set("Block", several("Block", blockOperands as never));
forms.set("Loop", several("Loop", blockOperands as never));
forms.set(
  "If",
  several("If", [
    ["type", blockTypeLeaf],
    ["then", int32],
    ["else", int32],
  ] as never),
);
forms.set(
  "BrTable",
  several("BrTable", [
    ["targets", indexListLeaf],
    ["default", int32],
  ] as never),
);
forms.set(
  "CallIndirect",
  several("CallIndirect", [
    ["table", int32],
    ["type", int32],
  ] as never),
);
forms.set(
  "TableCopy",
  several("TableCopy", [
    ["destination", int32],
    ["source", int32],
  ] as never),
);
forms.set(
  "TableInit",
  several("TableInit", [
    ["table", int32],
    ["segment", int32],
  ] as never),
);
forms.set("Load", whole("Load", loadLeaf));
forms.set("Store", whole("Store", storeLeaf));
forms.set("VecLoad", whole("VecLoad", vecLoadLeaf));
forms.set("VecStore", whole("VecStore", vecStoreLeaf));
forms.set("VecLoadLane", whole("VecLoadLane", vecLaneLeaf as never));
forms.set("VecStoreLane", whole("VecStoreLane", vecLaneLeaf as never));
forms.set("VecExtract", whole("VecExtract", vecExtractLeaf));
forms.set("VecReplace", whole("VecReplace", vecReplaceLeaf));
forms.set(
  "RefNull",
  single<"RefNull", Of<"RefNull">["type"]>(
    refTypeLeaf,
    ({ type }) => type,
    (type) => ({ tag: "RefNull", type }),
  ),
);
forms.set(
  "Const",
  single<"Const", Of<"Const">["value"]>(
    numLeaf,
    ({ value }) => value,
    (value) => ({ tag: "Const", value }),
  ),
);
forms.set(
  "VecConst",
  single<"VecConst", Uint8Array>(
    vecLeaf,
    ({ bytes }) => bytes,
    (bytes) => ({ tag: "VecConst", bytes }),
  ),
);

const tagLeaves = new Map<string, Leaf>([...forms.keys()].map((tag) => [tag, text.encode(tag)]));

export const instructionSchema: Schema<Instruction> = memoized({
  save(slot: Slot, instruction: Instruction): void {
    const form = forms.get(instruction.tag);
    const tag = tagLeaves.get(instruction.tag);
    if (form === undefined || tag === undefined) throw new Error(`no stored form of ${instruction.tag}`);
    slot.at("tag").leaf(tag);
    form.save(slot.at("value"), instruction);
  },
  load(view: View): Instruction {
    const place = view.at("tag");
    const tag = text.decode(place.leaf());
    const form = forms.get(tag as InstructionTag);
    if (form === undefined) throw new MalformedState(place.path, `unknown instruction ${JSON.stringify(tag)}`);
    return form.load(view.at("value"));
  },
});
