// `…/context/big_maps` and the older `…/contracts/<contract>/big_map_get` (reference: contract_services.ml): values of big maps, as people read
// them.

import { blake2b256 } from "../../../crypto/blake2b.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { type Micheline, michelineForm } from "../../../encoding/micheline.js";
import type { BigMapState } from "../big-maps.js";
import { isContractHash } from "../chain-state.js";
import type { ContractRuntime } from "../contract-runtime.js";
import { orNotFound } from "./answer.js";
import { bigMapArgument, contractArgument, scriptExprArgument } from "./arguments.js";
import { RequestFields } from "./request-fields.js";
import { runtimeOf, UNLIMITED_GAS } from "./scripts.js";
import type { BlockCall, Services } from "./services.js";

const BIG_MAPS = ["context", "big_maps", bigMapArgument] as const;
const MAX_INTEGER = 2 ** 30 - 1;

export function addBigMapServices(services: Services): void {
  const runtime = () => runtimeOf(services.sandbox.contracts);
  services.addForBlocks("GET", BIG_MAPS, ({ context, query }, [id]) => {
    const { valueType, values } = orNotFound(context.bigMap(id));
    const offset = query.integer("offset", 0, MAX_INTEGER) ?? 0;
    const length = query.integer("length", 0, MAX_INTEGER) ?? MAX_INTEGER;
    const inOrder = [...values.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).slice(offset, offset + length);
    return inOrder.map(([, value]) => michelineForm.toJson(runtime().readable(valueType, value)));
  });
  services.addForBlocks("GET", [...BIG_MAPS, scriptExprArgument], ({ context }, [id, hash]) =>
    orNotFound(shown(runtime(), context.bigMap(id), hash)),
  );
  services.addForBlocks("POST", ["context", "contracts", contractArgument, "big_map_get"], (call, [contract]) => {
    const fields = new RequestFields(call.body(), ["key", "type"]);
    const key = fields.micheline("key");
    const type = fields.micheline("type");
    return bigMapGet(call, runtime(), orNotFound(isContractHash(contract) ? contract : undefined), type, key);
  });
}

/** Undefined when there is no such big map, or nothing under the key. */
function shown(runtime: ContractRuntime, map: BigMapState | undefined, hash: Uint8Array): Json | undefined {
  const value = map?.values.get(toHex(hash));
  return map === undefined || value === undefined
    ? undefined
    : michelineForm.toJson(runtime.readable(map.valueType, value));
}

/** Null unless the contract has one big map, with something under the key. */
function bigMapGet(
  { context }: BlockCall,
  runtime: ContractRuntime,
  contract: Parameters<BlockCall["context"]["contract"]>[0],
  type: Micheline,
  key: Micheline,
): Json {
  const { script } = orNotFound(context.contract(contract));
  const hash = blake2b256(runtime.pack(type, key, UNLIMITED_GAS));
  const [id, ...others] = runtime.bigMapIds(script);
  return id === undefined || others.length > 0 ? null : (shown(runtime, context.bigMap(id), hash) ?? null);
}
