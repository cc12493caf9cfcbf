/**
 * Continuations of loops over vectors, one element a tick: pvm-encodings.md §4.8 ("generic konts"). Evaluation and initialisation store them
 * under different keys, so each has a maker of schemas. The element-wise steps are here, what they do to an element is the caller's.
 *
 * Indices are int32 and compared as such; vectors get their final length at once and their elements one by one.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { text } from "../../merkle/leaves.js";
import { at, option, record, type Schema } from "../../merkle/schema.js";
import { indexSchema } from "../module-schema.js";

/** Builds a vector from another, element by element. */
export interface MapKont<A, B> {
  readonly origin: LazyVector<A>;
  readonly destination: LazyVector<B>;
  readonly offset: number;
}

export function mapKontSchema<A, B>(
  origin: Schema<LazyVector<A>>,
  destination: Schema<LazyVector<B>>,
): Schema<MapKont<A, B>> {
  return record<MapKont<A, B>>({
    origin: at("origin", origin),
    destination: at("destination", destination),
    offset: at("offset", indexSchema),
  });
}

export function startMap<A, B>(origin: LazyVector<A>): MapKont<A, B> {
  return { origin, destination: LazyVector.absent<B>(origin.length), offset: 0 };
}

export function mapIsDone(kont: MapKont<unknown, unknown>): boolean {
  return kont.offset === (kont.origin.length | 0);
}

/** Makes the next element. `make` gets its index too. */
export function stepMap<A, B>(kont: MapKont<A, B>, make: (element: A, index: number) => B): MapKont<A, B> {
  const { origin, destination, offset } = kont;
  const element = origin.get(offset);
  return { origin, destination: destination.set(offset, make(element, offset)), offset: (offset + 1) | 0 };
}

/** Like `stepMap`, filling the destination from its last element on. Not to be mixed with it. */
export function stepMapReversed<A, B>(kont: MapKont<A, B>, make: (element: A) => B): MapKont<A, B> {
  const { origin, destination, offset } = kont;
  const element = origin.get(offset);
  const last = origin.length - 1;
  return { origin, destination: destination.set(last - offset, make(element)), offset: (offset + 1) | 0 };
}

/** Concatenates two vectors, copying one element a tick. */
export interface ConcatKont<A> {
  readonly left: LazyVector<A>;
  readonly right: LazyVector<A>;
  readonly result: LazyVector<A>;
  readonly offset: number;
}

export function concatKontSchema<A>(vector: Schema<LazyVector<A>>): Schema<ConcatKont<A>> {
  return record<ConcatKont<A>>({
    left: at("lv", vector),
    right: at("rv", vector),
    result: at("res", vector),
    offset: at("offset", indexSchema),
  });
}

export function startConcat<A>(left: LazyVector<A>, right: LazyVector<A>): ConcatKont<A> {
  return { left, right, result: LazyVector.absent<A>(left.length + right.length), offset: 0 };
}

export function concatIsDone<A>(kont: ConcatKont<A>): boolean {
  return ((kont.left.length + kont.right.length) | 0) <= kont.offset;
}

export function stepConcat<A>(kont: ConcatKont<A>): ConcatKont<A> {
  const { left, right, result, offset } = kont;
  const leftLength = left.length | 0;
  const element = offset < leftLength ? left.get(offset) : right.get((offset - leftLength) | 0);
  return { left, right, result: result.set(offset, element), offset: (offset + 1) | 0 };
}

/** Folds two vectors of the same length together, from their last elements to their first. */
export interface FoldRight2Kont<A, B, S> {
  readonly accumulator: S;
  readonly left: LazyVector<A>;
  readonly right: LazyVector<B>;
  /** Index of the next elements; -1 at the end. */
  readonly offset: number;
}

export function foldRight2KontSchema<A, B, S>(
  left: Schema<LazyVector<A>>,
  right: Schema<LazyVector<B>>,
  accumulator: Schema<S>,
): Schema<FoldRight2Kont<A, B, S>> {
  return record<FoldRight2Kont<A, B, S>>({
    accumulator: at("acc", accumulator),
    left: at("left_vector", left),
    right: at("right_vector", right),
    offset: at("offset", indexSchema),
  });
}

