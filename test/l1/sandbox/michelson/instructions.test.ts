// Instructions one by one: what they make of values, and how they fail. Code takes a value and leaves one.
import { describe, expect, it } from "vitest";
import {
  ALICE,
  evaluate,
  michelson,
  OTHER,
  type RunOptions,
  refusal,
  run,
  SELF,
  script,
  scriptOf,
  textOf,
  traceOf,
} from "./harness.js";

/** Type of the input, of the result; code; input; result. */
type Row = readonly [parameter: string, result: string, code: string, input: string, expected: string];

function table(name: string, rows: readonly Row[], options?: RunOptions): void {
  describe(name, () => {
    it.each(rows)("%s -> %s: %s on %s gives %s", (parameter, result, code, input, expected) => {
      expect(evaluate(parameter, result, code, input, options)).toBe(textOf(michelson(expected)));
    });
  });
}

/** Type of the input, code, input, ids after "runtime_error". */
type Failure = readonly [parameter: string, code: string, input: string, ids: string];

function failures(name: string, rows: readonly Failure[]): void {
  describe(name, () => {
    it.each(rows)("%s: %s on %s fails: %s", (parameter, code, input, ids) => {
      const whole = script(parameter, "unit", `CAR; ${code}; DROP; UNIT; NIL operation; PAIR`);
      expect(traceOf(() => run(whole, "Unit", input)).join(" ")).toBe(`runtime_error ${ids}`);
    });
  });
}

const PAIR_NN = "pair nat nat";
const UNP = "UNPAIR";

table("stack", [
  [PAIR_NN, "nat", "UNPAIR; DROP", "Pair 1 2", "2"],
  [PAIR_NN, "nat", "UNPAIR; SWAP; DROP", "Pair 1 2", "1"],
  ["nat", PAIR_NN, "DUP; PAIR", "5", "Pair 5 5"],
  [
    "pair nat nat nat",
    "list nat",
    "UNPAIR 3; NIL nat; DUP 4; CONS; DUP 3; CONS; DUP 2; CONS; DIP { DROP 3 }",
    "Pair 1 2 3",
    "{ 1 ; 2 ; 3 }",
  ],
  ["pair nat nat nat", "pair nat nat nat", "UNPAIR 3; DIG 2; PAIR 3", "Pair 1 2 3", "Pair 3 1 2"],
  ["pair nat nat nat", "pair nat nat nat", "UNPAIR 3; DUG 2; PAIR 3", "Pair 1 2 3", "Pair 2 3 1"],
  [
    "pair nat nat nat",
    "pair nat nat nat",
    "UNPAIR 3; DIG 0; DUG 0; DIP 0 {}; DROP 0; PAIR 3",
    "Pair 1 2 3",
    "Pair 1 2 3",
  ],
  [
    "pair nat nat nat",
    "pair nat nat",
    "UNPAIR 3; DIP 2 { PUSH nat 1; ADD }; DIP { DROP }; PAIR",
    "Pair 1 2 3",
    "Pair 1 4",
  ],
  ["unit", "string", 'DROP; PUSH string "a"; CAST string; RENAME @x', "Unit", '"a"'],
]);

