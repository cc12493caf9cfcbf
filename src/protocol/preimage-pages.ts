// Data too long for one reveal, as a tree of pages (the kernel SDK's "DAC" pages, which installer kernels read): a page has at
// most 4096 bytes and is revealed by its hash. Page: tag 00 and contents, or tag 01 and the hashes of the pages below, either
// behind a 4-byte size. Pages are filled from the left; the root is the one page that no other names.

import { ByteReader, encode } from "../encoding/binary.js";
import { bytes, list, union, valueCase } from "../encoding/codecs.js";
import { REVEAL_HASH_BYTES, type RevealHash, revealHash, revealHashForm, revealHashToHex } from "./reveal.js";

/** Most bytes of a page: those of a raw reveal. */
export const MAX_PAGE_BYTES = 4096;

const HEADER_BYTES = 5;
const MAX_CONTENTS_BYTES = MAX_PAGE_BYTES - HEADER_BYTES;
const MAX_HASHES = Math.floor(MAX_CONTENTS_BYTES / REVEAL_HASH_BYTES);

/** Trees deeper than this hold more than 100 GB. */
const MAX_DEPTH = 6;

const pageCodec = union({
  name: "page",
  cases: [valueCase(0, "contents", bytes), valueCase(1, "hashes", list(revealHashForm))],
});

/** The pages of some data. */
export interface PagedData {
  readonly root: RevealHash;
  /** Every page, by its hash in hexadecimal. */
  readonly pages: ReadonlyMap<string, Uint8Array>;
}

/** Cuts data into pages. Data of no bytes is one empty page, which the SDK refuses to make. */
export function splitIntoPages(data: Uint8Array): PagedData {
  const pages = new Map<string, Uint8Array>();
  const store = (page: Uint8Array): RevealHash => {
    const hash = revealHash(page);
    pages.set(revealHashToHex(hash), page);
    return hash;
  };
  let hashes = chunks(data.length, MAX_CONTENTS_BYTES).map(([start, end]) =>
    store(encode(pageCodec, { kind: "contents", value: data.subarray(start, end) })),
  );
  while (hashes.length > 1) {
    const below = hashes;
    hashes = chunks(below.length, MAX_HASHES).map(([start, end]) =>
      store(encode(pageCodec, { kind: "hashes", value: below.slice(start, end) })),
    );
  }
  return { root: hashes[0] as RevealHash, pages }; // there is at least one chunk
}

/** The ranges of `length` things cut every `size`; one, empty, for none. */
function chunks(length: number, size: number): [start: number, end: number][] {
  return Array.from({ length: Math.max(1, Math.ceil(length / size)) }, (_, i) => [
    i * size,
    Math.min((i + 1) * size, length),
  ]);
}

/** A page that is absent, or is not one, or a tree of more bytes or levels than allowed. */
export class PagesError extends Error {
  override readonly name = "PagesError";

  constructor(
    readonly code: "protocol.pages.missing" | "protocol.pages.too_large",
    reason: string,
    /** Hash of the page, in hexadecimal. */
    readonly page: string,
  ) {
    super(`${code}: ${reason} (page ${page})`);
  }
}

/**
 * The data whose root page is given. Pages come from `lookup`, by hash; bytes after a page's end are ignored, as the SDK does.
 * Raises PagesError when a page is missing or the data has more than `maxBytes`, DecodeError for a malformed page.
 */
export function joinPages(
  root: RevealHash,
  lookup: (hash: RevealHash) => Uint8Array | undefined,
  maxBytes: number,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const pending: { hash: RevealHash; depth: number }[] = [{ hash: root, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { hash, depth } = next;
    const raw = lookup(hash);
    if (raw === undefined) throw new PagesError("protocol.pages.missing", "no such page", revealHashToHex(hash));
    const page = pageCodec.read(new ByteReader(raw));
    if (page.kind === "contents") {
      parts.push(page.value);
      size += page.value.length;
    } else {
      // The first page is on top of the stack.
      for (const below of page.value.toReversed()) pending.push({ hash: below, depth: depth + 1 });
    }
    if (size > maxBytes || depth > MAX_DEPTH || pending.length > MAX_DEPTH * MAX_HASHES) {
      throw new PagesError("protocol.pages.too_large", `more than ${maxBytes} bytes`, revealHashToHex(hash));
    }
  }
  return concatenated(parts, size);
}

function concatenated(parts: readonly Uint8Array[], size: number): Uint8Array {
  const data = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}
