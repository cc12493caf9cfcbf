// Events of refutation games (reference: refutation_game_event.ml). Left out: those of contexts that are kept at commitments only.

import { declareIn } from "./declaration.js";
import { big, commitment, commitmentHash, integer, json, listField, stateHash, text, wholeText } from "./fields.js";
import { requestEvents } from "./worker-events.js";

const SECTION = ["smart_rollup_node", "refutation_game"] as const;
const declare = declareIn(...SECTION);
const declarePlayer = declareIn(...SECTION, "player");
const failures = { level: "Notice", prefix: "" } as const;
const playerRequests = requestEvents([...SECTION, "player"], "request_completed", failures);
const coordinatorRequests = requestEvents([...SECTION, "coordinator"], "request_completed", failures);

const ticks = listField(big, ", ");

export const refutationEvents = {
  conflictDetected: declare({
    name: "smart_rollup_node_conflict_detected",
    level: "Notice",
    message:
      "A conflict has been found with our commitment {our_commitment_hash} at level {level} with staker {other} that hash " +
      "issued commitment {their_commitment_hash} both based on {parent_commitment_hash}",
    fields: {
      our_commitment_hash: commitmentHash,
      level: integer,
      other: text,
      their_commitment_hash: commitmentHash,
      parent_commitment_hash: commitmentHash,
    },
  }),
  potentialConflictDetected: declare({
    name: "smart_rollup_node_potential_conflict_detected",
    level: "Notice",
    message:
      "A potential conflict has been found with our commitment {our_commitment_hash} at level {level} with staker {other} " +
      "that hash issued commitment {their_commitment_hash}",
    fields: {
      our_commitment_hash: commitmentHash,
      level: integer,
      other: text,
      their_commitment_hash: commitmentHash,
    },
  }),
  timeoutDetected: declare({
    name: "smart_rollup_node_timeout_detected",
    level: "Notice",
    message: "The rollup node has detected that opponent {other} can be timed out",
    fields: { other: text },
  }),
  computedDissection: declare({
    name: "smart_rollup_node_computed_dissection",
    level: "Notice",
    message: "Computed dissection against {opponent} between ticks {start_tick} and {end_tick}: {dissection}",
    fields: { opponent: text, start_tick: big, end_tick: big, dissection: json },
  }),
  traversingDissection: declare({
    name: "smart_rollup_node_refutation_game_traversing_dissection",
    level: "Debug",
    message:
      "Traversing opponent dissection against {opponent}: {dissection_length} chunks from tick {start_tick} to {end_tick}",
    fields: { opponent: text, dissection_length: integer, start_tick: big, end_tick: big },
  }),
  dissectionAgree: declare({
    name: "smart_rollup_node_refutation_game_dissection_agree",
    level: "Debug",
    message: "Dissection: agree at tick {tick} (hash: {state_hash})",
    fields: { tick: big, state_hash: stateHash },
  }),
  dissectionDisagree: declare({
    name: "smart_rollup_node_refutation_game_dissection_disagree",
    level: "Debug",
    message: "Dissection: disagree at tick {tick} (theirs: {their_hash}, ours: {our_hash})",
    fields: { tick: big, their_hash: stateHash, our_hash: stateHash },
  }),
  computingDissection: declare({
    name: "smart_rollup_node_refutation_game_computing_dissection",
    level: "Debug",
    message: "Computing new dissection against {opponent} from tick {start_tick} to {end_tick}",
    fields: { opponent: text, start_tick: big, end_tick: big },
  }),
  playingNextMove: declare({
    name: "smart_rollup_node_refutation_game_playing_next_move",
    level: "Info",
    message: "Playing next move against {opponent} ({game_state}, ticks: [{ticks}])",
    fields: { opponent: text, game_state: wholeText, ticks },
  }),
  playerStarted: declarePlayer({
    name: "player_started",
    level: "Notice",
    message: "Refutation player started to play against {opponent}, defenfing commitment {commitment}",
    fields: { opponent: text, commitment },
  }),
  playerStopped: declarePlayer({
    name: "player_stopped",
    level: "Notice",
    message: "Refutation player for opponent {opponent} has been stopped",
    fields: { opponent: text },
  }),
  coordinatorStarting: declareIn(
    ...SECTION,
    "coordinator",
  )({
    name: "coordinator_starting",
    level: "Notice",
    message: "Starting refutation coordinator for the smart rollup node",
    fields: {},
  }),
  playerRequestFailed: playerRequests.failed,
  playerRequestCompleted: playerRequests.completed,
  coordinatorRequestFailed: coordinatorRequests.failed,
  coordinatorRequestCompleted: coordinatorRequests.completed,
};
