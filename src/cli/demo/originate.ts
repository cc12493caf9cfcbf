// The echo kernel on the chain, beside whatever else its originator does in the same operation.

import { LazyMicheline } from "../../encoding/micheline.js";
import type { Draft } from "../../l1/client/drafts.js";
import { readKernelFile } from "../files.js";
import { packageFile } from "../package-files.js";

export const KERNEL = "examples/kernels/echo.wat";

export async function originationOfEcho(): Promise<{ readonly draft: Draft; readonly kernelBytes: number }> {
  const kernel = await readKernelFile(packageFile(KERNEL));
  const parametersType = LazyMicheline.ofValue({ prim: "unit" });
  return {
    draft: { body: { kind: "smart_rollup_originate", pvmKind: "wasm_2_0_0", kernel, parametersType } },
    kernelBytes: kernel.length,
  };
}
