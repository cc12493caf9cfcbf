// What holds of all values: packing is undone by unpacking, forms are turned into one another and back, comparable values are in one order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../../../src/encoding/binary.js";
import { type Micheline, michelineCodec, michelineEquals } from "../../../../src/encoding/micheline.js";
import { Checker } from "../../../../src/l1/sandbox/michelson/code-checker.js";
import { compare } from "../../../../src/l1/sandbox/michelson/compare.js";
import { writeData } from "../../../../src/l1/sandbox/michelson/data-writer.js";
import { unpackExpression } from "../../../../src/l1/sandbox/michelson/packing.js";
import { ALLOWED, parseTypeExpression } from "../../../../src/l1/sandbox/michelson/type-parser.js";
import { ProtocolError } from "../../../../src/protocol/errors.js";
import { Gas, RUNTIME, run } from "./harness.js";
import { comparables, packable, valueRead } from "./typed-values.js";

const RUNS = { seed: 20_261_124, numRuns: 400 } as const;

const MODES = ["Readable", "Optimized", "Optimized_legacy"] as const;

function written(type: Micheline, expression: Micheline, mode: (typeof MODES)[number]): Micheline {
  const tools = new Checker(new Gas());
  return writeData(parseTypeExpression(type, ALLOWED.any), valueRead(type, expression), { mode, tools });
}

describe("values", () => {
  it("are the same in every form, and each form is made of every other", () => {
    fc.assert(
      fc.property(packable(1), ({ type, values: [value = []] }) => {
        for (const from of MODES) {
          const form = written(type, value, from);
          // As they are kept and sent.
          const copy = decode(michelineCodec, encode(michelineCodec, form));
          for (const to of MODES) {
            expect(michelineEquals(written(type, copy, to), written(type, value, to))).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  it("are read as they are printed", () => {
    fc.assert(
      fc.property(packable(1), ({ type, values: [value = []] }) => {
        const { value: kept } = RUNTIME.checkData(type, value, new Gas(), { tickets: false });
        const readable = RUNTIME.readable(type, kept);
        const again = RUNTIME.checkData(type, readable, new Gas(), { tickets: false }).value;
        expect(michelineEquals(again, kept)).toBe(true);
      }),
      RUNS,
    );
  });

  it("are packed and unpacked by contracts", () => {
    fc.assert(
      fc.property(packable(1), ({ type, values: [value = []] }) => {
        const unpack = { prim: "UNPACK", args: [type] };
        const code: Micheline = [
          { prim: "parameter", args: [type] },
          { prim: "storage", args: [{ prim: "option", args: [type] }] },
          {
            prim: "code",
            args: [
              [
                { prim: "CAR" },
                { prim: "PACK" },
                unpack,
                { prim: "NIL", args: [{ prim: "operation" }] },
                { prim: "PAIR" },
              ],
            ],
          },
        ];
        const { storage } = run(code, "None", "{}", { parameter: value });
        expect(storage).toEqual({ prim: "Some", args: [written(type, value, "Optimized")] });
        const packed = RUNTIME.pack(type, value, new Gas());
        const unpacked = unpackExpression(packed);
        if (unpacked === undefined) throw new Error("cannot be unpacked");
        expect(michelineEquals(written(type, unpacked, "Optimized"), written(type, value, "Optimized"))).toBe(true);
        expect(RUNTIME.pack(type, unpacked, new Gas())).toEqual(packed);
      }),
      RUNS,
    );
  });

  it("of bytes that nobody packed are none, or are packed so", () => {
    const mutated = packable(1).chain(({ type, values: [value = []] }) => {
      const packed = RUNTIME.pack(type, value, new Gas());
      return fc.record({
        type: fc.constant(type),
        packed: fc.constant(packed),
        at: fc.nat(packed.length - 1),
        byte: fc.nat(255),
      });
    });
    fc.assert(
      fc.property(mutated, ({ type, packed, at, byte }) => {
        const bytes = Uint8Array.from(packed);
        bytes[at] = byte;
        const expression = unpackExpression(bytes);
        if (expression === undefined) return;
        try {
          written(type, expression, "Readable");
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      RUNS,
    );
  });
});

describe("the order of comparable values", () => {
  it("is total", () => {
    fc.assert(
      fc.property(comparables(3), ({ type, values }) => {
        const parsed = parseTypeExpression(type, ALLOWED.any);
        const [a, b, c] = values.map((value) => valueRead(type, value)) as [never, never, never];
        const order = (x: never, y: never) => compare(parsed, x, y);
        expect(order(a, a)).toBe(0);
        expect(order(b, a)).toBe(order(a, b) === 0 ? 0 : -order(a, b));
        if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0);
        const [first = [], second = []] = values;
        expect(order(a, b) === 0).toBe(
          michelineEquals(written(type, first, "Optimized"), written(type, second, "Optimized")),
        );
      }),
      { ...RUNS, numRuns: 1000 },
    );
  });

  it.each(["key_hash", "address", "bytes", "chain_id", "signature"])("of %s is that of its bytes", (name) => {
    fc.assert(
      fc.property(
        comparables(2).filter(({ type }) => "prim" in type && type.prim === name),
        ({ type, values: [first = [], second = []] }) => {
          const parsed = parseTypeExpression(type, ALLOWED.any);
          const bytes = (value: Micheline) =>
            Buffer.from((written(type, value, "Optimized") as { bytes: string }).bytes, "hex");
          expect(compare(parsed, valueRead(type, first), valueRead(type, second))).toBe(
            Buffer.compare(bytes(first), bytes(second)),
          );
        },
      ),
      { ...RUNS, numRuns: 50 },
    );
  });

  it("is that of sets and maps, however they are built", () => {
    fc.assert(
      fc.property(comparables(6), ({ type, values }) => {
        const code: Micheline = [
          { prim: "parameter", args: [{ prim: "list", args: [type] }] },
          { prim: "storage", args: [{ prim: "set", args: [type] }] },
          {
            prim: "code",
            args: [
              [
                { prim: "CAR" },
                { prim: "EMPTY_SET", args: [type] },
                { prim: "SWAP" },
                {
                  prim: "ITER",
                  args: [
                    [
                      { prim: "PUSH", args: [{ prim: "bool" }, { prim: "True" }] },
                      { prim: "SWAP" },
                      { prim: "UPDATE" },
                    ],
                  ],
                },
                { prim: "NIL", args: [{ prim: "operation" }] },
                { prim: "PAIR" },
              ],
            ],
          },
        ];
        const build = (items: readonly Micheline[]) => {
          const outcome = runWith(code, items);
          // What is not in order is not read.
          return RUNTIME.checkData({ prim: "set", args: [type] }, outcome, new Gas(), { tickets: false }).value;
        };
        expect(build(values)).toEqual(build([...values].reverse()));
      }),
      { ...RUNS, numRuns: 100 },
    );
  });
});

function runWith(code: Micheline, items: readonly Micheline[]): Micheline {
  return run(code, "{}", "{}", { parameter: items }).storage;
}
