// The making of a level's messages while its block is made (protocol.md §2.2, §7.5): the protocol's first messages, then the
// users' in order of application, then the protocol's last ones.

import { ProtocolError } from "./errors.js";
import { END_OF_LEVEL, infoPerLevel, type LevelInfo, protocolMigration, START_OF_LEVEL } from "./level-frame.js";
import { PayloadList } from "./payload-list.js";

/** Adding a message fails when the last one's counter is above this. */
export const MAX_MESSAGES_PER_LEVEL = 1_000_000;

/** The messages of a level in the making. */
export class LevelBuilder {
  readonly #payloads = new PayloadList(START_OF_LEVEL);
  #isFinished = false;

  /** `protocol`: name of the protocol whose first level this is. */
  constructor(info: LevelInfo, protocol?: string) {
    this.#payloads.append(infoPerLevel(info));
    if (protocol !== undefined) this.#payloads.append(protocolMigration(protocol));
  }

  /** Messages so far. */
  get count(): number {
    return this.#payloads.messages.length;
  }

  /** Adds serialized messages of users, all or none. Raises the protocol's errors for no message or too many. */
  addMessages(messages: readonly Uint8Array[]): void {
    if (this.#isFinished) throw new RangeError("the level has ended");
    if (messages.length === 0) throw new ProtocolError("internal.smart_rollup_add_zero_messages", {});
    if (this.#payloads.head.index + messages.length - 1 > MAX_MESSAGES_PER_LEVEL) {
      throw new ProtocolError("smart_rollup_inbox_level_reached_message_limit", {});
    }
    for (const message of messages) this.#payloads.append(message);
  }

  /** Ends the level: adds the serialized messages that the protocol puts last (attested DAL slots), then the end. */
  finish(last: readonly Uint8Array[] = []): PayloadList {
    if (this.#isFinished) throw new RangeError("the level has ended");
    this.#isFinished = true;
    for (const message of last) this.#payloads.append(message);
    this.#payloads.append(END_OF_LEVEL);
    return this.#payloads;
  }
}
