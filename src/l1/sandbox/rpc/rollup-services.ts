// `…/context/smart_rollups` (protocol.md §8): what layer 1 knows of rollups, in full. What is said of a rollup that does not exist differs
// from question to question, and is up to the view that is asked.

import { listOf, nullable } from "../../../encoding/form.js";
import {
  commitmentForm,
  commitmentHashWithLevelForm,
  genesisInfoForm,
  hashedCommitmentForm,
} from "../../../protocol/commitment.js";
import { conflictForm, gameResultForm, ongoingGameForm, timeoutForm } from "../../../protocol/game.js";
import { commitmentHashForm, type RollupAddress } from "../../../protocol/identifiers.js";
import { inboxForm } from "../../../protocol/inbox.js";
import { lastWhitelistUpdateForm, whitelistForm } from "../../../protocol/whitelist.js";
import type { RollupView } from "../rollup-view.js";
import type { Answer } from "./answer.js";
import {
  commitmentHashArgument,
  levelArgument,
  publicKeyHashArgument,
  rollupArgument,
  staker1Argument,
  staker2Argument,
} from "./arguments.js";
import type { ArgumentsOf, Segment } from "./directory.js";
import { runtimeOf, tokenFromJson } from "./scripts.js";
import type { BlockCall, Services } from "./services.js";

const ROLLUPS = ["context", "smart_rollups"] as const;

export function addRollupServices(services: Services): void {
  services.addForBlocks("GET", [...ROLLUPS, "all"], ({ context }) => context.rollups());
  services.addForBlocks("GET", [...ROLLUPS, "all", "inbox"], ({ context }) => inboxForm.toJson(context.inbox()));
  addRollup(services);
  addCommitments(services);
  addStakers(services);
  addGames(services);
  services.addForBlocks("POST", [...ROLLUPS, "smart_rollup", rollupArgument, "ticket_balance"], (call, [address]) =>
    call.context.ticketBalance(address, tokenFromJson(call.body(), runtimeOf(services.sandbox.contracts))).toString(),
  );
}

/** A question about one rollup. */
function addGet<const S extends readonly Segment[]>(
  services: Services,
  segments: S,
  handle: (rollup: RollupView, args: ArgumentsOf<S>) => Answer,
): void {
  const path: readonly Segment[] = [...ROLLUPS, "smart_rollup", rollupArgument, ...segments];
  services.addForBlocks("GET", path, ({ context }: BlockCall, given: readonly unknown[]) => {
    const [address, ...args] = given;
    // What the arguments of the path give, in order.
    return handle(context.rollup(address as RollupAddress), args as ArgumentsOf<S>);
  });
}

function addRollup(services: Services): void {
  addGet(services, ["kind"], (rollup) => rollup.kind());
  addGet(services, ["genesis_info"], (rollup) => genesisInfoForm.toJson(rollup.genesisInfo()));
  addGet(services, ["last_cemented_commitment_hash_with_level"], (rollup) =>
    commitmentHashWithLevelForm.toJson(rollup.lastCemented()),
  );
  addGet(services, ["whitelist"], (rollup) => nullable(whitelistForm).toJson(rollup.whitelist()));
  addGet(services, ["last_whitelist_update"], (rollup) =>
    nullable(lastWhitelistUpdateForm).toJson(rollup.lastWhitelistUpdate()),
  );
  addGet(services, ["consumed_outputs", levelArgument], (rollup, [level]) => rollup.consumedOutputs(level));
}

function addCommitments(services: Services): void {
  const path = ["commitment", commitmentHashArgument] as const;
  addGet(services, path, (rollup, [hash]) => commitmentForm.toJson(rollup.commitment(hash)));
  addGet(services, [...path, "stakers_indexes"], (rollup, [hash]) => rollup.stakersIndexes(hash).map(String));
  addGet(services, [...path, "can_be_cemented"], (rollup, [hash]) => rollup.canBeCemented(hash));
  addGet(services, ["inbox_level", levelArgument, "commitments"], (rollup, [level]) =>
    nullable(listOf(commitmentHashForm)).toJson(rollup.commitmentsOfLevel(level)),
  );
}

function addStakers(services: Services): void {
  const staker = ["staker", publicKeyHashArgument] as const;
  addGet(services, ["stakers"], (rollup) => rollup.stakers());
  addGet(services, [...staker, "index"], (rollup, [key]) => rollup.stakerIndex(key).toString());
  addGet(services, [...staker, "staked_on_commitment"], (rollup, [key]) =>
    nullable(hashedCommitmentForm).toJson(rollup.stakedOnCommitment(key)),
  );
  addGet(services, [...staker, "conflicts"], (rollup, [key]) => listOf(conflictForm).toJson(rollup.conflicts(key)));
  addGet(services, [...staker, "games"], (rollup, [key]) =>
    rollup.games(key).map(({ game, stakers: { alice, bob } }) => ongoingGameForm.toJson({ game, alice, bob })),
  );
}

function addGames(services: Services): void {
  const pair = ["staker1", staker1Argument, "staker2", staker2Argument] as const;
  addGet(services, [...pair, "timeout"], (rollup, [a, b]) => nullable(timeoutForm).toJson(rollup.timeout(a, b)));
  addGet(services, [...pair, "timeout_reached"], (rollup, [a, b]) =>
    nullable(gameResultForm).toJson(rollup.timeoutReached(a, b)),
  );
}
