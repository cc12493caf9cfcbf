// Dissections of a refutation game (protocol.md §4.3, §4.6): the rules that layer 1 checks a submitted dissection against, and
// the ticks an honest player chooses. Ticks count from the parent commitment's state. Errors are the protocol's own.

import { type FormValue, listOf, objectForm, opt, req } from "../encoding/form.js";
import { natForm } from "../encoding/form-leaves.js";
import { ProtocolError } from "./errors.js";
import { hashEquals, type StateHash, stateHashForm } from "./identifiers.js";

/** A tick and the state claimed there; no state means that the machine is claimed not to get there. */
export const chunkForm = objectForm("dissection chunk", {
  state: opt("state", stateHashForm),
  tick: req("tick", natForm),
});

export type Chunk = FormValue<typeof chunkForm>;

export const dissectionForm = listOf(chunkForm);

/** Claims from the first tick of a section to its last, in order. */
export type Dissection = readonly Chunk[];

/** Two neighbouring chunks of a dissection, or the edges of a whole one. */
export interface Section {
  readonly start: Chunk;
  readonly stop: Chunk;
}

/** How a kind of machine wants its runs dissected. */
export interface DissectionRules {
  /** Sections that a dissection of `section` must have; null when no dissection of it can be valid. */
  expectedSections(section: Section, defaultSections: number): bigint | null;
  /** Most ticks that one section of the dissection may have. */
  maximumSize(section: Section): bigint;
  /** Whether the dissection may stop at `tick`, within the section disputed. */
  allowsTick(section: Section, tick: bigint): boolean;
  /** The ticks an honest player submits, edges included. */
  chooseTicks(startTick: bigint, stopTick: bigint, defaultSections: number): bigint[];
}

export function stateEquals(a: StateHash | undefined, b: StateHash | undefined): boolean {
  return a === undefined || b === undefined ? a === b : hashEquals(a, b);
}

export function chunkEquals(a: Chunk, b: Chunk): boolean {
  return a.tick === b.tick && stateEquals(a.state, b.state);
}

/** Ticks from one end of a section to the other, whatever their order. */
export function distance({ start, stop }: Section): bigint {
  const difference = stop.tick - start.tick;
  return difference < 0n ? -difference : difference;
}

/** Refuses a dissection of `section` that breaks `rules`, with the protocol's error and in its order of checks. */
export function checkDissection(
  rules: DissectionRules,
  section: Section,
  dissection: Dissection,
  defaultSections: number,
): void {
  checkSectionCount(rules, section, dissection, defaultSections);
  checkEdges(section, dissection);
  checkSteps(dissection, rules.maximumSize(section));
  for (const { tick } of dissection) {
    if (!rules.allowsTick(section, tick))
      throw new ProtocolError("smart_rollup_wasm_invalid_dissection_distribution", {});
  }
}

function sectionCount(dissection: Dissection): bigint {
  return BigInt(Math.max(0, dissection.length - 1));
}

function checkSectionCount(
  rules: DissectionRules,
  section: Section,
  dissection: Dissection,
  defaultSections: number,
): void {
  const given = sectionCount(dissection);
  const expected = rules.expectedSections(section, defaultSections);
  if (expected === null) {
    throw new ProtocolError("smart_rollup_dissection_invalid_number_of_sections", { value: given });
  }
  if (given !== expected) {
    throw new ProtocolError("smart_rollup_dissection_number_of_sections_mismatch", { expected, given });
  }
}

function checkEdges({ start, stop }: Section, dissection: Dissection): void {
  const first = dissection.at(0);
  const last = dissection.at(-1);
  if (first === undefined || last === undefined) {
    throw new ProtocolError("smart_rollup_dissection_invalid_number_of_sections", { value: sectionCount(dissection) });
  }
  if (first.state === undefined || !stateEquals(first.state, start.state)) {
    throw new ProtocolError("smart_rollup_dissection_start_hash_mismatch", {
      expected: start.state ?? null,
      given: first.state ?? null,
    });
  }
  if (stateEquals(last.state, stop.state)) {
    throw new ProtocolError("smart_rollup_dissection_stop_hash_mismatch", { hash: stop.state ?? null });
  }
  if (first.tick !== start.tick || last.tick !== stop.tick) {
    throw new ProtocolError("smart_rollup_dissection_edge_ticks_mismatch", {
      dissectionStartTick: first.tick,
      dissectionStopTick: last.tick,
      chunkStartTick: start.tick,
      chunkStopTick: stop.tick,
    });
  }
}

