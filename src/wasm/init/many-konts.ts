/**
 * Many ticks of a continuation at once: the continuation that single ticks lead to. Each function does what `budget` ticks (at least one)
 * are enough for, and tells the ticks it took.
 */
import { LazyVector } from "../../merkle/lazy-vector.js";
import { type ConcatKont, type MapKont, startConcat } from "../eval/konts.js";
import { type JoinKont, stepJoin } from "./join.js";

export interface Progress<K> {
  readonly kont: K;
  readonly ticks: number;
}

/** The vector with elements set from an offset on. */
function withElements<B>(vector: LazyVector<B>, offset: number, elements: readonly B[]): LazyVector<B> {
  // Once it has all its elements, a vector made at its final length is like any other of these elements.
  if (offset === 0 && elements.length === vector.length) return LazyVector.of(elements);
  let filled = vector;
  elements.forEach((element, index) => {
    filled = filled.set(offset + index, element);
  });
  return filled;
}

/**
 * A map that takes `ticks` for each element; only whole elements are made. Where `make` gives null, and where it throws but for the first,
 * the map stops before the element.
 */
export function mapMany<A, B>(
  kont: MapKont<A, B>,
  budget: number,
  ticks: number,
  make: (element: A, index: number) => B | null,
): Progress<MapKont<A, B>> {
  const { origin, destination, offset } = kont;
  const most = Math.min(Math.floor(budget / ticks), origin.length - offset);
  const made: B[] = [];
  while (made.length < most) {
    const index = offset + made.length;
    const element = make(origin.get(index), index);
    if (element === null) break;
    made.push(element);
  }
  const filled = made.length === 0 ? destination : withElements(destination, offset, made);
  return { kont: { origin, destination: filled, offset: offset + made.length }, ticks: made.length * ticks };
}

/** A concatenation that is not done. */
export function concatMany<T>(kont: ConcatKont<T>, budget: number): Progress<ConcatKont<T>> {
  const { left, right, result, offset } = kont;
  const end = Math.min(offset + budget, left.length + right.length);
  const copied: T[] = [];
  for (let index = offset; index < end; index++) {
    copied.push(index < left.length ? left.get(index) : right.get(index - left.length));
  }
  return { kont: { left, right, result: withElements(result, offset, copied), offset: end }, ticks: end - offset };
}

/** A join that is not finished. The vectors joined on the way are not made, so that it takes time linear in the elements. */
export function joinMany<T>(kont: JoinKont<T>, budget: number): Progress<JoinKont<T>> {
  if (kont.tag !== "J_Next") return { kont: stepJoin(kont), ticks: 1 };
  const items = kont.kont.left.toArray();
  let { right, offset } = kont.kont;
  let { rest } = kont;
  let isFirst = true;
  let ticks = 0;
  for (;;) {
    const total = items.length + right.length;
    const end = Math.min(offset + budget - ticks, total);
    ticks += end - offset;
    if (ticks === budget) {
      const started = isFirst ? kont.kont : startConcat(LazyVector.of(items), right);
      const next = end === started.offset ? started : concatMany(started, end - started.offset).kont;
      return { kont: { tag: "J_Next", kont: next, rest }, ticks };
    }
    // The concatenation is done: on to the next vector.
    ticks++;
    for (const item of right.toArray()) items.push(item);
    if (rest.length === 0) return { kont: { tag: "J_Stop", result: LazyVector.of(items) }, ticks };
    right = rest.get(0);
    rest = rest.drop();
    offset = 0;
    isFirst = false;
  }
}
