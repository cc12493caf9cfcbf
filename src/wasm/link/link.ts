/**
 * Linking: pvm.md §1.4 rows 12–15 and §3.1. One tick resolves one import by its names; whether the types agree is seen later, by the
 * initialisation. What the reached states turn into (Stuck, Init) is the embedder's.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { guarded } from "../eval/guest.js";
import { byteString } from "../guest-errors.js";
import type { Host } from "../host.js";
import type { Extern } from "../runtime.js";
import type { Module } from "../syntax.js";
import type { LinkState } from "./state.js";

/** The state in which linking starts. */
export function startLinking(module: Module): LinkState {
  return { module, externs: LazyVector.empty(), importsOffset: 0 };
}

/** What one tick leads to. An error's text is a byte string (see guest-errors). */
export type LinkOutcome =
  | { readonly tag: "next"; readonly state: LinkState }
  | { readonly tag: "done"; readonly module: Module; readonly externs: LazyVector<Extern> }
  | { readonly tag: "error"; readonly text: string };

/**
 * Executes one tick. `hostModule` is the only module that imports may name; it decides which of the two texts an unknown import gives.
 * Throws `GuestError`, `MissingNode`.
 */
export function linkStep(state: LinkState, host: Pick<Host, "resolve">, hostModule: string): LinkOutcome {
  const { module, externs, importsOffset } = state;
  if (importsOffset >= (module.imports.length | 0)) return { tag: "done", module, externs };
  const wanted = guarded(() => module.imports.get(importsOffset));
  const moduleName = byteString(wanted.module);
  if (wanted.module !== hostModule) return { tag: "error", text: `Unexpected module import: ${moduleName}` };
  const func = host.resolve(wanted.module, wanted.item);
  if (func === null) return { tag: "error", text: `Unexpected import: ${moduleName}.${byteString(wanted.item)}` };
  const resolved = externs.append({ tag: "ExternFunc", func });
  return { tag: "next", state: { module, externs: resolved, importsOffset: importsOffset + 1 } };
}
