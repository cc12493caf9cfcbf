// What goes wrong in a node, with Octez's ids (node.md §3.10; reference: rollup_node_errors.ml). Fatal ones end it; after others it goes on
// in degraded mode and tries again.

import type { Json } from "../encoding/json.js";

const KINDS = {
  "sc_rollup.node.lost_game": "fatal",
  "sc_rollup.node.invalid_genesis_state": "fatal",
  "sc_rollup.node.operator_not_in_whitelist": "fatal",
  "sc_rollup.node.disagree_with_commitment": "fatal",
  "sc_rollup.node.missing_operators": "fatal",
  "sc_rollup.node.unparsable_boot_sector": "fatal",
  "sc_rollup.node.cannot_patch_pvm_of_public_rollup": "fatal",
  "sc_rollup.node.needs_apply_unsafe_flag": "fatal",
  "sc_rollup.node.exiting_bailout_mode": "fatal",
  "internal.node_disagrees_with_cemented": "fatal",
  "internal.inconsistent_inbox": "fatal",
  "sc_rollup.node.unsupported_protocol": "fatal",
  "sc_rollup.node.missing_block": "temporary",
  "sc_rollup.node.unreliable_tezos_node": "temporary",
  failure: "fatal",
} as const;

export type NodeErrorId = keyof typeof KINDS;

export class NodeError extends Error {
  override readonly name = "NodeError";
  readonly code: NodeErrorId;
  readonly fields: { readonly [name: string]: Json };

  constructor(
    code: NodeErrorId,
    message: string,
    fields: { readonly [name: string]: Json } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }

  get isFatal(): boolean {
    return KINDS[this.code] === "fatal";
  }

  toJson(): Json {
    const message = this.code === "failure" ? { msg: this.message } : {};
    return { kind: this.isFatal ? "permanent" : "temporary", id: this.code, ...message, ...this.fields };
  }
}
