// Lets so many tasks run at a time, and so many wait: what the machine is asked to do by many clients at once must neither pile up without end
// nor keep each other from ever being done.

export class GateClosed extends Error {
  override readonly name = "GateClosed";

  constructor() {
    super("too many requests at once");
  }
}

export class Gate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly maxRunning: number,
    readonly maxWaiting: number,
  ) {}

  get running(): number {
    return this.#running;
  }

  /** Raises GateClosed when too many wait already; else what the task raises. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.maxRunning) {
      if (this.#waiting.length >= this.maxWaiting) throw new GateClosed();
      await new Promise<void>((resolve) => this.#waiting.push(resolve)); // whoever ends gives its place on
    } else {
      this.#running++;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
