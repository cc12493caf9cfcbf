// Who may call which RPC (node.md §5.1): lists of rules by address, and the two that command lines name. Matching calls with rules is the
// RPC server's business.

import type { AclEntry } from "./configuration.js";

const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"] as const;
export type AclMethod = (typeof METHODS)[number];

/** One rule, taken apart. */
export interface AclRule {
  /** Absent: any. */
  readonly method?: AclMethod;
  /** Steps of the path, decoded; null for any one. */
  readonly path: readonly (string | null)[];
  /** Whether the path may go on. */
  readonly anySuffix: boolean;
}

/** "GET /global/block/*", "/admin/**": a method or none, and a path. Raises RangeError. */
export function parseAclRule(text: string): AclRule {
  if (text === "") throw new RangeError("a filter cannot be empty");
  const method = METHODS.find((name) => text.startsWith(name));
  const afterMethod = method === undefined ? text : text.slice(method.length);
  const path = afterMethod.trimStart();
  if (!path.startsWith("/") || /[^ ]/.test(afterMethod.slice(0, afterMethod.length - path.length))) {
    throw new RangeError("invalid method matcher");
  }
  const steps: (string | null)[] = [];
  let anySuffix = false;
  for (const step of path.split("/").filter((one) => one !== "")) {
    if (anySuffix) throw new RangeError("double-star can only appear in suffix position");
    if (step === "**") anySuffix = true;
    else steps.push(step === "*" ? null : decodeStep(step));
  }
  return { ...(method === undefined ? {} : { method }), path: steps, anySuffix };
}

function decodeStep(step: string): string {
  const reserved = /[*?&#=]/.exec(step)?.[0];
  if (reserved !== undefined) throw new RangeError(`${reserved} must be percent-encoded`);
  try {
    return decodeURIComponent(step);
  } catch (cause) {
    throw new RangeError(`${JSON.stringify(step)} is not percent-encoded text`, { cause });
  }
}

/** As Octez writes rules: no space after the method. */
export function printAclRule({ method, path, anySuffix }: AclRule): string {
  const steps = path.map((step) => (step === null ? "*" : encodeURIComponent(step).replaceAll("*", "%2A")));
  return `${method ?? ""}/${steps.join("/")}${anySuffix ? "/**" : ""}`;
}

/** "host", "host:port", "[::1]:8932". Raises RangeError. */
export function parseAclAddress(text: string): { readonly host: string; readonly port?: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:#[\]]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new RangeError("expected <addr>[:<port>] in address");
  if (digits === undefined) return { host };
  const port = Number(digits);
  if (port > 0xffff) throw new RangeError(`port '${digits}' not in range [0-65535] in address`);
  return { host, port };
}

export function printAclAddress({ host, port }: { readonly host: string; readonly port?: number }): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

/** Everything is allowed. */
export const ALLOW_ALL: Pick<AclEntry, "kind" | "rules"> = { kind: "blacklist", rules: [] };

/** What others than the operator have no business with is not. */
export const SECURE: Pick<AclEntry, "kind" | "rules"> = {
  kind: "blacklist",
  rules: [
    "GET/global/block/*/durable/wasm_2_0_0/subkeys",
    "GET/global/block/*/durable/wasm_2_0_0/values",
    "/local/batcher/**",
    "/local/dal/**",
    "/admin/**",
    "/stats/**",
    "/config",
  ],
};

/** The list with an entry for one address in the place of the one it had, or at the end. */
export function withEntry(entries: readonly AclEntry[], entry: AclEntry): readonly AclEntry[] {
  const at = entries.findIndex(({ host, port }) => host === entry.host && port === entry.port);
  return at < 0 ? [...entries, entry] : entries.with(at, entry);
}
