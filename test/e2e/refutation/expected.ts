// The dissections that Octez's honest node computed in its own run of a scenario (tezt/tests/expected/sc_rollup.ml), as the shared data has
// them. Their states depend on the time of the run; the ticks do not.
import { readFileSync } from "node:fs";
import { sharedPath } from "../../shared-root.js";
import type { PlayedDissection } from "./play.js";

export const DISSECTIONS = "vectors/protocol/dissections.json";

interface Recorded {
  readonly sources: readonly string[];
  readonly pvm_kind: string;
  readonly start_tick: string;
  readonly end_tick: string;
  readonly ticks: readonly string[];
}

/** In the order they were computed: each is within the one before. */
export function recordedTicks(variant: string): readonly string[] {
  const { dissections } = JSON.parse(readFileSync(sharedPath(DISSECTIONS), "utf8")) as {
    readonly dissections: readonly Recorded[];
  };
  // Names of files are cut off after so many characters, within the variant or after it.
  const isOf = (source: string): boolean =>
    source.includes("Alpha- wasm_2_0_0 - refutation games winning strategies (") &&
    [`(${variant}).out`, `(${variant}.out`].some((end) => source.endsWith(end));
  const found = dissections.filter(({ sources }) => sources.some(isOf));
  if (found.length === 0) throw new Error(`no dissections of ${variant}`);
  const span = ({ start_tick: start, end_tick: end }: Recorded): bigint => BigInt(end) - BigInt(start);
  const sorted = found.sort((a, b) => (span(a) < span(b) ? 1 : span(a) > span(b) ? -1 : 0));
  return sorted.map(({ start_tick: start, end_tick: end, ticks }) => `${start}..${end}: ${ticks.join(" ")}`);
}

export function playedTicks(dissections: readonly PlayedDissection[]): readonly string[] {
  return dissections.map(({ start, end, ticks }) => `${start}..${end}: ${ticks.join(" ")}`);
}
