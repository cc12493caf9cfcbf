// Expressions of operations, looked into when they are applied.

import { DecodeError } from "../../encoding/errors.js";
import type { LazyMicheline, Micheline } from "../../encoding/micheline.js";
import { ProtocolError } from "../../protocol/errors.js";

/** The expression. Raises ProtocolError "invalid_binary_format" for bytes that are none. */
export function decodeLazy(expression: LazyMicheline): Micheline {
  try {
    return expression.value;
  } catch (error) {
    if (error instanceof DecodeError) throw new ProtocolError("invalid_binary_format", {});
    throw error;
  }
}
