// What a judge reads: blocks or operations as RPCs of layer 1 print them, with the commitments, inboxes and games that go with them, in any
// order and nesting. Of receipts only what games say is read; operations of other kinds are passed over.

import { toHex } from "../../../encoding/hex.js";
import {
  expectArray,
  expectInteger,
  expectObject,
  isJsonObject,
  JsonError,
  type JsonObject,
} from "../../../encoding/json.js";
import type { OngoingGame } from "../../../l1/client/rollup-rpc.js";
import { type Commitment, commitmentForm, commitmentHash } from "../../../protocol/commitment.js";
import { readPrintedError } from "../../../protocol/errors.js";
import { type GameStatus, gameStatusForm, makeStakers, ongoingGameForm, type Stakers } from "../../../protocol/game.js";
import type { CommitmentHash, PublicKeyHash, RollupAddress } from "../../../protocol/identifiers.js";
import { inboxForm, type LevelCell } from "../../../protocol/inbox.js";
import { type ContentOf, contentForm } from "../../../protocol/operation-contents.js";
import type { Refutation } from "../../../protocol/refutation.js";
import { OfflineError } from "./offline-error.js";

/** What layer 1 said of an operation. */
export interface RecordedReceipt {
  readonly status: string;
  /** Ids without "proto.<protocol>.", outermost first. */
  readonly errors: readonly string[];
  readonly gameStatus?: GameStatus;
}

/** An operation of a game. */
export interface RecordedOperation {
  /** Of its block, where that is known. */
  readonly level?: number;
  /** Where it was read. */
  readonly place: string;
  readonly rollup: RollupAddress;
  readonly source: PublicKeyHash;
  readonly stakers: Stakers;
  /** Undefined: a timeout. */
  readonly refutation?: Refutation;
  readonly receipt?: RecordedReceipt;
}

/** The origination of a rollup. */
export interface RecordedOrigin {
  readonly rollup: RollupAddress;
  readonly level?: number;
  readonly kernel: Uint8Array;
}

type GameKind = "smart_rollup_refute" | "smart_rollup_timeout" | "smart_rollup_publish" | "smart_rollup_originate";
const KINDS: ReadonlySet<string> = new Set<GameKind>([
  "smart_rollup_refute",
  "smart_rollup_timeout",
  "smart_rollup_publish",
  "smart_rollup_originate",
]);

/** Fields that operations which have not been signed yet may lack. */
const PLACEHOLDERS = { fee: "0", counter: "0", gas_limit: "0", storage_limit: "0" } as const;
/** Fields of an object that only collects things. */
const COLLECTIONS = ["blocks", "operations", "contents", "commitments", "inboxes", "games"] as const;
const MAX_LEVEL = 0x7fff_ffff;
const MAX_DEPTH = 8;

export class GameRecord {
  readonly #operations: RecordedOperation[] = [];
  readonly #commitments = new Map<string, Commitment>();
  readonly #inboxes = new Map<number, LevelCell>();
  readonly #blocks = new Map<number, string>();
  readonly games: OngoingGame[] = [];
  readonly origins: RecordedOrigin[] = [];

  /** In the order of the chain. */
  get operations(): readonly RecordedOperation[] {
    // Those without a level stay where they are: there is nothing to sort them by.
    if (this.#operations.some(({ level }) => level === undefined)) return this.#operations;
    return this.#operations.toSorted((a, b) => (a.level ?? 0) - (b.level ?? 0));
  }

  commitment(hash: CommitmentHash): Commitment | undefined {
    return this.#commitments.get(toHex(hash));
  }

  /** The inbox at the end of a level. */
  inbox(level: number): LevelCell | undefined {
    return this.#inboxes.get(level);
  }

  /** Adds what a JSON value has. Raises OfflineError "node.offline.bad_record". */
  add(json: unknown, where: string): void {
    try {
      this.#add(json, { where, depth: 0 });
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      throw new OfflineError("node.offline.bad_record", `${where}: ${cause.message}`, where, { cause });
    }
  }

  #add(json: unknown, at: Place): void {
    if (at.depth > MAX_DEPTH) throw new JsonError("encoding.json.too_deep", "nested too deep", at.depth);
    if (Array.isArray(json)) {
      for (const [i, each] of json.entries()) this.#step(`[${i}]`, each, at);
      return;
    }
    const object = expectObject(json);
    if ("header" in object) this.#addBlock(object, at);
    else if (typeof object["kind"] === "string") this.#addContent(object, at);
    else if ("compressed_state" in object) this.#addCommitment(object);
    else if ("old_levels_messages" in object) this.#addInbox(object);
    else if ("game" in object) this.games.push(ongoingGameForm.fromJson(object));
    else this.#addCollection(object, at);
  }