table("pairs, ors, options, lists", [
  [PAIR_NN, "nat", "CAR", "Pair 1 2", "1"],
  [PAIR_NN, "nat", "CDR", "Pair 1 2", "2"],
  ["pair nat string int", "int", "GET 4", 'Pair 1 "x" -3', "-3"],
  ["pair nat string int", "string", "GET 3", 'Pair 1 "x" -3', '"x"'],
  ["pair nat string int", "pair string int", "GET 2", 'Pair 1 "x" -3', 'Pair "x" -3'],
  ["pair nat string int", "pair nat string int", "GET 0", 'Pair 1 "x" -3', 'Pair 1 "x" -3'],
  ["pair nat string int", "pair nat bool int", "PUSH bool True; UPDATE 3", 'Pair 1 "x" -3', "Pair 1 True -3"],
  ["pair nat string int", "pair nat string bool", "PUSH bool True; UPDATE 4", 'Pair 1 "x" -3', 'Pair 1 "x" True'],
  ["pair nat string int", "bool", "PUSH bool True; UPDATE 0", 'Pair 1 "x" -3', "True"],
  [
    "pair nat nat nat nat",
    "list nat",
    "UNPAIR 4; NIL nat; SWAP; CONS; SWAP; CONS; SWAP; CONS; SWAP; CONS",
    "Pair 1 2 3 4",
    "{ 4 ; 3 ; 2 ; 1 }",
  ],
  ["nat", "or nat bool", "LEFT bool", "1", "Left 1"],
  ["nat", "or bool nat", "RIGHT bool", "1", "Right 1"],
  ["or nat string", "bool", "IF_LEFT { DROP; PUSH bool True } { DROP; PUSH bool False }", 'Right "a"', "False"],
  ["option nat", "nat", "IF_NONE { PUSH nat 9 } { PUSH nat 1; ADD }", "Some 4", "5"],
  ["option nat", "nat", "IF_NONE { PUSH nat 9 } { PUSH nat 1; ADD }", "None", "9"],
  ["option nat", "option string", 'MAP { DROP; PUSH string "s" }', "Some 4", 'Some "s"'],
  ["option nat", "option string", 'MAP { DROP; PUSH string "s" }', "None", "None"],
  ["list nat", "nat", "IF_CONS { SWAP; DROP } { PUSH nat 0 }", "{ 7 ; 8 }", "7"],
  ["list nat", "nat", "IF_CONS { SWAP; DROP } { PUSH nat 0 }", "{}", "0"],
  ["list nat", "nat", "PUSH nat 0; SWAP; ITER { ADD }", "{ 1 ; 2 ; 3 }", "6"],
  ["list nat", "list (pair nat nat)", "MAP { DUP; PAIR }", "{ 1 ; 2 }", "{ Pair 1 1 ; Pair 2 2 }"],
  ["list nat", "list nat", "MAP {}", "{ 1 ; 2 }", "{ 1 ; 2 }"],
  ["list nat", "nat", "SIZE", "{ 1 ; 2 }", "2"],
  ["unit", "list nat", "DROP; NIL nat; PUSH nat 1; CONS", "Unit", "{ 1 }"],
  ["unit", "option nat", "DROP; NONE nat", "Unit", "None"],
  ["unit", "unit", "DROP; UNIT", "Unit", "Unit"],
]);

