import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { toHex } from "../../src/encoding/hex.js";
import {
  backPath,
  backPathFault,
  backPointerCount,
  backPointerTarget,
  genesisCell,
  indexForm,
  nextCell,
  type SkipListCell,
  searchCell,
  searchCellAsync,
} from "../../src/protocol/skip-list.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { at } from "./inbox-chain.js";

type Cell = SkipListCell<number, Uint8Array>;

function hashOf(cell: Cell): Uint8Array {
  return blake2b256(new TextEncoder().encode(`${cell.content}:${cell.backPointers.map(toHex).join()}`));
}

/** A list of `length` cells, whose contents are 10 times their indices. */
function listOf(length: number): {
  cells: Cell[];
  hashes: Uint8Array[];
  lookup: (hash: Uint8Array) => Cell | undefined;
} {
  const cells: Cell[] = [genesisCell(0)];
  const hashes = [hashOf(at(cells, 0))];
  while (cells.length < length) {
    const cell = nextCell(at(cells, -1), at(hashes, -1), 10 * cells.length);
    cells.push(cell);
    hashes.push(hashOf(cell));
  }
  const known = new Map(hashes.map((hash, i) => [toHex(hash), at(cells, i)]));
  return { cells, hashes, lookup: (hash) => known.get(toHex(hash)) };
}

const LENGTH = 400;
const { cells, hashes, lookup } = listOf(LENGTH);

/** Fewest back pointers to follow from one index to another, by breadth-first search over the structure alone. */
function shortestDistances(head: number): number[] {
  const distance: number[] = [];
  distance[head] = 0;
  for (let index = head; index > 0; index--) {
    const here = distance[index];
    if (here === undefined) continue;
    for (let slot = 0; slot < backPointerCount(index); slot++) {
      const target = backPointerTarget(index, slot);
      distance[target] = Math.min(distance[target] ?? Number.POSITIVE_INFINITY, here + 1);
    }
  }
  return distance;
}

describeShared("back pointer table of inbox.json", "vectors/protocol/inbox.json", () => {
  const data = JSON.parse(readFileSync(sharedPath("vectors/protocol/inbox.json"), "utf8")) as {
    back_pointer_indices_basis4: Record<string, number[]>;
  };
  const rows = Object.entries(data.back_pointer_indices_basis4);

  it(`agrees on ${rows.length} indices`, () => {
    expect(rows.length).toBe(70);
    for (const [text, targets] of rows) {
      const index = Number(text);
      expect(backPointerCount(index)).toBe(targets.length);
      expect(targets.map((_, slot) => backPointerTarget(index, slot))).toEqual(targets);
      expect(at(cells, index).backPointers).toEqual(targets.map((target) => at(hashes, target)));
    }
  });
});

