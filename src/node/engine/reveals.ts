// The answers to a kernel's reveals (node.md §7.1, §7.2): preimages from memory, from files, from a server; metadata; the DAL's parameters.
// Pages of the DAL are refused: no DAL node is spoken to.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request as httpRequest } from "undici";
import { toHex } from "../../encoding/hex.js";
import { MAX_REVEAL_BYTES } from "../../protocol/input-proof.js";
import {
  type DalParameters,
  isPreimageOf,
  type RevealActivation,
  type RevealHash,
  type RollupMetadata,
  readRevealRequest,
  revealAnswerBytes,
  revealHash,
  revealHashToHex,
  WELL_KNOWN_REVEAL_HASH,
} from "../../protocol/reveal.js";
import { EngineError } from "./errors.js";

/** What the protocol says of reveals. */
export interface RevealRules {
  readonly activation: RevealActivation;
  readonly dalParameters: DalParameters;
}

export interface RevealSettings {
  /** `<data-dir>/wasm_2_0_0`: a file a preimage, named by the hash in hexadecimal. */
  readonly directory?: string;
  /** Address below which preimages are served by their hash in hexadecimal. */
  readonly endpoint?: string;
  /** Answers to requests, in hexadecimal, that go before all else. */
  readonly recorded?: ReadonlyMap<string, Uint8Array>;
  readonly metadata: RollupMetadata;
  readonly rules: RevealRules;
}

export type RevealEvent =
  | { readonly kind: "missing_pre_image"; readonly hash: string }
  | { readonly kind: "fetched_incorrect_pre_image"; readonly expected: string; readonly found: string };

/** Longest answer read from a server. */
const MAX_BODY_BYTES = 64 * 1024;
const FETCH_TIMEOUT_MS = 60_000;

export class Reveals {
  #settings: RevealSettings;
  readonly #pages = new Map<string, Uint8Array>();
  readonly #onEvent: (event: RevealEvent) => void;

  constructor(settings: RevealSettings, onEvent: (event: RevealEvent) => void = () => undefined) {
    this.#settings = settings;
    this.#onEvent = onEvent;
  }

  /** The same, with some more preimages in memory. */
  with(pages: readonly Uint8Array[]): Reveals {
    const more = new Reveals(this.#settings, this.#onEvent);
    for (const page of pages) more.#pages.set(toHex(revealHash(page)), page);
    return more;
  }

  setRules(rules: RevealRules): void {
    this.#settings = { ...this.#settings, rules };
  }

  /**
   * The answer to a request of a machine whose last message is of a level; null when it has to be fetched. Raises EngineError for what
   * cannot be answered.
   */
  answer(request: Uint8Array, level: number | undefined): Uint8Array | null {
    const { metadata, rules, recorded } = this.#settings;
    const data = recorded?.get(toHex(request));
    if (data !== undefined) return data;
    const read = readRevealRequest(request, level, rules.activation);
    switch (read.kind) {
      case "rawData":
        return this.#preimage(read.hash);
      case "metadata":
        return revealAnswerBytes({ kind: "metadata", metadata });
      case "dalParameters":
        return revealAnswerBytes({ kind: "dalParameters", parameters: rules.dalParameters });
      case "dalPage":
      case "adaptiveDalPage":
        throw new EngineError(
          "node.engine.no_dal",
          "the kernel asks for a page of the DAL, which is not served",
          read.kind,
        );
    }
  }

  #preimage(hash: RevealHash): Uint8Array | null {
    if (Buffer.compare(hash, WELL_KNOWN_REVEAL_HASH) === 0) return new Uint8Array(0);
    const page = this.#pages.get(toHex(hash));
    if (page !== undefined) return page;
    const path = this.#pathOf(hash);
    if (path === undefined) return null;
    const data = readIfThere(path);
    if (data === undefined) return null;
    if (!isPreimageOf(hash, data)) {
      const hex = revealHashToHex(hash);
      throw new EngineError("node.engine.wrong_preimage", `${path} does not hold the preimage of ${hex}`, hex);
    }
    return checkedLength(hash, data);
  }

  #pathOf(hash: RevealHash): string | undefined {
    const { directory } = this.#settings;
    return directory === undefined ? undefined : join(directory, revealHashToHex(hash));
  }

  /** Fetches what `answer` gave null for, and keeps it. Raises EngineError. */
  async fetch(request: Uint8Array, level: number | undefined): Promise<Uint8Array> {
    const read = readRevealRequest(request, level, this.#settings.rules.activation);
    if (read.kind !== "rawData") throw new EngineError("node.engine.inconsistent", "nothing to fetch", read.kind);
    const hex = revealHashToHex(read.hash);
    const path = this.#pathOf(read.hash);
    const { endpoint } = this.#settings;
    const missing = (): EngineError =>
      new EngineError(
        "node.engine.missing_preimage",
        `Could not open file containing preimage of reveal hash ${path ?? hex}`,
        hex,
      );
    if (endpoint === undefined) throw missing();
    this.#onEvent({ kind: "missing_pre_image", hash: hex });
    const data = await download(`${endpoint.replace(/\/+$/, "")}/${hex}`, hex);
    if (!isPreimageOf(read.hash, data)) {
      const found = revealHashToHex(revealHash(data));
      this.#onEvent({ kind: "fetched_incorrect_pre_image", expected: hex, found });
      throw missing();
    }
    if (path !== undefined) writeWhole(path, data);
    else this.#pages.set(toHex(read.hash), data);
    return checkedLength(read.hash, data);
  }
}

function checkedLength(hash: RevealHash, data: Uint8Array): Uint8Array {
  if (data.length <= MAX_REVEAL_BYTES) return data;
  const hex = revealHashToHex(hash);
  throw new EngineError("node.engine.preimage_too_long", `the preimage of ${hex} has ${data.length} bytes`, hex);
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    // Whatever keeps it from being read, the reference takes the file for absent.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** Either the whole file is there, or none. */
function writeWhole(path: string, data: Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const temporary = `${path}.part`;
  writeFileSync(temporary, data);
  renameSync(temporary, path);
}

async function download(url: string, hash: string): Promise<Uint8Array> {
  const failed = (why: string, cause?: unknown): EngineError =>
    new EngineError("node.engine.missing_preimage", `cannot fetch the preimage of ${hash} from ${url}: ${why}`, hash, {
      cause,
    });
  try {
    const { statusCode, body } = await httpRequest(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) throw failed(`more than ${MAX_BODY_BYTES} bytes`);
      chunks.push(chunk);
    }
    if (statusCode !== 200) throw failed(`HTTP status ${statusCode}`);
    return new Uint8Array(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
}
