// Random types with values of them, as expressions people would write.

import fc from "fast-check";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { toHex } from "../../../../src/encoding/hex.js";
import type { Micheline } from "../../../../src/encoding/micheline.js";
import { Checker } from "../../../../src/l1/sandbox/michelson/code-checker.js";
import { compare } from "../../../../src/l1/sandbox/michelson/compare.js";
import { readExpression } from "../../../../src/l1/sandbox/michelson/data-reader.js";
import { ALLOWED, parseTypeExpression } from "../../../../src/l1/sandbox/michelson/type-parser.js";
import type { Value } from "../../../../src/l1/sandbox/michelson/values.js";
import { Gas } from "./harness.js";

export interface Typed {
  readonly type: Micheline;
  /** One or more values. */
  readonly values: readonly Micheline[];
}

const prim = (name: string, ...args: readonly Micheline[]): Micheline =>
  args.length === 0 ? { prim: name } : { prim: name, args };

/** Values of a type, each by itself. */
interface Kind {
  readonly type: Micheline;
  readonly value: fc.Arbitrary<Micheline>;
}

const int = (min: bigint, max: bigint) =>
  fc.bigInt({ min, max }).map((value): Micheline => ({ int: value.toString() }));
const hash = (kinds: readonly ("tz1" | "tz2" | "tz3" | "KT1" | "rollupAddress")[]) =>
  fc
    .tuple(fc.constantFrom(...kinds), fc.uint8Array({ minLength: 20, maxLength: 20 }))
    .map(([kind, bytes]) => encodeBase58Check(kind, bytes));
const text = (value: fc.Arbitrary<string>) => value.map((string): Micheline => ({ string }));

const KEYS = [
  "edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav",
  "edpkuJqtDcA2m2muMxViSM47MPsGQzmyjnNTawUPqR8vZTAMcx61ES",
  "sppk7bMuoa8w2LSKz3XEuPsKx1WavsMLCWgbWG9CZNAsJg9eTmkXRPd",
];

const ATOMS: readonly Kind[] = [
  { type: prim("unit"), value: fc.constant(prim("Unit")) },
  { type: prim("bool"), value: fc.constantFrom(prim("True"), prim("False")) },
  { type: prim("int"), value: int(-(2n ** 80n), 2n ** 80n) },
  { type: prim("nat"), value: int(0n, 300n) },
  { type: prim("mutez"), value: int(0n, 2n ** 63n - 1n) },
  { type: prim("timestamp"), value: int(-(2n ** 40n), 2n ** 40n) },
  { type: prim("string"), value: text(fc.string({ unit: "grapheme-ascii", maxLength: 6 })) },
  { type: prim("bytes"), value: fc.uint8Array({ maxLength: 6 }).map((bytes): Micheline => ({ bytes: toHex(bytes) })) },
  {
    type: prim("chain_id"),
    value: text(fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => encodeBase58Check("chainId", bytes))),
  },
  {
    type: prim("signature"),
    value: text(
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => encodeBase58Check("genericSignature", bytes)),
    ),
  },
  { type: prim("key"), value: text(fc.constantFrom(...KEYS)) },
  { type: prim("key_hash"), value: text(hash(["tz1", "tz2", "tz3"])) },
  {
    type: prim("address"),
    value: text(
      fc
        .tuple(hash(["tz1", "tz2", "tz3", "KT1", "rollupAddress"]), fc.constantFrom("", "%a", "%entry_point", "%root"))
        .map(([address, entrypoint]) => address + entrypoint),
    ),
  },
];

const atom = fc.constantFrom(...ATOMS);

function composite(
  comparable: boolean,
  inner: fc.Arbitrary<Kind>,
  comparableKind: fc.Arbitrary<Kind>,
): fc.Arbitrary<Kind> {
  const pair = fc.tuple(inner, inner).map(
    ([a, b]): Kind => ({
      type: prim("pair", a.type, b.type),
      value: fc.tuple(a.value, b.value).map(([x, y]) => prim("Pair", x, y)),
    }),
  );
  const or = fc.tuple(inner, inner).map(
    ([a, b]): Kind => ({
      type: prim("or", a.type, b.type),
      value: fc.oneof(
        a.value.map((x) => prim("Left", x)),
        b.value.map((x) => prim("Right", x)),
      ),
    }),
  );
  const option = inner.map(
    (a): Kind => ({
      type: prim("option", a.type),
      value: fc.oneof(
        fc.constant(prim("None")),
        a.value.map((x) => prim("Some", x)),
      ),
    }),
  );
  if (comparable) return fc.oneof(pair, or, option);
  const list = inner.map((a): Kind => ({ type: prim("list", a.type), value: fc.array(a.value, { maxLength: 4 }) }));
  const set = comparableKind.map(
    (a): Kind => ({
      type: prim("set", a.type),
      value: fc.array(a.value, { maxLength: 4 }).map((items) => inOrder(a.type, items, (item) => item)),
    }),
  );
  const map = fc.tuple(comparableKind, inner).map(
    ([k, v]): Kind => ({
      type: prim("map", k.type, v.type),
      value: fc
        .array(fc.tuple(k.value, v.value), { maxLength: 4 })
        .map((entries) => inOrder(k.type, entries, ([key]) => key).map(([key, value]) => prim("Elt", key, value))),
    }),
  );
  return fc.oneof(pair, or, option, list, set, map);
}

/** Sorted by what is compared, each once. */
function inOrder<T>(type: Micheline, items: readonly T[], keyOf: (item: T) => Micheline): T[] {
  const parsed = parseTypeExpression(type, ALLOWED.any);
  const keyed = items.map((item) => ({ item, key: valueRead(type, keyOf(item)) }));
  keyed.sort((a, b) => compare(parsed, a.key, b.key));
  return keyed
    .filter(({ key }, i) => i === 0 || compare(parsed, (keyed[i - 1] as { key: Value }).key, key) !== 0)
    .map(({ item }) => item);
}

function kinds(comparable: boolean, depth: number): fc.Arbitrary<Kind> {
  if (depth === 0) return atom;
  return fc.oneof(atom, composite(comparable, kinds(comparable, depth - 1), kinds(true, depth - 1)));
}

function typed(kind: fc.Arbitrary<Kind>, count: number): fc.Arbitrary<Typed> {
  return kind.chain(({ type, value }) =>
    fc.array(value, { minLength: count, maxLength: count }).map((values) => ({ type, values })),
  );
}

export const packable = (count: number) => typed(kinds(false, 3), count);
export const comparables = (count: number) => typed(kinds(true, 2), count);

/** What the interpreter makes of an expression. */
export function valueRead(type: Micheline, expression: Micheline): Value {
  const gas = new Gas();
  const tools = new Checker(gas);
  return readExpression(parseTypeExpression(type, ALLOWED.any), expression, {
    gas,
    tools,
    tickets: false,
    bigMaps: undefined,
    chain: "unchecked",
  });
}
