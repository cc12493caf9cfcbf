// What the commands on data directories share: what they need, and how their errors are told.

import { writeFileSync } from "node:fs";
import type { Emit } from "../../../node/events.js";
import { ToolError } from "../../../node/tools/tool-error.js";
import { fail } from "../../client/failures.js";

export interface ToolSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where events go. */
  readonly emit: Emit;
  /** The compiled records-thread.js, for tests that do not run the compiled program. */
  readonly script?: URL;
}

/** What the layers below raise that is no bug has a code like these. */
const EXPECTED_CODE = /^(node|sc_rollup|internal|could_not_acquire_lock|failure)(\.|$)/;

/** Runs `work`; errors that are no bugs become one line. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
    if (!EXPECTED_CODE.test(error.code)) throw error;
    return fail(error.message, { cause: error });
  }
}

/** Raises ToolError "node.tool.io". */
export function writeOutput(file: string, content: Uint8Array | string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ToolError("node.tool.io", `Cannot write ${file}: ${reason}`, file, { cause: error });
  }
}
