// Changes of layer 1's protocol (node.md §3.4; references: save_protocol_info and protocol_of_level of node_context.ml,
// handle_protocol_migration of rollup_node_daemon.ml). The activation block is the last one of the protocol before, and its header is the
// first with the new `proto`; the first level of the new protocol is the one after.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { expectObject, type Json } from "../../encoding/json.js";
import type { BlockProtocols, ShellHeader } from "../../l1/client/blocks.js";
import type { ChainConstants } from "../../l1/client/chain-constants.js";
import { findProtocol, type Protocol } from "../../l1/sandbox/protocols.js";
import { type BlockHash, hashEquals, type ProtocolHash } from "../../protocol/identifiers.js";
import { believedRevealRules } from "../believed-rules.js";
import { daemonEvents } from "../events/daemon-events.js";
import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";
import type { StoredProtocol } from "../store/store.js";

/** What matters of a block. */
export interface BlockOfProtocol {
  readonly hash: BlockHash;
  readonly header: Pick<ShellHeader, "level" | "proto" | "predecessor">;
}

/** What a block adds to what is known of protocols. `before`: the header of its predecessor. Raises L1RpcError. */
export async function newProtocols(
  { store, client }: NodeContext,
  { hash, header }: BlockOfProtocol,
  before: ShellHeader,
): Promise<readonly StoredProtocol[]> {
  const { level, proto } = header;
  const known = await store.protocolAt(level - 1);
  if (known?.protoLevel === proto) return [];
  const { protocol, nextProtocol } = await client.block(hash).protocols();
  const activated: StoredProtocol = {
    hash: nextProtocol,
    protoLevel: proto,
    firstLevel: level,
    firstIsActivation: true,
  };
  if (known === undefined) {
    const earlier = await client.block(header.predecessor).protocols();
    const first: StoredProtocol = {
      hash: earlier.nextProtocol,
      protoLevel: before.proto,
      firstLevel: level - 1,
      firstIsActivation: !hashEquals(earlier.protocol, earlier.nextProtocol),
    };
    return hashEquals(protocol, nextProtocol) ? [first] : [first, activated];
  }
  if (proto !== before.proto) return [activated];
  // One that was missed.
  const same = (await store.protocols()).find((one) => hashEquals(one.hash, nextProtocol));
  return same !== undefined && same.firstLevel <= level ? [] : [{ ...activated, firstIsActivation: false }];
}

/** Takes on the protocol of a block, if it is another one than that of the block before it. Raises NodeError, L1RpcError. */
export async function followProtocol(
  node: NodeContext,
  { hash, protocol }: BlockOfProtocol & Pick<BlockProtocols, "protocol">,
  before: ShellHeader,
  catchingUp: boolean,
): Promise<void> {
  const old = node.protocol;
  if (hashEquals(protocol, old.hash)) return;
  supportedProtocol(protocol);
  // The header of an activation block has the number of the next protocol already.
  const protoLevel = before.proto;
  node.emit(
    daemonEvents.daemonProtocolMigration({
      catching_up: catchingUp,
      old_protocol: old.hash,
      old_protocol_level: old.protoLevel,
      new_protocol: protocol,
      new_protocol_level: protoLevel,
    }),
  );
  const constants = await node.client.block(hash).constants();
  node.protocol = { hash: protocol, protoLevel, constants };
  const rules = believedRevealRules(node.config, constants);
  await Promise.all([node.engine, node.reader, node.player].map((engine) => engine.setRevealRules(rules)));
  node.emit(
    daemonEvents.daemonSwitchedProtocol({
      protocol,
      proto_level: protoLevel,
      constants: printedConstants(constants),
    }),
  );
}

/** The constants that a rollup node goes by, as Octez prints them (reference: rollup_constants.ml). */
function printedConstants({ json, minimalBlockDelay, delayIncrementPerRound, rollup }: ChainConstants): Json {
  const dal = expectObject(json["dal_parametric"] ?? {});
  const pick = (names: readonly string[]): { readonly [name: string]: Json } =>
    Object.fromEntries(names.flatMap((name) => (dal[name] === undefined ? [] : [[name, dal[name] as Json]]))); // of an answer
  const { blake2b, metadata, dalPage, dalParameters, dalAttestedSlotsValidityLag } = rollup.revealActivation;
  return {
    minimal_block_delay: String(minimalBlockDelay),
    delay_increment_per_round: String(delayIncrementPerRound),
    sc_rollup: {
      challenge_window_in_blocks: rollup.challengeWindow,
      commitment_period_in_blocks: rollup.commitmentPeriod,
      reveal_activation_level: {
        blake2B: blake2b,
        metadata,
        dal_page: dalPage,
        dal_parameters: dalParameters,
        dal_attested_slots_validity_lag: dalAttestedSlotsValidityLag,
      },
      max_number_of_stored_cemented_commitments: rollup.maxNumberOfCementedCommitments,
      max_active_outbox_levels: rollup.maxActiveOutboxLevels,
      max_lookahead_in_blocks: rollup.maxLookahead,
    },
    dal: {
      ...pick(["feature_enable", "attestation_lag", "attestation_lags", "dynamic_lag_enable", "number_of_slots"]),
      cryptobox_parameters: pick(["number_of_shards", "page_size", "slot_size", "redundancy_factor"]),
    },
  };
}

/** What the message of a migration says at a level; undefined when it is not the first one of a protocol. Raises NodeError. */
export async function migrationName({ store }: NodeContext, level: number): Promise<string | undefined> {
  const known = await store.protocolAt(level);
  if (known === undefined || !known.firstIsActivation || known.firstLevel !== level - 1) return undefined;
  return supportedProtocol(known.hash).versionName;
}

/** Raises NodeError. */
function supportedProtocol(hash: ProtocolHash): Protocol {
  const text = encodeBase58Check("protocolHash", hash);
  const known = findProtocol(text);
  if (known !== undefined) return known;
  throw new NodeError("sc_rollup.node.unsupported_protocol", `the protocol ${text} is not supported`, { hash: text });
}
