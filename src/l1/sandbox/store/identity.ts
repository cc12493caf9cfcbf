// What makes a chain the one it is, apart from its blocks: constants, first accounts, protocols, the baker, the time of its first block. It
// is kept beside the blocks, as JSON; who opens the chain again may leave everything out, but contradict nothing.

import { parsePublicKey, printPublicKey, type SecretKey } from "../../../crypto/keys.js";
import { decodeBase58Check, encodeBase58Check } from "../../../encoding/base58check.js";
import { expectArray, expectObject, expectString, type Json } from "../../../encoding/json.js";
import { type Constants, SANDBOX_CONSTANTS } from "../../../protocol/constants.js";
import { constantsForm } from "../../../protocol/constants-form.js";
import type { ProtocolHash, PublicKey } from "../../../protocol/identifiers.js";
import { ACTIVATOR_KEY, BOOTSTRAP_ACCOUNTS, type BootstrapAccount } from "../bootstrap.js";
import { ALPHA_PROTOCOL, type Protocol } from "../protocols.js";
import type { SandboxOptions } from "../sandbox.js";
import type { ScheduledProtocol } from "../schedule.js";

export interface ChainIdentity {
  readonly constants: Constants;
  readonly accounts: readonly BootstrapAccount[];
  readonly protocol: Protocol;
  readonly nextProtocols: readonly ScheduledProtocol[];
  /** Seconds. */
  readonly startTime: bigint;
  /** Public key of who signs blocks. */
  readonly baker: PublicKey;
}

type Fields = Readonly<Record<keyof ChainIdentity, Json>>;

const bakerOf = (key: SecretKey): PublicKey => printPublicKey(key.publicKey) as PublicKey;

/** The chain that options ask for. */
export function identityOf(options: SandboxOptions, startTime: bigint): ChainIdentity {
  return {
    constants: options.constants ?? SANDBOX_CONSTANTS,
    accounts: options.accounts ?? BOOTSTRAP_ACCOUNTS,
    protocol: options.protocol ?? ALPHA_PROTOCOL,
    nextProtocols: options.nextProtocols ?? [],
    startTime: options.startTime ?? startTime,
    baker: bakerOf(options.bakerKey ?? ACTIVATOR_KEY),
  };
}

/** What options say that is not so, in words; protocols that are still to come may be others. */
export function contradictions(kept: ChainIdentity, options: SandboxOptions, level: number): readonly string[] {
  const keptJson = identityToJson(kept);
  const askedJson = identityToJson({
    ...kept,
    ...definedOnly(options),
    baker: bakerOf(options.bakerKey ?? ACTIVATOR_KEY),
  });
  const found: string[] = [];
  const keptConstants = expectObject(keptJson.constants);
  for (const [name, value] of Object.entries(expectObject(askedJson.constants))) {
    const was = JSON.stringify(keptConstants[name]);
    if (was !== JSON.stringify(value)) found.push(`${name} is ${was}`);
  }
  for (const name of ["accounts", "protocol", "startTime", "baker"] as const) {
    if (JSON.stringify(keptJson[name]) !== JSON.stringify(askedJson[name])) found.push(`another ${WORDS[name]}`);
  }
  const past = ({ nextProtocols }: Pick<ChainIdentity, "nextProtocols">): string =>
    JSON.stringify(nextProtocols.filter((next) => next.level <= level).map(scheduledToJson));
  const asked = options.nextProtocols ?? kept.nextProtocols;
  if (past(kept) !== past({ nextProtocols: asked })) {
    found.push(`protocols that were activated up to level ${level} are ${past(kept)}`);
  }
  return found;
}

const WORDS = {
  accounts: "set of bootstrap accounts",
  protocol: "first protocol",
  startTime: "start time",
  baker: "baker",
} as const;

/** The options that are there, as far as they are of an identity. */
function definedOnly({ constants, accounts, protocol, startTime }: SandboxOptions): Partial<ChainIdentity> {
  return {
    ...(constants === undefined ? {} : { constants }),
    ...(accounts === undefined ? {} : { accounts }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

// ---- JSON

export function identityToJson(identity: ChainIdentity): Fields {
  return {
    constants: constantsForm.toJson(identity.constants),
    accounts: identity.accounts.map(({ publicKey, balance }) => [publicKey, balance.toString()]),
    protocol: protocolToJson(identity.protocol),
    nextProtocols: identity.nextProtocols.map(scheduledToJson),
    startTime: identity.startTime.toString(),
    baker: identity.baker,
  };
}

/** Raises JsonError, Base58Error, SyntaxError and the like for what is no identity. */
export function identityFromJson(json: unknown): ChainIdentity {
  const fields = expectObject(json);
  return {
    constants: constantsForm.fromJson(fields["constants"]),
    accounts: expectArray(fields["accounts"]).map(accountFromJson),
    protocol: protocolFromJson(fields["protocol"]),
    nextProtocols: expectArray(fields["nextProtocols"]).map(scheduledFromJson),
    startTime: BigInt(expectString(fields["startTime"])),
    baker: publicKeyFromJson(fields["baker"]),
  };
}

function publicKeyFromJson(json: unknown): PublicKey {
  return printPublicKey(parsePublicKey(expectString(json))) as PublicKey;
}

function accountFromJson(json: unknown): BootstrapAccount {
  const [publicKey, balance] = expectArray(json);
  return { publicKey: publicKeyFromJson(publicKey), balance: BigInt(expectString(balance)) };
}

function protocolToJson({ hash, versionName, errorName }: Protocol): Json {
  return { hash: encodeBase58Check("protocolHash", hash), versionName, errorName };
}

function protocolFromJson(json: unknown): Protocol {
  const fields = expectObject(json);
  const hash = decodeBase58Check("protocolHash", expectString(fields["hash"])) as ProtocolHash;
  return { hash, versionName: expectString(fields["versionName"]), errorName: expectString(fields["errorName"]) };
}

function scheduledToJson({ protocol, level, constants }: ScheduledProtocol): Json {
  return {
    level,
    protocol: protocolToJson(protocol),
    ...(constants === undefined ? {} : { constants: constantsForm.toJson(constants) }),
  };
}

function scheduledFromJson(json: unknown): ScheduledProtocol {
  const fields = expectObject(json);
  const level = fields["level"];
  if (typeof level !== "number") throw new TypeError("a level is a number");
  return {
    level,
    protocol: protocolFromJson(fields["protocol"]),
    ...(fields["constants"] === undefined ? {} : { constants: constantsForm.fromJson(fields["constants"]) }),
  };
}
