// What an error says: the part, the way to the instruction, its byte, the types.
import { describe, expect, it } from "vitest";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import { ValidationError } from "../../../src/wasm/validate/errors.js";
import { validateModule } from "../../../src/wasm/validate/validate.js";
import { assemble, errorsOf } from "./support.js";

/** The messages of a module's errors, and the byte each names. */
function messages(text: string): string[] {
  return errorsOf(assemble(text)).map((error) => error.message);
}

/** The bytes of a binary at which the errors of a module are. */
function bytesAt(text: string): (number | undefined)[] {
  const bytes = assemble(text);
  return errorsOf(bytes).map(({ offset }) => (offset === null ? undefined : bytes[offset]));
}

const OPCODE = { end: 0x0b, else: 0x05, i32Add: 0x6a, call: 0x10, drop: 0x1a, i64Const: 0x42, refFunc: 0xd2 } as const;

describe("an error in a function", () => {
  const nested = `(module
    (import "m" "f" (func))
    (func (export "first") (nop))
    (func (export "second")
      (nop)
      (block (if (i32.const 1) (then (nop)) (else (nop) (drop (i32.add (i64.const 7) (i32.const 1))))))))`;

  it("names the function, its export, the way to the instruction and the types", () => {
    const [error, ...others] = errorsOf(assemble(nested));
    expect(others).toEqual([]);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      code: "wasm.invalid",
      reason: "type mismatch",
      expected: "[i32 i32]",
      actual: "[i64 i32]",
      place: {
        part: "function",
        index: 2,
        name: "second",
        code: {
          instruction: "i32.add",
          path: [
            { block: "body", index: 1 },
            { block: "body", index: 1 },
            { block: "else", index: 3 },
          ],
        },
      },
    });
    expect(error?.message).toMatch(
      /^function 2 "second" i32\.add at body\[1\]\.body\[1\]\.else\[3\] \(byte \d+\): type mismatch: expected \[i32 i32\], found \[i64 i32\]$/,
    );
    expect(bytesAt(nested)).toEqual([OPCODE.i32Add]);
  });

  it("may stand at the end of a block, an if's branch or the body", () => {
    const block = "(module (func (block (result i32) (nop)) (drop)))";
    expect(messages(block)).toEqual([
      "function 0 end at body[0].body[1] (byte 26): type mismatch: expected [i32], found []",
    ]);
    expect(bytesAt(block)).toEqual([OPCODE.end]);
    const branch = "(module (func (if (result i32) (i32.const 1) (then (nop)) (else (i32.const 2))) (drop)))";
    expect(errorsOf(assemble(branch))[0]?.place.code).toMatchObject({ instruction: null, ordinal: 1 });
    expect(bytesAt(branch)).toEqual([OPCODE.else]);
    const missing = "(module (func (if (result i32) (i32.const 1) (then (i32.const 2))) (drop)))";
    expect(messages(missing)[0]).toContain("end at body[1].else[0]");
    expect(bytesAt(missing)).toEqual([OPCODE.end]);
    const body = "(module (func (result i32) (nop)) (func (i32.const 1)))";
    expect(messages(body).map((text) => text.replace(/ \(byte.*\)/, ""))).toEqual([
      "function 0 end at body[1]: type mismatch: expected [i32], found []",
      "function 1 end at body[1]: type mismatch: expected [], found [i32]",
    ]);
    expect(bytesAt(body)).toEqual([OPCODE.end, OPCODE.end]);
  });

  it("shows where operands may be anything", () => {
    expect(messages("(module (func (unreachable) (i64.const 1) (i32.add) (drop)))")[0]).toContain(
      "expected [i32 i32], found ... [i64]",
    );
  });

  it("is reported once for each function", () => {
    const text = `(module (func (i32.const 1) (i64.const 2)) (func) (func (call 9)) (func (local.get 4) (drop)))`;
    expect(errorsOf(assemble(text)).map(({ place, reason }) => [place.index, reason])).toEqual([
      [0, "type mismatch"],
      [2, "unknown function 9"],
      [3, "unknown local 4"],
    ]);
  });

  it("is thrown by validateModule", () => {
    const module = decodeModule(assemble("(module (func (drop)))"), "full");
    expect(() => validateModule(module)).toThrow(
      "function 0 drop at body[0]: type mismatch: expected a value, found []",
    );
    expect(() => validateModule(decodeModule(assemble("(module (func (nop)))"), "full"))).not.toThrow();
  });

  it("has no place that is too deep", () => {
    const depth = 20_000;
    // By hand: wabt's parser is recursive.
    const body = [
      0,
      ...new Array(depth).fill([0x02, 0x40]).flat(),
      OPCODE.drop,
      ...new Array(depth + 1).fill(OPCODE.end),
    ];
    const size = (count: number): number[] => [(count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14];
    const code = [1, ...size(body.length), ...body];
    const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, ...size(code.length), ...code];
    const [error] = errorsOf(Uint8Array.from(bytes));
    expect(error?.place.code?.path.length).toBe(depth + 1);
    expect(error?.offset).toBe(bytes.indexOf(OPCODE.drop));
    expect(error?.message.length).toBeLessThan(300);
  });
});