  #step(step: string, json: unknown, at: Place): void {
    try {
      this.#add(json, { ...at, where: at.where + step, depth: at.depth + 1 });
    } catch (error) {
      throw error instanceof JsonError ? error.under(step) : error;
    }
  }

  #addCollection(object: JsonObject, at: Place): void {
    const names = COLLECTIONS.filter((name) => name in object);
    if (names.length === 0) {
      const expected = "a block, an operation, a commitment, an inbox, a game, or a collection of these expected";
      throw new JsonError("encoding.json.bad_value", expected, Object.keys(object).join(", "));
    }
    const level = "level" in object ? { level: levelOf(object["level"]) } : {};
    for (const name of names) this.#step(`.${name}`, object[name], { ...at, ...level });
  }

  #addBlock(block: JsonObject, at: Place): void {
    const level = levelOf(expectObject(block["header"])["level"]);
    const hash = typeof block["hash"] === "string" ? block["hash"] : "";
    const known = this.#blocks.get(level);
    if (known !== undefined && known === hash) return;
    if (known !== undefined) {
      throw new JsonError("encoding.json.bad_value", `two blocks of level ${level}: of which branch?`, hash);
    }
    this.#blocks.set(level, hash);
    this.#step(".operations", expectArray(block["operations"]), { ...at, level });
  }

  #addCommitment({ hash: _hash, ...json }: JsonObject): void {
    this.#remember(commitmentForm.fromJson(json));
  }

  #remember(commitment: Commitment): void {
    this.#commitments.set(toHex(commitmentHash(commitment)), commitment);
  }

  #addInbox(json: JsonObject): void {
    const { oldLevelsMessages } = inboxForm.fromJson(json);
    this.#inboxes.set(oldLevelsMessages.content.level, oldLevelsMessages);
  }

  #addContent(json: JsonObject, at: Place): void {
    if (!KINDS.has(json["kind"] as string)) return;
    const { metadata, level = at.level, ...fields } = json;
    const content = contentForm.fromJson({ ...PLACEHOLDERS, ...fields }) as ContentOf<GameKind>; // KINDS has its kind
    const receipt = metadata === undefined ? undefined : readReceipt(metadata);
    const isApplied = receipt === undefined || receipt.status === "applied";
    const where = level === undefined ? {} : { level: levelOf(level) };
    if (content.kind === "smart_rollup_publish") {
      if (isApplied) this.#remember(content.commitment);
      return;
    }
    if (content.kind === "smart_rollup_originate") {
      const rollup = isApplied ? originatedRollup(metadata) : undefined;
      if (rollup !== undefined) this.origins.push({ rollup, kernel: content.kernel, ...where });
      return;
    }
    this.#operations.push({
      ...where,
      place: at.where,
      rollup: content.rollup,
      source: content.source,
      ...(content.kind === "smart_rollup_timeout"
        ? { stakers: content.stakers }
        : { stakers: makeStakers(content.source, content.opponent), refutation: content.refutation }),
      ...(receipt === undefined ? {} : { receipt }),
    });
  }
}

interface Place {
  readonly where: string;
  readonly depth: number;
  readonly level?: number;
}

function levelOf(json: unknown): number {
  return expectInteger(json, 0, MAX_LEVEL);
}

function readReceipt(metadata: unknown): RecordedReceipt {
  const result = expectObject(expectObject(metadata)["operation_result"]);
  const { status, errors, game_status: gameStatus } = result;
  if (typeof status !== "string") throw new JsonError("encoding.json.missing_field", "status expected", status);
  return {
    status,
    errors: (Array.isArray(errors) ? errors : []).map((error) => readPrintedError(error)?.id ?? "unknown"),
    ...(gameStatus === undefined ? {} : { gameStatus: gameStatusForm.fromJson(gameStatus) }),
  };
}

function originatedRollup(metadata: unknown): RollupAddress | undefined {
  const result = isJsonObject(metadata) ? metadata["operation_result"] : undefined;
  const address = isJsonObject(result) ? result["address"] : undefined;
  return typeof address === "string" ? (address as RollupAddress) : undefined; // compared only
}
