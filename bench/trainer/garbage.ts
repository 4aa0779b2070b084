// Bodies that are no reports: cut short, of the wrong type, past their bounds, no JSON at all, deep, empty.

const KINDS: readonly ((good: string, n: number) => string)[] = [
  (good, n) => good.slice(0, n % good.length),
  (good) => good.replace('"requests":', '"requests":-'),
  (good) => good.replace('"version":1', '"version":"1"'),
  (good) => good.replace('"inFlight":', '"inFlight":1e99,"x":'),
  (good) => good.replace('"latency":[', '"latency":[[999,1],'),
  (_, n) => String.fromCharCode(...Array.from({ length: 200 }, (_, i) => 32 + ((i * n) % 90))),
  (_, n) => '['.repeat(n % 2000),
  (_, n) => JSON.stringify({ version: 1, proxy: 'x'.repeat(600), seq: n, clusters: [] }),
];

export const garbage = (n: number, good: string): string => KINDS[n % KINDS.length]!(good, n);
