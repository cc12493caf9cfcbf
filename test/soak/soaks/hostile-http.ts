// 5,000 mutated requests to the sandbox's RPC; the short form is test/l1/sandbox/rpc/hostile.test.ts.
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { attack, makeTarget, TIGHT_LIMITS } from "../../l1/sandbox/rpc/hostile-target.js";
import type { Soak } from "../soak.js";

const MEBIBYTE = 1024 * 1024;
/** More than the garbage of a run can be, less than a leak of what requests carry. */
const MAX_GROWTH_BYTES = 300 * MEBIBYTE;

export const soak: Soak = {
  about: "mutated HTTP requests to the sandbox's RPC: right statuses, no crash, bounded memory",
  rounds: 5000,
  async run({ seed, rounds, progress }) {
    const { chain, samples } = makeTarget();
    const bugs: string[] = [];
    const server = new RpcServer(chain.sandbox, {
      ...TIGHT_LIMITS,
      onBug: (error, request) => bugs.push(`${request}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    const url = await server.listen();
    try {
      const before = process.memoryUsage().rss;
      const statuses = await attack({ url, samples, seed, requests: rounds, bugs, progress });
      const growth = process.memoryUsage().rss - before;
      if (growth > MAX_GROWTH_BYTES) throw new Error(`${growth} bytes more than before`);
      const response = await fetch(`${url}/chains/main/chain_id`);
      if (response.status !== 200) throw new Error(`status ${response.status} after it all`);
      return [statuses, `memory: ${(growth / MEBIBYTE).toFixed(0)} MiB more than before`];
    } finally {
      await server.close();
    }
  },
};
