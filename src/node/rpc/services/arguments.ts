// The arguments of paths, with the names and messages that Octez gives them (reference: `Arg` in rollup_node_services.ml, `level_param` in
// sc_rollup_services.ml).

import { type Base58Kind, decodeBase58Check, isBase58Check } from "../../../encoding/base58check.js";
import type { BlockHash, CommitmentHash } from "../../../protocol/identifiers.js";
import { BadArgument, type PathArgument } from "../http/directory.js";
import { readInteger } from "../http/query.js";

/** How a request names a block. */
export type BlockId =
  | { readonly kind: "head" | "finalized" | "cemented" }
  | { readonly kind: "level"; readonly level: number }
  | { readonly kind: "hash"; readonly hash: BlockHash };

const MAX_LEVEL = 0x7fffffff;

export const blockArgument: PathArgument<BlockId> = {
  name: "block_id",
  description: "An L1 block identifier.",
  parse(text) {
    if (text === "head" || text === "finalized" || text === "cemented") return { kind: text };
    const level = readInteger(text);
    if (level !== undefined && level >= -MAX_LEVEL - 1 && level <= MAX_LEVEL) return { kind: "level", level };
    if (!isBase58Check("blockHash", text)) throw new BadArgument("Cannot parse block id");
    return { kind: "hash", hash: decodeBase58Check("blockHash", text) as BlockHash };
  },
};

export const levelArgument: PathArgument<number> = {
  name: "level",
  parse(text) {
    const level = readInteger(text);
    if (level === undefined || level < 0 || level > MAX_LEVEL) throw new BadArgument("Invalid level");
    return level;
  },
};

function textArgument(
  name: string,
  description: string,
  kind: Base58Kind,
  refusal: (text: string) => string,
): PathArgument<string> {
  return {
    name,
    description,
    parse(text) {
      if (!isBase58Check(kind, text)) throw new BadArgument(refusal(text));
      return text;
    },
  };
}

export const messageIdArgument: PathArgument<string> = textArgument(
  "l2_message_id",
  "A L2 message id.",
  "l2MessageId",
  () => "Invalid L2 message id",
);

export const injectorOperationArgument: PathArgument<string> = textArgument(
  "injector_operation_hash",
  "injector_operation_hash (Base58Check-encoded)",
  "injectorOperationHash",
  (text) => `failed to decode a base58-encoded data (injector_operation_hash): ${JSON.stringify(text)}`,
);

export const commitmentHashArgument: PathArgument<CommitmentHash> = {
  name: "commitment_hash",
  description: "A commitment hash.",
  parse(text) {
    if (!isBase58Check("commitmentHash", text)) throw new BadArgument("Invalid commitment hash");
    return decodeBase58Check("commitmentHash", text) as CommitmentHash;
  },
};

const MAX_TICK_DIGITS = 24;

/** A tick, counted from the start of a level. */
export const tickArgument: PathArgument<bigint> = {
  name: "tick",
  description: "A tick, counted from the start of the level.",
  parse(text) {
    if (!/^[0-9]+$/.test(text) || text.length > MAX_TICK_DIGITS) throw new BadArgument("Cannot parse tick");
    return BigInt(text);
  },
};
