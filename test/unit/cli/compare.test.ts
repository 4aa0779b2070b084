import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { algorithmNames } from '../../../trainer/algorithms/registry.js';
import { run } from '../../../trainer/cli/program.js';
import type { ComparisonRecord } from '../../../trainer/comparison/record.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-compare-'));
  [out, err] = ['', ''];
  vi.stubEnv('WEIR_TFJS', 'wasm');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
const path = (name: string) => join(folder, name);
const small = (name: string, more: object = {}) => {
  const content = { requests: 500, warmup: 0, services: [{ endpoints: [{ count: 3 }] }], ...more };
  writeFileSync(path(name), JSON.stringify(content));
  return path(name);
};
const compare = (...args: string[]) => run(['compare', ...args]);

describe('weir compare', () => {
  it('has help, with the algorithms that there are', async () => {
    expect(await compare('--help')).toBe(0);
    expect(out).toMatch(/^Usage: weir compare/);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`a,b,c of ${algorithmNames().join(', ')} (default: all)`);
    expect(out).not.toContain('/bench/scenarios');
  });

  it('trains, looks, evaluates, and writes all outputs', async () => {
    const scenario = ['--scenario', small('one.json'), '--validate', small('valid.json')];
    const budget = ['--algorithm', 'a3c', '--updates', '2', '--seeds', '1', '--workers', '1', '--looks', '1'];
    const outputs = ['--json', path('o.json'), '--html', path('o.html'), '--figures', path('svg/all')];
    expect(await compare(...scenario, ...budget, ...outputs, '--markdown', path('o.md'))).toBe(0);
    const record = JSON.parse(readFileSync(path('o.json'), 'utf8')) as ComparisonRecord;
    expect(record.runs).toHaveLength(1);
    const { algorithm, seed, curve, evaluation } = record.runs[0]!;
    expect({ algorithm, seed }).toEqual({ algorithm: 'a3c', seed: 1 });
    expect(curve.map(({ progress }) => progress)).toEqual([0, 1]);
    expect(curve[0]!.decisions).toBe(0);
    expect(curve[1]!.decisions).toBeGreaterThan(0);
    for (const { mean, p99 } of curve) expect(Math.min(mean, p99)).toBeGreaterThan(0.1);
    expect(evaluation).toMatchObject([{ scenario: 'one', seed: 1, requests: 500 }]);
    expect(record.peers).toHaveLength(11);
    expect(record.backend).toBe('wasm');
    expect(record.command).toContain('weir compare --algorithm a3c --updates 2 --seeds 1 --workers 1');
    expect(readFileSync(path('o.html'), 'utf8')).toMatch(/^<!doctype html>.*Learning curves/s);
    expect(readdirSync(path('svg/all')).sort()).toEqual([
      ...['algorithms-by-traffic.svg', 'learning-curves.svg', 'throughput-over-time.svg'],
    ]);
    expect(readFileSync(path('o.md'), 'utf8')).toContain('| a3c ');
    expect(out).toContain('Each of 1 algorithm learned 1 time for 2 updates on 1 thread');
  });

  it.each([
    [
      ['--algorithm', 'a3c,best'],
      /--algorithm <names>' argument 'a3c,best' is invalid. Expected one of .*got "best"/,
    ],
    [['--algorithm', ''], /got ""/],
    [['--minutes', '0'], /--minutes <n>' argument '0' is invalid. Expected a number > 0/],
    [['--updates', '1.5'], /--updates <n>' argument '1.5' is invalid/],
    [['--seeds', '-1'], /--seeds <n>' argument '-1' is invalid/],
    [['--looks', '0'], /--looks <n>' argument '0' is invalid/],
    [['--baseline', 'clairvoyant'], /--baseline <name>' argument 'clairvoyant' is invalid. Expected one of/],
    [['--scenario', '/no/such.json'], /^\/no\/such\.json: \$: cannot be read/],
    [['--json', '/no/such/folder/x'], /--json <out>' .* Cannot be written/],
    [['--json', '-', '--markdown', '-'], /for one of --json, --html and --markdown/],
    [['--figures', '/dev/null/x'], /--figures \/dev\/null\/x: /],
  ])('ends with 2 and one line on %j', async (args, line) => {
    expect(await compare(...args)).toBe(2);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('refuses a page that does not say where the tables go, before the work', async () => {
    mkdirSync(path('docs'));
    writeFileSync(path('docs/page.md'), '# A page\n');
    expect(await compare('--markdown', path('docs/page.md'))).toBe(2);
    expect(err).toMatch(/Expected a page with <!-- comparison/);
    expect(readFileSync(path('docs/page.md'), 'utf8')).toBe('# A page\n');
  });

  it('ends with 130 on Ctrl-C, without a result', async () => {
    const before = process.listenerCount('SIGINT');
    const scenario = ['--scenario', small('one.json'), '--validate', small('valid.json')];
    const running = compare(
      ...scenario,
      '--algorithm',
      'a3c',
      '--minutes',
      '10',
      '--workers',
      '1',
      '--json',
      path('o.json'),
    );
    await vi.waitUntil(() => process.listenerCount('SIGINT') > before);
    process.emit('SIGINT');
    expect(await running).toBe(130);
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(() => readFileSync(path('o.json'))).toThrow();
  });
});
