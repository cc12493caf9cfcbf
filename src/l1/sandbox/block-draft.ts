// A block in the making: the state so far, the messages for the inbox so far, and what operations see of the block. The state is an
// immutable value that is replaced, so a failed operation is undone by putting back what was there before it.

import type { Constants } from "../../protocol/constants.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { BlockHash, ChainId, RollupAddress } from "../../protocol/identifiers.js";
import { MAX_MESSAGES_PER_LEVEL } from "../../protocol/level-builder.js";
import type { ChainState } from "./chain-state.js";
import type { ContractRuntime } from "./contract-runtime.js";
import type { Protocol } from "./protocols.js";
import type { RollupState } from "./rollup-state.js";

/** What a block in the making is about. */
export interface DraftOptions {
  /** The state after the predecessor. */
  readonly state: ChainState;
  readonly chainId: ChainId;
  readonly protocol: Protocol;
  readonly level: number;
  readonly predecessor: BlockHash;
  /** Seconds. */
  readonly predecessorTimestamp: bigint;
  readonly contracts: ContractRuntime | undefined;
}

/** Where a draft stood. */
export interface DraftMark {
  readonly state: ChainState;
  readonly messages: number;
}

export class BlockDraft {
  readonly chainId: ChainId;
  readonly protocol: Protocol;
  readonly level: number;
  readonly predecessor: BlockHash;
  readonly predecessorTimestamp: bigint;
  readonly contracts: ContractRuntime | undefined;
  state: ChainState;
  readonly #messages: Uint8Array[] = [];

  constructor(options: DraftOptions) {
    this.chainId = options.chainId;
    this.protocol = options.protocol;
    this.level = options.level;
    this.predecessor = options.predecessor;
    this.predecessorTimestamp = options.predecessorTimestamp;
    this.contracts = options.contracts;
    this.state = options.state;
  }

  get constants(): Constants {
    return this.state.constants;
  }

  /** What contracts take for the time: the earliest there could be at this level. */
  get now(): bigint {
    return this.predecessorTimestamp + this.constants.minimalBlockDelay;
  }

  /** Whether this is the first level of its protocol, which announces it in the inbox. */
  get startsProtocol(): boolean {
    return this.level - this.state.activationLevel === 1;
  }

  /** Serialized messages of users so far. */
  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }

  /** Adds serialized messages to the level's inbox. Raises "smart_rollup_inbox_level_reached_message_limit". */
  addMessages(messages: readonly Uint8Array[]): void {
    const first = this.startsProtocol ? 3 : 2; // after start, information, and migration if there is one
    for (const message of messages) {
      if (first - 1 + this.#messages.length > MAX_MESSAGES_PER_LEVEL) {
        throw new ProtocolError("smart_rollup_inbox_level_reached_message_limit", {});
      }
      this.#messages.push(message);
    }
  }

  mark(): DraftMark {
    return { state: this.state, messages: this.#messages.length };
  }

  /** Back to a mark. */
  undo(mark: DraftMark): void {
    this.state = mark.state;
    this.#messages.length = mark.messages;
  }

  update(change: Partial<ChainState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Raises "smart_rollup_does_not_exist". */
  rollup(address: RollupAddress): RollupState {
    return findRollup(this.state, address);
  }

  setRollup(rollup: RollupState): void {
    this.update({ rollups: this.state.rollups.set(rollup.address, rollup) });
  }
}

/** Raises "smart_rollup_does_not_exist". */
export function findRollup(state: ChainState, address: RollupAddress): RollupState {
  const rollup = state.rollups.get(address);
  if (rollup === undefined) throw new ProtocolError("smart_rollup_does_not_exist", { rollup: address });
  return rollup;
}
