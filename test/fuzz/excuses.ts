// Where V8's verdict on a module is not the one of WebAssembly 2.0, or ours is not: what V8 knows beyond it (told by the opcode or the byte at
// fault), what V8 limits, and what the reference's decoder, which ours follows, does otherwise (pvm.md §2.5).
import { SECTION } from "./module/encode.js";

export interface Refusal {
  readonly message: string;
  /** Text name of the instruction at fault. */
  readonly instruction: string | null;
}

interface Excuse {
  readonly why: string;
  /** On a module that V8 accepts and we refuse. */
  holds(ours: Refusal, binary: Uint8Array): boolean;
}

/** Where sections begin and end, as far as they can be told. */
function ranges(binary: Uint8Array): { id: number; from: number; to: number }[] {
  const found: { id: number; from: number; to: number }[] = [];
  let at = 8;
  while (at < binary.length) {
    const start = at;
    const id = binary[at++] ?? 0;
    let size = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = binary[at++] ?? 0;
      size += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    found.push({ id, from: start, to: at + size });
    at += size;
  }
  return found;
}

function hasSection(binary: Uint8Array, id: number): boolean {
  return ranges(binary).some((range) => range.id === id);
}

function hexOf(binary: Uint8Array): string {
  return Buffer.from(binary).toString("hex");
}

const TAG_SECTION = 13;
/** `ref.null` with its type as a longer number. */
const LONG_HEAP_TYPE = /d0(ef|f0)(ff)*7f/;
/** Flags of limits: of shared memories; of memories and tables with addresses of 64 bits. */
const SHARED = [2, 3];
const LONG = [4, 5, 6, 7];
/** Forms of types beyond functions: 0x4e, 0x4f, 0x50, 0x5e, 0x5f. */
const TYPE_FORM = /4[ef]|50|5[ef]/;

function hasLimits(binary: Uint8Array, flags: readonly number[]): boolean {
  return ranges(binary).some(({ id, from, to }) => {
    const content = [...binary.subarray(from + 2, to)];
    if (id !== SECTION.memory && id !== SECTION.table && id !== SECTION.import) return false;
    // Behind the number of memories, the type of a table, the kind of an import.
    return content.some((byte, at) => at > 0 && flags.includes(byte));
  });
}

function hasTypeForm(binary: Uint8Array): boolean {
  return ranges(binary).some(
    ({ id, from, to }) => id === SECTION.type && TYPE_FORM.test(hexOf(binary.subarray(from, to))),
  );
}

/** What this V8 has, told by a module that needs it: Node 20 has none of these, Node 22 and 24 have. */
const V8_HAS = {
  /** A function type with a parameter of type anyref. */
  types: validates("0061736d010000000105016001 6e00"),
  /** Two memories. */
  memories: validates("0061736d010000000505020001 0001"),
  /** A memory with addresses of 64 bits. */
  longAddresses: validates("0061736d01000000050301 0401"),
};

function validates(hex: string): boolean {
  return WebAssembly.validate(Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
}

const BEYOND: readonly Excuse[] = [
  {
    why: "exceptions, tail calls, atomics, typed references, garbage collection and relaxed SIMD are beyond WebAssembly 2.0",
    holds: ({ message }) => /^illegal opcode (0[6-9a]|1[2-589]|1f|d[3-6]|fb|fe|1[01][0-9a-f])\b/.test(message),
  },
  {
    why: "arithmetic in constant expressions is beyond WebAssembly 2.0",
    holds: ({ message, instruction }) =>
      /constant expression required/.test(message) && /^i(32|64)\.(add|sub|mul)$/.test(instruction ?? ""),
  },
  {
    why: "a module's own globals in constant expressions are beyond WebAssembly 2.0",
    holds: ({ message, instruction }) => V8_HAS.types && /unknown global/.test(message) && instruction === "global.get",
  },
  {
    why: "types of references and of functions other than those two and that one are beyond WebAssembly 2.0",
    holds: ({ message }, binary) =>
      V8_HAS.types &&
      (/^malformed (reference|vector|function) type/.test(message) ||
        (/^length out of bounds/.test(message) && hasTypeForm(binary))),
  },
  {
    why: "several memories are beyond WebAssembly 2.0",
    holds: ({ message }) => V8_HAS.memories && /^(module: multiple memories|malformed memop flags)/.test(message),
  },
  {
    why: "memories and tables with addresses of 64 bits are beyond WebAssembly 2.0",
    holds: ({ message }, binary) =>
      V8_HAS.longAddresses && /^integer too large/.test(message) && hasLimits(binary, LONG),
  },
  {
    why: "tags (exceptions) are beyond WebAssembly 2.0",
    holds: ({ message }, binary) =>
      (/^malformed section id/.test(message) && hasSection(binary, TAG_SECTION)) ||
      /^malformed (import|export) kind/.test(message),
  },
  {
    why: "shared memories are beyond WebAssembly 2.0",
    holds: ({ message }, binary) => /^integer too large/.test(message) && hasLimits(binary, SHARED),
  },
  {
    why: "types of references are numbers of any length only beyond WebAssembly 2.0",
    holds: ({ message }, binary) =>
      /^integer representation too long/.test(message) && LONG_HEAP_TYPE.test(hexOf(binary)),
  },
  {
    why: "V8 takes a value type as a longer number for a block's type",
    holds: ({ message, instruction }) =>
      /^(block|loop|if)$/.test(instruction ?? "") && Number(/unknown type (\d+)/.exec(message)?.[1] ?? 0) >= 2 ** 31,
  },
  {
    why: "indices of memories are numbers of any length only beyond WebAssembly 2.0",
    holds: ({ message }) => /^zero byte expected/.test(message),
  },
  {
    why: "the reference's decoder refuses names longer than 512 bytes",
    holds: ({ message }) => /^Names cannot exceed 512 bytes/.test(message),
  },
];

/** Where in the binary V8 has its complaint. */
function placeOf(v8: string): number {
  return Number(/@\+(\d+)/.exec(v8)?.[1] ?? -1);
}

function excuseRefusal(binary: Uint8Array, v8: string): string | null {
  const place = placeOf(v8);
  const section = ranges(binary).find(({ from, to }) => place > from && place <= to);
  if (section?.id === SECTION.custom)
    return "the reference's decoder overlooks that the name of a custom section is too long";
  if (/exceeds|maximum|larger than implementation limit|too large/i.test(v8)) return "V8 has limits of its own";
  return null;
}

/** Why verdicts may differ; null: they may not. One of the two is null: that one accepts the module. */
export function excuse(binary: Uint8Array, ours: Refusal | null, v8: string | null): string | null {
  if (ours !== null) return BEYOND.find(({ holds }) => holds(ours, binary))?.why ?? null;
  return v8 === null ? null : excuseRefusal(binary, v8);
}
