import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { run } from '../../../trainer/cli/program.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-model-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const path = (name: string) => join(folder, name);

describe('weir model', () => {
  it('writes an untrained model with its card, and shows both', async () => {
    expect(await run(['model', 'untrained', '--out', path('a.weir'), '--seed', '3'])).toBe(0);
    expect(await run(['model', 'inspect', path('a.weir'), '--json', path('a.out')])).toBe(0);
    const facts = JSON.parse(readFileSync(path('a.out'), 'utf8'));
    const { id } = untrainedModel({ seed: 3 });
    expect(facts).toMatchObject({ id, isResidualZero: true, card: { id, parent: null, seed: 3 } });
    expect(out).toContain(id);
  });

  it('prints a model as the configuration of the plugin takes it', async () => {
    const bytes = encodeModel(untrainedModel());
    writeFileSync(path('b.weir'), bytes);
    expect(await run(['model', 'inspect', path('b.weir'), '--base64'])).toBe(0);
    expect(out).toBe(`${Buffer.from(bytes).toString('base64')}\n`);
  });

  it('verifies several files and names each that is damaged', async () => {
    const bytes = encodeModel(untrainedModel());
    writeFileSync(path('good.weir'), bytes);
    writeFileSync(path('cut.weir'), bytes.slice(0, 100));
    expect(await run(['model', 'verify', path('good.weir'), path('cut.weir'), path('none.weir')])).toBe(2);
    expect(out).toContain('good.weir: ok');
    expect(err).toMatch(/cut\.weir: .*length/s);
    expect(err).toContain('none.weir');
    expect(err).not.toContain('    at ');
  });
});
