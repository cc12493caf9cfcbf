/**
 * hash-wasm's BLAKE2b-256, called without its wrapper: the wrapper makes three typed arrays a hash, which is half of the time of a hash of
 * some 100 bytes and most of what the garbage collector then has to do. The package gives no public way to its WebAssembly instance, so the
 * instance is caught while it is made; if it is not found, or is not what it was in the pinned version, the public way serves.
 */
import { createBLAKE2b } from "hash-wasm";

const HASH_BITS = 256;
/** Size of the instance's buffer. */
const BUFFER_BYTES = 16 * 1024;

interface Blake2bExports {
  readonly memory: WebAssembly.Memory;
  Hash_GetBuffer(): number;
  Hash_Init(bits: number): void;
  Hash_Update(length: number): void;
  Hash_Final(padding: number | null): void;
}

function isBlake2b(exports: object): exports is Blake2bExports {
  return ["memory", "Hash_GetBuffer", "Hash_Init", "Hash_Update", "Hash_Final"].every((name) => name in exports);
}

/** Makes an instance through the package and gives its exports; null if they are not there. */
async function catchExports(): Promise<Blake2bExports | null> {
  const { instantiate } = WebAssembly;
  let caught: Blake2bExports | null = null;
  const watching = async (...args: Parameters<typeof instantiate>): Promise<unknown> => {
    const made: unknown = await instantiate(...args);
    if (made instanceof WebAssembly.Instance && isBlake2b(made.exports)) caught = made.exports;
    return made;
  };
  WebAssembly.instantiate = watching as typeof instantiate;
  try {
    await createBLAKE2b(HASH_BITS);
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return caught;
}

const exports = await catchExports();

/** BLAKE2b-256 of what stands in a buffer of its own. */
export interface ScratchHasher {
  /** Where the input goes: its first bytes. */
  readonly buffer: Uint8Array;
  /** Hashes the first `length` bytes; the hash is then in `digest`, until the buffer is written to. */
  hash(length: number): void;
  /** The hash as eight words in the byte order of the machine (little-endian wherever Node runs). */
  readonly digest: Int32Array;
}

function scratchHasher({ memory, Hash_GetBuffer, Hash_Init, Hash_Update, Hash_Final }: Blake2bExports): ScratchHasher {
  const offset = Hash_GetBuffer();
  return {
    buffer: new Uint8Array(memory.buffer, offset, BUFFER_BYTES),
    digest: new Int32Array(memory.buffer, offset, 8),
    hash(length) {
      Hash_Init(HASH_BITS);
      Hash_Update(length);
      Hash_Final(null);
    },
  };
}

/** The quick way; null when only the package's public interface is there. */
export const wasmScratchHasher: ScratchHasher | null = exports === null ? null : scratchHasher(exports);
