// Inbox proofs (protocol.md §2.6): that the message of a counter, at a level, is such and such, or that the level ends
// before it, against a snapshot of the inbox (the newest level's cell). A proof has two paths: from the snapshot's cell to
// the level's cell, and from the level's last payload cell to the message's.
//
// Layer 1 takes the level from the request that it answers and does not compare it with the level of the cell shown, and
// indices of cells are not hashed (skip-list.ts). So Octez's own check ("octez") takes a proof about another level, or one
// with false indices, that a prover makes up. The default here ("strict") refuses what can be told from the proof: another
// level, and indices that the cells' shape belies. A shift of all indices of a path that keeps its shape cannot be told.

import { encode } from "../encoding/binary.js";
import { type FormValue, listOf, objectForm, opt, req } from "../encoding/form.js";
import { bytesForm } from "../encoding/form-leaves.js";
import { hashEquals } from "./identifiers.js";
import { hashLevelCell, type LevelCell, type LevelLookup, levelCellForm } from "./inbox.js";
import { hashMessage, type InboxHash, type PayloadCellHash } from "./inbox-hashes.js";
import { START_OF_LEVEL } from "./level-frame.js";
import { hashPayloadCell, type PayloadCell, type PayloadLookup, payloadCellForm } from "./payload-list.js";
import {
  backPath,
  backPathFault,
  type PathRules,
  type SearchResult,
  searchCell,
  searchCellAsync,
} from "./skip-list.js";

/** A message, or the end of its level. */
export const payloadProofForm = objectForm("payload proof", {
  /** Cells from the last of the level to the message's (to the last itself, for the end of the level). */
  proof: req("proof", listOf(payloadCellForm)),
  /** The serialized message; absent for the end of the level. */
  payload: opt("payload", bytesForm),
});

export type PayloadProof = FormValue<typeof payloadProofForm>;

export const inboxProofForm = objectForm("inbox proof", {
  /** Cells from the snapshot to the level's. */
  inclusionProof: req("inclusion_proof", listOf(levelCellForm)),
  messageProof: req("message_proof", payloadProofForm),
});

export type InboxProof = FormValue<typeof inboxProofForm>;

/** The bytes that a refutation carries ("serialized_proof"). */
export function serializeInboxProof(proof: InboxProof): Uint8Array {
  return encode(inboxProofForm, proof);
}

/** A place in the inbox. */
export interface InboxPosition {
  readonly level: number;
  /** Message counter: 0 is the start of level. */
  readonly counter: bigint;
}

/** A message as a machine reads it. */
export interface InboxInput {
  readonly level: number;
  readonly counter: bigint;
  /** Serialized message. */
  readonly payload: Uint8Array;
}

/** Codes of InboxProofError. */
export type InboxProofErrorCode =
  | "protocol.inbox_proof.inclusion"
  | "protocol.inbox_proof.payloads"
  | "protocol.inbox_proof.message"
  | "protocol.inbox_proof.not_produced";

/** A proof that proves nothing, or that cannot be made. `errorId` is the protocol's own error. */
export class InboxProofError extends Error {
  override readonly name = "InboxProofError";

  constructor(
    readonly code: InboxProofErrorCode,
    readonly reason: string,
    readonly position: InboxPosition,
  ) {
    super(`${code}: ${reason} (level ${position.level}, message ${position.counter})`);
  }

  get errorId(): string {
    return this.code === "protocol.inbox_proof.payloads"
      ? "internal.smart_rollup_merklized_payload_hashes_proof"
      : "internal.smart_rollup_inbox_proof_error";
  }
}

// ---- Checking

/**
 * What a proof shows to be read at `position`: the message there; after the last message of a level, the start of the next
 * level; undefined after the last message of the snapshot's level. Raises InboxProofError.
 */
export function verifyInboxProof(
  proof: InboxProof,
  position: InboxPosition,
  snapshot: LevelCell,
  rules: PathRules = "strict",
): InboxInput | undefined {
  const cell = verifyInclusion(proof.inclusionProof, position, snapshot, rules);
  const payload = verifyPayload(proof.messageProof, position, cell.content.hash, rules);
  const isLast = hashEquals(hashLevelCell(cell), hashLevelCell(snapshot)) && cell.index === snapshot.index;
  return inputAt(position, payload, isLast);
}

function verifyInclusion(
  path: readonly LevelCell[],
  position: InboxPosition,
  snapshot: LevelCell,
  rules: PathRules,
): LevelCell {
  const refuse = (reason: string) => new InboxProofError("protocol.inbox_proof.inclusion", reason, position);
  const hashes = path.map(hashLevelCell);
  const fault = backPathFault(path, hashes, rules);
  if (fault !== undefined) throw refuse(fault);
  const target = path.at(-1) as LevelCell; // an empty path is a fault
  if (!hashEquals(hashes[0] as InboxHash, hashLevelCell(snapshot)))
    throw refuse("the path does not start at the snapshot");
  if (rules === "strict") {
    if (path[0]?.index !== snapshot.index) throw refuse("the first cell claims another index than the snapshot");
    if (target.content.level !== position.level) throw refuse(`the proof is about level ${target.content.level}`);
  }
  return target;
}

