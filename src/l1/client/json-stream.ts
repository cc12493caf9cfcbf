// The JSON values of a streamed answer (`/monitor/…`): one after the other, with or without line feeds between them, cut
// anywhere by the network.

import { JsonError } from "../../encoding/json.js";

/** Longest value taken, in characters. */
export const MAX_VALUE_LENGTH = 16 * 1024 * 1024;

/** Takes pieces of text, gives values. Only objects and arrays: others have no end of their own. */
export class JsonStreamSplitter {
  #text = "";
  /** Next character to look at. */
  #at = 0;
  #depth = 0;
  #inString = false;

  /** The values completed by this piece. Raises JsonError for what is no JSON, and for a value that is too long. */
  push(piece: string): unknown[] {
    this.#text += piece;
    const values: unknown[] = [];
    for (; this.#at < this.#text.length; this.#at++) {
      if (this.#step(this.#text.charCodeAt(this.#at))) values.push(this.#take());
    }
    if (this.#text.length > MAX_VALUE_LENGTH) {
      throw new JsonError("encoding.json.bad_value", `a value of more than ${MAX_VALUE_LENGTH} characters`);
    }
    return values;
  }

  /** Whether the stream stands between two values. */
  get isBetweenValues(): boolean {
    return this.#text.trim() === "";
  }

  /** Takes in one character; true when it ends a value. */
  #step(code: number): boolean {
    if (this.#inString) {
      if (code === 0x5c)
        this.#at++; // a backslash and what it escapes
      else if (code === 0x22) this.#inString = false;
      return false;
    }
    if (code === 0x22) {
      this.#inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      this.#depth++;
    } else if (code === 0x7d || code === 0x5d) {
      this.#depth--;
      return this.#depth <= 0;
    }
    return false;
  }

  #take(): unknown {
    const text = this.#text.slice(0, this.#at + 1);
    this.#text = this.#text.slice(this.#at + 1);
    this.#at = -1; // the loop adds one
    this.#depth = 0;
    try {
      return JSON.parse(text);
    } catch {
      throw new JsonError("encoding.json.bad_value", "not JSON", text.slice(0, 200));
    }
  }
}