/** The vectors must have the same length. */
export function startFoldRight2<A, B, S>(
  accumulator: S,
  left: LazyVector<A>,
  right: LazyVector<B>,
): FoldRight2Kont<A, B, S> {
  return { accumulator, left, right, offset: (left.length - 1) | 0 };
}

export function foldRight2IsDone<A, B, S>(kont: FoldRight2Kont<A, B, S>): boolean {
  return kont.offset === -1;
}

export function stepFoldRight2<A, B, S>(
  kont: FoldRight2Kont<A, B, S>,
  fold: (left: A, right: B, accumulator: S) => S,
): FoldRight2Kont<A, B, S> {
  const { left, right, offset } = kont;
  const a = left.get(offset);
  const b = right.get(offset);
  return { accumulator: fold(a, b, kont.accumulator), left, right, offset: (offset - 1) | 0 };
}

/** Folds a vector from its first element to its last. */
export interface FoldLeftKont<A, S> {
  readonly origin: LazyVector<A>;
  readonly accumulator: S;
  readonly offset: number;
}

export function foldLeftKontSchema<A, S>(
  origin: Schema<LazyVector<A>>,
  accumulator: Schema<S>,
): Schema<FoldLeftKont<A, S>> {
  return record<FoldLeftKont<A, S>>({
    origin: at("origin", origin),
    accumulator: at("acc", accumulator),
    offset: at("offset", indexSchema),
  });
}

export function startFoldLeft<A, S>(origin: LazyVector<A>, accumulator: S): FoldLeftKont<A, S> {
  return { origin, accumulator, offset: 0 };
}

export function foldLeftIsDone<A, S>(kont: FoldLeftKont<A, S>): boolean {
  return kont.offset === (kont.origin.length | 0);
}

export function stepFoldLeft<A, S>(
  kont: FoldLeftKont<A, S>,
  fold: (accumulator: S, element: A) => S,
): FoldLeftKont<A, S> {
  const { origin, offset } = kont;
  const element = origin.get(offset);
  return { origin, accumulator: fold(kont.accumulator, element), offset: (offset + 1) | 0 };
}

/** A map whose elements take several ticks each: `inner` is the element under way, if any. */
export interface TickMapKont<K, A, B> {
  readonly inner: K | null;
  readonly map: MapKont<A, B>;
}

export function tickMapKontSchema<K, A, B>(
  inner: Schema<K>,
  origin: Schema<LazyVector<A>>,
  destination: Schema<LazyVector<B>>,
): Schema<TickMapKont<K, A, B>> {
  return record<TickMapKont<K, A, B>>({
    inner: option<K>(text, at("inner_kont", inner)),
    map: at("map_kont", mapKontSchema(origin, destination)),
  });
}

export function startTickMap<K, A, B>(origin: LazyVector<A>): TickMapKont<K, A, B> {
  return { inner: null, map: startMap(origin) };
}

export function tickMapIsDone<K, A, B>(kont: TickMapKont<K, A, B>): boolean {
  return mapIsDone(kont.map);
}

/**
 * One tick of a map that is not done: begins the next element, goes on with it, or stores it. `result` gives the element of an inner
 * continuation that has come to its end, as an object of its own so that any value may be an element; null: it has not.
 */
export function stepTickMap<K, A, B>(
  kont: TickMapKont<K, A, B>,
  begin: (element: A) => K,
  result: (inner: K) => { readonly value: B } | null,
  step: (inner: K) => K,
): TickMapKont<K, A, B> {
  const { inner, map } = kont;
  if (inner === null) return { inner: begin(map.origin.get(map.offset)), map };
  const end = result(inner);
  if (end === null) return { inner: step(inner), map };
  const destination = map.destination.set(map.offset, end.value);
  return { inner: null, map: { origin: map.origin, destination, offset: (map.offset + 1) | 0 } };
}
