import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { commitmentHash } from "../../../src/protocol/commitment.js";
import type { RollupAddress } from "../../../src/protocol/identifiers.js";
import { deserializeInboxMessage } from "../../../src/protocol/inbox-message.js";
import { refutationForm } from "../../../src/protocol/refutation.js";
import { ALICE, BOB, CAROL, DAVE, TestChain } from "../../l1/sandbox/chain.js";
import { assemble, gameOf, Operator, type Rollup, startDraft } from "../../l1/sandbox/rollup.js";
import { BOOTSTRAP1, serveChain, startNetwork, type TestClient, type TestNetwork } from "./harness.js";

const KERNEL = toHex(assemble("echo"));
const NOWHERE = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57";

function originate(alias: string, kernel: string, ...more: string[]): readonly string[] {
  const words = `originate smart rollup ${alias} from bootstrap1 of kind wasm_2_0_0 of type bytes with kernel`.split(
    " ",
  );
  return [...words, kernel, ...more];
}

describe("rollups", () => {
  let network: TestNetwork;
  let client: TestClient;
  beforeAll(async () => {
    network = await startNetwork();
    client = network.client;
  });

  /** External messages of the head's inbox. */
  function messages(): string[] {
    return network.service.sandbox.head.inboxMessages
      .map((bytes) => Buffer.from(bytes).toString("hex"))
      .filter((hex) => hex.startsWith("01"))
      .map((hex) => hex.slice(2));
  }

  it("are originated, and remembered", async () => {
    const out = await client.ok(originate("mine", KERNEL, "--burn-cap", "999"));
    expect(out).toMatch(
      /\n {4}Smart rollup origination:\n {6}Kind: wasm_2_0_0\n {6}Parameter type: bytes\n {6}Kernel Blake2B hash: '[0-9a-f]{64}'\n {6}This smart rollup origination was successfully applied\n {6}Consumed gas: [\d.]+\n {6}Storage size: \d+ bytes\n {6}Address: sr1\w{33}\n {6}Genesis commitment hash: src1\w{50}\n {6}Balance updates:\n {8}tz1\w{33} \.\.\. -ꜩ[\d.]+\n {8}storage fees \.+ \+ꜩ[\d.]+\n/,
    );
    const [, address = ""] = /\nSmart rollup (sr1\w{33}) memorized as "mine"\n$/.exec(out) ?? [];
    expect(await client.ok("list smart rollups")).toBe(`${address}\n`);
    expect(await client.ok("list known smart rollups")).toBe(`mine: ${address}\n`);
    expect(await client.ok("show known smart rollup mine")).toBe(`${address}\n\n`);
    expect(client.read("smart_rollups")).toBe(`[ { "name": "mine", "value": "${address}" } ]`);
    expect(await client.fails(originate("mine", KERNEL))).toContain("The smart rollup alias mine already exists.");
  });

  it("take kernels from files, and the older words", async () => {
    const hex = client.write("kernel.hex", `${KERNEL}\n`);
    const wasm = client.write("kernel.wasm", assemble("echo"));
    const rollup = (out: string) => /memorized as "(\w+)"/.exec(out)?.[1];
    expect(rollup(await client.ok(originate("hex", `file:${hex}`, "--burn-cap", "2")))).toBe("hex");
    expect(rollup(await client.ok(originate("wasm", wasm, "--burn-cap", "2")))).toBe("wasm");
    const older = originate("old", KERNEL, "-burn-cap", "999").join(" ").replace("with kernel", "booting with");
    expect(rollup(await client.ok(older))).toBe("old");
  });

  it("may be private", async () => {
    const out = await client.ok(originate("private", KERNEL, "--burn-cap", "2", "--whitelist", `["${BOOTSTRAP1}"]`));
    expect(out).toContain(`      Whitelist: [${BOOTSTRAP1.slice(0, 13)}]\n`);
    const other = await client.run(
      "publish commitment from bootstrap2 for smart rollup private with compressed state " +
        "srs13RotZnyVTbXVyYLjAxUqQnQi3cZ3jHU1t3KqTxJfDzsHH8KpH1 at inbox level 5 and predecessor " +
        "src13wCGc2nMVfN7rD1rgeG3g1q7oXYX2m5MJY5ZRooVhLt7JwKXwX and number of ticks 1",
    );
    expect(other.code).toBe(1);
  });

  it.each([
    [originate("new", "00zz"), "Invalid kernel"],
    [originate("new", "file:/nowhere"), "cannot read file"],
    [originate("new", KERNEL, "--whitelist", "[1]"), "could not decode Whitelist"],
    [originate("new", KERNEL, "--whitelist", "["), "is not a valid JSON-encoded value"],
    [originate("new", KERNEL), "which is higher than the configured burn cap"],
    [originate("new", KERNEL, "--burn-cap", "x"), "Bad burn cap"],
    [originate("new", KERNEL).map((word) => (word === "wasm_2_0_0" ? "wasm_3" : word)), "is not a valid rollup name"],
    [originate("new", KERNEL).map((word) => (word === "bytes" ? "(" : word)), ""],
    [originate("new", KERNEL, "--burn-cap", "9").map((word) => (word === "bytes" ? "operation" : word)), ""],
  ])("are refused: %j", async (line, message) => {
    expect(await client.fails(line)).toContain(message);
    expect(await client.ok("list known smart rollups")).not.toContain("new:");
  });

  it("have names", async () => {
    await client.ok(`remember smart rollup elsewhere ${NOWHERE}`);
    expect(await client.ok("list known smart rollups")).toMatch(new RegExp(`^elsewhere: ${NOWHERE}\n`));
    expect(await client.fails("remember smart rollup elsewhere mine")).toContain(
      `The smart rollup alias elsewhere already exists.\n    The current value is ${NOWHERE}.Use --force to update`,
    );
    await client.ok("forget smart rollup elsewhere");
    expect(await client.fails("show known smart rollup elsewhere")).toContain("no smart rollup alias named elsewhere");
    expect(await client.fails("forget all smart rollups")).toContain("--force");
  });

  it.each([
    ['hex:[ "cafe", "" ]', ["cafe", ""]],
    ['text:["hello", "é"]', ["68656c6c6f", "c3a9"]],
    ['["hello"]', ["68656c6c6f"]],
  ])("take messages: %s", async (spec, expected) => {
    const out = await client.ok(["send", "smart", "rollup", "message", spec, "from", "bootstrap1"]);
    expect(out).toContain("    Smart rollup messages submission:\n");
    expect(out).toContain("      This smart rollup messages submission was successfully applied\n");
    expect(messages()).toEqual(expected);
  });

  it("take messages from files", async () => {
    const json = client.write("messages.json", '["one", "two"]');
    await client.ok(["send", "smart", "rollup", "message", `file:${json}`, "from", "bootstrap1"]);
    expect(messages()).toEqual(["6f6e65", "74776f"]);
    const binary = client.write("message.bin", Uint8Array.of(0, 255, 1));
    await client.ok(["send", "smart", "rollup", "message", `bin:${binary}`, "from", "bootstrap1"]);
    expect(messages()).toEqual(["00ff01"]);
  });

  it.each([
    ["hex:[", "Given text is not valid JSON"],
    ["hex:{}", "Expecting a list of hex-encoded string"],
    ['hex:["xy"]', "'xy' is not a valid hex encoded message"],
    ["hex:[1]", "Could not read list of messages (expected list of bytes)"],
    ["text:[]", "Tried to add zero messages to a smart rollup"],
    ["bin:/nowhere", "cannot read file"],
    ["file:/nowhere", "cannot read file"],
    [`hex:["${"00".repeat(4096)}"]`, ""],
  ])("refuse messages %s", async (spec, message) => {
    expect(await client.fails(["send", "smart", "rollup", "message", spec, "from", "bootstrap1"])).toContain(message);
  });

  it.each([
    ["cement commitment from bootstrap1 for smart rollup mine", "there is no valid commitment to cement"],
    [`cement commitment from bootstrap1 for smart rollup ${NOWHERE}`, "does not exist"],
    ["cement commitment from bootstrap1 for smart rollup none", "no smart rollup alias named none"],
    [
      "recover bond of bootstrap1 for smart rollup mine from bootstrap1",
      "This implicit account is not a staker of this smart rollup.",
    ],
    ["timeout dispute on smart rollup mine with bootstrap1 against bootstrap2 from bootstrap1", "ongoing dispute"],
    [
      "publish commitment from bootstrap1 for smart rollup mine with compressed state x at inbox level 5 and predecessor y and number of ticks 1",
      "'x' is not a valid B58-encoded compressed state",
    ],
    [
      "execute outbox message of smart rollup mine from bootstrap1 for commitment hash " +
        "src13wCGc2nMVfN7rD1rgeG3g1q7oXYX2m5MJY5ZRooVhLt7JwKXwX and output proof 12",
      "Invalid bytes, expecting hexadecimal notation (e.g. 0x1234abcd)",
    ],
    [
      "execute outbox message of smart rollup mine from bootstrap1 for commitment hash x and output proof 0x12",
      "Parameter 'x' is not a valid B58-encoded rollup commitment hash",
    ],
    [
      "execute outbox message of smart rollup mine from bootstrap1 for commitment hash " +
        "src13wCGc2nMVfN7rD1rgeG3g1q7oXYX2m5MJY5ZRooVhLt7JwKXwX and output proof 0x1234",
      "",
    ],
  ])("refuse: %s", async (line, message) => {
    expect(await client.fails(line)).toContain(message);
  });

  it("take operations as JSON", async () => {
    const one = '{"kind":"smart_rollup_add_messages","message":["aa"]}';
    await client.ok(["inject", "operations", one, "from", "bootstrap2"]);
    expect(messages()).toEqual(["aa"]);
    const file = client.write("operations.json", `{"contents":[${one},${one}]}`);
    const out = await client.ok(["inject", "operations", `file:${file}`, "from", "bootstrap2"]);
    expect(out.match(/This smart rollup messages submission was successfully applied/g)).toHaveLength(2);
    expect(messages()).toEqual(["aa", "aa"]);
    const full = {
      ...JSON.parse(one),
      source: BOOTSTRAP1,
      fee: "1234",
      gas_limit: "1000",
      storage_limit: "0",
      metadata: {},
    };
    const sent = await client.ok(["inject", "operations", JSON.stringify([full]), "from", "bootstrap1"]);
    expect(sent).toContain("Fee to the baker: ꜩ0.001234\n");
    expect(sent).not.toContain("Estimated gas");
  });

  it.each([
    ["[]", "There is no operation to inject."],
    ["{", "is not a valid JSON-encoded value"],
    ['{"kind":"nothing"}', "could not decode the operation"],
    ['{"kind":"smart_rollup_add_messages"}', "could not decode the operation"],
    ['{"kind":"failing_noop","arbitrary":""}', "could not decode the operation"],
    [`{"kind":"smart_rollup_cement","rollup":"${NOWHERE}","source":"${BOOTSTRAP1}"}`, "The source of the operation is"],
    [`{"kind":"smart_rollup_cement","rollup":"${NOWHERE}"}`, "does not exist"],
  ])("refuse operations %s", async (json, message) => {
    expect(await client.fails(["inject", "operations", json, "from", "bootstrap2"])).toContain(message);
  });
});

