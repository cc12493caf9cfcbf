// The inbox as recorded inputs have it, for proofs about it (protocol.md §2.3 to §2.6). The cell of a level holds hashes of much older ones, so
// levels alone do not make cells: they are made on from a cell that is known, or from the first level of all.

import { toHex } from "../../../encoding/hex.js";
import { genesisInbox, hashLevelCell, type Inbox, type LevelCell, nextInbox } from "../../../protocol/inbox.js";
import type { AsyncInboxHistory } from "../../../protocol/inbox-proof.js";
import { PayloadList } from "../../../protocol/payload-list.js";
import type { LevelInput } from "../../engine/engine.js";
import { OfflineError } from "./offline-error.js";

export class RecordedInbox {
  readonly #levels: readonly LevelInput[];
  readonly #known: Inbox | undefined;
  readonly #payloads = new Map<string, PayloadList>();
  readonly #cells = new Map<number, LevelCell>();
  readonly #byHash = new Map<string, LevelCell>();

  /** `levels`: in a row. `known`: the inbox of a level at most one before them. */
  constructor(levels: readonly LevelInput[], known?: Inbox) {
    this.#levels = levels;
    this.#known = known;
    if (known !== undefined) this.#makeFrom(known);
  }

  /** The cell of a level; undefined when it is not known. */
  cell(level: number): LevelCell | undefined {
    return this.#cells.get(level);
  }

  /** Raises OfflineError "node.offline.other_chain" when the levels do not lead to a snapshot. */
  history(snapshot: LevelCell): AsyncInboxHistory {
    const { content, index } = snapshot;
    const [first] = this.#levels;
    // The list begins where indices do.
    const isWhole = this.#known === undefined && first !== undefined && first.level === content.level - index;
    if (isWhole) this.#makeFrom(genesisInbox(first.level, PayloadList.of(first.messages).witness));
    const own = this.#cells.get(content.level);
    if (own !== undefined && toHex(hashLevelCell(own)) !== toHex(hashLevelCell(snapshot))) {
      // What was made of a wrong beginning is not kept.
      if (isWhole) for (const cells of [this.#cells, this.#byHash]) cells.clear();
      const text = `the inputs do not lead to the inbox of the game, of level ${content.level}: another chain, or inputs that were changed`;
      throw new OfflineError("node.offline.other_chain", text, String(content.level));
    }
    return {
      levelCell: async (hash) => this.#byHash.get(toHex(hash)) ?? this.#missing(snapshot),
      payloads: async (witness) => this.#payloads.get(toHex(witness))?.lookup ?? this.#missing(snapshot),
    };
  }

  #makeFrom(known: Inbox): void {
    this.#remember(known.oldLevelsMessages);
    let inbox = known;
    for (const { level, messages } of this.#levels) {
      const list = PayloadList.of(messages);
      this.#payloads.set(toHex(list.witness), list);
      if (level <= inbox.level) continue;
      if (level !== inbox.level + 1) return;
      inbox = nextInbox(inbox, list.witness);
      this.#remember(inbox.oldLevelsMessages);
    }
  }

  #remember(cell: LevelCell): void {
    this.#cells.set(cell.content.level, cell);
    this.#byHash.set(toHex(hashLevelCell(cell)), cell);
  }

  #missing({ content, index }: LevelCell): never {
    const [first] = this.#levels;
    const last = this.#levels.at(-1);
    const have = first === undefined || last === undefined ? "none" : `${first.level} to ${last.level}`;
    const from =
      this.#known === undefined
        ? `the inbox of the level before the first one, or all levels from ${content.level - index} on`
        : `all levels from ${this.#known.level + 1} on`;
    const text = `the proof is about the inbox and needs ${from}, up to level ${content.level}; the inputs have ${have}`;
    throw new OfflineError("node.offline.unknown_inbox", text, String(content.level));
  }
}
