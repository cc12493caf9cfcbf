// A chain with something of everything on it, kept in a file, and what two chains are compared by. Without vitest.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { blake2b256 } from "../../../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../../../src/encoding/base58check.js";
import { toHex } from "../../../../src/encoding/hex.js";
import type { Sandbox, SandboxOptions } from "../../../../src/l1/sandbox/sandbox.js";
import { FILE_NAME } from "../../../../src/l1/sandbox/store/chain-store.js";
import { openStoredSandbox, type StoredSandbox } from "../../../../src/l1/sandbox/store/stored-sandbox.js";
import { type Account, ALICE, BOB, CAROL, type Draft, QUICK, TestChain } from "../chain.js";
import { assemble, Operator, originate } from "../rollup.js";

export const START_TIME = 1_800_000_000n;

export function openIn(folder: string, sandbox: SandboxOptions = {}): Promise<StoredSandbox> {
  return openStoredSandbox({ folder, sandbox, startTime: START_TIME });
}

/** Bakes blocks, each kept. */
export async function bakeStored({ sandbox, store }: StoredSandbox, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    const change = sandbox.planBake();
    await store.append(change);
    sandbox.carryOut(change);
  }
}

/** A new branch in place of the last `n` blocks, kept. */
export async function reorgStored({ sandbox, store }: StoredSandbox, n: number): Promise<void> {
  const change = sandbox.planReorg(n);
  await store.append(change);
  sandbox.carryOut(change);
}

/** Signs for a chain that is driven by others. */
export function inject(sandbox: Sandbox, sender: Account, ...drafts: readonly Draft[]): void {
  sandbox.inject(new TestChain(sandbox).forge(sender, drafts));
}

/** Makes a chain of transfers, messages, a rollup with a commitment, a protocol's activation and two reorganisations, and closes it. */
export async function makeChain(folder: string, options: SandboxOptions = {}): Promise<string> {
  const stored = await openIn(folder, { constants: QUICK, ...options });
  const { sandbox } = stored;
  const chain = new TestChain(sandbox);
  const kept: Promise<void>[] = [];
  const end = sandbox.onHead((block, previous) => {
    kept.push(stored.store.append({ previous, blocks: [block], reinject: false }));
  });
  chain.bake(2);
  chain.apply(ALICE, { kind: "transaction", amount: 5n, destination: BOB.address });
  const rollup = originate(chain, ALICE, assemble("echo"));
  chain.apply(BOB, { kind: "smart_rollup_add_messages", messages: [Uint8Array.of(1, 2, 3)] });
  chain.bake(4);
  new Operator(chain, ALICE, rollup).publish(1);
  chain.send(CAROL, { kind: "transaction", amount: 10n ** 18n, destination: BOB.address });
  end();
  await Promise.all(kept);
  await reorgStored(stored, 2);
  await bakeStored(stored, 3);
  await reorgStored(stored, 1);
  await stored.store.close();
  return picture(sandbox);
}

/** Everything that could differ, as a digest: blocks of the main branch, and what is in their states. */
export function picture(sandbox: Sandbox): string {
  const lines: unknown[] = [];
  for (let level = 0; level <= sandbox.head.shell.level; level++) {
    const block = sandbox.block(level);
    if (block === undefined) throw new Error(`no block ${level}`);
    const { accounts, contracts, frozenBonds, rollups, inbox, globalCounter } = block.state;
    lines.push(
      { level, hash: encodeBase58Check("blockHash", block.hash), inbox, globalCounter, messages: block.inboxMessages },
      { operations: block.operations, fees: block.fees, baker: block.baker, protocol: block.nextProtocol.versionName },
      [accounts, contracts, frozenBonds, rollups].map((map) => [...map.entries()]),
    );
  }
  const text = JSON.stringify(lines, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  return `${sandbox.head.shell.level} ${toHex(blake2b256(Buffer.from(text)))}`;
}

/** The file of one folder copied into another, which is made. */
export function copyChain(from: string, to: string): string {
  mkdirSync(to, { recursive: true });
  const file = join(to, FILE_NAME);
  copyFileSync(join(from, FILE_NAME), file);
  return file;
}
