// The quantities of manager operations: amounts of tez in millionths (fees, stakes, balances), gas, counters and limits. All are
// zarith naturals of bounded size, decimal strings in JSON.

import { type Form, refined } from "../encoding/form.js";
import { boundedNat } from "../encoding/form-leaves.js";

/** Longest encoding of an amount, a counter or a limit. */
const MAX_ENCODED_BYTES = 10;

const MAX_MUTEZ = 2n ** 63n - 1n;

/** An amount of mutez: 0 to 2^63 - 1. */
export const mutezForm: Form<bigint> = refined(
  boundedNat(MAX_ENCODED_BYTES),
  (amount) => amount <= MAX_MUTEZ,
  "more than an int64 of mutez",
);

/** A counter or a storage limit: a natural number of at most 10 bytes. */
export const limitForm: Form<bigint> = boundedNat(MAX_ENCODED_BYTES);

/** From here on the reference counts gas, in thousandths, as too much to tell. */
const SATURATED_MILLIGAS = 2n ** 62n - 1n;
const MILLIGAS_PER_GAS = 1000n;

/** A gas limit, in units of gas. */
export const gasForm: Form<bigint> = refined(
  limitForm,
  (gas) => gas * MILLIGAS_PER_GAS < SATURATED_MILLIGAS,
  "more gas than can be counted",
);

/** Gas consumed, in thousandths of a unit: a natural number of at most 9 bytes. */
export const milligasForm: Form<bigint> = refined(
  boundedNat(9),
  (milligas) => milligas < SATURATED_MILLIGAS,
  "more gas than can be counted",
);
