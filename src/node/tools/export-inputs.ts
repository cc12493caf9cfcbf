// What a rollup has read, out of its node's data directory, as the recorded inputs that `tickproof run` takes (docs/cli.md): the messages of a
// range of levels, verbatim, and every answer to reveals that the directory has. Answers are not those that were asked for, which
// only running the levels again could tell, but all that could be: preimages, the metadata, the DAL's parameters where they are given.

import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encode } from "../../encoding/binary.js";
import { toHex } from "../../encoding/hex.js";
import { hashEquals, type StateHash } from "../../protocol/identifiers.js";
import { MAX_REVEAL_BYTES } from "../../protocol/input-proof.js";
import {
  type DalParameters,
  isPreimageOf,
  type RevealHash,
  type RevealRequest,
  revealAnswerBytes,
  revealHashFromHex,
  revealRequestForm,
  WELL_KNOWN_REVEAL_HASH,
} from "../../protocol/reveal.js";
import { PREIMAGES_DIR } from "../engine/state-files.js";
import type { L2Block } from "../l2-block.js";
import { hasErrno } from "../store/files.js";
import type { Store } from "../store/store.js";
import { type LevelRange, levelRange, requireBlock } from "./levels.js";
import type { ReadDirectory } from "./read-directory.js";
import { ToolError } from "./tool-error.js";

export interface ExportOptions extends Partial<LevelRange> {
  readonly file: string;
  /** What the protocol says of the DAL; a kernel that asks for it stops there when it is absent. */
  readonly dalParameters?: DalParameters;
}

export interface ExportedInputs extends LevelRange {
  readonly reveals: number;
  /** After the last level. */
  readonly state: StateHash;
  readonly tick: bigint;
}

/** Raises ToolError, StoreError. */
export async function exportInputs(directory: ReadDirectory, options: ExportOptions): Promise<ExportedInputs> {
  const { store, metadata } = directory;
  const { genesisInfo, rollupAddress } = metadata;
  const range = await levelRange(directory, options);
  const end = await requireBlock(store, range.to);
  const reveals = [...revealsOf(directory, options.dalParameters)];
  await writingFile(options.file, async (write) => {
    write(`{\n  "rollup": "${rollupAddress}",\n  "originationLevel": ${genesisInfo.level},\n  "inboxes": [`);
    let separator = "\n";
    let last: L2Block | undefined;
    for (let level = range.from; level <= range.to; level++) {
      const block = await requireBlock(store, level);
      if (last !== undefined && !hashEquals(block.predecessor, last.hash)) throw reorganised(level);
      last = block;
      write(`${separator}    ${JSON.stringify({ level, messages: await messagesOf(store, block) })}`);
      separator = ",\n";
    }
    if (last === undefined || !hashEquals(last.hash, end.hash)) throw reorganised(range.to);
    write('\n  ],\n  "reveals": {');
    for (const [i, [request, data]] of reveals.entries()) {
      write(`${i === 0 ? "" : ","}\n    "${toHex(request)}": "${toHex(data)}"`);
    }
    write("\n  }\n}\n");
  });
  return { ...range, reveals: reveals.length, state: end.stateHash, tick: end.initialTick + end.numTicks };
}

/** The node may run meanwhile. */
function reorganised(level: number): ToolError {
  const text = `the chain changed at level ${level} while it was read: try again`;
  return new ToolError("node.tool.reorganised", text, String(level));
}

async function messagesOf(store: Store, { inboxWitness, level }: L2Block): Promise<string[]> {
  const messages = await store.messages(inboxWitness);
  if (messages !== undefined) return messages.map(toHex);
  const text = `the messages of level ${level} are not in the store`;
  throw new ToolError("node.tool.incomplete_block", text, String(level));
}

/** Requests and answers. */
function* revealsOf(
  { path, metadata }: ReadDirectory,
  dalParameters: DalParameters | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  const { rollupAddress: address, genesisInfo } = metadata;
  const request = (asked: RevealRequest): Uint8Array => encode(revealRequestForm, asked);
  const originationLevel = genesisInfo.level;
  yield [
    request({ kind: "metadata" }),
    revealAnswerBytes({ kind: "metadata", metadata: { address, originationLevel } }),
  ];
  if (dalParameters !== undefined) {
    yield [request({ kind: "dalParameters" }), revealAnswerBytes({ kind: "dalParameters", parameters: dalParameters })];
  }
  const preimages = new Map([[toHex(WELL_KNOWN_REVEAL_HASH), new Uint8Array(0)], ...preimagesIn(path)]);
  for (const [hash, data] of preimages) yield [request({ kind: "rawData", hash: revealHashFromHex(hash) }), data];
}

/** Files that are what their names say; the node refuses others too. */
function* preimagesIn(dataDir: string): Generator<readonly [string, Uint8Array]> {
  const folder = join(dataDir, PREIMAGES_DIR);
  for (const name of filesIn(folder)) {
    if (!/^00[0-9a-f]{64}$/.test(name)) continue;
    const data = new Uint8Array(readFileSync(join(folder, name)));
    const hash: RevealHash = revealHashFromHex(name);
    if (data.length <= MAX_REVEAL_BYTES && isPreimageOf(hash, data)) yield [name, data];
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Writes a file piece by piece; it is there when all of it is. */
async function writingFile(file: string, work: (write: (text: string) => void) => Promise<void>): Promise<void> {
  const partial = `${file}.partial`;
  const failed = (error: unknown): ToolError => {
    const reason = error instanceof Error ? error.message : String(error);
    return new ToolError("node.tool.io", `Cannot write ${file}: ${reason}`, file, { cause: error });
  };
  const doing = <T>(what: () => T): T => {
    try {
      return what();
    } catch (error) {
      throw failed(error);
    }
  };
  const descriptor = doing(() => openSync(partial, "w", 0o644));
  try {
    try {
      await work((text) => doing(() => writeWhole(descriptor, Buffer.from(text))));
    } finally {
      closeSync(descriptor);
    }
    doing(() => renameSync(partial, file));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
