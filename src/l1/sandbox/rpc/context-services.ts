// The rest of `…/context`, `…/helpers` and `…/votes` that clients ask for (node.md §9.1 rows 11, 23, 24; §9.2): constants, levels and cycles,
// baking rights, the voting period, and a DAL that nobody uses. The development protocol's names throughout.

import type { Json } from "../../../encoding/json.js";
import { allConstantsToJson } from "../../../protocol/constants.js";
import { constantsForm } from "../../../protocol/constants-form.js";
import { publicKeyHashForm } from "../../../protocol/identifiers.js";
import { timestampForm } from "../../../protocol/timestamp.js";
import { notFound, orNotFound, RpcFailure } from "./answer.js";
import { levelArgument } from "./arguments.js";
import { cycleBounds, type JsonFields, levelToJson, votingPeriodToJson } from "./block-metadata.js";
import type { BlockCall, Services } from "./services.js";

const MAX_LEVEL = 0x7fffffff;

export function addContextServices(services: Services): void {
  services.addForBlocks("GET", ["context", "constants"], ({ context }) => allConstantsToJson(context.constants()));
  services.addForBlocks("GET", ["context", "constants", "parametric"], ({ context }) =>
    constantsForm.toJson(context.constants()),
  );
  services.addForBlocks("GET", ["context", "protocol", "first_level"], ({ block }) => block.state.activationLevel);
  services.addForBlocks("GET", ["context", "denunciations"], () => []);
  services.addForBlocks("GET", ["context", "dal", "skip_list_cells_of_level"], () => []);
  services.addForBlocks("GET", ["context", "dal", "past_parameters", levelArgument], ({ context }, [_level]) =>
    dalParameters(context.constants()),
  );
  services.addForBlocks("GET", ["context", "adaptive_issuance_launch_cycle"], () => 0);
  addLevels(services);
  addVotes(services);
  addRights(services);
}

function dalParameters(constants: Parameters<typeof constantsForm.toJson>[0]): Json {
  return orNotFound((constantsForm.toJson(constants) as JsonFields)["dal_parametric"]);
}

function addLevels(services: Services): void {
  services.addForBlocks("GET", ["helpers", "current_level"], (call) =>
    levelToJson(call.block.shell.level + offset(call), call.context.constants()),
  );
  services.addForBlocks("GET", ["helpers", "levels_in_current_cycle"], (call) => {
    const constants = call.context.constants();
    const cycles = call.query.integer("offset", -MAX_LEVEL, MAX_LEVEL) ?? 0;
    const level = call.block.shell.level + cycles * constants.blocksPerCycle;
    if (level < 1) throw notFound();
    return { ...cycleBounds(level, constants) };
  });
  services.addForBlocks("GET", ["helpers", "round"], ({ block }) => block.round);
}

/** Nobody proposes anything, and nobody votes. */
function addVotes(services: Services): void {
  services.addForBlocks("GET", ["votes", "current_period"], ({ block, context }) =>
    votingPeriodToJson(block.shell.level, context.constants()),
  );
  services.addForBlocks("GET", ["votes", "successor_period"], ({ block, context }) =>
    votingPeriodToJson(block.shell.level + 1, context.constants()),
  );
  services.addForBlocks("GET", ["votes", "ballots"], () => ({ yay: "0", nay: "0", pass: "0" }));
  services.addForBlocks("GET", ["votes", "ballot_list"], () => []);
  services.addForBlocks("GET", ["votes", "proposals"], () => []);
  services.addForBlocks("GET", ["votes", "current_proposal"], () => null);
}

/** `?offset=`: blocks after the one asked. */
function offset({ block, query }: BlockCall): number {
  const blocks = query.integer("offset", -MAX_LEVEL, MAX_LEVEL - block.shell.level) ?? 0;
  if (blocks >= 0) return blocks;
  const id = `proto.${block.nextProtocol.errorName}.negative_level_offset`;
  throw new RpcFailure(500, [{ kind: "permanent", id }]);
}

/** Whoever bakes here bakes every block. */
function addRights(services: Services): void {
  services.addForBlocks("GET", ["helpers", "baking_rights"], ({ block, query }) => {
    const levels = query.integers("level", 0, MAX_LEVEL);
    const delegates = query.values("delegate", (text) => publicKeyHashForm.fromJson(text));
    const { baker } = services.sandbox.head;
    if (baker === undefined || (delegates.length > 0 && !delegates.includes(baker))) return [];
    const { minimalBlockDelay } = block.state.constants;
    return (levels.length === 0 ? [block.shell.level + 1] : levels).map((level) => {
      const blocksAhead = BigInt(level - block.shell.level);
      const time = timestampForm.toJson(block.shell.timestamp + blocksAhead * minimalBlockDelay);
      return {
        level,
        delegate: baker,
        round: 0,
        ...(blocksAhead > 0n ? { estimated_time: time } : {}),
        consensus_key: baker,
      };
    });
  });
}
