import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Wallet } from "../../src/l1/client/wallet.js";
import { temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const QUICK = ["sandbox", "--rpc-port", "0", "--block-time", "0.01"];

describe("tickproof sandbox", () => {
  it("tells endpoint, chain and accounts, then a line a block", async () => {
    const { code, out, err } = await tickproof([...QUICK, "--blocks", "3"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^endpoint: +http:\/\/127\.0\.0\.1:\d+$/m);
    expect(out).toMatch(/^chain id: +NetXdQprcVkpaWU$/m);
    expect(out).toMatch(/^protocol: +ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK$/m);
    expect(out).toMatch(/^bootstrap1: +tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx +4,000,000 tez$/m);
    expect(out.match(/^bootstrap\d: /gm)).toHaveLength(5);
    expect(out.match(/^block \d+ +B\w{50}$/gm)).toHaveLength(3);
    expect(out).toContain("block 4  B");
  });

  it("writes a key directory", async () => {
    const directory = join(folder, "client");
    expect((await tickproof([...QUICK, "--blocks", "0", "--base-dir", directory])).code).toBe(0);
    const secrets = JSON.parse(readFileSync(join(directory, "secret_keys"), "utf8")) as unknown[];
    expect(secrets[0]).toEqual({
      name: "bootstrap1",
      value: "unencrypted:edsk3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh",
    });
    expect(statSync(join(directory, "secret_keys")).mode & 0o077).toBe(0);
    const wallet = new Wallet(directory);
    expect(await wallet.hashes.get("bootstrap5")).toBe("tz1ddb9NMYHZi5UzPdzTZMYQQZoMub195zgv");
    await wallet.hashes.add("mine", await wallet.hashes.get("bootstrap1"), true);
    // Once more, over what is there.
    expect((await tickproof([...QUICK, "--blocks", "0", "--base-dir", directory])).code).toBe(0);
    expect(await wallet.hashes.has("mine")).toBe(true);
  });

  it("activates protocols", async () => {
    const { code, out } = await tickproof([...QUICK, "--blocks", "3", "--next-protocol", "u025_025@5"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^block 5 .* activates u025_025$/m);
    expect(out).toMatch(/^block 6 +B\w{50}$/m);
  });

  it("takes constants, all or some", async () => {
    const file = write(folder, "constants.json", '{"minimal_block_delay":"7","proof_of_work_nonce_size":8}');
    expect((await tickproof([...QUICK, "--blocks", "1", "--protocol-constants", file])).code).toBe(0);
  });

  it("keeps its chain, and goes on with it", async () => {
    const args = [...QUICK, "--data-dir", join(folder, "chain")];
    const first = await tickproof([...args, "--blocks", "2", "--next-protocol", "u025_025@4"]);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toMatch(/^data dir: +\S+chain$/m);
    const last = /^block 5 +(B\w{50})$/m.exec(first.out)?.[1];
    const second = await tickproof([...args, "--blocks", "1"], { errIsTty: true, clockStep: 200 });
    expect(second.code).toBe(0);
    expect(second.err).toContain("reading the chain: block 3 of 5");
    expect(second.out).toContain(`head:       5 ${last}`);
    expect(second.out).toMatch(/^block 6 +B\w{50}$/m);
    const file = write(folder, "other.json", '{"minimal_block_delay":"7"}');
    for (const [more, reason] of [
      [["--protocol-constants", file], 'minimal_block_delay is "1"'],
      [["--next-protocol", "u025_025@5"], "protocols that were activated"],
    ] as const) {
      const other = await tickproof([...args, "--blocks", "1", ...more]);
      expect([other.code, other.out]).toEqual([2, ""]);
      expect(other.err).toContain("l1.sandbox.store.mismatch");
      expect(other.err).toContain(reason);
    }
    const nowhere = await tickproof([...QUICK, "--blocks", "1", "--data-dir", join(file, "below")]);
    expect([nowhere.code, nowhere.out]).toEqual([3, ""]);
    expect(nowhere.err).toContain("l1.sandbox.store.unusable");
  });

  it.each([
    [["--rpc-port", "65536"], "from 0 to 65535"],
    [["--block-time", "-1"], "Seconds"],
    [["--blocks", "x"], "from 0"],
    [["--next-protocol", "alpha"], "NAME@LEVEL"],
    [["--next-protocol", "foo@5"], "No such protocol"],
    [["--next-protocol", "alpha@1"], "from 2 on"],
    [["--protocol-constants", join(folder, "none")], "no such file"],
    [["extra"], "too many arguments"],
  ])("refuses %j", async (args, reason) => {
    const { code, out, err } = await tickproof([...QUICK, "--blocks", "1", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "not a JSON object"],
    ['{"smart_rollup_foo":1}', "smart_rollup_foo"],
    ['{"blocks_per_cycle":"x"}', "blocks_per_cycle"],
    ['{"smart_rollup_commitment_period_in_blocks":0}', "must be positive"],
    ['{"smart_rollup_arith_pvm_enable":true}', "wasm_2_0_0"],
  ])("refuses constants %s", async (text, reason) => {
    const file = write(folder, "bad.json", text);
    const { code, err } = await tickproof([...QUICK, "--blocks", "1", "--protocol-constants", file]);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });

  it("says when the port is taken", async () => {
    const net = await import("node:net");
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { code, err } = await tickproof([...QUICK, "--rpc-port", String(port), "--blocks", "1"]);
    server.close();
    expect(code).toBe(3);
    expect(err).toContain("EADDRINUSE");
  });
});
