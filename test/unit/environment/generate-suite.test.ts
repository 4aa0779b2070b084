// The committed suite: what is generated, and what it has to cover.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrivalRate, expandEndpoints } from '../../../trainer/environment/capacity.js';
import { formatJson } from '../../../trainer/environment/format.js';
import { familyNames } from '../../../trainer/environment/generate.js';
import { loadScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import { suiteFiles } from '../../../trainer/environment/suite.js';
import { withSuiteTable } from '../../../trainer/environment/suite-table.js';

const FOLDER = join(import.meta.dirname, '../../../bench/scenarios');
const FOLDERS = ['paper', 'training', 'validation'];
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
const generated = suiteFiles();
const suite = generated.map(({ path, family }) => ({
  path,
  family,
  scenario: loadScenario(join(FOLDER, path)),
}));
const scenarios = suite.map(({ scenario }) => scenario);
const entry = ({ services, load }: Scenario) => services.find(({ name }) => name === load.service)!;
const range = (of: (scenario: Scenario) => number) => {
  const values = scenarios.map(of);
  return [Math.min(...values), Math.max(...values)];
};

describe('the suite (`weir scenario generate --suite --force` rewrites it)', () => {
  it('is what the generator makes, byte for byte, and nothing else', () => {
    for (const { path, scenario } of generated) expect(read(path), path).toBe(formatJson(scenario));
    const files = FOLDERS.flatMap((name) => readdirSync(join(FOLDER, name)).map((file) => `${name}/${file}`));
    expect(files.toSorted()).toEqual(generated.map(({ path }) => path).toSorted());
  });

  it('is listed in its README', () => {
    expect(read('README.md')).toBe(withSuiteTable(read('README.md'), generated));
  });

  it('has at least 48 scenarios, 20 in 8 families for validation', () => {
    expect(suite.length).toBeGreaterThanOrEqual(48);
    const validation = suite.filter(({ path }) => path.startsWith('validation/'));
    expect(validation.length).toBeGreaterThanOrEqual(20);
    expect(new Set(validation.map(({ family }) => family)).size).toBeGreaterThanOrEqual(8);
  });

  it('shares no family between training and validation, and names files by family', () => {
    for (const { path, family, scenario } of suite) {
      const [folder, file] = path.split('/') as ['training' | 'validation' | 'paper', string];
      expect(familyNames(folder)).toContain(family);
      expect(file.replace(/(-\d+)?\.json$/, '')).toBe(family);
      expect(scenario.name).toBe(file.replace('.json', ''));
    }
  });

  it('has the scenarios of the paper under five patterns on the bookinfo graph', () => {
    const paper = suite.filter(({ path }) => path.startsWith('paper/')).map(({ scenario }) => scenario);
    expect(paper.map(({ name, load }) => [name, load.utilisation])).toEqual(
      [0.6, 0.95].flatMap((load) =>
        ['steady', 'burst', 'diurnal', 'ramp', 'trace'].map((kind) => [
          `${load === 0.6 ? 'normal' : 'stress'}-${kind}`,
          load,
        ]),
      ),
    );
    for (const { services } of paper)
      expect(services.map(({ name, calls }) => [name, calls.map((c) => `${c.service} ${c.mode}`)])).toEqual([
        ['productpage', ['details parallel', 'reviews parallel']],
        ['details', []],
        ['reviews', ['ratings sequential']],
        ['ratings', []],
      ]);
  });
});

describe('the suite covers', () => {
  it('every kind of service time, load pattern and fault', () => {
    const kinds = (of: (scenario: Scenario) => readonly { kind: string }[]) =>
      [...new Set(scenarios.flatMap(of).map(({ kind }) => kind))].toSorted();
    expect(kinds(({ services }) => services.map((s) => s.serviceTime))).toEqual(
      ['deterministic', 'empirical', 'exponential', 'lognormal', 'pareto'], // prettier-ignore
    );
    expect(kinds(({ load }) => [load.pattern])).toEqual(['burst', 'diurnal', 'ramp', 'steady', 'trace']);
    expect(kinds(({ faults }) => faults)).toEqual(
      ['add', 'down', 'errors', 'random-slow', 'remove', 'slow'], // prettier-ignore
    );
  });

  it('both ends of the ranges', () => {
    expect(range((s) => expandEndpoints(entry(s)).length)).toEqual([2, 64]);
    expect(range(({ proxies }) => proxies)).toEqual([1, 64]);
    expect(range(({ workersPerProxy }) => workersPerProxy)).toEqual([1, 4]);
    expect(range(({ load }) => load.utilisation)).toEqual([0.4, 1.1]);
    expect(range(({ networkMs }) => networkMs)).toEqual([0.1, 2]);
    const machines = scenarios.flatMap((s) => entry(s).endpoints);
    expect(Math.min(...machines.map(({ speed }) => speed))).toBe(0.2);
    expect(Math.max(...machines.map(({ speed }) => speed))).toBe(2);
    expect(new Set(machines.map(({ workers }) => workers))).toEqual(new Set([1, 2, 3, 4, 6, 8]));
  });

  it('signals on and off', () => {
    expect(new Set(scenarios.map(({ signals }) => signals.fleetViewMs))).toEqual(new Set([0, 250, 1000]));
    expect(new Set(scenarios.map(({ signals }) => signals.serverLoad))).toEqual(new Set([true, false]));
  });

  it('calls in a row, at once and by chance, and faults of inner services', () => {
    const calls = scenarios.flatMap(({ services }) => services.flatMap((s) => s.calls));
    expect(new Set(calls.map(({ mode }) => mode))).toEqual(new Set(['sequential', 'parallel']));
    expect(calls.some(({ probability }) => probability < 1)).toBe(true);
    expect(scenarios.some((s) => s.faults.some(({ service }) => service !== s.load.service))).toBe(true);
  });

  it('request classes in half of its scenarios', () => {
    const withClasses = scenarios.filter(({ services }) => services.some((s) => s.classes.length > 0));
    expect(withClasses.length / scenarios.length).toBeGreaterThanOrEqual(0.5);
    const counts = new Set(withClasses.map((s) => entry(s).classes.length));
    expect([...counts].toSorted()).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('every scenario of the suite', () => {
  it('is long enough, but for the cold starts, and short enough', () => {
    for (const { path, family, scenario } of suite) {
      const { requests, warmup, proxies, workersPerProxy } = scenario;
      expect(requests, path).toBeLessThanOrEqual(250_000);
      if (['cold-start', 'starts'].includes(family)) {
        expect(warmup).toBe(0);
        continue;
      }
      const pairs = proxies * workersPerProxy * expandEndpoints(entry(scenario)).length;
      expect(requests, path).toBeGreaterThanOrEqual(Math.max(20_000, 30 * pairs));
      expect(warmup, path).toBeGreaterThanOrEqual(
        Math.floor(Math.max(requests / 10, 12 * arrivalRate(scenario))),
      );
      expect(requests / arrivalRate(scenario), path).toBeGreaterThan(10);
    }
  });

  it('is of a size that lets the whole suite run in minutes', () => {
    // Simulated at 250,000 requests a second at least: 20 s a policy.
    expect(scenarios.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThan(5_000_000);
  });
});
