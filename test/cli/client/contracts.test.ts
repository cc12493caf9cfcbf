import { beforeAll, describe, expect, it } from "vitest";
import { BOOTSTRAP1, startNetwork, type TestClient } from "./harness.js";

const STRINGS = "parameter string; storage string; code {CAR; NIL operation; PAIR};";
const COUNTER = `parameter (or (nat %add) (unit %reset));
storage nat;
code { UNPAIR ; IF_LEFT { ADD } { DROP 2 ; PUSH nat 0 } ; NIL operation ; PAIR }`;
const FAILING = 'parameter unit; storage unit; code { PUSH string "never" ; FAILWITH }';
const TICKETER = `parameter address;
storage unit;
code { CAR ; CONTRACT (ticket string) ; ASSERT_SOME ; PUSH mutez 0 ;
  PUSH nat 5 ; PUSH string "red" ; TICKET ; ASSERT_SOME ;
  TRANSFER_TOKENS ; UNIT ; NIL operation ; DIG 2 ; CONS ; PAIR }`;

function originate(alias: string, code: string, ...more: string[]): readonly string[] {
  return [...`originate contract ${alias} transferring 1 from bootstrap1 running`.split(" "), code, ...more];
}

describe("contracts", () => {
  let client: TestClient;
  beforeAll(async () => {
    ({ client } = await startNetwork());
  });

  it("are originated, and remembered", async () => {
    const out = await client.ok(originate("go", STRINGS, "--init", '""', "--burn-cap", "0.4"));
    const [, address = ""] = /\nNew contract (KT1\w{33}) originated\.\n/.exec(out) ?? [];
    expect(out).toContain(`    Origination:
      From: ${BOOTSTRAP1}
      Credit: ꜩ1
      Script:
        { parameter string ;
          storage string ;
          code { CAR ; NIL operation ; PAIR } }
        Initial storage: ""
        No delegate for this contract
        This origination was successfully applied
        Originated contracts:
          ${address}
        Storage size: `);
    expect(out).toMatch(/ {8}Balance updates:\n {10}tz1\w{33} \.\.\. -ꜩ[\d.]+\n/);
    expect(out).toMatch(/\nContract memorized as go\.\n$/);
    expect(client.read("contracts")).toBe(`[ { "name": "go", "value": "${address}" } ]`);
    expect(await client.ok("list known contracts")).toMatch(new RegExp(`^go: ${address}\nbootstrap1: tz1`));
    expect(await client.ok("show known contract go")).toBe(`${address}\n\n`);
    expect(await client.ok("get balance for go")).toBe("1 ꜩ\n");
    expect(await client.ok("get contract code for go")).toBe(
      "{ parameter string ;\n  storage string ;\n  code { CAR ; NIL operation ; PAIR } }\n",
    );
    expect(await client.fails(originate("go", STRINGS))).toContain("The contract alias go already exists.");
  });

  it("are called", async () => {
    const out = await client.ok(["call", "go", "from", "bootstrap1", "--arg", '"hello"', "--burn-cap", "0.1"]);
    expect(out).toContain('      Parameter: "hello"\n');
    expect(out).toContain('      Updated storage: "hello"\n');
    expect(out).toContain("      Paid storage size diff: 5 bytes\n");
    expect(await client.ok("get contract storage for go")).toBe('"hello"\n');
    await client.ok(["transfer", "2", "from", "bootstrap1", "to", "go", "--arg", '"once"']);
    expect(await client.ok("get contract storage for go")).toBe('"once"\n');
    expect(await client.ok("get balance for go")).toBe("3 ꜩ\n");
  });

  it("come from files, and have entrypoints", async () => {
    const file = client.write("counter.tz", COUNTER);
    await client.ok(originate("counter", file, "--init", "40", "--burn-cap", "1"));
    const out = await client.ok("call counter from bootstrap2 --entrypoint add --arg 2");
    expect(out).toContain("      Entrypoint: add\n      Parameter: 2\n");
    expect(await client.ok("get contract storage for counter")).toBe("42\n");
    expect(await client.ok("call counter from bootstrap2 --entrypoint reset")).toContain("      Entrypoint: reset\n");
    expect(await client.ok("get contract storage for counter")).toBe("0\n");
    expect(await client.ok("get contract entrypoint type of add for counter")).toBe("Entrypoint add: nat\n\n");
    expect(await client.ok("get contract entrypoint type of none for counter")).toMatch(
      /^No entrypoint named none for contract KT1\w{33}\n\n$/,
    );
    expect(await client.ok("get contract entrypoints for counter")).toMatch(
      /^Entrypoints for contract KT1\w{33}: \n {2}default: \(or \(nat %add\) \(unit %reset\)\)\n {2}reset: unit\n {2}add: nat\n\n$/,
    );
    expect(await client.ok("get contract unreachable paths for counter")).toBe("None.\n\n");
    const used = Number(await client.ok("get contract used storage space for counter"));
    expect(used).toBeGreaterThan(50);
    expect(Number(await client.ok("get contract paid storage space for counter"))).toBeGreaterThanOrEqual(used);
  });

  it("fail with their reasons", async () => {
    await client.ok(originate("failing", FAILING, "--burn-cap", "1"));
    const { code, out, err } = await client.run("call failing from bootstrap1");
    expect(code).toBe(1);
    expect(out).toContain("This operation FAILED.");
    expect(err).toContain('script reached FAILWITH instruction\nwith "never"');
    expect(err).toMatch(/Fatal error:\n {2}transfer simulation failed\n$/);
  });

  it.each([
    [originate("new", "parameter unit; storage unit; code { FLY }", "--burn-cap", "1"), ""],
    [
      originate("new", "parameter unit; storage unit; code { ADD }", "--burn-cap", "1"),
      "origination simulation failed",
    ],
    [originate("new", "parameter unit; storage unit", "--burn-cap", "1"), "origination simulation failed"],
    [originate("new", STRINGS, "--init", "3", "--burn-cap", "1"), "origination simulation failed"],
    [originate("new", STRINGS, "--init", "(", "--burn-cap", "1"), ""],
    [originate("new", STRINGS, "--init", '""'), "which is higher than the configured burn cap"],
    [["call", "go", "from", "bootstrap1", "--arg", "3"], "transfer simulation failed"],
    [["call", "go", "from", "bootstrap1", "--entrypoint", "none", "--arg", '""'], "transfer simulation failed"],
    [["call", "go", "from", "bootstrap1", "--entrypoint", "x".repeat(32), "--arg", '""'], "Invalid entrypoint name"],
    [["call", "none", "from", "bootstrap1"], "no contract or key named none"],
  ])("refuse %j", async (line, message) => {
    expect(await client.fails(line)).toContain(message);
    expect(await client.ok("list known contracts")).not.toContain("new:");
  });

  it("have names", async () => {
    await client.ok("remember contract twin KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5");
    expect(await client.ok("list known contracts")).toContain("twin: KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5\n");
    await client.ok("remember contract bootstrap1 go --force");
    expect(await client.ok("list known contracts")).toContain("key:bootstrap1: tz1");
    await client.ok("forget contract bootstrap1");
    await client.ok("forget contract twin");
    expect(await client.fails("show known contract twin")).toContain("no contract alias named twin");
    expect(await client.fails("forget all contracts")).toContain("-force");
  });

  it("make tickets, which move", async () => {
    await client.ok(originate("ticketer", TICKETER, "--burn-cap", "1"));
    const out = await client.ok([..."call ticketer from bootstrap1 --burn-cap 1 --arg".split(" "), `"${BOOTSTRAP1}"`]);
    expect(out).toContain("Internal operations:");
    expect(out).toContain("Ticket updates:");
    const balance = (who: string) =>
      client.ok([
        ..."get ticket balance for".split(" "),
        who,
        ..."with ticketer ticketer and type string and content".split(" "),
        '"red"',
      ]);
    expect(await balance("bootstrap1")).toBe("5\n");
    const moved = await client.ok([
      ..."transfer 2 tickets from bootstrap1 to bootstrap2 with entrypoint default and contents".split(" "),
      '"red"',
      ..."and type string and ticketer ticketer --burn-cap 1".split(" "),
    ]);
    expect(moved).toContain("This tickets transfer was successfully applied\n");
    expect([await balance("bootstrap1"), await balance("bootstrap2")]).toEqual(["3\n", "2\n"]);
    expect(await client.ok("get all ticket balances for ticketer")).toBe("\n");
    const none =
      "transfer 0 tickets from bootstrap1 to bootstrap2 with entrypoint default and contents 1 and type nat and ticketer go";
    expect(await client.fails(none)).toContain("ticket quantity should not be zero or negative");
  });
});

