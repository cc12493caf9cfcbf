// The manual's commands, typed into a shell (manual-client.sh), with octez-client and octez-codec being this program.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeShared } from "../shared-data.js";
import { Manual, STATES, TIMEOUT_MS } from "./manual.js";

describeShared("the manual's commands", [STATES], () => {
  const manual = new Manual("manual-client.sh");
  afterAll(() => manual.remove());
  beforeAll(() => manual.run(), TIMEOUT_MS);
  const said = (name: string): string => manual.said(name);

  it("all run", () => {
    expect(manual.names.at(-1)).toBe("end");
  });

  it("find the node, its protocol, and an account", () => {
    expect(said("bootstrapped")).toBe("Node is bootstrapped.\n");
    expect(said("protocols")).toContain('"next_protocol": "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK"');
    expect(said("gen keys")).toBe("");
    expect(said("show address")).toMatch(/^Hash: tz1\w{33}\nPublic Key: edpk\w{50}\n$/);
    expect(said("get balance")).toBe("20000 ꜩ\n");
  });

  it("originate the rollup, with the output that the manual shows", () => {
    const out = said("originate smart rollup");
    const [, account = ""] = /From: (tz1\w{33})/.exec(out) ?? [];
    const [, address = ""] = /Address: (sr1\w{33})/.exec(out) ?? [];
    const shape = out
      .slice(out.indexOf("This sequence"), out.indexOf("The operation has"))
      .replaceAll(account, "tz1…")
      .replaceAll(address, "sr1…")
      .replace(/src1\w{50}/, "src1…")
      .replace(/edpk\w{50}/, "edpk…")
      .replace(/ꜩ0\.000\d+/g, "ꜩ0.000…")
      .replace(/((?:limit|gas|counter): )[\d.]+/g, "$1…");
    expect(shape).toBe(`This sequence of operations was run:
  Manager signed operations:
    From: tz1…
    Fee to the baker: ꜩ0.000…
    Expected counter: …
    Gas limit: …
    Storage limit: … bytes
    Balance updates:
      tz1… ... -ꜩ0.000…
      payload fees(the block proposer) ....... +ꜩ0.000…
    Revelation of manager public key:
      Contract: tz1…
      Key: edpk…
      This revelation was successfully applied
      Consumed gas: …
  Manager signed operations:
    From: tz1…
    Fee to the baker: ꜩ0.000…
    Expected counter: …
    Gas limit: …
    Storage limit: … bytes
    Balance updates:
      tz1… ... -ꜩ0.000…
      payload fees(the block proposer) ....... +ꜩ0.000…
    Smart rollup origination:
      Kind: wasm_2_0_0
      Parameter type: bytes
      Kernel Blake2B hash: '24df9e3c520dd9a9c49b447766e8a604d31138c1aacb4a67532499c6a8b348cc'
      This smart rollup origination was successfully applied
      Consumed gas: …
      Storage size: 6552 bytes
      Address: sr1…
      Genesis commitment hash: src1…
      Balance updates:
        tz1… ... -ꜩ1.638
        storage fees ........................... +ꜩ1.638

`);
    expect(out).toMatch(/Smart rollup sr1\w{33} memorized as "echo"\n$/);
    expect(said("originate smart rollup, booting with")).toMatch(/Smart rollup sr1\w{33} memorized as "echo2"\n$/);
  });

  it("originate the contract", () => {
    expect(said("originate contract")).toMatch(/New contract KT1\w{33} originated\.\n/);
    expect(said("originate contract")).toMatch(/Contract memorized as go\.\n$/);
  });

  it("send an external message", () => {
    expect(said("codec")).toBe("0000000024002501e23f94166aa518a037d11c2af05984c36b08f7cc00000000082564656661756c74\n");
    expect(said("send smart rollup message")).toContain(
      "    Smart rollup messages submission:\n      This smart rollup messages submission was successfully applied\n",
    );
  });

  it("send an internal message through a contract", () => {
    const out = said("call it");
    expect(out).toMatch(
      / {6}Internal operations:\n {8}Internal Transaction:\n {10}Amount: ꜩ0\n {10}From: KT1\w{33}\n {10}To: sr1\w{33}\n {10}Parameter: 0xcafe\n/,
    );
    expect(out.match(/This transaction was successfully applied/g)).toHaveLength(2);
    const log = readFileSync(join(manual.folder, "sandbox.log"), "utf8");
    expect(log.split("\n").filter((line) => / 1 operation {2}1 message$/.test(line))).toHaveLength(2);
    expect(said("inbox")).toContain('"old_levels_messages"');
  });

  it("take an outbox message no further than its proof", () => {
    expect(said("execute outbox message")).toContain("Invalid output proof");
    expect(said("execute outbox message")).toMatch(/exit code 1\n$/);
  });
});
