/** Durations as OCaml's Ptime prints them (debugger.md §5): fractions are integers without leading zeros, as there. */

const NS_PER_S = 1_000_000_000;

/** `nanoseconds` is a non-negative integer. */
export function printSpan(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / NS_PER_S);
  if (seconds < 1) return belowSecond(nanoseconds);
  if (seconds < 60) {
    const milliseconds = Math.round((nanoseconds % NS_PER_S) / 1e6);
    if (milliseconds === 1000) return seconds === 59 ? "1min" : `${seconds + 1}s`;
    return milliseconds === 0 ? `${seconds}s` : `${seconds}.${milliseconds}s`;
  }
  const rounded = Math.round(nanoseconds / NS_PER_S);
  if (rounded < 3600) return pair(Math.floor(rounded / 60), "min", rounded % 60, "s");
  const minutes = Math.round(rounded / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

function pair(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}

function belowSecond(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds >= 1e6) return unit(nanoseconds, 1e6, "ms");
  if (nanoseconds >= 1e3) return unit(nanoseconds, 1e3, "us");
  return `${Math.floor(nanoseconds)}ns`;
}

function unit(nanoseconds: number, scale: number, name: string): string {
  const whole = Math.floor(nanoseconds / scale);
  if (whole >= 100) return `${Math.round(nanoseconds / scale)}${name}`;
  const fraction = Math.round(((nanoseconds % scale) / scale) * 1000);
  if (fraction === 1000) return `${whole + 1}${name}`;
  return fraction === 0 ? `${whole}${name}` : `${whole}.${fraction}${name}`;
}
