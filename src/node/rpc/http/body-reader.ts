// Bodies of requests, within bounds: so many bytes each, and so many of all that are being read, so that no number of clients can fill the
// memory.

import type { Readable } from "node:stream";

/** A body that is not taken: 413 when it is too long, 503 when others take all the room. */
export class BodyRefused extends Error {
  override readonly name = "BodyRefused";

  constructor(readonly statusCode: 413 | 503) {
    super(statusCode === 413 ? "the body is too long" : "too many bodies at once");
  }
}

export class BodyReader {
  #inFlight = 0;

  constructor(
    /** Most bytes of a body. */
    readonly maxBytes: number,
    /** Most bytes of all bodies that are being read. */
    readonly maxBytesInFlight: number,
  ) {}

  get bytesInFlight(): number {
    return this.#inFlight;
  }

  /** The bytes of a body. Raises BodyRefused, and what the stream raises when its client leaves. */
  async read(stream: Readable): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        this.#inFlight += chunk.length;
        if (size > this.maxBytes) throw new BodyRefused(413);
        if (this.#inFlight > this.maxBytesInFlight) throw new BodyRefused(503);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    } finally {
      this.#inFlight -= size;
    }
  }
}
