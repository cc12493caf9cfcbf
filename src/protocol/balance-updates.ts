// Balance updates: what a receipt says of who got or lost how much (protocol.md §7.2). All kinds of today's protocol are here
// but that of genesis commitments, so that receipts of real nodes can be read; a rollup's life makes only some of them.

import type { ByteReader, ByteWriter } from "../encoding/binary.js";
import { type Form, type FormValue, listOf, req, variant, variantsForm } from "../encoding/form.js";
import { boolForm, int32Form, int64Form } from "../encoding/form-leaves.js";
import { expectObject, type Json } from "../encoding/json.js";
import {
  type Contract,
  contractForm,
  operationHashForm,
  publicKeyHashForm,
  type RollupAddress,
  rollupAddressForm,
} from "./identifiers.js";

/** Millionths of tez, negative for a debit; or pseudotokens. */
const change = req("change", int64Form);

const stakerForm = variantsForm("frozen staker", "kind", {
  single: variant(0, {}, { contract: req("contract", contractForm), delegate: req("delegate", publicKeyHashForm) }),
  shared: variant(1, {}, { delegate: req("delegate", publicKeyHashForm) }),
  baker: variant(2, {}, { baker: req("baker_own_stake", publicKeyHashForm) }),
  bakerEdge: variant(3, {}, { baker: req("baker_edge", publicKeyHashForm) }),
});

/** What a frozen bond is for: a rollup. */
const bondIdForm = variantsForm("bond id", "kind", {
  smartRollup: variant(1, {}, { smartRollup: req("smart_rollup", rollupAddressForm) }),
});

const contract = req("contract", contractForm);
const delegate = req("delegate", publicKeyHashForm);
const staker = req("staker", stakerForm);
const cycle = req("cycle", int32Form);
const accumulator = (category: string) => ({ kind: "accumulator", category });
const minted = (category: string) => ({ kind: "minted", category });
const burned = (category: string) => ({ kind: "burned", category });
const freezer = (category: string) => ({ kind: "freezer", category });
const staking = (category: string) => ({ kind: "staking", category });

const bodyForm = variantsForm("balance update", "kind", {
  contract: variant(0, { kind: "contract" }, { contract, change }),
  blockFees: variant(2, accumulator("block fees"), { change }),
  deposits: variant(4, freezer("deposits"), { staker, change }),
  nonceRevelationRewards: variant(5, minted("nonce revelation rewards"), { change }),
  attestingRewards: variant(7, minted("attesting rewards"), { change }),
  bakingRewards: variant(8, minted("baking rewards"), { change }),
  bakingBonuses: variant(9, minted("baking bonuses"), { change }),
  storageFees: variant(11, burned("storage fees"), { change }),
  doubleSigningPunishments: variant(12, burned("punishments"), { change }),
  lostAttestingRewards: variant(13, burned("lost attesting rewards"), {
    delegate,
    participation: req("participation", boolForm),
    revelation: req("revelation", boolForm),
    change,
  }),
  subsidies: variant(14, minted("subsidy"), { change }),
  burned: variant(15, burned("burned"), { change }),
  bootstrap: variant(17, minted("bootstrap"), { change }),
  invoice: variant(18, minted("invoice"), { change }),
  initialCommitments: variant(19, minted("commitment"), { change }),
  minted: variant(20, minted("minted"), { change }),
  frozenBonds: variant(21, freezer("bonds"), { contract, bondId: req("bond_id", bondIdForm), change }),
  refutationPunishments: variant(24, burned("smart_rollup_refutation_punishments"), { change }),
  refutationRewards: variant(25, minted("smart_rollup_refutation_rewards"), { change }),
  unstakedDeposits: variant(26, freezer("unstaked_deposits"), { staker, cycle, change }),
  delegatorNumerator: variant(27, staking("delegator_numerator"), {
    delegator: req("delegator", contractForm),
    change,
  }),
  delegateDenominator: variant(28, staking("delegate_denominator"), { delegate, change }),
  dalAttestingRewards: variant(29, minted("DAL attesting rewards"), { change }),
  lostDalAttestingRewards: variant(30, burned("lost DAL attesting rewards"), { delegate, change }),
  stezDeposits: variant(31, freezer("stez_deposits"), { change }),
  stezRedeemedDeposits: variant(32, freezer("stez_redeemed_deposits"), {
    staker: req("staker", contractForm),
    cycle,
    change,
  }),
});

