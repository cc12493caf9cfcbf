// Balance updates as octez-client prints them: whose balance, dots up to the longest name, the change.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { widthOf } from "../../l1/client/text-boxes.js";
import type { BalanceUpdate } from "../../protocol/balance-updates.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import { printTez, TEZ } from "./tez.js";

/** Stands for the baker in simulations: the hash of zeros. */
const NOBODY = "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU";

function baker(hash: PublicKeyHash): string {
  return hash === NOBODY ? "the baker who will include this operation" : hash;
}

type StakedUpdate = Extract<BalanceUpdate, { readonly kind: "deposits" | "unstakedDeposits" }>;

function staker({ staker: owner }: StakedUpdate): string {
  switch (owner.kind) {
    case "single":
      return `${owner.contract} delegated to ${baker(owner.delegate)}`;
    case "shared":
      return `shared between delegators of ${baker(owner.delegate)}`;
    case "baker":
      return baker(owner.baker);
    case "bakerEdge":
      return `baker edge ${owner.baker}`;
  }
}

function lostReason({ participation, revelation }: { participation: boolean; revelation: boolean }): string {
  if (participation && revelation) return ",participation,revelation";
  if (participation) return ",participation";
  return revelation ? ",revelation" : "";
}

/** Names that stand for their kind alone. */
const PLAIN_NAMES: Readonly<Partial<Record<BalanceUpdate["kind"], string>>> = {
  blockFees: "payload fees(the block proposer)",
  nonceRevelationRewards: "nonce revelation rewards",
  attestingRewards: "attesting rewards",
  bakingRewards: "baking rewards",
  bakingBonuses: "baking bonuses",
  storageFees: "storage fees",
  doubleSigningPunishments: "double signing punishments",
  subsidies: "liquidity baking subsidies",
  burned: "burned",
  bootstrap: "bootstrap",
  invoice: "invoices",
  initialCommitments: "initial commitments",
  minted: "minted",
  refutationPunishments: "smart rollup refutation punishments",
  refutationRewards: "smart rollup refutation rewards",
  dalAttestingRewards: "DAL attesting rewards",
  stezDeposits: "clst deposits",
};

function balanceName(update: BalanceUpdate): string {
  switch (update.kind) {
    case "contract":
      return update.contract;
    case "deposits":
      return `deposits(${staker(update)})`;
    case "unstakedDeposits":
      return `unstaked_deposits(${staker(update)},${update.cycle})`;
    case "lostAttestingRewards":
      return `lost attesting rewards(${baker(update.delegate)}${lostReason(update)})`;
    case "lostDalAttestingRewards":
      return `lost DAL attesting rewards(${baker(update.delegate)})`;
    case "frozenBonds":
      return `Frozen_bonds(${update.contract},${update.bondId.smartRollup})`;
    case "delegatorNumerator":
      return `staking delegator numerator(${update.delegator})`;
    case "delegateDenominator":
      return `staking delegate denominator(${update.delegate})`;
    case "stezRedeemedDeposits":
      return `clst_redeemed_deposits(${update.staker},${update.cycle})`;
    default:
      return PLAIN_NAMES[update.kind] ?? update.kind;
  }
}

function originPrefix({ origin }: BalanceUpdate): string {
  switch (origin.kind) {
    case "block":
      return "";
    case "delayedOperation":
      return `delayed operation(${encodeBase58Check("operationHash", origin.operation)}) `;
    default:
      return `${origin.kind} `;
  }
}

function changeText({ kind, change }: BalanceUpdate): string {
  const sign = change < 0n ? "-" : "+";
  const amount = change < 0n ? -change : change;
  const isTez = kind !== "delegatorNumerator" && kind !== "delegateDenominator";
  return `${sign}${isTez ? TEZ + printTez(amount) : amount}`;
}

/** A line for each update. */
export function balanceLines(updates: readonly BalanceUpdate[]): readonly string[] {
  const names = updates.map((update) => originPrefix(update) + balanceName(update));
  const longest = Math.max(0, ...names.map(widthOf));
  return updates.map((update, i) => {
    const name = names[i] as string; // a name for each update
    return `${name} ${".".repeat(longest + 3 - widthOf(name))} ${changeText(update)}`;
  });
}
