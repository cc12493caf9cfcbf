// Whatever is typed, and whatever a node answers: the client ends with an exit code and words, never with an exception.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tickproof } from "../harness.js";
import { BOOTSTRAP1, startNetwork, TestClient } from "./harness.js";

const HASH = "src13wCGc2nMVfN7rD1rgeG3g1q7oXYX2m5MJY5ZRooVhLt7JwKXwX";
const STATE = "srs13RotZnyVTbXVyYLjAxUqQnQi3cZ3jHU1t3KqTxJfDzsHH8KpH1";
const ROLLUP = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57";
const CONTRACT = "KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5";
const OPERATION = "onvsLP3JFZia2mzZKWaFuFkWg2L5p3BDUhzh5Kr6CiDDN3rtQ1D";

/** One of each command that asks the node something, as words; `_` stands for a blank. */
const LINES = [
  "bootstrapped",
  "get timestamp",
  "get balance for bootstrap1",
  "get full balance for bootstrap1",
  "get delegate for bootstrap1",
  `get contract storage for ${CONTRACT}`,
  `get contract code for ${CONTRACT}`,
  `get contract entrypoints for ${CONTRACT}`,
  `get contract entrypoint type of default for ${CONTRACT}`,
  `get contract unreachable paths for ${CONTRACT}`,
  `get contract used storage space for ${CONTRACT}`,
  `get ticket balance for bootstrap1 with ticketer ${CONTRACT} and type nat and content 1`,
  `get all ticket balances for ${CONTRACT}`,
  `get receipt for ${OPERATION}`,
  `wait for ${OPERATION} to be included`,
  "list smart rollups",
  "rpc get /chains/main/chain_id",
  "rpc post /chains/main/blocks/head/helpers/preapply/operations with []",
  "rpc list /chains",
  "transfer 1 from bootstrap1 to bootstrap2 --burn-cap 1 --fee-cap 2",
  `call ${CONTRACT} from bootstrap1 --arg Unit --entrypoint default`,
  "originate contract c transferring 0 from bootstrap1 running parameter_unit;storage_unit;code{CDR;NIL_operation;PAIR} --burn-cap 1",
  "reveal key for bootstrap1",
  `transfer 1 tickets from bootstrap1 to bootstrap2 with entrypoint default and contents 1 and type nat and ticketer ${CONTRACT}`,
  "originate smart rollup r from bootstrap1 of kind wasm_2_0_0 of type bytes with kernel 0061736d --burn-cap 2",
  'send smart rollup message hex:["00"] from bootstrap1',
  `publish commitment from bootstrap1 for smart rollup ${ROLLUP} with compressed state ${STATE} at inbox level 5 and predecessor ${HASH} and number of ticks 1`,
  `cement commitment from bootstrap1 for smart rollup ${ROLLUP}`,
  `timeout dispute on smart rollup ${ROLLUP} with bootstrap1 against bootstrap2 from bootstrap3`,
  `execute outbox message of smart rollup ${ROLLUP} from bootstrap1 for commitment hash ${HASH} and output proof 0x00`,
  `recover bond of bootstrap1 for smart rollup ${ROLLUP} from bootstrap2`,
  `refute commitment on smart rollup ${ROLLUP} against bootstrap2 with {"refutation_kind":"start","player_commitment_hash":"${HASH}","opponent_commitment_hash":"${HASH}"} from bootstrap1`,
  'inject operations {"kind":"smart_rollup_add_messages","message":["00"]} from bootstrap1',
  "list known addresses",
  "show address bootstrap1 -S",
  "list known smart rollups",
  "config show",
  "man smart rollup",
];

const wordsOf = (line: string): string[] =>
  line.split(" ").map((word) => (word.includes(";") ? word.replaceAll("_", " ") : word));

describe("mutated command lines", () => {
  let client: TestClient;
  beforeAll(async () => {
    ({ client } = await startNetwork());
  });

  it("of each command as it is end in order", async () => {
    for (const line of LINES) {
      if (line.startsWith("wait for")) continue; // for ever, since there is no such operation
      const { code, err, out } = await client.run(wordsOf(line));
      expect(code === 0 || (code === 1 && err !== ""), `${line}: ${code} ${err}${out}`).toBe(true);
    }
  });

  it("end in order", async () => {
    const all = LINES.filter((line) => !line.startsWith("wait for"));
    const junk = fc.constantFrom(
      "",
      "-",
      "--",
      "-h",
      "0x",
      "{",
      "[]",
      "99999999999999999999",
      "text:",
      "file:",
      "alias:",
      "é",
      BOOTSTRAP1,
    );
    const mutation = fc.record({ line: fc.nat(all.length - 1), at: fc.nat(20), what: fc.nat(3), word: junk });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ line, at, what, word }) => {
        const words = wordsOf(all[line] ?? "");
        const place = at % words.length;
        if (what === 0) words.splice(place, 1);
        else if (what === 1) words.splice(place, 0, word);
        else if (what === 2) words[place] = word;
        else words.splice(place, 1, words[place] ?? "", words[place] ?? "");
        const { code, err } = await client.run(words);
        expect(code === 0 || (code === 1 && err !== "")).toBe(true);
      }),
      { seed: 20261124, numRuns: 100 },
    );
  });
});

describe("a node that answers nonsense", () => {
  let server: Server;
  let client: TestClient;
  let answer: readonly [status: number, body: string] = [200, ""];
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(answer[0], { "content-type": "application/json" }).end(answer[1]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    client = new TestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await client.addBootstrapKeys();
  });
  afterAll(() => server.close());

  it.each([
    [200, ""],
    [200, "null"],
    [200, "{}"],
    [200, "[]"],
    [200, "[[]]"],
    [200, '"x"'],
    [200, "1"],
    [200, "{"],
    [200, "<html>"],
    [204, ""],
    [301, ""],
    [400, "no"],
    [404, ""],
    [410, ""],
    [500, "[]"],
    [500, "[1]"],
    [500, '[{"kind":"temporary","id":"proto.alpha.michelson_v1.bad_return","location":"x"}]'],
    [500, '[{"kind":"temporary","id":"proto.alpha.michelson_v1.ill_typed_contract"},{"id":3}]'],
    [500, '[{"kind":"permanent","id":"proto.alpha.smart_rollup_bad_inbox_level"}]'],
    [503, ""],
  ])("%i %j is told of", async (status, body) => {
    answer = [status, body];
    for (const [i, line] of LINES.entries()) {
      // Without knowing the protocol there are no commands about the chain: mostly it is given.
      const { code, err } = await client.run([...(i % 8 === 0 ? [] : ["-p", "ProtoALphaAL"]), ...wordsOf(line)]);
      expect(code === 0 || (code === 1 && err !== ""), line).toBe(true);
    }
  });
});

describe("the program", () => {
  it("hands its words on to the client and the codec, options and all", async () => {
    const help = await tickproof(["--help"]);
    expect(help.out).toContain("client");
    expect(help.out).toContain("codec");
    const version = await tickproof(["client", "--version"]);
    expect([version.code, version.out]).toEqual([0, expect.stringMatching(/^tickproof \d+\.\d+\.\d+\n$/)]);
    expect((await tickproof(["--debug", "client", "--help"])).out).toContain(
      "Usage:\n  tickproof client [global options]",
    );
    expect((await tickproof(["codec", "encode", "ground.uint8", "from", "7"])).out).toBe("07\n");
    const wrong = await tickproof(["codec", "encode", "ground.uint8", "from", "700"]);
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
  });
});
