// Skip lists and inbox proofs against somebody who makes up proofs: chains of random shapes, proofs put together from parts of others, indices,
// cells and payloads at will. Under the strict rules nothing passes but the truth, for the message, level and index that are asked
// for; the one thing that hashes do not bind, how many messages a level has, is told apart. SEED=… for other rounds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { toHex } from "../../src/encoding/hex.js";
import { inboxSnapshot, type LevelCell } from "../../src/protocol/inbox.js";
import {
  type InboxInput,
  type InboxPosition,
  type InboxProof,
  InboxProofError,
  produceInboxProof,
  verifyInboxProof,
} from "../../src/protocol/inbox-proof.js";
import { frameLevel, START_OF_LEVEL } from "../../src/protocol/level-frame.js";
import {
  backPath,
  backPathFault,
  backPointerCount,
  genesisCell,
  nextCell,
  type SkipListCell,
} from "../../src/protocol/skip-list.js";
import { at, type InboxChain, inboxChain } from "./inbox-chain.js";

const SEED = Number(process.env["SEED"] ?? 20_261_124);

// ---- Skip lists

type Cell = SkipListCell<number, Uint8Array>;

function hashOf(cell: Cell): Uint8Array {
  return blake2b256(new TextEncoder().encode(`${cell.content}:${cell.backPointers.map(toHex).join()}`));
}

const LENGTH = 700;
const cells: Cell[] = [genesisCell(0)];
const hashes = [hashOf(at(cells, 0))];
while (cells.length < LENGTH) {
  const cell = nextCell(at(cells, -1), at(hashes, -1), cells.length);
  cells.push(cell);
  hashes.push(hashOf(cell));
}
const byHash = new Map(hashes.map((hash, i) => [toHex(hash), at(cells, i)]));
const lookup = (hash: Uint8Array): Cell | undefined => byHash.get(toHex(hash));

const accepts = (path: readonly Cell[], rules: "octez" | "strict"): boolean =>
  backPathFault(path, path.map(hashOf), rules) === undefined;

/** Cells from one index down, by back pointers that the choices pick. */
function walk(head: number, choices: readonly number[]): Cell[] {
  const path = [at(cells, head)];
  for (const choice of choices) {
    const cell = at(path, -1);
    if (cell.index === 0) break;
    const next = lookup(at(cell.backPointers, choice % backPointerCount(cell.index)));
    if (next === undefined) throw new Error("a back pointer to nowhere");
    path.push(next);
  }
  return path;
}

const same = (a: readonly Cell[], b: readonly Cell[]): boolean =>
  a.length === b.length && a.every((cell, i) => cell.index === b[i]?.index && cell.content === b[i]?.content);

