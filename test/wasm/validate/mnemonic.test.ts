// The text names of instructions are those wabt lists for the same bytes, opcode by opcode.
import { describe, expect, it } from "vitest";
import { ByteStream } from "../../../src/wasm/decode/byte-stream.js";
import { decodeInstruction } from "../../../src/wasm/decode/instruction.js";
import { mnemonic } from "../../../src/wasm/validate/mnemonic.js";
import { listing } from "./support.js";

/** A module whose only function has this instruction behind an `unreachable`; everything it may refer to is there. */
function moduleWith(instruction: readonly number[]): Uint8Array {
  const body = [0, 0x00, ...instruction, 0x0b];
  const sections: [number, number[]][] = [
    [1, [1, 0x60, 0, 0]],
    [3, [1, 0]],
    [4, [1, 0x70, 0, 1]],
    [5, [1, 0, 1]],
    [6, [1, 0x7f, 1, 0x41, 0, 0x0b]],
    [9, [1, 1, 0, 0]],
    [12, [1]],
    [10, [1, body.length, ...body]],
    [11, [1, 1, 0]],
  ];
  const bytes = sections.flatMap(([id, content]) => [id, content.length, ...content]);
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes]);
}

/** The name wabt lists for the instruction; null: it knows none, or does not list it alone. */
function listedName(instruction: readonly number[]): string | null {
  try {
    const lines = listing(moduleWith(instruction)).split("\n");
    const at = lines.findIndex((line) => line.trim().startsWith("unreachable"));
    return lines[at + 1]?.trim().split(/[ ()]/, 1)[0] ?? null;
  } catch {
    return null;
  }
}

function encoded(prefix: number | null, opcode: number): number[] {
  if (prefix === null) return [opcode];
  return opcode < 0x80 ? [prefix, opcode] : [prefix, (opcode & 0x7f) | 0x80, opcode >> 7];
}

/** Bytes of immediates to try, from none to a vector's. */
const IMMEDIATES = [
  [],
  [0],
  [0, 0],
  [0, 0, 0],
  [0, 0, 0, 0],
  new Array<number>(8).fill(0),
  new Array<number>(16).fill(0),
];

/** The instruction with as many immediates as the decoder takes; null: it is none, or a block. */
function complete(opcode: readonly number[]): { readonly bytes: readonly number[]; readonly name: string } | null {
  for (const immediates of IMMEDIATES) {
    const bytes = opcode[0] === 0xd0 ? [...opcode, 0x70] : [...opcode, ...immediates];
    const stream = ByteStream.ofBytes(Uint8Array.from(bytes), 1);
    try {
      const instruction = decodeInstruction(stream, bytes[0] ?? 0, "full");
      if (stream.isAtEnd) return { bytes, name: mnemonic(instruction) };
    } catch {
      // Too few immediates, or no instruction.
    }
  }
  return null;
}

/** The first opcode that is no block, behind `unreachable` and the like, which the listing has anyway. */
const FIRST_PLAIN = 0x06;

describe("mnemonic", () => {
  it.each([
    ["scalar instructions", null, 0xd3, 176],
    ["instructions behind fc", 0xfc, 0x20, 18],
    ["vector instructions", 0xfd, 0x100, 236],
  ] as const)("names %s as wabt does", (_, prefix, end, count) => {
    const different: string[] = [];
    let compared = 0;
    for (let opcode = prefix === null ? FIRST_PLAIN : 0; opcode < end; opcode++) {
      const found = complete(encoded(prefix, opcode));
      if (found === null) continue;
      const listed = listedName(found.bytes);
      compared++;
      if (listed !== found.name) different.push(`${found.name}, in wabt ${listed}`);
    }
    expect(different).toEqual([]);
    expect(compared).toBe(count);
  });
});
