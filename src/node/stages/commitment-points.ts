// The last commitment that layer 1 has cemented, the last one that our operator stakes on, and the last update of a whitelist, as layer 1 tells
// them at its head: after a reorganisation, which may have taken back what was seen of them.

import type { NodeContext } from "../node-context.js";

/** Raises L1RpcError, StoreError. */
export async function learnCommitmentPoints(node: NodeContext): Promise<void> {
  const { operator, store } = node;
  const rollup = node.rollupAt();
  const cemented = await rollup.lastCementedCommitment();
  const update = await rollup.lastWhitelistUpdate();
  const staked = operator === undefined ? undefined : await rollup.stakedOnCommitment(operator);
  node.lcc = { hash: cemented.hash, level: cemented.level };
  node.lpc = staked === undefined ? undefined : { hash: staked.hash, level: staked.inboxLevel };
  node.privateInfo = update === undefined ? undefined : { lastUpdate: update, searchedLevel: 0 };
  await store.write({ state: { lcc: node.lcc, ...(node.lpc === undefined ? {} : { lpc: node.lpc }) } });
}