/** Left to right: no state after a missing one, ticks that increase, by no more than `maximumSize`. */
function checkSteps(dissection: Dissection, maximumSize: bigint): void {
  let previous: Chunk | undefined;
  for (const chunk of dissection) {
    if (previous !== undefined) {
      if (previous.state === undefined && chunk.state !== undefined) {
        throw new ProtocolError("smart_rollup_dissection_invalid_successive_states_shape", {});
      }
      if (chunk.tick <= previous.tick) throw new ProtocolError("smart_rollup_dissection_ticks_not_increasing", {});
      if (chunk.tick - previous.tick > maximumSize) {
        throw new ProtocolError("smart_rollup_dissection_invalid_distribution", { sectionMaxSize: maximumSize });
      }
    }
    previous = chunk;
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The rules of machines without snapshots: as many sections as allowed, each at most half of the whole. */
export const DEFAULT_DISSECTION_RULES: DissectionRules = {
  expectedSections(section, defaultSections) {
    const length = distance(section);
    if (length >= BigInt(defaultSections)) return BigInt(defaultSections);
    return length > 1n ? length : null;
  },
  maximumSize: (section) => distance(section) / 2n,
  allowsTick: () => true,
  chooseTicks: chooseDefaultTicks,
};

/**
 * Sections of equal length, the last one taking what is left over; when that length is 1 the first takes the remainder, lest
 * the last be too long.
 */
function chooseDefaultTicks(startTick: bigint, stopTick: bigint, defaultSections: number): bigint[] {
  const length = stopTick - startTick;
  const count = smaller(BigInt(defaultSections), length);
  if (length <= 0n || count <= 0n) return [startTick, stopTick];
  const size = length / count;
  const remainder = length % count;
  const firstSize = size === 1n && remainder !== 0n ? remainder : size;
  const ticks = [startTick];
  let tick = startTick + firstSize;
  for (let i = 1n; i < count; i++, tick += size) ticks.push(tick);
  ticks.push(stopTick);
  return ticks;
}

/**
 * The rules of the WASM machine, whose runs are made of calls of `ticksPerSnapshot` ticks: dissections first go by whole
 * calls, then within one by the default rules.
 */
export function wasmDissectionRules(ticksPerSnapshot: bigint): DissectionRules {
  const withinCall = (section: Section): boolean => distance(section) <= ticksPerSnapshot;
  const alignedDown = (tick: bigint): bigint => (tick / ticksPerSnapshot) * ticksPerSnapshot;
  /** Whether the section is made of whole calls; otherwise the machine got stuck in its last one. */
  const aligned = (section: Section): boolean => distance(section) % ticksPerSnapshot === 0n;
  return {
    expectedSections(section, defaultSections) {
      if (withinCall(section)) return DEFAULT_DISSECTION_RULES.expectedSections(section, defaultSections);
      const calls = distance(section) / ticksPerSnapshot + (aligned(section) ? 0n : 1n);
      return smaller(BigInt(defaultSections), calls);
    },
    maximumSize(section) {
      if (withinCall(section)) return DEFAULT_DISSECTION_RULES.maximumSize(section);
      const { start, stop } = section;
      const considered = aligned(section)
        ? distance(section)
        : distance({ start, stop: { tick: alignedDown(stop.tick) } });
      const half = considered / 2n;
      return half > ticksPerSnapshot ? half : ticksPerSnapshot;
    },
    allowsTick(section, tick) {
      if (withinCall(section)) return true;
      return tick % ticksPerSnapshot === 0n || tick === section.start.tick || tick === section.stop.tick;
    },
    chooseTicks(startTick, stopTick, defaultSections) {
      if (stopTick - startTick <= ticksPerSnapshot) return chooseDefaultTicks(startTick, stopTick, defaultSections);
      return chooseCalls(startTick, stopTick, defaultSections, ticksPerSnapshot);
    },
  };
}

/** Sections of whole calls, and one more for what a stuck machine did of its last call. */
function chooseCalls(startTick: bigint, stopTick: bigint, defaultSections: number, ticksPerSnapshot: bigint): bigint[] {
  const lastWhole = (stopTick / ticksPerSnapshot) * ticksPerSnapshot;
  const isAligned = lastWhole === stopTick;
  const allowed = BigInt(isAligned ? defaultSections : defaultSections - 1);
  const ticks = [startTick];
  let tick = startTick;
  for (let left = smaller(allowed, (lastWhole - startTick) / ticksPerSnapshot); left > 1n; left--) {
    tick += ((lastWhole - tick) / (ticksPerSnapshot * left)) * ticksPerSnapshot;
    ticks.push(tick);
  }
  if (!isAligned) ticks.push(lastWhole);
  ticks.push(stopTick);
  return ticks;
}

/** Ticks of one whole call of the WASM machine's kernel in today's protocols. */
export const WASM_TICKS_PER_SNAPSHOT = 50_000_000_000_000n;

/**
 * Where two players part: the last chunk of the opponent's dissection that we agree with, and the first that we do not, with
 * our own state. `ours` gives our states at the dissection's ticks, as far as the first that differs; undefined: our machine
 * does not get there. Null when we agree with all of them.
 */
export function firstDisagreement(
  dissection: Dissection,
  ours: Iterable<StateHash | undefined>,
): { readonly agreed: Chunk; readonly ours: Chunk } | null {
  let agreed: Chunk | undefined;
  const states = ours[Symbol.iterator]();
  for (const theirs of dissection) {
    const next = states.next();
    const state = next.done === true ? undefined : next.value;
    if (agreed !== undefined && !stateEquals(state, theirs.state)) return { agreed, ours: chunkOf(theirs.tick, state) };
    agreed = theirs;
  }
  return null;
}

/** A chunk; the property `state` is absent when there is none. */
export function chunkOf(tick: bigint, state: StateHash | undefined): Chunk {
  return state === undefined ? { tick } : { tick, state };
}
