// Blocks as the RPC prints them (node.md §5.3; reference: sc_rollup_block.ml).

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { commitmentForm } from "../../../protocol/commitment.js";
import { blockHashForm, commitmentHashForm, stateHashForm } from "../../../protocol/identifiers.js";
import { inboxForm } from "../../../protocol/inbox.js";
import { inboxHashForm, payloadCellHashForm } from "../../../protocol/inbox-hashes.js";
import type { FullL2Block, L2Block } from "../../l2-block.js";
import { outboxSummary } from "./outbox-json.js";

type Fields = { readonly [name: string]: Json };

function headerFields(block: L2Block): Fields {
  const { commitmentHash, context } = block;
  return {
    block_hash: blockHashForm.toJson(block.hash),
    level: block.level,
    predecessor: blockHashForm.toJson(block.predecessor),
    commitment_hash: commitmentHash === undefined ? null : commitmentHashForm.toJson(commitmentHash),
    previous_commitment_hash: commitmentHashForm.toJson(block.previousCommitmentHash),
    ...(context === undefined ? {} : { context: encodeBase58Check("rollupContextHash", context) }),
    inbox_witness: payloadCellHashForm.toJson(block.inboxWitness),
    inbox_hash: inboxHashForm.toJson(block.inboxHash),
  };
}

function tickFields({ initialTick, numTicks, stateHash, pvmStatus }: L2Block): Fields {
  return {
    initial_tick: initialTick.toString(),
    num_ticks: numTicks.toString(),
    state_hash: stateHashForm.toJson(stateHash),
    pvm_status: pvmStatus,
  };
}

/** A block as streams give it: without content. */
export function blockJson(block: L2Block): Json {
  return { ...headerFields(block), ...tickFields(block) };
}

export function fullBlockJson(block: FullL2Block): Json {
  const { inbox, messages, commitment, outbox } = block;
  return {
    ...headerFields(block),
    inbox: inboxForm.toJson(inbox),
    messages: messages.map(toHex),
    ...(commitment === undefined ? {} : { commitment: commitmentForm.toJson(commitment) }),
    ...(outbox === undefined
      ? {}
      : { outbox: outbox.map(({ index, message }) => ({ message_index: index, ...outboxSummary(message) })) }),
    ...tickFields(block),
  };
}

/** Tick of the machine after a block. */
export function finalTick({ initialTick, numTicks }: L2Block): bigint {
  const tick = initialTick + numTicks;
  return tick > 0n ? tick : 0n;
}
