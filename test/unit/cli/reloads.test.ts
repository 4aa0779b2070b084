import { describe, expect, it } from 'vitest';
import { Reloads } from '../../../trainer/cli/reloads.js';

const MODELS = ['aaaaaaaa', 'bbbbbbbb'].map((start) => ({ id: start.padEnd(32, '0'), base64: start }));
const [A, B] = [0xaaaaaaaa, 0xbbbbbbbb];

/** Two clients of two workers that take a model over one poll after the other. */
function mesh(takesOver = true) {
  let now = 1000;
  const gauges = [A, A, A, A];
  let published: number | undefined;
  const client = (i: number) => ({
    id: `client-${i}`,
    stats: (filter: string) => {
      const names = [0, 1].map((w) => `wasmcustom.weir.worker.${w}.model`);
      expect(names.every((name) => new RegExp(filter).test(name))).toBe(true);
      return Promise.resolve(new Map(names.map((name, w) => [name, gauges[2 * i + w]!])));
    },
  });
  const reloads = new Reloads({
    models: MODELS,
    publish: (model) => Promise.resolve(void (published = Number.parseInt(model.id.slice(0, 8), 16))),
    clients: [client(0), client(1)],
    workersPerProxy: 2,
    now: () => now,
    pause: (ms) => {
      now += ms;
      const next = gauges.findIndex((gauge) => gauge !== published);
      if (takesOver && next >= 0) gauges[next] = published!;
      return Promise.resolve();
    },
  });
  return { reloads, gauges, later: (ms: number) => (now += ms) };
}

describe('Reloads', () => {
  it('lasts until the last worker serves with the model, and takes the models in turn', async () => {
    const { reloads, gauges } = mesh();
    expect(reloads.model).toBe(MODELS[0]);
    await reloads.reload();
    expect(gauges).toEqual([B, B, B, B]);
    expect(reloads.model).toBe(MODELS[1]);
    await reloads.reload();
    expect(gauges).toEqual([A, A, A, A]);
    expect(reloads.effectMs).toEqual([60, 60]);
  });

  it('counts the failures that touch a reload or the second after it', async () => {
    const { reloads } = mesh();
    reloads.count([[900, 950]]);
    expect(reloads.failed).toBe(0);
    const reload = reloads.reload();
    await Promise.resolve();
    reloads.count([[990, 1005]]);
    expect(reloads.failed).toBe(1);
    await reload;
    // In effect at 1060, and the aftermath until 2060.
    reloads.count([
      [2059, 3000],
      [2061, 3000],
      [500, 999],
    ]);
    expect(reloads.failed).toBe(2);
  });

  it('complains about a model that does not come into effect, and goes on', async () => {
    const { reloads } = mesh(false);
    await reloads.reload();
    expect(reloads.effectMs).toEqual([]);
    expect(reloads.complaints).toEqual(['model bbbbbbbb is not in effect after 15 s at client-0, client-1']);
    expect(reloads.model).toBe(MODELS[0]);
  });
});
