// `/monitor` (node.md §9.1 rows 2, 28; reference: monitor_directory.ml): streams of heads and blocks, which begin with the head there is and go on
// until the reader leaves.

import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import {
  blockHashForm,
  chainIdForm,
  hashEquals,
  type ProtocolHash,
  protocolHashForm,
} from "../../../protocol/identifiers.js";
import { timestampForm } from "../../../protocol/timestamp.js";
import type { Block } from "../block.js";
import { StreamAnswer } from "./answer.js";
import { isChain } from "./arguments.js";
import { blockHashToJson, headToJson, mapPasses, shellHeaderToJson } from "./block-json.js";
import type { Query } from "./query.js";
import type { Services } from "./services.js";

const SIGNED_BRANCH_BYTES = 32;

export function addMonitorServices(services: Services): void {
  const { sandbox, chain } = services;
  services.add("GET", ["monitor", "bootstrapped"], () => {
    const { head } = sandbox;
    const step: Json = { block: blockHashToJson(head), timestamp: timestampForm.toJson(head.shell.timestamp) };
    return new StreamAnswer((sink) => {
      sink.send(step);
      sink.end();
      return () => undefined;
    });
  });
  services.add("GET", ["monitor", "heads", chain], (_args, { query }) => {
    const isWanted = protocolFilter(query);
    return new StreamAnswer((sink) => {
      const send = (block: Block): void => {
        if (isWanted(block)) sink.send(headToJson(block));
      };
      send(sandbox.head);
      return sandbox.onHead(send);
    });
  });
  for (const name of ["applied_blocks", "validated_blocks"]) {
    services.add("GET", ["monitor", name], (_args, { query }) => {
      const chains = query.values("chain", (text) => isChain(sandbox, text));
      const isWanted = protocolFilter(query);
      const isOurs = chains.length === 0 || chains.includes(true);
      return new StreamAnswer((sink) =>
        sandbox.onHead((block) => {
          if (isOurs && isWanted(block)) sink.send(appliedBlockToJson(block));
        }),
      );
    });
  }
  services.add(
    "GET",
    ["monitor", "active_chains"],
    () =>
      new StreamAnswer((sink) => {
        sink.send([{ chain_id: chainIdForm.toJson(sandbox.chainId) }]);
        return () => undefined;
      }),
  );
}

/** `?protocol=` and `?next_protocol=`: protocols of the blocks to show, all if none is given. */
function protocolFilter(query: Query): (block: Block) => boolean {
  const protocols = query.values("protocol", protocolHashForm.fromJson);
  const nextProtocols = query.values("next_protocol", protocolHashForm.fromJson);
  const isAmong = (hashes: readonly ProtocolHash[], hash: ProtocolHash): boolean =>
    hashes.length === 0 || hashes.some((each) => hashEquals(each, hash));
  return ({ protocol, nextProtocol }) => isAmong(protocols, protocol.hash) && isAmong(nextProtocols, nextProtocol.hash);
}

/** A block with its operations as bytes. */
function appliedBlockToJson(block: Block): Json {
  return {
    chain_id: chainIdForm.toJson(block.chainId),
    hash: blockHashToJson(block),
    header: { ...shellHeaderToJson(block), protocol_data: toHex(block.protocolData) },
    operations: mapPasses(block, ({ bytes, operation }) => ({
      branch: blockHashForm.toJson(operation.branch),
      data: toHex(bytes.subarray(SIGNED_BRANCH_BYTES)),
    })),
  };
}