table("sets and maps", [
  [
    "list nat",
    "set nat",
    "EMPTY_SET nat; SWAP; ITER { PUSH bool True; SWAP; UPDATE }",
    "{ 3 ; 1 ; 2 ; 1 }",
    "{ 1 ; 2 ; 3 }",
  ],
  ["set nat", "set nat", "PUSH bool False; PUSH nat 2; UPDATE", "{ 1 ; 2 }", "{ 1 }"],
  ["set nat", "set nat", "PUSH bool False; PUSH nat 5; UPDATE", "{ 1 ; 2 }", "{ 1 ; 2 }"],
  ["set nat", "bool", "PUSH nat 2; MEM", "{ 1 ; 2 }", "True"],
  ["set nat", "nat", "SIZE", "{ 1 ; 2 }", "2"],
  ["set nat", "nat", "PUSH nat 0; SWAP; ITER { SWAP; PUSH nat 10; MUL; ADD }", "{ 1 ; 2 ; 3 }", "123"],
  ["map string nat", "option nat", 'PUSH string "b"; GET', '{ Elt "a" 1 ; Elt "b" 2 }', "Some 2"],
  ["map string nat", "option nat", 'PUSH string "c"; GET', '{ Elt "a" 1 }', "None"],
  ["map string nat", "bool", 'PUSH string "a"; MEM', '{ Elt "a" 1 }', "True"],
  ["map string nat", "nat", "SIZE", '{ Elt "a" 1 }', "1"],
  [
    "map string nat",
    "map string nat",
    'PUSH (option nat) (Some 5); PUSH string "aa"; UPDATE',
    '{ Elt "a" 1 ; Elt "b" 2 }',
    '{ Elt "a" 1 ; Elt "aa" 5 ; Elt "b" 2 }',
  ],
  [
    "map string nat",
    "map string nat",
    'NONE nat; PUSH string "a"; UPDATE',
    '{ Elt "a" 1 ; Elt "b" 2 }',
    '{ Elt "b" 2 }',
  ],
  [
    "map string nat",
    "pair (option nat) (map string nat)",
    'PUSH (option nat) (Some 5); PUSH string "a"; GET_AND_UPDATE; PAIR',
    '{ Elt "a" 1 }',
    'Pair (Some 1) { Elt "a" 5 }',
  ],
  [
    "map string nat",
    "map string nat",
    "MAP { CDR; PUSH nat 1; ADD }",
    '{ Elt "a" 1 ; Elt "b" 2 }',
    '{ Elt "a" 2 ; Elt "b" 3 }',
  ],
  ["map string nat", "string", 'PUSH string ""; SWAP; ITER { CAR; SWAP; CONCAT }', '{ Elt "a" 1 ; Elt "b" 2 }', '"ab"'],
  ["unit", "map string nat", "DROP; EMPTY_MAP string nat", "Unit", "{}"],
  ["nat", "option nat", "EMPTY_BIG_MAP nat nat; PUSH (option nat) (Some 8); DUP 3; UPDATE; SWAP; GET", "3", "Some 8"],
  ["nat", "bool", "EMPTY_BIG_MAP nat nat; SWAP; MEM", "3", "False"],
]);

