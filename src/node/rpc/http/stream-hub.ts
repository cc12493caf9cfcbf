// The streams that a server has open: chunked answers, a JSON value a chunk. A reader that does not keep up is cut once too much waits for it, so
// that neither many streams nor slow ones can fill the memory.

import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { StreamAnswer } from "../answer.js";
import { encodeAnswer, type MediaType } from "./media-types.js";

export class StreamHub {
  readonly #responses = new Set<ServerResponse>();

  constructor(
    readonly maxStreams: number,
    /** Bytes that may wait for a reader. */
    readonly maxBacklogBytes: number,
  ) {}

  get open(): number {
    return this.#responses.size;
  }

  get isFull(): boolean {
    return this.#responses.size >= this.maxStreams;
  }

  /** Answers with a stream, until it ends or its reader leaves. */
  serve(answer: StreamAnswer, response: ServerResponse, type: MediaType, headers: OutgoingHttpHeaders): void {
    response.writeHead(200, { ...headers, "content-type": type });
    response.flushHeaders(); // the first value may be long in coming
    response.socket?.setTimeout(0).setNoDelay(true);
    this.#responses.add(response);
    let stop = (): void => undefined;
    let isOver = false;
    response.on("error", () => undefined); // a reader that left; "close" follows
    response.on("close", () => {
      isOver = true;
      this.#responses.delete(response);
      stop();
    });
    stop = answer.open({
      send: (json) => {
        if (isOver) return;
        // What the values before have left over; this one may be large, and goes out in its time.
        if (response.writableLength > this.maxBacklogBytes) response.destroy();
        else response.write(encodeAnswer(json, [type])?.body ?? "");
      },
      end: () => {
        isOver = true;
        response.end();
      },
    });
    if (response.closed) stop();
  }

  endAll(): void {
    for (const response of [...this.#responses]) response.end();
  }
}
