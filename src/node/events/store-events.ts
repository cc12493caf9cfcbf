// Events of the store (reference: `Events` in sql_store.ml).

import { declareIn } from "./declaration.js";
import { block, integer, span, text } from "./fields.js";

const declare = declareIn("smart_rollup_node", "store");

export const storeEvents = {
  storeInit: declare({
    name: "smart_rollup_node_store_init",
    level: "Notice",
    message: "Store is being initialized for the first time",
    fields: {},
  }),
  storeAppliedMigration: declare({
    name: "smart_rollup_node_store_applied_migration",
    level: "Notice",
    message: "Applied migration {name} to the store in {time}",
    fields: { name: text, time: span },
  }),
  storeMigrationsFromTheFuture: declare({
    name: "smart_rollup_node_migrations_from_the_future",
    level: "Error",
    message: "Store has {applied} migrations applied but the rollup node is only aware of {known}",
    fields: { applied: integer, known: integer },
  }),
  storeGcStart: declare({
    name: "smart_rollup_node_store_gc_start",
    level: "Info",
    message: "Garbage collection started for store",
    fields: {},
  }),
  storeGcFinish: declare({
    name: "smart_rollup_node_store_gc_finish",
    level: "Info",
    message: "Garbage collection finished for store",
    fields: {},
  }),
  storeResetToLastCommitted: declare({
    name: "smart_rollup_node_store_reset_to_last_committed",
    level: "Warning",
    message: "Reset store to last block ({block_hash} at level {level}) whose context is committed to disk",
    fields: { block_hash: block, level: integer },
  }),
};
