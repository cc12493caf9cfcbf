// The chain's big maps: what a block in the making knows of them, how differences change them, and the bytes that takes (reference:
// lazy_storage_diff.ml). Temporary ones, which operations carry to other contracts, have negative ids and go with the operation.

import { encode } from "../../encoding/binary.js";
import { fromHex } from "../../encoding/hex.js";
import { type Micheline, michelineCodec } from "../../encoding/micheline.js";
import type { ScriptExprHash } from "../../protocol/identifiers.js";
import type { LazyStorageDiff } from "../../protocol/lazy-storage-diff.js";
import type { ChainState } from "./chain-state.js";
import type { BigMapDiff, BigMaps, BigMapTypes, BigMapUpdate } from "./contract-runtime.js";
import { PersistentMap } from "./persistent-map.js";

export interface BigMapState extends BigMapTypes {
  /** By the hash of the key, in hexadecimal. */
  readonly values: PersistentMap<Micheline>;
  /** Bytes of keys and values. */
  readonly bytes: bigint;
}

/** The first id that the sandbox gives out: those before it belong to the protocol's own contracts on every network. */
export const FIRST_BIG_MAP = 4n;

const BIG_MAP_BYTES = 33n;
const KEY_BYTES = 65n;

/** Big maps by their ids, in decimal. */
type Table = PersistentMap<BigMapState>;

/** What has a state that is replaced as it changes: a block in the making. */
export interface StateHolder {
  readonly state: ChainState;
  update(change: Partial<ChainState>): void;
}

/** The big maps of an operation: the chain's, and its temporary ones. */
export class OperationBigMaps implements BigMaps {
  readonly #draft: StateHolder;
  #temporary: Table = PersistentMap.empty();
  #nextTemporary = -1n;

  constructor(draft: StateHolder) {
    this.#draft = draft;
  }

  #table(id: bigint): Table {
    return id < 0n ? this.#temporary : this.#draft.state.bigMaps;
  }

  #find(id: bigint): BigMapState | undefined {
    return this.#table(id).get(id.toString());
  }

  #expect(id: bigint): BigMapState {
    const found = this.#find(id);
    if (found === undefined) throw new TypeError(`no big map ${id}`);
    return found;
  }

  #store(id: bigint, table: Table): void {
    if (id < 0n) this.#temporary = table;
    else this.#draft.update({ bigMaps: table });
  }

  types(id: bigint): BigMapTypes | undefined {
    return this.#find(id);
  }

  value(id: bigint, keyHash: string): Micheline | undefined {
    return this.#find(id)?.values.get(keyHash);
  }

  *values(id: bigint): Iterable<Micheline> {
    for (const [, value] of this.#find(id)?.values.entries() ?? []) yield value;
  }

  freshId(temporary: boolean): bigint {
    if (temporary) return this.#nextTemporary--;
    const id = this.#draft.state.nextBigMap;
    this.#draft.update({ nextBigMap: id + 1n });
    return id;
  }

  /** Applies differences in order; gives the bytes by which the chain's big maps grew or (negative) shrank. */
  apply(diffs: readonly BigMapDiff[]): bigint {
    let growth = 0n;
    for (const diff of diffs) {
      const grown = this.#applyOne(diff);
      if (diff.id >= 0n) growth += grown;
    }
    return growth;
  }

  #applyOne({ id, action, updates }: BigMapDiff): bigint {
    const key = id.toString();
    if (action.kind === "remove") {
      const { bytes } = this.#expect(id);
      this.#store(id, this.#table(id).delete(key));
      return -(bytes + BIG_MAP_BYTES);
    }
    const before = this.#initial(id, action);
    const after = updates.reduce(updated, before.state);
    this.#store(id, this.#table(id).set(key, after));
    return before.growth + after.bytes - before.state.bytes;
  }

  #initial(id: bigint, action: Exclude<BigMapDiff["action"], { readonly kind: "remove" }>) {
    switch (action.kind) {
      case "alloc": {
        const { keyType, valueType } = action;
        return {
          state: { keyType, valueType, values: PersistentMap.empty<Micheline>(), bytes: 0n },
          growth: BIG_MAP_BYTES,
        };
      }
      case "copy": {
        const state = this.#expect(action.source);
        return { state, growth: state.bytes + BIG_MAP_BYTES };
      }
      case "update":
        return { state: this.#expect(id), growth: 0n };
    }
  }
}

function valueBytes(value: Micheline): bigint {
  return KEY_BYTES + BigInt(encode(michelineCodec, value).length);
}

function updated(state: BigMapState, { keyHash, value }: BigMapUpdate): BigMapState {
  const old = state.values.get(keyHash);
  const values = value === undefined ? state.values.delete(keyHash) : state.values.set(keyHash, value);
  const freed = old === undefined ? 0n : valueBytes(old);
  return { ...state, values, bytes: state.bytes - freed + (value === undefined ? 0n : valueBytes(value)) };
}

/** Differences as receipts print them; none when there are none. */
export function lazyStorageField(diffs: readonly BigMapDiff[] | undefined): {
  readonly lazyStorageDiff?: LazyStorageDiff;
} {
  if (diffs === undefined || diffs.length === 0) return {};
  return { lazyStorageDiff: diffs.map((diff) => ({ kind: "bigMap", id: diff.id, diff: printed(diff) })) };
}

function printed({ action, updates }: BigMapDiff): LazyStorageDiff[number]["diff"] {
  const shown = updates.map(({ keyHash, ...rest }) => ({ keyHash: fromHex(keyHash) as ScriptExprHash, ...rest }));
  switch (action.kind) {
    case "remove":
      return { action: "remove" };
    case "update":
      return { action: "update", updates: shown };
    case "copy":
      return { action: "copy", source: action.source, updates: shown };
    case "alloc":
      return { action: "alloc", updates: shown, keyType: action.keyType, valueType: action.valueType };
  }
}
