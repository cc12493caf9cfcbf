// Where V8's verdict on a module is not the one of WebAssembly 2.0, or ours is not: what V8 knows beyond it (told by the opcode or the byte at
// fault), what V8 limits, and what the reference's decoder, which ours follows, does otherwise (pvm.md §2.5).
import { EXTERN_BYTE, SECTION } from "./module/encode.js";

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
/** Flags of limits of shared memories. */
const SHARED = [2, 3];

function hasSharedMemory(binary: Uint8Array): boolean {
  return ranges(binary).some(({ id, from, to }) => {
    const content = [...binary.subarray(from + 2, to)];
    if (id === SECTION.memory) return SHARED.includes(content[1] ?? 0);
    if (id !== SECTION.import) return false;
    return content.some((byte, at) => byte === EXTERN_BYTE.memory && SHARED.includes(content[at + 1] ?? 0));
  });
}

const BEYOND: readonly Excuse[] = [
  {
    why: "exceptions, tail calls and atomics are beyond WebAssembly 2.0",
    holds: ({ message }) => /^illegal opcode (0[6-9]|1[2389]|fe\b)/.test(message),
  },
  {
    why: "arithmetic in constant expressions is beyond WebAssembly 2.0",
    holds: ({ message, instruction }) =>
      /constant expression required/.test(message) && /^i(32|64)\.(add|sub|mul)$/.test(instruction ?? ""),
  },
  {
    why: "tags (exceptions) are beyond WebAssembly 2.0",
    holds: ({ message }, binary) =>
      (/^malformed section id/.test(message) && hasSection(binary, TAG_SECTION)) ||
      /^malformed (import|export) kind/.test(message),
  },
  {
    why: "shared memories are beyond WebAssembly 2.0",
    holds: ({ message }, binary) => /^integer too large/.test(message) && hasSharedMemory(binary),
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
