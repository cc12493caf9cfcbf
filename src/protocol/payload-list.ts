// The messages of one level as a skip list of their hashes (protocol.md §2.4; "merkelized payload hashes"). The hash of the
// last cell is the level's witness. Layer 1 keeps cells only while the block is made; whoever proves keeps the payloads.

import { blake2b256 } from "../crypto/blake2b.js";
import { ByteWriter } from "../encoding/binary.js";
import type { Form } from "../encoding/form.js";
import { toHex } from "../encoding/hex.js";
import {
  hashMessage,
  type MessageHash,
  messageHashForm,
  type PayloadCellHash,
  payloadCellHashForm,
} from "./inbox-hashes.js";
import { cellForm, genesisCell, nextCell, type SkipListCell } from "./skip-list.js";

/** A message's place in its level: `index` is the message counter, `content` the hash of the serialized message. */
export type PayloadCell = SkipListCell<MessageHash, PayloadCellHash>;

export const payloadCellForm: Form<PayloadCell> = cellForm(messageHashForm, payloadCellHashForm);

/** Levels have many messages: one writer for all their cells. */
const scratch = new ByteWriter();

/** The hash of a cell: over the message's hash and the back pointers, in order; not over the index. */
export function hashPayloadCell(cell: PayloadCell): PayloadCellHash {
  scratch.reset();
  scratch.raw(cell.content);
  for (const pointer of cell.backPointers) scratch.raw(pointer);
  return blake2b256(scratch.peek()) as PayloadCellHash;
}

/** A cell and the message it stands for. */
export interface PayloadEntry {
  readonly cell: PayloadCell;
  readonly payload: Uint8Array;
}

/** Finds a cell of a level, and its message, by the cell's hash. */
export type PayloadLookup = (hash: PayloadCellHash) => PayloadEntry | undefined;

/** The messages of a level, from the first on; grows by `append`. */
export class PayloadList {
  #head: PayloadCell;
  #headHash: PayloadCellHash;
  readonly #cells: PayloadCell[];
  readonly #hashes: PayloadCellHash[];
  readonly #messages: Uint8Array[];
  /** Counters by the hash of their cells, as far as somebody has looked: most lists are made for their witness alone. */
  readonly #counters = new Map<string, number>();

  /** A list of one message, the start of level. */
  constructor(first: Uint8Array) {
    this.#head = genesisCell(hashMessage(first));
    this.#headHash = hashPayloadCell(this.#head);
    this.#cells = [this.#head];
    this.#hashes = [this.#headHash];
    this.#messages = [first];
  }

  /** The list of a whole level, from its start message to its end message. */
  static of(messages: readonly Uint8Array[]): PayloadList {
    const [first, ...others] = messages;
    if (first === undefined) throw new RangeError("a level has at least its start message");
    const list = new PayloadList(first);
    for (const message of others) list.append(message);
    return list;
  }

  /** Adds a serialized message; gives its counter. */
  append(message: Uint8Array): number {
    this.#head = nextCell(this.#head, this.#headHash, hashMessage(message));
    this.#headHash = hashPayloadCell(this.#head);
    this.#cells.push(this.#head);
    this.#hashes.push(this.#headHash);
    this.#messages.push(message);
    return this.#head.index;
  }

  /** Cell of the last message. */
  get head(): PayloadCell {
    return this.#head;
  }

  /** Hash of the head: the level's witness once the end message is in. */
  get witness(): PayloadCellHash {
    return this.#headHash;
  }

  /** The serialized messages, by counter. */
  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }

  readonly lookup: PayloadLookup = (hash) => {
    for (let counter = this.#counters.size; counter < this.#hashes.length; counter++) {
      this.#counters.set(toHex(this.#hashes[counter] as PayloadCellHash), counter); // in bounds
    }
    const counter = this.#counters.get(toHex(hash));
    const cell = counter === undefined ? undefined : this.#cells[counter];
    const payload = counter === undefined ? undefined : this.#messages[counter];
    return cell === undefined || payload === undefined ? undefined : { cell, payload };
  };
}
