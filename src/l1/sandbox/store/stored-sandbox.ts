// A sandbox whose chain is kept in a file. Opening it makes every block again by the chain's own rules (replay.ts): the states come back, and a
// file that was damaged, or that other rules made, is refused. Operations that wait for a block are not kept.

import type { Block } from "../block.js";
import { checkSame, ReplayError, recordOf } from "../replay.js";
import { Sandbox, type SandboxOptions } from "../sandbox.js";
import { ChainStore } from "./chain-store.js";
import { ChainStoreError } from "./errors.js";
import { type ChainIdentity, contradictions, identityOf } from "./identity.js";

export interface StoredSandboxOptions {
  /** Folder of the file; made if it is not there. */
  readonly folder: string;
  /**
   * What is asked of the chain. A new one is made so, with what is absent as in `Sandbox`; one that is there must be so where something is
   * asked, except that protocols of levels to come may be others.
   */
  readonly sandbox: SandboxOptions;
  /** Seconds: time of block 1 of a new chain. */
  readonly startTime: bigint;
  /** Hears of blocks that have been made again. */
  readonly progress?: (done: number, all: number) => void;
}

export interface StoredSandbox {
  readonly sandbox: Sandbox;
  readonly store: ChainStore;
  /** Whether the chain was there. */
  readonly isReopened: boolean;
}

/** Raises ChainStoreError, SandboxError, ConstantsError. */
export async function openStoredSandbox(options: StoredSandboxOptions): Promise<StoredSandbox> {
  const { database, store } = await ChainStore.open(options.folder);
  try {
    if (store !== undefined) return { ...(await reopened(store, options)), isReopened: true };
    const identity = identityOf(options.sandbox, options.startTime);
    const sandbox = sandboxOf(identity, options.sandbox);
    const created = await ChainStore.create(database, identity, recordOf(sandbox.head));
    return { sandbox, store: created, isReopened: false };
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
}

function sandboxOf(identity: ChainIdentity, { bakerKey, contracts }: SandboxOptions): Sandbox {
  const { constants, accounts, protocol, nextProtocols, startTime } = identity;
  return new Sandbox({
    constants,
    accounts,
    protocol,
    nextProtocols,
    startTime,
    ...(bakerKey === undefined ? {} : { bakerKey }),
    ...(contracts === undefined ? {} : { contracts }),
  });
}

async function reopened(store: ChainStore, options: StoredSandboxOptions): Promise<Omit<StoredSandbox, "isReopened">> {
  const { path } = store;
  // What contradicts without regard to levels is told before all the work; what was activated, when the head is known.
  refuse(path, contradictions(store.identity, options.sandbox, 0));
  const asked = options.sandbox.nextProtocols;
  const sandbox = await replayed(store, options);
  if (asked === undefined) return { sandbox, store };
  refuse(path, contradictions(store.identity, options.sandbox, sandbox.head.shell.level));
  const identity = { ...store.identity, nextProtocols: asked };
  sandbox.reschedule(asked);
  await store.setIdentity(identity);
  return { sandbox, store };
}

function refuse(path: string, found: readonly string[]): void {
  if (found.length === 0) return;
  throw new ChainStoreError("l1.sandbox.store.mismatch", path, `the chain is another: ${found.join("; ")}`);
}

async function replayed(store: ChainStore, { sandbox: asked, progress }: StoredSandboxOptions): Promise<Sandbox> {
  const sandbox = sandboxOf(store.identity, asked);
  const all = await store.count();
  const head = await store.head();
  let done = 0;
  try {
    for await (const record of store.blocks()) {
      if (done === 0) {
        const differs = (reason: string): ReplayError => new ReplayError(record.level, reason);
        checkSame(record, sandbox.head, differs);
      } else sandbox.replay(record);
      done++;
      progress?.(done, all);
    }
    const block: Block | undefined = sandbox.block(head);
    if (block === undefined || done === 0) throw new ReplayError(0, "the head is not among the blocks");
    sandbox.resetHead(block);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    const where = error.level === 0 ? "" : `block ${error.level}: `;
    throw new ChainStoreError("l1.sandbox.store.differs", store.path, `${where}${error.reason}`, { cause: error });
  }
  return sandbox;
}
