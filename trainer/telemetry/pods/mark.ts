// What answers tell of the cpu and memory of pods is marked by its value.
//
// A filter keeps one value of a server's cpu, whoever said it, and its next report hands back what it was told as if the
// server had said it. So what comes from pods is told as an odd multiple of 1/128 to three decimals, in which filters
// report: in steps of the features' int8, and known as well by a trainer that has just started. One in sixteen words of a
// server has such a value by chance; its pod speaks for it then.

const STEPS = 64;

/** The marked value nearest to a share of 0 to 1, which is its own. */
export function marked(share: number): number {
  const step = Math.min(STEPS - 1, Math.floor(share * STEPS));
  return Math.round((1000 * (2 * step + 1)) / (2 * STEPS)) / 1000;
}
