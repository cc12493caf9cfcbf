// Schema of `/config`: config.json with all its defaults (node.md §1.7).

import {
  arrayOf,
  bool,
  described,
  hex,
  int31,
  int32,
  nullable,
  number,
  object,
  oneOf,
  oneOfTexts,
  ref,
  type Schema,
  titled,
  uint8,
  uint16,
} from "../schema.js";
import { INT64, MUTEZ, NANOTEZ, PUBLIC_KEY_HASH, ROLLUP, TEXT } from "./shared.js";

const operator = oneOf(
  titled("Signature.public_key_hash operator", PUBLIC_KEY_HASH),
  titled("multiple operator", arrayOf(PUBLIC_KEY_HASH)),
);

const feeParameters = object({
  "minimal-fees?": described("Exclude operations with lower fees", MUTEZ),
  "minimal-nanotez-per-byte?": described("Exclude operations with lower fees per byte", NANOTEZ),
  "minimal-nanotez-per-gas-unit?": described("Exclude operations with lower gas fees", NANOTEZ),
  "force-low-fee?": described("Don't check that the fee is lower than the estimated default", bool),
  "fee-cap?": described("The fee cap", MUTEZ),
  "burn-cap?": described("The burn cap", MUTEZ),
});

const acl = arrayOf(
  oneOf(
    titled("Whitelist", object({ address: TEXT, whitelist: arrayOf(TEXT) })),
    titled("Blacklist", object({ address: TEXT, blacklist: arrayOf(TEXT) })),
  ),
);

const loserMode = oneOf(
  titled("failure", arrayOf(object({ level: int31, message_index: int31, message_tick: INT64 }))),
  titled(
    "Invalid_dal_parameters",
    object({ number_of_slots: INT64, attestation_lag: INT64, slot_size: INT64, page_size: INT64 }),
  ),
  titled(
    "Invalid_dal_page",
    object({
      "inbox_level?": int32,
      "published_level?": int32,
      "slot_index?": uint8,
      "page_index?": uint16,
      page_payload_strategy: TEXT,
    }),
  ),
);

const unsafePatches = arrayOf(
  oneOf(
    titled("increase_max_nb_tick", object({ increase_max_nb_tick: INT64 })),
    titled("patch_durable_storage", object({ patch_durable_storage: object({ key: TEXT, value: hex }) })),
  ),
);

const anyOrAmong = (what: string): Schema =>
  oneOf(titled(`any_${what}`, oneOfTexts("any")), titled(`${what}_among`, arrayOf(TEXT)));

const executionFilter = arrayOf(
  object({ transaction: object({ destination: anyOrAmong("destination"), entrypoint: anyOrAmong("entrypoint") }) }),
);

const telemetry = nullable({
  oneOf: [{ type: "object" }, bool],
});

/** Fields with their descriptions, in the file's order; names that end in "?" may be absent. */
const FIELDS: { readonly [name: string]: Schema } = {
  "smart-rollup-address": described("Smart rollup address", ROLLUP),
  "etherlink?": described(
    "Whether the rollup is an Etherlink rollup. Defaults to identification based on known Etherlink addresses.",
    bool,
  ),
  "boot-sector?": described("Boot sector", TEXT),
  "smart-rollup-node-operator": described(
    "Operators that sign operations of the smart rollup, by purpose",
    object({
      "operating?": operator,
      "batching?": operator,
      "cementing?": operator,
      "recovering?": operator,
      "executing_outbox?": operator,
    }),
  ),
  "rpc-addr": described("RPC address", TEXT),
  "rpc-port": described("RPC port", uint16),
  acl: described("Access control list", acl),
  "metrics-addr?": described("Metrics address", TEXT),
  "performance-metrics": bool,
  reconnection_delay: described("The reconnection (to the tezos node) delay in seconds", number),
  "fee-parameters": described(
    "The fee parameters for each purpose used when injecting operations in L1",
    object({
      "publish?": feeParameters,
      "add_messages?": feeParameters,
      "cement?": feeParameters,
      "timeout?": feeParameters,
      "refute?": feeParameters,
      "recover?": feeParameters,
      "execute_outbox_message?": feeParameters,
      "publish_dal_commitment?": feeParameters,
    }),
  ),
  mode: described("The mode for this rollup node", ref("sc_rollup_node_mode")),
  "loser-mode": loserMode,
  "apply-unsafe-patches": bool,
  "unsafe-pvm-patches": unsafePatches,
  "execute-outbox-messages-filter": executionFilter,
  "DAL node endpoint?": TEXT,
  "pre-images-endpoint?": TEXT,
  batcher: object({
    "min_batch_elements?": int31,
    "min_batch_size?": int31,
    "max_batch_elements?": int31,
    "max_batch_size?": int31,
  }),
  injector: object({
    "retention_period?": uint16,
    "attempts?": uint16,
    "injection_ttl?": uint16,
    "max_batch_length?": nullable(int31),
  }),
  l1_blocks_cache_size: int31,
  l2_blocks_cache_size: int31,
  "prefetch_blocks?": int31,
  l1_monitor_finalized: bool,
  l1_rpc_timeout: number,
  loop_retry_delay: number,
  "index_buffer_size?": int31,
  "irmin_cache_size?": int31,
  "log-kernel-debug": bool,
  "log-kernel-debug-file?": TEXT,
  "unsafe-disable-wasm-kernel-checks": bool,
  "no-degraded": bool,
  "slow-vm-fallback": bool,
  "gc-parameters": object({ "frequency?": int32, "context_splitting_period?": int31 }),
  "history-mode?": oneOfTexts("full", "archive"),
  cors: object({ allowed_headers: arrayOf(TEXT), allowed_origins: arrayOf(TEXT) }),
  "bail-on-disagree": bool,
  "commit-on": oneOf(titled("block", ref("commit_every_block")), titled("commitment", ref("commit_every_commitment"))),
  opentelemetry: telemetry,
  dal_slot_status_max_fetch_attempts: uint8,
  "tickproof_checkpoints?": int31,
};

export const CONFIGURATION: Schema = object(FIELDS);
