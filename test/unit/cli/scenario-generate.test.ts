import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../trainer/cli/program.js';
import { FAMILIES, generateScenario } from '../../../trainer/environment/generate.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-generate-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const generate = (...args: string[]) => run(['scenario', 'generate', ...args]);
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('weir scenario generate', () => {
  it('writes scenarios that pass the check, one a seed', async () => {
    expect(await generate('--family', 'bursts', '--seed', '9', '--count', '3', '--out', folder)).toBe(0);
    expect(readdirSync(folder)).toEqual(['bursts-09.json', 'bursts-10.json', 'bursts-11.json']);
    expect(JSON.parse(read('bursts-10.json'))).toEqual(generateScenario('bursts', 10));
    const files = readdirSync(folder).map((name) => join(folder, name));
    expect(out).toBe(files.map((file) => `${file}\n`).join(''));
    expect(await run(['scenario', 'check', ...files])).toBe(0);
  });

  it('makes the folder that it writes to, and tells its files as JSON', async () => {
    const deep = join(folder, 'a/b');
    const json = join(folder, 'files.json');
    expect(await generate('--family', 'even', '--out', deep, '--json', json)).toBe(0);
    expect(JSON.parse(read('files.json'))).toEqual({ files: [join(deep, 'even-01.json')] });
  });

  it('prints with -', async () => {
    expect(await generate('--family', 'stress-burst', '--out', '-')).toBe(0);
    expect(JSON.parse(out)).toEqual(generateScenario('stress-burst', 1));
  });

  it('overwrites only with --force', async () => {
    writeFileSync(join(folder, 'even-02.json'), 'mine');
    const args = ['--family', 'even', '--count', '2', '--out', folder];
    expect(await generate(...args)).toBe(2);
    expect(err).toBe(`${join(folder, 'even-02.json')}: exists, expected --force to overwrite\n`);
    expect(readdirSync(folder)).toEqual(['even-02.json']);
    expect(read('even-02.json')).toBe('mine');
    expect(await generate(...args, '--force')).toBe(0);
    expect(JSON.parse(read('even-02.json'))).toEqual(generateScenario('even', 2));
  });

  it('lists the families with a line each', async () => {
    expect(await generate('--list')).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(FAMILIES.map(({ name }) => name));
    out = '';
    expect(await generate('--list', '--json', '-')).toBe(0);
    expect(JSON.parse(out).families[0]).toEqual({
      name: 'fleets',
      use: 'training',
      summary: FAMILIES[0]!.summary,
    });
  });

  it('writes the suite and the table of its README', async () => {
    const marks = ['<!-- suite: written by `weir scenario generate --suite` -->', '<!-- /suite -->'];
    writeFileSync(join(folder, 'README.md'), `# Mine\n\n${marks.join('\n')}\n`);
    expect(await generate('--suite', '--out', folder)).toBe(0);
    expect(readdirSync(folder)).toEqual(['README.md', 'paper', 'training', 'validation']);
    expect(read('README.md')).toMatch(/^# Mine\n[^]*\n\| validation\/even-01\.json +\| even +\| 6 /);
    const files = out.trimEnd().split('\n');
    expect(await run(['scenario', 'check', ...files])).toBe(0);
    expect(await generate('--suite', '--out', folder)).toBe(2);
    expect(err).toMatch(/fleets-01\.json and \d+ more: exist, expected --force to overwrite\n$/);
  });

  it.each([
    [
      ['--family', 'calm'],
      /--family <name>' argument 'calm' is invalid. Expected one of fleets, patterns, .*burst/,
    ],
    [
      ['--family', 'even', '--seed', '-1'],
      /--seed <n>' argument '-1' is invalid. Expected a whole number > 0/,
    ],
    [['--family', 'even', '--count', 'many'], /--count <k>' argument 'many' is invalid/],
    [['--family', 'even', '--suite'], /'--suite' cannot be used with option '--family <name>'/],
    [[], /expected one of --family <name>, --suite, --list/],
    [['--list', '--suite'], /expected one of --family <name>, --suite, --list/],
  ])('ends with 2 and one line on %j', async (args, line) => {
    expect(await generate(...args)).toBe(2);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('ends with 2 where it cannot write', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await generate('--family', 'even', '--out', join(folder, 'file'))).toBe(2);
    expect(err).toMatch(/^--out: .*even-01\.json: ENOTDIR|EEXIST/);
  });
});
