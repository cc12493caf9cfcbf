// States that no kernel of the shared vectors leads to: extreme numbers of locals, and made-up continuations that cannot go on.
import { describe, expect, it } from "vitest";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { LazyVector } from "../../../src/merkle/lazy-vector.js";
import { decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import { decodeMany } from "../../../src/wasm/decode/many.js";
import type { DecodeState, ModuleKont } from "../../../src/wasm/decode/state.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { decodeHash, leavesOf, reloadedDecode, savedDecode } from "./support.js";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module with one function, of type 0, whose body is given with its locals. */
function oneFunction(body: readonly number[]): ChunkedBytes {
  const types = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00];
  const funcs = [0x03, 0x02, 0x01, 0x00];
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  return ChunkedBytes.ofBytes(Uint8Array.from([...HEADER, ...types, ...funcs, ...code]));
}

function untilBody(kernel: ChunkedBytes): DecodeState {
  let state = initialDecodeState();
  for (let ticks = 0; ticks < 200; ticks++) {
    if (state.kont.tag === "MKCode" && state.kont.kont.tag === "CKBody") return state;
    state = decodeStep(state, kernel, "pvm");
  }
  throw new Error("no body within 200 ticks");
}

describe("locals", () => {
  // 2^31 locals and more: the reference compares the length as a signed number, and takes the vector for full.
  it.each([
    ["2^31", [0x01, 0x80, 0x80, 0x80, 0x80, 0x08, 0x7f, 0x0b], "80000000"],
    ["2^32 - 1", [0x02, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x7e, 0x01, 0x7f, 0x0b], "ffffffff"],
  ] as const)("%s of them are none", (_, body, length) => {
    const kernel = oneFunction(body);
    const state = untilBody(kernel);
    const leaves = leavesOf(savedDecode(state));
    expect(leaves.get("module_kont/value/code_kont/value/locals/length")).toBe(length);
    expect([...leaves.keys()].filter((path) => path.includes("locals/contents"))).toEqual([]);
    expect(decodeHash(reloadedDecode(savedDecode(state)))).toBe(decodeHash(state));
    let single = state;
    for (let ticks = 0; ticks < 3; ticks++) single = decodeStep(single, kernel, "pvm");
    expect(decodeHash(decodeMany(state, kernel, 3, "pvm").state)).toBe(decodeHash(single));
  });

  it("2^32 of them are too many", () => {
    const kernel = oneFunction([0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7e, 0x01, 0x7f, 0x0b]);
    expect(() => untilBody(kernel)).toThrow("too many locals");
  });
});

describe("continuations that cannot go on", () => {
  const kernel = ChunkedBytes.ofBytes(Uint8Array.from([...HEADER, 0x0b, 0x0b]));
  const size = { size: 0, start: 8 };
  const none = { offset: 0, vector: LazyVector.absent<never>(1) };

  /** A body of a function whose stack is this. */
  function body(...items: readonly { tag: "IKNext" | "IKStop"; label: number }[]): ModuleKont {
    const stack = { length: items.length, vector: LazyVector.of(items) };
    const block = { tag: "BlockParse", stack } as const;
    const kont = { tag: "CKBody", left: 8, size, locals: LazyVector.empty<never>(), block } as const;
    return { tag: "MKCode", kont, pos: 8, size, elements: none };
  }

  function completeModule(): ModuleKont {
    const { state } = decodeMany(initialDecodeState(), ChunkedBytes.ofBytes(Uint8Array.from(HEADER)), 100, "pvm");
    expect(state.kont.tag).toBe("MKStop");
    return state.kont;
  }

  it.each<[string, string, number, ModuleKont]>([
    ["an empty stack", "Instr_block_step", 2, body()],
    [
      "an end without its opening",
      "Instr_block_step",
      2,
      body({ tag: "IKNext", label: 0 }, { tag: "IKStop", label: 0 }),
    ],
    [
      "an opening that is a block",
      "Instr_block_step",
      2,
      body({ tag: "IKNext", label: 0 }, { tag: "IKNext", label: 0 }, { tag: "IKStop", label: 0 }),
    ],
    ["a complete module", "Module_step", 11, completeModule()],
  ])("%s", (_, machine, index, kont) => {
    const state = { ...initialDecodeState(), kont, streamPos: 8 };
    let thrown: unknown;
    try {
      decodeStep(state, kernel, "pvm");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GuestError);
    expect(thrown).toMatchObject({
      raw: `Tezos_webassembly_interpreter.Decode.Step_error(${index})`,
      explanation: machine,
      known: true,
    });
    expect(decodeMany(state, kernel, 10, "pvm").ticks).toBe(0);
  });
});
