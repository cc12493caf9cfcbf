// Content negotiation (reference: resto's media_type.ml): JSON comes in and JSON goes out. Octez also speaks BSON and its own binary form;
// clients that offer these take JSON as well, so offering them is enough.

/** Kinds of answers that a client may ask for and gets JSON. */
const ACCEPTED: ReadonlySet<string> = new Set([
  "*/*",
  "application/*",
  "application/json",
  "application/bson",
  "application/octet-stream",
]);

export const JSON_TYPE = "application/json";

/** A media type without its parameters. */
function bare(type: string): string {
  return (type.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether a body of this content type is JSON; none given counts as JSON. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType === undefined || bare(contentType) === JSON_TYPE;
}

/** Whether JSON is among what an Accept header takes. */
export function acceptsJson(accept: string | undefined): boolean {
  return accept === undefined || accept.split(",").some((range) => ACCEPTED.has(bare(range)));
}
