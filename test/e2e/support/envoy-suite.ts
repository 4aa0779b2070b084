// Suites that need a real Envoy of a certain version.
import { describe } from 'vitest';
import { findEnvoy, type EnvoyBinary } from '../../../trainer/mesh/envoy/binary.js';

/** The newest release that was tried and the oldest one that a package is at hand of. */
export const ENVOY_VERSIONS = ['1.40.0', '1.36.4'] as const;

/** Real processes on a busy machine: what fails by its load alone does not fail twice. */
const ONCE_MORE = 1;

/**
 * Runs the suite with that version. Where the machine cannot get it, the suite shows up as skipped with the reason in its
 * name. To be awaited at the top of a test file:
 *
 *     await describeWithEnvoy('1.40.0', (envoy) => { it('..', ..) });
 */
export async function describeWithEnvoy(version: string, suite: (envoy: EnvoyBinary) => void): Promise<void> {
  const found = await findEnvoy({ version });
  if ('path' in found) describe(`with Envoy ${version}`, { retry: ONCE_MORE }, () => suite(found));
  else describe.skip(`with Envoy ${version} (skipped: ${found.reason})`, () => suite({ path: '', version }));
}
