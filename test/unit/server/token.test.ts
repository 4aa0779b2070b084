import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadToken } from '../../../trainer/server/token.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'weir-token-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

it('a token is made at the first start, for its owner alone, and found at the next', () => {
  const first = loadToken({ environment: {}, dataDir });
  const path = join(dataDir, 'token');
  expect(first.source).toBe(path);
  expect(first.value).toMatch(/^[\w-]{43}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(loadToken({ environment: {}, dataDir })).toEqual(first);
  expect(readFileSync(path, 'utf8')).toBe(`${first.value}\n`);
});

it('a file goes before the variable, and that before the data folder', () => {
  const environment = { WEIR_TOKEN: 'from-the-environment' };
  expect(loadToken({ environment, dataDir }).value).toBe('from-the-environment');
  const file = join(dataDir, 'given');
  writeFileSync(file, 'from-a-file-of-mine\n');
  expect(loadToken({ file, environment, dataDir }).value).toBe('from-a-file-of-mine');
  expect(() => statSync(join(dataDir, 'token'))).toThrow('ENOENT');
});

it.each([
  ['', /WEIR_TOKEN: .* not empty/],
  ['short', /16 characters/],
  ['two words of a token', /letters, digits/],
])('the token %j is refused, and the message names where it came from', (value, message) => {
  expect(() => loadToken({ environment: { WEIR_TOKEN: value }, dataDir })).toThrow(message);
});

it('a file that is not there is an error, not another token', () => {
  expect(() => loadToken({ file: join(dataDir, 'none'), environment: {}, dataDir })).toThrow('ENOENT');
});