describe("an error outside functions", () => {
  it.each([
    ['(module (import "m" "g" (global i32)) (global i64 (i32.const 1)))', "global 1 end at body[1]", OPCODE.end],
    ["(module (global i32 (i32.const 1)) (global i32 (i64.const 1)))", "global 1 end at body[1]", OPCODE.end],
    ["(module (global i32 (i32.const 1) (drop) (i32.const 2)))", "global 0 drop at body[1]", OPCODE.drop],
    [
      "(module (table 1 funcref) (elem (i32.const 0)) (elem (i64.const 0)))",
      "element segment 1 offset end",
      OPCODE.end,
    ],
    [
      "(module (func) (elem funcref (ref.null func) (ref.func 7)))",
      "element segment 0 item 1 ref.func at body[0]",
      OPCODE.refFunc,
    ],
    [
      "(module (table 1 externref) (elem (table 0) (i32.const 0) externref (ref.func 0)))",
      "element segment 0 item 0 ref.func",
      0xd2,
    ],
    [
      '(module (memory 1) (data "a") (data (i32.const 0) "b") (data (i64.const 0) "c"))',
      "data segment 2 offset end",
      OPCODE.end,
    ],
  ] as const)("%s", (text, place, opcode) => {
    const [message] = messages(text);
    expect(message).toContain(place);
    expect(bytesAt(text)[0]).toBe(opcode);
  });

  it.each([
    ["(module (memory 1) (memory 2))", "module: multiple memories (2)"],
    ["(module (memory 65537))", "memory 0: memory size must be at most 65536 pages (4GiB)"],
    ["(module (table 3 2 funcref))", "table 0: size minimum must not be greater than maximum"],
    ['(module (import "a" "b" (memory 2 1)))', 'import 0 "a.b": size minimum must not be greater than maximum'],
    ["(module (func (param i32)) (start 0))", "start function 0: start function must not have parameters or results"],
    ["(module (start 3))", "start function 3: unknown function 3"],
    ['(module (func (export "a")) (memory (export "a") 1))', 'export 1 "a": duplicate export name'],
    ['(module (export "g" (global 0)))', 'export 0 "g": unknown global 0'],
    [
      "(module (table 1 externref) (elem (i32.const 0) func))",
      "element segment 0: type mismatch: expected elements of externref, found elements of funcref",
    ],
    ['(module (data (i32.const 0) ""))', "data segment 0: unknown memory 0"],
  ])("%s", (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it("names types that do not exist", () => {
    // wabt refuses to write these: an import and a function of type 5, and a call of the latter.
    const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 5];
    bytes.push(3, 3, 2, 5, 0, 10, 9, 2, 2, 0, OPCODE.end, 4, 0, OPCODE.call, 1, OPCODE.end);
    expect(errorsOf(Uint8Array.from(bytes)).map((error) => error.message)).toEqual([
      'import 0 "a.b": unknown type 5',
      "function 1: unknown type 5",
      "function 2 call at body[0] (byte 36): unknown type of function 1",
    ]);
  });
});
