// Files that say what a data directory is (node.md §6.1): `metadata`, the rollup it is for; `version` and `storage/version`, left by older nodes.

import { join } from "node:path";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { DecodeError } from "../../encoding/errors.js";
import {
  atStep,
  expectInteger,
  expectObject,
  expectOnlyFields,
  expectString,
  type Json,
  JsonError,
} from "../../encoding/json.js";
import { decodeUtf8 } from "../../encoding/text.js";
import { printOctezJson } from "../../l1/client/octez-json.js";
import { type GenesisInfo, genesisInfoForm } from "../../protocol/commitment.js";
import { hashEquals, type RollupAddress, rollupAddressForm } from "../../protocol/identifiers.js";
import { DataDirError } from "./data-dir-error.js";
import { readIfPresent, replaceFile } from "./files.js";

export const METADATA_FILE = "metadata";
export const VERSION_FILE = "version";
export const STORAGE_VERSION_FILE = join("storage", "version");

export type RollupKind = "arith" | "wasm_2_0_0" | "riscv";

const KINDS: readonly RollupKind[] = ["arith", "wasm_2_0_0", "riscv"];

/** The version of the context's form that is written: the only one. */
const CONTEXT_VERSION = 0;
/** Of this store, as Octez counts. */
const STORE_VERSION = 5;

export interface Metadata {
  readonly rollupAddress: RollupAddress;
  readonly kind: RollupKind;
  readonly genesisInfo: GenesisInfo;
}

/** What older nodes wrote ("V0") has no kind and no genesis. */
export type StoredMetadata = Pick<Metadata, "rollupAddress"> & Partial<Metadata>;

const MAX_INT31 = 2 ** 30 - 1;
const MIN_INT31 = -(2 ** 30);

function metadataToJson({ rollupAddress, kind, genesisInfo }: Metadata): Json {
  return {
    rollup_address: rollupAddressForm.toJson(rollupAddress),
    context_version: CONTEXT_VERSION,
    kind,
    genesis_info: genesisInfoForm.toJson(genesisInfo),
  };
}

const FIELDS_V0 = new Set(["rollup_address", "context_version"]);
const FIELDS_V1 = new Set([...FIELDS_V0, "kind", "genesis_info"]);

function metadataFromJson(value: unknown): StoredMetadata {
  const json = expectObject(value);
  const isV0 = json["kind"] === undefined && json["genesis_info"] === undefined;
  expectOnlyFields(json, isV0 ? FIELDS_V0 : FIELDS_V1);
  const rollupAddress = atStep(".rollup_address", () => rollupAddressForm.fromJson(json["rollup_address"]));
  const version = atStep(".context_version", () => expectInteger(json["context_version"], MIN_INT31, MAX_INT31));
  if (version !== CONTEXT_VERSION) {
    throw new JsonError("encoding.json.bad_value", `Unsupported context version ${version}`, version);
  }
  if (isV0) return { rollupAddress };
  const kind = atStep(".kind", () => kindFromJson(json["kind"]));
  const genesisInfo = atStep(".genesis_info", () => genesisInfoForm.fromJson(json["genesis_info"]));
  return { rollupAddress, kind, genesisInfo };
}

function kindFromJson(json: unknown): RollupKind {
  const text = expectString(json);
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined) throw new JsonError("encoding.json.bad_value", "no kind of rollup", text);
  return kind;
}

async function readJsonFile<T>(path: string, read: (json: unknown) => T): Promise<T | undefined> {
  const content = await readIfPresent(path);
  if (content === undefined) return undefined;
  try {
    return read(JSON.parse(decodeUtf8(content, 0)));
  } catch (error) {
    if (error instanceof JsonError || error instanceof DecodeError || error instanceof SyntaxError) {
      const message = `${path} cannot be read: ${error.message}`;
      throw new DataDirError("node.data_dir.bad_file", message, path, {}, { cause: error });
    }
    throw error;
  }
}

/** Undefined when there is none. Raises DataDirError "node.data_dir.bad_file". */
export function readMetadata(dataDir: string): Promise<StoredMetadata | undefined> {
  return readJsonFile(join(dataDir, METADATA_FILE), metadataFromJson);
}

export function writeMetadata(dataDir: string, metadata: Metadata): Promise<void> {
  return replaceFile(join(dataDir, METADATA_FILE), `${printOctezJson(metadataToJson(metadata))}\n`);
}

/**
 * Claims a directory for a rollup: writes the metadata of a new one, and completes an older node's. Raises DataDirError
 * "sc_rollup.node.unexpected_rollup" when it is that of another rollup.
 */
export async function claimForRollup(dataDir: string, metadata: Metadata): Promise<void> {
  const stored = await readMetadata(dataDir);
  const { rollupAddress } = metadata;
  if (stored !== undefined && stored.rollupAddress !== rollupAddress) {
    const saved = stored.rollupAddress;
    const message =
      `This rollup node was already set up for rollup ${saved}, it cannot be run for a different rollup ` +
      `${rollupAddress}.`;
    const fields = { rollup_address: rollupAddress, saved_address: saved };
    throw new DataDirError("sc_rollup.node.unexpected_rollup", message, join(dataDir, METADATA_FILE), fields);
  }
  if (stored?.kind === undefined) await writeMetadata(dataDir, metadata);
  else if (stored.genesisInfo !== undefined) checkGenesis(join(dataDir, METADATA_FILE), stored.genesisInfo, metadata);
}

/** An address may be the same on two chains; the origination is not. */
function checkGenesis(path: string, stored: GenesisInfo, { rollupAddress, genesisInfo }: Metadata): void {
  if (stored.level === genesisInfo.level && hashEquals(stored.commitmentHash, genesisInfo.commitmentHash)) return;
  const text = ({ level, commitmentHash }: GenesisInfo): string =>
    `level ${level} with commitment ${encodeBase58Check("commitmentHash", commitmentHash)}`;
  const message =
    `${path} is of another chain: rollup ${rollupAddress} was originated at ${text(stored)} according to it, ` +
    `and at ${text(genesisInfo)} on layer 1.`;
  throw new DataDirError("node.data_dir.other_chain", message, path);
}

/** Refuses a store of a form that is read no more. `file`: VERSION_FILE or STORAGE_VERSION_FILE; it need not be there. */
export async function checkStoreVersion(dataDir: string, file: string = VERSION_FILE): Promise<void> {
  const path = join(dataDir, file);
  const version = await readJsonFile(path, (value) => {
    const json = expectObject(value);
    expectOnlyFields(json, new Set(["store_version"]));
    return atStep(".store_version", () => expectInteger(json["store_version"], MIN_INT31, MAX_INT31));
  });
  if (version === undefined || version === STORE_VERSION) return;
  const isRetired = version >= 0 && version < STORE_VERSION;
  const message = isRetired
    ? `Retired store version ${version}, recover from snapshot`
    : `Unsupported store version ${version}`;
  throw new DataDirError("node.data_dir.store_version", message, path);
}
