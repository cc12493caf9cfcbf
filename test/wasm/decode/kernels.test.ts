// Every tick of the hand-made kernels of ../shared/vectors/pvm/states, and what wrong kernels end in.
import { expect, it } from "vitest";
import { ByteWriter } from "../../../src/encoding/binary.js";
import { fromHex, toHex } from "../../../src/encoding/hex.js";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import { Directory, Leaf, type TreeNode } from "../../../src/merkle/node.js";
import { buildNode } from "../../../src/merkle/schema.js";
import { Tree } from "../../../src/merkle/tree.js";
import { decodedModule, decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import type { DecodeState } from "../../../src/wasm/decode/state.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { moduleSchema } from "../../../src/wasm/module-schema.js";
import type { Module } from "../../../src/wasm/syntax.js";
import { describeShared } from "../../shared-data.js";
import { missingShared } from "../../shared-root.js";
import { hashWith, reloadedDecode, savedDecode, sharedJson, snapshotTree } from "./support.js";

const SYNTHETIC = "pvm/states/decode-synthetic.json";
const MALFORMED = "pvm/states/decode-malformed.json";

interface Suite<T> {
  readonly pvmVersion: string;
  readonly ticksPerSnapshot: number;
  readonly kernels?: readonly T[];
  readonly cases?: readonly T[];
}

interface Synthetic {
  readonly name: string;
  readonly kernel: string;
  readonly hashes: readonly string[];
}

interface Malformed {
  readonly name: string;
  readonly kernel: string;
  readonly stuckTick?: number;
  readonly raw?: string;
  readonly stuckLeaf?: string;
  readonly hash?: string;
  readonly linkTick?: number;
}

function entries<T>(file: string, of: (suite: Suite<T>) => readonly T[] | undefined): readonly T[] {
  return missingShared([`vectors/${file}`]).length > 0 ? [] : (of(sharedJson<Suite<T>>(file)) ?? []);
}

/** The first Link state, from the module (pvm-encodings.md §3). */
function linkState(module: Module): TreeNode {
  const zero = new Uint8Array(4);
  const tree = new Tree(Directory.empty);
  tree.addTree(["ast_module"], buildNode(moduleSchema, module, false) as TreeNode); // never empty
  tree.add(["externs", "length"], zero);
  tree.add(["externs", "head"], zero);
  tree.add(["imports_offset"], zero);
  return tree.root;
}

/** The leaf of Decode_error (pvm-encodings.md §8). */
function decodeErrorLeaf(error: GuestError): string {
  const out = new ByteWriter();
  out.u8(error.known ? 0 : 5);
  out.bytes(Buffer.from(error.raw.slice(0, 128), "latin1"));
  if (error.known) {
    out.u8(error.explanation === null ? 0 : 1);
    if (error.explanation !== null) out.bytes(Buffer.from(error.explanation.slice(0, 128), "latin1"));
  }
  return toHex(out.finish());
}

/** The error of a step, or the state after it. */
function tryStep(state: DecodeState, kernel: ChunkedBytes): DecodeState | GuestError {
  try {
    return decodeStep(state, kernel, "pvm");
  } catch (error) {
    if (error instanceof GuestError) return error;
    throw error;
  }
}

describeShared("hand-made kernels, every tick", [`vectors/${SYNTHETIC}`], () => {
  const { pvmVersion, ticksPerSnapshot } = sharedJson<Suite<Synthetic>>(SYNTHETIC);

  it.each(entries<Synthetic>(SYNTHETIC, ({ kernels }) => kernels))("$name", ({ kernel: hex, hashes }) => {
    const kernel = ChunkedBytes.ofBytes(fromHex(hex));
    const tree = snapshotTree(kernel, pvmVersion, ticksPerSnapshot);
    let state = initialDecodeState();
    // The same machine, its state saved and loaded after each tick.
    let stored = savedDecode(state);
    hashes.forEach((hash, index) => {
      const tick = ticksPerSnapshot + 1 + index;
      const module = decodedModule(state);
      if (index === hashes.length - 1) {
        expect(module).not.toBeNull();
        return;
      }
      expect(hashWith(tree, tick, "decode", savedDecode(state)), `tick ${tick}`).toBe(hash);
      expect(toHex(stored.hash), `stored, tick ${tick}`).toBe(toHex(savedDecode(state).hash));
      if (module !== null) {
        expect(index).toBe(hashes.length - 2);
        expect(hashWith(tree, tick + 1, "link", linkState(module))).toBe(hashes[index + 1]);
        return;
      }
      state = decodeStep(state, kernel, "pvm");
      stored = savedDecode(decodeStep(reloadedDecode(stored), kernel, "pvm"), index % 2 === 0);
    });
  });
});

describeShared("wrong kernels", [`vectors/${MALFORMED}`], () => {
  const { pvmVersion, ticksPerSnapshot } = sharedJson<Suite<Malformed>>(MALFORMED);

  it.each(entries<Malformed>(MALFORMED, ({ cases }) => cases))("$name", (entry) => {
    const kernel = ChunkedBytes.ofBytes(fromHex(entry.kernel));
    let state: DecodeState | GuestError = initialDecodeState();
    let tick = ticksPerSnapshot + 1;
    for (; !(state instanceof GuestError) && decodedModule(state) === null; tick++) state = tryStep(state, kernel);
    if (!(state instanceof GuestError)) {
      expect(tick + 1).toBe(entry.linkTick);
      return;
    }
    expect(tick).toBe(entry.stuckTick);
    expect(state.raw).toBe(entry.raw);
    expect(decodeErrorLeaf(state)).toBe(entry.stuckLeaf);
    const tree = snapshotTree(kernel, pvmVersion, ticksPerSnapshot);
    tree.add(["wasm", "reboot_counter"], fromHex("e907")); // a failing tick resets it to 1001
    expect(hashWith(tree, tick, "stuck", Leaf.of(fromHex(decodeErrorLeaf(state))))).toBe(entry.hash);
  });
});