/** The message shown, or undefined for the end of the level. */
function verifyPayload(
  { proof: path, payload }: PayloadProof,
  position: InboxPosition,
  witness: PayloadCellHash,
  rules: PathRules,
): Uint8Array | undefined {
  const fault = backPathFault(path, path.map(hashPayloadCell), rules);
  if (fault !== undefined) throw new InboxProofError("protocol.inbox_proof.payloads", fault, position);
  const head = path[0] as PayloadCell; // an empty path is a fault
  const target = path.at(-1) as PayloadCell;
  const refuse = (reason: string) => new InboxProofError("protocol.inbox_proof.message", reason, position);
  if (!hashEquals(hashPayloadCell(head), witness)) throw refuse("the messages are not those of the level");
  const counter = Number(position.counter);
  if (counter > head.index + 1) throw refuse(`the level ends with message ${head.index}`);
  if (counter === head.index + 1) {
    if (payload !== undefined) throw refuse("a message is given beyond the end of the level");
    if (path.length > 1 || target.index !== head.index)
      throw refuse("the end of the level is shown by its last cell alone");
    return undefined;
  }
  if (payload === undefined) throw refuse("the message is missing");
  if (!hashEquals(hashMessage(payload), target.content)) throw refuse("the message is not the one of its cell");
  if (target.index !== counter) throw refuse(`the proof is about message ${target.index}`);
  return payload;
}

function inputAt(position: InboxPosition, payload: Uint8Array | undefined, isLast: boolean): InboxInput | undefined {
  if (payload !== undefined) return { level: position.level, counter: position.counter, payload };
  return isLast ? undefined : { level: position.level + 1, counter: 0n, payload: START_OF_LEVEL };
}

// ---- Producing

/** Where the producer finds cells and messages. */
export interface InboxHistory {
  readonly levelCell: LevelLookup;
  /** The payload cells of the level of a witness. */
  readonly payloads: (witness: PayloadCellHash) => PayloadLookup | undefined;
}

/** The same over a store that answers later. */
export interface AsyncInboxHistory {
  readonly levelCell: (hash: InboxHash) => Promise<LevelCell | undefined>;
  readonly payloads: (witness: PayloadCellHash) => Promise<PayloadLookup | undefined>;
}

/** A proof, and what it shows (as `verifyInboxProof` gives it). */
export interface ProducedInboxProof {
  readonly proof: InboxProof;
  readonly input: InboxInput | undefined;
}

/** The proof of what is read at `position`. Raises InboxProofError "protocol.inbox_proof.not_produced". */
export function produceInboxProof(
  history: InboxHistory,
  snapshot: LevelCell,
  position: InboxPosition,
): ProducedInboxProof {
  const path = foundPath(searchCell(history.levelCell, snapshot, aboveLevel(position)), position);
  const witness = (path.at(-1) as LevelCell).content.hash; // a path has at least its start
  return assemble(path, history.payloads(witness), snapshot, position);
}

/** `produceInboxProof` over a store that answers later. */
export async function produceInboxProofAsync(
  history: AsyncInboxHistory,
  snapshot: LevelCell,
  position: InboxPosition,
): Promise<ProducedInboxProof> {
  const path = foundPath(await searchCellAsync(history.levelCell, snapshot, aboveLevel(position)), position);
  const witness = (path.at(-1) as LevelCell).content.hash; // a path has at least its start
  return assemble(path, await history.payloads(witness), snapshot, position);
}

function aboveLevel(position: InboxPosition): (content: LevelCell["content"]) => number {
  return (content) => content.level - position.level;
}

function notProduced(reason: string, position: InboxPosition): InboxProofError {
  return new InboxProofError("protocol.inbox_proof.not_produced", reason, position);
}

function foundPath(
  result: SearchResult<LevelCell["content"], InboxHash>,
  position: InboxPosition,
): readonly LevelCell[] {
  if (result.kind === "found") return result.path;
  throw notProduced(result.kind === "absent" ? "no such level" : "the history lacks a cell of the way", position);
}

function assemble(
  inclusionProof: readonly LevelCell[],
  lookup: PayloadLookup | undefined,
  snapshot: LevelCell,
  position: InboxPosition,
): ProducedInboxProof {
  const cell = inclusionProof.at(-1) as LevelCell; // a path has at least its start
  const head = lookup?.(cell.content.hash)?.cell;
  if (lookup === undefined || head === undefined)
    throw notProduced("the messages of the level are not known", position);
  const counter = Number(position.counter);
  if (counter < 0 || counter > head.index + 1) throw notProduced(`the level ends with message ${head.index}`, position);
  const target = Math.min(counter, head.index);
  const path = backPath((hash: PayloadCellHash) => lookup(hash)?.cell, cell.content.hash, target);
  if (path === undefined) throw notProduced("the history lacks a message of the way", position);
  const isLast = inclusionProof.length === 1 && cell.index === snapshot.index;
  if (target < counter) {
    const messageProof = { proof: path };
    return { proof: { inclusionProof, messageProof }, input: inputAt(position, undefined, isLast) };
  }
  const payload = lookup(hashPayloadCell(path.at(-1) as PayloadCell))?.payload; // a path has at least its start
  if (payload === undefined) throw notProduced("the history lacks the message", position);
  const messageProof = { proof: path, payload };
  return { proof: { inclusionProof, messageProof }, input: inputAt(position, payload, isLast) };
}
