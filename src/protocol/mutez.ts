// Amounts of tez in millionths: what fees, stakes and balances are counted in. A zarith natural of at most 10 bytes that fits
// an int64; a decimal string in JSON.

import { type Form, refined } from "../encoding/form.js";
import { boundedNat } from "../encoding/form-leaves.js";

const MAX_MUTEZ = 2n ** 63n - 1n;
const MAX_ENCODED_BYTES = 10;

export const mutezForm: Form<bigint> = refined(
  boundedNat(MAX_ENCODED_BYTES),
  (amount) => amount <= MAX_MUTEZ,
  "more than an int64 of mutez",
);

/** A natural number of a manager operation (counter, limits): at most 10 bytes. */
export const limitForm: Form<bigint> = boundedNat(MAX_ENCODED_BYTES);
