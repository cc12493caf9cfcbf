// Errors as events and RPC answers tell them: a list, outermost first, each {"kind", "id", …} as Octez prints errors.

import { isJsonObject, type Json, type JsonObject } from "../../encoding/json.js";
import type { Described } from "./fields.js";

/** Causes of causes of … that are told. */
const MAX_CAUSES = 16;

/** What may have a form of its own. */
interface Traceable {
  /** Errors of layer 1 that it stands for. */
  readonly trace?: unknown;
  traceToJson?(): readonly Json[];
  toJson?(): Json;
}

/** The trace of anything that may be thrown. */
export function describeError(error: unknown): Described {
  const trace: Json[] = [];
  const lines: string[] = [];
  for (let at: unknown = error, i = 0; at !== undefined && i < MAX_CAUSES; i++) {
    trace.push(...traceOf(at));
    lines.push(at instanceof Error ? at.message : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return { json: trace, text: lines.join("\n") };
}

function traceOf(error: unknown): readonly Json[] {
  if (!(error instanceof Error)) return [{ kind: "generic", error: String(error) }];
  const { trace, traceToJson, toJson } = error as Error & Traceable;
  if (traceToJson !== undefined) return traceToJson.call(error);
  if (toJson !== undefined) return [toJson.call(error)];
  const inner = Array.isArray(trace) ? (trace.filter(isJsonObject) as readonly (JsonObject & Json)[]) : [];
  return [asJson(error), ...inner];
}

function asJson(error: Error): Json {
  const code = "code" in error ? error.code : undefined;
  if (typeof code !== "string") return { kind: "generic", error: error.message };
  return { kind: "permanent", id: code, error: error.message };
}
