import { defineConfig } from 'vitest/config';

/** `npm run test:istio`: against a Kubernetes API and istiod, in a network namespace of its own. */
const ISTIO = 'test/istio/**/*.test.ts';

/** `npm run test:image`: builds all anew, from the packages on. */
const IMAGE = 'test/image/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files at a time would only make the real Envoys of the e2e tests wait for each other.
    maxWorkers: 2,
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'main', include: ['test/**/*.test.ts'], exclude: [ISTIO, IMAGE] } },
      // A control plane takes more than a core while it starts.
      { extends: true, test: { name: 'istio', include: [ISTIO], fileParallelism: false } },
      // After all others, which it would keep from their processor.
      { extends: true, test: { name: 'image', include: [IMAGE], sequence: { groupOrder: 1 } } },
    ],
  },
});
