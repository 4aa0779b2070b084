// Randomness that a test can replay: mulberry32.

export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
}

export function seededFill(seed: number): (into: Uint8Array) => void {
  const next = seededRandom(seed);
  return (into) => {
    for (let index = 0; index < into.length; index++) into[index] = next() & 0xff;
  };
}
