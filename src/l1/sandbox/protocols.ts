// The protocols a chain can run, as far as they differ here: hash, name in the inbox, name in error ids (protocol.md §2.1, §7.4). All of them
// have the rules of the development protocol.

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

/** What runs before the first protocol is activated: it knows no operations. */
export const GENESIS_PROTOCOL: Protocol = protocol(
  "ProtoGenesisGenesisGenesisGenesisGenesisGenesk612im",
  "genesis",
  "genesis",
);

/** The development protocol, which the sandbox runs unless told otherwise. */
export const ALPHA_PROTOCOL: Protocol = protocol(
  "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK",
  "alpha_current",
  "alpha",
);

/** Protocols by which versions of the PVM came, newest last, and the development protocol. */
export const PROTOCOLS: readonly Protocol[] = [
  protocol("PtMumbai2TmsJHNGRkD8v8YDbtao7BLUC3wjASn1inAKLFCjaH1", "mumbai_016", "016-PtMumbai"),
  protocol("PtNairobiyssHuh87hEhfVBGCVrK3WnS8Z2FT4ymB5tAa4r1nQf", "nairobi_017", "017-PtNairob"),
  protocol("ProxfordYmVfjWnRcgjWH36fW6PArwqykTFzotUxRs6gmTcZDuH", "oxford_018", "018-Proxford"),
  protocol("PtParisBxoLz5gzMmn3d9WBQNoPSZakgnkMC2VNuQ3KXfUtUQeZ", "paris_019", "019-PtParisB"),
  protocol("PsParisCZo7KAh1Z1smVd9ZMZ1HHn5gkzbM94V3PLCpknFWhUAi", "paris_020", "020-PsParisC"),
  protocol("PsQuebecnLByd3JwTiGadoG4nGWi3HYiLXUjkibeFV8dCFeVMUg", "quebec_021", "021-PsQuebec"),
  protocol("PsRiotumaAMotcRoDWW1bysEhQy2n1M5fy8JgRp8jjRfHGmfeA7", "r022_022", "022-PsRiotum"),
  protocol("PtSeouLouXkxhg39oWzjxDWaCydNfR3RxCUrNe4Q9Ro8BTehcbh", "s023_023", "023-PtSeouLo"),
  protocol("PtTALLiNtPec7mE7yY4m3k26J8Qukef3E3ehzhfXgFZKGtDdAXu", "t024_024", "024-PtTALLiN"),
  protocol("PsUshuai9QapM5TGj1JpuVGkdxz5GykdnEvS6Rh8SUVrARvZLCY", "u025_025", "025-PsUshuai"),
  ALPHA_PROTOCOL,
];

/** A protocol by its version name, its name in error ids, or its hash; undefined for none. */
export function findProtocol(name: string): Protocol | undefined {
  const byHash = (text: string): Uint8Array | undefined => {
    try {
      return decodeBase58Check("protocolHash", text);
    } catch {
      return undefined;
    }
  };
  const hash = byHash(name);
  return PROTOCOLS.find(
    (known) =>
      known.versionName === name ||
      known.errorName === name ||
      (hash !== undefined && Buffer.compare(known.hash, hash) === 0),
  );
}
