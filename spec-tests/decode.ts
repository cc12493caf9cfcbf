// A binary's module, by single ticks of the decoder or by whole elements.
import { ChunkedBytes } from "../src/merkle/chunked-bytes.js";
import { decodedModule, decodeStep, initialDecodeState } from "../src/wasm/decode/machine.js";
import { decodeModule } from "../src/wasm/decode/many.js";
import type { Engine } from "../src/wasm/embedding/store.js";
import type { Module } from "../src/wasm/syntax.js";

function decodeByTicks(bytes: Uint8Array): Module {
  const kernel = ChunkedBytes.ofBytes(bytes);
  let state = initialDecodeState();
  for (;;) {
    const module = decodedModule(state);
    if (module !== null) return module;
    state = decodeStep(state, kernel, "full");
  }
}

/** The module in a binary. Throws `GuestError`. */
export function decodeBinary(bytes: Uint8Array, engine: Engine): Module {
  return engine === "fast" ? decodeModule(bytes, "full") : decodeByTicks(bytes);
}
