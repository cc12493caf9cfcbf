// The arguments of paths, with the names and messages Octez gives them (reference: `rpc_arg` in block_services.ml and in the protocol's
// *_repr.ml). A chain or block that is well-formed and unknown is a 404.

import { Base58Error, decodeBase58Check } from "../../../encoding/base58check.js";
import { JsonError } from "../../../encoding/json.js";
import {
  type BlockHash,
  blockHashForm,
  type CommitmentHash,
  type Contract,
  chainIdForm,
  commitmentHashForm,
  contractForm,
  hashEquals,
  type ProtocolHash,
  type PublicKeyHash,
  protocolHashForm,
  publicKeyHashForm,
  type RollupAddress,
  rollupAddressForm,
  type ScriptExprHash,
  scriptExprHashForm,
} from "../../../protocol/identifiers.js";
import type { Block } from "../block.js";
import type { Sandbox } from "../sandbox.js";
import { orNotFound } from "./answer.js";
import { BadArgument, type PathArgument } from "./directory.js";

const MAX_LEVEL = 0x7fffffff;

/** An argument read by a form's `fromJson`; `message` says what is wrong with other texts. */
function formArgument<T>(
  type: string,
  form: { fromJson(json: unknown): T },
  message: (text: string) => string,
): PathArgument<T> {
  return {
    type,
    parse(text) {
      try {
        return form.fromJson(text);
      } catch (error) {
        if (error instanceof JsonError) throw new BadArgument(message(text));
        throw error;
      }
    },
  };
}

const hashMessage = (name: string) => (text: string) =>
  `failed to decode a base58-encoded data (${name}): ${JSON.stringify(text)}`;

export const contractArgument: PathArgument<Contract> = formArgument(
  "contract_id",
  contractForm,
  () => "Cannot parse contract id",
);
export const publicKeyHashArgument: PathArgument<PublicKeyHash> = formArgument(
  "pkh",
  publicKeyHashForm,
  hashMessage("Signature.Public_key_hash"),
);
export const rollupArgument: PathArgument<RollupAddress> = formArgument(
  "smart_rollup_address",
  rollupAddressForm,
  (text) => `Invalid smart rollup address ${JSON.stringify(text)}`,
);
export const commitmentHashArgument: PathArgument<CommitmentHash> = formArgument(
  "smart_rollup_commitment_hash",
  commitmentHashForm,
  hashMessage("smart_rollup_commitment_hash"),
);
export const protocolHashArgument: PathArgument<ProtocolHash> = formArgument(
  "Protocol_hash",
  protocolHashForm,
  hashMessage("Protocol_hash"),
);
export const scriptExprArgument: PathArgument<ScriptExprHash> = formArgument(
  "script_expr",
  scriptExprHashForm,
  hashMessage("script_expr"),
);
/** The same type under the names of the two stakers of a game. */
export const staker1Argument: PathArgument<PublicKeyHash> = { ...publicKeyHashArgument, type: "staker1_pkh" };
export const staker2Argument: PathArgument<PublicKeyHash> = { ...publicKeyHashArgument, type: "staker2_pkh" };

function integerArgument(
  type: string,
  min: number,
  max: number,
  message: (text: string) => string,
): PathArgument<number> {
  return {
    type,
    parse(text) {
      const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= min && value <= max)) throw new BadArgument(message(text));
      return value;
    },
  };
}

/** A level; negative ones are levels too, at which nothing happened. */
export const levelArgument: PathArgument<number> = integerArgument(
  "block_level",
  -MAX_LEVEL - 1,
  MAX_LEVEL,
  () => "Cannot parse level",
);
export const passArgument: PathArgument<number> = integerArgument(
  "list_offset",
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
  (text) => `Invalid list offset (${text})`,
);
export const operationIndexArgument: PathArgument<number> = integerArgument(
  "operation_offset",
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
  (text) => `Invalid operation offset (${text})`,
);
export const bigMapArgument: PathArgument<bigint> = {
  type: "big_map_id",
  parse(text) {
    if (!/^-?[0-9]{1,100}$/.test(text)) throw new BadArgument("Cannot parse big map id");
    return BigInt(text);
  },
};

