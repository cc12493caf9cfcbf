// Addresses as contracts: whether what is at an address takes values of a type (reference: script_ir_translator.ml, parse_contract). Accounts take
// units and tickets, contracts what their entrypoints say, rollups what they were originated with.

import { ProtocolError } from "../../../protocol/errors.js";
import { isContractHash, isRollupAddress } from "../chain-state.js";
import type { ContractLookup } from "../contract-runtime.js";
import { DEFAULT_ENTRYPOINT } from "./annotations.js";
import { entrypointTaking, expectEntrypoint, type Parameter } from "./entrypoints.js";
import { locate } from "./nodes.js";
import { parameterOf } from "./sections.js";
import { parseParameter } from "./type-parser.js";
import { expectSameType, type Type, writeType } from "./types.js";
import type { Address, ContractValue } from "./values.js";

/** What is at an address of a contract or rollup takes; undefined where there is none, or of a type that the sandbox does not know. */
function parameterAt(chain: ContractLookup, { destination }: Address): Parameter | undefined {
  if (isContractHash(destination)) {
    const code = chain.contractCode(destination);
    return code === undefined ? undefined : parameterOf(code);
  }
  const type = isRollupAddress(destination) ? chain.rollupParametersType(destination) : undefined;
  if (type === undefined) return undefined;
  try {
    return parseParameter(locate(type), { strict: false });
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function isAccount({ destination }: Address): boolean {
  return !isContractHash(destination) && !isRollupAddress(destination);
}

function accountTakes({ entrypoint }: Address, { kind }: Type): boolean {
  return entrypoint === DEFAULT_ENTRYPOINT && (kind === "unit" || kind === "ticket");
}

/** The contract at an address that takes values of a type; undefined: there is none. */
export function findContract(chain: ContractLookup, at: Address, parameterType: Type): ContractValue | undefined {
  const { destination, entrypoint } = at;
  if (isAccount(at)) {
    return accountTakes(at, parameterType) ? { kind: "contract", destination, entrypoint, parameterType } : undefined;
  }
  const parameter = parameterAt(chain, at);
  const found = parameter === undefined ? undefined : entrypointTaking(parameter, entrypoint, parameterType);
  return found === undefined ? undefined : { kind: "contract", destination, entrypoint: found, parameterType };
}

/** The same, where there must be one. Raises ProtocolError. */
export function expectContract(
  location: number,
  chain: ContractLookup,
  at: Address,
  parameterType: Type,
): ContractValue {
  const found = findContract(chain, at, parameterType);
  if (found !== undefined) return found;
  const { destination, entrypoint } = at;
  if (isAccount(at)) {
    if (entrypoint !== DEFAULT_ENTRYPOINT) throw new ProtocolError("michelson_v1.no_such_entrypoint", { entrypoint });
    throw new ProtocolError("michelson_v1.unexpected_implicit_account_parameters_type", {
      loc: location,
      type: writeType(parameterType),
    });
  }
  const parameter = parameterAt(chain, at);
  if (parameter !== undefined) {
    expectSameType(location, expectEntrypoint(parameter, entrypoint).type, parameterType);
    throw new TypeError("a contract that takes the type was not found");
  }
  if (isRollupAddress(destination)) throw new ProtocolError("smart_rollup_does_not_exist", { rollup: destination });
  throw new ProtocolError("michelson_v1.invalid_contract", { location, contract: destination });
}
