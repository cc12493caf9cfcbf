// Boxes and JSON laid out as OCaml's Format does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/encoding/json.js";
import { printOctezJson } from "../../../src/l1/client/octez-json.js";
import { type BoxKind, TextBoxes, widthOf } from "../../../src/l1/client/text-boxes.js";

function three(kind: BoxKind, margin: number, indent = 0): string {
  const boxes = new TextBoxes(margin);
  boxes.box(kind, indent, () => boxes.text("aaaa").space().text("bbbb").space().text("cccc"));
  return boxes.finish();
}

describe("boxes", () => {
  it.each<[BoxKind, number, string]>([
    ["h", 20, "aaaa bbbb cccc"],
    ["h", 12, "aaaa bbbb cccc"],
    ["v", 40, "aaaa\nbbbb\ncccc"],
    ["hv", 40, "aaaa bbbb cccc"],
    ["hv", 12, "aaaa\nbbbb\ncccc"],
    ["hov", 40, "aaaa bbbb cccc"],
    ["hov", 12, "aaaa bbbb\ncccc"],
    ["b", 12, "aaaa bbbb\ncccc"],
  ])("%s in %i columns", (kind, margin, expected) => {
    expect(three(kind, margin)).toBe(expected);
  });

  it("indent what follows", () => {
    expect(three("v", 40, 2)).toBe("aaaa\n  bbbb\n  cccc");
    const boxes = new TextBoxes(40);
    boxes.box("v", 2, () => {
      boxes.text("Title:").cut();
      boxes.text("- ").box("v", 0, () => boxes.text("one").cut().text("two"));
      boxes.cut().text("end");
    });
    expect(boxes.finish()).toBe("Title:\n  - one\n    two\n  end");
  });

  it("close what is left open, and take marks for nothing", () => {
    const boxes = new TextBoxes(12);
    boxes.open("hov", 1).mark("\u001b[1m").text("aaaa").mark("\u001b[0m").space().text("bbbb").space().text("ccc");
    expect(boxes.finish()).toBe("\u001b[1maaaa\u001b[0m bbbb\n ccc");
    expect(new TextBoxes().close().text("x").finish()).toBe("x");
    expect(new TextBoxes().box("hov", 0, (box) => box.words("a b\nc")).finish()).toBe("a b\nc");
  });

  it("count bytes, as OCaml does", () => {
    expect([widthOf("abc"), widthOf("ꜩ"), widthOf("é")]).toEqual([3, 3, 2]);
  });

  it("keep words and their order, and the margin where they can", () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const kind = fc.constantFrom<BoxKind>("h", "v", "hv", "hov", "b");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kind, fc.array(word, { minLength: 1, maxLength: 12 })), { maxLength: 6 }),
        (all) => {
          const boxes = new TextBoxes(40);
          boxes.open("v", 0);
          boxes.list(all, ([one, list]) => {
            boxes.box(one, 1, () =>
              boxes.list(
                list,
                (text) => boxes.text(text),
                () => boxes.space(),
              ),
            );
          });
          const text = boxes.finish();
          const words = all.flatMap(([, list]) => list);
          expect(text.split(/\s+/).filter((one) => one !== "")).toEqual(words);
          if (all.every(([one]) => one !== "h")) {
            for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe("JSON", () => {
  it.each<[Json, string]>([
    [null, "null"],
    ['\u0001"\\\n', '"\\u0001\\"\\\\\\n"'],
    [[], "[]"],
    [{}, "{}"],
    [[1, 2], "[ 1, 2 ]"],
    [{ a: { b: [true] } }, '{ "a": { "b": [ true ] } }'],
  ])("%j", (json, text) => {
    expect(printOctezJson(json)).toBe(text);
  });

  it("is broken as Octez breaks it", () => {
    const hash = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";
    expect(printOctezJson({ protocol: hash, next_protocol: hash })).toBe(
      `{ "protocol": "${hash}",\n  "next_protocol": "${hash}" }`,
    );
  });

  it("stays the same JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = printOctezJson(json as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
