// The rules that ship for Prometheus: valid, each alert tested by promtool, each with a place in the docs.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { promtool } from '../e2e/support/tools.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/prometheus');
const TESTS = readdirSync(join(FOLDER, 'tests')).map((name) => join(FOLDER, 'tests', name));

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

function alerts(): (Rule & { readonly alert: string })[] {
  const { groups } = parse(readFileSync(join(FOLDER, 'weir.alerts.yml'), 'utf8')) as {
    groups: { rules: (Rule & { alert: string })[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

/** Throws with what promtool says. */
const run = (...args: string[]): string =>
  execFileSync(promtool(), args, { encoding: 'utf8', stdio: 'pipe' });

describe('the rules for Prometheus', () => {
  it('are valid, with the configuration that names them', () => {
    expect(run('check', 'config', join(FOLDER, 'prometheus.yml'))).toContain('2 rule files found');
  });

  it('fire and keep quiet as their tests say', () => {
    run('test', 'rules', ...TESTS);
  });

  it('have a test that fires and one that does not for each alert', () => {
    const files = TESTS.map((file) => parse(readFileSync(file, 'utf8')) as TestFile);
    const tests = files.flatMap((file) => file.tests.flatMap((one) => one.alert_rule_test));
    for (const { alert } of alerts()) {
      const counts = tests
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts: expected }) => expected.length);
      expect([alert, counts.filter((n) => n > 0).length, counts.filter((n) => n === 0).length]).toEqual([
        alert,
        1,
        1,
      ]);
    }
  });

  it('say how bad it is, what it is, and where to read what to do', () => {
    const docs = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8');
    const anchors = [...docs.matchAll(/^#+ (\w+)$/gm)].map(([, heading]) => heading!.toLowerCase());
    for (const { alert, labels, annotations = {} } of alerts()) {
      expect(['critical', 'warning']).toContain(labels?.severity);
      expect(annotations['summary']).toBeTruthy();
      expect(annotations['description']).toBeTruthy();
      expect(annotations['runbook_url']).toBe(`docs/monitoring.md#${alert.toLowerCase()}`);
      expect(anchors).toContain(alert.toLowerCase());
    }
  });
});
