// Originating a rollup (protocol.md §3, §5.3, §7.2; reference: sc_rollup_storage.ml): its address, genesis state and commitment, and the bytes
// it pays for. Only WASM rollups can be originated here.

import type { LazyMicheline } from "../../encoding/micheline.js";
import { commitmentHash, genesisCommitment } from "../../protocol/commitment.js";
import type { CommitmentHash, RollupAddress, StateHash } from "../../protocol/identifiers.js";
import type { PvmKind } from "../../protocol/manager-contents.js";
import type { Whitelist } from "../../protocol/whitelist.js";
import { checkDistinct, checkNewWhitelist } from "../../protocol/whitelist-rules.js";
import { genesis, PROTOCOL_PARAMETERS } from "../../pvm/genesis.js";
import { ORIGINATION_VERSION } from "../../pvm/versions.js";
import type { BlockDraft } from "./block-draft.js";
import { decodeLazy } from "./lazy-micheline.js";
import { checkParametersType } from "./parameters-type.js";
import { PersistentMap } from "./persistent-map.js";
import { commitmentKey, type RollupState } from "./rollup-state.js";

export interface RollupOrigination {
  readonly address: RollupAddress;
  readonly kind: PvmKind;
  readonly kernel: Uint8Array;
  readonly parametersType: LazyMicheline;
  readonly whitelist?: Whitelist;
}

export interface OriginatedRollup {
  readonly genesisCommitmentHash: CommitmentHash;
  /** Bytes charged. */
  readonly size: bigint;
}

/** Addresses in the tables of rollups, and the tag of the kind, as the protocol reckons them. */
const FIXED_BYTES = 2 * 20 + 2;
/** Kind, genesis info, last cemented commitment, commitment, its level, first publication, list of its level. */
const RECORD_BYTES = 1 + 36 + 32 + 77 + 4 + 4 + 36;
const LENGTH_BYTES = 4;

/** Raises ProtocolError. */
export function originateRollup(draft: BlockDraft, origination: RollupOrigination): OriginatedRollup {
  const { address, kind, kernel, parametersType, whitelist } = origination;
  if (kind !== "wasm_2_0_0") throw new TypeError(`rollups of kind ${kind} cannot be originated here`);
  const type = decodeLazy(parametersType);
  checkParametersType(type, true);
  const state = genesis(kernel, ORIGINATION_VERSION, PROTOCOL_PARAMETERS).hash as StateHash;
  const commitment = genesisCommitment(state, draft.level);
  const hash = commitmentHash(commitment);
  checkNewWhitelist(whitelist, draft.constants.smartRollupPrivateEnable);
  if (whitelist !== undefined) checkDistinct(whitelist);
  // A whitelist is a set without values: as the protocol reckons, it takes no bytes.
  const access = whitelist && { whitelist, lastUpdate: { outboxLevel: draft.level, messageIndex: 0n } };
  const rollup: RollupState = {
    address,
    kind,
    parametersType: type,
    genesis: { level: draft.level, commitmentHash: hash },
    lastCemented: hash,
    commitments: PersistentMap.of([[commitmentKey(hash), commitment]]),
    addedAt: PersistentMap.of([[commitmentKey(hash), draft.level]]),
    commitmentStakers: PersistentMap.empty(),
    levels: PersistentMap.of([[String(draft.level), { firstPublished: draft.level, hashes: [hash] }]]),
    stakerIndexes: PersistentMap.empty(),
    latestStakedLevel: PersistentMap.empty(),
    nextStakerIndex: 0n,
    games: PersistentMap.empty(),
    executedMessages: PersistentMap.empty(),
    ...(access === undefined ? {} : { access }),
  };
  draft.setRollup(rollup);
  const size =
    draft.constants.smartRollupOriginationSize +
    FIXED_BYTES +
    RECORD_BYTES +
    LENGTH_BYTES +
    parametersType.bytes.length;
  return { genesisCommitmentHash: hash, size: BigInt(size) };
}
