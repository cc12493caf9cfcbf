import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCodec } from "../../src/cli/codec.js";
import { ENCODINGS } from "../../src/cli/codec-encodings.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { testHost } from "./client/harness.js";
import { temporaryFolder, write } from "./harness.js";

const folder = temporaryFolder();

async function codec(...args: string[]) {
  const { host, said } = testHost();
  const code = await runCodec(args, { host, version: "tickproof 0" });
  return { ...said, code };
}

const MESSAGE = `{
    "transactions": [
      {
        "parameters": {"int": "37"},
        "destination": "KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5",
        "entrypoint": "%default"
      }
    ],
    "kind": "untyped"
  }`;
const BYTES = "0000000024002501e23f94166aa518a037d11c2af05984c36b08f7cc00000000082564656661756c74";

describe("tickproof codec", () => {
  it("encodes the manual's message, and reads it back", async () => {
    const name = "alpha.smart_rollup.outbox.message";
    expect(await codec("encode", name, "from", MESSAGE)).toEqual({ code: 0, out: `${BYTES}\n`, err: "" });
    const { code, out } = await codec("decode", name, "from", BYTES);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(MESSAGE));
    expect(out).toBe(
      '{ "transactions":\n    [ { "parameters": { "int": "37" },\n' +
        '        "destination": "KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5",\n        "entrypoint": "%default" } ], "kind": "untyped" }\n',
    );
  });

  it("takes files", async () => {
    const json = write(folder, "message.json", MESSAGE);
    expect((await codec("encode", "alpha.smart_rollup.outbox.message", "from", json)).out).toBe(`${BYTES}\n`);
    const hex = write(folder, "message.hex", `${BYTES.slice(0, 20)}\n${BYTES.slice(20)}\n`);
    expect((await codec("decode", "alpha.smart_rollup.outbox.message", "from", hex)).code).toBe(0);
  });

  it.each([
    ["ground.Z", '"-1"', "41"],
    ["ground.Z", '"128"', "8002"],
    ["ground.N", '"300"', "ac02"],
    ["ground.uint8", "255", "ff"],
    ["ground.uint16", "258", "0102"],
    ["ground.int16", "-2", "fffe"],
    ["ground.int31", "-1", "ffffffff"],
    ["ground.int32", "1", "00000001"],
    ["ground.int64", '"-1"', "ffffffffffffffff"],
    ["ground.bool", "true", "ff"],
    ["ground.string", '"é"', "00000002c3a9"],
    ["ground.variable.string", '"é"', "c3a9"],
    ["ground.bytes", '"00ff"', "0000000200ff"],
    ["ground.variable.bytes", '"00ff"', "00ff"],
    ["alpha.tez", '"1000000"', "c0843d"],
    ["alpha.raw_level", "7", "00000007"],
    ["alpha.timestamp", '"1970-01-01T00:00:01Z"', "0000000000000001"],
    ["alpha.smart_rollup.kind", '"wasm_2_0_0"', "01"],
    ["alpha.smart_rollup.address", '"sr163Lv22CdE8QagCwf48PWDTquk6isQwv57"', "0".repeat(40)],
    ["alpha.contract", '"KT1VD4SdQF2ruNNTCE1aTWErmGz9tN4Mg8F5"', "01e23f94166aa518a037d11c2af05984c36b08f7cc00"],
    ["alpha.script.expr", '{"prim":"Pair","args":[{"int":"1"},{"string":"a"}]}', "070700010100000001" + "61"],
    ["alpha.smart_rollup.inbox.message", '"cafe"', "01cafe"],
    ["alpha.smart_rollup.inbox.message", '{"internal_inbox_message_kind":"start_of_level"}', "0001"],
  ])("%s: %s is %s", async (name, json, hex) => {
    const encoded = await codec("encode", name, "from", json);
    expect([encoded.code, encoded.out]).toEqual([0, `${hex}\n`]);
    const decoded = await codec("decode", name, "from", encoded.out.trim());
    expect(JSON.parse(decoded.out)).toEqual(JSON.parse(json));
  });

  it("codes operations of all protocols it knows", async () => {
    const contents = {
      kind: "smart_rollup_add_messages",
      source: "tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx",
      fee: "1",
      counter: "2",
      gas_limit: "3",
      storage_limit: "4",
      message: ["cafe"],
    };
    const names = [...ENCODINGS.keys()].filter((name) => name.endsWith(".operation.contents"));
    expect(names).toContain("alpha.operation.contents");
    for (const name of names) {
      const { out } = await codec("encode", name, "from", JSON.stringify(contents));
      expect(out.startsWith("c900")).toBe(true);
      expect(JSON.parse((await codec("decode", name, "from", out.trim())).out)).toEqual(contents);
    }
    const branch = "BLockGenesisGenesisGenesisGenesisGenesisf79b5d1CoW2";
    const unsigned = JSON.stringify({ branch, contents: [contents] });
    const { out } = await codec("encode", "alpha.operation.unsigned", "from", unsigned);
    expect(JSON.parse((await codec("decode", "alpha.operation.unsigned", "from", out.trim())).out)).toEqual(
      JSON.parse(unsigned),
    );
  });

  it.each([
    [["encode", "alpha.none", "from", "1"], "Unknown encoding id: alpha.none"],
    [["encode", "alpha.tez", "from", "{"], "Fatal error:"],
    [["encode", "alpha.tez", "from", '"-1"'], "Fatal error:"],
    [["encode", "ground.uint8", "from", "256"], "Fatal error:"],
    [["decode", "alpha.tez", "from", "zz"], "Invalid hex string: zz"],
    [["decode", "alpha.tez", "from", "80"], "Cannot parse the binary with the given encoding"],
    [["decode", "ground.uint8", "from", "0001"], "Cannot parse the binary with the given encoding"],
    [["decode", "alpha.tez"], "Unterminated command"],
    [["translate"], "Unrecognized command."],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await codec(...args);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  });

  it("lists and describes", async () => {
    const { out } = await codec("list", "encodings");
    const names = [...out.matchAll(/^(\S+):$/gm)].map(([, name]) => name);
    expect(names).toEqual([...ENCODINGS.keys()]);
    expect(names).toEqual([...names].sort());
    expect(names.length).toBeGreaterThan(50);
    expect((await codec("describe", "ground.int32")).out).toBe(
      "ground.int32\n  Signed 32 bit integers\n  value: int32\n  size: 4 bytes\n",
    );
    for (const name of ENCODINGS.keys()) expect((await codec("describe", name)).code).toBe(0);
    expect((await codec("--help")).out).toContain("tickproof codec [global options] command");
    expect((await codec("--version")).out).toBe("tickproof 0\n");
  });
});

describeShared("vectors of Octez", ["vectors/protocol/outbox.json", "vectors/protocol/operations.json"], () => {
  it.each([
    ["outbox.json", "alpha.smart_rollup.outbox.message"],
    ["operations.json", "alpha.operation.contents"],
  ])("of %s are read and written alike", (file, name) => {
    const encoding = ENCODINGS.get(name);
    let count = 0;
    const visit = (value: unknown): void => {
      if (typeof value === "string" && /^(0x)?([0-9a-f]{2}){10,}$/.test(value)) {
        const hex = value.replace(/^0x/, "");
        try {
          expect(toHex(encoding?.toBytes(encoding.toJson(fromHex(hex))) ?? new Uint8Array())).toBe(hex);
          count++;
        } catch (error) {
          // Other bytes than such values are among the vectors too.
          if (!(error instanceof Error) || error.name !== "DecodeError") throw error;
        }
      } else if (typeof value === "object" && value !== null) {
        for (const one of Object.values(value)) visit(one);
      }
    };
    visit(JSON.parse(readFileSync(sharedPath("vectors/protocol", file), "utf8")));
    expect(count).toBeGreaterThan(5);
  });
});
