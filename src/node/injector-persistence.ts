// The operations that outlive the process (node.md §4.2): kept in Octez's files while they wait, and in files of our own once they have been sent,
// until they are in a block that no reorganisation will reach. At the next start those that waited are queued again under their
// names, and those sent are looked for on the chain. Kinds that the node makes again by itself are not kept while they wait.

import { decodeBase58Check, encodeBase58Check } from "../encoding/base58check.js";
import { SENT_RETENTION } from "../l1/client/injector.js";
import type { PublicKeyHash } from "../protocol/identifiers.js";
import { injectorEvents } from "./events/injector-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";
import type { InjectorPersistence, Injectors, NamedOperation, SentToLayer1 } from "./injectors.js";
import { isPersisted, type PersistedOperation, persistedOperationCodec } from "./store/injector-operation.js";
import { OperationFiles, type UnreadableFile } from "./store/operation-files.js";
import { SentFiles } from "./store/sent-files.js";

interface Sent {
  /** Operations that are neither waiting again nor given up. */
  readonly ids: Set<string>;
  /** Level of the block that has it. */
  level?: number;
}

export class KeptOperations implements InjectorPersistence {
  readonly #files: OperationFiles<PersistedOperation>;
  readonly #sentFiles: SentFiles;
  readonly #emit: Emit;
  /** Names of those in files of waiting ones. */
  readonly #waiting = new Set<string>();
  /** By the hash on layer 1. */
  readonly #sent = new Map<string, Sent>();
  #counter = 0n;
  #last: Promise<void> = Promise.resolve();

  private constructor(files: OperationFiles<PersistedOperation>, sentFiles: SentFiles, emit: Emit) {
    this.#files = files;
    this.#sentFiles = sentFiles;
    this.#emit = emit;
  }

  /** Raises DataDirError. */
  static async open(dataDir: string, emit: Emit, now: () => number): Promise<KeptOperations> {
    const files = await OperationFiles.open(dataDir, persistedOperationCodec, now);
    return new KeptOperations(files, await SentFiles.open(dataDir), emit);
  }

  #persisted({ id, operation, order }: NamedOperation): PersistedOperation {
    return {
      id: decodeBase58Check("injectorOperationHash", id),
      order,
      counter: this.#counter++,
      operation,
      traceparent: undefined,
      errors: { count: 0, lastError: undefined },
    };
  }

  waiting(operation: NamedOperation): void {
    const { id } = operation;
    if (isPersisted(operation.operation.kind) && !this.#waiting.has(id)) {
      this.#waiting.add(id);
      const kept = this.#persisted(operation);
      // By its turn it may have been sent.
      this.#write(async () => {
        if (this.#waiting.has(id)) await this.#files.add(id, kept);
      });
    }
    this.#leaves(id);
  }

  /** Raises DataDirError: what could not be kept is not to be sent. */
  async sending({ hash, signer, level, bytes, firstIndex, operations }: SentToLayer1): Promise<void> {
    const ids = operations.map(({ id }) => id);
    const content = { signer, level, bytes, firstIndex, operations: operations.map((one) => this.#persisted(one)) };
    // Not after what is still to be written of others: many messages may wait for their turns on the disk. A file of one that waited, written
    // or not, goes later.
    const written = this.#sentFiles.write(hash, content);
    const settled = written.catch(() => undefined);
    this.#last = this.#last.then(() => settled);
    await written;
    this.#sent.set(hash, { ids: new Set(ids) });
    for (const id of ids) this.#forgetWaiting(id);
  }

  included(hash: string, level: number): void {
    const sent = this.#sent.get(hash);
    if (sent !== undefined) sent.level = level;
  }

  settled(id: string): void {
    this.#forgetWaiting(id);
    this.#leaves(id);
  }

  headIs(level: number): void {
    for (const [hash, sent] of this.#sent) {
      if (sent.level !== undefined && sent.level < level - SENT_RETENTION) this.#forgetSent(hash);
    }
  }

  #forgetWaiting(id: string): void {
    if (this.#waiting.delete(id)) this.#write(() => this.#files.remove(id));
  }

  #leaves(id: string): void {
    for (const [hash, { ids }] of this.#sent) {
      if (ids.delete(id) && ids.size === 0) this.#forgetSent(hash);
    }
  }

  #forgetSent(hash: string): void {
    this.#sent.delete(hash);
    this.#write(() => this.#sentFiles.remove(hash));
  }

  /** A file that cannot be written costs the operation its second life, not its first: it is told, and no more. */
  #write(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#emit(injectorEvents.injectorMonitoringError({ error: describeError(error) }));
    });
  }

  /** Takes up what earlier runs have left. Files that cannot be read are told of and left. Raises DataDirError. */
  async requeue(injectors: Injectors): Promise<void> {
    const [sent, waiting] = [await this.#sentFiles.load(), await this.#files.load()];
    this.#tellUnreadable([...sent.unreadable, ...waiting.unreadable]);
    const resumed = new Set<string>();
    for (const { hash, signer, operations, ...rest } of sent.found) {
      const named = operations.map(nameOf);
      if (!injectors.resume({ hash, signer: signer as PublicKeyHash, operations: named, ...rest })) continue;
      this.#sent.set(hash, { ids: new Set(named.map(({ id }) => id)) });
      for (const { id } of named) resumed.add(id);
    }
    for (const { id, operation } of waiting.operations) {
      this.#waiting.add(id);
      // The process died between two files: what has been sent waits no more.
      if (resumed.has(id)) this.#forgetWaiting(id);
      else injectors.restore({ ...nameOf(operation), id });
    }
    await this.#last;
  }

  #tellUnreadable(unreadable: readonly UnreadableFile[]): void {
    for (const { file, error } of unreadable) {
      this.#emit(
        injectorEvents.injectorCorruptedOperationOnDisk({ signers: [], tags: [], file, error: describeError(error) }),
      );
    }
  }

  /** Ends what is being written. */
  async close(): Promise<void> {
    await this.#last;
  }
}

function nameOf({ id, operation, order }: PersistedOperation): NamedOperation {
  return { id: encodeBase58Check("injectorOperationHash", id), operation, order };
}
