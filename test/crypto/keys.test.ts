import { readFileSync } from "node:fs";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import nacl from "tweetnacl";
import { describe, expect, test } from "vitest";
import {
  addressOf,
  type Curve,
  KeyError,
  parsePublicKey,
  parseSecretKey,
  parseSignature,
  printGenericSignature,
  printPublicKey,
  printSecretKey,
  printSignature,
  publicKeyFromBytes,
  secretKeyFromBytes,
  sign,
  signedDigest,
  verify,
  WATERMARK,
} from "../../src/crypto/keys.js";
import { Base58Error, encodeBase58Check } from "../../src/encoding/base58check.js";
import { fromHex } from "../../src/encoding/hex.js";
import { describeShared, sharedPath } from "../shared-data.js";

const CURVES: readonly Curve[] = ["ed25519", "secp256k1", "p256"];
const BOOTSTRAP1 = "edsk3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh";

/** Order of each group. */
const ORDERS = {
  ed25519: 2n ** 252n + 27742317777372353535851937790883648493n,
  secp256k1: secp256k1.Point.CURVE().n,
  p256: p256.Point.CURVE().n,
};

function failure(run: () => unknown): KeyError {
  try {
    run();
  } catch (error) {
    if (error instanceof KeyError) return error;
    throw error;
  }
  throw new Error("no error raised");
}

