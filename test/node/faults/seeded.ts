// Numbers from a seed. Without vitest.

/** A generator of numbers below a bound, which is at most 2^32 (xorshift32). */
export function seeded(seed: number): (below: number) => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}
