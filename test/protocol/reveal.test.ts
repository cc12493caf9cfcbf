import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/encoding/binary.js";
import { DecodeError } from "../../src/encoding/errors.js";
import { fromHex, toHex } from "../../src/encoding/hex.js";
import type { Contract, RollupAddress } from "../../src/protocol/identifiers.js";
import { joinPages, PagesError, splitIntoPages } from "../../src/protocol/preimage-pages.js";
import {
  isPreimageOf,
  isRevealEnabled,
  metadataForm,
  type RevealAnswer,
  type RevealRequest,
  readRevealRequest,
  revealAnswerBytes,
  revealAnswerForm,
  revealHash,
  revealHashForm,
  revealHashFromHex,
  revealHashToHex,
  revealRequestForm,
  WELL_KNOWN_REVEAL_HASH,
} from "../../src/protocol/reveal.js";
import { at } from "./inbox-chain.js";

const ROLLUP = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress;
const KT1 = "KT1RRA1Zj6dZXZaeravro3LTmnTPpHA9cNGW" as Contract;
const ACTIVATION = { rawData: 0, metadata: 0, dalPage: 1, dalParameters: 1 };

describe("reveal hashes", () => {
  it("are a scheme byte and BLAKE2b-256", () => {
    expect(revealHashToHex(WELL_KNOWN_REVEAL_HASH)).toBe(
      "000e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
    );
    const preimage = new TextEncoder().encode("Hello");
    const hash = revealHash(preimage);
    expect(hash.length).toBe(33);
    expect(hash[0]).toBe(0);
    expect(isPreimageOf(hash, preimage)).toBe(true);
    expect(isPreimageOf(hash, new Uint8Array(0))).toBe(false);
    expect(revealHashFromHex(revealHashToHex(hash))).toEqual(hash);
    expect(decode(revealHashForm, encode(revealHashForm, hash))).toEqual(hash);
    expect(revealHashForm.fromJson(revealHashForm.toJson(hash))).toEqual(hash);
    expect(revealHashForm.toJson(hash)).toMatch(/^scrrh1/);
  });

  it("have the zero of the table", () => {
    const zero = revealHashFromHex("00".repeat(33));
    expect(revealHashForm.toJson(zero)).toBe("scrrh12ixmUpwQJL9J5W2tcRdprXXMAyGWWF1VM7A2yaCH1EadfW43SC");
  });

  it.each(["01" + "00".repeat(32), "00".repeat(32), "00".repeat(34), "0", "zz"])("are not %s", (text) => {
    expect(() => revealHashFromHex(text)).toThrowError(DecodeError);
  });
});

const requests: [string, RevealRequest, unknown][] = [
  [
    `0000${"11".repeat(32)}`,
    { kind: "rawData", hash: revealHashFromHex(`00${"11".repeat(32)}`) },
    { reveal_kind: "reveal_raw_data", input_hash: revealHashForm.toJson(revealHashFromHex(`00${"11".repeat(32)}`)) },
  ],
  ["01", { kind: "metadata" }, { reveal_kind: "reveal_metadata" }],
  [
    "02000000050700ff",
    { kind: "dalPage", pageId: { publishedLevel: 5, slotIndex: 7, pageIndex: 255 } },
    { reveal_kind: "request_dal_page", page_id: { published_level: 5, slot_index: 7, page_index: 255 } },
  ],
  ["03", { kind: "dalParameters" }, { reveal_kind: "reveal_dal_parameters" }],
  [
    "04000000050700ff4200",
    {
      kind: "adaptiveDalPage",
      pageId: { publishedLevel: 5, slotIndex: 7, pageIndex: 255 },
      attestationThresholdPercent: 66,
      restrictedPublishers: null,
    },
    {
      reveal_kind: "request_adaptive_dal_page",
      page_id: { published_level: 5, slot_index: 7, page_index: 255 },
      attestation_threshold_percent: 66,
    },
  ],
  [
    "04000000050700ff42010000001601b8a8b6f6910862bc7f78be2b459ea1e388f41aad00",
    {
      kind: "adaptiveDalPage",
      pageId: { publishedLevel: 5, slotIndex: 7, pageIndex: 255 },
      attestationThresholdPercent: 66,
      restrictedPublishers: [KT1],
    },
    {
      reveal_kind: "request_adaptive_dal_page",
      page_id: { published_level: 5, slot_index: 7, page_index: 255 },
      attestation_threshold_percent: 66,
      restricted_commitments_publishers: [KT1],
    },
  ],
];

