// What the injector has sent to layer 1, a file an operation: `injector/sent/<hash>`, with the signed bytes and the node's operations in them.
// Written before it is sent, so that after a restart the same bytes are looked for, or sent again, and nothing goes out twice.
// Octez keeps nothing of the kind, and takes no notice of the folder.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isBase58Check } from "../../encoding/base58check.js";
import { type Codec, decode, encode } from "../../encoding/binary.js";
import { bytes, dynamicSize, int31, int32, list, record, string } from "../../encoding/codecs.js";
import { DecodeError } from "../../encoding/errors.js";
import { DataDirError } from "./data-dir-error.js";
import { makeDirectory, readIfPresent, removeFile, replaceFile } from "./files.js";
import { type PersistedOperation, persistedOperationCodec } from "./injector-operation.js";
import { INJECTOR_DIR, type UnreadableFile } from "./operation-files.js";

const SENT_DIR = "sent";

export interface SentFile {
  /** Key that has signed it. */
  readonly signer: string;
  /** Of the head when it was made. */
  readonly level: number;
  readonly bytes: Uint8Array;
  /** Place of the first operation in it. */
  readonly firstIndex: number;
  readonly operations: readonly PersistedOperation[];
}

const sentFileCodec: Codec<SentFile> = record(
  {
    signer: string,
    level: int32,
    bytes,
    firstIndex: int31,
    operations: list(dynamicSize(persistedOperationCodec)),
  },
  "sent operation",
);

export interface LoadedSentFiles {
  readonly found: readonly (SentFile & { readonly hash: string })[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Raises DataDirError "node.data_dir.io". Calls are the caller's to put in order. */
export class SentFiles {
  private constructor(private readonly dir: string) {}

  static async open(dataDir: string): Promise<SentFiles> {
    const files = new SentFiles(join(dataDir, INJECTOR_DIR, SENT_DIR));
    await makeDirectory(files.dir);
    return files;
  }

  /** On the disk when it returns. `hash`: "o…". */
  write(hash: string, content: SentFile): Promise<void> {
    return replaceFile(join(this.dir, hash), encode(sentFileCodec, content));
  }

  /** It need not be there. */
  remove(hash: string): Promise<void> {
    return removeFile(join(this.dir, hash));
  }

  /** Those sent first come first. Files that cannot be read are left where they are. */
  async load(): Promise<LoadedSentFiles> {
    const found: (SentFile & { readonly hash: string })[] = [];
    const unreadable: UnreadableFile[] = [];
    for (const hash of await this.names()) {
      const file = join(this.dir, hash);
      const content = await readIfPresent(file);
      if (content === undefined) continue;
      try {
        found.push({ hash, ...decode(sentFileCodec, content) });
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        const message = `${file} cannot be decoded: ${error.message}`;
        unreadable.push({
          file,
          error: new DataDirError("node.data_dir.bad_file", message, file, {}, { cause: error }),
        });
      }
    }
    return { found: found.sort((a, b) => a.level - b.level), unreadable };
  }

  private async names(): Promise<string[]> {
    try {
      return (await readdir(this.dir)).filter((name) => isBase58Check("operationHash", name)).sort();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DataDirError("node.data_dir.io", `Cannot read ${this.dir}: ${reason}`, this.dir, {}, { cause: error });
    }
  }
}
