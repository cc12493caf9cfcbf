// How commands that run scripts fail: what went wrong on standard error, and one line as the command's own failure.

import type { Micheline } from "../../encoding/micheline.js";
import { isL1RpcError } from "../../l1/client/rpc-error.js";
import type { ContractHash } from "../../protocol/identifiers.js";
import type { ClientContext } from "./context.js";
import { fatal, traceOf } from "./failures.js";
import { contractsOf, scriptErrorsText } from "./script-error-text.js";

/** What `run` gives; if it fails, tells why and raises FatalFailure with `message`. */
export async function withScriptErrors<T>(
  context: ClientContext,
  message: string,
  showSource: boolean,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const trace = traceOf(error);
    if (trace === undefined) throw error;
    const codes = showSource ? await codesOf(context, contractsOf(trace)) : new Map<string, Micheline>();
    context.warning(scriptErrorsText(trace, { showSource, codes }));
    return fatal(message);
  }
}

/** Code as it is on the chain: normalized types could have other numbers of expressions. */
async function codesOf(context: ClientContext, contracts: readonly string[]): Promise<ReadonlyMap<string, Micheline>> {
  const codes = new Map<string, Micheline>();
  for (const contract of new Set(contracts)) {
    try {
      const block = context.l1.block(context.settings.block);
      const script = await block.normalizedScript(contract as ContractHash, "Readable"); // an error of a contract names one
      if (script !== undefined) codes.set(contract, script.code);
    } catch (error) {
      // What went wrong first matters more.
      if (!isL1RpcError(error)) throw error;
    }
  }
  return codes;
}
