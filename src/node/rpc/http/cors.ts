// Which web pages may read answers (node.md §5.1; reference: resto's cors.ml): an origin that is allowed, or under one that is. Where
// origins are configured, requests to a host that is none of them are refused altogether.

import type { CorsSettings } from "../../config/configuration.js";

export const NO_CORS: CorsSettings = { allowedHeaders: [], allowedOrigins: [] };

/** The longest of the allowed origins that `origin` is, or lies under; undefined if none. */
export function matchingOrigin({ allowedOrigins }: CorsSettings, origin: string): string | undefined {
  const matching = allowedOrigins.filter(
    (allowed) => allowed === "*" || allowed === origin || origin.startsWith(`${allowed}/`),
  );
  return matching.reduce<string | undefined>(
    (longest, one) => (longest === undefined || one.length > longest.length ? one : longest),
    undefined,
  );
}

/** What `Access-Control-Allow-Origin` says to a page of an origin; undefined: nothing. */
export function allowedOrigin(settings: CorsSettings, origin: string | undefined): string | undefined {
  return origin === undefined ? undefined : matchingOrigin(settings, origin);
}

/** Whether a request with this Host header is served. */
export function isHostAllowed(settings: CorsSettings, host: string | undefined): boolean {
  if (settings.allowedOrigins.length === 0) return true;
  return host === undefined ? settings.allowedOrigins.includes("*") : matchingOrigin(settings, host) !== undefined;
}
