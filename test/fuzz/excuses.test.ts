// What V8 accepts beyond WebAssembly 2.0 is excused, each for its reason; what is wrong is not.
import { describe, expect, it } from "vitest";
import { excuse } from "./excuses.js";
import { type Code, emptyDraft } from "./module/draft.js";
import { encode, encodeSections, name, section } from "./module/encode.js";
import { i32Const, zero } from "./module/numbers.js";
import { ourVerdict, validateTarget } from "./targets/validate.js";

/** A module with one function of some code, without parameters and results, a memory and a table. */
function withCode(...code: Code[]): Uint8Array {
  const draft = emptyDraft();
  draft.types.push({ params: [], results: [] });
  draft.memories.push({ min: 1, max: null });
  draft.tables.push({ type: "funcref", limits: { min: 1, max: null } });
  draft.functions.push({ type: 0, locals: [], code });
  return encode(draft);
}

function withGlobal(...init: Code[]): Uint8Array {
  const draft = emptyDraft();
  draft.globals.push({ type: "i32", mutable: false, init });
  return encode(draft);
}

function withImportName(length: number): Uint8Array {
  const draft = emptyDraft();
  draft.types.push({ params: [], results: [] });
  draft.imports.push({ module: "m", name: "n".repeat(length), what: { kind: "func", type: 0 } });
  return encode(draft);
}

const BEYOND: readonly (readonly [string, Uint8Array])[] = [
  ["a tail call", withCode([0x12, 0])],
  ["atomics", withCode([0xfe, 0x03, 0x00])],
  ["arithmetic in constant expressions", withGlobal(i32Const(1), i32Const(2), [0x6a])],
  ["an opcode of garbage collection", withCode([0x00], [0xd3], [0x1a])],
  ["relaxed SIMD", withCode([0x00], [0xfd, 0x80, 0x02], [0x1a])],
  ["a tag section", encodeSections([section(1, [1, 0x60, 0, 0]), section(13, [1, 0, 0])])],
  ["a shared memory", encodeSections([section(5, [1, 3, 1, 1])])],
  ["a long index of a memory", withCode(i32Const(0), [0x40, 0x80, 0x00], [0x1a])],
  ["a long type of a reference", withCode([0xd0, 0xf0, 0x7f], [0x1a])],
  ["a name of 513 bytes", withImportName(513)],
];

/** What only newer V8s know. */
const NEWER: readonly (readonly [string, Uint8Array])[] = [
  ["two memories", encodeSections([section(5, [2, 0, 1, 0, 1])])],
  ["a memory with addresses of 64 bits", encodeSections([section(5, [1, 4, 1])])],
  ["anyref", encodeSections([section(1, [1, 0x60, 1, 0x6e, 0])])],
  ["a struct type", encodeSections([section(1, [1, 0x5f, 0])])],
  ["an array type", encodeSections([section(1, [1, 0x5e, 0x7f, 0])])],
  ["a flag of memories in an access", withCode(i32Const(0), [0x28, 0x42, 0, 0], [0x1a])],
  [
    "a global of its own in a constant",
    encodeSections([section(6, [2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b])]),
  ],
];

describe("excuses", () => {
  it.each(BEYOND)("%s is refused by us, and excused where V8 accepts it", (_what, binary) => {
    const refusal = ourVerdict(binary);
    expect(refusal).not.toBeNull();
    expect(excuse(binary, refusal, null)).toMatch(/2\.0|V8|512/);
    // Not every V8 knows all of them.
    expect(validateTarget().check(binary)).toBe(WebAssembly.validate(binary as never) ? "undecided" : "passed");
  });

  it.each(NEWER)("%s is refused by us, and excused where V8 accepts it", (_what, binary) => {
    expect(ourVerdict(binary)).not.toBeNull();
    expect(validateTarget().check(binary)).toBe(WebAssembly.validate(binary as never) ? "undecided" : "passed");
  });

  it("a custom section that V8 cannot read is excused, as V8's limits are", () => {
    const custom = encodeSections([section(0, [0x7e, 0x6e])]);
    expect(ourVerdict(custom)).toBeNull();
    expect(validateTarget().check(custom)).toBe("undecided");
    const manyLocals = emptyDraft();
    manyLocals.types.push({ params: [], results: [] });
    manyLocals.functions.push({ type: 0, locals: new Array<"i32">(60_000).fill("i32"), code: [] });
    expect(validateTarget().check(encode(manyLocals))).toBe("undecided");
    expect(validateTarget().check(withCode())).toBe("passed");
  });

  it("nothing else is", () => {
    const wrong = withCode(i32Const(1), zero("i64"), [0x6a], [0x1a]);
    expect(excuse(wrong, ourVerdict(wrong), null)).toBeNull();
    expect(excuse(wrong, null, "CompileError: WebAssembly.Module(): type error in operand @+50")).toBeNull();
    expect(withImportName(512)).toSatisfy((binary: Uint8Array) => ourVerdict(binary) === null);
    expect(() => validateTarget(() => null).check(wrong)).toThrow(/ours: accepted, V8: .*i32\.add/);
    expect(() => validateTarget(() => ({ message: "no", instruction: null })).check(withCode())).toThrow(
      /V8: accepted/,
    );
  });

  it("a module with a name in a custom section is accepted by both", () => {
    const binary = encodeSections([section(0, [...name("note"), 1, 2, 3])]);
    expect(validateTarget().check(binary)).toBe("passed");
  });
});
