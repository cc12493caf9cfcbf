// In a private rollup only those on the whitelist may stake (node.md §2): a node whose operator is not on it is of no use.

import type { NodeContext } from "../node-context.js";
import { NodeError } from "../node-error.js";

/** Raises NodeError, L1RpcError. */
export async function checkWhitelist(node: NodeContext): Promise<void> {
  const { operator, config } = node;
  if (operator === undefined || config.mode === "bailout") return;
  const whitelist = await node.rollupAt().whitelist();
  if (whitelist === undefined || whitelist.includes(operator)) return;
  throw new NodeError("sc_rollup.node.operator_not_in_whitelist", "The operator is not in the whitelist.", {
    operator,
  });
}
