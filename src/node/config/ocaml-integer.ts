// Integers as programs written in OCaml read them from command lines: underscores between digits, and 0x, 0o, 0b.

const FORMS: readonly (readonly [RegExp, prefix: string])[] = [
  [/^(-?)0[xX]([0-9a-fA-F][0-9a-fA-F_]*)$/, "0x"],
  [/^(-?)0[oO]([0-7][0-7_]*)$/, "0o"],
  [/^(-?)0[bB]([01][01_]*)$/, "0b"],
  [/^([+-]?)(?:0[uU])?([0-9][0-9_]*)$/, ""],
];

const MAX_LENGTH = 100;

/** A signed integer of so many bits ("11_000_000_001"). Raises RangeError. */
export function ocamlInteger(text: string, bits: 31 | 32 | 63 | 64): bigint {
  for (const [form, prefix] of text.length > MAX_LENGTH ? [] : FORMS) {
    const [, sign, digits] = form.exec(text) ?? [];
    if (digits === undefined) continue;
    const size = BigInt(prefix + digits.replaceAll("_", ""));
    const value = sign === "-" ? -size : size;
    const bound = 1n << BigInt(bits - 1);
    if (value >= -bound && value < bound) return value;
    break;
  }
  throw new RangeError(`${JSON.stringify(text)} is not an integer of ${bits} bits`);
}
