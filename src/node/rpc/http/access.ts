// Who may call what (node.md §5.2): the policy of the address that the server listens on, and matching calls with its rules (reference:
// resto's acl.ml).

import { isIP } from "node:net";
import { type AclRule, ALLOW_ALL, parseAclRule, SECURE } from "../../config/acl.js";
import type { AclEntry } from "../../config/configuration.js";

/** Rules, and whether calls that match one are the only ones refused or the only ones served. */
export interface Access {
  readonly kind: "whitelist" | "blacklist";
  readonly rules: readonly AclRule[];
}

export const FREE_ACCESS: Access = { kind: "blacklist", rules: [] };

/** The policy for an address: the first entry that names it, with its port or with none; else by the kind of address. */
export function accessFor(entries: readonly AclEntry[], host: string, port: number): Access {
  const entry = entries.find(
    (one) => plainHost(one.host) === plainHost(host) && (one.port === undefined || one.port === port),
  );
  const { kind, rules } = entry ?? (isLoopback(host) ? ALLOW_ALL : SECURE);
  return { kind, rules: rules.map(parseAclRule) };
}

function plainHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare.replace(/^::ffff:(?=[0-9.]+$)/, "");
}

function isLoopback(host: string): boolean {
  const plain = plainHost(host);
  if (isIP(plain) === 4) return plain.startsWith("127.");
  return plain === "::1" || plain === "0:0:0:0:0:0:0:1" || plain === "localhost";
}

export function isAllowed({ kind, rules }: Access, method: string, path: readonly string[]): boolean {
  const matches = rules.some((rule) => matchesRule(rule, method, path));
  return kind === "whitelist" ? matches : !matches;
}

function matchesRule(rule: AclRule, method: string, path: readonly string[]): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.anySuffix ? path.length < rule.path.length : path.length !== rule.path.length) return false;
  return rule.path.every((step, i) => step === null || step === path[i]);
}
