// Private rollups: the list of those who may publish, its updates, and their encodings (protocol.md §5.3, §7.2). The rules are in
// whitelist-rules.ts.

import { type FormValue, listOf, objectForm, refined, req, variant, variantsForm } from "../encoding/form.js";
import { natForm } from "../encoding/form-leaves.js";
import { levelForm, publicKeyHashForm } from "./identifiers.js";

/** Room for a whitelist: an outbox message of the longest size less its two first bytes. */
const MAX_WHITELIST_BYTES = 4094;
const LENGTH_BYTES = 4;
const KEY_BYTES = 21;
/** 194. */
const MAX_KEYS = Math.floor((MAX_WHITELIST_BYTES - LENGTH_BYTES) / KEY_BYTES);

export const whitelistForm = refined(
  listOf(publicKeyHashForm),
  (keys) => keys.length <= MAX_KEYS,
  `more than ${MAX_KEYS} keys`,
);

export type Whitelist = FormValue<typeof whitelistForm>;

/** What an outbox message did to a whitelist: `whitelist_update` of receipts. */
export const whitelistUpdateForm = variantsForm("whitelist update", "kind", {
  public: variant(0, { kind: "public" }, {}),
  private: variant(1, { kind: "update" }, { whitelist: req("whitelist", whitelistForm) }),
});

export type WhitelistUpdate = FormValue<typeof whitelistUpdateForm>;

/** Where the last update came from: answer of `…/last_whitelist_update`. */
export const lastWhitelistUpdateForm = objectForm("last whitelist update", {
  messageIndex: req("message_index", natForm),
  outboxLevel: req("outbox_level", levelForm),
});

export type LastWhitelistUpdate = FormValue<typeof lastWhitelistUpdateForm>;
