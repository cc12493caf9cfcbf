// A rollup's message to a contract, from the kernel's outbox to the contract's storage, each step a command; and receipts line by line.
import { beforeAll, describe, expect, it } from "vitest";
import { ENCODINGS } from "../../../src/cli/codec-encodings.js";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import type { RollupAddress } from "../../../src/protocol/identifiers.js";
import { ALICE, TestChain } from "../../l1/sandbox/chain.js";
import { assemble, Operator } from "../../l1/sandbox/rollup.js";
import { BOOTSTRAP1, serveChain, type TestClient } from "./harness.js";

const STRINGS = "parameter string; storage string; code {CAR; NIL operation; PAIR};";

/** What stands between two lines, the first included. */
function section(out: string, from: string, to: string): string {
  const start = out.indexOf(from);
  return out.slice(start, out.indexOf(to, start)).replace(/(Consumed gas: )[\d.]+/g, "$1…");
}

describe("an outbox message", () => {
  let chain: TestChain;
  let client: TestClient;
  let operator: Operator;
  let contract = "";
  let commitment = "";
  let outboxLevel = 0;

  beforeAll(async () => {
    chain = new TestChain({ contracts: new MichelsonRuntime() });
    chain.bake(2);
    ({ client } = await serveChain(chain));
    const line = "originate contract go transferring 1 from bootstrap1 running".split(" ");
    const out = await client.ok([...line, STRINGS, "--init", '""', "--burn-cap", "1"]);
    [, contract = ""] = /New contract (\w+) originated/.exec(out) ?? [];
  });

  it("is sent to the rollup", async () => {
    const line = "originate smart rollup echo from bootstrap1 of kind wasm_2_0_0 of type bytes with kernel".split(" ");
    const out = await client.ok([...line, toHex(assemble("echo")), "--burn-cap", "2"]);
    const [, address = ""] = /Address: (sr1\w{33})/.exec(out) ?? [];
    const info = chain.sandbox
      .context(chain.head)
      .rollup(address as RollupAddress)
      .genesisInfo();
    const rollup = {
      address: address as RollupAddress,
      kernel: assemble("echo"),
      originationLevel: info.level,
      genesisCommitment: info.commitmentHash,
    };
    operator = new Operator(chain, ALICE, rollup);
    const message = {
      transactions: [{ parameters: { string: "hello" }, destination: contract, entrypoint: "default" }],
      kind: "untyped",
    };
    const bytes = ENCODINGS.get("alpha.smart_rollup.outbox.message")?.toBytes(message) ?? new Uint8Array();
    await client.ok(["send", "smart", "rollup", "message", `hex:["${toHex(bytes)}"]`, "from", "bootstrap2"]);
    outboxLevel = chain.level;
    chain.bakeTo(info.level + 4);
  });

  it("is part of a commitment", async () => {
    const { compressedState, inboxLevel, predecessor, numberOfTicks } = operator.commitment(1);
    const state = encodeBase58Check("stateHash", compressedState);
    const before = encodeBase58Check("commitmentHash", predecessor);
    commitment = encodeBase58Check("commitmentHash", commitmentHash(operator.commitment(1)));
    const { address } = operator.rollup;
    const out = await client.ok(
      `publish commitment from bootstrap1 for smart rollup echo with compressed state ${state} at inbox level ${inboxLevel} ` +
        `and predecessor ${before} and number of ticks ${numberOfTicks}`,
    );
    const bond = `Frozen_bonds(${BOOTSTRAP1},${address})`;
    expect(section(out, "    Smart rollup commitment", "The operation has")).toBe(
      [
        "    Smart rollup commitment publishing:",
        `      Address: ${address}`,
        "      Commitment:",
        `        compressed_state: ${state}`,
        `        inbox_level: ${inboxLevel}`,
        `        predecessor: ${before}`,
        `        number_of_ticks: ${numberOfTicks}`,
        "      This smart rollup commitment publishing was successfully applied",
        "      Consumed gas: …",
        `      Hash of commit: ${commitment}`,
        `      Commitment published at level: ${chain.level}`,
        "      Balance updates:",
        `        ${BOOTSTRAP1} ...${".".repeat(bond.length - BOOTSTRAP1.length)} -ꜩ10000`,
        `        ${bond} ... +ꜩ10000`,
        "",
        "",
      ].join("\n"),
    );
    expect(await client.fails("cement commitment from bootstrap1 for smart rollup echo")).toContain(
      "Attempted to cement a commitment before its refutation deadline.",
    );
    chain.bake(5);
    await client.ok("cement commitment from bootstrap1 for smart rollup echo");
  });

  it("is executed, once", async () => {
    const proof = toHex(operator.outputProof(operator.commitment(1).inboxLevel, outboxLevel, 0));
    const line = `execute outbox message of smart rollup echo from bootstrap3 for commitment hash ${commitment} and output proof 0x${proof}`;
    expect(await client.fails(line)).toContain("which is higher than the configured burn cap");
    const out = await client.ok(`${line} --burn-cap 0.1`);
    expect(out).toContain("    Smart rollup output message execution:\n");
    expect(out).toContain(`      Address: ${operator.rollup.address}\n`);
    expect(out).toContain(`      Cemented commitment: ${commitment}\n`);
    expect(out).toContain("      This smart output message execution was successfully applied\n");
    expect(section(out, "      Internal operations:", "The operation has")).toBe(
      [
        "      Internal operations:",
        "        Internal Transaction:",
        "          Amount: ꜩ0",
        `          From: ${operator.rollup.address}`,
        `          To: ${contract}`,
        '          Parameter: "hello"',
        "          This transaction was successfully applied",
        '          Updated storage: "hello"',
        "          Storage size: 46 bytes",
        "          Paid storage size diff: 5 bytes",
        "          Consumed gas: …",
        "          Balance updates:",
        "            tz1faswCTDciRzE4oJ9jn2Vm2dvjeyA9fUzU ... -ꜩ0.00125",
        "            storage fees ........................... +ꜩ0.00125",
        "",
        "",
      ].join("\n"),
    );
    expect(await client.ok("get contract storage for go")).toBe('"hello"\n');
    expect(await client.fails(`${line} --burn-cap 0.1`)).toContain("Outbox message already applied");
  });

  it("frees the bond, with receipts as octez-client prints them", async () => {
    const out = await client.ok("recover bond of bootstrap1 for smart rollup echo from bootstrap2 --fee 1");
    const { address } = operator.rollup;
    const bond = `Frozen_bonds(${BOOTSTRAP1},${address})`;
    expect(section(out, "    Smart rollup bond", "The operation has")).toBe(
      [
        "    Smart rollup bond retrieval:",
        `      Address: ${address}`,
        `      Staker: ${BOOTSTRAP1}`,
        "      This smart rollup bond retrieval was successfully applied",
        "      Balance updates:",
        `        ${bond} ... -ꜩ10000`,
        `        ${BOOTSTRAP1} ...${".".repeat(bond.length - BOOTSTRAP1.length)} +ꜩ10000`,
        "      Consumed gas: …",
        "",
        "",
      ].join("\n"),
    );
  });
});
