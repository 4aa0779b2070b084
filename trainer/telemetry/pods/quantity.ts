// Quantities and durations as the Kubernetes API writes them.

/** k8s.io/apimachinery/pkg/api/resource: decimal and binary suffixes. */
const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Ms of a unit of Go's time.Duration. */
const UNITS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 },
};

/** `250m`, `12345Ki`, `1e3`. The library has no export for it. @throws {Error} that says what it is instead */
export function quantity(text: unknown): number {
  const [, number, suffix] = /^(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)([a-zA-Z]{0,2})$/.exec(String(text)) ?? [];
  const factor = SUFFIXES[suffix ?? '?'];
  if (factor === undefined) throw new Error(`${JSON.stringify(text)} is not a quantity`);
  return Number(number) * factor;
}

/** Ms of `15.04s` or `1m0s`. @throws {Error} that says what it is instead */
export function duration(text: unknown): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(String(text)))
    throw new Error(`${JSON.stringify(text)} is not a duration`);
  const parts = String(text).matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0);
}