const originForm = variantsForm("origin of a balance update", "kind", {
  block: variant(0, { origin: "block" }, {}),
  migration: variant(1, { origin: "migration" }, {}),
  subsidy: variant(2, { origin: "subsidy" }, {}),
  simulation: variant(3, { origin: "simulation" }, {}),
  delayedOperation: variant(
    4,
    { origin: "delayed_operation" },
    { operation: req("delayed_operation_hash", operationHashForm) },
  ),
});

export type BalanceUpdateBody = FormValue<typeof bodyForm>;
export type BalanceUpdateOrigin = FormValue<typeof originForm>;
export type BalanceUpdate = BalanceUpdateBody & { readonly origin: BalanceUpdateOrigin };

/** Body, then origin; one flat object in JSON. */
export const balanceUpdateForm: Form<BalanceUpdate> = {
  name: "balance update",
  write(w: ByteWriter, update: BalanceUpdate): void {
    bodyForm.write(w, update);
    originForm.write(w, update.origin);
  },
  read(r: ByteReader): BalanceUpdate {
    const body = bodyForm.read(r);
    return { ...body, origin: originForm.read(r) };
  },
  toJson: (update) => ({
    ...(bodyForm.toJson(update) as JsonFields),
    ...(originForm.toJson(update.origin) as JsonFields),
  }),
  fromJson(json: unknown): BalanceUpdate {
    const { origin, delayed_operation_hash: operation, ...body } = expectObject(json);
    const from = operation === undefined ? { origin } : { origin, delayed_operation_hash: operation };
    return { ...bodyForm.fromJson(body), origin: originForm.fromJson(from) };
  },
};

type JsonFields = Readonly<Record<string, Json>>;

export const balanceUpdatesForm: Form<readonly BalanceUpdate[]> = listOf(balanceUpdateForm);

// ---- The updates that a rollup's life makes

const IN_BLOCK: BalanceUpdateOrigin = { kind: "block" };

type WithoutChange<T> = T extends { readonly change: bigint } ? Omit<T, "change"> : never;
/** An update without its amount. */
type Balance = WithoutChange<BalanceUpdateBody>;

/** A transfer between two balances, debit first; nothing for nothing. */
function transfer(from: Balance, to: Balance, amount: bigint): BalanceUpdate[] {
  if (amount === 0n) return [];
  return [
    { ...from, change: -amount, origin: IN_BLOCK } as BalanceUpdate,
    { ...to, change: amount, origin: IN_BLOCK } as BalanceUpdate,
  ];
}

const accountOf = (account: Contract) => ({ kind: "contract", contract: account }) as const;

const bondOf = (account: Contract, rollup: RollupAddress) =>
  ({ kind: "frozenBonds", contract: account, bondId: { kind: "smartRollup", smartRollup: rollup } }) as const;

/** A fee taken by the block. */
export function feeUpdates(payer: Contract, fee: bigint): BalanceUpdate[] {
  return transfer(accountOf(payer), { kind: "blockFees" }, fee);
}

/** Storage paid for. */
export function storageFeeUpdates(payer: Contract, amount: bigint): BalanceUpdate[] {
  return transfer(accountOf(payer), { kind: "storageFees" }, amount);
}

export function transferUpdates(from: Contract, to: Contract, amount: bigint): BalanceUpdate[] {
  return transfer(accountOf(from), accountOf(to), amount);
}

/** A stake frozen by a first publication. */
export function bondFreezeUpdates(owner: Contract, rollup: RollupAddress, stake: bigint): BalanceUpdate[] {
  return transfer(accountOf(owner), bondOf(owner, rollup), stake);
}

/** A stake given back. */
export function bondReturnUpdates(owner: Contract, rollup: RollupAddress, stake: bigint): BalanceUpdate[] {
  return transfer(bondOf(owner, rollup), accountOf(owner), stake);
}

/** A stake lost in a game. */
export function bondPunishmentUpdates(owner: Contract, rollup: RollupAddress, stake: bigint): BalanceUpdate[] {
  return transfer(bondOf(owner, rollup), { kind: "refutationPunishments" }, stake);
}

/** What the winner of a game gets. */
export function refutationRewardUpdates(winner: Contract, amount: bigint): BalanceUpdate[] {
  return transfer({ kind: "refutationRewards" }, accountOf(winner), amount);
}