function seed(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

/** The second half of a signature as a number, and back, in the byte order of the curve. */
function scalarOf(curve: Curve, signature: Uint8Array): bigint {
  const half = [...signature.subarray(32)];
  if (curve === "ed25519") half.reverse();
  return half.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

function withScalar(curve: Curve, signature: Uint8Array, scalar: bigint): Uint8Array {
  const half = fromHex(scalar.toString(16).padStart(64, "0"));
  if (curve === "ed25519") half.reverse();
  const changed = signature.slice();
  changed.set(half, 32);
  return changed;
}

describe("keys", () => {
  test("the first account of every sandbox", () => {
    const key = parseSecretKey(BOOTSTRAP1);
    expect(printPublicKey(key.publicKey)).toBe("edpkuBknW28nW72KG6RoHtYW7p12T6GKc7nAbwYX5m8Wd9sDVC9yav");
    expect(addressOf(key.publicKey)).toBe("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx");
    expect(printSecretKey(parseSecretKey(`unencrypted:${BOOTSTRAP1}`))).toBe(BOOTSTRAP1);
  });

  test("the long form of an ed25519 secret key", () => {
    const key = parseSecretKey(BOOTSTRAP1);
    const long = new Uint8Array(64);
    long.set(key.bytes);
    long.set(key.publicKey.bytes, 32);
    const text = encodeBase58Check("ed25519SecretKey", long);
    expect(text).toHaveLength(98);
    expect(parseSecretKey(text)).toEqual(key);
  });

  test.each(CURVES)("%s: texts read back", (curve) => {
    const key = secretKeyFromBytes(curve, seed(7));
    expect(parseSecretKey(printSecretKey(key))).toEqual(key);
    expect(parsePublicKey(printPublicKey(key.publicKey))).toEqual(key.publicKey);
    expect(addressOf(key.publicKey)).toMatch({ ed25519: /^tz1/, secp256k1: /^tz2/, p256: /^tz3/ }[curve]);
    const signature = sign(key, Uint8Array.of(1, 2, 3));
    expect(printSignature(signature)).toMatch({ ed25519: /^edsig/, secp256k1: /^spsig1/, p256: /^p2sig/ }[curve]);
    expect(parseSignature(printSignature(signature))).toEqual(signature);
    expect(printGenericSignature(signature)).toMatch(/^sig/);
    expect(parseSignature(printGenericSignature(signature))).toEqual({ bytes: signature.bytes });
    expect(printSignature({ bytes: signature.bytes })).toBe(printGenericSignature(signature));
  });

  test("the generator has the standard coordinates", () => {
    const one = seed(0);
    one[31] = 1;
    expect(secretKeyFromBytes("secp256k1", one).publicKey.bytes).toEqual(
      fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    );
    expect(secretKeyFromBytes("p256", one).publicKey.bytes).toEqual(
      fromHex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    );
    // RFC 8032, test 1.
    expect(
      secretKeyFromBytes("ed25519", fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        .publicKey.bytes,
    ).toEqual(fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  });

  test("keys that cannot be used", () => {
    const offCurve = fromHex("02" + "05".padStart(64, "0")); // 5^3 + 7 has no square root
    expect(failure(() => secretKeyFromBytes("p256", seed(0))).code).toBe("crypto.invalid_key");
    expect(failure(() => secretKeyFromBytes("secp256k1", seed(255))).code).toBe("crypto.invalid_key");
    expect(failure(() => secretKeyFromBytes("ed25519", new Uint8Array(31))).code).toBe("crypto.invalid_key");
    expect(failure(() => publicKeyFromBytes("p256", new Uint8Array(33))).code).toBe("crypto.invalid_key");
    expect(failure(() => publicKeyFromBytes("secp256k1", offCurve)).code).toBe("crypto.invalid_key");
    expect(failure(() => publicKeyFromBytes("ed25519", new Uint8Array(33))).code).toBe("crypto.invalid_key");
    expect(failure(() => parsePublicKey(encodeBase58Check("secp256k1PublicKey", offCurve))).code).toBe(
      "crypto.invalid_key",
    );
  });

  test("texts that are something else", () => {
    expect(failure(() => parsePublicKey("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx")).code).toBe("crypto.not_a_key");
    expect(failure(() => parseSecretKey("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx")).code).toBe("crypto.not_a_key");
    expect(failure(() => parseSignature("tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx")).code).toBe("crypto.not_a_signature");
    expect(failure(() => parseSecretKey("encrypted:edesk1abc")).code).toBe("crypto.encrypted_key");
    expect(failure(() => parseSecretKey("edesk1abc")).code).toBe("crypto.encrypted_key");
    expect(failure(() => parseSecretKey("ledger://some/path")).code).toBe("crypto.unsupported_scheme");
    expect(failure(() => parsePublicKey(encodeBase58Check("blsPublicKey", new Uint8Array(48)))).code).toBe(
      "crypto.unsupported_scheme",
    );
    expect(() => parsePublicKey("nonsense")).toThrow(Base58Error);
  });

  test("a secret key never shows in an error", () => {
    const damaged = BOOTSTRAP1.replace("gUf", "gUg");
    for (const run of [
      () => parseSecretKey(damaged),
      () => parseSecretKey(`unencrypted:${damaged}`),
      () => parsePublicKey(BOOTSTRAP1),
      () => parseSignature(BOOTSTRAP1),
    ]) {
      const error = failure(run);
      expect(JSON.stringify([error.message, error.value, error.stack])).not.toMatch(/gUf|gUg/);
    }
  });
});

describe("signatures", () => {
  test.each(CURVES)("%s: sign, verify, refuse what was changed", (curve) => {
    const key = secretKeyFromBytes(curve, seed(9));
    const other = secretKeyFromBytes(curve, seed(10)).publicKey;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 511 }), (message, bit) => {
        const signature = sign(key, message);
        expect(sign(key, message)).toEqual(signature);
        expect(verify(key.publicKey, signature, message)).toBe(true);
        expect(verify(key.publicKey, { bytes: signature.bytes }, message)).toBe(true);
        expect(verify(other, signature, message)).toBe(false);
        expect(verify(key.publicKey, signature, message, WATERMARK.none)).toBe(false);
        expect(verify(key.publicKey, signature, Uint8Array.of(...message, 0))).toBe(false);
        const damaged = signature.bytes.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verify(key.publicKey, { curve, bytes: damaged }, message)).toBe(false);
      }),
      { seed: 1, numRuns: 12 },
    );
  });

  test("a signature of another curve is refused", () => {
    const message = Uint8Array.of(1);
    const key = secretKeyFromBytes("secp256k1", seed(9));
    const signature = sign(key, message);
    expect(verify(key.publicKey, { curve: "p256", bytes: signature.bytes }, message)).toBe(false);
  });

  test("malformed signatures and keys are refused without raising", () => {
    const message = Uint8Array.of(1);
    for (const curve of CURVES) {
      const { publicKey } = secretKeyFromBytes(curve, seed(9));
      for (const bytes of [new Uint8Array(64), new Uint8Array(64).fill(255), new Uint8Array(63), new Uint8Array(0)]) {
        expect(verify(publicKey, { bytes }, message)).toBe(false);
      }
      expect(
        verify({ curve, bytes: new Uint8Array(publicKey.bytes.length).fill(2) }, { bytes: seed(1) }, message),
      ).toBe(false);
      expect(verify({ curve, bytes: new Uint8Array(5) }, { bytes: new Uint8Array(64) }, message)).toBe(false);
    }
  });

  test("malleable signatures: taken on P-256, refused elsewhere, as in Octez", () => {
    const message = Uint8Array.of(4, 5, 6);
    for (const curve of CURVES) {
      const key = secretKeyFromBytes(curve, seed(3));
      const { bytes } = sign(key, message);
      const scalar = scalarOf(curve, bytes);
      expect(scalar).toBeLessThan(ORDERS[curve]);
      const twin = curve === "ed25519" ? scalar + ORDERS[curve] : ORDERS[curve] - scalar;
      expect(verify(key.publicKey, { curve, bytes: withScalar(curve, bytes, twin) }, message)).toBe(curve === "p256");
    }
  });
});