describe("what is wrong with scripts", () => {
  let client: TestClient;
  beforeAll(async () => {
    ({ client } = await startNetwork());
  });

  const reason = async (line: readonly string[]): Promise<string> => {
    const err = await client.fails(line);
    return err
      .replace(/\bKT1\w{33}\b/g, "KT1…")
      .replace(/Fatal error:\n {2}(transfer|origination) simulation failed\n$/, "");
  };
  const code = (text: string): string => `parameter unit; storage unit; code { ${text} }`;

  it.each([
    [
      "CAR ; ADD",
      `Ill typed contract:
  1: { parameter unit ; storage unit ; code { CAR ; ADD } }
At line 1 characters 47 to 50, wrong stack type for instruction ADD: [].
`,
    ],
    [
      'PUSH bool True ; IF { PUSH nat 1 } { PUSH string "" } ; DROP ; CDR ; NIL operation ; PAIR',
      `Ill typed contract:
  1: { parameter unit ;
  2:   storage unit ;
  3:   code { PUSH bool True ;
  4:          IF { PUSH nat 1 } { PUSH string "" } ;
  5:          DROP ;
  6:          CDR ;
  7:          NIL operation ;
  8:          PAIR } }
At line 4 characters 9 to 45,
  two branches don't end with the same stack type:
  - first stack type: [],
  - other stack type: [].
Bad stack item 1.
At line 4 characters 9 to 45, Type nat is not compatible with type string.
At line 4 characters 9 to 45, Type nat is not compatible with type string.
`,
    ],
    [
      'PUSH string "" ; PUSH nat 1 ; ADD ; DROP ; CDR ; NIL operation ; PAIR',
      `Ill typed contract:
  1: { parameter unit ;
  2:   storage unit ;
  3:   code { PUSH string "" ; PUSH nat 1 ; ADD ; DROP ; CDR ; NIL operation ; PAIR } }
At line 3 characters 39 to 42, operator ADD is undefined between nat
and string.
`,
    ],
    [
      "PUSH nat -1 ; DROP ; CDR ; NIL operation ; PAIR",
      `Ill typed contract:
  1: { parameter unit ;
  2:   storage unit ;
  3:   code { PUSH nat -1 ; DROP ; CDR ; NIL operation ; PAIR } }
At line 3 characters 18 to 20, value -1 is invalid for type nat.
At line 3 characters 18 to 20, value -1
is invalid, expected a non-negative integer
`,
    ],
  ])("is told with its place: %s", async (body, expected) => {
    expect(await reason(originate("new", code(body), "--burn-cap", "1"))).toBe(expected);
  });

  it("is told of types, fields and storage", async () => {
    expect(await reason(originate("new", "parameter (map unit); storage unit; code { CDR }", "--burn-cap", "1"))).toBe(
      `At (unshown) location 2, ill formed type:
  1: { parameter (map unit) ; storage unit ; code { CDR } }
At line 1 characters 12 to 22,
primitive map expects 2 arguments but is given 1.
`,
    );
    expect(await reason(originate("new", "parameter unit; storage unit", "--burn-cap", "1"))).toContain(
      "Missing contract field: code\n",
    );
    const storage = originate("new", code("CDR ; NIL operation ; PAIR"), "--burn-cap", "1", "--init", "3");
    expect(await reason(storage)).toBe(
      `Ill typed data: 1: 3 is not an expression of type unit
At line 1 characters 0 to 1, value 3 is invalid for type unit.
At line 1 characters 0 to 1,
unexpected int, only a primitive can be used here.
`,
    );
  });

  it("is told when it runs", async () => {
    await client.ok(originate("failing", code('DROP ; PUSH string "never" ; FAILWITH'), "--burn-cap", "1"));
    expect(await reason(["call", "failing", "from", "bootstrap1"])).toBe(
      `Runtime error in contract KT1…:
  1: { parameter unit ;
  2:   storage unit ;
  3:   code { DROP ; PUSH string "never" ; FAILWITH } }
At line 3 characters 38 to 46,
script reached FAILWITH instruction
with "never"
`,
    );
    expect(await reason(["call", "failing", "from", "bootstrap1", "--no-print-source"])).toContain(
      'script reached FAILWITH instruction\nwith "never"\n',
    );
    expect(await reason(["call", "failing", "from", "bootstrap1", "--arg", "3"])).toMatch(
      /^Invalid argument passed to contract KT1…\.\nAt \(unshown\) location 0, value 3 is invalid for type unit\.\n/,
    );
    expect(await reason(["call", "failing", "from", "bootstrap1", "--entrypoint", "foo"])).toBe(
      "Invalid argument passed to contract KT1….\nContract has no entrypoint named foo\n",
    );
    expect(await reason(["call", "bootstrap2", "from", "bootstrap1", "--arg", "3"])).toMatch(
      /^Account tz1\w{33} is not a smart contract, it does not take arguments\.\nThe `-arg' flag should not/,
    );
  });
});
