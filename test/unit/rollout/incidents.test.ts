import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Incidents } from '../../../trainer/rollout/incidents.js';
import { scenario } from '../evaluation/fakes.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'weir-incidents-')), 'incidents');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('incidents', () => {
  it('are none where there is no folder', async () => {
    expect(await new Incidents(folder).list()).toEqual({ scenarios: [], problems: [] });
  });

  it('come back as they were, by their time', async () => {
    const incidents = new Incidents(folder);
    expect(await incidents.add(scenario('twin', 7), WALL)).toBe('incident-2026-01-02T03-04-05-000Z');
    await incidents.add(scenario('twin', 8), WALL - 1000);
    const { scenarios } = await incidents.list();
    expect(scenarios.map(({ seed }) => seed)).toEqual([8, 7]);
    expect(scenarios[1]).toEqual({ ...scenario('twin', 7), name: 'incident-2026-01-02T03-04-05-000Z' });
  });

  it('are bounded in number: the oldest goes', async () => {
    const incidents = new Incidents(folder, 2);
    for (const seed of [1, 2, 3]) await incidents.add(scenario('twin', seed), WALL + seed * 1000);
    expect((await incidents.list()).scenarios.map(({ seed }) => seed)).toEqual([2, 3]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('are read past a file that is none, which is named', async () => {
    const incidents = new Incidents(folder);
    await incidents.add(scenario('twin'), WALL);
    await writeFile(join(folder, 'a-broken.json'), '{');
    const { scenarios, problems } = await incidents.list();
    expect(scenarios).toHaveLength(1);
    expect(problems[0]).toContain('a-broken.json');
  });

  it('take no snapshot that is no scenario', async () => {
    const broken = { ...scenario('twin'), requests: -1 };
    await expect(new Incidents(folder).add(broken, WALL)).rejects.toThrow('requests');
    expect(await new Incidents(folder).list()).toEqual({ scenarios: [], problems: [] });
  });
});