describe("reveal requests", () => {
  it.each(requests)("%s", (hex, request, json) => {
    const bytes = encode(revealRequestForm, request);
    expect(toHex(bytes)).toBe(hex);
    expect(decode(revealRequestForm, bytes)).toEqual(request);
    expect(revealRequestForm.toJson(request)).toEqual(json);
    expect(revealRequestForm.fromJson(json)).toEqual(request);
  });

  it("limit the publishers to ten", () => {
    const [, request] = at(requests, -1);
    const many = { ...request, restrictedPublishers: new Array<Contract>(11).fill(KT1) } as RevealRequest;
    expect(() => encode(revealRequestForm, many)).toThrowError(/11 elements, 10 allowed/);
    const ten = { ...request, restrictedPublishers: new Array<Contract>(10).fill(KT1) } as RevealRequest;
    expect(decode(revealRequestForm, encode(revealRequestForm, ten))).toEqual(ten);
  });

  it("are taken for the well-known one when they cannot be read or are not enabled", () => {
    const wellKnown = { kind: "rawData", hash: WELL_KNOWN_REVEAL_HASH };
    for (const hex of ["", "05", "0100", "0001", "00", `0001${"00".repeat(32)}`]) {
      expect(readRevealRequest(fromHex(hex), 10, ACTIVATION)).toEqual(wellKnown);
    }
    for (const [, request] of requests) {
      const bytes = encode(revealRequestForm, request);
      expect(readRevealRequest(bytes, 10, ACTIVATION)).toEqual(
        request.kind === "adaptiveDalPage" ? wellKnown : request,
      );
      expect(readRevealRequest(bytes, undefined, ACTIVATION)).toEqual(wellKnown);
    }
    expect(isRevealEnabled({ kind: "dalParameters" }, 0, ACTIVATION)).toBe(false);
    expect(isRevealEnabled({ kind: "dalParameters" }, 1, ACTIVATION)).toBe(true);
    expect(isRevealEnabled({ kind: "metadata" }, 0, ACTIVATION)).toBe(true);
  });

  it("never raise for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (rest, tag) => {
        const bytes = Uint8Array.of(tag, ...rest);
        const request = readRevealRequest(bytes, 5, ACTIVATION);
        if (request.kind !== "rawData") expect(encode(revealRequestForm, request)).toEqual(bytes);
      }),
      { seed: 41, numRuns: 2000 },
    );
  });
});

