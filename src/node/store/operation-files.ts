// What the injector keeps over restarts (node.md §4.2): each waiting operation in a file of its own, `injector/operations_heap/<id>`, when it was queued in
// `injector/operations_heap/metadata/<id>`, and the last head of layer 1 that it has seen in `injector/last_seen_head`. Names and bytes are Octez's. What
// has been injected is not here: its file goes when it leaves the queue.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isBase58Check } from "../../encoding/base58check.js";
import { type Codec, decode, encode } from "../../encoding/binary.js";
import { int32, int64, record, tuple } from "../../encoding/codecs.js";
import { DecodeError } from "../../encoding/errors.js";
import { blockHashForm } from "../../protocol/identifiers.js";
import type { L2Head } from "../l2-block.js";
import { DataDirError } from "./data-dir-error.js";
import { makeDirectory, readIfPresent, removeFile, replaceFile } from "./files.js";

export const INJECTOR_DIR = "injector";
const HEAP_DIR = "operations_heap";
const METADATA_DIR = "metadata";
const LAST_HEAD_FILE = "last_seen_head";

export interface OperationFile<T> {
  /** "iop…". */
  readonly id: string;
  readonly operation: T;
}

/** A file that is left where it is, and taken no notice of. */
export interface UnreadableFile {
  readonly file: string;
  readonly error: DataDirError;
}

export interface Loaded<T> {
  /** In the order in which they were queued. */
  readonly operations: readonly OperationFile<T>[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Days since 1970, picoseconds of the day, place among those of the process. */
type QueuedAt = readonly [days: bigint, picoseconds: bigint, counter: bigint];

const queuedAtCodec: Codec<QueuedAt> = tuple(int64, int64, int64);
const headCodec: Codec<L2Head> = record({ hash: blockHashForm, level: int32 }, "head");

const MS_PER_DAY = 86_400_000;
const PICOSECONDS_PER_MS = 1_000_000_000n;
/** Lowest of OCaml's integers, where Octez begins to count. */
const FIRST_COUNTER = -(2n ** 62n);

export class OperationFiles<T> {
  private counter = FIRST_COUNTER;
  /** One after another, so that what is removed at once is not written after. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly dir: string,
    private readonly codec: Codec<T>,
    private readonly now: () => number,
  ) {}

  /** `now`: milliseconds since 1970. Raises DataDirError "node.data_dir.io", as everything here does. */
  static async open<T>(dataDir: string, codec: Codec<T>, now: () => number = Date.now): Promise<OperationFiles<T>> {
    const files = new OperationFiles(join(dataDir, INJECTOR_DIR), codec, now);
    await makeDirectory(join(files.dir, HEAP_DIR, METADATA_DIR));
    return files;
  }

  /** What earlier runs have left. */
  load(): Promise<Loaded<T>> {
    return this.inTurn(async () => {
      const found: (OperationFile<T> & { readonly queuedAt: QueuedAt })[] = [];
      const unreadable: UnreadableFile[] = [];
      for (const id of await this.ids()) {
        const operation = await readValue(this.file(id), this.codec);
        const queuedAt = await readValue(this.metadataFile(id), queuedAtCodec);
        for (const value of [operation, queuedAt]) if (value.error !== undefined) unreadable.push(value);
        if (operation.error !== undefined || queuedAt.error !== undefined) continue;
        found.push({ id, operation: operation.value, queuedAt: queuedAt.value });
      }
      found.sort((a, b) => compareTimes(a.queuedAt, b.queuedAt));
      return { operations: found.map(({ id, operation }) => ({ id, operation })), unreadable };
    });
  }

  /** Keeps an operation, after those that are kept already. On the disk when it returns. */
  add(id: string, operation: T): Promise<void> {
    const time = this.now();
    const days = Math.floor(time / MS_PER_DAY);
    const picoseconds = BigInt(Math.round(time - days * MS_PER_DAY)) * PICOSECONDS_PER_MS;
    const queuedAt = encode(queuedAtCodec, [BigInt(days), picoseconds, this.counter++]);
    const content = encode(this.codec, operation);
    return this.inTurn(async () => {
      // The time first: an operation without it could not be read.
      await replaceFile(this.metadataFile(id), queuedAt);
      await replaceFile(this.file(id), content);
    });
  }

  /** It need not be there. */
  remove(id: string): Promise<void> {
    return this.inTurn(async () => {
      await removeFile(this.file(id));
      await removeFile(this.metadataFile(id));
    });
  }

  /** Forgets all operations, not the last head. */
  clear(): Promise<void> {
    return this.inTurn(async () => {
      for (const id of await this.ids()) await removeFile(this.file(id));
      for (const id of await namesOfOperations(join(this.dir, HEAP_DIR, METADATA_DIR))) {
        await removeFile(this.metadataFile(id));
      }
    });
  }

  /** Undefined at the first start, and when the file is damaged: then `unreadable` is told. */
  async lastHead(unreadable: (file: UnreadableFile) => void = () => undefined): Promise<L2Head | undefined> {
    const path = join(this.dir, LAST_HEAD_FILE);
    if ((await readIfPresent(path)) === undefined) return undefined;
    const head = await readValue(path, headCodec);
    if (head.error === undefined) return head.value;
    unreadable(head);
    return undefined;
  }

  setLastHead(head: L2Head): Promise<void> {
    return this.inTurn(() => replaceFile(join(this.dir, LAST_HEAD_FILE), encode(headCodec, head)));
  }

  private file(id: string): string {
    return join(this.dir, HEAP_DIR, checkedId(id));
  }

  private metadataFile(id: string): string {
    return join(this.dir, HEAP_DIR, METADATA_DIR, checkedId(id));
  }

  private ids(): Promise<string[]> {
    return namesOfOperations(join(this.dir, HEAP_DIR));
  }

  private inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** Files of other names (half written ones, for one) are not operations. */
async function namesOfOperations(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => isBase58Check("injectorOperationHash", name)).sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataDirError("node.data_dir.io", `Cannot read ${dir}: ${reason}`, dir, {}, { cause: error });
  }
}

/** Ids are names of files: nothing else may come in. */
function checkedId(id: string): string {
  if (isBase58Check("injectorOperationHash", id)) return id;
  throw new DataDirError("node.data_dir.bad_file", `${JSON.stringify(id)} is no operation's name`, id);
}

type Read<V> = { readonly value: V; readonly error?: undefined } | (UnreadableFile & { readonly value?: undefined });

async function readValue<V>(file: string, codec: Codec<V>): Promise<Read<V>> {
  try {
    const content = await readIfPresent(file);
    if (content === undefined) {
      return { file, error: new DataDirError("node.data_dir.bad_file", `${file} is missing`, file) };
    }
    return { value: decode(codec, content) };
  } catch (error) {
    if (error instanceof DataDirError) return { file, error };
    if (!(error instanceof DecodeError)) throw error;
    const message = `${file} cannot be decoded: ${error.message}`;
    return { file, error: new DataDirError("node.data_dir.bad_file", message, file, {}, { cause: error }) };
  }
}

function compareTimes(a: QueuedAt, b: QueuedAt): number {
  for (let part = 0; part < 3; part++) {
    const left = a[part] ?? 0n;
    const right = b[part] ?? 0n;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
