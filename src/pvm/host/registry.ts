/** All host functions, by the name kernels import and by the name in states: pvm.md §5.2 and §1.10. */
import { LazyVector } from "../../merkle/lazy-vector.js";
import type { HostFunction } from "../../wasm/runtime.js";
import type { FuncType, ValueType } from "../../wasm/syntax.js";
import { type PvmVersion, versionIndex } from "../versions.js";
import { DEBUG_FUNCTIONS } from "./debug.js";
import type { HostFunctionSpec } from "./function.js";
import { INPUT_FUNCTIONS } from "./input.js";
import { NDS_FUNCTIONS } from "./nds.js";
import { OUTPUT_FUNCTIONS } from "./output.js";
import { REVEAL_FUNCTIONS } from "./reveal.js";
import { STORE_FUNCTIONS } from "./store.js";

/** The only module a kernel may import from. */
export const HOST_MODULE = "smart_rollup_core";

export const HOST_FUNCTIONS: readonly HostFunctionSpec[] = [
  ...INPUT_FUNCTIONS,
  ...OUTPUT_FUNCTIONS,
  ...DEBUG_FUNCTIONS,
  ...STORE_FUNCTIONS,
  ...REVEAL_FUNCTIONS,
  ...NDS_FUNCTIONS,
];

function typeOf(spec: HostFunctionSpec): FuncType {
  return {
    params: LazyVector.of<ValueType>(spec.params),
    results: LazyVector.of<ValueType>(spec.result === null ? [] : [spec.result]),
  };
}

const byImportName = new Map<string, { readonly spec: HostFunctionSpec; readonly value: HostFunction }>();
const byStateName = new Map<string, HostFunctionSpec>();
for (const spec of HOST_FUNCTIONS) {
  byImportName.set(spec.importName, { spec, value: { tag: "Host", type: typeOf(spec), name: spec.stateName } });
  byStateName.set(spec.stateName, spec);
}

function isIn(version: PvmVersion, spec: HostFunctionSpec): boolean {
  return versionIndex(version) >= versionIndex(spec.since);
}

/** The function a version imports under a name; null when it has none. Always the same object. */
export function lookup(version: PvmVersion, importName: string): HostFunction | null {
  const found = byImportName.get(importName);
  return found === undefined || !isIn(version, found.spec) ? null : found.value;
}

/** What the function of a name in states does; null when the version has none. */
export function specOf(version: PvmVersion, stateName: string): HostFunctionSpec | null {
  const spec = byStateName.get(stateName);
  return spec === undefined || !isIn(version, spec) ? null : spec;
}
