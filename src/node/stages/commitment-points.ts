// The last commitment that layer 1 has cemented, and the last one that our operator stakes on, as layer 1 tells them at its head: at the start, and
// after a reorganisation, which may have taken back what was seen of them.

import type { NodeContext } from "../node-context.js";

/** Raises L1RpcError, StoreError. */
export async function learnCommitmentPoints(node: NodeContext): Promise<void> {
  const { operator, store } = node;
  const rollup = node.rollupAt();
  const cemented = await rollup.lastCementedCommitment();
  const staked = operator === undefined ? undefined : await rollup.stakedOnCommitment(operator);
  node.lcc = { hash: cemented.hash, level: cemented.level };
  node.lpc = staked === undefined ? undefined : { hash: staked.hash, level: staked.inboxLevel };
  await store.write({ state: { lcc: node.lcc, ...(node.lpc === undefined ? {} : { lpc: node.lpc }) } });
}
