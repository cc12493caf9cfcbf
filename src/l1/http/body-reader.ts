// Bodies of requests, read within bounds: so many bytes each, and so many of all that are under way, so that no number of clients can fill
// the memory; and the answer to a client whose body is not taken.

import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Readable } from "node:stream";

/** How long a client may go on sending a body that was refused, until its connection is cut. */
const LINGER_MS = 2000;

/** A body that is not taken: 413 when it is too long, 503 when others take all the room. What still comes of it is dropped. */
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

  /** Bytes of bodies that are being read. */
  get bytesInFlight(): number {
    return this.#inFlight;
  }

  /** The bytes of a body. Raises BodyRefused, and what the stream raises when its client leaves. */
  async read(stream: Readable): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      // Were the stream destroyed here, its connection would go with it, and the answer too.
      for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
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

/**
 * Answers a request whose body was refused, with an empty body, and ends the connection. It is closed for good only when the client has
 * closed its side, or after two seconds: a connection closed while more arrives is reset, and the client may lose an answer that it has
 * not read yet.
 */
export function answerRefused(request: IncomingMessage, statusCode: number, headers: Record<string, string>): void {
  const { socket } = request;
  const lines = Object.entries({ ...headers, connection: "close", "content-length": "0" });
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  request.resume();
  socket.end(`${head.join("\r\n")}\r\n\r\n`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}