describe("paths", () => {
  it("are the shortest, and pass both checks", () => {
    const head = LENGTH - 1;
    const distances = shortestDistances(head);
    for (let target = 0; target <= head; target++) {
      const path = backPath(lookup, at(hashes, head), target);
      if (path === undefined) throw new Error(`no path to ${target}`);
      expect(at(path, -1).index).toBe(target);
      expect(path.length - 1).toBe(distances[target]);
      const pathHashes = path.map(hashOf);
      expect(backPathFault(path, pathHashes, "octez")).toBeUndefined();
      expect(backPathFault(path, pathHashes, "strict")).toBeUndefined();
    }
  });

  it("are found by content too, the same ones", () => {
    fc.assert(
      fc.property(fc.nat(LENGTH - 1), fc.nat(LENGTH - 1), (a, b) => {
        const [head, target] = a > b ? [a, b] : [b, a];
        const found = searchCell(lookup, at(cells, head), (content) => content - 10 * target);
        expect(found).toEqual({ kind: "found", path: backPath(lookup, at(hashes, head), target) });
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it("need no cell from before the target", () => {
    for (const [head, target] of [
      [399, 17],
      [300, 255],
      [64, 63],
      [69, 1],
    ] as const) {
      const found = searchCell(
        (hash) => {
          const cell = lookup(hash);
          return cell !== undefined && cell.index >= target ? cell : undefined;
        },
        at(cells, head),
        (content) => content - 10 * target,
      );
      expect(found).toEqual({ kind: "found", path: backPath(lookup, at(hashes, head), target) });
    }
  });

  it("say what is missing", async () => {
    const compare = (content: number) => content - 25;
    expect(searchCell(lookup, at(cells, 9), compare)).toMatchObject({ kind: "absent", lower: { content: 20 } });
    expect(searchCell(lookup, at(cells, 1), compare)).toMatchObject({ kind: "absent", lower: { content: 10 } });
    expect(searchCell(lookup, at(cells, 5), (content) => content + 1)).toEqual({ kind: "absent", lower: undefined });
    expect(searchCell(() => undefined, at(cells, 5), compare)).toEqual({ kind: "unknown", hash: at(hashes, 4) });
    expect(
      await searchCellAsync(
        async (hash) => lookup(hash),
        at(cells, 9),
        (content) => content - 20,
      ),
    ).toEqual(searchCell(lookup, at(cells, 9), (content) => content - 20));
    expect(backPath(lookup, at(hashes, 3), 4)).toBeUndefined();
    expect(backPath(() => undefined, at(hashes, 3), 1)).toBeUndefined();
  });

  it("do not go round in circles with a lookup that does", () => {
    const cell = at(cells, 9);
    expect(backPath(() => cell, at(hashes, 9), 4)).toBeUndefined();
    expect(() =>
      searchCell(
        () => cell,
        cell,
        () => 1,
      ),
    ).toThrowError(/circles/);
  });
});

describe("wrong paths", () => {
  const good = (head: number, target: number): Cell[] => backPath(lookup, at(hashes, head), target) ?? [];
  const faults = (path: Cell[]) => {
    const pathHashes = path.map(hashOf);
    return [backPathFault(path, pathHashes, "octez"), backPathFault(path, pathHashes, "strict")];
  };

  it("are refused under both rules", () => {
    for (const path of [
      [],
      [at(cells, 20), at(cells, 18)],
      [at(cells, 20), at(cells, 19), at(cells, 18), at(cells, 17), at(cells, 16), at(cells, 15)],
      [at(cells, 20), at(cells, 19), at(cells, 20)],
      [at(cells, 3), at(cells, 4)],
      [at(cells, 0), at(cells, 0)],
      good(300, 10).toReversed(),
      good(300, 10).toSpliced(1, 1),
      good(300, 10).toSpliced(2, 0, at(good(300, 10), 2)),
    ]) {
      for (const fault of faults(path)) expect(fault).toBeTypeOf("string");
    }
  });

  it("are refused when a cell is replaced or changed", () => {
    fc.assert(
      fc.property(fc.nat(LENGTH - 1), fc.nat(LENGTH - 1), fc.nat(), fc.nat(LENGTH - 1), (a, b, place, other) => {
        const [head, target] = a > b ? [a, b] : [b, a];
        const path = good(head, target);
        const i = place % path.length;
        fc.pre(other !== at(path, i).index && path.length > 1);
        const replaced = path.toSpliced(i, 1, at(cells, other));
        const [octez, strict] = faults(replaced);
        // A path to another cell, or from another one, may be a good path too; then it is one under both rules.
        const isOther = i === 0 || i === path.length - 1;
        if (!isOther) expect(octez).toBeTypeOf("string");
        expect(strict === undefined).toBe(octez === undefined);
        const changed = path.toSpliced(i, 1, { ...at(path, i), content: -1 });
        if (i > 0) for (const fault of faults(changed)) expect(fault).toBeTypeOf("string");
      }),
      { seed: 22, numRuns: 1000 },
    );
  });

  it("with false indices pass Octez's check in part, the strict one less", () => {
    const path = good(13, 12);
    // The real list goes from 13 to 12; the cells claim 14 and 12.
    const claimed = [{ ...at(path, 0), index: 14 }, at(path, 1)];
    expect(faults(claimed)[1]).toMatch(/claims index 12/);
    // 13 and 12, claimed to be 14 and 13: the shape of 13 belies it.
    expect(
      faults([
        { ...at(path, 0), index: 14 },
        { ...at(path, 1), index: 13 },
      ])[1],
    ).toMatch(/not the back pointers/);
    // 14 and 13 claimed to be 15 and 14 keep their shape: nothing can tell.
    const shifted = good(14, 13).map((cell) => ({ ...cell, index: cell.index + 1 }));
    expect(faults(shifted)).toEqual([undefined, undefined]);
  });
});

describe("indices", () => {
  it("are numbers below 2^53", () => {
    expect(indexForm.fromJson("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(indexForm.toJson(12)).toBe("12");
    for (const json of ["9007199254740992", "-1", 1, "x"]) expect(() => indexForm.fromJson(json)).toThrowError();
  });

  it("stop a list whose cell is malformed", () => {
    expect(() => nextCell({ index: 5, content: 0, backPointers: [] }, at(hashes, 0), 1)).toThrowError(RangeError);
  });
});