table("numbers", [
  ["pair int int", "int", `${UNP}; ADD`, "Pair -5 3", "-2"],
  ["pair int nat", "int", `${UNP}; ADD`, "Pair -5 3", "-2"],
  ["pair nat nat", "nat", `${UNP}; ADD`, "Pair 5 3", "8"],
  ["pair nat nat", "int", `${UNP}; SUB`, "Pair 3 5", "-2"],
  ["pair mutez mutez", "mutez", `${UNP}; ADD`, "Pair 3 5", "8"],
  ["pair mutez mutez", "option mutez", `${UNP}; SUB_MUTEZ`, "Pair 3 5", "None"],
  ["pair mutez mutez", "option mutez", `${UNP}; SUB_MUTEZ`, "Pair 5 5", "Some 0"],
  ["pair int int", "int", `${UNP}; MUL`, "Pair -5 3", "-15"],
  ["pair nat mutez", "mutez", `${UNP}; MUL`, "Pair 5 3", "15"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair 7 2", "Some (Pair 3 1)"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair -7 2", "Some (Pair -4 1)"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair 7 -2", "Some (Pair -3 1)"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair -7 -2", "Some (Pair 4 1)"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair -8 2", "Some (Pair -4 0)"],
  ["pair int int", "option (pair int nat)", `${UNP}; EDIV`, "Pair 1 0", "None"],
  ["pair mutez mutez", "option (pair nat mutez)", `${UNP}; EDIV`, "Pair 10 3", "Some (Pair 3 1)"],
  ["pair mutez nat", "option (pair mutez mutez)", `${UNP}; EDIV`, "Pair 10 3", "Some (Pair 3 1)"],
  ["nat", "int", "NEG", "3", "-3"],
  ["int", "nat", "ABS", "-3", "3"],
  ["int", "option nat", "ISNAT", "-3", "None"],
  ["int", "option nat", "ISNAT", "3", "Some 3"],
  ["nat", "int", "INT", "3", "3"],
  ["pair timestamp int", "timestamp", `${UNP}; ADD`, 'Pair "1970-01-01T00:00:10Z" 5', '"1970-01-01T00:00:15Z"'],
  ["pair timestamp timestamp", "int", `${UNP}; SUB`, "Pair 100 103", "-3"],
  ["pair nat nat", "nat", `${UNP}; LSL`, "Pair 3 4", "48"],
  ["pair nat nat", "nat", `${UNP}; LSR`, "Pair 49 4", "3"],
  ["pair nat nat", "nat", `${UNP}; AND`, "Pair 12 10", "8"],
  ["pair int nat", "nat", `${UNP}; AND`, "Pair -1 10", "10"],
  ["pair nat nat", "nat", `${UNP}; OR`, "Pair 12 10", "14"],
  ["pair nat nat", "nat", `${UNP}; XOR`, "Pair 12 10", "6"],
  ["nat", "int", "NOT", "0", "-1"],
  ["int", "int", "NOT", "-8", "7"],
  ["pair bool bool", "bool", `${UNP}; XOR`, "Pair True True", "False"],
  ["bool", "bool", "NOT", "True", "False"],
  ["pair nat nat", "int", `${UNP}; COMPARE`, "Pair 3 5", "-1"],
  ["int", "bool", "EQ", "0", "True"],
  ["int", "bool", "NEQ", "0", "False"],
  ["int", "bool", "LT", "-1", "True"],
  ["int", "bool", "LE", "0", "True"],
  ["int", "bool", "GT", "0", "False"],
  ["int", "bool", "GE", "0", "True"],
]);

table("bytes as bits and numbers", [
  ["nat", "bytes", "BYTES", "0", "0x"],
  ["nat", "bytes", "BYTES", "256", "0x0100"],
  ["int", "bytes", "BYTES", "128", "0x0080"],
  ["int", "bytes", "BYTES", "-128", "0x80"],
  ["int", "bytes", "BYTES", "-129", "0xff7f"],
  ["int", "bytes", "BYTES", "-1", "0xff"],
  ["bytes", "nat", "NAT", "0x0100", "256"],
  ["bytes", "int", "INT", "0xff80", "-128"],
  ["bytes", "int", "INT", "0x", "0"],
  ["pair bytes bytes", "bytes", `${UNP}; AND`, "Pair 0x05 0x0106", "0x04"],
  ["pair bytes bytes", "bytes", `${UNP}; OR`, "Pair 0x0005 0x0106", "0x0107"],
  ["pair bytes bytes", "bytes", `${UNP}; OR`, "Pair 0x05 0x0106", "0x0107"],
  ["pair bytes bytes", "bytes", `${UNP}; XOR`, "Pair 0x05 0x0106", "0x0103"],
  ["bytes", "bytes", "NOT", "0x00ff", "0xff00"],
  ["pair bytes nat", "bytes", `${UNP}; LSL`, "Pair 0x06 1", "0x000c"],
  ["pair bytes nat", "bytes", `${UNP}; LSL`, "Pair 0x06 8", "0x0600"],
  ["pair bytes nat", "bytes", `${UNP}; LSR`, "Pair 0x0006 1", "0x0003"],
  ["pair bytes nat", "bytes", `${UNP}; LSR`, "Pair 0x0006 8", "0x00"],
  ["pair bytes nat", "bytes", `${UNP}; LSR`, "Pair 0x0006 99999999999999999999", "0x"],
]);

table("text and bytes", [
  ["pair string string", "string", `${UNP}; CONCAT`, 'Pair "ab" "c"', '"abc"'],
  ["list string", "string", "CONCAT", '{ "a" ; "b" ; "c" }', '"abc"'],
  ["list string", "string", "CONCAT", "{}", '""'],
  ["list bytes", "bytes", "CONCAT", "{ 0x01 ; 0x02 }", "0x0102"],
  ["list bytes", "bytes", "CONCAT", "{}", "0x"],
  ["string", "nat", "SIZE", '"abc"', "3"],
  ["bytes", "nat", "SIZE", "0x0102", "2"],
  ["string", "option string", "PUSH nat 2; PUSH nat 1; SLICE", '"abcd"', 'Some "bc"'],
  ["string", "option string", "PUSH nat 0; PUSH nat 4; SLICE", '"abcd"', "None"],
  ["bytes", "option bytes", "PUSH nat 1; PUSH nat 1; SLICE", "0x010203", "Some 0x02"],
]);

// Digests of the empty string and of "abc", as the standards give them.
table("hashes and signatures", [
  ["bytes", "bytes", "SHA256", "0x616263", "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    ...(["bytes", "bytes", "SHA512", "0x"] as const),
    "0xcf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
  ],
  ["bytes", "bytes", "SHA3", "0x", "0xa7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"],
  ["bytes", "bytes", "KECCAK", "0x", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
  ["bytes", "bytes", "BLAKE2B", "0x", "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
  [
    "key",
    "key_hash",
    "HASH_KEY",
    '"edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav"',
    '"tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx"',
  ],
  ["pair nat string", "bytes", "PACK", 'Pair 1 "a"', "0x05070700010100000001" + "61"],
  ["pair nat nat nat nat", "bytes", "PACK", "Pair 1 2 3 4", "0x05070700010707000207070003" + "0004"],
  ["bytes", "option nat", "UNPACK nat", "0x050001", "Some 1"],
  ["bytes", "option nat", "UNPACK nat", "0x05000100", "None"],
  ["bytes", "option nat", "UNPACK nat", "0x0001", "None"],
  ["bytes", "option string", "UNPACK string", "0x050001", "None"],
  [
    "bytes",
    "option (pair nat nat nat nat)",
    "UNPACK (pair nat nat nat nat)",
    "0x0502000000080001000200030004",
    "Some (Pair 1 2 3 4)",
  ],
  ["address", "bytes", "PACK", `"${ALICE}"`, "0x050a00000016000002298c03ed7d454a101eb7022bc95f7e5f41ac78"],
]);

table(
  "functions",
  [
    ["nat", "nat", "LAMBDA nat nat { PUSH nat 1; ADD }; SWAP; EXEC", "4", "5"],
    ["nat", "nat", "LAMBDA (pair nat nat) nat { UNPAIR; MUL }; PUSH nat 3; APPLY; SWAP; EXEC", "4", "12"],
    [
      ...(["nat", "nat"] as const),
      `LAMBDA_REC nat nat { DUP; INT; EQ; IF { DROP 2; PUSH nat 1 }
                          { DUP; PUSH nat 1; SWAP; SUB; ABS; DIG 2; SWAP; EXEC; MUL } }; SWAP; EXEC`,
      ...(["5", "120"] as const),
    ],
    [
      ...(["nat", "nat"] as const),
      `LAMBDA_REC (pair nat nat) nat { UNPAIR; DUP; INT; EQ; IF { DROP; SWAP; DROP }
                                     { PUSH nat 1; SWAP; SUB; ABS; DIP { PUSH nat 2; ADD }; PAIR; EXEC } };
     PUSH nat 3; APPLY; SWAP; EXEC`,
      ...(["4", "10"] as const),
    ],
    ["lambda nat nat", "nat", "PUSH nat 6; EXEC", "{ PUSH nat 2; MUL }", "12"],
    [
      "nat",
      "lambda nat nat",
      "LAMBDA (pair nat nat) nat { ADD_ }; SWAP; APPLY",
      "4",
      "{ PUSH nat 4 ; PAIR ; { UNPAIR ; ADD } }",
    ],
    ["nat", "nat", "PUSH bool True; LOOP { PUSH nat 1; ADD; DUP; PUSH nat 10; COMPARE; GT }", "4", "10"],
    ["nat", "string", 'LEFT string; LOOP_LEFT { DROP; PUSH string "done"; RIGHT nat }', "4", '"done"'],
  ].map((row) => row.map((cell) => cell.replace("ADD_", "UNPAIR; ADD"))) as unknown as Row[],
);

table(
  "the chain",
  [
    ["unit", "mutez", "DROP; AMOUNT", "Unit", "7"],
    ["unit", "mutez", "DROP; BALANCE", "Unit", "99"],
    ["unit", "nat", "DROP; LEVEL", "Unit", "42"],
    ["unit", "timestamp", "DROP; NOW", "Unit", '"2001-09-09T01:46:40Z"'],
    ["unit", "nat", "DROP; MIN_BLOCK_TIME", "Unit", "8"],
    ["unit", "chain_id", "DROP; CHAIN_ID", "Unit", '"NetXdQprcVkpaWU"'],
    ["unit", "address", "DROP; SELF_ADDRESS", "Unit", `"${SELF}"`],
    ["unit", "address", "DROP; SELF; ADDRESS", "Unit", `"${SELF}"`],
    ["unit", "address", "DROP; SENDER", "Unit", `"${OTHER}"`],
    ["unit", "address", "DROP; SOURCE", "Unit", `"${ALICE}"`],
    ["key_hash", "address", "IMPLICIT_ACCOUNT; ADDRESS", `"${ALICE}"`, `"${ALICE}"`],
    ["address", "option key_hash", "IS_IMPLICIT_ACCOUNT", `"${OTHER}"`, "None"],
    ["address", "option key_hash", "IS_IMPLICIT_ACCOUNT", `"${ALICE}"`, `Some "${ALICE}"`],
    ["address", "bool", "CONTRACT unit; IF_NONE { PUSH bool False } { DROP; PUSH bool True }", `"${ALICE}"`, "True"],
    ["address", "bool", "CONTRACT nat; IF_NONE { PUSH bool False } { DROP; PUSH bool True }", `"${ALICE}"`, "False"],
    [
      "address",
      "bool",
      "CONTRACT (ticket nat); IF_NONE { PUSH bool False } { DROP; PUSH bool True }",
      `"${ALICE}"`,
      "True",
    ],
    ["address", "bool", "CONTRACT unit; IF_NONE { PUSH bool False } { DROP; PUSH bool True }", `"${OTHER}"`, "False"],
  ],
  { context: { amount: 7n, balance: 99n, level: 42, now: 1_000_000_000n, sender: OTHER } },
);

describe("CONTRACT", () => {
  const code = scriptOf("parameter (or (nat %a) (or (string %b) (unit %default))); storage unit; code { FAILWITH }");
  const chain = { contractCode: () => code, rollupParametersType: () => undefined };
  it.each([
    ["nat", "%a", "", "a"],
    ["string", "%b", "", "b"],
    ["string", "", "%b", "b"],
    ["unit", "", "", ""],
    ["nat", "", "", undefined],
    ["nat", "%b", "", undefined],
    ["string", "%b", "%b", undefined],
    ["string", "%c", "", undefined],
  ])("of %s at %s on an address with %s", (type, annotation, suffix, entrypoint) => {
    const whole = `CONTRACT ${annotation} ${type}; IF_NONE { NONE address } { ADDRESS; SOME }`;
    const expected = entrypoint === undefined ? "None" : `Some "${OTHER}${entrypoint === "" ? "" : "%"}${entrypoint}"`;
    expect(evaluate("address", "option address", whole, `"${OTHER}${suffix}"`, { context: { chain } })).toBe(expected);
  });
});

describe("CHECK_SIGNATURE", () => {
  it.each([
    ["edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav", "0x05010000000568656c6c6f", "True"],
    ["edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav", "0x05010000000568656c6c6e", "False"],
    ["edpkuJqtDcA2m2muMxViSM47MPsGQzmyjnNTawUPqR8vZTAMcx61ES", "0x05010000000568656c6c6f", "False"],
    ["sppk7bMuoa8w2LSKz3XEuPsKx1WavsMLCWgbWG9CZNAsJg9eTmkXRPd", "0x05010000000568656c6c6f", "False"],
  ])("by %s on %s: %s", (key, message, expected) => {
    const signature =
      "edsigu3QszDjUpeqYqbvhyRxMpVFamEnvm9FYnt7YiiNt9nmjYfh8ZTbsybZ5WnBkhA7zfHsRVyuTnRsGLR6fNHt1Up1FxgyRtF";
    const code = "UNPAIR 3; CHECK_SIGNATURE";
    const input = `Pair "${key}" "${signature}" ${message}`;
    expect(evaluate("pair key signature bytes", "bool", code, input)).toBe(expected);
  });
});

failures(
  "failing",
  [
    ["nat", "FAILWITH_", "3", "script_rejected"],
    ["pair mutez mutez", "UNPAIR; ADD", "Pair 9223372036854775807 1", "tez.addition_overflow"],
    ["pair mutez nat", "UNPAIR; MUL", "Pair 9223372036854775807 2", "tez.multiplication_overflow"],
    ["pair mutez nat", "UNPAIR; MUL", "Pair 1 9223372036854775808", "script_overflow"],
    ["pair nat nat", "UNPAIR; LSL", "Pair 1 257", "script_overflow"],
    ["pair nat nat", "UNPAIR; LSR", "Pair 1 257", "script_overflow"],
    ["pair bytes nat", "UNPAIR; LSL", "Pair 0x01 64001", "script_overflow"],
  ].map(([type, code, ...rest]) => [
    type,
    code === "FAILWITH_" ? "PUSH bool True; IF { FAILWITH } {}" : code,
    ...rest,
  ]) as unknown as Failure[],
);

describe("FAILWITH", () => {
  it("gives its value in optimized form, and its place", () => {
    const whole = script("address", "unit", "CAR; FAILWITH");
    const { causes } = refusal(() => run(whole, "Unit", `"${ALICE}"`));
    expect(causes.map(({ fields }) => fields)).toEqual([
      { location: 8, with: { bytes: "000002298c03ed7d454a101eb7022bc95f7e5f41ac78" } },
    ]);
  });
});

describe("tickets", () => {
  const KEEP = "NIL operation; PAIR";
  it.each([
    ['PUSH nat 0; PUSH string "a"; TICKET', "None"],
    ['PUSH nat 3; PUSH string "a"; TICKET', `Some (Pair "${SELF}" "a" 3)`],
    ['PUSH nat 3; PUSH string "a"; TICKET; ASSERT_SOME; READ_TICKET; DROP; SOME', `Some (Pair "${SELF}" "a" 3)`],
    [
      'PUSH (pair nat nat) (Pair 1 2); PUSH nat 3; PUSH string "a"; TICKET; ASSERT_SOME; SPLIT_TICKET; ASSERT_SOME; CDR; SOME',
      `Some (Pair "${SELF}" "a" 2)`,
    ],
    [
      'PUSH (pair nat nat) (Pair 0 3); PUSH nat 3; PUSH string "a"; TICKET; ASSERT_SOME; SPLIT_TICKET; IF_NONE { NONE (ticket string) } { CAR; SOME }',
      "None",
    ],
    [
      'PUSH (pair nat nat) (Pair 2 2); PUSH nat 3; PUSH string "a"; TICKET; ASSERT_SOME; SPLIT_TICKET; IF_NONE { NONE (ticket string) } { CAR; SOME }',
      "None",
    ],
    [
      'PUSH nat 1; PUSH string "a"; TICKET; ASSERT_SOME; PUSH nat 2; PUSH string "a"; TICKET; ASSERT_SOME; PAIR; JOIN_TICKETS',
      `Some (Pair "${SELF}" "a" 3)`,
    ],
    [
      'PUSH nat 1; PUSH string "a"; TICKET; ASSERT_SOME; PUSH nat 2; PUSH string "b"; TICKET; ASSERT_SOME; PAIR; JOIN_TICKETS',
      "None",
    ],
  ])("%s leaves %s", (code, expected) => {
    const whole = script("unit", "option (ticket string)", `DROP; ${code}; ${KEEP}`);
    const { shown, storedTickets } = run(whole, "None", "Unit");
    expect(textOf(shown)).toBe(expected);
    const kept = /(\d+)\)$/.exec(expected)?.[1];
    expect(storedTickets.map(({ amount }) => amount)).toEqual(kept === undefined ? [] : [BigInt(kept)]);
  });

  it("are counted as they come in, stay and go out", () => {
    const whole = script(
      "pair (list (ticket nat)) (contract (ticket nat))",
      "list (ticket nat)",
      'UNPAIR; UNPAIR; IF_CONS {} { PUSH string "none"; FAILWITH }; DIP { SWAP; PUSH mutez 0 }; TRANSFER_TOKENS; DIP { SWAP; DROP }; NIL operation; SWAP; CONS; PAIR',
    );
    const ticket = (amount: number) => `Pair "${OTHER}" 5 ${amount}`;
    const outcome = run(whole, "{}", `(Pair { ${ticket(1)} ; ${ticket(2)} ; ${ticket(4)} } "${ALICE}")`, {
      internal: true,
    });
    const token = { ticketer: OTHER, contentType: { prim: "nat" }, content: { int: "5" } };
    expect(outcome.argumentTickets).toEqual([{ token, amount: 7n }]);
    expect(outcome.storedTickets).toEqual([{ token, amount: 6n }]);
    expect(outcome.operations[0]?.operation).toMatchObject({
      kind: "transaction",
      destination: ALICE,
      tickets: [{ token, amount: 1n }],
    });
  });

  it("in big maps are counted as they change", () => {
    const whole = script(
      "option (ticket nat)",
      "big_map nat (ticket nat)",
      "UNPAIR; PUSH nat 1; GET_AND_UPDATE; DROP; NIL operation; PAIR",
    );
    const first = run(whole, "{}", `(Some (Pair "${OTHER}" 5 3))`, { internal: true });
    expect(first.storedTickets.map(({ amount }) => amount)).toEqual([3n]);
  });
});

describe("gas", () => {
  it.each([
    ["counting without end", "PUSH nat 0; PUSH bool True; LOOP { PUSH nat 1; ADD; PUSH bool True }; DROP"],
    ["squaring without end", "PUSH nat 3; PUSH bool True; LOOP { DUP; MUL; PUSH bool True }; DROP"],
    ["doubling text without end", 'PUSH string "abcdefgh"; PUSH bool True; LOOP { DUP; CONCAT; PUSH bool True }; DROP'],
    ["recursion without end", "PUSH nat 0; LAMBDA_REC nat nat { EXEC }; SWAP; EXEC; DROP"],
    ["hashing without end", "PUSH bytes 0x00; PUSH bool True; LOOP { BLAKE2B; PUSH bool True }; DROP"],
    [
      "growing a map without end",
      "EMPTY_MAP nat nat; PUSH nat 0; PUSH bool True; LOOP { DUP; DUP; DUG 3; DIG 2; SWAP; SOME; DIG 3; UPDATE; SWAP; PUSH nat 1; ADD; PUSH bool True }; DROP 2",
    ],
  ])("bounds %s", { timeout: 20_000 }, async (_name, code) => {
    const { Gas } = await import("./harness.js");
    const whole = script("unit", "unit", `CDR; DIP { ${code} }; NIL operation; PAIR`.replace("CDR; DIP", "CDR; DIP"));
    const gas = new Gas(1_040_000_000);
    expect(traceOf(() => run(whole, "Unit", "Unit", { context: { gas } }))).toEqual([
      "runtime_error",
      "gas_exhausted.operation",
    ]);
  });
});
