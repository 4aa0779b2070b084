import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../trainer/cli/program.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-cli-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const file = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('weir', () => {
  it('tells its version', async () => {
    expect(await run(['--version'])).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([[['--help']], [['up', '--help']], [['scenario', '--help']], [['scenario', 'check', '--help']]])(
    'has %j',
    async (args) => {
      expect(await run(args)).toBe(0);
      expect(out).toMatch(/^Usage: weir/);
    },
  );

  it.each([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['--frobnicate'], /unknown option '--frobnicate'/],
    [['up', '--frobnicate'], /unknown option '--frobnicate'/],
    [['up', '--duratio', '3'], /unknown option '--duratio' \(Did you mean --duration\?\)/],
    [['up', '--duration', 'soon'], /--duration <seconds>' argument 'soon' is invalid. Expected a number > 0/],
    [['up', '--proxies', '1.5'], /--proxies <n>' argument '1.5' is invalid. Expected a whole number > 0/],
    [['up', '--port', '70000'], /--port <n>' argument '70000' is invalid/],
    [['up', '--policy', 'best'], /--policy <name>' argument 'best' is invalid. Expected one of random, /],
    [['up', '--policy', 'clairvoyant'], /'clairvoyant' is invalid. No proxy can run it/],
    [['up', '--engine', 'nginx'], /--engine <name>' argument 'nginx' is invalid/],
    [['up', '--json', '/no/such/folder/x.json'], /--json <out>' .* Cannot be written/],
    [['scenario', 'check'], /missing required argument 'file'/],
  ])('ends with 2 and one line on %j', async (args, line) => {
    expect(await run(args)).toBe(2);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('ends `up` with 2 on a bad scenario, naming file and field', async () => {
    const bad = file('bad.json', { services: [{ name: 'api', endpoints: [{}, { speed: 'fast' }] }] });
    expect(await run(['up', '--scenario', bad])).toBe(2);
    expect(err).toBe(`${bad}: $.services[0].endpoints[1].speed: expected a number > 0, got "fast"\n`);
  });
});

describe('weir scenario check', () => {
  it('accepts good files', async () => {
    const good = file('good.json', { services: [{ endpoints: [{ count: 3 }] }] });
    expect(await run(['scenario', 'check', good])).toBe(0);
    expect(out).toBe(`${good}: ok, "good": 1 service, 3 endpoints\n`);
  });

  it('reports every problem of every file, and as JSON', async () => {
    const files = [
      file('a.json', { services: [], seed: -1 }),
      file('b.json', '{'),
      file('c.json', { services: [{}] }),
    ];
    const json = join(folder, 'out.json');
    expect(await run(['scenario', 'check', ...files, '--json', json])).toBe(2);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/b\.json: \$: expected JSON/);
    const { results } = JSON.parse(readFileSync(json, 'utf8')) as {
      results: { file: string; valid: boolean }[];
    };
    expect(results.map((r) => r.valid)).toEqual([false, false, true]);
  });
});
