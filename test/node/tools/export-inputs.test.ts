// What a node exports is what the machine needs to come to the same states without it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { toHex } from "../../../src/encoding/hex.js";
import { parseInputs } from "../../../src/protocol/inputs/inputs.js";
import { revealHash } from "../../../src/protocol/reveal.js";
import { tickproof } from "../../cli/harness.js";
import { startNetwork, type TestNetwork } from "../../l1/client/network.js";
import { BOB, CAROL } from "../../l1/sandbox/chain.js";
import { assemble, originate, type Rollup } from "../../l1/sandbox/rollup.js";
import { type KeptNode, nodeCommand, startKeptNode } from "./node-directory.js";

const PAGE = Buffer.from("a page that the kernel asks for");

let network: TestNetwork;
let rollup: Rollup;
let kept: KeptNode;

beforeAll(async () => {
  network = await startNetwork();
  rollup = originate(network.chain, BOB, assemble("reveal"));
  kept = await startKeptNode(network, rollup, { mode: "observer" });
  const hash = revealHash(PAGE);
  mkdirSync(join(kept.dataDir, "wasm_2_0_0"));
  writeFileSync(join(kept.dataDir, "wasm_2_0_0", toHex(hash)), PAGE);
  writeFileSync(join(kept.dataDir, "wasm_2_0_0", `00${"11".repeat(32)}`), "another thing than its name says");
  network.chain.send(CAROL, { kind: "smart_rollup_add_messages", messages: [Buffer.from(hash)] });
  for (let i = 0; i < 3; i++) {
    await kept.node.settled();
    network.chain.bake();
  }
  await kept.node.settled();
}, 60_000);

const path = (name: string): string => join(kept.dataDir, name);
const run = (line: string) => nodeCommand(line, { dataDir: kept.dataDir, endpoint: network.endpoint });

async function expected(level: number) {
  const block = await kept.node.context.store.blockAt(level);
  if (block === undefined) throw new Error(`no level ${level}`);
  return {
    stateHash: encodeBase58Check("stateHash", block.stateHash),
    tick: String(block.initialTick + block.numTicks),
  };
}

describe("export inputs", () => {
  it("gives what tickproof run needs to come to the same state at the same tick", async () => {
    const { code, out, err } = await run(`export inputs into ${path("inputs.json")} --kernel ${path("kernel.wasm")}`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { level } = network.chain;
    const { stateHash, tick } = await expected(level);
    expect(out).toContain(`Exported levels ${rollup.originationLevel + 1} to ${level}`);
    expect(out).toContain(`state after them: ${stateHash}, tick ${tick}`);
    expect(toHex(readFileSync(path("kernel.wasm")))).toBe(toHex(rollup.kernel));
    const ran = await tickproof(["run", path("kernel.wasm"), "--inputs", path("inputs.json"), "--json"]);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ stateHash, tick, level, status: "waiting for input" });
    const { reveals, rollup: address } = parseInputs(readFileSync(path("inputs.json"), "utf8"));
    expect(address).toBe(rollup.address);
    // The metadata, the page, and the page of nothing: no file that is not what it says.
    expect(reveals.size).toBe(3);
  });

  it("takes ranges of levels, and the DAL's parameters from layer 1", async () => {
    const to = rollup.originationLevel + 2;
    const { code } = await run(`export inputs into ${path("some.json")} --to ${to} --dal-parameters`);
    expect(code).toBe(0);
    const ran = await tickproof(["run", path("kernel.wasm"), "--inputs", path("some.json"), "--json"]);
    expect(JSON.parse(ran.out)).toMatchObject(await expected(to));
    const { reveals, inboxes } = parseInputs(readFileSync(path("some.json"), "utf8"));
    expect(inboxes.map(({ level }) => level)).toEqual([to - 1, to]);
    expect(reveals.get("03")).toHaveLength(32);
  });

  it("says what it cannot do", async () => {
    const { level } = network.chain;
    const failure = async (line: string): Promise<string> => {
      const { code, err } = await run(`export inputs into ${line}`);
      expect(code).toBe(1);
      return err.replaceAll(/\s+/g, " ");
    };
    expect(await failure(`x.json --to ${level + 1}`)).toContain(`has come to level ${level}`);
    expect(await failure(`x.json --from ${rollup.originationLevel}`)).toContain("the rollup reads nothing before");
    expect(await failure(`x.json --from ${level} --to ${level - 1}`)).toContain("there is none");
    expect(await failure(`${path("no/x.json")}`)).toContain("Cannot write");
    const nowhere = await nodeCommand("export inputs into x", {
      dataDir: path("wasm_2_0_0"),
      endpoint: network.endpoint,
    });
    expect(nowhere.code).toBe(1);
    expect(nowhere.err.replaceAll(/\s+/g, " ")).toContain("not the data directory of a rollup node");
  });
});
