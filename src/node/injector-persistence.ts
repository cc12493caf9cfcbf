// The operations that outlive the process (node.md §4.2): kept in Octez's files from when they are queued to when they are settled, and
// queued again at the next start. Kinds that the node makes again by itself are not kept.

import { decodeBase58Check } from "../encoding/base58check.js";
import { injectorEvents } from "./events/injector-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";
import type { InjectorPersistence, Injectors } from "./injectors.js";
import { isPersisted, type PersistedOperation, persistedOperationCodec } from "./store/injector-operation.js";
import { OperationFiles } from "./store/operation-files.js";

export class KeptOperations implements InjectorPersistence {
  readonly #files: OperationFiles<PersistedOperation>;
  readonly #emit: Emit;
  #counter = 0n;
  #last: Promise<void> = Promise.resolve();

  private constructor(files: OperationFiles<PersistedOperation>, emit: Emit) {
    this.#files = files;
    this.#emit = emit;
  }

  /** Raises DataDirError. */
  static async open(dataDir: string, emit: Emit, now: () => number): Promise<KeptOperations> {
    return new KeptOperations(await OperationFiles.open(dataDir, persistedOperationCodec, now), emit);
  }

  added(...[id, operation, order]: Parameters<InjectorPersistence["added"]>): void {
    if (!isPersisted(operation.kind)) return;
    const errors = { count: 0, lastError: undefined };
    const kept = { order, counter: this.#counter++, operation, traceparent: undefined, errors };
    this.#write(() => this.#files.add(id, { id: decodeBase58Check("injectorOperationHash", id), ...kept }));
  }

  settled(id: string): void {
    this.#write(() => this.#files.remove(id));
  }

  /** A file that cannot be written costs the operation its second life, not its first: it is told, and no more. */
  #write(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#emit(injectorEvents.injectorMonitoringError({ error: describeError(error) }));
    });
  }

  /** Queues again what earlier runs have left. Files that cannot be read are told of and left. Raises DataDirError. */
  async requeue(injectors: Injectors): Promise<void> {
    const { operations, unreadable } = await this.#files.load();
    for (const { file, error } of unreadable) {
      this.#emit(
        injectorEvents.injectorCorruptedOperationOnDisk({ signers: [], tags: [], file, error: describeError(error) }),
      );
    }
    for (const { id, operation } of operations) {
      // It gets a new name, under which it is kept anew.
      if (injectors.add(operation.operation, operation.order) !== id) await this.#files.remove(id);
    }
  }

  /** Ends what is being written. */
  async close(): Promise<void> {
    await this.#last;
  }
}
