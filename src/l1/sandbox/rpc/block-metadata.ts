// The metadata of a block, as `…/metadata` prints it (reference: block_services.ml, apply_results.ml of alpha): the shell's part, which
// every block has, and the protocol's, which begins with the first block after the activation. Rewards, votes and attestations
// do not happen here, so their fields are those of a chain where nobody votes and attests.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import type { Json } from "../../../encoding/json.js";
import { type BalanceUpdate, balanceUpdatesForm } from "../../../protocol/balance-updates.js";
import { type Constants, MAX_OPERATION_BYTES } from "../../../protocol/constants.js";
import { type ProtocolHash, protocolHashForm } from "../../../protocol/identifiers.js";
import type { Block } from "../block.js";
import { GENESIS_PROTOCOL } from "../protocols.js";

export type JsonFields = { readonly [name: string]: Json };

/** What the shell prints as the protocol of the genesis block: 32 zero bytes. */
const NO_PROTOCOL = protocolHashForm.toJson(new Uint8Array(32) as ProtocolHash);

/** The protocol that a block's header and operations are of, as it is printed. */
export function printedProtocol(block: Block): Json {
  return block.shell.level === 0 ? NO_PROTOCOL : protocolHashForm.toJson(block.protocol.hash);
}

/** Limits of the operation lists of the protocol's blocks, by validation pass. */
const OPERATION_LIST_QUOTAS: readonly Json[] = [
  { max_size: 4_194_304, max_op: 2048 },
  { max_size: 32_768 },
  { max_size: 135_168, max_op: 132 },
  { max_size: 524_288 },
];
const MAX_HEADER_BYTES = 289;
const MAX_GENESIS_HEADER_BYTES = 42;

/** The answer of `…/metadata`. */
export function blockMetadataToJson(block: Block, predecessor: Block | undefined): JsonFields {
  const { constants } = block.state;
  const nextIsGenesis = block.nextProtocol === GENESIS_PROTOCOL;
  return {
    protocol: printedProtocol(block),
    next_protocol: protocolHashForm.toJson(block.nextProtocol.hash),
    test_chain_status: { status: "not_running" },
    max_operations_ttl: nextIsGenesis ? 0 : constants.maxOperationsTimeToLive,
    max_operation_data_length: nextIsGenesis ? 0 : MAX_OPERATION_BYTES,
    max_block_header_length: nextIsGenesis ? MAX_GENESIS_HEADER_BYTES : MAX_HEADER_BYTES,
    max_operation_list_length: nextIsGenesis ? [] : OPERATION_LIST_QUOTAS,
    ...protocolMetadata(block, predecessor),
  };
}

function protocolMetadata(block: Block, predecessor: Block | undefined): JsonFields {
  const { baker, consumedMilligas } = block;
  if (baker === undefined) return {};
  // The constants by which the block was made, should it be one that activates others.
  const { constants } = (predecessor ?? block).state;
  const balanceUpdates = feesToBaker(block);
  return {
    proposer: baker,
    baker,
    level_info: levelToJson(block.shell.level, constants),
    voting_period_info: votingPeriodToJson(block.shell.level, constants),
    nonce_hash: null,
    deactivated: [],
    ...(balanceUpdates.length === 0 ? {} : { balance_updates: balanceUpdatesForm.toJson(balanceUpdates) }),
    liquidity_baking_toggle_ema: 0,
    implicit_operations_results: [],
    proposer_consensus_key: baker,
    baker_consensus_key: baker,
    consumed_milligas: consumedMilligas.toString(),
    dal_attestation: "0",
    all_bakers_attest_activation_level: null,
    attestations: null,
    preattestations: null,
  };
}

function feesToBaker({ baker, fees }: Block): readonly BalanceUpdate[] {
  if (baker === undefined || fees === 0n) return [];
  const origin = { kind: "block" } as const;
  return [
    { kind: "blockFees", change: -fees, origin },
    { kind: "contract", contract: baker, change: fees, origin },
  ];
}

/** A level in its cycle: `level_info`, and the answer of `helpers/current_level`. Cycles begin with block 1. */
export function levelToJson(level: number, { blocksPerCycle, blocksPerCommitment }: Constants): JsonFields {
  const position = level - 1;
  const cyclePosition = position % blocksPerCycle;
  return {
    level,
    level_position: position,
    cycle: Math.floor(position / blocksPerCycle),
    cycle_position: cyclePosition,
    expected_commitment: cyclePosition % blocksPerCommitment === blocksPerCommitment - 1,
  };
}

/** First and last level of the cycle of a level. */
export function cycleBounds(
  level: number,
  { blocksPerCycle }: Constants,
): { readonly first: number; readonly last: number } {
  const first = level - ((level - 1) % blocksPerCycle);
  return { first, last: first + blocksPerCycle - 1 };
}

/** `voting_period_info`, and the answer of `votes/current_period`: a period for proposals follows the other. */
export function votingPeriodToJson(level: number, { blocksPerCycle, cyclesPerVotingPeriod }: Constants): JsonFields {
  const length = blocksPerCycle * cyclesPerVotingPeriod;
  const position = (level - 1) % length;
  const index = Math.floor((level - 1) / length);
  return {
    voting_period: { index, kind: "proposal", start_position: index * length },
    position,
    remaining: length - position - 1,
  };
}

/** The answer of `…/resulting_context_hash`. */
export function contextHashToJson(block: Block): Json {
  return encodeBase58Check("contextHash", block.shell.context);
}
