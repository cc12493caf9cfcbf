// Amounts as people write and read them: tez with up to six decimals. Inside, amounts are mutez.

const MUTEZ_PER_TEZ = 1_000_000n;
const DECIMALS = 6;
const MAX_MUTEZ = 2n ** 63n - 1n;

/** The sign that stands before amounts. */
export const TEZ = "ꜩ";

/** "1", "0.000441", "10000". */
export function printTez(mutez: bigint): string {
  const sign = mutez < 0n ? "-" : "";
  const amount = mutez < 0n ? -mutez : mutez;
  const decimals = String(amount % MUTEZ_PER_TEZ)
    .padStart(DECIMALS, "0")
    .replace(/0+$/, "");
  return `${sign}${amount / MUTEZ_PER_TEZ}${decimals === "" ? "" : `.${decimals}`}`;
}

/** Reads an amount, with commas between groups of three digits or without; undefined for anything else. */
export function parseTez(text: string): bigint | undefined {
  const [left = "", right, ...more] = text.split(".");
  if (more.length > 0) return undefined;
  if (text.includes(",")) {
    if (!/^\d{1,3}(,\d{3})*$/.test(left)) return undefined;
    if (right !== undefined && !/^(\d{1,3}|\d{3},\d{1,3})$/.test(right)) return undefined;
  } else if (right !== undefined && (right.length === 0 || right.length > DECIMALS)) {
    return undefined;
  }
  const digits = left.replaceAll(",", "") + (right ?? "").replaceAll(",", "").padEnd(DECIMALS, "0");
  if (!/^\d{1,30}$/.test(digits)) return undefined;
  const mutez = BigInt(digits);
  return mutez > MAX_MUTEZ ? undefined : mutez;
}

/** Gas in units, from thousandths: "1000", "578.2" is printed "578.200". */
export function printGas(milligas: bigint): string {
  const rest = milligas % 1000n;
  return rest === 0n ? String(milligas / 1000n) : `${milligas / 1000n}.${String(rest).padStart(3, "0")}`;
}
