import { expect, it } from 'vitest';
import { isTooOld, parseVersion } from '../../../trainer/mesh/envoy/version.js';

it('reads the version of a release, of a development build and of something else', () => {
  expect(parseVersion('\nenvoy  version: 9e558093/1.40.0/Clean/RELEASE/BoringSSL\n')).toBe('1.40.0');
  expect(parseVersion('envoy  version: 9e558093/1.41.0-dev/Modified/DEBUG/BoringSSL')).toBe('1.41.0-dev');
  expect(parseVersion('GNU bash, version 5.2.15(1)-release')).toBeUndefined();
});

it('refuses what has no override_host', () => {
  expect(['1.34.9', '1.9.0', '0.40.0'].map(isTooOld)).toEqual([true, true, true]);
  expect(['1.35.0', '1.40.0', '2.0.0'].map(isTooOld)).toEqual([false, false, false]);
});
