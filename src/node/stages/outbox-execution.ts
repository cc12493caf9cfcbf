// Executing messages of the outbox without being asked (node.md §3.11; reference: outbox_execution.ml): those of cemented levels that pass the
// filters of the configuration, and the newest update of a private rollup's whitelist.

import { DecodeError } from "../../encoding/errors.js";
import type { CommitmentHash } from "../../protocol/identifiers.js";
import { type OutboxMessage, outboxMessageForm, readOutboxMessage } from "../../protocol/outbox-message.js";
import type { OutboxFilter } from "../config/configuration.js";
import { commitmentEvents } from "../events/commitment-events.js";
import type { Described } from "../events/fields.js";
import { describeError } from "../events/trace.js";
import type { Injectors } from "../injectors.js";
import type { L2Block } from "../l2-block.js";
import type { NodeContext } from "../node-context.js";

/** Queues the execution of what can be executed. What fails is told, and tried again at the next head. */
export async function executeOutbox(node: NodeContext, injectors: Injectors): Promise<void> {
  const { config, lcc, protocol, store } = node;
  if (config.operators.executing_outbox === undefined || config.executeOutboxFilter.length === 0) return;
  const block = await store.blockAt(lcc.level);
  if (block === undefined) return;
  const first = lcc.level - protocol.constants.rollup.maxActiveOutboxLevels + 1;
  for (const { level, messages, executed } of await store.pendingOutbox(
    Math.max(first, node.genesis.level),
    lcc.level,
  )) {
    const waiting = messages.filter((index) => !executed.includes(index));
    const outbox = await node.reader.outbox(block.stateHash, level);
    for (const index of waiting) await executeOne(node, injectors, block, level, index, outbox[index]);
  }
}

async function executeOne(
  node: NodeContext,
  injectors: Injectors,
  block: L2Block,
  level: number,
  index: number,
  bytes: Uint8Array | undefined,
): Promise<void> {
  const place = { outbox_level: level, message_index: index };
  if (bytes === undefined) {
    node.emit(commitmentEvents.outboxMessageMissing(place));
    return;
  }
  const message = readOutboxMessage(bytes);
  if (message instanceof DecodeError || !passes(message, node.config.executeOutboxFilter)) return;
  const described: Described = { json: outboxMessageForm.toJson(message), text: message.kind };
  try {
    const outputProof = await node.reader.proveOutput(block.stateHash, level, index);
    const cementedCommitment = node.lcc.hash;
    node.emit(commitmentEvents.executeOutboxMessage({ ...place, message: described }));
    injectors.add({ kind: "execute_outbox_message", rollup: node.rollup, cementedCommitment, outputProof });
  } catch (error) {
    node.emit(
      commitmentEvents.outboxMessageExecutionFailed({ ...place, message: described, error: describeError(error) }),
    );
  }
}

/** Whether one of the filters lets every transaction of a batch through. */
function passes(message: OutboxMessage, filters: readonly OutboxFilter[]): boolean {
  if (!("transactions" in message)) return false;
  return filters.some(({ destination, entrypoint }) => {
    if (destination === "any" && entrypoint === "any") return true;
    return message.transactions.every(
      (transaction) =>
        (destination === "any" || destination.includes(transaction.destination)) &&
        (entrypoint === "any" || entrypoint.includes(transaction.entrypoint)),
    );
  });
}

/** In a private rollup: queues the newest update of the whitelist among the cemented outboxes that layer 1 has not seen. */
export async function executeWhitelistUpdate(
  node: NodeContext,
  injectors: Injectors,
  cemented: CommitmentHash,
  inboxLevel: number,
): Promise<void> {
  const { privateInfo, config } = node;
  if (privateInfo === undefined || config.operators.executing_outbox === undefined) return;
  const block = await node.store.blockAt(inboxLevel);
  if (block === undefined) return;
  const { commitmentPeriod, maxNumberOfCementedCommitments } = node.protocol.constants.rollup;
  const first = Math.max(
    privateInfo.lastUpdate.outboxLevel,
    node.genesis.level + 1,
    inboxLevel - commitmentPeriod * maxNumberOfCementedCommitments + 1,
  );
  for (let level = inboxLevel; level >= first; level--) {
    const index = await newestUpdate(node, block, level);
    if (index === undefined || !isNewer(privateInfo.lastUpdate, level, index)) continue;
    const outputProof = await node.reader.proveOutput(block.stateHash, level, index);
    node.emit(
      commitmentEvents.publishExecuteWhitelistUpdate({ hash: cemented, outbox_level: level, message_index: index }),
    );
    injectors.add({ kind: "execute_outbox_message", rollup: node.rollup, cementedCommitment: cemented, outputProof });
    break;
  }
  node.privateInfo = { ...privateInfo, searchedLevel: inboxLevel };
}

function isNewer(
  last: { readonly outboxLevel: number; readonly messageIndex: bigint },
  level: number,
  index: number,
): boolean {
  return level > last.outboxLevel || (level === last.outboxLevel && BigInt(index) > last.messageIndex);
}

async function newestUpdate(node: NodeContext, block: L2Block, level: number): Promise<number | undefined> {
  const outbox = await node.reader.outbox(block.stateHash, level);
  for (let index = outbox.length - 1; index >= 0; index--) {
    const message = readOutboxMessage(outbox[index] as Uint8Array); // in bounds
    if (!(message instanceof DecodeError) && message.kind === "whitelistUpdate") return index;
  }
  return undefined;
}
