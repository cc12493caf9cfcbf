/**
 * Joining a vector of vectors into one, an element a tick, and mapping elements to vectors before joining them (pvm.md §3.2, "Join of v
 * vectors"; pvm-encodings.md §7: join and map_concat).
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { text } from "../../merkle/leaves.js";
import { at, type Schema, tagged } from "../../merkle/schema.js";
import {
  type ConcatKont,
  concatIsDone,
  concatKontSchema,
  type MapKont,
  mapIsDone,
  mapKontSchema,
  startConcat,
  startMap,
  stepConcat,
} from "../eval/konts.js";
import { vector } from "../module-schema.js";
import { deadState } from "./init-errors.js";

export type JoinKont<T> =
  | { readonly tag: "J_Init"; readonly vectors: LazyVector<LazyVector<T>> }
  /** The vectors before `rest` are being joined into one. */
  | { readonly tag: "J_Next"; readonly kont: ConcatKont<T>; readonly rest: LazyVector<LazyVector<T>> }
  | { readonly tag: "J_Stop"; readonly result: LazyVector<T> };

export function joinKontSchema<T>(element: Schema<T>): Schema<JoinKont<T>> {
  const elements = vector(element);
  return tagged<JoinKont<T>>(text, {
    J_Init: { vectors: vector(elements) },
    J_Next: { kont: at("kont", concatKontSchema(elements)), rest: at("acc", vector(elements)) },
    J_Stop: { result: elements },
  });
}

export function startJoin<T>(vectors: LazyVector<LazyVector<T>>): JoinKont<T> {
  return { tag: "J_Init", vectors };
}

/** What a finished join gives, or null. Nothing to join is finished from the start. */
export function joined<T>(kont: JoinKont<T>): LazyVector<T> | null {
  if (kont.tag === "J_Init" && kont.vectors.length === 0) return LazyVector.empty();
  return kont.tag === "J_Stop" ? kont.result : null;
}

/** One tick of a join that is not finished. */
export function stepJoin<T>(kont: JoinKont<T>): JoinKont<T> {
  switch (kont.tag) {
    case "J_Init": {
      const { vectors } = kont;
      if (vectors.length === 0) throw deadState("Join_step");
      const first = vectors.get(0);
      if (vectors.length === 1) return { tag: "J_Stop", result: first };
      const others = vectors.drop();
      return { tag: "J_Next", kont: startConcat(first, others.get(0)), rest: others.drop() };
    }
    case "J_Next": {
      const { kont: concat, rest } = kont;
      if (!concatIsDone(concat)) return { tag: "J_Next", kont: stepConcat(concat), rest };
      if (rest.length === 0) return { tag: "J_Stop", result: concat.result };
      return { tag: "J_Next", kont: startConcat(concat.result, rest.get(0)), rest: rest.drop() };
    }
    case "J_Stop":
      throw deadState("Join_step");
  }
}

export type MapConcatKont<A, B> =
  | { readonly tag: "MC_Map"; readonly map: MapKont<A, LazyVector<B>> }
  | { readonly tag: "MC_Join"; readonly join: JoinKont<B> };

export function mapConcatKontSchema<A, B>(origin: Schema<A>, element: Schema<B>): Schema<MapConcatKont<A, B>> {
  return tagged<MapConcatKont<A, B>>(text, {
    MC_Map: { map: mapKontSchema(vector(origin), vector(vector(element))) },
    MC_Join: { join: joinKontSchema(element) },
  });
}

export function startMapConcat<A, B>(origin: LazyVector<A>): MapConcatKont<A, B> {
  return { tag: "MC_Map", map: startMap(origin) };
}

/** What has been mapped and joined, or null as long as that is going on. */
export function mapConcatenated<A, B>(kont: MapConcatKont<A, B>): LazyVector<B> | null {
  return kont.tag === "MC_Join" ? joined(kont.join) : null;
}

/** One tick; `step` maps one more element. */
export function stepMapConcat<A, B>(
  kont: MapConcatKont<A, B>,
  step: (map: MapKont<A, LazyVector<B>>) => MapKont<A, LazyVector<B>>,
): MapConcatKont<A, B> {
  if (kont.tag === "MC_Join") return { tag: "MC_Join", join: stepJoin(kont.join) };
  if (mapIsDone(kont.map)) return { tag: "MC_Join", join: startJoin(kont.map.destination) };
  return { tag: "MC_Map", map: step(kont.map) };
}
