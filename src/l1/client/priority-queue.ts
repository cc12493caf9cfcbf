// A queue that gives its least element first, and equal ones in the order they came: a binary heap with the elements' ids
// beside it.

interface Entry<T> {
  readonly value: T;
  /** Number of elements pushed before. */
  readonly arrival: number;
}

export class PriorityQueue<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #id: (value: T) => string;
  #heap: Entry<T>[] = [];
  readonly #byId = new Map<string, T>();
  #arrivals = 0;

  constructor(compare: (a: T, b: T) => number, id: (value: T) => string) {
    this.#compare = compare;
    this.#id = id;
  }

  get size(): number {
    return this.#heap.length;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** Adds an element whose id is not there yet. */
  push(value: T): void {
    const id = this.#id(value);
    if (this.#byId.has(id)) throw new Error(`${id} is in the queue already`);
    this.#byId.set(id, value);
    this.#heap.push({ value, arrival: this.#arrivals++ });
    this.#rise(this.#heap.length - 1);
  }

  peek(): T | undefined {
    return this.#heap[0]?.value;
  }

  pop(): T | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    this.#byId.delete(this.#id(first.value));
    return first.value;
  }

  /** Takes out all that `matches`. */
  remove(matches: (value: T) => boolean): readonly T[] {
    const removed: T[] = [];
    const kept: Entry<T>[] = [];
    for (const entry of this.#heap) {
      if (matches(entry.value)) removed.push(entry.value);
      else kept.push(entry);
    }
    for (const value of removed) this.#byId.delete(this.#id(value));
    // A sorted array is a heap.
    this.#heap = kept.sort((a, b) => this.#order(a, b));
    return removed;
  }

  toSortedArray(): readonly T[] {
    return [...this.#heap].sort((a, b) => this.#order(a, b)).map(({ value }) => value);
  }

  #order(a: Entry<T>, b: Entry<T>): number {
    const order = this.#compare(a.value, b.value);
    return order !== 0 ? order : a.arrival - b.arrival;
  }

  #rise(at: number): void {
    const entry = this.#heap[at] as Entry<T>; // callers give a place in the heap
    let place = at;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent] as Entry<T>; // below `place`
      if (this.#order(entry, above) >= 0) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = entry;
  }

  #sink(at: number): void {
    const entry = this.#heap[at] as Entry<T>; // callers give a place in the heap
    let place = at;
    for (;;) {
      let child = 2 * place + 1;
      const left = this.#heap[child];
      if (left === undefined) break;
      const right = this.#heap[child + 1];
      let least = left;
      if (right !== undefined && this.#order(right, left) < 0) {
        child++;
        least = right;
      }
      if (this.#order(least, entry) >= 0) break;
      this.#heap[place] = least;
      place = child;
    }
    this.#heap[place] = entry;
  }
}