describe("skip lists", () => {
  const index = fc.nat(LENGTH - 1);

  it("have one path from a cell to another: other ways over back pointers are refused", () => {
    let taken = 0;
    fc.assert(
      fc.property(index, fc.array(fc.nat(20), { maxLength: 12 }), (head, choices) => {
        const path = walk(head, choices);
        const only = backPath(lookup, at(hashes, head), at(path, -1).index);
        if (only === undefined) throw new Error("no path");
        const isOnly = same(path, only);
        if (isOnly) taken++;
        for (const rules of ["octez", "strict"] as const) expect(accepts(path, rules)).toBe(isOnly);
      }),
      { seed: SEED, numRuns: 4000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it("show no cell under another index, if the first cell's is the true one", () => {
    let refused = 0;
    fc.assert(
      fc.property(
        index,
        index,
        fc.array(fc.tuple(fc.nat(20), fc.integer({ min: -40, max: 40 })), { minLength: 1, maxLength: 4 }),
        (a, b, changes) => {
          const [head, target] = a > b ? [a, b] : [b, a];
          const path = backPath(lookup, at(hashes, head), target) ?? [];
          const claimed = path.map((cell) => ({ ...cell }));
          for (const [place, difference] of changes) {
            if (path.length < 2) continue;
            const i = 1 + (place % (path.length - 1));
            const cell = at(claimed, i);
            claimed[i] = { ...cell, index: cell.index + difference };
          }
          const isTrue = same(claimed, path);
          if (!isTrue) refused++;
          expect(accepts(claimed, "strict")).toBe(isTrue);
        },
      ),
      { seed: SEED, numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(2000);
  });
});

// ---- Inbox proofs

interface Inbox {
  readonly firstLevel: number;
  readonly chain: InboxChain;
}

/** Levels with so many messages of users each; few different ones, so that equal messages stand in many places. */
const inbox: fc.Arbitrary<Inbox> = fc
  .tuple(fc.nat(30), fc.array(fc.nat(24), { minLength: 1, maxLength: 40 }), fc.nat(3))
  .map(([firstLevel, counts, kinds]) => ({
    firstLevel,
    chain: inboxChain(
      firstLevel,
      counts.map((count, i) =>
        frameLevel(
          Array.from({ length: count }, (_, j) => Uint8Array.of(1, (i * 5 + j) % (kinds + 1))),
          { info: { predecessorTimestamp: BigInt(i), predecessor: new Uint8Array(32).fill(i) } },
        ),
      ),
    ),
  }));

const messagesAt = ({ chain, firstLevel }: Inbox, level: number): readonly Uint8Array[] =>
  at(chain.payloads, level - firstLevel).messages;

/** A place up to a level, from two numbers. */
function placeIn(box: Inbox, head: number, [a, b]: readonly [number, number]): InboxPosition {
  const level = box.firstLevel + (a % (head - box.firstLevel + 1));
  return { level, counter: BigInt(b % (messagesAt(box, level).length + 1)) };
}

/** What is to be read at a place of an inbox that ends with level `head`. */
function truth(box: Inbox, head: number, { level, counter }: InboxPosition): InboxInput | undefined {
  const payload = messagesAt(box, level)[Number(counter)];
  if (payload !== undefined) return { level, counter, payload };
  return level === head ? undefined : { level: level + 1, counter: 0n, payload: START_OF_LEVEL };
}

/** A change of a proof: what, where, and by which number or part of another proof. */
interface Forgery {
  readonly what: number;
  readonly where: number;
  readonly value: number;
}

function changedCells<C extends { readonly index: number }>(
  list: readonly C[],
  other: readonly C[],
  { what, where, value }: Forgery,
): readonly C[] {
  const i = where % list.length;
  const foreign = other[value % Math.max(1, other.length)];
  if (list.length === 0 || foreign === undefined) return other;
  const cell = at(list, i);
  switch (what % 6) {
    case 0:
      return list.with(i, { ...cell, index: Math.max(0, cell.index + (value % 9) - 4) });
    case 1:
      return list.with(i, foreign);
    case 2:
      return list.toSpliced(i, 1);
    case 3:
      return list.toSpliced(i, 0, foreign);
    case 4:
      return [...list.slice(0, i), ...other.slice(value % Math.max(1, other.length))];
    default:
      // All indices at once, which keeps differences.
      return list.map((each) => ({ ...each, index: Math.max(0, each.index + (value % 9) - 4) }));
  }
}

function forged(proof: InboxProof, other: InboxProof, forgery: Forgery): InboxProof {
  const { inclusionProof, messageProof } = proof;
  const payload = other.messageProof.payload;
  switch (forgery.where % 5) {
    case 0:
      return { ...proof, messageProof: other.messageProof };
    case 1:
      return { ...proof, inclusionProof: other.inclusionProof };
    case 2:
      return { ...proof, messageProof: { proof: messageProof.proof, ...(payload === undefined ? {} : { payload }) } };
    case 3:
      return { ...proof, inclusionProof: changedCells(inclusionProof, other.inclusionProof, forgery) };
    default: {
      const changed = changedCells(messageProof.proof, other.messageProof.proof, forgery);
      return { ...proof, messageProof: { ...messageProof, proof: changed } };
    }
  }
}

function verdict(proof: InboxProof, place: InboxPosition, snapshot: LevelCell): InboxInput | undefined | "refused" {
  try {
    return verifyInboxProof(proof, place, snapshot, "strict");
  } catch (error) {
    expect(error).toBeInstanceOf(InboxProofError);
    return "refused";
  }
}

describe("inbox proofs", () => {
  const number = fc.nat(1 << 20);
  const pair = fc.tuple(number, number);
  const forgery = fc.record({ what: number, where: number, value: number });

  it("show nothing but the truth, whatever is put together from them", () => {
    const seen = { refused: 0, same: 0, ends: 0 };
    fc.assert(
      fc.property(
        inbox,
        number,
        fc.array(fc.tuple(pair, pair, pair, number, fc.array(forgery, { maxLength: 3 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (box, newest, attempts) => {
          const head = box.firstLevel + (newest % box.chain.inboxes.length);
          const snapshot = inboxSnapshot(at(box.chain.inboxes, head - box.firstLevel));
          for (const [asked, from, another, isElsewhere, forgeries] of attempts) {
            const place = placeIn(box, head, asked);
            // Half of the time of the place itself, so that what is changed is otherwise good.
            const start = isElsewhere % 2 === 0 ? place : placeIn(box, head, from);
            const other = produceInboxProof(box.chain.history, snapshot, placeIn(box, head, another)).proof;
            const proof = forgeries.reduce(
              (made, change) => forged(made, other, change),
              produceInboxProof(box.chain.history, snapshot, start).proof,
            );
            const result = verdict(proof, place, snapshot);
            const expected = truth(box, head, place);
            if (result === "refused") {
              // What nobody has tampered with is never refused.
              expect(start === place && forgeries.length === 0).toBe(false);
              seen.refused++;
            } else if (isSame(result, expected)) seen.same++;
            else {
              // The level's last cell, under another index: its hash does not say which it is. The message is one of the level all the same.
              const messages = messagesAt(box, place.level);
              expect(proof.messageProof.proof[0]?.index).not.toBe(messages.length - 1);
              const { payload } = proof.messageProof;
              if (payload !== undefined) expect(messages.map(toHex)).toContain(toHex(payload));
              seen.ends++;
            }
          }
        },
      ),
      { seed: SEED, numRuns: 2500 },
    );
    console.log(
      `forged inbox proofs: ${seen.refused} refused, ${seen.same} show the truth, ${seen.ends} misplace the level's end`,
    );
    expect(seen.refused).toBeGreaterThan(1000);
    expect(seen.same).toBeGreaterThan(200);
  });

  it("are refused for every other message, level and index", () => {
    fc.assert(
      fc.property(inbox, pair, number, (box, asked, newest) => {
        const head = box.firstLevel + (newest % box.chain.inboxes.length);
        const snapshot = inboxSnapshot(at(box.chain.inboxes, head - box.firstLevel));
        const place = placeIn(box, head, asked);
        const { proof } = produceInboxProof(box.chain.history, snapshot, place);
        for (let level = box.firstLevel - 1; level <= head + 1; level++) {
          for (let counter = 0n; counter < 32n; counter++) {
            const isIt = level === place.level && counter === place.counter;
            const result = verdict(proof, { level, counter }, snapshot);
            if (isIt) expect(isSame(result, truth(box, head, place))).toBe(true);
            else expect(result).toBe("refused");
          }
        }
        for (const later of box.chain.inboxes) {
          if (later.level !== head) expect(verdict(proof, place, inboxSnapshot(later))).toBe("refused");
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

function isSame(a: InboxInput | undefined | "refused", b: InboxInput | undefined): boolean {
  if (a === "refused") return false;
  if (a === undefined || b === undefined) return a === b;
  return a.level === b.level && a.counter === b.counter && toHex(a.payload) === toHex(b.payload);
}
