/**
 * Where answers to reveals come from (debugger.md §8): recorded inputs, a directory of preimages, an endpoint, a person. What is not checked
 * by Octez's debugger is told: data that is not a preimage of its hash.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "../encoding/binary.js";
import { toHex } from "../encoding/hex.js";
import { type RollupAddress, rollupAddressForm } from "../protocol/identifiers.js";
import {
  type DalParameters,
  dalParametersForm,
  isPreimageOf,
  metadataForm,
  type RevealHash,
  revealHash,
  revealHashToHex,
  WELL_KNOWN_REVEAL_HASH,
} from "../protocol/reveal.js";
import { DebuggerError } from "./errors.js";
import { readRequest } from "./show-state.js";

export interface RevealOptions {
  /** Answers known beforehand: request in lower-case hexadecimal → data. */
  readonly recorded?: ReadonlyMap<string, Uint8Array>;
  readonly preimageDir?: string;
  /** `GET <endpoint>/<hash>`; what it gives is kept in the directory of preimages. */
  readonly preimageEndpoint?: string;
  readonly dalPagesDir?: string;
  readonly dalParameters?: DalParameters;
  readonly rollup: string;
  readonly originationLevel?: number;
}

/** Asks a person for data. Null: there is nobody, or nothing usable was said. */
export type AskForData = (kind: "Preimage" | "DAL page", name: string, directory: string) => Promise<Uint8Array | null>;

/** What is told on the way: a line without its newline. */
export type Tell = (line: string) => void;

export const DEFAULT_PREIMAGE_DIR = "preimage";
export const DEFAULT_DAL_PAGES_DIR = "dal_pages";

/** The protocol's parameters of the DAL (mainnet). */
export const DEFAULT_DAL_PARAMETERS: DalParameters = {
  numberOfSlots: 32n,
  attestationLag: 8n,
  slotSize: 126_944n,
  pageSize: 3_967n,
};

const FETCH_TIMEOUT_MS = 30_000;
const MAX_FETCHED_BYTES = 1 << 20;

export class Reveals {
  readonly options: RevealOptions;
  readonly #tell: Tell;
  #fetching: AbortController | null = null;

  constructor(options: RevealOptions, tell: Tell = () => {}) {
    this.options = options;
    this.#tell = tell;
  }

  get preimageDir(): string {
    return this.options.preimageDir ?? DEFAULT_PREIMAGE_DIR;
  }

  get metadata(): Uint8Array {
    const address = rollupAddressForm.fromJson(this.options.rollup) as RollupAddress;
    return encode(metadataForm, { address, originationLevel: this.options.originationLevel ?? 0 });
  }

  /** Gives up what is being fetched. */
  interrupt(): void {
    this.#fetching?.abort(new Error("interrupted"));
  }

  /** The answer that needs neither a person nor the network; null when there is none. */
  known(request: Uint8Array): Uint8Array | null {
    const recorded = this.options.recorded?.get(toHex(request));
    if (recorded !== undefined) return recorded;
    const read = readRequest(request);
    switch (read.kind) {
      case "rawData":
        if (Buffer.compare(read.hash, WELL_KNOWN_REVEAL_HASH) === 0) return new Uint8Array(0);
        return this.preimageOnDisk(read.hash);
      case "metadata":
        return this.metadata;
      case "dalParameters":
        return encode(dalParametersForm, this.options.dalParameters ?? DEFAULT_DAL_PARAMETERS);
      case "dalPage":
      case "adaptiveDalPage":
        return readIfThere(join(this.dalPagesDir, pageName(read.pageId)));
    }
  }

  /** The answer to a request; null when nobody has one. Throws `DebuggerError` when a person was asked in vain. */
  async answer(request: Uint8Array, ask: AskForData | null): Promise<Uint8Array | null> {
    const known = this.known(request);
    if (known !== null) return known;
    const read = readRequest(request);
    if (read.kind === "rawData") {
      const fetched = await this.fetchPreimage(read.hash);
      if (fetched === "interrupted") return null;
      if (fetched !== null) return fetched;
      if (ask === null) return null;
      const data = await ask("Preimage", revealHashToHex(read.hash), this.preimageDir);
      if (data !== null) this.warnUnlessPreimage(read.hash, data);
      return data;
    }
    if (read.kind !== "dalPage" && read.kind !== "adaptiveDalPage") return null;
    return ask === null ? null : ask("DAL page", pageName(read.pageId), this.dalPagesDir);
  }

  private get dalPagesDir(): string {
    return this.options.dalPagesDir ?? DEFAULT_DAL_PAGES_DIR;
  }

  private preimageOnDisk(hash: RevealHash): Uint8Array | null {
    const data = readIfThere(join(this.preimageDir, revealHashToHex(hash)));
    if (data !== null) this.warnUnlessPreimage(hash, data);
    return data;
  }

  private warnUnlessPreimage(hash: RevealHash, data: Uint8Array): void {
    if (isPreimageOf(hash, data)) return;
    this.#tell(
      `Warning: this data is not the preimage of ${toHex(hash)} but of ${toHex(revealHash(data))}; no proof can show it`,
    );
  }

  private async fetchPreimage(hash: RevealHash): Promise<Uint8Array | "interrupted" | null> {
    const endpoint = this.options.preimageEndpoint;
    if (endpoint === undefined) return null;
    const name = revealHashToHex(hash);
    const base = new URL(endpoint);
    let data: Uint8Array;
    const fetching = new AbortController();
    this.#fetching = fetching;
    try {
      const url = new URL(`${base.pathname.replace(/\/$/, "")}/${name}`, base);
      const signal = AbortSignal.any([AbortSignal.timeout(FETCH_TIMEOUT_MS), fetching.signal]);
      const response = await fetch(url, { signal });
      if (response.status !== 200) {
        this.#tell(`Could not fetch ${name} from ${base.pathname}. Response status code ${response.status}`);
        return null;
      }
      data = await readBody(response);
    } catch (error) {
      if (fetching.signal.aborted) return "interrupted";
      this.#tell(`Could not fetch ${name} from ${endpoint}: ${faultOf(error)}`);
      return null;
    } finally {
      this.#fetching = null;
    }
    if (!isPreimageOf(hash, data)) {
      throw new DebuggerError(
        "debugger.no_answer",
        `${endpoint} gave a preimage of hash ${toHex(revealHash(data))} instead of ${name}`,
      );
    }
    try {
      writeFileSync(join(this.preimageDir, name), data);
    } catch {
      // Not kept: it will be fetched again.
    }
    return data;
  }
}

/** The body of an answer. Throws when it is larger than any preimage. */
async function readBody(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += (piece as Uint8Array).length;
    if (length > MAX_FETCHED_BYTES) throw new Error(`more than ${MAX_FETCHED_BYTES} bytes`);
    pieces.push(piece as Uint8Array);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** `fetch` hides what went wrong behind "fetch failed". */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function pageName(page: {
  readonly publishedLevel: number;
  readonly slotIndex: number;
  readonly pageIndex: number;
}): string {
  return `${page.publishedLevel}-${page.slotIndex}-${page.pageIndex}`;
}

function readIfThere(path: string): Uint8Array | null {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return null;
  }
}