describe("reveal answers", () => {
  it.each<[RevealAnswer, string, string, unknown]>([
    [{ kind: "rawData", data: fromHex("cafe") }, "cafe", "00cafe", { reveal_data_kind: "raw_data", raw_data: "cafe" }],
    [
      { kind: "metadata", metadata: { address: ROLLUP, originationLevel: 12 } },
      `${"00".repeat(20)}0000000c`,
      `01${"00".repeat(20)}0000000c`,
      { reveal_data_kind: "metadata", metadata: { address: ROLLUP, origination_level: 12 } },
    ],
    [{ kind: "dalPage", content: null }, "", "0200", { reveal_data_kind: "dal_page", dal_page_content: null }],
    [
      { kind: "dalPage", content: fromHex("0102") },
      "0102",
      "0201000000020102",
      { reveal_data_kind: "dal_page", dal_page_content: "0102" },
    ],
    [
      {
        kind: "dalParameters",
        parameters: { numberOfSlots: 32n, attestationLag: 8n, slotSize: 126_944n, pageSize: 3967n },
      },
      "00000000000000200000000000000008000000000001efe00000000000000f7f",
      "0300000000000000200000000000000008000000000001efe00000000000000f7f",
      {
        reveal_data_kind: "dal_parameters",
        dal_parameters: { number_of_slots: "32", attestation_lag: "8", slot_size: "126944", page_size: "3967" },
      },
    ],
  ])("%#", (answer, given, encoded, json) => {
    expect(toHex(revealAnswerBytes(answer))).toBe(given);
    expect(toHex(encode(revealAnswerForm, answer))).toBe(encoded);
    expect(decode(revealAnswerForm, fromHex(encoded))).toEqual(answer);
    expect(revealAnswerForm.toJson(answer)).toEqual(json);
    expect(revealAnswerForm.fromJson(json)).toEqual(answer);
  });

  it("hold at most 4096 bytes of raw data", () => {
    expect(encode(revealAnswerForm, { kind: "rawData", data: new Uint8Array(4096) }).length).toBe(4097);
    expect(() => encode(revealAnswerForm, { kind: "rawData", data: new Uint8Array(4097) })).toThrowError(
      /4096 allowed/,
    );
    expect(() => decode(revealAnswerForm, new Uint8Array(4098))).toThrowError(DecodeError);
  });

  it("read metadata of 24 bytes only", () => {
    expect(() => decode(metadataForm, new Uint8Array(23))).toThrowError(DecodeError);
    expect(() => decode(metadataForm, new Uint8Array(25))).toThrowError(DecodeError);
    expect(() => decode(metadataForm, Uint8Array.of(...new Uint8Array(20), 0x80, 0, 0, 0))).toThrowError(DecodeError);
  });
});

describe("preimage pages", () => {
  // The SDK's own example of a page of contents, and of a page of two hashes.
  it("have the SDK's form", () => {
    const text = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do e";
    const { root, pages } = splitIntoPages(new TextEncoder().encode(text));
    const page = `0000000041${toHex(new TextEncoder().encode(text))}`;
    expect([...pages.values()].map(toHex)).toEqual([page]);
    expect(root).toEqual(revealHash(fromHex(page)));
    const two = splitIntoPages(new Uint8Array(4092));
    const first = revealHash(fromHex(`0000000ffb${"00".repeat(4091)}`));
    const second = revealHash(fromHex("000000000100"));
    const node = fromHex(`0100000042${toHex(first)}${toHex(second)}`);
    expect(two.root).toEqual(revealHash(node));
    expect(two.pages.get(toHex(two.root))).toEqual(node);
    expect(two.pages.size).toBe(3);
  });

  it.each([0, 1, 4091, 4092, 4091 * 123, 4091 * 123 + 1, 4091 * 124 * 2])("join again: %d bytes", (length) => {
    const data = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 12)) & 0xff);
    const { root, pages } = splitIntoPages(data);
    for (const page of pages.values()) expect(page.length).toBeLessThanOrEqual(4096);
    expect(toHex(joinPages(root, (hash) => pages.get(toHex(hash)), length))).toBe(toHex(data));
    if (length > 0) {
      expect(() => joinPages(root, (hash) => pages.get(toHex(hash)), length - 1)).toThrowError(
        expect.objectContaining({ code: "protocol.pages.too_large" }),
      );
    }
  });

  it("say what is wrong", () => {
    const { root } = splitIntoPages(new Uint8Array(5000));
    expect(() => joinPages(root, () => undefined, 5000)).toThrowError(PagesError);
    expect(() => joinPages(root, () => fromHex("02"), 5000)).toThrowError(DecodeError);
    expect(() => joinPages(root, () => fromHex("000000000201"), 5000)).toThrowError(DecodeError);
    const self = fromHex(`0100000021${toHex(root)}`);
    expect(() => joinPages(root, () => self, 5000)).toThrowError(
      expect.objectContaining({ code: "protocol.pages.too_large" }),
    );
  });

  it("ignore bytes after a page", () => {
    expect(toHex(joinPages(WELL_KNOWN_REVEAL_HASH, () => fromHex("0000000002cafeffff"), 10))).toBe("cafe");
  });
});
