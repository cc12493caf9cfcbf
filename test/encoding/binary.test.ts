import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter, DecodeError, EncodeError } from "../../src/encoding/binary.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";

function written(write: (w: ByteWriter) => void): string {
  const w = new ByteWriter();
  write(w);
  return toHex(w.finish());
}

describe("ByteWriter", () => {
  test("writes big-endian integers", () => {
    expect(
      written((w) => {
        w.u8(255);
        w.i8(-2);
        w.u16(0x1234);
        w.i16(-2);
        w.i32(-2);
        w.u32(0xfffffffe);
        w.i64(-2n);
        w.i64Words(1, 0xfffffffe);
      }),
    ).toBe("ff" + "fe" + "1234" + "fffe" + "fffffffe" + "fffffffe" + "fffffffffffffffe" + "00000001fffffffe");
  });

  test.each<[string, (w: ByteWriter) => void]>([
    ["u8 256", (w) => w.u8(256)],
    ["u8 -1", (w) => w.u8(-1)],
    ["u8 1.5", (w) => w.u8(1.5)],
    ["u8 NaN", (w) => w.u8(Number.NaN)],
    ["i8 128", (w) => w.i8(128)],
    ["u16 65536", (w) => w.u16(65536)],
    ["i16 -32769", (w) => w.i16(-32769)],
    ["i32 2^31", (w) => w.i32(2 ** 31)],
    ["u32 2^32", (w) => w.u32(2 ** 32)],
    ["u32 -1", (w) => w.u32(-1)],
    ["i64 2^63", (w) => w.i64(2n ** 63n)],
  ])("refuses %s", (_, write) => {
    const w = new ByteWriter();
    expect(() => write(w)).toThrow(EncodeError);
    expect(w.length).toBe(0);
  });

  test("grows, is reusable, and finish gives a copy", () => {
    const w = new ByteWriter(1);
    const chunk = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
    for (let i = 0; i < 5; i++) w.raw(chunk);
    w.rawRange(chunk, 10, 20);
    const first = w.finish();
    expect(first.length).toBe(5010);
    expect(first.subarray(4000, 5000)).toEqual(chunk);
    expect(first.subarray(5000)).toEqual(chunk.subarray(10, 20));
    w.reset();
    w.u8(9);
    expect(w.finish()).toEqual(Uint8Array.of(9));
    expect(first[0]).toBe(0);
  });

  test("patches a size written before it was known", () => {
    const w = new ByteWriter();
    w.u32(0);
    w.raw(Uint8Array.of(1, 2, 3));
    w.patch(0, 4, 0x80000003);
    expect(toHex(w.finish())).toBe("80000003010203");
    expect(() => w.patch(0, 1, 256)).toThrow(EncodeError);
    expect(() => w.patch(6, 2, 0)).toThrow(EncodeError);
  });
});

describe("ByteReader", () => {
  test("reads what the writer wrote, from a view into a larger buffer", () => {
    const w = new ByteWriter();
    w.raw(Uint8Array.of(7, 7, 7));
    w.u8(200);
    w.i8(-100);
    w.u16(60000);
    w.i16(-30000);
    w.i32(-2000000000);
    w.u32(4000000000);
    w.i64(-(2n ** 63n));
    w.bytes(Uint8Array.of(1, 2));
    const r = new ByteReader(w.finish().subarray(3));
    expect([r.u8(), r.i8(), r.u16(), r.i16(), r.i32(), r.u32(), r.i64()]).toEqual([
      200,
      -100,
      60000,
      -30000,
      -2000000000,
      4000000000,
      -(2n ** 63n),
    ]);
    expect(r.bytes()).toEqual(Uint8Array.of(1, 2));
    expect(r.remaining).toBe(0);
  });

  test("says where the bytes end", () => {
    const r = new ByteReader(Uint8Array.of(1, 2, 3));
    r.u16();
    try {
      r.u32();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ code: "encoding.unexpected_end", offset: 2, path: "" });
    }
    expect(r.u8()).toBe(3);
  });

  test("refuses a negative length and one beyond the end", () => {
    expect(() => new ByteReader(fromHex("ffffffff00")).bytes()).toThrow("encoding.int_out_of_range");
    expect(() => new ByteReader(fromHex("7fffffff00")).bytes()).toThrow("encoding.unexpected_end");
  });

  test("keeps a window closed on both sides", () => {
    const r = new ByteReader(Uint8Array.of(1, 2, 3, 4));
    expect(r.within(2, (inner) => inner.raw(inner.remaining))).toEqual(Uint8Array.of(1, 2));
    expect(r.remaining).toBe(2);
    expect(() => r.within(3, () => 0)).toThrow("encoding.unexpected_end");
    expect(() => r.within(-1, () => 0)).toThrow("encoding.unexpected_end");
    expect(() => r.within(2, (inner) => inner.u8())).toThrow("encoding.trailing_bytes");
    expect(r.remaining).toBe(1);
  });

  test("never reads outside, whatever is asked", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.array(fc.nat({ max: 9 }), { maxLength: 12 }), (bytes, calls) => {
        const r = new ByteReader(bytes);
        const reads = [
          () => r.u8(),
          () => r.i8(),
          () => r.u16(),
          () => r.i16(),
          () => r.i32(),
          () => r.u32(),
          () => r.i64(),
          () => r.bytes(),
          () => r.raw(3),
          () => r.rawView(2),
        ];
        for (const call of calls) {
          const before = r.position;
          try {
            reads[call]?.();
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
            // Scalars leave the position alone; `bytes` stops after its length.
            if (call !== 7) expect(r.position).toBe(before);
          }
          expect(r.position).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { seed: 1 },
    );
  });
});
