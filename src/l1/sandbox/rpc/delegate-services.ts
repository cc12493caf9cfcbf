// `…/context/delegates` as far as wallets look (node.md §9.2; reference: delegate_services.ml of alpha). Delegation is kept by the sandbox;
// staking, baking rights and votes are not, so a delegate's power is what is delegated to it, and everything about stakes is 0.

import type { Json } from "../../../encoding/json.js";
import type { Contract, PublicKeyHash } from "../../../protocol/identifiers.js";
import { RpcFailure } from "./answer.js";
import { publicKeyHashArgument } from "./arguments.js";
import { type JsonFields, levelToJson } from "./block-metadata.js";
import type { BlockCall, Services } from "./services.js";

const DELEGATES = ["context", "delegates"] as const;

/** Facts about a delegate, the sums of its delegators' tez included. */
interface Delegate {
  readonly key: PublicKeyHash;
  readonly delegators: readonly Contract[];
  /** Mutez: its own, frozen bonds included. */
  readonly own: bigint;
  /** Mutez: that of others who delegate to it. */
  readonly external: bigint;
}

export function addDelegateServices(services: Services): void {
  services.addForBlocks("GET", DELEGATES, ({ context, query }) => {
    const wanted = (name: string, opposite: string): boolean => query.flag(name) || !query.flag(opposite);
    // Everybody is active; nobody has a stake.
    const isListed = wanted("active", "inactive") && wanted("without_minimal_stake", "with_minimal_stake");
    if (!isListed) return [];
    return context.contracts().filter((account) => context.delegate(account) === account);
  });
  services.addForBlocks("GET", [...DELEGATES, publicKeyHashArgument], (call, [key]) =>
    infoToJson(call, find(call, key)),
  );
  for (const [name, value] of Object.entries(FIELDS)) {
    services.addForBlocks("GET", [...DELEGATES, publicKeyHashArgument, name], (call, [key]) =>
      value(find(call, key, BALANCE_FIELDS.has(name)), call),
    );
  }
}

/** Raises a 500 for an account that is no delegate. */
function find({ block, context }: BlockCall, key: PublicKeyHash, isBalance = false): Delegate {
  if (context.delegate(key) !== key) {
    const error = (id: string): Json => ({
      kind: "temporary",
      id: `proto.${block.nextProtocol.errorName}.${id}`,
      pkh: key,
    });
    const trace = [error("delegate.not_registered")];
    throw new RpcFailure(500, isBalance ? [error("delegate_service.balance_rpc_on_non_delegate"), ...trace] : trace);
  }
  const delegators = context.contracts().filter((account) => context.delegate(account) === key);
  const own = context.fullBalance(key) ?? 0n;
  const external = delegators
    .filter((account) => account !== key)
    .reduce((total, account) => total + (context.fullBalance(account) ?? 0n), 0n);
  return { key, delegators, own, external };
}

const NO_PARTICIPATION: Json = {
  expected_cycle_activity: 0,
  minimal_cycle_activity: 0,
  missed_slots: 0,
  missed_levels: 0,
  remaining_allowed_missed_slots: 0,
  expected_attesting_rewards: "0",
};

const NO_DAL_PARTICIPATION: Json = {
  expected_assigned_shards_per_slot: 0,
  delegate_attested_dal_slots: 0,
  delegate_attestable_dal_slots: 0,
  expected_dal_rewards: "0",
  sufficient_dal_participation: true,
  denounced: false,
};

/** What a delegate has that never said how it wants to be staked with. */
const DEFAULT_STAKING_PARAMETERS: Json = {
  limit_of_staking_over_baking_millionth: 0,
  edge_of_baking_over_staking_billionth: 1_000_000_000,
};

const MAX_PROPOSALS = 20;

type Field = (delegate: Delegate, call: BlockCall) => Json;

const power: Field = ({ own, external }) => (own + external).toString();
const ownBalance: Field = ({ own }) => own.toString();
const externalBalance: Field = ({ external }) => external.toString();
const zero: Field = () => "0";
const delegators: Field = (delegate) => [...delegate.delegators];
const grace: Field = (_delegate, { block }) => {
  const { constants } = block.state;
  return Number(levelToJson(block.shell.level, constants)["cycle"]) + constants.toleratedInactivityPeriod + 2;
};

/** The fields of `delegates/<pkh>`, which can be asked for one by one. */
const INFO: Readonly<Record<string, Field>> = {
  deactivated: () => false,
  is_forbidden: () => false,
  participation: () => NO_PARTICIPATION,
  dal_participation: () => NO_DAL_PARTICIPATION,
  grace_period: grace,
  active_staking_parameters: () => DEFAULT_STAKING_PARAMETERS,
  pending_staking_parameters: () => [],
  baking_power: zero,
  total_staked: zero,
  total_delegated: power,
  min_delegated_in_current_cycle: (delegate, call) => ({ amount: power(delegate, call) }),
  own_full_balance: ownBalance,
  own_staked: zero,
  own_delegated: ownBalance,
  external_staked: zero,
  external_delegated: externalBalance,
  total_unstaked_per_cycle: () => [],
  denunciations: () => [],
  estimated_shared_pending_slashed_amount: zero,
  staking_denominator: zero,
  current_voting_power: power,
  voting_power: power,
  voting_info: (delegate, call) => ({ voting_power: power(delegate, call), remaining_proposals: MAX_PROPOSALS }),
  consensus_key: ({ key }, { context }) => ({ active: { pkh: key, pk: context.managerKey(key) ?? null } }),
  companion_key: () => ({ active: null }),
  stakers: () => [],
  delegators,
};

/** And their names of old. */
const FIELDS: Readonly<Record<string, Field>> = {
  ...INFO,
  full_balance: ownBalance,
  current_frozen_deposits: zero,
  frozen_deposits: zero,
  staking_balance: power,
  total_delegated_stake: zero,
  delegated_balance: externalBalance,
  delegated_contracts: delegators,
  current_baking_power: zero,
};

/** Octez says of these that a balance was asked for. */
const BALANCE_FIELDS: ReadonlySet<string> = new Set(["full_balance", "own_full_balance"]);

function infoToJson(call: BlockCall, delegate: Delegate): JsonFields {
  return Object.fromEntries(Object.entries(INFO).map(([name, value]) => [name, value(delegate, call)]));
}
