// The protocols a chain can run, as far as they differ here: hash, name in the inbox, name in error ids (protocol.md §2.1, §7.4).

import { decodeBase58Check } from "../../encoding/base58check.js";
import type { ProtocolHash } from "../../protocol/identifiers.js";

export interface Protocol {
  readonly hash: ProtocolHash;
  /** What the Protocol_migration message says: "alpha_current". */
  readonly versionName: string;
  /** How ids of errors start: "proto.<errorName>.". */
  readonly errorName: string;
}

function protocol(hash: string, versionName: string, errorName: string): Protocol {
  return { hash: decodeBase58Check("protocolHash", hash) as ProtocolHash, versionName, errorName };
}

/** The development protocol, which the sandbox runs. */
export const ALPHA_PROTOCOL: Protocol = protocol(
  "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK",
  "alpha_current",
  "alpha",
);

/** What runs before the first protocol is activated: it knows no operations. */
export const GENESIS_PROTOCOL: Protocol = protocol(
  "ProtoGenesisGenesisGenesisGenesisGenesisGenesk612im",
  "genesis",
  "genesis",
);
