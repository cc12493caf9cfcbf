// Sets and maps: sorted arrays, looked into by halving and copied when they change.

import { compare } from "./compare.js";
import type { Type } from "./types.js";
import type { MapEntry, MapValue, SetValue, Value } from "./values.js";

interface Place {
  /** Where the key is, or would be. */
  readonly at: number;
  readonly isThere: boolean;
}

function placeOf<T>(items: readonly T[], keyOf: (item: T) => Value, keyType: Type, key: Value): Place {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(keyType, keyOf(items[middle] as T), key); // low <= middle < high
    if (order === 0) return { at: middle, isThere: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { at: low, isThere: false };
}

/** A copy with something taken out at a place, and something put in. Faster than `toSpliced`, by much. */
function spliced<T>(items: readonly T[], at: number, removed: number, added: T | undefined): readonly T[] {
  const copy = items.slice();
  if (added === undefined) copy.splice(at, removed);
  else copy.splice(at, removed, added);
  return copy;
}

const itself = (item: Value) => item;
const keyOfEntry = ({ key }: MapEntry) => key;

export const EMPTY_SET: SetValue = { kind: "set", items: [] };
export const EMPTY_MAP: MapValue = { kind: "map", entries: [] };

export function setHas({ items }: SetValue, type: Type, item: Value): boolean {
  return placeOf(items, itself, type, item).isThere;
}

/** The set with an item, or without it. */
export function setUpdated(set: SetValue, type: Type, item: Value, isIn: boolean): SetValue {
  const { at, isThere } = placeOf(set.items, itself, type, item);
  if (isThere === isIn) return set;
  return { kind: "set", items: spliced(set.items, at, isIn ? 0 : 1, isIn ? item : undefined) };
}

/** Undefined: nothing is under the key. */
export function mapGet({ entries }: MapValue, keyType: Type, key: Value): Value | undefined {
  const { at, isThere } = placeOf(entries, keyOfEntry, keyType, key);
  return isThere ? entries[at]?.value : undefined;
}

/** The map with a value under a key; without a value, nothing is under it. */
export function mapUpdated(map: MapValue, keyType: Type, key: Value, value: Value | undefined): MapValue {
  const { at, isThere } = placeOf(map.entries, keyOfEntry, keyType, key);
  if (!isThere && value === undefined) return map;
  const entry = value === undefined ? undefined : { key, value };
  const entries = spliced(map.entries, at, isThere ? 1 : 0, entry);
  return { kind: "map", entries };
}
