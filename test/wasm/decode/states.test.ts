// Each tick of the decoder against the state listings and golden traces of ../shared/vectors/pvm.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { fromHex } from "../../../src/encoding/hex.js";
import { ChunkedBytes } from "../../../src/merkle/chunked-bytes.js";
import type { Tree } from "../../../src/merkle/tree.js";
import { decodeStep, initialDecodeState } from "../../../src/wasm/decode/machine.js";
import type { DecodeState } from "../../../src/wasm/decode/state.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { missingShared } from "../../shared-root.js";
import {
  differences,
  hashWith,
  type Leaves,
  reloadedDecode,
  savedDecode,
  sharedFile,
  sharedJson,
  snapshotTree,
  treeOf,
} from "./support.js";

interface Listing {
  readonly kernel: string;
  readonly pvmVersion: string;
  /** A few listings of the series are already of the next phases. */
  readonly phase: string;
  readonly tick: number;
  readonly hash: string;
  readonly base: string;
  readonly leaves: Leaves;
}

const STATES = "pvm/states";

function stateFiles(): string[] {
  if (missingShared([`vectors/${STATES}`]).length > 0) return [];
  const names = readdirSync(sharedPath("vectors", STATES)).filter((name) => /^decode-.*-\d+\.json$/.test(name));
  return names.filter((name) => sharedJson<Listing>(`${STATES}/${name}`).phase === "decode");
}

/** The first tick of the decoding that `tick` lies in: the runs of kernels start at the multiples of the ticks per snapshot. */
function firstTick(kernel: string, tick: number): number {
  const ticksPerSnapshot = kernel.includes("tx_no_verify") ? 6_000_000 : 5000;
  return Math.floor(tick / ticksPerSnapshot) * ticksPerSnapshot + 1;
}

function stepUntil(state: DecodeState, kernel: ChunkedBytes, count: number): DecodeState {
  for (let done = 0; done < count; done++) state = decodeStep(state, kernel, "pvm");
  return state;
}

/** The base listing as a tree; that of the large kernel leaves out the kernel's chunks. */
function baseTree(listing: Listing, kernel: ChunkedBytes): Tree {
  const { leaves } = sharedJson<{ leaves: Leaves }>(`${STATES}/${listing.base}`);
  const tree = treeOf(leaves);
  for (let chunk = 0; chunk * 512 < kernel.length; chunk++) {
    tree.add(["durable", "kernel", "boot.wasm", "@", "contents", String(chunk)], kernel.chunk(chunk) as Uint8Array);
  }
  return tree;
}

describeShared("decode state listings", [`vectors/${STATES}`, "vectors/kernels"], () => {
  it.each(stateFiles())("%s", (file) => {
    const listing = sharedJson<Listing>(`${STATES}/${file}`);
    const kernel = ChunkedBytes.ofBytes(sharedFile(join(STATES, listing.kernel)));
    const state = stepUntil(initialDecodeState(), kernel, listing.tick - firstTick(listing.kernel, listing.tick));
    const saved = savedDecode(state);
    expect(differences(listing.leaves, saved, "wasm/value")).toEqual([]);
    const tree = baseTree(listing, kernel);
    for (const [path, hex] of listing.leaves) {
      if (!path.startsWith("wasm/value/")) tree.add(path.split("/"), fromHex(hex));
    }
    expect(hashWith(tree, listing.tick, "decode", saved)).toBe(listing.hash);
    // The same from the stored state, and encoded as a proof does.
    const reloaded = reloadedDecode(saved);
    expect(hashWith(tree, listing.tick, "decode", savedDecode(reloaded))).toBe(listing.hash);
    expect(hashWith(tree, listing.tick, "decode", savedDecode(reloaded, true))).toBe(listing.hash);
  });
});

interface Trace {
  readonly file: string;
  readonly kernel: string;
  readonly kind: string;
  readonly pvmVersion: string;
  readonly ticksPerSnapshot: number;
  readonly inputs: readonly string[];
  readonly take: number;
  readonly skip: number;
}

const TRACES = "pvm/traces";

/** The hash traces, by kernel: the states of the decoder are the same for all versions. */
function tracesByKernel(): [string, Trace[]][] {
  const manifest = `${TRACES}/manifest.json`;
  if (missingShared([`vectors/${manifest}`]).length > 0) return [];
  const byKernel = new Map<string, Trace[]>();
  for (const trace of sharedJson<{ traces: Trace[] }>(manifest).traces) {
    if (trace.kind !== "hash") continue;
    const group = byKernel.get(trace.kernel);
    if (group === undefined) byKernel.set(trace.kernel, [trace]);
    else group.push(trace);
  }
  return [...byKernel];
}

function contextHash(hex: string): string {
  return encodeBase58Check("contextHash", fromHex(hex));
}

describeShared("golden traces, first decoding", [`vectors/${TRACES}`], () => {
  it.each(tracesByKernel())("%s", (kernelPath, group) => {
    const [{ ticksPerSnapshot, take, skip }] = group as [Trace];
    const kernel = ChunkedBytes.ofBytes(sharedFile(join(TRACES, kernelPath)));
    const versions = group.map((trace) => ({
      tree: snapshotTree(
        kernel,
        trace.pvmVersion,
        ticksPerSnapshot,
        trace.inputs.map((path) => sharedFile(join(TRACES, path))),
      ),
      lines: readFileSync(sharedPath("vectors", TRACES, trace.file), "utf8")
        .trim()
        .split("\n"),
    }));
    expect(take).toBe(1);
    let state = initialDecodeState();
    let done = 1;
    let checked = 0;
    for (let line = 1; state.kont.tag !== "MKStop"; line++) {
      const at = line * (take + skip);
      for (; done < at && state.kont.tag !== "MKStop"; done++) state = decodeStep(state, kernel, "pvm");
      if (done < at) break;
      const saved = savedDecode(state);
      for (const { tree, lines } of versions) {
        expect(contextHash(hashWith(tree, ticksPerSnapshot + done, "decode", saved)), `line ${line}`).toBe(lines[line]);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(3 * group.length);
  });
});
