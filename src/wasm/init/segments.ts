/** The code that copies a module's active segments into its tables and memory, and that calls its start function (pvm.md §3.2). */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { type AdminInstruction, type Code, fromBlock, plain } from "../eval/admin.js";
import type { ModuleInstance } from "../runtime.js";
import type { DataSegment, ElemSegment } from "../syntax.js";
import { dataOfOtherMemory, deadState } from "./init-errors.js";

const NO_CODE: Code = LazyVector.empty();

/** Copies a whole segment of `length` elements to where its offset's block says, then drops it. */
function copyAll(offset: number, length: number, copy: AdminInstruction, drop: AdminInstruction): Code {
  return LazyVector.of([
    fromBlock(offset),
    plain({ tag: "Const", value: { type: "i32", value: 0 } }),
    plain({ tag: "Const", value: { type: "i32", value: length | 0 } }),
    copy,
    drop,
  ]);
}

export function elemCode({ init, mode }: ElemSegment, index: number): Code {
  const drop = plain({ tag: "ElemDrop", index });
  switch (mode.tag) {
    case "Passive":
      return NO_CODE;
    case "Declarative":
      return LazyVector.of([drop]);
    case "Active":
      return copyAll(mode.offset, init.length, plain({ tag: "TableInit", table: mode.index, segment: index }), drop);
  }
}

/** Looks the data's length up in the instance. Throws `GuestError`. */
export function dataCode(instance: ModuleInstance, { init, mode }: DataSegment, index: number): Code {
  switch (mode.tag) {
    case "Passive":
      return NO_CODE;
    case "Declarative":
      throw deadState("Run_data_step");
    case "Active": {
      if (mode.index !== 0) throw dataOfOtherMemory();
      const { length } = instance.allocations.datas.get(init);
      return copyAll(mode.offset, length, plain({ tag: "MemoryInit", index }), plain({ tag: "DataDrop", index }));
    }
  }
}

export function startCode(start: number | null): Code {
  return start === null ? NO_CODE : LazyVector.of([plain({ tag: "Call", index: start })]);
}
