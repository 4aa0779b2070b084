// Counts the tests for .ci/run: build/test-summary.json with {"passed", "failed", "skipped"}.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

export interface Summary {
  passed: number;
  failed: number;
  skipped: number;
}

export default class SummaryReporter implements Reporter {
  #file = 'build/test-summary.json';

  onInit(vitest: Vitest): void {
    this.#file = join(vitest.config.root, 'build/test-summary.json');
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const summary: Summary = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) count(module, summary);
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, `${JSON.stringify(summary)}\n`);
  }
}

function count(module: TestModule, summary: Summary): void {
  const before = summary.failed;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    // A test that never ended was cut off: no pass.
    summary[state === 'pending' ? 'failed' : state] += 1;
  }
  // A file that did not load, or a hook around its tests that threw, fails without any test that fails.
  summary.failed += module.errors().length;
  for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
  if (module.state() === 'failed' && summary.failed === before) summary.failed += 1;
}
