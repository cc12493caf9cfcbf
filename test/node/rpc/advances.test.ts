// The reference's record of how a rollup advances (tezt: "node advances PVM state with messages", wasm, from outside and from a contract): the
// ticks of the head before and after each message, and states that change with it. Read from the mirror of the reference's
// repository where there is one.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../../src/encoding/hex.js";
import type { ContractHash, PublicKeyHash } from "../../../src/protocol/identifiers.js";
import { serializeInboxMessage } from "../../../src/protocol/inbox-message.js";
import { repositoryRoot } from "../../shared-root.js";
import { NodeModel } from "./node-model.js";
import { get, serve } from "./setup.js";

const MIRROR =
  process.env["TICKPROOF_MIRROR"] ?? join(dirname(repositoryRoot), ".mirror", "tezos+tezos-mirror", "repo");

function record(kind: "external" | "internal"): string {
  const path = `tezt/tests/expected/sc_rollup.ml/Alpha- wasm_2_0_0 - node advances PVM state with messages (${kind}).out`;
  return execFileSync("git", [`--git-dir=${MIRROR}`, "show", `HEAD:${path}`], { encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** Answers to `/global/block/head/total_ticks`, in order: before and after a message, for each. */
function ticksOf(text: string): readonly string[] {
  return [...text.matchAll(/total_ticks\n200 OK\n"(\d+)"/g)].map(([, ticks = ""]) => ticks);
}

async function recordedNode(text: string): Promise<NodeModel> {
  const [, kernel = ""] = /with kernel (\w+)/.exec(text) ?? [];
  return NodeModel.start(fromHex(kernel));
}

/** Asks what the record's test asks, before and after each of `advances`. */
async function answers(node: NodeModel, advances: readonly (() => Promise<unknown>)[]): Promise<readonly string[]> {
  const served = await serve(node);
  const ask = async () => {
    const [hash, ticks] = [
      await get(served, "/global/block/head/state_hash"),
      await get(served, "/global/block/head/total_ticks"),
    ];
    return { hash, ticks: String(ticks) };
  };
  const found: string[] = [];
  for (const advance of advances) {
    const before = await ask();
    await advance();
    const after = await ask();
    expect(after.hash).not.toBe(before.hash);
    found.push(before.ticks, after.ticks);
  }
  return found;
}

describe.skipIf(!existsSync(MIRROR))("the reference's record of a rollup that advances", () => {
  it("with external messages is met", { timeout: 120_000 }, async () => {
    const text = record("external");
    const node = await recordedNode(text);
    const messages = [...text.matchAll(/send smart rollup message '\["(.*)"\]'/g)].map(([, message = ""]) => message);
    expect(messages).toHaveLength(10);
    const advances = messages.map((message) => () => node.level(new TextEncoder().encode(message)));
    expect(await answers(node, advances)).toEqual(ticksOf(text));
  });

  it("with messages of a contract is met", { timeout: 120_000 }, async () => {
    const text = record("internal");
    const node = await recordedNode(text);
    const expected = ticksOf(text);
    // A level passes while the contract is originated.
    await node.level();
    const transfer = (i: number): Uint8Array =>
      serializeInboxMessage({
        kind: "transfer",
        payload: { bytes: Buffer.from(`${i} ${i + 2} + value`).toString("hex") },
        sender: "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq" as ContractHash,
        source: "tz1RjtZUVeLhADFHDL8UwDZA6vjWWhojpu5w" as PublicKeyHash,
        destination: node.rollup,
      });
    const advances = Array.from({ length: expected.length / 2 }, (_, i) => () => node.levelOf(transfer(i + 1)));
    expect(expected).toHaveLength(20);
    expect(await answers(node, advances)).toEqual(expected);
  });
});
