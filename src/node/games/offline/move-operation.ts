// A move as the JSON of an operation's content: what `tickproof client inject operations` takes, and, with fee, counter and limits, what goes
// into the `contents` of RPCs (forge, preapply, inject).

import type { Json } from "../../../encoding/json.js";
import type { PublicKeyHash, RollupAddress } from "../../../protocol/identifiers.js";
import { contentForm } from "../../../protocol/operation-contents.js";
import type { Refutation } from "../../../protocol/refutation.js";

/** What every manager operation has. Absent: left out, for whoever injects to fill in. */
export interface ManagerFields {
  readonly fee?: bigint;
  readonly counter?: bigint;
  readonly gasLimit?: bigint;
  readonly storageLimit?: bigint;
}

const NAMES = { fee: "fee", counter: "counter", gasLimit: "gas_limit", storageLimit: "storage_limit" } as const;

export function moveOperation(
  rollup: RollupAddress,
  move: { readonly self: PublicKeyHash; readonly opponent: PublicKeyHash; readonly move: Refutation },
  given: ManagerFields = {},
): Json {
  const content = contentForm.toJson({
    kind: "smart_rollup_refute",
    source: move.self,
    fee: given.fee ?? 0n,
    counter: given.counter ?? 0n,
    gasLimit: given.gasLimit ?? 0n,
    storageLimit: given.storageLimit ?? 0n,
    rollup,
    opponent: move.opponent,
    refutation: move.move,
  }) as { readonly [name: string]: Json }; // contents are objects
  const absent: ReadonlySet<string> = new Set(
    (Object.keys(NAMES) as (keyof typeof NAMES)[])
      .filter((name) => given[name] === undefined)
      .map((name) => NAMES[name]),
  );
  return Object.fromEntries(Object.entries(content).filter(([name]) => !absent.has(name)));
}
