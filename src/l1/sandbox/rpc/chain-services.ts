// What the node says of itself and its chain (node.md §9.1 rows 1, 3, 7, 31; §9.2): version, configuration, chain id, hashes of blocks,
// protocols.

import type { Json } from "../../../encoding/json.js";
import { blockHashForm, chainIdForm, hashEquals, protocolHashForm } from "../../../protocol/identifiers.js";
import { parseTimestamp } from "../../../protocol/timestamp.js";
import type { Block } from "../block.js";
import { compareFitness } from "../header.js";
import type { Sandbox } from "../sandbox.js";
import { notFound } from "./answer.js";
import { parseHash, protocolHashArgument } from "./arguments.js";
import { blockHashToJson } from "./block-json.js";
import type { Services } from "./services.js";

/** What the sandbox says it is: the release of Octez whose RPCs it answers with, marked as a development version. */
const VERSION: Json = {
  version: { major: 25, minor: 1, build: 0, additional_info: "dev" },
  network_version: { chain_name: "TEZOS", distributed_db_version: 2, p2p_version: 1 },
  commit_info: null,
};

const MAX_LISTED_BLOCKS = 0x3fffffff;

export function addChainServices(services: Services): void {
  const { sandbox, chain } = services;
  services.add("GET", ["version"], () => VERSION);
  services.add("GET", ["health", "ready"], () => ({ ready: true }));
  services.add("GET", ["config", "network", "user_activated_upgrades"], () => []);
  services.add("GET", ["config", "network", "user_activated_protocol_overrides"], () => []);
  services.add("GET", ["config", "history_mode"], () => ({ history_mode: "archive" }));
  services.add("GET", ["protocols"], () =>
    sandbox.protocols().map(({ protocol }) => protocolHashForm.toJson(protocol.hash)),
  );
  services.add("GET", ["chains", chain, "chain_id"], () => chainIdForm.toJson(sandbox.chainId));
  services.add("GET", ["chains", chain, "is_bootstrapped"], () => ({ bootstrapped: true, sync_state: "synced" }));
  services.add("GET", ["chains", chain, "invalid_blocks"], () => []);
  services.add("GET", ["chains", chain, "levels", "checkpoint"], () => descriptor(sandbox.finalized));
  services.add("GET", ["chains", chain, "levels", "savepoint"], () => descriptor(sandbox.genesis));
  services.add("GET", ["chains", chain, "levels", "caboose"], () => descriptor(sandbox.genesis));
  services.add("GET", ["chains", chain, "protocols"], () => sandbox.protocols().map(protocolInfo));
  services.add("GET", ["chains", chain, "protocols", protocolHashArgument], ([_chain, hash]) => {
    const found = sandbox.protocols().find(({ protocol }) => hashEquals(protocol.hash, hash));
    if (found === undefined) throw notFound();
    return protocolInfo(found);
  });
  services.add("GET", ["chains", chain, "blocks"], (_args, { query }) => {
    const length = query.integer("length", 0, MAX_LISTED_BLOCKS) ?? 1;
    const [minDate] = query.values("min_date", parseTime);
    const heads = query.values("head", parseHash).map((hash) => sandbox.block(hash));
    return listBlocks(sandbox, heads, length, minDate);
  });
}

function parseTime(text: string): bigint {
  const seconds = parseTimestamp(text);
  if (seconds === undefined) throw new TypeError(`Cannot parse timestamp ${text}`);
  return seconds;
}

function descriptor(block: Block): Json {
  return { block_hash: blockHashToJson(block), level: block.shell.level };
}

type ProtocolOfChain = ReturnType<Sandbox["protocols"]>[number];

function protocolInfo({ protocol, protoLevel, activation }: ProtocolOfChain): Json {
  return {
    protocol: protocolHashForm.toJson(protocol.hash),
    proto_level: protoLevel,
    activation_block: descriptor(activation),
  };
}

/** Hashes from each head backwards, the fittest head first; what one list has is not in those after it, its last block aside. */
function listBlocks(
  sandbox: Sandbox,
  heads: readonly (Block | undefined)[],
  length: number,
  minDate: bigint | undefined,
): Json {
  const known = heads.filter((block) => block !== undefined);
  const recent = known.filter((block) => minDate === undefined || block.shell.timestamp >= minDate);
  const sorted = recent.sort((a, b) => compareFitness(b.shell.fitness, a.shell.fitness));
  const seen = new Set<Block>();
  const lists: Json[] = [];
  for (const head of heads.length === 0 ? [sandbox.head] : sorted) {
    const list = [head];
    let at = head;
    while (list.length < length && !seen.has(at)) {
      const below = sandbox.predecessor(at);
      if (below === undefined) break;
      list.push(below);
      at = below;
    }
    for (const block of list) seen.add(block);
    lists.push(list.map((block) => blockHashForm.toJson(block.hash)));
  }
  return lists;
}
