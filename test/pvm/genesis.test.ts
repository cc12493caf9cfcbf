// From nothing to the first Snapshot: the states of vectors/protocol/genesis_states.json, wasm_snapshot_states.json and merkle.json.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { fromHex } from "../../src/encoding/hex.js";
import { Directory } from "../../src/merkle/node.js";
import { Tree } from "../../src/merkle/tree.js";
import { bootTree, genesis, initialTree, PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { Machine } from "../../src/pvm/machine.js";
import { run } from "../../src/pvm/run.js";
import type { PvmVersion } from "../../src/pvm/versions.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { give, hex } from "./machines.js";

const read = (...parts: string[]) => JSON.parse(readFileSync(sharedPath("vectors", ...parts), "utf8"));

describeShared("genesis states", ["vectors/protocol/genesis_states.json"], () => {
  const vectors = read("protocol", "genesis_states.json");
  const stateHash = (hash: Uint8Array): string => encodeBase58Check("stateHash", hash);

  interface Genesis {
    readonly state_hash: string;
    readonly pvm_version: PvmVersion;
    readonly ticks_per_snapshot: string;
    readonly outbox_validity_period: number;
    readonly outbox_message_limit: number;
  }

  it.each(vectors.wasm_echo_kernel as Genesis[])(
    "the manual's kernel at $pvm_version, $ticks_per_snapshot ticks",
    (vector) => {
      const root = genesis(fromHex(vectors.echo_kernel_hex), vector.pvm_version, {
        ticksPerSnapshot: BigInt(vector.ticks_per_snapshot),
        outboxValidityPeriod: vector.outbox_validity_period,
        outboxMessageLimit: BigInt(vector.outbox_message_limit),
      });
      expect(stateHash(root.hash)).toBe(vector.state_hash);
    },
  );

  it("the empty kernel", () => {
    const root = genesis(new Uint8Array(0), "2.0.0-r6", PROTOCOL_PARAMETERS);
    expect(stateHash(root.hash)).toBe(vectors.empty_kernel_r6.state_hash);
  });

  it("has the leaves of the echo kernel's state", () => {
    const tree = new Tree(genesis(fromHex(vectors.echo_kernel_hex), "2.0.0-r6", PROTOCOL_PARAMETERS));
    for (const [path, value] of Object.entries(vectors.wasm_tree_keys as Record<string, string>)) {
      const leaf = hex(tree.find(path.split("/").slice(1)) ?? new Uint8Array(0));
      if (value.includes("..")) expect(leaf.startsWith(value.slice(0, value.indexOf("..")))).toBe(true);
      else expect(leaf).toBe(value);
    }
  });

  it("trees of the other machine, arith, hash alike", () => {
    const { tree: leaves, state_hash } = vectors.arith_empty_boot_sector;
    const tree = new Tree(Directory.empty);
    for (const [key, value] of Object.entries(leaves as Record<string, string>)) tree.add([key], fromHex(value));
    expect(stateHash(tree.hash)).toBe(state_hash);
  });
});

describeShared(
  "first Snapshot states",
  ["vectors/protocol/wasm_snapshot_states.json", "vectors/kernels/tx-kernel-no-verif.wasm"],
  () => {
    const { states, messages, parameters } = read("protocol", "wasm_snapshot_states.json");
    const kernel = readFileSync(sharedPath("vectors", "kernels", "tx-kernel-no-verif.wasm"));
    it.each(states as { version: PvmVersion; state_hash_as_context: string }[])(
      "$version",
      ({ version, state_hash_as_context }) => {
        const machine = Machine.of(
          genesis(kernel, version, {
            ticksPerSnapshot: BigInt(parameters.ticks_per_snapshot),
            outboxValidityPeriod: parameters.outbox_validity_period,
            outboxMessageLimit: BigInt(parameters.outbox_message_limit),
            maxReboots: BigInt(parameters.maximum_reboots_per_input),
          }),
        );
        for (const message of messages as string[]) give(machine, fromHex(message));
        run(machine, 10n ** 12n, { stopAtSnapshot: true });
        expect(encodeBase58Check("contextHash", machine.hash())).toBe(state_hash_as_context);
      },
    );
  },
);

describeShared("from nothing to the first Snapshot", ["vectors/merkle.json"], () => {
  const vectors = read("merkle.json");
  it.each([
    ["v0", "2.0.0"],
    ["v6", "2.0.0-r6"],
  ] as const)("%s", (key, version) => {
    const kernel = fromHex(vectors.kernels.link_reveal);
    const parameters = { ticksPerSnapshot: 5000n, outboxValidityPeriod: 10, outboxMessageLimit: 100n };
    const hashes: string[] = [];
    const initial = initialTree(version);
    hashes.push(hex(initial.hash));
    const machine = Machine.of(bootTree(initial, kernel, parameters));
    const note = (): unknown => hashes.push(hex(machine.hash()));
    note();
    for (const message of ["0001", `0003${"00".repeat(40)}`, "0002"]) {
      give(machine, fromHex(message), 0);
      note();
    }
    run(machine, 1n);
    note();
    run(machine, 4999n - machine.currentTick);
    note();
    run(machine, 1n);
    note();
    expect(hashes).toEqual((vectors.pvm_flow_link_reveal[key] as { hash: string }[]).map(({ hash }) => hash));
  });
});
