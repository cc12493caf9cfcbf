// Operations that a script emitted, as `run_code` prints them: what receipts say of internal operations, without results.

import { LazyMicheline } from "../../../encoding/micheline.js";
import type { ContractHash } from "../../../protocol/identifiers.js";
import { type InternalOperation, internalOperationForm } from "../../../protocol/internal-operation.js";
import type { EmittedOperation } from "../contract-runtime.js";
import type { JsonFields } from "./block-metadata.js";

export function emittedToJson(operation: EmittedOperation, source: ContractHash, nonce: number): JsonFields {
  const { result: _result, ...printed } = internalOperationForm.toJson(
    described(operation, source, nonce),
  ) as JsonFields;
  return printed;
}

function described(operation: EmittedOperation, source: ContractHash, nonce: number): InternalOperation {
  const origin = { source, nonce, result: { status: "skipped" } } as const;
  switch (operation.kind) {
    case "transaction": {
      const { kind, amount, destination, entrypoint, parameter } = operation;
      const parameters = { entrypoint, value: LazyMicheline.ofValue(parameter) };
      return { kind, ...origin, amount, destination, parameters };
    }
    case "delegation":
      return { ...operation, ...origin };
    case "origination": {
      const { kind, balance, delegate, script } = operation;
      const code = LazyMicheline.ofValue(script.code);
      const storage = LazyMicheline.ofValue(script.storage);
      return { kind, ...origin, balance, ...(delegate === undefined ? {} : { delegate }), script: { code, storage } };
    }
    case "event":
      return { ...operation, ...origin };
  }
}
