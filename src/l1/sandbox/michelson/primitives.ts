// Which kind of name a primitive is.

export type Namespace = "type" | "constant" | "instruction" | "keyword" | "constant_hash";

const KEYWORDS = new Set(["parameter", "storage", "code", "view"]);

/** Types are written in small letters, instructions in capitals, data as words. */
export function namespaceOf(prim: string): Namespace {
  if (KEYWORDS.has(prim)) return "keyword";
  if (prim === "constant") return "constant_hash";
  if (prim === prim.toLowerCase()) return "type";
  return prim === prim.toUpperCase() ? "instruction" : "constant";
}
