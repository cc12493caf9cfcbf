// What operations must pay at least, as bakers reckon by default and octez-client with them: a fixed amount, and so much a unit
// of gas and a byte. Rates are in thousandths of a mutez (nanotez) and may be fractions.

import { expectArray, expectObject, JsonError } from "../../encoding/json.js";
import { mutezForm } from "../../protocol/quantities.js";
import { optionalField, type Reader, readBigInteger, reader } from "./answers.js";

/** A fraction; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export function rational(numerator: bigint, denominator = 1n): Rational {
  return { numerator, denominator };
}

/** What a pool of operations asks for. */
export interface FeeRates {
  /** Mutez. */
  readonly minimalFees: bigint;
  readonly nanotezPerByte: Rational;
  readonly nanotezPerGasUnit: Rational;
}

export const DEFAULT_FEE_RATES: FeeRates = {
  minimalFees: 100n,
  nanotezPerByte: rational(1000n),
  nanotezPerGasUnit: rational(100n),
};

const NANOTEZ_PER_MUTEZ = 1000n;

function ceilingOf({ numerator, denominator }: Rational): bigint {
  return (numerator + denominator - 1n) / denominator;
}

function sum(a: Rational, b: Rational): Rational {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

function times({ numerator, denominator }: Rational, factor: bigint): Rational {
  return { numerator: numerator * factor, denominator };
}

/** Mutez, rounded up, for an operation of `bytes` bytes with this gas limit. */
export function minimalFee(rates: FeeRates, bytes: number, gasLimit: bigint): bigint {
  const nanotez = sum(
    rational(rates.minimalFees * NANOTEZ_PER_MUTEZ),
    sum(times(rates.nanotezPerGasUnit, gasLimit), times(rates.nanotezPerByte, BigInt(bytes))),
  );
  return ceilingOf({ ...nanotez, denominator: nanotez.denominator * NANOTEZ_PER_MUTEZ });
}

/** "1000", "1.5", "3/2" or "1e3"; undefined for anything else, and for negative numbers. */
export function parseRational(text: string): Rational | undefined {
  const fraction = /^(\d{1,30})\/(\d{1,30})$/.exec(text);
  if (fraction !== null) {
    const denominator = BigInt(fraction[2] ?? "0");
    return denominator === 0n ? undefined : rational(BigInt(fraction[1] ?? "0"), denominator);
  }
  const [, whole = "", decimals = "", exponent = "0"] =
    /^(\d{0,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text) ?? [];
  if (whole + decimals === "") return undefined;
  const power = Number(exponent) - decimals.length;
  const digits = BigInt(whole + decimals);
  return power >= 0 ? rational(digits * 10n ** BigInt(power)) : rational(digits, 10n ** BigInt(-power));
}

export function printRational({ numerator, denominator }: Rational): string {
  return numerator % denominator === 0n ? String(numerator / denominator) : `${numerator}/${denominator}`;
}

const readRational: Reader<Rational> = (json) => {
  const pair = expectArray(json).map(readBigInteger);
  const [numerator, denominator] = pair;
  if (
    numerator === undefined ||
    denominator === undefined ||
    pair.length !== 2 ||
    denominator <= 0n ||
    numerator < 0n
  ) {
    throw new JsonError("encoding.json.bad_value", "a fraction expected", json);
  }
  return { numerator, denominator };
};

/** Answer of `/chains/<c>/mempool/filter`: what differs from the default rates. */
export function readFeeRates(json: unknown): FeeRates {
  const filter = expectObject(json);
  return {
    minimalFees: optionalField(filter, "minimal_fees", reader(mutezForm)) ?? DEFAULT_FEE_RATES.minimalFees,
    nanotezPerByte: optionalField(filter, "minimal_nanotez_per_byte", readRational) ?? DEFAULT_FEE_RATES.nanotezPerByte,
    nanotezPerGasUnit:
      optionalField(filter, "minimal_nanotez_per_gas_unit", readRational) ?? DEFAULT_FEE_RATES.nanotezPerGasUnit,
  };
}
