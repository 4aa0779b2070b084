import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { run } from '../../../trainer/cli/program.js';
import { SIMULATOR_POLICIES } from '../../../trainer/environment/policies.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-evaluate-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const path = (name: string) => join(folder, name);
const file = (name: string, content: object | string) => {
  writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
  return path(name);
};
const small = (name: string, more: object = {}) =>
  file(name, { requests: 200, warmup: 0, services: [{ endpoints: [{ count: 3 }] }], ...more });
interface Output {
  readonly results: { readonly policy: string; readonly seed: number }[];
}
const evaluate = (...args: string[]) => run(['evaluate', ...args]);

describe('weir evaluate', () => {
  it('has help', async () => {
    expect(await evaluate('--help')).toBe(0);
    expect(out).toMatch(/^Usage: weir evaluate/);
    expect(out).toMatch(/--policy <names>\s+a,b,c \(default: all\)/);
  });

  it('compares policies on a scenario, and writes every run', async () => {
    const args = ['--scenario', small('one.json', { seed: 5 }), '--policy', 'least-request,ewma-full'];
    expect(await evaluate(...args, '--seeds', '2', '--json', path('out.json'))).toBe(0);
    const { results } = JSON.parse(readFileSync(path('out.json'), 'utf8')) as Output;
    expect(results.map(({ policy, seed }) => `${policy} ${seed}`)).toEqual([
      ...['least-request 5', 'least-request 6', 'ewma-full 5', 'ewma-full 6'],
    ]);
    expect(results[0]).toMatchObject({ scenario: 'one', requests: 200, errors: 0 });
    expect(out).toContain('one: 2 seeds');
    expect(out).toContain('mean / least-request');
    expect(err).toBe('');
  });

  it('takes every policy and three seeds unless told otherwise', async () => {
    expect(await evaluate('--scenario', small('one.json'), '--json', '-')).toBe(0);
    const { results } = JSON.parse(out) as Output;
    expect(results).toHaveLength(3 * SIMULATOR_POLICIES.length);
    expect(err).toContain('clairvoyant*');
    expect(err).toMatch(/actor: model [0-9a-f]{32}, the one that ships/);
  });

  it('takes the scenarios of a folder, and writes report and league', async () => {
    mkdirSync(path('suite'));
    for (const name of ['b-02', 'a-01', 'b-01']) small(`suite/${name}.json`);
    file('suite/README.md', 'no scenario');
    const args = [
      '--scenario',
      path('suite'),
      '--policy',
      'c3,random',
      '--seeds',
      '1',
      '--baseline',
      'random',
    ];
    expect(await evaluate(...args, '--html', path('r.html'), '--league', path('l.md'))).toBe(0);
    expect(out).toMatch(/a-01.*b-01.*b-02/s);
    expect(readFileSync(path('r.html'), 'utf8')).toMatch(/^<!doctype html>.*b-02/s);
    const league = readFileSync(path('l.md'), 'utf8');
    expect(league).toContain(`weir evaluate --scenario ${path('suite')} --policy c3,random --seeds 1`);
    expect([...league.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      ...['All scenarios (3 scenarios)', 'a (1 scenario)', 'b (2 scenarios)'],
    ]);
    expect(await evaluate(...args, '--league', '-', '--by', 'folder')).toBe(0);
    expect(out).toContain('## suite (3 scenarios)');
  });

  it('runs the actor with the model that it is given', async () => {
    const model = untrainedModel({ seed: 9 });
    writeFileSync(path('m.weir'), encodeModel(model));
    const args = ['--scenario', small('one.json'), '--seeds', '1', '--model', path('m.weir')];
    expect(await evaluate(...args, '--policy', 'actor')).toBe(0);
    expect(out).toContain(`actor: model ${model.id}, ${path('m.weir')}.`);
    expect(await evaluate(...args, '--policy', 'c3')).toBe(0);
    expect(out).toContain('was not used');
  });

  it.each([
    [['--policy', 'c3'], /required option '--scenario <file...>' not specified/],
    [['--policy', 'c3,best'], new RegExp(`Expected one of ${SIMULATOR_POLICIES.join(', ')}, got "best"`)],
    [['--policy', 'c3,'], /got ""/],
    [
      ['--policy', 'c3', '--baseline', 'best'],
      /--baseline <name>' argument 'best' is invalid. Expected one of/,
    ],
    [['--seeds', '0'], /--seeds <n>' argument '0' is invalid. Expected a whole number > 0/],
    [['--jobs', '1.5'], /--jobs <n>' argument '1.5' is invalid/],
    [['--html', '/no/such/folder/x.html'], /--html <out>' .* Cannot be written/],
    [['--by', 'colour'], /--by <what>' argument 'colour' is invalid/],
  ])('ends with 2 and one line on %j', async (args, line) => {
    expect(await evaluate(...args)).toBe(2);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('names a baseline that does not take part', async () => {
    const args = ['--scenario', small('one.json'), '--policy', 'c3,random', '--baseline', 'prequal'];
    expect(await evaluate(...args)).toBe(2);
    expect(err).toBe('weir: --baseline prequal: expected one of --policy c3,random\n');
  });

  it('refuses to write two results to stdout', async () => {
    expect(await evaluate('--scenario', small('one.json'), '--json', '-', '--league', '-')).toBe(2);
    expect(err).toContain('--json, --html and --league');
  });

  it('reports every problem of every scenario at once', async () => {
    const bad = [file('a.json', { services: [], seed: -1 }), file('b.json', '{'), path('none.json')];
    expect(await evaluate('--scenario', small('good.json'), ...bad)).toBe(2);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/a\.json: \$\.\w+: expected/);
    expect(lines[2]).toMatch(/b\.json: \$: expected JSON/);
    expect(lines[3]).toMatch(/none\.json: \$: cannot be read/);
  });

  it('refuses scenarios that results could not tell apart, and a folder without any', async () => {
    const [first, second] = [small('a.json', { name: 'x' }), small('b.json', { name: 'x' })];
    mkdirSync(path('empty'));
    expect(await evaluate('--scenario', first, second, path('empty'))).toBe(2);
    expect(err).toContain(`${second}: $.name: expected another than that of ${first}, got "x"\n`);
    expect(err).toContain(`${path('empty')}: $: expected a folder with scenario files, got none\n`);
  });

  it.each([
    ['cut', (bytes: Uint8Array) => bytes.slice(0, 100), /cut: .*length is 100 bytes/],
    ['none', () => undefined, /none: .*no such file/],
  ])('names a model file that cannot be read: %s', async (name, change, line) => {
    const bytes = change(encodeModel(untrainedModel()));
    if (bytes) writeFileSync(path(name), bytes);
    expect(await evaluate('--scenario', small('one.json'), '--policy', 'actor', '--model', path(name))).toBe(
      2,
    );
    expect(err).toMatch(line);
  });

  it('ends with 130 on Ctrl-C, without a result', async () => {
    const long = small('long.json', { requests: 20_000_000 });
    const before = process.listenerCount('SIGINT');
    const running = evaluate('--scenario', long, '--policy', 'c3', '--json', path('out.json'));
    await vi.waitUntil(() => process.listenerCount('SIGINT') > before);
    process.emit('SIGINT');
    expect(await running).toBe(130);
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(out + err).toBe('');
    expect(() => readFileSync(path('out.json'))).toThrow();
  });
});
