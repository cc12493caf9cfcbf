/** The versions of the PVM and what each changes: pvm.md §1.10. Nothing else depends on the version. */

export const PVM_VERSIONS = [
  "2.0.0",
  "2.0.0-r1",
  "2.0.0-r2",
  "2.0.0-r3",
  "2.0.0-r4",
  "2.0.0-r5",
  "2.0.0-r6",
  "2.0.0-experimental",
] as const;

export type PvmVersion = (typeof PVM_VERSIONS)[number];

/** The version that new rollups are originated with. */
export const ORIGINATION_VERSION: PvmVersion = "2.0.0-r6";

export function isPvmVersion(text: string): text is PvmVersion {
  return (PVM_VERSIONS as readonly string[]).includes(text);
}

/** Position in the order of the versions, from 0. */
export function versionIndex(version: PvmVersion): number {
  return PVM_VERSIONS.indexOf(version);
}

/** Deepest call stack of the configurations written at a version. */
export function stackLimit(version: PvmVersion): number {
  return version === "2.0.0" ? 300 : 60_000;
}

/** What migrating *to* a version changes in the state, beside the version itself. */
export interface Migration {
  readonly maxTicks: bigint;
  readonly outboxValidityPeriod: number;
}

export function migrationTo(version: PvmVersion): Migration | null {
  return version === "2.0.0-r4" ? { maxTicks: 50_000_000_000_000n, outboxValidityPeriod: 241_920 } : null;
}

/** The version a protocol brings, by the name in a Protocol_migration message; null: the message is ignored. */
const VERSION_OF_PROTOCOL: ReadonlyMap<string, PvmVersion> = new Map<string, PvmVersion>([
  ["nairobi_017", "2.0.0-r1"],
  ["oxford_018", "2.0.0-r2"],
  ["paris_019", "2.0.0-r4"],
  ["paris_020", "2.0.0-r4"],
  ["quebec_021", "2.0.0-r5"],
  ["r022_022", "2.0.0-r5"],
  ["s023_023", "2.0.0-r5"],
  ["t024_024", "2.0.0-r5"],
  ["u025_025", "2.0.0-r6"],
  ["alpha_current", "2.0.0-r6"],
]);

export function versionForProtocol(protocol: string): PvmVersion | null {
  return VERSION_OF_PROTOCOL.get(protocol) ?? null;
}