const MAX_ENTRYPOINT_CHARACTERS = 31;

export const entrypointArgument: PathArgument<string> = {
  type: "entrypoint",
  parse(text) {
    if (text.length > MAX_ENTRYPOINT_CHARACTERS) throw new BadArgument("Entrypoint name too long");
    return text;
  },
};

/** "main", or the chain's id; another id, and "test", are a 404. */
export function chainArgument(sandbox: Sandbox): PathArgument<Sandbox> {
  return {
    type: "chain_id",
    parse: (text) => orNotFound(isOurChain(sandbox, text) ? sandbox : undefined),
  };
}

function isOurChain(sandbox: Sandbox, text: string): boolean {
  if (text === "main") return true;
  if (text === "test") return false;
  return hashEquals(parseChainId(text), sandbox.chainId);
}

function parseChainId(text: string): Uint8Array {
  try {
    return chainIdForm.fromJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new BadArgument("Cannot parse chain identifier.");
    throw error;
  }
}

/** As `chainArgument` reads it; raises Error for a text that is no chain. */
export function isChain(sandbox: Sandbox, text: string): boolean {
  return isOurChain(sandbox, text);
}

/** "head", "head~2", "genesis", a level, a hash, "<hash>~3", …; an unknown block is a 404. */
export function blockArgument(sandbox: Sandbox): PathArgument<Block> {
  return { type: "block_id", parse: (text) => orNotFound(findBlock(sandbox, text)) };
}

const BLOCK_ID = /^([A-Za-z0-9]+)(?:([~+-])([0-9]{1,10}))?$/;

/** Raises BadArgument. */
export function findBlock(sandbox: Sandbox, text: string): Block | undefined {
  const [, base, sign, count] = BLOCK_ID.exec(text) ?? [];
  if (base === undefined) throw badBlock(text);
  const back = sign === undefined ? 0 : (sign === "+" ? -1 : 1) * Number(count);
  const alias = aliased(sandbox, base);
  if (alias !== undefined) return onMainChain(sandbox, alias.shell.level - back);
  if (/^[0-9]+$/.test(base)) return onMainChain(sandbox, checkedLevel(text, base) - back);
  const hash = parseBlockHash(text, base);
  return relative(sandbox, hash, back);
}

/** The names of blocks. All blocks are kept from the first on, so the oldest there are is the genesis block. */
function aliased(sandbox: Sandbox, name: string): Block | undefined {
  switch (name) {
    case "head":
      return sandbox.head;
    case "genesis":
    case "savepoint":
    case "caboose":
      return sandbox.genesis;
    case "checkpoint":
      return sandbox.finalized;
    default:
      return undefined;
  }
}

function onMainChain(sandbox: Sandbox, level: number): Block | undefined {
  return level < 0 || level > sandbox.head.shell.level ? undefined : sandbox.block(level);
}

function relative(sandbox: Sandbox, hash: BlockHash, back: number): Block | undefined {
  let block = sandbox.block(hash);
  if (back < 0) return block === undefined ? undefined : onMainChain(sandbox, block.shell.level - back);
  for (let left = back; left > 0 && block !== undefined; left--) block = sandbox.predecessor(block);
  return block;
}

function checkedLevel(text: string, digits: string): number {
  const level = Number(digits);
  if (level > MAX_LEVEL) throw badBlock(text);
  return level;
}

function parseBlockHash(text: string, base: string): BlockHash {
  try {
    return decodeBase58Check("blockHash", base) as BlockHash;
  } catch (error) {
    if (error instanceof Base58Error) throw badBlock(text);
    throw error;
  }
}

function badBlock(text: string): BadArgument {
  return new BadArgument(`Cannot parse block identifier: ${text}`);
}

/** A block hash in a query. Raises JsonError. */
export function parseHash(text: string): BlockHash {
  return blockHashForm.fromJson(text);
}
