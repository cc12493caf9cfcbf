// Forms: both shapes of small made-up types, and the places that errors name.
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError, EncodeError } from "../../src/encoding/errors.js";
import {
  dft,
  type Form,
  listOf,
  mapped,
  nullable,
  objectForm,
  opt,
  refined,
  req,
  shapesForm,
  sized,
  sizeLimited,
  variant,
  variantsForm,
} from "../../src/encoding/form.js";
import {
  base58Form,
  boolForm,
  boundedNat,
  bytesForm,
  enumForm,
  int16Form,
  int31Form,
  int64Form,
  natForm,
  positiveInt64Form,
  textForm,
  uint8Form,
  uint16Form,
  zForm,
} from "../../src/encoding/form-leaves.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { JsonError } from "../../src/encoding/json.js";

function both<T>(form: Form<T>, value: T, hex: string, json: unknown): void {
  expect(toHex(encode(form, value))).toBe(hex);
  expect(decode(form, fromHex(hex))).toEqual(value);
  expect(form.toJson(value)).toEqual(json);
  expect(form.fromJson(json)).toEqual(value);
}

function jsonPath(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof JsonError) return error.path;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("leaves", () => {
  it("have both shapes", () => {
    both(uint8Form, 255, "ff", 255);
    both(uint16Form, 258, "0102", 258);
    both(int16Form, -2, "fffe", -2);
    both(int31Form, -1, "ffffffff", -1);
    both(int64Form, -1n, "ffffffffffffffff", "-1");
    both(natForm, 300n, "ac02", "300");
    both(zForm, -77n, "cd01", "-77");
    both(boolForm, true, "ff", true);
    both(textForm, "é", "00000002c3a9", "é");
    both(bytesForm, Uint8Array.of(1, 2), "000000020102", "0102");
    both(enumForm("fruit", ["apple", "pear"]), "pear", "01", "pear");
    both(base58Form<Uint8Array>("chainId"), fromHex("7a06a770"), "7a06a770", "NetXdQprcVkpaWU");
  });

  it.each<[string, Form<unknown>, unknown]>([
    ["number for a decimal", natForm, 1],
    ["negative natural", natForm, "-1"],
    ["hexadecimal numeral", natForm, "0x1"],
    ["endless numeral", natForm, "9".repeat(20_000)],
    ["too big an int64", int64Form, String(2n ** 63n)],
    ["negative int64", positiveInt64Form, "-1"],
    ["fraction", uint8Form, 1.5],
    ["too big a byte", uint8Form, 256],
    ["too long a natural", boundedNat(2), String(2 ** 14)],
    ["odd hexadecimal", bytesForm, "0"],
    ["no boolean", boolForm, "true"],
    ["no such name", enumForm("fruit", ["apple"]), "plum"],
    ["bad checksum", base58Form<Uint8Array>("chainId"), "NetXdQprcVkpaWV"],
    ["lone surrogate", textForm, "\udc00"],
  ])("refuse %s", (_, form, json) => {
    expect(() => form.fromJson(json)).toThrow(JsonError);
  });

  it("bound naturals in bytes", () => {
    const form = boundedNat(2);
    both(form, 2n ** 14n - 1n, "ff7f", String(2 ** 14 - 1));
    expect(() => encode(form, 2n ** 14n)).toThrow(EncodeError);
    expect(() => decode(form, fromHex("ffff01"))).toThrow(DecodeError);
  });
});

const person = objectForm("person", {
  firstName: req("name", textForm),
  age: opt("age", uint8Form, (age) => age === 0),
  tags: dft("tags", listOf(uint8Form), []),
  rank: dft("rank", uint8Form, 3),
});

