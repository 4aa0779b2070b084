import { defineConfig } from 'vitest/config';

/** `npm run test:istio`: against a Kubernetes API and istiod, in a network namespace of its own. */
const ISTIO = 'test/istio/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files at a time would only make the real Envoys of the e2e tests wait for each other.
    maxWorkers: 2,
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'main', include: ['test/**/*.test.ts'], exclude: [ISTIO] } },
      // A control plane takes more than a core while it starts.
      { extends: true, test: { name: 'istio', include: [ISTIO], fileParallelism: false } },
    ],
  },
});
