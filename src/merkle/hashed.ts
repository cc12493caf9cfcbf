/**
 * Something with a 32-byte hash, computed when first asked for. It is kept as eight words in the object itself: an array of its own would
 * weigh eight times as much, and a state has hundreds of thousands of them.
 */

const scratch = new Uint8Array(32);
const words = new Int32Array(scratch.buffer);

export abstract class Hashed {
  /** Whether the words hold the hash. */
  protected known = false;
  /** The store of nodes that has it (stored-nodes.ts): nodes may be shared by trees of several stores. */
  storedIn: object | null = null;
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  w4 = 0;
  w5 = 0;
  w6 = 0;
  w7 = 0;

  /** Computes the hash and takes it with one of the `take` methods. */
  protected abstract computeHash(): void;

  get hashIsKnown(): boolean {
    return this.known;
  }

  /** Makes sure that the words hold the hash. */
  ensureHash(): void {
    if (!this.known) this.computeHash();
  }

  /** Eight words become the hash. */
  protected takeWords(hash: Int32Array): void {
    this.w0 = hash[0] as number; // eight words
    this.w1 = hash[1] as number;
    this.w2 = hash[2] as number;
    this.w3 = hash[3] as number;
    this.w4 = hash[4] as number;
    this.w5 = hash[5] as number;
    this.w6 = hash[6] as number;
    this.w7 = hash[7] as number;
    this.known = true;
  }

  protected takeBytes(hash: Uint8Array): void {
    scratch.set(hash);
    this.takeWords(words);
  }

  /** The hash of something else is this one's too. */
  protected takeFrom(other: Hashed): void {
    other.ensureHash();
    this.w0 = other.w0;
    this.w1 = other.w1;
    this.w2 = other.w2;
    this.w3 = other.w3;
    this.w4 = other.w4;
    this.w5 = other.w5;
    this.w6 = other.w6;
    this.w7 = other.w7;
    this.known = true;
  }

  /** The hash, in a fresh array. */
  get hash(): Uint8Array {
    this.ensureHash();
    this.fillScratch();
    return scratch.slice();
  }

  private fillScratch(): void {
    words[0] = this.w0;
    words[1] = this.w1;
    words[2] = this.w2;
    words[3] = this.w3;
    words[4] = this.w4;
    words[5] = this.w5;
    words[6] = this.w6;
    words[7] = this.w7;
  }

  /** The hash as a short string, for use as a key. */
  get hashKey(): string {
    this.ensureHash();
    this.fillScratch();
    return hashKey(scratch);
  }

  hasSameHash(other: Hashed): boolean {
    this.ensureHash();
    other.ensureHash();
    return (
      this.w0 === other.w0 &&
      this.w1 === other.w1 &&
      this.w2 === other.w2 &&
      this.w3 === other.w3 &&
      this.w4 === other.w4 &&
      this.w5 === other.w5 &&
      this.w6 === other.w6 &&
      this.w7 === other.w7
    );
  }
}

/** A 32-byte hash as a short string, for use as a key. */
export function hashKey(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("latin1");
}