test("ed25519 agrees with a second implementation", () => {
  for (let n = 0; n < 20; n++) {
    const pair = nacl.sign.keyPair.fromSeed(seed(n));
    const key = secretKeyFromBytes("ed25519", seed(n));
    expect(key.publicKey.bytes).toEqual(pair.publicKey);
    const message = seed(n + 100);
    const digest = signedDigest(message, WATERMARK.none);
    const { bytes } = sign(key, message, WATERMARK.none);
    expect(bytes).toEqual(nacl.sign.detached(digest, pair.secretKey));
    for (const at of [0, 31, 32, 40, 62]) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1; // below 64
      const ours = verify(key.publicKey, { bytes: changed }, message, WATERMARK.none);
      expect(ours).toBe(nacl.sign.detached.verify(digest, changed, pair.publicKey));
    }
  }
});

describeShared("recorded operations", "vectors/protocol/operations.json", () => {
  interface Recorded {
    readonly contents: readonly { readonly kind: string; readonly source?: string; readonly public_key?: string }[];
    readonly signature?: string;
    readonly signed_hex?: string;
  }
  const { operations, signature_check: checked } = JSON.parse(
    readFileSync(sharedPath("vectors/protocol/operations.json"), "utf8"),
  ) as { operations: Recorded[]; signature_check: { public_key: string } };

  test("a reveal signed by the key it reveals", () => {
    const reveal = operations.find((one) => one.contents[0]?.public_key === checked.public_key);
    expect(reveal).toBeDefined();
    const key = parsePublicKey(checked.public_key);
    expect(addressOf(key)).toBe(reveal?.contents[0]?.source);
    const signed = fromHex(reveal?.signed_hex ?? "");
    const unsigned = signed.subarray(0, signed.length - 64);
    const signature = parseSignature(reveal?.signature ?? "");
    expect(signature.bytes).toEqual(signed.subarray(signed.length - 64));
    expect(verify(key, signature, unsigned)).toBe(true);
    expect(verify(key, signature, unsigned, WATERMARK.none)).toBe(false);
  });
});