describe("objects", () => {
  it("write absent fields as a zero byte, and default ones always", () => {
    both(person, { firstName: "a", age: 5, tags: [1], rank: 4 }, "0000000161ff05000000010104", {
      name: "a",
      age: 5,
      tags: [1],
      rank: 4,
    });
    both(person, { firstName: "a", tags: [], rank: 3 }, "0000000161000000000003", { name: "a" });
  });

  it("take a void value for an absent one", () => {
    const value = { firstName: "a", tags: [], rank: 3 };
    expect(toHex(encode(person, { ...value, age: 0 }))).toBe("0000000161000000000003");
    expect(decode(person, fromHex("0000000161ff000000000003"))).toEqual(value);
    expect(person.toJson({ ...value, age: 0 })).toEqual({ name: "a" });
    expect(person.fromJson({ name: "a", age: 0 })).toEqual(value);
  });

  it("name the place of what is wrong", () => {
    expect(jsonPath(() => person.fromJson({ name: "a", tags: [1, 300] }))).toBe("tags[1]");
    expect(jsonPath(() => person.fromJson({ name: 1 }))).toBe("name");
    expect(() => person.fromJson({})).toThrow(/missing field "name"/);
    expect(() => person.fromJson({ name: "a", firstName: "a" })).toThrow(/unexpected field "firstName"/);
    expect(() => person.fromJson(JSON.parse('{"__proto__": {"name": "a"}}'))).toThrow(JsonError);
    expect(() => decode(person, fromHex("00000001ff"))).toThrow(expect.objectContaining({ path: "firstName" }));
    const bad = { firstName: "a", tags: [1, 2, 999], rank: 0 };
    expect(() => encode(person, bad)).toThrow(expect.objectContaining({ path: "tags[2]" }));
  });
});

describe("unions", () => {
  const shape = variantsForm("shape", "kind", {
    circle: variant(1, { type: "round" }, { radius: req("radius", uint8Form) }),
    point: variant(4, { type: "flat" }, {}),
    square: variant(7, { type: "flat" }, { side: req("side", uint8Form) }),
  });

  it("of objects go by tag, and by constants or what reads", () => {
    both(shape, { kind: "circle", radius: 2 }, "0102", { type: "round", radius: 2 });
    both(shape, { kind: "point" }, "04", { type: "flat" });
    both(shape, { kind: "square", side: 3 }, "0703", { type: "flat", side: 3 });
    expect(() => decode(shape, fromHex("02"))).toThrow(expect.objectContaining({ code: "encoding.unknown_tag" }));
    expect(() => shape.fromJson({ type: "cube" })).toThrow(
      expect.objectContaining({ code: "encoding.json.no_case_matched" }),
    );
    expect(jsonPath(() => shape.fromJson({ type: "round", radius: "x" }))).toBe("radius");
    expect(() => encode(shape, { kind: "cube" } as never)).toThrow(EncodeError);
  });

  it("of other values go by shape", () => {
    type Value = number | string;
    const form = shapesForm<Value>("number or text", [
      { tag: 0, form: uint8Form as Form<Value>, is: (value) => typeof value === "number" },
      {
        tag: 1,
        form: textForm as Form<Value>,
        is: (value) => typeof value === "string",
        fits: (json) => typeof json === "string",
      },
    ]);
    both<Value>(form, 9, "0009", 9);
    both<Value>(form, "x", "010000000178", "x");
    expect(() => form.fromJson(true)).toThrow(JsonError);
    expect(() => decode(form, fromHex("05"))).toThrow(DecodeError);
    expect(() => encode(form, true as never)).toThrow(EncodeError);
  });
});

describe("wrappers", () => {
  it("sized, limited, nullable, mapped and refined forms have both shapes", () => {
    both(sized(uint16Form), 1, "000000020001", 1);
    both(sizeLimited(6, bytesForm), Uint8Array.of(1, 2), "000000020102", "0102");
    expect(() => encode(sizeLimited(5, bytesForm), Uint8Array.of(1, 2))).toThrow(EncodeError);
    expect(() => decode(sizeLimited(5, bytesForm), fromHex("000000020102"))).toThrow(DecodeError);
    both(nullable(uint8Form), null, "00", null);
    both(nullable(uint8Form), 7, "0107", 7);
    both(
      mapped(
        uint8Form,
        (n) => n * 2,
        (n) => n / 2,
      ),
      8,
      "04",
      4,
    );
    const even = refined(uint8Form, (n) => n % 2 === 0, "odd");
    both(even, 4, "04", 4);
    expect(() => encode(even, 5)).toThrow(EncodeError);
    expect(() => decode(even, fromHex("05"))).toThrow(DecodeError);
    expect(() => even.fromJson(5)).toThrow(JsonError);
  });
});
