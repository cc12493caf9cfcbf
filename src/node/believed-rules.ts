// What a node takes the protocol to say of reveals: the truth, unless its loser mode has it lie about the DAL's parameters (node.md §3.9).

import type { ChainConstants } from "../l1/client/chain-constants.js";
import type { Configuration } from "./config/configuration.js";
import type { RevealRules } from "./engine/reveals.js";
import { revealRulesOf } from "./node-context.js";

export function believedRevealRules({ loserMode }: Configuration, constants: ChainConstants): RevealRules {
  const rules = revealRulesOf(constants);
  return loserMode.kind === "dal_parameters" ? { ...rules, dalParameters: loserMode.parameters } : rules;
}
