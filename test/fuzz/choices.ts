// How everything random here is made: by a function that draws choices from a source. The choices a value was made of are what fast-check
// shrinks: fewer of them, and smaller ones. Choice 0 is always the simplest.
import fc from "fast-check";

/** Draws choices, and remembers them. After `most` of them all are 0, so that everything made comes to an end. */
export class Source {
  readonly choices: number[] = [];
  readonly #draw: (bound: number, index: number) => number;
  readonly #most: number;

  constructor(draw: (bound: number, index: number) => number, most: number) {
    this.#draw = draw;
    this.#most = most;
  }

  /** The choices given, then zeros. */
  static replay(choices: readonly number[], most = choices.length): Source {
    return new Source((bound, index) => Math.min(choices[index] ?? 0, bound - 1), most);
  }

  /** Whether choices are left: code that makes more of something can look. */
  get isExhausted(): boolean {
    return this.choices.length >= this.#most;
  }

  /** 0 … bound - 1; bound at most 2^32. */
  below(bound: number): number {
    if (bound <= 1 || this.isExhausted) return 0;
    const choice = this.#draw(bound, this.choices.length);
    this.choices.push(choice);
    return choice;
  }

  /** low … high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === count - 1 && count > 1;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** An item; those with larger weights more often. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.below(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of items) {
      if (at < weight) return item;
      at -= weight;
    }
    throw new RangeError("nothing to pick from");
  }

  /** Up to `most` items. */
  list<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(most + 1) }, (_, index) => make(index));
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  u32(): number {
    return this.below(2 ** 32);
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }
}

interface Context {
  readonly choices: readonly number[];
}

/** Shorter, or as long with a smaller number first: what shrinking must make of choices, or it would not end. */
function isSmaller(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  const at = a.findIndex((choice, index) => choice !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** Choices to try in place of others: pieces left out, pieces set to zero, single ones made smaller. */
function* candidates(choices: readonly number[]): Generator<readonly number[]> {
  for (let size = choices.length; size >= 1; size = size >> 1) {
    for (let at = 0; at < choices.length; at += size) yield [...choices.slice(0, at), ...choices.slice(at + size)];
  }
  for (let size = choices.length; size >= 1; size = size >> 1) {
    for (let at = 0; at < choices.length; at += size) {
      const piece = choices.slice(at, at + size);
      if (piece.some((choice) => choice !== 0)) {
        yield [...choices.slice(0, at), ...piece.fill(0), ...choices.slice(at + size)];
      }
    }
  }
  for (const [at, choice] of choices.entries()) {
    for (const smaller of [choice >>> 1, choice - 1]) if (smaller > 0) yield choices.with(at, smaller);
  }
}

class Built<T> extends fc.Arbitrary<T> {
  readonly #build: (source: Source) => T;
  readonly #most: number;

  constructor(build: (source: Source) => T, most: number) {
    super();
    this.#build = build;
    this.#most = most;
  }

  override generate(random: fc.Random): fc.Value<T> {
    return this.made(new Source((bound) => random.nextInt(0, bound - 1), this.#most));
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false;
  }

  override shrink(_value: T, context: Context | undefined): fc.Stream<fc.Value<T>> {
    return fc.stream(context === undefined ? [][Symbol.iterator]() : this.smaller(context.choices));
  }

  private *smaller(choices: readonly number[]): IterableIterator<fc.Value<T>> {
    for (const candidate of candidates(choices)) {
      const source = Source.replay(candidate);
      const value = this.made(source);
      if (isSmaller(source.choices, choices)) yield value;
    }
  }

  private made(source: Source): fc.Value<T> {
    const value = this.#build(source);
    return new fc.Value(value, { choices: source.choices } satisfies Context);
  }
}

/** What a function makes of at most `most` choices; shrinks by its choices. */
export function built<T>(build: (source: Source) => T, most: number): fc.Arbitrary<T> {
  return new Built(build, most);
}
