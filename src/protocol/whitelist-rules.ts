// What layer 1 accepts of whitelists (protocol.md §5.3): at origination, in an update from the outbox, and of stakers.

import { ProtocolError } from "./errors.js";
import type { PublicKeyHash } from "./identifiers.js";
import type { LastWhitelistUpdate, Whitelist } from "./whitelist.js";

/** Refuses a whitelist given at origination. Duplicates are found when it is stored: `checkDistinct`. */
export function checkNewWhitelist(whitelist: Whitelist | undefined, isPrivateEnabled: boolean): void {
  if (whitelist === undefined) return;
  if (!isPrivateEnabled) throw new ProtocolError("smart_rollup_whitelist_disabled", {});
  checkNotEmpty(whitelist);
}

function checkNotEmpty(whitelist: Whitelist): void {
  if (whitelist.length === 0) throw new ProtocolError("smart_rollup_empty_whitelist", {});
}

/** Refuses a whitelist that names a key twice. */
export function checkDistinct(whitelist: Whitelist): void {
  if (new Set(whitelist).size !== whitelist.length) {
    throw new ProtocolError("smart_rollup_duplicated_key_in_whitelist", {});
  }
}

/** An update that an outbox message asks for; no whitelist makes the rollup public. */
export interface WhitelistUpdateRequest {
  readonly whitelist: Whitelist | undefined;
  readonly outboxLevel: number;
  readonly messageIndex: bigint;
}

/** Refuses an update of a rollup whose whitelist is `current` (undefined: public), last updated as `last` says. */
export function checkWhitelistUpdate(
  request: WhitelistUpdateRequest,
  current: Whitelist | undefined,
  last: LastWhitelistUpdate,
  isPrivateEnabled: boolean,
): void {
  if (!isPrivateEnabled) throw new ProtocolError("smart_rollup_whitelist_disabled", {});
  if (current === undefined) throw new ProtocolError("smart_rollup_rollup_is_public", {});
  const { whitelist, outboxLevel, messageIndex } = request;
  if (whitelist === undefined) return;
  checkNotEmpty(whitelist);
  if (outboxLevel === last.outboxLevel && messageIndex <= last.messageIndex) {
    throw new ProtocolError("smart_rollup_outdated_whitelist_update", { messageIndex, lastWhitelistUpdate: last });
  }
  if (outboxLevel < last.outboxLevel) {
    throw new ProtocolError("smart_rollup_outdated_whitelist_update", { outboxLevel, lastWhitelistUpdate: last });
  }
  checkDistinct(whitelist);
}

/** Refuses a staker that a private rollup does not list. */
export function checkStakerAllowed(whitelist: Whitelist | undefined, staker: PublicKeyHash): void {
  if (whitelist !== undefined && !whitelist.includes(staker)) {
    throw new ProtocolError("smart_rollup_staker_not_in_whitelist", {});
  }
}
