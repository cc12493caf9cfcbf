// What operations did to big maps, as receipts say it (reference: lazy_storage_diff.ml, lazy_storage_kind.ml). Left out: sapling states.

import { type FormValue, listOf, objectForm, opt, req, variant, variantsForm } from "../encoding/form.js";
import { zForm } from "../encoding/form-leaves.js";
import { michelineForm } from "../encoding/micheline.js";
import { scriptExprHashForm } from "./identifiers.js";

const updates = req(
  "updates",
  listOf(
    objectForm("update of a big map", {
      keyHash: req("key_hash", scriptExprHashForm),
      key: req("key", michelineForm),
      value: opt("value", michelineForm),
    }),
  ),
);

const bigMapDiffForm = variantsForm("difference of a big map", "action", {
  update: variant(0, { action: "update" }, { updates }),
  remove: variant(1, { action: "remove" }, {}),
  copy: variant(2, { action: "copy" }, { source: req("source", zForm), updates }),
  alloc: variant(
    3,
    { action: "alloc" },
    { updates, keyType: req("key_type", michelineForm), valueType: req("value_type", michelineForm) },
  ),
});

export const lazyStorageDiffForm = listOf(
  variantsForm("difference of a lazy storage", "kind", {
    bigMap: variant(0, { kind: "big_map" }, { id: req("id", zForm), diff: req("diff", bigMapDiffForm) }),
  }),
);

export type LazyStorageDiff = FormValue<typeof lazyStorageDiffForm>;