describe("a rollup's life by hand", () => {
  let chain: TestChain;
  let client: TestClient;
  let rollup: Rollup;
  const state = (operator: Operator, n: number) =>
    encodeBase58Check("stateHash", operator.commitment(n).compressedState);

  function publishLine(who: string, operator: Operator, n: number): string {
    const { inboxLevel, predecessor, numberOfTicks } = operator.commitment(n);
    return (
      `publish commitment from ${who} for smart rollup life with compressed state ${state(operator, n)} at inbox level ` +
      `${inboxLevel} and predecessor ${encodeBase58Check("commitmentHash", predecessor)} and number of ticks ${numberOfTicks}`
    );
  }

  beforeAll(async () => {
    chain = new TestChain();
    chain.bake(2);
    ({ client } = await serveChain(chain));
    const out = await client.ok(originate("life", KERNEL, "--burn-cap", "2"));
    const [, address = ""] = /Address: (sr1\w{33})/.exec(out) ?? [];
    const genesisInfo = chain.sandbox
      .context(chain.head)
      .rollup(address as RollupAddress)
      .genesisInfo();
    rollup = {
      address: address as RollupAddress,
      kernel: assemble("echo"),
      originationLevel: genesisInfo.level,
      genesisCommitment: genesisInfo.commitmentHash,
    };
    await client.ok(["send", "smart", "rollup", "message", 'hex:["cafe"]', "from", "bootstrap3"]);
    chain.bakeTo(rollup.originationLevel + 2 * 3);
  });

  it("publishes, disputes, and wins", async () => {
    const honest = new Operator(chain, ALICE, rollup);
    const liar = new Operator(chain, BOB, rollup, { lieFrom: 1n });
    const published = await client.ok(publishLine("bootstrap1", honest, 1));
    expect(published).toContain("    Smart rollup commitment publishing:\n");
    expect(published).toContain(
      `      Hash of commit: ${encodeBase58Check("commitmentHash", commitmentHash(honest.commitment(1)))}\n`,
    );
    expect(published).toContain(`Frozen_bonds(${BOOTSTRAP1},${rollup.address})`);
    expect(published).toMatch(/ \+ꜩ10000\n/);
    await client.ok(publishLine("bootstrap2", liar, 1));

    let refutation: unknown = refutationForm.toJson(startDraft(honest, liar).refutation);
    let [player, other] = [honest, liar];
    for (let moves = 0; ; moves++) {
      const [who, whom] = player === honest ? ["bootstrap1", "bootstrap2"] : ["bootstrap2", "bootstrap1"];
      const file = client.write("move.json", JSON.stringify(refutation));
      const out = await client.ok([
        ...`refute commitment on smart rollup life against ${whom} with file:${file} from ${who}`.split(" "),
      ]);
      expect(out).toContain("This smart rollup refutation move was successfully applied\n");
      const [, status = ""] = /Refutation game status: (.*)\n/.exec(out) ?? [];
      if (moves === 0) expect(out).toContain("Start game between commitment hashes src1");
      if (status !== "Game ongoing") {
        expect(status).toBe(`Game ended: ${BOB.address} lost because: conflict resolved`);
        expect(out).toContain("smart rollup refutation punishments");
        break;
      }
      expect(moves).toBeLessThan(40);
      if (moves > 0) [player, other] = [other, player];
      refutation = refutationForm.toJson((moves === 0 ? honest : player).move(gameOf(honest)));
    }
  });

  it("cements, and gives the bond back", async () => {
    const honest = new Operator(chain, ALICE, rollup);
    chain.bake(10);
    const out = await client.ok("cement commitment from bootstrap4 for smart rollup life");
    expect(out).toContain("      This smart rollup commitment cementing was successfully applied\n");
    expect(out).toContain(
      `      Commitment hash: ${encodeBase58Check("commitmentHash", commitmentHash(honest.commitment(1)))}\n`,
    );
    expect(out).toContain(`      Inbox level: ${honest.commitment(1).inboxLevel}\n`);
    const bond = await client.ok("recover bond of bootstrap1 for smart rollup life from bootstrap4");
    expect(bond).toContain("      This smart rollup bond retrieval was successfully applied\n");
    expect(bond).toMatch(/Frozen_bonds\(\w+,\w+\) \.\.\. -ꜩ10000\n/);
  });

  it("ends games by timeout", async () => {
    const third = new Operator(chain, CAROL, rollup);
    chain.bakeTo(rollup.originationLevel + 3 * 3);
    const right = third.commitment(2);
    const wrong = { ...right, compressedState: third.commitment(1).compressedState, numberOfTicks: 3n };
    await client.ok(publishLine("bootstrap3", third, 2));
    const hash = (one: typeof right) => encodeBase58Check("commitmentHash", commitmentHash(one));
    const line =
      `publish commitment from bootstrap4 for smart rollup life with compressed state ${state(third, 1)} at inbox level ` +
      `${wrong.inboxLevel} and predecessor ${encodeBase58Check("commitmentHash", wrong.predecessor)} and number of ticks 3`;
    await client.ok(line);
    const start = JSON.stringify({
      kind: "smart_rollup_refute",
      rollup: rollup.address,
      opponent: DAVE.address,
      refutation: {
        refutation_kind: "start",
        player_commitment_hash: hash(right),
        opponent_commitment_hash: hash(wrong),
      },
    });
    await client.ok(["inject", "operations", start, "from", "bootstrap3"]);
    const timeout = "timeout dispute on smart rollup life with bootstrap3 against bootstrap4 from bootstrap5";
    expect(await client.fails(timeout)).toContain("timeout");
    chain.bake(12);
    const out = await client.ok(timeout);
    expect(out).toContain("This smart rollup refutation timeout was successfully applied\n");
    expect(out).toContain(`Refutation game status: Game ended: ${CAROL.address} lost because: timeout\n`);
  });

  it("leaves messages on the chain as they were sent", () => {
    const all = Array.from({ length: chain.level }, (_, i) => chain.sandbox.block(i + 1)?.inboxMessages ?? []).flat();
    const external = all.map(deserializeInboxMessage).filter((message) => message.kind === "external");
    expect(external).toHaveLength(1);
  });
});
